# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Activate or deactivate Rocket.Chat users."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rocketchat_user_status
short_description: Activate or deactivate Rocket.Chat users
version_added: 1.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Deactivates accounts of people who have left, or activates them again. A deactivated account cannot sign in, and
    loses its sessions and personal access tokens.
  - The state is read first, and nothing is sent where it is as wanted, since the server mails on every repeat.
  - Where an account is the only owner of rooms, the task fails with their names, told apart by what would become of
    them. O(confirm_relinquish) goes through, and the result lists them.
extends_documentation_fragment:
  - chatops.rocketchat.attributes
  - chatops.rocketchat.attributes.actiongroup_rocketchat
  - chatops.rocketchat.connection
  - chatops.rocketchat.targets
  - chatops.rocketchat.two_factor
attributes:
  check_mode:
    support: full
    details:
      - Sends GET requests only, apart from signing in and out where O(api_password) is used. Predicts failure as well,
        by checking the credentials, the permission and each target. What cannot be known is a warning.
  diff_mode:
    support: full
    details:
      - Shows for each account what changes, without any secret.
  idempotent:
    support: full
    details:
      - The state is read before it is changed.
options:
  state:
    description:
      - Whether the accounts can sign in.
    type: str
    choices:
      - active
      - inactive
    required: true
  confirm_relinquish:
    description:
      - Deactivate an account also where it is the only owner of rooms. Rooms that nobody else is in are B(deleted) with
        all their messages, the others get another owner.
      - Which rooms that would be, only an attempt without this tells, and not check mode.
    type: bool
    default: false
notes:
  - The calling account needs the permission C(edit-other-user-active-status).
  - The server mails the owner of an account when its status changes.
"""

EXAMPLES = r"""
- name: Deactivate somebody who has left
  chatops.rocketchat.rocketchat_user_status:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    username: harry
    state: inactive

- name: Let them back in
  chatops.rocketchat.rocketchat_user_status:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    username: harry
    state: active
"""

RETURN = r"""
users:
  description:
    - One entry for each account, in the order given. Complete also when the run failed or stopped half way.
  returned: always
  type: list
  elements: dict
  sample:
    - username: harry
      user_id: fgNwgSGwEbCJKPWHT
      changed: true
      active_before: true
      rooms_deleted: []
      rooms_with_new_owner: []
      attempts: 1
  contains:
    username:
      description: User name as the server writes it, or as given where the account was not found. V(null) if unknown.
      type: str
      returned: always
    user_id:
      description: Id of the account. V(null) if unknown.
      type: str
      returned: always
    changed:
      description: Whether the account was changed, or would be in check mode.
      type: bool
      returned: always
    active_before:
      description: Whether the account was active before. V(null) if unknown.
      type: bool
      returned: always
    rooms_deleted:
      description:
        - Names of the rooms that were deleted because nobody else was in them. V(null) if it is unknown whether the
          change was made; those that would be are in C(error.details) then.
      type: list
      elements: str
      returned: always
    rooms_with_new_owner:
      description: Names of the rooms that got another owner. V(null) if unknown.
      type: list
      elements: str
      returned: always
    attempts:
      description: How often the request was sent, challenges for the second factor included.
      type: int
      returned: always
    error:
      description: Why nothing was done, or what went wrong.
      type: dict
      returned: on failure
      contains: &error
        code:
          description:
            - The server's C(errorType), or a code of this collection such as V(user-not-found) or V(not-attempted).
          type: str
          returned: always
        message:
          description: What is wrong and what to do, with the server's own words.
          type: str
          returned: always
        details:
          description:
            - Details of the server. C(outcome) is V(unknown) where no answer tells whether the change was made.
          type: dict
          returned: always
error:
  description: What the run failed with.
  returned: on failure
  type: dict
  contains: *error
"""

from collections.abc import Callable

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.chatops.rocketchat.plugins.module_utils import _user_changes
from ansible_collections.chatops.rocketchat.plugins.module_utils._argspec import (
    connection_options,
    target_options,
    two_factor_options,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._job import Report, named_targets, run
from ansible_collections.chatops.rocketchat.plugins.module_utils._module import run_module
from ansible_collections.chatops.rocketchat.plugins.module_utils._session import Access


def prepare(module: AnsibleModule) -> Callable[[Access], Report]:
    """Check the options and return what runs them."""
    job = _user_changes.status_job(module.params["state"], confirm_relinquish=module.params["confirm_relinquish"])
    targets = named_targets(module.params, check_mode=module.check_mode)
    return lambda access: run(job, targets, access, module.warn)


def main() -> None:
    """Wire the options to the job and its report to the result."""
    module = AnsibleModule(
        argument_spec={
            **connection_options(),
            **two_factor_options(),
            **target_options(),
            "state": {"type": "str", "choices": ["active", "inactive"], "required": True},
            "confirm_relinquish": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    run_module(module, prepare, users=[])


if __name__ == "__main__":
    main()
