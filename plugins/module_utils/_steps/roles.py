# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles of people who leave: kept for their return, or taken away."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.directory import users_with_roles
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.profile import update_profile
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.roles import names_of
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    SEE_PROFILE,
    SET_ROLES,
    UPDATE_USER,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import DEFAULT_ROLES, LIVECHAT_ON
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.omnichannel import ENTRIES
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import (
    Done,
    Plan,
    Scene,
    Step,
    Thing,
    not_looked_at,
    nothing_there,
)

KIND = "roles"
_ADMIN = "admin"
# What gives nobody anything, beside the roles that the workspace gives everybody.
_HARMLESS = frozenset({"guest", "anonymous"})


class Roles(Step):
    """Takes away all roles that the workspace does not give everybody, or only says that they are kept.

    ``remove``: take them away.
    """

    name = "roles"
    label = "Roles"
    deed = "roles taken away"
    actions = (UPDATE_USER, SET_ROLES)
    # The server shows them.
    remembered = False

    def __init__(self, *, remove: bool) -> None:
        self._remove = remove
        self._stay: frozenset[str] = frozenset()
        self._names: Mapping[str, str] = {}
        self._omnichannel = False
        self._missing = ""

    def inspect(self, scene: Scene, users: Sequence[User]) -> Mapping[str, Any]:
        """Find out which roles everybody has, what the others are called, and whether an administrator is left."""
        if not users:
            return {}
        session = scene.session
        self._stay = _HARMLESS | _default_roles(session)
        self._omnichannel = session.workspace.if_told().get(LIVECHAT_ON) is not False
        self._names = names_of(session.client, {role for user in users for role in self._more(user)})
        if not self._remove:
            return {}
        needed = [action.permission for action in (SEE_PROFILE, *self.actions)]
        lacks = session.workspace.lacks
        self._missing = next((one for one in needed if lacks(session.caller.roles, one)), "")
        leaving = {user.user_id for user in users if _ADMIN in self._more(user)}
        return dict.fromkeys(leaving, _admin_left(session, leaving)) if leaving else {}

    def plan(self, user: User, seen: Any) -> Plan:
        """Say which roles go, and which stay."""
        if user.roles is None:
            return nothing_there(left_behind=[not_looked_at(KIND, "Roles", SEE_PROFILE.permission)])
        more = self._more(user)
        if not self._remove:
            # Those of Omnichannel go with its entries.
            more = [role for role in more if not (self._omnichannel and role in ENTRIES)]
        names = [self._names.get(role, role) for role in more]
        if not self._remove or not more:
            return nothing_there(KIND, kept=[Thing("role", name, "It is kept (roles=keep).") for name in names])
        by_hand = "Take it away by hand (Administration > Workspace > Permissions), or run again"
        if self._missing:
            cure = f"{by_hand} with the permission {self._missing} given to a role of the calling account's own."
            things = [Thing("role", name, cure, self._missing) for name in names]
            return Plan(False, "left as they are", "left_behind", looked_at=[KIND], left_behind=things)
        return Plan(
            changed=True,
            effects={"roles": names},
            before=f"roles: {', '.join([*names, *self._kept(user)])}\n",
            after=f"roles: {', '.join(self._kept(user)) or 'none'}\n",
            objection=_last_admin(user, seen),
            looked_at=[KIND],
            at_stake=[Thing("role", name, f"{by_hand}.") for name in names],
            was={"roles": list(user.roles)},
        )

    def act(self, session: Session, user: User) -> Done:
        """Send the roles that stay."""
        reply = update_profile(session.client, user, {"roles": self._kept(user)}, becomes=["roles"])
        return Done(reply.attempts)

    def told(self, facts: Mapping[str, Any]) -> str:
        """Name them, so that they can be given back."""
        return f"taken away: {', '.join(facts['roles'])}"

    def contradicts(self, now: User) -> str:
        """Say so where the account still has one."""
        more = self._more(now)
        return f"the server answered with success, and yet the account has {', '.join(more)}" if more else ""

    def _more(self, user: User) -> list[str]:
        return [role for role in user.roles or () if role not in self._stay]

    def _kept(self, user: User) -> list[str]:
        return [role for role in user.roles or () if role in self._stay]


def _default_roles(session: Session) -> frozenset[str]:
    """Return the ids of the roles that the workspace gives everybody."""
    value = session.workspace.if_told().get(DEFAULT_ROLES)
    given = [role.strip() for role in value.split(",")] if isinstance(value, str) else []
    # An administrator by default is no default that leavers keep.
    return frozenset(filter(None, given or ["user"])) - {_ADMIN, *ENTRIES}


def _admin_left(session: Session, leaving: Collection[str]) -> bool | None:
    """Tell whether somebody else who is active is an administrator; the server itself does not mind here."""
    holders = users_with_roles(session.client, session.version, [_ADMIN])
    return None if holders is None else any(one.active and one.user_id not in leaving for one in holders[_ADMIN])


def _last_admin(user: User, admin_left: bool | None) -> TargetError | None:
    if _ADMIN not in (user.roles or ()) or admin_left:
        return None
    if admin_left is None:
        return TargetError(
            "roles-not-visible",
            f"{user.username} has the role admin, and the calling account does not see who else has it. Give it the"
            f" permission {SEE_PROFILE.permission}, or leave roles at keep.",
        )
    return TargetError(
        "last-admin",
        f"{user.username} has the role admin, and nobody else who is active has it: without it the workspace would have"
        " no administrator. Make somebody else an administrator first.",
    )
