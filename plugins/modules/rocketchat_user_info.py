# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Read facts on Rocket.Chat users."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rocketchat_user_info
short_description: Read facts on Rocket.Chat users
version_added: 1.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Returns facts on the users that are named, or on all users of the workspace where O(all) says so.
  - No secret is among them. Whether an account has TOTP is known of the calling account only.
extends_documentation_fragment:
  - chatops.rocketchat.attributes
  - chatops.rocketchat.attributes.actiongroup_rocketchat
  - chatops.rocketchat.attributes.info_module
  - chatops.rocketchat.connection
  - chatops.rocketchat.two_factor
options:
  usernames:
    description:
      - User names to look up, exactly as the server writes them. What is no text is refused, and so is V(null).
    type: list
    elements: str
    aliases:
      - username
  user_ids:
    description:
      - Ids to look up.
    type: list
    elements: str
    aliases:
      - user_id
  emails:
    description:
      - E-mail addresses to look up, compared exactly but for case. Nobody is found by address without the permission
        C(view-full-other-user-info).
    type: list
    elements: str
    aliases:
      - email
    version_added: 2.0.0
  all:
    description:
      - Look at all users of the workspace. It takes this word of its own, so that a list of names that a template
        left out does not stand for everybody. Excludes O(usernames), O(user_ids) and O(emails).
    type: bool
    default: false
    version_added: 2.0.0
  active:
    description:
      - Return only users that are active (V(true)), or only those that are not (V(false)).
    type: bool
  roles:
    description:
      - Return only users that have one of these roles, by name or id. A role that the workspace does not have is an
        error.
    type: list
    elements: str
  concurrency:
    description:
      - How many requests are in flight at a time, from 1 to 32. The result is in the order given all the same.
      - If not set, the environment variable E(ROCKETCHAT_CONCURRENCY) is used.
    type: int
    default: 4
  type:
    description:
      - Return only users of this type, such as V(user) or V(bot).
    type: str
notes:
  - The permission C(view-full-other-user-info) shows e-mail addresses, roles, logins and custom fields of other
    users. Without it they are V(null).
  - A list of all users takes the permission C(view-d-room). The server leaves the time of creation and the custom
    fields out of it. Where more than 100 accounts are named, they may be read from that list too.
"""

EXAMPLES = r"""
- name: Look somebody up
  chatops.rocketchat.rocketchat_user_info:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    username: alice
  register: person

- name: List all active administrators
  chatops.rocketchat.rocketchat_user_info:
    api_url: https://chat.example.com
    api_user_id: "{{ rocketchat_user_id }}"
    api_token: "{{ rocketchat_token }}"
    all: true
    active: true
    roles:
      - admin
    type: user
"""

RETURN = r"""
users:
  description: One entry for each user found, in the order given, or in the server's order for all.
  returned: success
  type: list
  elements: dict
  contains:
    username:
      description: User name.
      type: str
      returned: always
    user_id:
      description: Id of the account.
      type: str
      returned: always
    name:
      description: Full name.
      type: str
      returned: always
    active:
      description: Whether the account can sign in.
      type: bool
      returned: always
    type:
      description: Such as V(user) or V(bot).
      type: str
      returned: always
    federated:
      description: Whether another server owns the account.
      type: bool
      returned: always
    roles:
      description: Names of the account's roles. V(null) if the caller does not see them.
      type: list
      elements: str
      returned: always
    emails:
      description: E-mail addresses, each with C(address) and C(verified). V(null) if the caller does not see them.
      type: list
      elements: dict
      returned: always
    last_login:
      description: Time of the last login, ISO 8601. V(null) if there was none or the caller does not see it.
      type: str
      returned: always
    never_logged_in:
      description: Whether nobody ever logged in to the account. V(null) if the caller cannot know.
      type: bool
      returned: always
    created_at:
      description: When the account was made, ISO 8601. V(null) if the caller does not see it.
      type: str
      returned: always
    require_password_change:
      description: Whether the password must be changed at the next login. V(null) if the caller does not see it.
      type: bool
      returned: always
    custom_fields:
      description: Custom fields of the account. V(null) if the caller does not see them.
      type: dict
      returned: always
    totp_enabled:
      description:
        - Whether the account has TOTP, for the calling account. V(null) for all others, since nobody is told.
      type: bool
      returned: always
  sample:
    - username: alice
      user_id: fgNwgSGwEbCJKPWHT
      name: Alice
      active: true
      type: user
      federated: false
      roles:
        - user
      emails:
        - address: alice@example.com
          verified: true
      last_login: "2026-03-01T09:30:00.000Z"
      never_logged_in: false
      created_at: "2024-01-15T09:00:00.000Z"
      require_password_change: false
      custom_fields: {}
      totp_enabled: null
missing:
  description: Names, ids and addresses that fit no account, or an address that fits several, each with a C(message).
  returned: success
  type: list
  elements: dict
  sample: []
error:
  description: What the run failed with, as C(code), C(message) and C(details).
  returned: on failure
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Access, Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.argspec import (
    connection_options,
    target_options,
    two_factor_options,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.inquiry import Inquiry, inquire
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.module import run_module
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.user_facts import about_users, read_question


def prepare(module: AnsibleModule) -> Callable[[Access], Inquiry]:
    """Check the options and return what asks the server."""
    question = read_question(module.params)

    def ask(session: Session) -> dict[str, Any]:
        return about_users(session, question, module.warn)

    return lambda access: inquire(access, module.warn, ask, pool_size=question.concurrency)


def main() -> None:
    """Wire the options to the inquiry and its answer to the result."""
    targets = target_options()
    module = AnsibleModule(
        argument_spec={
            **connection_options(),
            **two_factor_options(),
            "usernames": targets["usernames"],
            "user_ids": targets["user_ids"],
            "emails": targets["emails"],
            "concurrency": targets["concurrency"],
            "all": {"type": "bool", "default": False},
            "active": {"type": "bool"},
            "roles": {"type": "list", "elements": "str"},
            "type": {"type": "str"},
        },
        supports_check_mode=True,
    )
    run_module(module, prepare)


if __name__ == "__main__":
    main()
