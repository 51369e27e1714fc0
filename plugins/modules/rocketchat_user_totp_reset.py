# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Reset the TOTP of Rocket.Chat users."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rocketchat_user_totp_reset
short_description: Reset the TOTP of Rocket.Chat users
version_added: 1.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Takes the time-based one-time password (TOTP) away from accounts whose owners have lost their second factor or have
    left, so that they can sign in and enrol again.
  - Every target is looked up and compared with what was asked before the first request that changes anything. An empty
    name, an unknown one, or one that turns out to be the calling account stops the task before anything is reset.
  - The second factor that the server asks of the calling account, on every single request, is answered unattended.
  - Where an account had TOTP, its sessions and personal access tokens end with the reset. Its second factor by e-mail
    stays, and no API can remove it.
  - The server mails the owner of another account on every reset, whether or not there was a TOTP to reset.
  - B(What changed means.) The server answers with success whatever happened, and tells no administrator whether another
    account has TOTP. So for other accounts a reset is sent and reported as changed, unless there is evidence that
    nothing needs doing, namely that the account never logged in, or that it has not logged in since a reset that a
    receipt on the account (O(receipt_field)) or the caller (O(last_reset)) vouches for. For the calling account
    (O(own_account)) the server does tell, and the result is exact. Each entry of RV(users) says what is known in
    RV(users[].totp_enabled_before), and why in RV(users[].evidence).
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
        by checking the server's version, the credentials, the permission, the workspace's setting, each target, and
        whether the second factor can be answered. What cannot be known is a warning.
  diff_mode:
    support: full
    details:
      - Shows for each account what goes, without any secret.
  idempotent:
    support: partial
    details:
      - Exact for O(own_account). For other accounts the server does not tell whether they have TOTP, so a second run
        resets again (and the server mails again) unless the account never logged in, or O(receipt_field) or
        O(last_reset) is given. With O(force) every run resets.
options:
  own_account:
    description:
      - Reset the calling account instead. This ends its sessions and personal access tokens, the one in use included.
      - Excludes O(usernames) and O(user_ids). Nothing else ever touches the calling account.
    type: bool
    default: false
  last_reset:
    description:
      - When the account was last reset, as an ISO 8601 time with an offset. For several targets a mapping from user
        name to time.
      - If the account has not logged in since, nothing is sent, since whoever has no session cannot have enrolled
        again. This is sound only if that reset also ended the account's sessions, which it does for accounts that had
        TOTP. You vouch for that by giving the time.
      - The last login is shown to callers with the permission C(view-full-other-user-info) only.
    type: raw
  force:
    description:
      - Reset whatever the evidence says.
    type: bool
    default: false
  receipt_field:
    description:
      - Name of a custom user field in which the module leaves a receipt after each reset, with the time by the server's
        clock. The other fields of the account are kept. Nothing is sent to an account whose receipt proves that it
        cannot have TOTP again, namely one which says that its sessions were ended, and since which nobody has logged
        in.
      - The field must be defined in the workspace, in the setting C(Accounts_CustomFields). Whoever may edit the field
        can forge a receipt, so do not offer it to users. O(force) ignores receipts.
      - A receipt that cannot be written is a warning, since the reset itself is done. It takes the permissions
        C(edit-other-user-info) and C(view-full-other-user-info).
    type: str
  end_sessions:
    description:
      - End the sessions and personal access tokens of an account after its reset, whether or not it had TOTP. Without
        this, an account that had no TOTP keeps its sessions, and TOTP can be enrolled again from one of them without a
        new login.
      - The default is V(true) where O(receipt_field) is set, else V(false).
      - Takes the permission C(logout-other-user).
    type: bool
  since:
    description:
      - An ISO 8601 time with an offset, such as that of a ticket. A receipt (O(receipt_field)) from that time or later
        is enough, whether or not the person has logged in and enrolled again since.
    type: str
notes:
  - The calling account needs the permission C(edit-other-user-totp), unless O(own_account) is used. With
    C(view-full-other-user-info) the module can tell who never logged in.
  - Federated users cannot be reset.
"""

EXAMPLES = r"""
- name: Give a person who lost their phone a way back in
  chatops.rocketchat.rocketchat_user_totp_reset:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    username: alice

- name: Reset several accounts, answering the service account's own TOTP
  chatops.rocketchat.rocketchat_user_totp_reset:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    two_factor_secret: "{{ rocketchat_totp_seed }}"
    usernames:
      - alice
      - bob

- name: Do what can be done, and report the rest
  chatops.rocketchat.rocketchat_user_totp_reset:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    usernames:
      - alice
      - harry
    on_error: continue
  register: reset

- name: Do nothing if nobody has logged in since the last reset
  chatops.rocketchat.rocketchat_user_totp_reset:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    usernames:
      - alice
      - harry
    last_reset:
      alice: "2026-03-01T09:30:00Z"
      harry: "2026-03-02T10:30:00+01:00"

- name: Leave a receipt on the account, so that the next run knows
  chatops.rocketchat.rocketchat_user_totp_reset:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    username: alice
    receipt_field: totpReset

- name: Remove the TOTP of the account that signs in
  chatops.rocketchat.rocketchat_user_totp_reset:
    api_url: https://chat.example.com
    api_username: dave
    api_password: "{{ dave_password }}"
    two_factor_secret: "{{ dave_totp_seed }}"
    own_account: true
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
      totp_enabled_before: null
      evidence: none
      sessions_ended: null
      receipt_written: null
      attempts: 1
    - username: ned
      user_id: tWrdbsgtgbPdAK2Qy
      changed: false
      totp_enabled_before: false
      evidence: never_logged_in
      sessions_ended: false
      receipt_written: null
      attempts: 0
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
      description: Whether a reset was done, or would be done in check mode.
      type: bool
      returned: always
    totp_enabled_before:
      description: Whether the account had TOTP before. V(null) means that nobody but its owner can know.
      type: bool
      returned: always
    evidence:
      description:
        - Why RV(users[].totp_enabled_before) is known.
        - V(own_account) means that the server told it of the calling account.
        - V(never_logged_in) means that the account never logged in.
        - V(last_reset) means that the account has not logged in since O(last_reset).
        - V(receipt) means that the receipt in O(receipt_field) vouches for it.
        - V(none) means that it is not known.
      type: str
      returned: always
    sessions_ended:
      description:
        - Whether the sessions and personal access tokens of the account ended. V(null) means that they did if the
          account had TOTP, which the server does not tell.
      type: bool
      returned: always
    receipt_written:
      description: Whether the receipt was written and read back. V(null) where none was due.
      type: bool
      returned: always
    attempts:
      description: How often the reset was sent, challenges for the second factor included.
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
            - Details of the server. C(outcome) is V(unknown) where no answer tells whether the reset was done.
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

from ansible_collections.chatops.rocketchat.plugins.module_utils import _totp_reset
from ansible_collections.chatops.rocketchat.plugins.module_utils._argspec import (
    connection_options,
    target_options,
    two_factor_options,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._job import Report
from ansible_collections.chatops.rocketchat.plugins.module_utils._module import run_module
from ansible_collections.chatops.rocketchat.plugins.module_utils._session import Access


def prepare(module: AnsibleModule) -> Callable[[Access], Report]:
    """Check the options and return what runs them."""
    task = _totp_reset.task(module.params, check_mode=module.check_mode)
    return lambda access: _totp_reset.run(task, access, module.warn)


def main() -> None:
    """Wire the options to the reset and its report to the result."""
    module = AnsibleModule(
        argument_spec={
            **connection_options(),
            **two_factor_options(),
            **target_options(),
            "own_account": {"type": "bool", "default": False},
            "last_reset": {"type": "raw"},
            "force": {"type": "bool", "default": False},
            "receipt_field": {"type": "str"},
            "end_sessions": {"type": "bool"},
            "since": {"type": "str"},
        },
        supports_check_mode=True,
    )
    run_module(module, prepare, users=[])


if __name__ == "__main__":
    main()
