# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the options of community.general.rocketchat that the examples use, and posts nothing."""

from __future__ import annotations

import json
import os

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Keep what it was given."""
    options = {
        "domain": {"type": "str", "required": True},
        "token": {"type": "str", "required": True, "no_log": True},
        "protocol": {"type": "str", "default": "https", "choices": ["http", "https"]},
        "msg": {"type": "str"},
        "channel": {"type": "str"},
        "color": {"type": "str", "default": "normal", "choices": ["normal", "good", "warning", "danger"]},
    }
    module = AnsibleModule(argument_spec=options)
    with open(os.path.join(os.environ["TOLD"], "rocketchat.json"), "w", encoding="utf-8") as stream:
        json.dump(module.params, stream)
    module.exit_json(changed=True)


if __name__ == "__main__":
    main()
