# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the options of community.general.ldap_search that the examples use, and answers from a file of the tests."""

from __future__ import annotations

import json
import os

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Return what a directory returns: one value as a text, several as a list."""
    options = {
        "server_uri": {"type": "str", "default": "ldapi:///"},
        "dn": {"type": "str", "required": True},
        "scope": {"type": "str", "default": "base", "choices": ["base", "onelevel", "subordinate", "children"]},
        "filter": {"type": "str", "default": "(objectClass=*)"},
        "attrs": {"type": "list", "elements": "str"},
    }
    module = AnsibleModule(argument_spec=options, supports_check_mode=True)
    (attribute,) = module.params["attrs"]
    with open(os.environ["PEOPLE"], encoding="utf-8") as stream:
        people = json.load(stream)
    entries = [{"dn": f"uid={number},{module.params['dn']}", attribute: mail} for number, mail in enumerate(people)]
    entries[0][attribute] = [people[0], "another@example.com"]
    module.exit_json(changed=False, results=entries)


if __name__ == "__main__":
    main()
