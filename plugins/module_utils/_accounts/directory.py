# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many users by the page, where that is cheaper than asking for one after another."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User, user_from
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.bulk import each
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    LIST_BY_STATUS,
    LIST_USERS,
    Action,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused

# Asked for; a workspace may give fewer.
_PAGE = 500
# What a page of 100, which a workspace gives unless it was told otherwise, costs in look-ups of one user: 4 without
# latency, less with it (measured on the emulator).
_PAGE_COST = 4
# From here on users can be listed by role and status; before, all of them are looked through.
_NARROWED = (6, 8)

Among = tuple[Action, Mapping[str, str]]
EVERYBODY: Among = (LIST_USERS, {})


def the_inactive(version: tuple[int, int]) -> Among:
    """Return which list to look for inactive accounts in: theirs is the shorter one, where there is such a list."""
    return EVERYBODY if version < _NARROWED else (LIST_BY_STATUS, {"status": "deactivated"})


def all_users(client: Client, *, concurrency: int = 1) -> list[User]:
    """Return all users of the workspace, as far as a list shows them: no custom fields, no time of creation.

    :raises Refused: where the caller may not list users (permission ``view-d-room``)
    """
    return listed_users(client, LIST_USERS, {}, concurrency)


def users_with_roles(client: Client, version: tuple[int, int], roles: Sequence[str]) -> dict[str, list[User]] | None:
    """Return everybody who has each of these roles, by its id; ``None`` where the caller does not see who that is."""
    try:
        if version < _NARROWED:
            everybody = all_users(client) if roles else []
            holders = dict.fromkeys(roles, everybody)
        else:
            holders = {role: listed_users(client, LIST_BY_STATUS, {"roles[]": role}) for role in roles}
    except Refused as error:
        if not error.hides:
            raise
        return None
    if any(user.roles is None for users in holders.values() for user in users):
        return None
    return {
        role: list({user.user_id: user for user in users if role in (user.roles or ())}.values())
        for role, users in holders.items()
    }


def lookup_table(
    client: Client, wanted: list[Wanted], *, concurrency: int = 1, among: Among = EVERYBODY
) -> Callable[[Wanted], User | None]:
    """Return what finds a user among those that could be had cheaper by the page; ``None`` means to ask for that one.

    A list does not tell everything: of a user who seems never to have logged in, or whose name is that of a federated
    one, the server is asked again.

    :arg among: which list to read
    """
    users: list[User] = []
    if len(wanted) >= 2 * _PAGE_COST:
        try:
            users, total = _page(client, 0, *among)
            pages = math.ceil((total - len(users)) / len(users)) if users else 0
            if (pages + 1) * _PAGE_COST <= len(wanted):
                users += _rest(client, len(users), total, concurrency, *among)
        except Refused:
            users = []
    sure = [user for user in users if user.last_login and ":" not in user.username and not user.federated]
    by_name = {user.username: user for user in sure}
    by_id = {user.user_id: user for user in sure}
    return lambda target: (by_name if target.by == "username" else by_id).get(target.value)


def listed_users(client: Client, action: Action, narrow: Mapping[str, str], concurrency: int = 1) -> list[User]:
    """Return the users of all pages of a list, narrowed as its endpoint can be.

    :raises Refused: where the caller may not list users
    """
    users, total = _page(client, 0, action, narrow)
    return users + _rest(client, len(users), total, concurrency, action, narrow)


def _page(client: Client, offset: int, action: Action, narrow: Mapping[str, str]) -> tuple[list[User], int]:
    """Return one page of users and how many there are in all."""
    parameters = {"count": str(_PAGE), "offset": str(offset), **narrow}
    page = client.get(f"v1/{action.path}", parameters, action=action)
    rows: Any = page.get("users")
    total = page.get("total")
    users = [user_from(row) for row in rows] if isinstance(rows, list) else []
    return users, total if isinstance(total, int) else 0


def _rest(
    client: Client,
    size: int,
    total: int,
    concurrency: int,
    action: Action,
    narrow: Mapping[str, str],
) -> list[User]:
    """Return the users of all pages but the first, which had ``size`` of ``total``."""
    if not size:
        return []

    def one(offset: int) -> list[User]:
        return _page(client, offset, action, narrow)[0]

    users: list[User] = []
    for outcome in each(range(size, total, size), one, keep_going=False, concurrency=concurrency):
        if outcome.error:
            raise outcome.error
        users += outcome.value or []
    return users
