# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of steps share: an account to act on, and a session with nothing but a client."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import Workspace
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Scene

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

KNOWN = (
    "manage-incoming-integrations",
    "manage-outgoing-integrations",
    "manage-own-incoming-integrations",
    "manage-own-outgoing-integrations",
    "manage-oauth-apps",
    "view-livechat-manager",
    "view-l-room",
    "view-full-other-user-info",
    "edit-other-user-info",
    "assign-roles",
)
LOGIN = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)  # noqa: UP017


@pytest.fixture
def person() -> Callable[..., User]:
    """Return a maker of accounts that the caller sees all of, signed in once."""

    def make(**more: Any) -> User:
        given: dict[str, Any] = {
            "active": True,
            "federated": False,
            "full_view": True,
            "last_login": LOGIN,
            "emails": (("alice@example.com", True),),
            "require_password_change": False,
            **more,
        }
        return User("aliceId", "alice", **given)

    return make


@pytest.fixture
def session(server: ScriptedServer, connect: Callable[..., Any]) -> Any:
    """Return a session on the scripted server, as far as a step needs one."""
    return SimpleNamespace(client=connect(server).client)


@pytest.fixture
def scene(server: ScriptedServer, connect: Callable[..., Any]) -> Callable[..., Scene]:
    """Return a maker of what a step looks around in: a workspace that tells who holds what, and some of its settings.

    ``lacks``: permissions that the calling account has not got. ``holders``: roles that hold others. ``tells``: whether
    the server says who holds what. All else is a setting.
    """

    def make(
        *lacks: str,
        version: tuple[int, int] = (8, 6),
        tells: bool = True,
        holders: Mapping[str, Sequence[str]] | None = None,
        **settings: Any,
    ) -> Scene:
        rows = [{"_id": name, "roles": ["svc"]} for name in KNOWN]
        rows = [row if row["_id"] not in lacks else {**row, "roles": ["admin"]} for row in rows]
        rows += [{"_id": name, "roles": list(roles)} for name, roles in (holders or {}).items()]
        refused = (403, {"success": False, "error": "unauthorized"})
        server.route("/api/v1/permissions.listAll", {"update": rows, "success": True} if tells else refused)
        told = [{"_id": name, "value": value} for name, value in settings.items()]
        server.route("/api/v1/settings.public", {"settings": told, "total": len(told), "success": True})
        client = connect(server).client
        caller = SimpleNamespace(roles=frozenset({"svc"}), user_id="callerId")
        session: Any = SimpleNamespace(
            client=client, version=version, workspace=Workspace(client), caller=caller, account=caller
        )
        return Scene(session, 1, _no_warning)

    return make


def _no_warning(words: str) -> None:
    raise AssertionError(words)
