# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of steps share: an account to act on, and a session with nothing but a client."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

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
