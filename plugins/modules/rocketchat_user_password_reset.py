# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Give Rocket.Chat users a new password."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rocketchat_user_password_reset
short_description: Give Rocket.Chat users a new password
version_added: 1.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Has the server make a random password and mail it to the account's owner, or sets one that is given.
  - The sessions and personal access tokens of the account end with it.
  - The server ignores a password silently where the calling account may not set it. The module makes sure of the
    permission first, and fails.
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
    support: none
    details:
      - Every run sets a new password, and with a random one the server mails it.
options:
  password:
    description:
      - The new password. Leave it out for a random one, which nobody but the account's owner sees.
      - One password is set for all accounts that are named.
    type: str
  require_change:
    description:
      - Whether the owner must change the password at the next login.
    type: bool
    default: true
notes:
  - The calling account needs the permissions C(edit-other-user-info) and C(edit-other-user-password), and
    C(view-full-other-user-info) for a random password.
  - Accounts whose password lives elsewhere (LDAP, SAML) do not sign in with a password that is set here.
"""

EXAMPLES = r"""
- name: Have a random password mailed
  chatops.rocketchat.rocketchat_user_password_reset:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    two_factor_secret: "{{ rocketchat_totp_seed }}"
    username: alice

- name: Set a password for the first day
  chatops.rocketchat.rocketchat_user_password_reset:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    two_factor_secret: "{{ rocketchat_totp_seed }}"
    username: alice
    password: "{{ first_day_password }}"
"""

RETURN = r"""
users:
  description:
    - One entry for each account, in the order given. Complete also when the run failed or stopped half way.
  returned: always
  type: list
  elements: dict
  sample:
    - username: alice
      user_id: fgNwgSGwEbCJKPWHT
      changed: true
      mailed_to: alice@example.com
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
    mailed_to:
      description: Address to which the server mails the random password. V(null) for a password that is given.
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
    job = _user_changes.password_job(module.params["password"] or None, require_change=module.params["require_change"])
    targets = named_targets(module.params, check_mode=module.check_mode)
    return lambda access: run(job, targets, access, module.warn)


def main() -> None:
    """Wire the options to the job and its report to the result."""
    module = AnsibleModule(
        argument_spec={
            **connection_options(),
            **two_factor_options(),
            **target_options(),
            "password": {"type": "str", "no_log": True},
            "require_change": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    run_module(module, prepare, users=[])


if __name__ == "__main__":
    main()
