# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Permissions, given to a role and taken from it.

The server knows only how to replace the list of roles that hold a permission. So the lists are read right before, the
role is added or left out, and the lists are read again: two who write at the same time lose one of the two changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.roles import role_names
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import CHANGE_PERMISSIONS
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, RocketChatError

Holders = Mapping[str, list[str]]


def holders(client: Client) -> dict[str, list[str]]:
    """Return the ids of the roles that hold each permission, in the server's order."""
    rows = client.get("v1/permissions.listAll").get("update")
    return {
        str(row.get("_id")): [str(role) for role in row["roles"]]
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and isinstance(row.get("roles"), list)
    }


def held_by(role: str, found: Holders) -> list[str]:
    """Return the permissions of a role."""
    return sorted(permission for permission, roles in found.items() if role in roles)


def give(client: Client, role: str, permissions: Iterable[str]) -> None:
    """Add a role to the holders of permissions; whoever holds them now goes on to.

    :raises RocketChatError: ``permissions-lost``, where the server shows something else afterwards
    """
    _change(client, permissions, lambda roles: roles if role in roles else [*roles, role])


def take(client: Client, role: str, permissions: Iterable[str]) -> None:
    """Leave a role out of the holders of permissions; whoever else holds them goes on to.

    :raises RocketChatError: ``permissions-lost``, where the server shows something else afterwards
    """
    _change(client, permissions, lambda roles: [held for held in roles if held != role])


def _write(client: Client, wanted: Holders) -> None:
    rows = [{"_id": permission, "roles": roles} for permission, roles in wanted.items()]
    client.post(CHANGE_PERMISSIONS, {"permissions": rows})


def _of_roles_that_are_there(client: Client, wanted: Holders) -> dict[str, list[str]]:
    """Leave out the ids of no role: out of the box, lists name roles that only some editions have (recorded on 7.7).

    The server takes no list with one of them, and nobody can hold them.
    """
    known = role_names(client)
    return {permission: [role for role in roles if role in known or not known] for permission, roles in wanted.items()}


def _change(client: Client, permissions: Iterable[str], become: Callable[[list[str]], list[str]]) -> None:
    found = holders(client)
    wanted = {
        permission: become(found[permission])
        for permission in permissions
        if permission in found and become(found[permission]) != found[permission]
    }
    if not wanted:
        return
    try:
        _write(client, wanted)
    except Refused as error:
        if error.code != "error-invalid-role":
            raise
        wanted = _of_roles_that_are_there(client, wanted)
        _write(client, wanted)
    shown = holders(client)
    lost = sorted(permission for permission, roles in wanted.items() if set(shown.get(permission, ())) != set(roles))
    if lost:
        raise RocketChatError(
            "permissions-lost",
            "The server answered with success, and yet these permissions are not held by whom they should be:"
            f" {', '.join(lost)}. Somebody else may have changed them at the same moment. Look at them (Administration"
            " > Workspace > Permissions); details.wanted has the roles that should hold each. Then run again.",
            {"wanted": {permission: wanted[permission] for permission in lost}},
        )
