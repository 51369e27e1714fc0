# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Plan whom a complete list of people would have offboarded from Rocket.Chat."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rocketchat_people_plan
short_description: Plan whom a complete list of people would have offboarded from Rocket.Chat
version_added: 2.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Compares the accounts of a workspace with the complete list of the people who work here, and returns as a plan who
    is in the workspace and not on the list. No account is changed; M(chatops.rocketchat.rocketchat_user_offboard) does
    that, with the ids of the plan. The playbook C(chatops.rocketchat.reconcile) does both.
  - Never in a plan are the calling account, accounts of bots and apps, federated ones, those that are inactive
    already, holders of O(exempt_roles), and accounts of which the server does not show one of these facts.
  - Without O(people), the plan in O(plan_file) is read instead. It is returned only where every account in it is as it
    was shown, by name, e-mail addresses and state, and is still nobody who is left alone.
extends_documentation_fragment:
  - chatops.rocketchat.attributes
  - chatops.rocketchat.attributes.actiongroup_rocketchat
  - chatops.rocketchat.connection
  - chatops.rocketchat.two_factor
attributes:
  check_mode:
    support: full
    details:
      - Check mode sends GET requests only, apart from signing in and out where O(api_password) is used, and writes the
        plan to O(plan_file) all the same. Outside of it, O(ledger) is told how long the list was.
  diff_mode:
    support: N/A
    details:
      - No account is changed.
  idempotent:
    support: full
    details:
      - No account is changed.
options:
  people:
    description:
      - Everybody who works here, as the filter P(chatops.rocketchat.people#filter) returns them, namely a mapping for
        each person with the number of its C(row) and a list of C(keys).
      - Without it, the plan in O(plan_file) is checked and returned.
    type: list
    elements: dict
  match:
    description:
      - What the keys are, namely V(email), V(username), or the name of a custom field. Case does not matter in keys,
        nor does it matter whether accents are composed.
      - No list of the server shows custom fields, so that they cost one request for each account.
    type: str
    default: email
  exempt_roles:
    description:
      - Roles, by name or id, whose holders are left alone.
    type: list
    elements: str
    default:
      - admin
      - owner
  exempt:
    description:
      - User names of accounts that are left alone, whatever the list says. Case does not matter.
    type: list
    elements: str
    default: []
  guests:
    description:
      - Offboard guests like others. Unless this is set, holders of the role C(guest) are left alone.
    type: bool
    default: false
  grace:
    description:
      - Accounts that were made within so many days are left alone, since a list often lags behind.
    type: int
    default: 7
  max_accounts:
    description:
      - Fail where more accounts than this would be offboarded.
    type: int
    default: 10
  max_percent:
    description:
      - Fail where more than so many percent of the active accounts of people would be offboarded.
    type: float
    default: 2.0
  plan_file:
    description:
      - File on the host that runs the module to write the plan to, as JSON with mode 0600, or to read it from where
        O(people) is not given. A plan that is there already is replaced; any other file is refused.
      - A plan is read only where it belongs to the user that runs the module, nobody else may read or write it, and its
        digest is that of its content.
    type: path
    required: true
  ticket:
    description:
      - Reference of the ticket that this is done for.
    type: str
  ticket_required:
    description:
      - Refuse to run without O(ticket), before anything is sent.
    type: bool
    default: false
  operator:
    description:
      - Who has this done. Without it, the user that runs the module.
    type: str
  ledger:
    description:
      - Name of the private, read-only channel in which the calling account remembers how many people were on the last
        list that was accepted. A list with less than nine tenths of that is refused.
      - Without this option, or where no list is remembered within O(ledger_days), a list may have any length but none.
    type: str
  ledger_days:
    description:
      - How far back the ledger is read, in days, from 1 to 3650.
    type: int
    default: 30
  ledger_required:
    description:
      - Fail where there is no ledger to be had. Without this it is a warning.
    type: bool
    default: false
  ledger_authors:
    description:
      - Ids of other accounts whose messages in the ledger count.
    type: list
    elements: str
  ledger_auditors:
    description:
      - User names of accounts that may read the ledger, where it is made.
    type: list
    elements: str
  concurrency:
    description:
      - How many requests are in flight at a time, from 1 to 32.
      - If not set, the environment variable E(ROCKETCHAT_CONCURRENCY) is used.
    type: int
    default: 4
notes:
  - The calling account needs C(view-d-room) to list accounts and C(view-full-other-user-info) to see their roles and
    addresses.
seealso:
  - module: chatops.rocketchat.rocketchat_user_offboard
"""

EXAMPLES = r"""
- name: See who is in the workspace and not on the list
  chatops.rocketchat.rocketchat_people_plan:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    people: "{{ ['alice@example.com', 'bob@example.com'] | chatops.rocketchat.people }}"
    max_accounts: 100
    max_percent: 100
    plan_file: plan.json
  check_mode: true
  register: reconciliation

- name: Tell who that is
  ansible.builtin.debug:
    msg: "{{ reconciliation.lines }}"
"""

RETURN = r"""
plan:
  description:
    - The plan, also where one of O(max_accounts) and O(max_percent) stopped it.
  returned: when there is one
  type: dict
  contains:
    kind:
      description: What tells a plan from other files.
      type: str
      returned: always
    v:
      description: The version of this form.
      type: int
      returned: always
    workspace:
      description: Address of the workspace.
      type: str
      returned: always
    made:
      description: When it was made, by the clock of the host that ran the module.
      type: str
      returned: always
    match:
      description: What accounts were found by.
      type: str
      returned: always
    people:
      description: How many people are on the list.
      type: int
      returned: always
    active:
      description: How many active accounts of people the workspace has.
      type: int
      returned: always
    accounts:
      description:
        - Who would be offboarded, each with C(username), C(user_id), C(name), C(emails), C(active) and the C(reason).
      type: list
      elements: dict
      returned: always
    left_alone:
      description:
        - Active accounts that are not on the list and are left alone, each with C(username), C(user_id) and the
          C(reason).
      type: list
      elements: dict
      returned: always
    missing:
      description: People on the list without an account, each with C(row) and C(keys).
      type: list
      elements: dict
      returned: always
    deactivated:
      description: People on the list whose account is inactive, each with C(row), C(username) and C(user_id).
      type: list
      elements: dict
      returned: always
    told:
      description: What is ambiguous or empty in the list, and names in O(exempt) that are nobody's.
      type: list
      elements: str
      returned: always
    digest:
      description: SHA-256 of all the rest.
      type: str
      returned: always
  sample:
    kind: chatops.rocketchat.reconcile
    v: 1
    workspace: https://chat.example.com
    made: "2026-03-31T02:00:00Z"
    match: email
    people: 811
    active: 812
    accounts:
      - username: harry
        user_id: fgNwgSGwEbCJKPWHT
        name: Harry
        emails:
          - harry@example.com
        active: true
        reason: email harry@example.com is not on the list
    left_alone:
      - username: builds
        user_id: 8NvqZ2cXwKyvGm4jB
        reason: it is no account of a person (type bot)
    missing: []
    deactivated: []
    told: []
    digest: 3b1f0c5a3c1e5b0d6f4a7e8d9c2b1a0f3b1f0c5a3c1e5b0d6f4a7e8d9c2b1a0f
lines:
  description: The plan as lines for a person.
  returned: when there is one
  type: list
  elements: str
  sample:
    - >-
      https://chat.example.com: 1 of 812 active accounts would be offboarded by a list of 811 people (plan of
      2026-03-31T02:00:00Z).
error:
  description: What the module failed with.
  returned: on failure
  type: dict
  contains:
    code:
      description: The server's C(errorType), or a code of this collection such as V(too-many-accounts).
      type: str
      returned: always
    message:
      description: What is wrong and what to do, with the server's own words.
      type: str
      returned: always
    details:
      description: Details of the server, or numbers.
      type: dict
      returned: always
"""

from collections.abc import Callable

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Access
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.argspec import (
    connection_options,
    evidence_options,
    target_options,
    two_factor_options,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.module import Result, run_module
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.people_plan import read_question, work_out


def prepare(module: AnsibleModule) -> Callable[[Access], Result]:
    """Check the options of this module and return what to run."""
    question = read_question(module.params, check_mode=module.check_mode)
    return lambda access: work_out(access, question, module.warn)


def main() -> None:
    """Wire the options to the question and the plan to the result."""
    module = AnsibleModule(
        argument_spec={
            **connection_options(),
            **two_factor_options(),
            **{name: option for name, option in evidence_options().items() if name != "journal"},
            "concurrency": target_options()["concurrency"],
            "people": {"type": "list", "elements": "dict"},
            "match": {"type": "str", "default": "email"},
            "exempt_roles": {"type": "list", "elements": "str", "default": ["admin", "owner"]},
            "exempt": {"type": "list", "elements": "str", "default": []},
            "guests": {"type": "bool", "default": False},
            "grace": {"type": "int", "default": 7},
            "max_accounts": {"type": "int", "default": 10},
            "max_percent": {"type": "float", "default": 2.0},
            "plan_file": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    run_module(module, prepare)


if __name__ == "__main__":
    main()
