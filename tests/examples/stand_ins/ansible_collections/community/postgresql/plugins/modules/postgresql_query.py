# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the options of postgresql_query that the examples use, and answers from a file of the tests."""

from __future__ import annotations

import json
import os
import re

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Return what the database returns: one mapping a row."""
    options = {
        "login_host": {"type": "str", "default": ""},
        "login_db": {"type": "str", "aliases": ["db"]},
        "query": {"type": "raw", "required": True},
    }
    module = AnsibleModule(argument_spec=options, supports_check_mode=True)
    column = re.match(r"SELECT (\w+) FROM", module.params["query"])
    if not column:
        module.fail_json(msg="The stand-in knows queries for one column alone.")
    with open(os.environ["PEOPLE"], encoding="utf-8") as stream:
        people = json.load(stream)
    module.exit_json(changed=False, query_result=[{column[1]: mail} for mail in people], rowcount=len(people))


if __name__ == "__main__":
    main()
