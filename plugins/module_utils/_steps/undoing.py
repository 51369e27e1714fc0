# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may undo a deactivation: no account shows it, but the workspace does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import LDAP_ON, LOGIN_FORM, SERVICES
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import (
    NOT_LOOKED_AT,
    Look,
    Plan,
    Scene,
    Thing,
    nothing_there,
)

DIRECTORY = "ldap"
SERVICE = "login_service"
_HIDDEN = {
    DIRECTORY: "The server does not say whether LDAP is on, whose sync may activate people again. See its settings.",
    SERVICE: "The server does not say by which services people sign in. See its settings (OAuth, SAML, CAS).",
}


class Undoing(Look):
    """Looks whether people come from a directory, whose sync may activate them again, or sign in by another service."""

    name = "undoing"
    label = "LDAP and other services"

    def inspect(self, scene: Scene, users: Sequence[User]) -> Mapping[str, Any]:
        """Read what is on, once for everybody; no answer is no knowledge."""
        published = scene.session.workspace.if_told() if users else {}
        return {user.user_id: published for user in users} if LDAP_ON in published else {}

    def plan(self, user: User, seen: Any) -> Plan:
        """Say so of everybody, where one is on."""
        if seen is None:
            return nothing_there(left_behind=[Thing(kind, NOT_LOOKED_AT, cure) for kind, cure in _HIDDEN.items()])
        left = []
        if seen[LDAP_ON] is True:
            cure = (
                f"LDAP is on in this workspace ({LDAP_ON}): a sync may activate people again who are still in the"
                " directory. Disable them there too."
            )
            left.append(Thing(DIRECTORY, "sync with the directory", cure))
        services = [name for setting, name in SERVICES.items() if seen.get(setting) is True]
        if not services and seen.get(LOGIN_FORM) is False:
            # Without the form nobody gets in but by a service, be it one whose switch is not published.
            services = ["another service"]
        if services:
            cure = f"No server tells whether {user.username} signs in by it. If so, close the account there too."
            left.append(Thing(SERVICE, ", ".join(services), cure))
        return nothing_there(DIRECTORY, SERVICE, left_behind=left)
