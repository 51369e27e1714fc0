# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""See what is still there of people who left Rocket.Chat."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rocketchat_user_leftovers
short_description: See what is still there of people who left Rocket.Chat
version_added: 2.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Looks for what outlives the deactivation of an account, such as webhooks that go on posting, entries in Omnichannel
    and OAuth apps, and says of each what to do about it. Changes nothing.
  - M(chatops.rocketchat.rocketchat_user_offboard) tells the same of those that it is run for, and sees to most of it.
    This module is for those who left before, and for a nightly report.
  - Sessions and personal access tokens that are still alive are not among it. No request shows those of others; they
    end with M(chatops.rocketchat.rocketchat_user_offboard), also of accounts that are inactive already.
extends_documentation_fragment:
  - chatops.rocketchat.attributes
  - chatops.rocketchat.attributes.actiongroup_rocketchat
  - chatops.rocketchat.attributes.info_module
  - chatops.rocketchat.connection
  - chatops.rocketchat.two_factor
options:
  usernames:
    description:
      - User names to look at, exactly as the server writes them. Where neither these nor O(user_ids) and O(emails) are
        given, all inactive accounts are looked at. What is no text is refused, and so is V(null).
    type: list
    elements: str
    aliases:
      - username
  user_ids:
    description:
      - Ids to look at.
    type: list
    elements: str
    aliases:
      - user_id
  emails:
    description:
      - E-mail addresses to look at, compared exactly but for case. Nobody is found by address without the permission
        C(view-full-other-user-info).
    type: list
    elements: str
    aliases:
      - email
  concurrency:
    description:
      - How many requests are in flight at a time, from 1 to 32. The result is in the order given all the same.
      - If not set, the environment variable E(ROCKETCHAT_CONCURRENCY) is used.
    type: int
    default: 4
notes:
  - The calling account needs C(manage-incoming-integrations) and C(manage-outgoing-integrations) to see webhooks,
    C(manage-oauth-apps) to see OAuth apps, C(view-full-other-user-info) to see roles and entries in Omnichannel,
    C(view-other-user-channels) to see rooms and memberships, C(view-all-teams) to see teams, and C(view-d-room) to list
    inactive accounts. A kind that it does not see has an entry of its own in RV(users[].left_behind).
  - Webhooks, OAuth apps and teams are read once for everybody. Rooms cost one request for each account, and a few for
    each room that one of them owns.
"""

EXAMPLES = r"""
- name: See what is still there of everybody who left
  chatops.rocketchat.rocketchat_user_leftovers:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
  register: leavers

- name: Tell of those who left something
  ansible.builtin.debug:
    msg: "{{ leavers.users | selectattr('left_behind') | map(attribute='username') }}"

- name: See what is still there of one of them
  chatops.rocketchat.rocketchat_user_leftovers:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    username: harry
"""

RETURN = r"""
users:
  description: One entry for each account, in the order given, or in the server's order for all that are inactive.
  returned: success
  type: list
  elements: dict
  sample:
    - username: harry
      user_id: fgNwgSGwEbCJKPWHT
      active: false
      left_behind:
        - kind: webhook
          name: builds (incoming, posts as harry, id 8NvqZ2cXwKyvGm4jB)
          cure: >-
            It goes on working. Switch it off by hand (Administration > Workspace > Integrations), or have this job do
            it.
          permission: ""
      kept:
        - kind: membership
          name: general
          cure: It is kept (memberships=keep).
          permission: ""
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
  contains:
    username:
      description: User name as the server writes it.
      type: str
      returned: always
    user_id:
      description: Id of the account.
      type: str
      returned: always
    active:
      description: Whether the account is active, V(null) if unknown.
      type: bool
      returned: always
    left_behind:
      description:
        - What still works, is still theirs, or may undo the deactivation, each with C(kind), C(name), C(cure), and the
          C(permission) that the calling account lacks for it, empty where it lacks none. A kind that could not be
          looked for has an entry as well, so that an empty list means that nothing is left of the kinds in
          RV(users[].looked_at).
      type: list
      elements: dict
      returned: always
    kept:
      description:
        - Rooms that the account is in, and roles that it has and that the workspace does not give everybody, in the
          same form.
      type: list
      elements: dict
      returned: always
    looked_at:
      description: The kinds of things that were looked for. What is not among them may be there.
      type: list
      elements: str
      returned: always
missing:
  description: Those who have no account, each as it was named, with a C(message).
  returned: success
  type: list
  elements: dict
  sample: []
summary:
  description:
    - How many accounts were looked at (C(users)), how many of them left something (C(with_leftovers)), and how often
      each kind of thing is there (C(kinds)).
  returned: success
  type: dict
  sample:
    users: 214
    with_leftovers: 1
    kinds:
      webhook: 1
told:
  description: The same in lines for people, what is the same for several of them once.
  returned: success
  type: list
  elements: str
  sample:
    - >-
      LEFT BEHIND (harry): webhook builds (incoming, posts as harry, id 8NvqZ2cXwKyvGm4jB): It goes on working. Switch
      it off by hand (Administration > Workspace > Integrations), or have rocketchat_user_offboard do it.
    - In all 214 accounts were looked at, and 1 left something.
error:
  description: What the module failed with.
  returned: on failure
  type: dict
  contains:
    code:
      description: The server's C(errorType), or a code of this collection such as V(not-authenticated).
      type: str
      returned: always
    message:
      description: What is wrong and what to do, with the server's own words.
      type: str
      returned: always
    details:
      description: Details of the server.
      type: dict
      returned: always
"""

from collections.abc import Callable

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Access
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.argspec import (
    connection_options,
    target_options,
    two_factor_options,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.inquiry import inquire
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.leftovers import about_leavers, read_question
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.module import Result, run_module


def prepare(module: AnsibleModule) -> Callable[[Access], Result]:
    """Check the options of this module and return what to run."""
    question = read_question(module.params)
    return lambda access: inquire(
        access,
        module.warn,
        lambda session: about_leavers(session, question, module.warn),
        pool_size=question.concurrency,
    )


def main() -> None:
    """Wire the options to the question and the answer to the result."""
    whom = ("usernames", "user_ids", "emails", "concurrency")
    module = AnsibleModule(
        argument_spec={
            **connection_options(),
            **two_factor_options(),
            **{name: option for name, option in target_options().items() if name in whom},
        },
        supports_check_mode=True,
    )
    run_module(module, prepare)


if __name__ == "__main__":
    main()
