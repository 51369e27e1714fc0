# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Take away the access of people who have left Rocket.Chat."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rocketchat_user_offboard
short_description: Take away the access of people who have left Rocket.Chat
version_added: 2.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Ends all sessions and personal access tokens, hands over rooms where asked to, switches webhooks off, takes the
    person out of Omnichannel and, where asked to, out of rooms, deactivates the account, and resets TOTP and, where
    asked to, the password.
  - Says what it leaves behind, and what it keeps because the task says so.
  - Everybody is looked up, and every step planned for everybody, before the first request that changes anything.
    Whoever is unknown, federated or the calling account stops the task there, and so do rooms that would be deleted
    or change hands, the last administrator, and a permission that is missing.
  - B(No account is left weaker than it was.) Sessions end before or with the deactivation, and the second factor
    goes only once the account is inactive. A run after a failure finishes the rest.
  - Of who is inactive already the sessions and tokens end, which the server tells nobody of, and webhooks, entries in
    Omnichannel and, where asked to, rooms, memberships and roles are seen to. Nothing else is done.
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
      - The state of an account is read, and who is inactive is not deactivated again, so nobody is mailed twice. The
        server tells nobody whether an account has sessions, so each run ends them and reports a change.
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
      - Replace the password as well, with a random one that nobody learns.
    type: bool
    default: false
  confirm_relinquish:
    description:
      - Deactivate an account also where it is the only owner of rooms or teams. Private rooms that nobody else who is
        active is in are B(deleted) with all their messages. Where somebody is, the one who came first gets the room.
        Public rooms without anybody, rooms whose other owners are inactive, and teams stay without an owner who could
        use them, and stand in RV(users[].left_behind).
    type: bool
    default: false
  successor:
    description:
      - User name of whoever takes over the rooms that depend on somebody on the list alone, so that nothing is deleted.
        They become owner of every channel, private room, discussion and team that nobody else who is active owns, also
        where nobody else is in it, before the account is deactivated. The leaver is owner no more then.
      - Rooms with another active owner are left alone. Where the successor is the only one beside the leaver, and no
        ledger tells better, the leaver is owner no more, since a run that broke off may have brought that about.
      - Of a private room that the calling account is not in, the other owners are hidden, so the successor becomes
        owner there too, and the result says so.
      - The account is looked up and checked before anything is changed. It must be active, and neither on the list nor
        the calling account, a guest, a bot or an app.
      - Rooms of accounts that are inactive already are handed over as well.
      - An empty name names nobody. Then such rooms and teams are an error, with what would become of each, unless
        O(confirm_relinquish) lets the server decide.
    type: str
    version_added: 2.0.0
  memberships:
    description:
      - Whether the accounts stay in their rooms and teams. V(remove) takes them out before they are deactivated, and
        those who are inactive already too. Direct messages cannot be left.
      - A room that they cannot be taken out of, for want of a permission or because they are its last owner, is no
        failure. It stands in RV(users[].left_behind).
    type: str
    choices:
      - keep
      - remove
    default: keep
    version_added: 2.0.0
  integrations:
    description:
      - What becomes of the webhooks that the person made, or that post as the person. They go on working after a
        deactivation.
      - V(disable) switches them off, with all the rest of them as it was. V(remove) removes them for good, with their
        history. V(report) tells of them and leaves them.
      - Where the calling account lacks the permission, they are told of in RV(users[].left_behind), and nothing fails.
    type: str
    choices:
      - disable
      - remove
      - report
    default: disable
  roles:
    description:
      - Whether the person keeps the roles that the workspace does not give everybody. They are back when the account
        is activated again.
      - V(remove) takes them away once the account is inactive. Which they were stands in the journal and the ledger
        before they are taken. The last active administrator is an error, before anything is changed.
    type: str
    choices:
      - keep
      - remove
    default: keep
  force:
    description:
      - Do everything that is asked for, whatever is known of what was done before.
    type: bool
    default: false
notes:
  - The calling account needs the permissions C(logout-other-user), C(edit-other-user-active-status) and
    C(edit-other-user-totp); C(view-full-other-user-info), C(view-other-user-channels), C(view-room-administration) and,
    for teams, C(view-all-teams) to foresee what would be refused; for O(successor) also C(set-owner),
    C(add-user-to-any-c-room), for private rooms C(add-user-to-any-p-room), and C(edit-team-member) for teams whose main
    room the successor owns already; for O(memberships=remove) also C(view-all-teams), C(edit-team-member),
    C(remove-user), C(kick-user-from-any-c-room) and, for private rooms, C(kick-user-from-any-p-room); for
    O(reset_password) also C(edit-other-user-info) and
    C(edit-other-user-password).
  - For webhooks it needs C(manage-incoming-integrations), C(manage-outgoing-integrations),
    C(manage-own-incoming-integrations) and C(manage-own-outgoing-integrations), for Omnichannel
    C(view-livechat-manager) and C(view-l-room), to see OAuth apps C(manage-oauth-apps), and for O(roles=remove)
    C(edit-other-user-info) and C(assign-roles). What it lacks is told in RV(users[].left_behind),
    and nothing fails for it.
  - The server mails the owner of an account when it is deactivated and when its TOTP is reset.
"""

EXAMPLES = r"""
- name: See what offboarding two people would do
  chatops.rocketchat.rocketchat_user_offboard:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    usernames:
      - harry
      - erin
  check_mode: true

- name: Take away the access of somebody who has left
  chatops.rocketchat.rocketchat_user_offboard:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    username: harry
    ticket: HR-2026-017

- name: Give their rooms to somebody who stays, and take them out of all rooms
  chatops.rocketchat.rocketchat_user_offboard:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    username: erin
    successor: dave
    memberships: remove
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
        username: harry
      username: harry
      user_id: fgNwgSGwEbCJKPWHT
      outcome: done
      changed: true
      said: "harry (fgNwgSGwEbCJKPWHT): signed out everywhere, deactivated, TOTP reset"
      steps:
        - step: sessions
          label: Sessions
          result: done
          reason: sessions and personal access tokens ended
          evidence: none
          at: "2026-03-01T09:30:01Z"
        - step: status
          label: Deactivation
          result: done
          reason: deactivated
          evidence: none
          at: "2026-03-01T09:30:01Z"
          rooms_deleted: []
          rooms_with_new_owner: []
        - step: totp
          label: TOTP
          result: done
          reason: removed, if there was one (the server does not tell)
          evidence: none
          at: "2026-03-01T09:30:02Z"
      left_behind: []
      looked_at:
        - ldap
        - login_service
        - memberships
        - oauth_apps
        - oauth_tokens
        - omnichannel
        - roles
        - rooms
        - teams
        - webhooks
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
        - Every step in its order, but those that looked for something and found nothing to do. None where the account
          could not be used at all.
      type: list
      elements: dict
      returned: always
      contains:
        step:
          description:
            - V(sessions), V(handover), V(integrations), V(omnichannel), V(memberships), V(status), V(roles), V(totp) or
              V(password).
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
        rooms_handed_over:
          description:
            - Rooms that were handed over, or would be in check mode, each with C(room_id), C(name), the user name of
              the new owner in C(to), and in C(other_owners_known) whether the calling account sees who else owns it.
          type: list
          elements: dict
          returned: for V(handover)
        memberships_ended:
          description: Names of the rooms that the account was taken out of, or would be in check mode.
          type: list
          elements: str
          returned: for V(memberships)
        rooms_deleted:
          description:
            - Names of the rooms that the server deleted with the account, or would in check mode. V(null) if unknown.
          type: list
          elements: str
          returned: for V(status)
        rooms_with_new_owner:
          description: Names of the rooms that the server gave another owner, likewise.
          type: list
          elements: str
          returned: for V(status)
    left_behind:
      description:
        - What still works, is still theirs, or may undo the deactivation, each with C(kind), C(name), C(cure), and the
          C(permission) that the calling account lacks for it, empty where it lacks none. A kind that could not be
          looked for has an entry as well, so that an empty list means that nothing is left of the kinds in
          RV(users[].looked_at).
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
    job: offboard
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
    - Offboarding on https://chat.example.com as svc-helpdesk, ticket INC-4711
    - "harry (fgNwgSGwEbCJKPWHT): signed out everywhere, deactivated, TOTP reset"
    - "In all 1: done 1."
error:
  description: What the run failed with.
  returned: on failure
  type: dict
  contains: *error
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.chatops.rocketchat.plugins.module_utils._run import offboarding
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.argspec import job_options
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.module import run_job


def main() -> None:
    """Wire the options to the job and its report to the result."""
    module = AnsibleModule(
        argument_spec={
            **job_options(),
            "protected_roles": {"type": "list", "elements": "str", "default": ["admin"]},
            "reset_password": {"type": "bool", "default": False, "no_log": False},
            "confirm_relinquish": {"type": "bool", "default": False},
            "successor": {"type": "str"},
            "memberships": {"type": "str", "choices": ["keep", "remove"], "default": "keep"},
            "integrations": {"type": "str", "choices": ["disable", "remove", "report"], "default": "disable"},
            "roles": {"type": "str", "choices": ["keep", "remove"], "default": "keep"},
            "force": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    run_job(module, lambda: offboarding.offboard(module.params, module.warn))


if __name__ == "__main__":
    main()
