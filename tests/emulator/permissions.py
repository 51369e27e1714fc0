# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles and what they may do."""

from __future__ import annotations

import json
from typing import Any

from tests.emulator.versions import Speak

# How many permissions servers from a major version on have.
_TOTALS = {8: 1029, 7: 1047, 0: 1020}

_DEFAULTS: dict[str, list[str]] = {
    # The first three are in the order in which the real server lists them.
    "access-permissions": ["admin"],
    "access-marketplace": ["admin", "user"],
    "access-setting-permissions": ["admin"],
    "add-team-member": ["admin", "owner", "moderator"],
    "add-user-to-any-c-room": ["admin"],
    "add-user-to-any-p-room": [],
    "add-user-to-joined-room": ["admin", "owner", "moderator"],
    "api-bypass-rate-limit": ["admin", "bot", "app"],
    "archive-room": ["admin", "owner"],
    "assign-admin-role": ["admin"],
    "assign-roles": ["admin"],
    "create-c": ["admin", "user", "bot", "app"],
    "create-p": ["admin", "user", "bot", "app"],
    "create-personal-access-tokens": ["admin", "user"],
    "create-team": ["admin", "user"],
    "create-user": ["admin"],
    "delete-c": ["admin", "owner"],
    "delete-message": ["admin", "owner", "moderator"],
    "delete-own-message": ["admin", "user"],
    "delete-p": ["admin", "owner"],
    "delete-team": ["admin", "owner"],
    "delete-user": ["admin"],
    "edit-message": ["admin", "owner", "moderator"],
    "edit-other-user-active-status": ["admin"],
    "edit-other-user-avatar": ["admin"],
    "edit-other-user-e2ee": ["admin"],
    "edit-other-user-info": ["admin"],
    "edit-other-user-password": ["admin"],
    "edit-other-user-totp": ["admin"],
    "edit-privileged-setting": ["admin"],
    "edit-team-member": ["admin", "owner", "moderator"],
    "force-delete-message": ["admin", "owner"],
    "get-server-info": ["admin"],
    "kick-user-from-any-c-room": ["admin"],
    "kick-user-from-any-p-room": [],
    "logout-other-user": ["admin"],
    "manage-assets": ["admin"],
    "manage-incoming-integrations": ["admin"],
    "manage-moderation-actions": ["admin"],
    "manage-oauth-apps": ["admin"],
    "manage-outgoing-integrations": ["admin"],
    "manage-own-incoming-integrations": ["admin"],
    "manage-own-outgoing-integrations": ["admin"],
    "manage-selected-settings": ["admin"],
    "message-impersonate": ["bot", "app"],
    "post-readonly": ["admin", "owner", "moderator"],
    "remove-user": ["admin", "owner", "moderator"],
    "set-owner": ["admin", "owner"],
    "start-discussion": ["admin", "user", "guest", "app"],
    "start-discussion-other-user": ["admin", "user", "owner", "app"],
    "view-all-team-channels": ["admin", "owner"],
    "view-all-teams": ["admin"],
    "view-c-room": ["admin", "user", "bot", "app", "anonymous"],
    "view-d-room": ["admin", "user", "bot", "app"],
    "view-full-other-user-info": ["admin"],
    "view-joined-room": ["guest", "bot", "app", "anonymous"],
    "view-other-user-channels": ["admin"],
    "view-l-room": ["livechat-manager", "livechat-monitor", "livechat-agent", "admin"],
    "view-livechat-manager": ["livechat-manager", "livechat-monitor", "admin"],
    "view-outside-room": ["user", "admin", "bot", "app"],
    "view-p-room": ["admin", "user", "anonymous", "guest"],
    "view-privileged-setting": ["admin"],
    "view-room-administration": ["admin"],
    "view-statistics": ["admin"],
    "view-user-administration": ["admin"],
}

_ROLES: list[tuple[str, str, str]] = [
    ("admin", "Users", "Admin"),
    ("moderator", "Subscriptions", "Moderator"),
    ("leader", "Subscriptions", "Leader"),
    ("owner", "Subscriptions", "Owner"),
    ("user", "Users", ""),
    ("federated-external", "Users", ""),
    ("bot", "Users", ""),
    ("app", "Users", ""),
    ("guest", "Users", ""),
    ("anonymous", "Users", ""),
    ("livechat-agent", "Users", "Livechat Agent"),
    ("livechat-manager", "Users", "Livechat Manager"),
]


class Permissions:
    """Which roles hold which permission, and the list of roles."""

    def __init__(self, speak: Speak) -> None:
        self._roles_of: dict[str, list[str]] = {name: list(r) for name, r in _DEFAULTS.items()}
        total = next(number for major, number in _TOTALS.items() if speak.since(major))
        # The real server has one permission for each setting; they are what makes its list long.
        for number in range(total - len(_DEFAULTS)):
            self._roles_of[f"change-setting-emulated-{number + 1:04d}"] = ["admin"]
        self.roles: list[dict[str, Any]] = [
            {
                "_id": name,
                "scope": scope,
                "description": description,
                "mandatory2fa": False,
                "name": name,
                "protected": True,
            }
            for name, scope, description in _ROLES
            if speak.since(8) or name != "federated-external"
        ]
        self._role_names = {role["_id"] for role in self.roles}
        self._changed: dict[str, float] = {}
        self._serialised: str | None = None

    def has_role(self, name: str) -> bool:
        """Whether a role is defined."""
        return name in self._role_names

    def demand_two_factors(self, role_id: str) -> None:
        """Make a role one whose holders have to have a second factor, as far as the web client minds."""
        for role in self.roles:
            role["mandatory2fa"] |= role["_id"] == role_id

    def role(self, name: str, *, by_name: bool = True) -> dict[str, Any] | None:
        """A role by its id, or else by its name."""
        found = [role for role in self.roles if role["_id"] == name]
        found += [role for role in self.roles if by_name and role["name"] == name]
        return found[0] if found else None

    def define_role(self, role_id: str, name: str = "") -> dict[str, Any]:
        """Add a role of the workspace's own, whose id is its name unless told otherwise, unless it is there."""
        known = self.role(role_id, by_name=False)
        if known is not None:
            return known
        role = {
            "_id": role_id,
            "scope": "Users",
            "description": "",
            "mandatory2fa": False,
            "name": name or role_id,
            "protected": False,
        }
        self._role_names.add(role_id)
        self.roles.append(role)
        return role

    def forget_role(self, role_id: str) -> None:
        """Delete a role; permissions go on naming it."""
        self._role_names.discard(role_id)
        self.roles = [role for role in self.roles if role["_id"] != role_id]

    def __contains__(self, permission: object) -> bool:
        return permission in self._roles_of

    def allow(self, permission: str, roles: list[str], moment: float = 0.0) -> None:
        """Give a permission to exactly these roles.

        :arg moment: when that was; long ago, unless it is told
        """
        self._roles_of[permission] = list(roles)
        self._changed[permission] = moment
        self._serialised = None

    def take_away(self, permission: str) -> None:
        """Leave a permission with nobody."""
        self.allow(permission, [])

    def holds(self, roles: list[str], permission: str) -> bool:
        """Whether one of the roles has the permission."""
        holders = self._roles_of.get(permission, ())
        return any(role in holders for role in roles)

    def as_json(self) -> str:
        """The whole list, serialised once and kept until it changes."""
        if self._serialised is None:
            entries = [{"_id": name, "roles": roles} for name, roles in self._roles_of.items()]
            self._serialised = json.dumps(entries, separators=(",", ":"))
        return self._serialised

    def changed_since(self, moment: float) -> list[dict[str, Any]]:
        """The permissions that were changed from a moment on."""
        names = [name for name, changed in self._changed.items() if changed >= moment]
        return [{"_id": name, "roles": self._roles_of[name]} for name in names]

    def as_dict(self) -> dict[str, list[str]]:
        """Permission names and their roles."""
        return self._roles_of
