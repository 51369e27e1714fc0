# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Reset the end-to-end encryption key of Rocket.Chat users."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rocketchat_user_e2ekey_reset
short_description: Reset the end-to-end encryption key of Rocket.Chat users
version_added: 1.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Takes the end-to-end encryption key of accounts away, for owners who have lost its password. They get a new one at
    the next login.
  - B(Old encrypted messages become unreadable for them), which O(confirm_message_loss) has to accept.
  - The sessions and personal access tokens of the account end with it, and the server mails its owner.
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
      - The server tells nobody whether another account has a key, so every run resets it, and the server mails.
options:
  confirm_message_loss:
    description:
      - Accept that the owners can no longer read their old encrypted messages. The task fails without it.
    type: bool
    default: false
notes:
  - The calling account needs the permission C(edit-other-user-e2ee).
"""

EXAMPLES = r"""
- name: Take the end-to-end key away, and with it the old encrypted messages
  chatops.rocketchat.rocketchat_user_e2ekey_reset:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    two_factor_secret: "{{ rocketchat_totp_seed }}"
    username: alice
    confirm_message_loss: true
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
from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import InputError
from ansible_collections.chatops.rocketchat.plugins.module_utils._job import Report, named_targets, run
from ansible_collections.chatops.rocketchat.plugins.module_utils._module import run_module
from ansible_collections.chatops.rocketchat.plugins.module_utils._session import Access


def prepare(module: AnsibleModule) -> Callable[[Access], Report]:
    """Check the options and return what runs them."""
    if not module.params["confirm_message_loss"]:
        raise InputError(
            "With the end-to-end key go all old encrypted messages of the account. Set confirm_message_loss to true to"
            " accept that; nothing was done."
        )
    job = _user_changes.e2ekey_job()
    targets = named_targets(module.params, check_mode=module.check_mode)
    return lambda access: run(job, targets, access, module.warn)


def main() -> None:
    """Wire the options to the job and its report to the result."""
    module = AnsibleModule(
        argument_spec={
            **connection_options(),
            **two_factor_options(),
            **target_options(),
            "confirm_message_loss": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    run_module(module, prepare, users=[])


if __name__ == "__main__":
    main()
