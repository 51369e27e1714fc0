# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Find out what a Rocket.Chat server lets the calling account do."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rocketchat_info
short_description: Find out what a Rocket.Chat server lets the calling account do
version_added: 1.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Tells the server's version, the settings that matter to this collection, which second factor the calling account
    will be asked for and whether its token bypasses it, which permissions it holds and lacks for each job of this
    collection, and who else holds those that give power over other accounts.
  - The playbook C(chatops.rocketchat.doctor) prints RV(advice) for a person.
extends_documentation_fragment:
  - chatops.rocketchat.attributes
  - chatops.rocketchat.attributes.actiongroup_rocketchat
  - chatops.rocketchat.attributes.info_module
  - chatops.rocketchat.connection
  - chatops.rocketchat.two_factor
options: {}
"""

EXAMPLES = r"""
- name: Look at the server and at the account that will do the work
  chatops.rocketchat.rocketchat_info:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
  register: workspace

- name: Stop here unless TOTP can be reset
  ansible.builtin.assert:
    that:
      - workspace.jobs.reset_totp.possible
      - workspace.second_factor.answerable
"""

RETURN = r"""
server:
  description: The workspace.
  returned: success
  type: dict
  sample:
    url: https://chat.example.com
    version: "8.6"
settings:
  description: The public settings on two-factor authentication. V(null) where the server does not publish one.
  returned: success
  type: dict
  sample:
    Accounts_TwoFactorAuthentication_Enabled: true
    Accounts_TwoFactorAuthentication_By_TOTP_Enabled: true
    Accounts_TwoFactorAuthentication_By_Email_Enabled: true
    Accounts_TwoFactorAuthentication_Enforce_Password_Fallback: true
caller:
  description: The calling account, with the names of its roles.
  returned: success
  type: dict
  sample:
    username: svc-helpdesk
    user_id: tWrdbsgtgbPdAK2Qy
    roles:
      - helpdesk
    totp_enabled: true
second_factor:
  description: What the server will ask the calling account for on every reset.
  returned: success
  type: dict
  contains:
    method:
      description: V(totp), V(email) or V(password). V(null) if it is not asked.
      type: str
      returned: always
    token_bypasses:
      description:
        - Whether the token was made to bypass two-factor authentication. V(null) if the server does not tell.
      type: bool
      returned: always
    answerable:
      description:
        - Whether the options given answer it. V(null) if they do not and the server does not tell whether the token
          bypasses it.
      type: bool
      returned: always
  sample:
    method: totp
    token_bypasses: false
    answerable: true
jobs:
  description:
    - For each job of this collection whether the calling account may do it, and the permissions that it holds and
      lacks for that. C(possible) is V(null) where the server does not tell.
  returned: success
  type: dict
  sample:
    reset_totp:
      possible: true
      held:
        - edit-other-user-totp
      missing: []
    end_sessions:
      possible: false
      held: []
      missing:
        - logout-other-user
shared_with:
  description:
    - Who else can do to other accounts what the calling account can, for each role but C(admin) that has one of those
      permissions. Empty where nobody else can. V(null) where the server does not tell.
    - A role that accounts come to have without anybody choosing them for it, such as C(user) or C(bot), is listed
      also where nobody has it at present.
  returned: success
  type: list
  elements: dict
  version_added: 2.0.0
  contains:
    role:
      description: Name of the role.
      type: str
      returned: always
    permissions:
      description: Those of the calling account's permissions over other accounts that the role has.
      type: list
      elements: str
      returned: always
    usernames:
      description: Who has the role besides the calling account.
      type: list
      elements: str
      returned: always
  sample:
    - role: helpdesk
      permissions:
        - edit-other-user-totp
      usernames:
        - alice
rate_limit_bypass:
  description: Whether the server's rate limit spares the calling account. V(null) where the server does not tell.
  returned: success
  type: bool
  sample: false
advice:
  description:
    - The same in sentences. C(level) is V(ok), V(hint) for what can be better, or V(problem) for what will fail.
  returned: success
  type: list
  elements: dict
  sample:
    - level: ok
      message: svc-helpdesk may reset TOTP.
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
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.inquiry import Inquiry, inquire
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.module import run_module
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.server_facts import about_server


def prepare(module: AnsibleModule) -> Callable[[Access], Inquiry]:
    """Return what asks the server."""
    return lambda access: inquire(access, module.warn, about_server)


def main() -> None:
    """Wire the options to the inquiry and its answer to the result."""
    module = AnsibleModule(argument_spec={**connection_options(), **two_factor_options()}, supports_check_mode=True)
    run_module(module, prepare)


if __name__ == "__main__":
    main()
