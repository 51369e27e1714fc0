# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role of a service account: found or made, fit for it, and given what the jobs take."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts import grants, own_role
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import CHANGE_PERMISSIONS, MAKE_ROLE
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    InputError,
    Refused,
    RocketChatError,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.blueprint import Blueprint
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.deeds import Deed
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.needs import NEVER

Warn = Callable[[str], None]

# From here on the licence decides whether a workspace makes roles.
_LICENSED_ROLES = (6, 0)


class ServiceRole:
    """The role that a blueprint names.

    ``found``: ``None`` as long as it is to be made. ``holders``: the roles that hold each permission of the server.
    """

    def __init__(self, session: Session, blueprint: Blueprint, user: User | None, warn: Warn) -> None:
        """Look at what is there, by GET alone.

        :raises RocketChatError: for a role that cannot be taken; nothing was changed then
        """
        self._session, self._wanted, self._user, self._warn = session, blueprint, user, warn
        self._client = session.client
        self._licensed: bool | None = True
        self.holders = grants.holders(self._client)
        self.permissions = self._known_permissions()
        self.found = self._find_role()

    def _known_permissions(self) -> list[str]:
        strange = sorted(set(self._wanted.by_name) - self.holders.keys())
        if strange:
            raise InputError(f"permissions: this server has no permission {strange[0]!r}. Nothing was changed.")
        lacking = [permission for permission in self._wanted.of_jobs if permission not in self.holders]
        if lacking:
            self._warn(f"This server has no permission {', '.join(lacking)}; what it is for cannot be done here.")
        return [permission for permission in self._wanted.permissions if permission in self.holders]

    def _find_role(self) -> own_role.Role | None:
        """Return the role that the permissions go to, ``None`` where it is to be made."""
        session, name, accepted = self._session, self._wanted.role, self._wanted.accepted
        roles = own_role.all_roles(self._client)
        role = own_role.named_role(roles, name)
        if role is None:
            if self._wanted.shared:
                raise InputError(f"shared_role: this workspace has no role {name!r}. Nothing was changed.")
            self._licensed = session.version < _LICENSED_ROLES or own_role.may_be_made(self._client)
            if self._licensed is False:
                raise own_role.no_own_role(session, roles, name)
            self._roles = roles
            return None
        if role.for_rooms:
            raise InputError(f"The role {name} is one of rooms, and no account has it outside them. Give another one.")
        if role.built_in and not self._wanted.shared:
            raise InputError(
                f"role: {name} is a role of the server's own. Give another name, or say by shared_role that it is"
                " meant."
            )
        mighty = sorted(set(NEVER) & set(grants.held_by(role.role_id, self.holders)))
        if mighty and not self._wanted.accepted:
            raise RocketChatError(
                "role-too-mighty",
                f"The role {role.name} holds {', '.join(mighty)}: whoever has it can give themselves everything. Give"
                " another role, or accept that with shared_role_accepted. Nothing was changed.",
                {"role": role.name, "permissions": mighty},
            )
        others = own_role.others_with(session, role, self._user)
        if (others is None or others) and not accepted:
            who = "who has it is not shown" if others is None else f"{', '.join(others)} will be able to do the same"
            raise RocketChatError(
                "role-shared",
                f"Whatever the role {role.name} is given, everybody who has it may do: {who}. Give another role, take"
                " it from them, or accept that with shared_role_accepted. Nothing was changed.",
                {"role": role.name, "usernames": others},
            )
        return role

    @property
    def name(self) -> str:
        """The name as the server writes it, or as it was asked for."""
        return self.found.name if self.found else self._wanted.role

    @property
    def role_id(self) -> str:
        """The id.

        :raises InputError: where there is no role yet
        """
        if self.found is None:
            raise InputError("There is no role yet; nothing was sent.")
        return self.found.role_id

    @property
    def own(self) -> bool:
        """Whether it was made for the account, or will be: all that it holds was given here then."""
        return self.found is None or self.found.ours

    @property
    def held(self) -> list[str]:
        """What it holds by now."""
        return grants.held_by(self.found.role_id, self.holders) if self.found else []

    def is_given_to(self, user: User) -> bool:
        """Tell whether an account has it."""
        return self.found is not None and self.found.role_id in (user.roles or ())

    def tell_what_only_trying_shows(self) -> None:
        """Warn where it is not known whether the workspace makes the role."""
        if self.found is None and not self._licensed:
            self._warn(
                "Whether this workspace makes new roles (from 6.0 on with the Enterprise plan alone) shows only when it"
                " is tried."
            )

    def deeds(self, remember: Callable[[own_role.Role, list[str]], None]) -> list[Deed]:
        """Say what is to be changed, in the order in which it must be.

        :arg remember: writes down what a role that is not the account's own is about to be given
        """

        def give() -> None:
            if self.found is not None and not self.own:
                remember(self.found, missing)
            grants.give(self._client, self.role_id, missing)

        name, deeds, held = self._wanted.role, [], self.held
        missing = [permission for permission in self.permissions if permission not in held]
        if self.found is None:
            deeds.append(Deed(f"role {name}: made", self._make, [MAKE_ROLE]))
        if missing:
            deeds.append(Deed(f"role {name}: given {', '.join(missing)}", give, [CHANGE_PERMISSIONS]))
        return deeds

    def _make(self) -> None:
        try:
            self.found = own_role.make(self._client, self._wanted.role)
        except Refused as error:
            if error.code == "error-action-not-allowed" and "enterprise" in error.words.lower():
                raise own_role.no_own_role(self._session, self._roles, self._wanted.role) from None
            raise
