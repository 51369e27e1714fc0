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
  - The rest of the profile stays. The server takes each change of an account for the whole profile and erases the bio
    and the nickname where they are left out, so they are read right before and sent back. An answer of the server in
    which more has changed than the password fails the account with V(profile-changed), and tells what was there
    before.
  - The server ignores a password silently where the calling account may not set it. The module makes sure of the
    permission first, and fails.
extends_documentation_fragment:
  - chatops.rocketchat.attributes
  - chatops.rocketchat.attributes.actiongroup_rocketchat
  - chatops.rocketchat.connection
  - chatops.rocketchat.evidence
  - chatops.rocketchat.targets
  - chatops.rocketchat.two_factor
attributes:
  check_mode:
    support: full
    details:
      - Sends GET requests only, apart from signing in and out where O(api_password) is used. Predicts failure as
        well, by checking the credentials, the permission and each target. What cannot be known is a warning.
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
      - The new password. Leave it out for a random one, which the server mails in clear to the first address of the
        account. An address that is not verified is refused.
      - One password is set for all accounts that are named.
    type: str
  require_change:
    description:
      - Whether the owner must change the password at the next login.
    type: bool
    default: true
notes:
  - The calling account needs the permissions C(edit-other-user-info), C(edit-other-user-password), and
    C(view-full-other-user-info), without which it does not see all of the profile that has to be kept.
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
    - asked:
        username: alice
      username: alice
      user_id: fgNwgSGwEbCJKPWHT
      outcome: done
      changed: true
      said: "alice (fgNwgSGwEbCJKPWHT): password replaced"
      steps:
        - step: password
          label: Password
          result: done
          reason: random, mailed to its owner; sessions ended
          evidence: none
          at: "2026-03-01T09:30:01Z"
      left_behind: []
      mailed_to: alice@example.com
      attempts: 1
  contains:
    asked:
      description: How the person was named, as C(username), C(user_id) or C(email).
      type: dict
      returned: always
    username:
      description: User name as the server writes it, or as given where the account was not found. V(null) if unknown.
      type: str
      returned: always
    user_id:
      description: Id of the account. V(null) if unknown.
      type: str
      returned: always
    outcome:
      description:
        - What became of the person, in one word.
        - V(done), V(would_be_done) in check mode, V(nothing_to_do), V(skipped) with O(unknown=skip), V(failed)
          where nothing was changed, V(half_done) where something was, or V(not_attempted).
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
    said:
      description: The same in one sentence for people, with name and id.
      type: str
      returned: always
    steps:
      description:
        - The one step of this module, in the form that the modules of several steps return. None where the account
          could not be used at all.
      type: list
      elements: dict
      returned: always
      contains:
        step:
          description: V(password).
          type: str
          returned: always
        label:
          description: What people call it.
          type: str
          returned: always
        result:
          description: V(done), V(would_be_done), V(nothing_to_do), V(failed) or V(not_attempted).
          type: str
          returned: always
        reason:
          description: What was done, why there was nothing to do, or what went wrong, in words.
          type: str
          returned: always
        evidence:
          description:
            - Why there is nothing to do, in one word such as V(never_logged_in). V(none) where there is something.
          type: str
          returned: always
        at:
          description:
            - When the step ended, by the clock of the host that runs the module. V(null) if it was not taken.
          type: str
          returned: always
    left_behind:
      description:
        - What the job leaves behind that is worth knowing, each with C(kind), C(name) and C(cure).
      type: list
      elements: dict
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
approved_ids:
  description:
    - Whom a rehearsal showed, by user name, in the form that O(approved_ids) takes. The mail address is masked; name
      and addresses are in the digest.
  returned: in check mode, where nothing failed
  type: dict
  sample:
    alice:
      id: aobEdbYhXfu5hkeqG
      state: active
      email: "a***@example.com"
      digest: 5b3e0d4c8a1f7e2966d0b8c3f4a5927e1d6c0b9a8f7e6d5c4b3a29180706f5e4
  version_added: 2.0.0
summary:
  description: How many people there are of each outcome.
  returned: always
  type: dict
  sample:
    done: 1
run:
  description:
    - The run itself, with the name of the job, the ticket, the address and version of the workspace, the account that
      did the work, and when it began and ended.
  returned: always
  type: dict
  sample:
    job: password
    check_mode: false
    ticket: INC-4711
    workspace: https://chat.example.com
    server_version: "8.6"
    account: svc-helpdesk
    ledger: access-ledger
    started: "2026-03-01T09:30:00Z"
    finished: "2026-03-01T09:30:02Z"
told:
  description: The same in lines for people, what is the same for several of them once.
  returned: always
  type: list
  elements: str
  sample:
    - Password reset on https://chat.example.com as svc-helpdesk, ticket INC-4711
    - "alice (fgNwgSGwEbCJKPWHT): password replaced"
    - "In all 1: done 1."
error:
  description: What the run failed with.
  returned: on failure
  type: dict
  contains: *error
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.chatops.rocketchat.plugins.module_utils._run import jobs
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.argspec import job_options
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.module import run_job


def main() -> None:
    """Wire the options to the job and its report to the result."""
    module = AnsibleModule(
        argument_spec={
            **job_options(),
            "password": {"type": "str", "no_log": True},
            "require_change": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    run_job(module, lambda: jobs.set_password(module.params))


if __name__ == "__main__":
    main()
