# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may undo a deactivation: no account shows it, but the workspace does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import LDAP_ON
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import (
    NOT_LOOKED_AT,
    Look,
    Plan,
    Scene,
    Thing,
    nothing_there,
)

KIND = "ldap"
_HIDDEN = "The server does not say whether LDAP is on, whose sync may activate people again. Look in its settings."


class Undoing(Look):
    """Looks whether people come from a directory, whose sync may activate them again."""

    name = "undoing"
    label = "LDAP"

    def inspect(self, scene: Scene, users: Sequence[User]) -> Mapping[str, Any]:
        """Read whether LDAP is on, once for everybody; no answer is no knowledge."""
        on = scene.session.workspace.if_told().get(LDAP_ON) if users else None
        return {} if on is None else {user.user_id: on is True for user in users}

    def plan(self, _user: User, seen: Any) -> Plan:
        """Say so of everybody, where it is on."""
        if seen is None:
            return nothing_there(left_behind=[Thing(KIND, NOT_LOOKED_AT, _HIDDEN)])
        cure = (
            f"LDAP is on in this workspace ({LDAP_ON}): a sync may activate people again who are still in the"
            " directory. Disable them there too."
        )
        return nothing_there(KIND, left_behind=[Thing("ldap", "sync with the directory", cure)] if seen else [])
