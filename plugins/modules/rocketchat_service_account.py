# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Make the account that does the jobs of this collection, with no more rights than they take."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rocketchat_service_account
short_description: Make the account that does the jobs of this collection
version_added: 2.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Makes a role with the permissions of the jobs that are wanted, an account, its ledger, and a personal access token
    that bypasses two-factor authentication; then gives the role to the account. Whatever is there already is left as
    it is, so a second run changes nothing.
  - An administrator calls. The playbook C(chatops.rocketchat.setup) is this module with a place for the token around
    it.
  - Permissions are added to what a role holds, and never taken from another one. C(access-permissions), and what else
    would let the account give itself more, is never given.
  - A run that broke off is finished by the next. The account gets its role last of all, so that until then it can do
    nothing that others cannot.
extends_documentation_fragment:
  - chatops.rocketchat.attributes
  - chatops.rocketchat.attributes.actiongroup_rocketchat
  - chatops.rocketchat.connection
  - chatops.rocketchat.two_factor
attributes:
  async:
    support: none
    details:
      - The result holds a token, which C(async) would leave in a file.
  check_mode:
    support: full
    details:
      - Sends GET requests only, apart from signing in and out where O(api_password) is used. Whether the workspace
        makes new roles shows beforehand only where the server tells what its licence allows.
  diff_mode:
    support: full
    details:
      - Shows what is made and given, without any secret.
  idempotent:
    support: partial
    details:
      - With O(token=renew) every run makes a new token.
      - What becomes of the ledger is seen only with the token that an earlier run returned (O(account_token)).
options:
  state:
    description:
      - V(present) makes what is missing.
      - V(absent) deactivates the account, which ends its token, takes its role away, and takes back what the role was
        given. A role that was made for the account is deleted. From another one is taken what the ledger shows that it
        was given, for which O(ledger) and O(account_token) are needed; what else it holds of O(jobs) and
        O(permissions) it may have held before, so it keeps that, and a warning names it.
      - The account is not deleted, since what it wrote into its ledger would go with it.
    type: str
    choices:
      - present
      - absent
    default: present
  username:
    description: User name of the account.
    type: str
    required: true
  name:
    description: Name that people see. The user name where it is not set.
    type: str
  email:
    description:
      - Address of the account, which no other account may have. The server demands one. Take a mailbox that somebody
        reads, since notices on the account go there.
      - Needed with O(state=present). An account that is there already gets a new password only where it has this
        address and no other.
    type: str
  role:
    description: Role that the account alone has. It is made where it is missing.
    type: str
    default: user-access
  shared_role:
    description:
      - A role of the server's own that is to be given the permissions instead, for workspaces that make no roles
        (Rocket.Chat 6.0 and later without the Enterprise plan). Without it the task fails there, and names the choices
        with everybody who has them.
      - Never C(user), C(bot), C(app), C(guest) or a role of rooms, which accounts come to have without anybody choosing
        them for it.
    type: str
  shared_role_accepted:
    description: Take a role although others have it, who can then do all that the account can.
    type: bool
    default: false
  jobs:
    description:
      - What the account is to do. V(recover) and V(offboard) stand for what the modules of these names take without any
        further option, V(reconcile) for what the playbook of this name does; the others are those of
        RV(chatops.rocketchat.rocketchat_info#module:jobs).
      - Of V(offboard), the parts V(foresee_rooms), V(see_teams) and V(close_webhooks) can be done without. To give
        less, list the others one by one. Offboarding reports as left behind what it could not look at, also for want
        of V(leave_omnichannel) and V(see_oauth_apps), which it is not given unasked.
    type: list
    elements: str
    choices:
      - recover
      - offboard
      - reconcile
      - reset_totp
      - see_logins
      - end_sessions
      - change_status
      - reset_password
      - reset_e2e_key
      - list_users
      - foresee_rooms
      - hand_over_rooms
      - end_memberships
      - close_webhooks
      - see_teams
      - leave_omnichannel
      - see_oauth_apps
      - take_roles
    default:
      - recover
  permissions:
    description:
      - Further permissions by their names, such as C(api-bypass-rate-limit).
      - C(access-permissions), C(assign-admin-role), C(create-user) and C(edit-privileged-setting) are refused.
    type: list
    elements: str
    default: []
  token:
    description:
      - V(keep) makes a token where the account cannot have one yet, or where O(account_token) is dead.
      - V(renew) gives the account a new password and a new token. All its other tokens and sessions end.
    type: str
    choices:
      - keep
      - renew
    default: keep
  token_name:
    description: Name of the token, which the account sees in its list.
    type: str
    default: chatops.rocketchat
  account_token:
    description:
      - The token that an earlier run returned. It is tried, and replaced where it is dead. Without it, a token of an
        account that is finished is taken to work.
    type: str
  account_user_id:
    description:
      - The id of the account that O(account_token) belongs to. Where the account found has another one, the task is
        refused before that token is sent.
    type: str
  account_password:
    description: The password that an earlier run returned.
    type: str
  ledger:
    description:
      - Name of the private channel in which the account remembers what it did, see the option of this name of
        M(chatops.rocketchat.rocketchat_user_recover). The account makes it where it is missing.
    type: str
  auditors:
    description: User names of those who are invited to read the ledger.
    type: list
    elements: str
    default: []
  confirm_relinquish:
    description:
      - With O(state=absent), deactivate the account also where rooms depend on it, which then get another owner or are
        deleted. A ledger that nobody else reads is such a room.
      - Without it the account stays active then, without token, role and permissions.
    type: bool
    default: false
seealso:
  - module: chatops.rocketchat.rocketchat_info
"""

EXAMPLES = r"""
- name: Make the account for recoveries
  chatops.rocketchat.rocketchat_service_account:
    api_url: https://chat.example.com
    api_username: olga
    api_password: "{{ rocketchat_admin_password }}"
    username: svc-helpdesk
    email: svc-helpdesk@example.com
    jobs:
      - recover
    ledger: access-ledger
    auditors:
      - alice
  register: service_account

- name: Keep what is told only once
  ansible.builtin.copy:
    dest: /etc/helpdesk/rocketchat.env
    mode: "0600"
    content: |
      ROCKETCHAT_URL=https://chat.example.com
      ROCKETCHAT_USER_ID={{ service_account.credentials.user_id }}
      ROCKETCHAT_TOKEN={{ service_account.credentials.token }}
  when: service_account.credentials is defined
  no_log: true
"""

RETURN = r"""
account:
  description: The account. C(user_id) is V(null) where it would be made.
  returned: success
  type: dict
  sample:
    username: svc-helpdesk
    user_id: tWrdbsgtgbPdAK2Qy
role:
  description: The role that holds its permissions.
  returned: success
  type: str
  sample: user-access
permissions:
  description: What the role holds, or would, of what was asked for. Empty with O(state=absent).
  returned: success
  type: list
  elements: str
  sample:
    - edit-other-user-totp
    - view-full-other-user-info
    - logout-other-user
ledger:
  description: Name of the ledger. V(null) where none was asked for.
  returned: success
  type: str
  sample: access-ledger
token:
  description:
    - V(made) where a token was made, or would be; V(kept) where O(account_token) was tried and works; V(not_looked_at)
      where the account is finished and nothing was there to try; V(ended) with O(state=absent).
  returned: success
  type: str
  sample: made
changes:
  description: What was changed, or would be, in the order in which it was.
  returned: always
  type: list
  elements: str
  sample:
    - "role user-access: made"
    - "role user-access: given edit-other-user-totp, view-full-other-user-info, logout-other-user"
    - "account svc-helpdesk: made"
    - "account svc-helpdesk: codes by e-mail ended"
    - "token chatops.rocketchat: made"
    - "account svc-helpdesk: given the role user-access"
credentials:
  description:
    - C(user_id), C(token) and C(password) of the account. They are told this once; Ansible shows nothing of a result
      that holds them.
  returned: when a token was made
  type: dict
error:
  description: What the run failed with, as C(code), C(message) and C(details).
  returned: on failure
  type: dict
"""

from collections.abc import Callable

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Access
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.argspec import (
    connection_options,
    two_factor_options,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.blueprint import options, read_blueprint
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.deeds import Outcome
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.module import run_module
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.set_up import set_up


def prepare(module: AnsibleModule) -> Callable[[Access], Outcome]:
    """Check the options, and return what makes the account."""
    blueprint = read_blueprint(module.params)
    present = module.params["state"] == "present"
    return lambda access: set_up(access, blueprint, module.warn, present=present, check_mode=module.check_mode)


def main() -> None:
    """Wire the options to the run and its outcome to the result."""
    module = AnsibleModule(
        argument_spec={**connection_options(), **two_factor_options(), **options()}, supports_check_mode=True
    )
    run_module(module, prepare, changes=[])


if __name__ == "__main__":
    main()
