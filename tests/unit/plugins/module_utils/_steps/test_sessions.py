# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ending sessions: of everybody who may have one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.sessions import Sessions

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

Person = Callable[..., User]
STEP = Sessions()


@pytest.mark.parametrize(
    ("more", "evidence"),
    [
        ({}, "none"),
        ({"logged_in_ever": False}, "never_logged_in"),
        ({"logged_in_ever": False, "full_view": False}, "none"),
    ],
)
def test_only_who_never_logged_in_has_none(person: Person, more: dict[str, Any], evidence: str) -> None:
    plan = STEP.plan(person(**more), None)
    assert plan.changed is (evidence == "none")
    assert (plan.evidence, plan.facts) == (evidence, {"evidence": evidence})
    assert plan.reason == ("" if plan.changed else "nobody ever signed in to the account")


def test_who_leaves_may_have_a_token_that_somebody_else_made(person: Person) -> None:
    plan = Sessions(always=True).plan(person(logged_in_ever=False), None)
    assert (plan.changed, plan.evidence) == (True, "none")


def test_they_are_ended_by_the_id_alone(server: ScriptedServer, session: Any, person: Person) -> None:
    server.script({"success": True})
    assert STEP.act(session, person()).attempts == 1
    # A name in the body would end the sessions of the caller.
    assert [(seen.path, seen.json) for seen in server.requests] == [("/api/v1/users.logout", {"userId": "aliceId"})]
