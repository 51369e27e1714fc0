# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles as people call them.

Accounts and permissions hold the ids of roles. Those of built-in roles are their names (recorded on 6.5 and 8.6); roles
that a workspace has made for itself have random ones on newer servers, so the vendor's documentation says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import if_allowed

# Those that accounts come to have without anybody having chosen them for it. The server gives bot to each account that
# an incoming webhook posts as (up to 7.x) or demands it of them (8.x), and the roles of rooms to whoever makes one.
GIVEN_BY_ITSELF = frozenset(
    {"user", "guest", "anonymous", "federated-external", "bot", "app", "owner", "moderator", "leader"}
)
BUILT_IN = GIVEN_BY_ITSELF | {"admin", "livechat-agent", "livechat-manager"}


def role_names(client: Client) -> dict[str, str]:
    """Return the name of each role by its id; nothing where the server does not let the caller know."""
    return if_allowed(lambda: _read(client)) or {}


def demanding_two_factors(client: Client) -> dict[str, str] | None:
    """Return the name of each role that demands a second factor, by its id; ``None`` where that is not visible."""
    rows = if_allowed(lambda: _rows(client))
    if rows is None:
        return None
    return {role: str(row.get("name") or role) for role, row in rows.items() if row.get("mandatory2fa") is True}


def names_of(client: Client, roles: Iterable[str]) -> dict[str, str]:
    """Return the names of these roles by their ids. The server is asked only where that is needed."""
    wanted = set(roles)
    known: Mapping[str, str] = {} if wanted <= BUILT_IN else role_names(client)
    return {role: known.get(role, role) for role in wanted}


def ids_of(client: Client, roles: Iterable[str], option: str) -> frozenset[str]:
    """Return the ids of roles that an option gives by name or id. The server is asked only where that is needed.

    :raises InputError: for a role that the workspace does not have, where the server lets the caller know its roles
    """
    wanted = frozenset(roles)
    names = {} if wanted <= BUILT_IN else role_names(client)
    if not names:
        return wanted
    unknown = wanted - names.keys() - set(names.values())
    if unknown:
        raise InputError(
            f"{option}: this workspace has no role {min(unknown)!r}. It has {', '.join(sorted(names.values()))}."
        )
    return frozenset(role for role, name in names.items() if {role, name} & wanted)


def _read(client: Client) -> dict[str, str]:
    return {role: str(row.get("name") or role) for role, row in _rows(client).items()}


def _rows(client: Client) -> dict[str, Mapping[str, Any]]:
    rows = client.get("v1/roles.list").get("roles")
    return {
        str(row["_id"]): row
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and row.get("_id")
    }
