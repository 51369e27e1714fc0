# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resetting an end-to-end key: always, since the server does not tell whether there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.e2e_key import E2EKey

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

Person = Callable[..., User]


def test_nothing_vouches_for_it_that_there_is_none(person: Person) -> None:
    plan = E2EKey().plan(person(logged_in_ever=False), None)
    assert plan.changed
    assert "old encrypted messages: lost\n" in plan.after


def test_it_is_reset_by_the_id_and_the_loss_is_told(server: ScriptedServer, session: Any, person: Person) -> None:
    server.script({"success": True})
    step = E2EKey()
    assert step.act(session, person()).attempts == 1
    assert [(seen.path, seen.json) for seen in server.requests] == [
        ("/api/v1/users.resetE2EKey", {"userId": "aliceId"})
    ]
    assert step.told({}) == "old encrypted messages are lost; sessions ended"
