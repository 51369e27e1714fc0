# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the options of community.general.mail that the examples use, and sends nothing."""

from __future__ import annotations

import json
import os

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Keep what it was given."""
    options = {
        "host": {"type": "str", "default": "localhost"},
        "port": {"type": "int", "default": 25},
        "sender": {"type": "str", "default": "root", "aliases": ["from"]},
        "to": {"type": "list", "elements": "str", "default": ["root"], "aliases": ["recipients"]},
        "subject": {"type": "str", "required": True, "aliases": ["msg"]},
        "body": {"type": "str"},
    }
    module = AnsibleModule(argument_spec=options)
    with open(os.path.join(os.environ["TOLD"], "mail.json"), "w", encoding="utf-8") as stream:
        json.dump(module.params, stream)
    module.exit_json(changed=True)


if __name__ == "__main__":
    main()
