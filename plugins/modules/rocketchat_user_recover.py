# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Give people who are locked out of Rocket.Chat a way back in."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rocketchat_user_recover
short_description: Give people who are locked out of Rocket.Chat a way back in
version_added: 2.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Resets TOTP and, where asked to, the password and the end-to-end key, and ends all sessions and personal access
    tokens.
  - Everybody is looked up, and every step planned for everybody, before the first request that changes anything.
    Whoever is unknown, federated, inactive or the calling account stops the task there, and so does a permission that
    is missing.
  - No session stays alive, since TOTP could be enrolled again from one of them without signing in.
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
      - Sends GET requests only, apart from signing in and out where O(api_password) is used. Plans every step for
        everybody, and predicts failure as well, by checking the server's version, the credentials, each permission,
        the workspace's settings, each target, and whether the second factor can be answered. What cannot be known is
        a warning.
  diff_mode:
    support: full
    details:
      - Shows for each account what changes, without any secret.
  idempotent:
    support: partial
    details:
      - The server does not tell whether an account has TOTP or sessions, so every run does the same again, and the
        server mails again, unless the account never logged in.
options:
  protected_roles:
    description:
      - Roles, by name or id, whose holders are not touched. Somebody who has one is an error, before anything is
        changed.
      - The calling account needs C(view-full-other-user-info) or C(view-d-room) to see who has a role.
      - An empty list protects nobody.
    type: list
    elements: str
    default:
      - admin
    version_added: 2.0.0
  reset_password:
    description:
      - Replace the password as well, with a random one that the server mails to the account's owner.
    type: bool
    default: false
  reset_e2ekey:
    description:
      - Reset the end-to-end key as well, for people who have lost its password. Needs O(confirm_message_loss).
    type: bool
    default: false
  confirm_message_loss:
    description:
      - Accept that with the end-to-end key go all old encrypted messages of the account.
    type: bool
    default: false
  force:
    description:
      - Do everything that is asked for, whatever is known of what was done before.
    type: bool
    default: false
notes:
  - The calling account needs the permissions C(edit-other-user-totp) and C(logout-other-user); with
    C(view-full-other-user-info) the module can tell who never logged in. O(reset_password) takes
    C(edit-other-user-info), C(edit-other-user-password) and C(view-full-other-user-info), O(reset_e2ekey) takes
    C(edit-other-user-e2ee).
  - The server mails the owner of an account on every reset.
"""

EXAMPLES = r"""
- name: Give a person who lost their phone a way back in
  chatops.rocketchat.rocketchat_user_recover:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    username: alice
    ticket: INC-4711

- name: Give a person who lost phone and password a way back in
  chatops.rocketchat.rocketchat_user_recover:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    username: alice
    ticket: INC-4712
    reset_password: true
"""

RETURN = r"""
users:
  description:
    - One entry for each person, in the order given. Complete also when the run failed or stopped half way.
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
      said: "alice (fgNwgSGwEbCJKPWHT): TOTP reset, signed out everywhere"
      steps:
        - step: totp
          label: TOTP
          result: done
          reason: removed, if there was one (the server does not tell)
          evidence: none
          at: "2026-03-01T09:30:01Z"
        - step: sessions
          label: Sessions
          result: done
          reason: sessions and personal access tokens ended
          evidence: none
          at: "2026-03-01T09:30:02Z"
      left_behind:
        - kind: email_codes
          name: alice@example.com
          cure: Make sure that alice can read the mail.
          permission: ""
      looked_at: []
      kept: []
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
        - What became of the person, all steps together.
        - V(done), V(would_be_done) in check mode, V(nothing_to_do), V(skipped) with O(unknown=skip), V(failed)
          where nothing was changed, V(half_done) where something was, or V(not_attempted).
      type: str
      returned: always
    changed:
      description: Whether the account was changed, or would be in check mode.
      type: bool
      returned: always
    said:
      description: The same in one sentence for people, with name and id.
      type: str
      returned: always
    steps:
      description:
        - Every step in its order. None where the account could not be used at all.
      type: list
      elements: dict
      returned: always
      contains:
        step:
          description: V(password), V(e2ekey), V(totp) or V(sessions).
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
        - What the job leaves behind that is worth knowing, each with C(kind), C(name), C(cure), and the C(permission)
          that the calling account lacks for it, empty where it lacks none.
      type: list
      elements: dict
      returned: always
    looked_at:
      description: The kinds of things that were looked for. What is not among them may be there.
      type: list
      elements: str
      returned: always
    kept:
      description: What stays because the task keeps it, in the form of RV(users[].left_behind).
      type: list
      elements: dict
      returned: always
    error:
      description: The first thing that went wrong.
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
    job: recover
    check_mode: false
    ticket: INC-4711
    workspace: https://chat.example.com
    server_version: "8.6"
    account: svc-helpdesk
    started: "2026-03-01T09:30:00Z"
    finished: "2026-03-01T09:30:02Z"
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
            "protected_roles": {"type": "list", "elements": "str", "default": ["admin"]},
            "reset_password": {"type": "bool", "default": False, "no_log": False},
            "reset_e2ekey": {"type": "bool", "default": False},
            "confirm_message_loss": {"type": "bool", "default": False},
            "force": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    run_job(module, lambda: jobs.recover(module.params, module.warn))


if __name__ == "__main__":
    main()
