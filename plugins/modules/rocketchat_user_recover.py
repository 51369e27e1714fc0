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
  - Says what can keep a person out, in check mode most of all, and opens what it is asked to open. TOTP is reset
    unless O(reset_totp=false); all else only where it is asked for.
  - Whatever changes mailbox, verification and password is one request, which loses nothing of the profile.
  - Ends all sessions and personal access tokens, unless nothing but O(activate), O(verify_email) or
    O(email_factor=restore) is asked for.
  - Everybody is looked up, and every step planned for everybody, before the first request that changes anything.
    Whoever is unknown, federated, the calling account or, without O(activate), inactive stops the task there, and so
    does a permission that is missing.
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
  reset_totp:
    description:
      - Reset TOTP, which loses nothing where there is none. With V(false) something else must be asked for.
      - Where the workspace has switched off two-factor authentication the server refuses the reset.
    type: bool
    default: true
    version_added: 2.0.0
  activate:
    description:
      - Activate who is deactivated, waits for approval or was idle for too long. Without it such a person is refused.
    type: bool
    default: false
    version_added: 2.0.0
  email_factor:
    description:
      - V(switch_off) makes the address unverified, so that no code is mailed for signing in. It is for people who have
        lost the only mailbox of their account, and comes after the reset of TOTP.
      - It is refused where it would lock the person out, because the workspace demands a verified address, or a role
        a second factor that nobody can set up without (before Rocket.Chat 7.13); and where it would be of no use,
        because the account has another verified address. O(new_email) works in each of these cases.
      - V(restore) makes the address verified again. It does not vouch for who reads it, as O(verify_email) does.
    type: str
    choices:
      - switch_off
      - restore
    version_added: 2.0.0
  new_email:
    description:
      - Give the account this address, verified, instead of all that it has. For one person a run.
      - The server tells the old mailbox. The address must be nobody's.
      - Journal and ledger name the replaced addresses masked, as C(was). To undo it, run again with the one of before
        in full; where there were several, the others do not come back.
      - Together with a new password this hands the account over to whoever reads that mailbox. Make sure who asks.
    type: str
    version_added: 2.0.0
  verify_email:
    description:
      - Take the first address of the account for verified, where the workspace lets nobody in without.
    type: bool
    default: false
    version_added: 2.0.0
  reset_password:
    description:
      - Replace the password as well, with a random one that the server mails to the account's first address, or to
        O(new_email), in clear. So the first address must be verified, unless O(verify_email) vouches for it.
      - It has to be changed at the next login in the browser.
    type: bool
    default: false
  password:
    description:
      - V(print_once) replaces the password with a random one that stands in O(password_file), and nowhere else. It is
        for people who cannot read their mail, one person a run.
      - It has to be changed at the next login in the browser.
    type: str
    choices:
      - print_once
    version_added: 2.0.0
  password_file:
    description:
      - File for the password of O(password=print_once), on the host that runs the module. It must not be there, and
        gets mode 0600.
      - It is written before the password is sent. Where the server refuses it, the file goes again.
      - Remove it when the person has the password.
    type: path
    version_added: 2.0.0
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
    C(view-full-other-user-info) the module can tell who never logged in. O(new_email), O(verify_email) and
    O(email_factor) take C(edit-other-user-info) and C(view-full-other-user-info), O(reset_password) and O(password)
    take C(edit-other-user-password) besides. O(activate) takes C(edit-other-user-active-status), O(reset_e2ekey) takes
    C(edit-other-user-e2ee).
  - Before Rocket.Chat 8.0 a lost phone goes on to show previews of messages, which no request ends. Of all versions,
    the link of a forgotten-password mail signs in without any code, so whoever reads the mailbox gets in.
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

- name: Find out what keeps a person out, and what would be done
  chatops.rocketchat.rocketchat_user_recover:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    username: alice
    activate: true
  check_mode: true
  register: found

- name: Give a person who lost phone, password and mailbox a way back in
  chatops.rocketchat.rocketchat_user_recover:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    username: alice
    ticket: INC-4713
    new_email: alice.new@example.com
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
          cure: >-
            alice will still be asked for a code by e-mail, to alice@example.com, unless the workspace or the person has
            switched e-mail codes off. If they cannot read that mail, run again with new_email, or with email_factor:
            switch_off.
          permission: ""
      looked_at: []
      kept: []
      diagnosis:
        - lock: email_codes
          certainty: possible
          shows: Codes may go to a***@example.com; whether the person has switched that off is not visible.
          cure: >-
            If the person cannot read that mail, give new_email; where the account has one address, email_factor:
            switch_off does as well.
          options:
            - new_email
            - email_factor
          said: >-
            Possible: Codes may go to a***@example.com; whether the person has switched that off is not visible. If the
            person cannot read that mail, give new_email; where the account has one address, email_factor: switch_off
            does as well.
      to_tell: >-
        Your authenticator app has been removed and you have been signed out everywhere; then sign in with your
        password, enter the code that may be mailed to a***@example.com (ask for another if none comes) and set up your
        authenticator app again; mail goes to you: a notice of the reset to a***@example.com.
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
          description:
            - V(password), which does to the addresses what is asked for as well, V(email) where the password stays,
              V(e2ekey), V(totp), V(status) or V(sessions).
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
    diagnosis:
      description:
        - What can keep the person out, as it was found at the start of the run. What is V(certain) stands first, then
          V(possible), V(not_visible) and V(excluded); within each, what helpdesks meet most often. Also of people for
          whom nothing was done; empty where the account is not known.
        - A run that is no check mode reads nothing for it, and knows less of the workspace.
      type: list
      elements: dict
      returned: always
      contains:
        lock:
          description:
            - V(deactivated), V(app) (or a bot's), V(federated), V(totp), V(password_lost), V(email_codes),
              V(mailbox_lost), V(login_blocked), V(unverified_address), V(never_logged_in), V(password_elsewhere),
              V(no_roles), V(password_change_demanded), V(role_demands_second_factor), V(two_factor_off),
              V(licence_seats) or V(e2e_key_lost).
          type: str
          returned: always
        certainty:
          description:
            - V(certain), V(possible), V(excluded), or V(not_visible) where the server tells nobody, or not this
              account.
          type: str
          returned: always
        shows:
          description: What shows it, in a sentence.
          type: str
          returned: always
        cure:
          description: What opens it, in a sentence. Empty where the lock is excluded.
          type: str
          returned: always
        options:
          description: The options of this module that open it. None where only people can.
          type: list
          elements: str
          returned: always
        said:
          description: All of it in one line for people.
          type: str
          returned: always
    to_tell:
      description:
        - One sentence to be read to the person on the phone. What is done, what they have to do then, what may keep
          them out all the same, and which mails they get at which address, of which only the first letter and the
          domain are shown. Empty where nothing is done, or something failed.
      type: str
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
    job: recover
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
    - Recovery on https://chat.example.com as svc-helpdesk, ticket INC-4711
    - "alice (fgNwgSGwEbCJKPWHT): TOTP reset, signed out everywhere"
    - "In all 1: done 1."
error:
  description: What the run failed with.
  returned: on failure
  type: dict
  contains: *error
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.chatops.rocketchat.plugins.module_utils._run import recovery
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.argspec import job_options
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.module import run_job


def main() -> None:
    """Wire the options to the job and its report to the result."""
    module = AnsibleModule(
        argument_spec={
            **job_options(),
            "protected_roles": {"type": "list", "elements": "str", "default": ["admin"]},
            "reset_totp": {"type": "bool", "default": True},
            "activate": {"type": "bool", "default": False},
            "email_factor": {"type": "str", "choices": ["switch_off", "restore"]},
            "new_email": {"type": "str"},
            "verify_email": {"type": "bool", "default": False},
            "reset_password": {"type": "bool", "default": False, "no_log": False},
            # How a password is shown, and where; neither is one.
            "password": {"type": "str", "choices": ["print_once"], "no_log": False},
            "password_file": {"type": "path", "no_log": False},
            "reset_e2ekey": {"type": "bool", "default": False},
            "confirm_message_loss": {"type": "bool", "default": False},
            "force": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    run_job(module, lambda: recovery.recover(module.params, module.warn))


if __name__ == "__main__":
    main()
