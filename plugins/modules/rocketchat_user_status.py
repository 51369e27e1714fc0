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
  - Where rooms depend on an account alone, the task fails with their names, told apart by what would become of them.
    O(confirm_relinquish) goes through, and the result lists them.
  - Next to a single active administrator the server deactivates nobody who has the role C(admin). The task fails with
    V(last-admin) then.
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
        well, by checking the credentials, the permission, each target, its rooms, and who would be the last
        administrator. What cannot be known is a warning.
      - Each account is judged as the server will judge it then, with those inactive who come before it in the list.
        With a O(concurrency) above V(1), what depends on their order is among what cannot be known.
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
      - Deactivate an account also where rooms depend on it alone. Of rooms that nobody else owns, those with other
        active members get another owner, and private ones without are B(deleted) with all their messages. So is a
        private room that nobody else is in, whoever owns it.
      - Check mode lists these rooms, as far as the calling account sees them.
    type: bool
    default: false
notes:
  - The calling account needs the permission C(edit-other-user-active-status).
  - To foresee in check mode which rooms would be deleted or change hands, it needs C(view-other-user-channels) and,
    for private rooms that it is not in, C(view-room-administration). Of private rooms with other members than the
    leaver, the server may not show enough even then.
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
    - asked:
        username: harry
      username: harry
      user_id: fgNwgSGwEbCJKPWHT
      outcome: done
      changed: true
      said: "harry (fgNwgSGwEbCJKPWHT): deactivated"
      steps:
        - step: status
          label: Deactivation
          result: done
          reason: deactivated
          evidence: none
          at: "2026-03-01T09:30:01Z"
      left_behind: []
      active_before: true
      rooms_deleted: []
      rooms_with_new_owner: []
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
    active_before:
      description: Whether the account was active before. V(null) if unknown.
      type: bool
      returned: always
    rooms_deleted:
      description:
        - Names of the rooms that were deleted because no other active member was in them, or would be in check mode.
        - V(null) if it is unknown whether the change was made; those that would be are in C(error.details) then.
          V(null) in check mode if the calling account does not see enough of the rooms; a warning tells of which.
      type: list
      elements: str
      returned: always
    rooms_with_new_owner:
      description:
        - Names of the rooms that got another owner, or would in check mode. V(null) in the same cases.
      type: list
      elements: str
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
          description: V(status).
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
    job: status
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
    - Status change on https://chat.example.com as svc-helpdesk, ticket INC-4711
    - "harry (fgNwgSGwEbCJKPWHT): deactivated"
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
            "state": {"type": "str", "choices": ["active", "inactive"], "required": True},
            "confirm_relinquish": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    run_job(module, lambda: jobs.set_status(module.params, check_mode=module.check_mode))


if __name__ == "__main__":
    main()
