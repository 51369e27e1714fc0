# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts with roles that a job is to keep its hands off, such as those of administrators."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.directory import users_with_roles
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.roles import ids_of, names_of
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import SEE_PROFILE
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session


class Protected:
    """Knows who of some accounts holds one of these roles. What no account shows is asked of a list, once."""

    def __init__(self, session: Session, roles: Sequence[str], users: Sequence[User]) -> None:
        """Find out about the roles.

        :arg roles: names or ids
        :raises InputError: for a role that the workspace does not have
        """
        self._client = session.client
        self._roles = ids_of(session.client, roles, "protected_roles") if roles and users else frozenset()
        self._holders: dict[str, list[User]] | None = {}
        if self._roles and any(user.roles is None for user in users):
            # A list shows roles also to who does not see those of a single account.
            self._holders = users_with_roles(session.client, session.version, sorted(self._roles))

    def check(self, user: User) -> None:
        """Refuse an account with such a role, and one that may have it.

        :raises TargetError: ``protected-role``, or ``roles-not-visible``
        """
        if not self._roles:
            return
        if user.roles is None and self._holders is None:
            raise TargetError(
                "roles-not-visible",
                f"The calling account does not see whether {user.username} has a role that is protected"
                f" (protected_roles). Give it the permission {SEE_PROFILE.permission}.",
            )
        held = self._roles & set(user.roles or ())
        held |= {role for role, users in (self._holders or {}).items() if user.user_id in {u.user_id for u in users}}
        if held:
            names = ", ".join(sorted(names_of(self._client, held).values()))
            raise TargetError(
                "protected-role",
                f"{user.username} has a role that this job keeps its hands off: {names} (protected_roles). If it is to"
                " be done to this account all the same, have that approved, and leave the role out there.",
            )
