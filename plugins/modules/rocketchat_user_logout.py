# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""End all sessions of Rocket.Chat users."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rocketchat_user_logout
short_description: End all sessions of Rocket.Chat users
version_added: 1.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Ends every session and every personal access token of accounts, in all browsers, apps and scripts.
  - Every target is looked up first. An unknown one stops the task, where the server itself would answer with success.
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
    support: partial
    details:
      - The server tells nobody whether another account has sessions, so every run ends them again and reports a change,
        unless the account never logged in. A repeat has no effect and sends no mail.
options: {}
notes:
  - The calling account needs the permission C(logout-other-user).
"""

EXAMPLES = r"""
- name: End every session of an account
  chatops.rocketchat.rocketchat_user_logout:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    username: harry
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
      evidence: none
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
    evidence:
      description:
        - V(never_logged_in) where the account never logged in and so has no session, V(none) where nothing is known.
      type: str
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
    job = _user_changes.logout_job()
    targets = named_targets(module.params, check_mode=module.check_mode)
    return lambda access: run(job, targets, access, module.warn)


def main() -> None:
    """Wire the options to the job and its report to the result."""
    module = AnsibleModule(
        argument_spec={
            **connection_options(),
            **two_factor_options(),
            **target_options(),
        },
        supports_check_mode=True,
    )
    run_module(module, prepare, users=[])


if __name__ == "__main__":
    main()
