# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role that a service account has for itself: found, made, given, taken back.

From 6.0 on new roles are a matter of the Enterprise plan; those made before stay, and so do the built-in ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.directory import users_with_roles
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.roles import GIVEN_BY_ITSELF
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.account import text
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.bulk import named
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    DELETE_ROLE,
    GIVE_ROLE,
    MAKE_ROLE,
    TAKE_ROLE,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    Refused,
    RocketChatError,
    UnexpectedAnswer,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session

# The part of the licence that new roles are.
_MODULE = "custom-roles"
# By this the end of a service account knows a role that was made here from one that somebody else made.
_DESCRIPTION = "A service account of chatops.rocketchat, and nobody else"


@dataclass(frozen=True)
class Role:
    """A role of the workspace.

    ``built_in``: the server made it, and deletes it for nobody. ``ours``: it was made here, for one service account.
    """

    role_id: str
    name: str
    built_in: bool
    for_rooms: bool = False
    ours: bool = False


def all_roles(client: Client) -> list[Role]:
    """Return the roles of the workspace."""
    rows = client.get("v1/roles.list").get("roles")
    return [_role(row) for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict) and row.get("_id")]


def _role(row: Mapping[str, object]) -> Role:
    role_id = text(row, "_id")
    return Role(
        role_id,
        text(row, "name") or role_id,
        built_in=row.get("protected") is True,
        for_rooms=row.get("scope") == "Subscriptions",
        ours=row.get("description") == _DESCRIPTION,
    )


def named_role(roles: Sequence[Role], name: str) -> Role | None:
    """Return the role of a name, or of an id."""
    return next((role for role in roles if name in (role.name, role.role_id)), None)


def others_with(session: Session, role: Role, user: User | None) -> list[str] | None:
    """Return who has a role besides an account; ``None`` where the server does not tell."""
    found = users_with_roles(session.client, session.version, [role.role_id])
    if found is None:
        return None
    return sorted(other.username for other in found[role.role_id] if user is None or other.user_id != user.user_id)


def choices(session: Session, roles: Sequence[Role]) -> dict[str, list[str] | None]:
    """Return the roles that could be given permissions, each with everybody who has it."""
    fit = [role for role in roles if not role.for_rooms and role.name not in GIVEN_BY_ITSELF]
    found = users_with_roles(session.client, session.version, [role.role_id for role in fit])
    return {role.name: None if found is None else sorted(user.username for user in found[role.role_id]) for role in fit}


def may_be_made(client: Client) -> bool | None:
    """Tell whether the licence of the workspace allows new roles; ``None`` where nothing but trying would tell."""
    try:
        licence = client.get("v1/licenses.info").get("license")
    except (Refused, UnexpectedAnswer):
        return None
    modules = licence.get("activeModules") if isinstance(licence, dict) else None
    return _MODULE in modules if isinstance(modules, list) else None


def no_own_role(session: Session, roles: Sequence[Role], name: str) -> RocketChatError:
    """Say that a role cannot be made, and which others there are, with everybody who has them."""
    found = choices(session, roles)
    told = "; ".join(f"{role} ({_who(users)})" for role, users in found.items())
    return RocketChatError(
        "no-own-role",
        f"This workspace makes no new roles (Rocket.Chat 6.0 and later do so only with the Enterprise plan), so there"
        f" cannot be a role {name} for the service account alone. Whatever a role is given, everybody who has it may"
        f" do. Name one that nobody else has in shared_role: {told}. One that others have is taken only with"
        " shared_role_accepted. Nothing was changed.",
        {"choices": found},
    )


def _who(users: Sequence[str] | None) -> str:
    if users is None:
        return "who has it is not shown"
    return f"held by {named(users)}" if users else "held by nobody"


def make(client: Client, name: str) -> Role:
    """Make a role.

    :raises Refused: ``error-action-not-allowed``, where the workspace makes none
    """
    body = {"name": name, "scope": "Users", "description": _DESCRIPTION}
    made = client.post(MAKE_ROLE, body).body.get("role")
    if not isinstance(made, dict) or not text(made, "_id"):
        raise UnexpectedAnswer("not-rocketchat", "The answer to a new role has no role in it.")
    return _role(made)


def delete(client: Client, role: Role) -> None:
    """Delete a role that nobody has."""
    client.post(DELETE_ROLE, {"roleId": role.role_id})


def give(client: Client, role_id: str, user: User) -> None:
    """Give a role to an account; one that has it keeps it."""
    try:
        client.act(GIVE_ROLE, user, {"roleId": role_id})
    except Refused as error:
        if error.code != "error-user-already-in-role":
            raise


def take(client: Client, role_id: str, user: User) -> None:
    """Take a role from an account; one that lacks it goes on to."""
    try:
        client.act(TAKE_ROLE, user, {"roleId": role_id})
    except Refused as error:
        if error.code != "error-user-not-in-role":
            raise
