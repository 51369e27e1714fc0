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
  - Takes the time-based one-time password (TOTP) away from accounts whose owners have lost their second factor or
    have left, so that they can sign in and enrol again.
  - Every target is looked up and compared with what was asked before the first request that changes anything. An
    empty name, an unknown one, or one that turns out to be the calling account stops the task before anything is
    reset.
  - The second factor that the server asks of the calling account, on every single request, is answered unattended.
  - Where an account had TOTP, its sessions and personal access tokens end with the reset. Its second factor by e-mail
    stays, and no API can remove it.
  - The server mails the owner of another account on every reset, whether or not there was a TOTP to reset.
  - B(What changed means.) The server answers with success whatever happened, and tells no administrator whether
    another account has TOTP. So for other accounts a reset is sent and reported as changed, unless there is evidence
    that nothing needs doing, namely that the account never logged in, or that it has not logged in since a reset that
    the caller vouches for (O(last_reset)). For the calling account (O(own_account)) the server does tell, and the
    result is exact. Each entry of RV(users) says what is known in RV(users[].totp_enabled_before), and why in
    RV(users[].evidence).
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
        well, by checking the server's version, the credentials, the permission, the workspace's setting, each target,
        and whether the second factor can be answered. What cannot be known is a warning.
  diff_mode:
    support: full
    details:
      - Shows for each account what goes, without any secret.
  idempotent:
    support: partial
    details:
      - Exact for O(own_account). For other accounts the server does not tell whether they have TOTP, so a second run
        resets again (and the server mails again) unless the account never logged in, or O(last_reset) is given. With
        O(force) every run resets.
options:
  own_account:
    description:
      - Reset the calling account instead. This ends its sessions and personal access tokens, the one in use included.
      - Excludes O(usernames), O(user_ids) and O(emails). Nothing else ever touches the calling account.
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
      - Gone since 2.0.0. Naming a field fails, and nothing is sent. Whoever holds an account can write its custom
        fields, so a receipt in one proved nothing, and writing it erased parts of the profile.
    type: str
  end_sessions:
    description:
      - End the sessions and personal access tokens of an account after its reset, whether or not it had TOTP. Without
        this, an account that had no TOTP keeps its sessions, and TOTP can be enrolled again from one of them without
        a new login.
      - Takes the permission C(logout-other-user).
    type: bool
    default: false
  since:
    description:
      - An ISO 8601 time with an offset, such as that of a ticket. A reset that the ledger (O(ledger)) tells of from
        that time or later is enough, whether or not the person has signed in and enrolled again since.
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
    - asked:
        username: alice
      username: alice
      user_id: fgNwgSGwEbCJKPWHT
      outcome: done
      changed: true
      said: "alice (fgNwgSGwEbCJKPWHT): TOTP reset"
      steps:
        - step: totp
          label: TOTP
          result: done
          reason: removed, if there was one (the server does not tell)
          evidence: none
          at: "2026-03-01T09:30:01Z"
      left_behind: []
      totp_enabled_before: null
      evidence: none
      sessions_ended: null
      attempts: 1
    - asked:
        username: ned
      username: ned
      user_id: tWrdbsgtgbPdAK2Qy
      outcome: nothing_to_do
      changed: false
      said: "ned (tWrdbsgtgbPdAK2Qy): nothing to do (nobody ever signed in to the account)"
      steps:
        - step: totp
          label: TOTP
          result: nothing_to_do
          reason: nobody ever signed in to the account
          evidence: never_logged_in
          at: null
      left_behind: []
      totp_enabled_before: false
      evidence: never_logged_in
      sessions_ended: false
      attempts: 0
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
        - V(none) means that it is not known.
      type: str
      returned: always
    sessions_ended:
      description:
        - Whether the sessions and personal access tokens of the account ended. V(null) means that they did if the
          account had TOTP, which the server does not tell.
      type: bool
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
          description: V(totp).
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
    job: totp
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
    - TOTP reset on https://chat.example.com as svc-helpdesk, ticket INC-4711
    - "alice (fgNwgSGwEbCJKPWHT): TOTP reset"
    - "In all 1: done 1."
error:
  description: What the run failed with.
  returned: on failure
  type: dict
  contains: *error
"""

from collections.abc import Callable

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Access
from ansible_collections.chatops.rocketchat.plugins.module_utils._run import totp_reset
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.argspec import job_options
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.module import BLANK, gather, run_module
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.result import Report

_GONE = {
    "receipt_field": "whoever holds an account can write its custom fields, so a receipt in one proved nothing, and"
    " writing it erased parts of the profile. Leave it out; give end_sessions to end sessions as it did.",
}


def prepare(module: AnsibleModule) -> Callable[[Access], Report]:
    """Check the options and return what runs them."""
    task = totp_reset.task(module.params, check_mode=module.check_mode)
    evidence = gather(totp_reset.job_of(task, module.warn), module, since=task.since)
    return lambda access: totp_reset.run(task, access, evidence.warn, evidence)


def main() -> None:
    """Wire the options to the reset and its report to the result."""
    module = AnsibleModule(
        argument_spec={
            **job_options(),
            "own_account": {"type": "bool", "default": False},
            "last_reset": {"type": "raw"},
            "force": {"type": "bool", "default": False},
            "receipt_field": {"type": "str"},
            "end_sessions": {"type": "bool", "default": False},
            "since": {"type": "str"},
        },
        supports_check_mode=True,
    )
    run_module(module, prepare, gone=_GONE, **BLANK)


if __name__ == "__main__":
    main()
