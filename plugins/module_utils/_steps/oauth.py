# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""OAuth apps that people registered, and the tokens that they gave to apps: no step changes either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.account import text
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import LIST_OAUTH_APPS
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import if_there
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import (
    Look,
    Plan,
    Scene,
    Thing,
    not_looked_at,
    nothing_there,
)

APPS = "oauth_apps"
TOKENS = "oauth_tokens"
# The first version of which it is certain that a deactivation ends tokens that were given to apps (8.4.2 does).
_TOKENS_END = (8, 5)


class OAuth(Look):
    """Looks for them."""

    name = "oauth"
    label = "OAuth"

    def inspect(self, scene: Scene, users: Sequence[User]) -> Mapping[str, Any]:
        """Read the apps of the workspace, once for everybody; what is read of one is its name, and who made it."""
        session = scene.session
        if not users or session.workspace.lacks(session.caller.roles, LIST_OAUTH_APPS.permission):
            return {}
        answer = if_there(lambda: session.client.get(f"v1/{LIST_OAUTH_APPS.path}", action=LIST_OAUTH_APPS))
        if answer is None:
            return {}
        rows = answer.get("oauthApps")
        rows = [row for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict)]
        outlive = sorted(map(_name, rows)) if session.version < _TOKENS_END else []
        return {user.user_id: ([_name(row) for row in rows if _maker(row) == user.user_id], outlive) for user in users}

    def plan(self, _user: User, seen: Any) -> Plan:
        """Say which apps somebody registered, and whether tokens given to apps may live on."""
        if seen is None:
            what = "OAuth apps, and tokens that were given to them,"
            return nothing_there(left_behind=[not_looked_at(APPS, what, LIST_OAUTH_APPS.permission)])
        registered, outlive = seen
        cure = "Give it to somebody else, or delete it (Administration > Workspace > Third-party login)."
        left = [Thing("oauth_app", name, cure) for name in registered]
        if outlive:
            cure = (
                "Before Rocket.Chat 8.4.2, tokens that somebody gave to an app outlive the deactivation, and no request"
                " lists or ends them. Upgrade the server, or delete the app where that is possible:"
                f" {', '.join(outlive)}."
            )
            left.append(Thing("oauth_tokens", "tokens given to apps, if there are any", cure))
        return nothing_there(APPS, TOKENS, left_behind=left)


def _name(row: Mapping[str, Any]) -> str:
    return text(row, "name") or text(row, "_id")


def _maker(row: Mapping[str, Any]) -> str:
    maker = row.get("_createdBy")
    return text(maker, "_id") if isinstance(maker, dict) else ""
