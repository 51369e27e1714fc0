# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rooms that nobody active owns because of somebody who left: told, and left as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import Membership, User
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Plan, Scene
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.vacant import Vacant

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

Person = Callable[..., User]
MakeScene = Callable[..., Scene]
NO_ROOM = (400, {"success": False, "error": "No such room [error-room-not-found]", "errorType": "error-room-not-found"})
ROOMS = (
    Membership("deskId", "desk", private=False, owner=True),
    Membership("diaryId", "diary", private=True, owner=True),
)


def planned(step: Vacant, scene: Scene, user: User) -> Plan:
    """Return the plan of the step for somebody, from what it sees."""
    return step.plan(user, step.inspect(scene, [user]).get(user.user_id))


@pytest.mark.parametrize("inactive_only", [True, False])
def test_rooms_without_a_usable_owner_are_left_behind(
    server: ScriptedServer, scene: MakeScene, person: Person, inactive_only: bool
) -> None:
    server.route("/api/v1/channels.roles", {"roles": [{"u": {"_id": "aliceId"}, "roles": ["owner"]}], "success": True})
    server.route("/api/v1/groups.roles", NO_ROOM)
    server.route("/api/v1/rooms.adminRooms.getRoom", {"usersCount": 2, "success": True})
    server.route("/api/v1/teams.listAll", {"teams": [], "total": 0, "success": True})
    plan = planned(Vacant(inactive_only=inactive_only), scene(), person(active=False, rooms=ROOMS))
    assert (plan.untold, list(plan.looked_at)) == (True, ["rooms", "teams"])
    desk, diary = plan.left_behind
    assert (desk.name, diary.name) == ("desk", "diary")
    assert desk.cure.startswith("Nobody active owns it")
    assert "is not shown to the calling account" in diary.cure
    assert server.sent("POST") == []


def test_of_the_active_something_else_tells(server: ScriptedServer, scene: MakeScene, person: Person) -> None:
    plan: Any = planned(Vacant(inactive_only=True), scene(), person(rooms=ROOMS))
    assert (plan.untold, plan.looked_at, plan.left_behind) == (True, (), ())
    assert server.requests == []


def test_rooms_that_are_not_shown_are_said_to_be_not_looked_at(scene: MakeScene, person: Person) -> None:
    plan = planned(Vacant(), scene(), person(active=False, rooms=None))
    assert [(thing.kind, thing.permission) for thing in plan.left_behind] == [
        ("rooms", "view-other-user-channels"),
        ("teams", "view-other-user-channels"),
    ]
    assert plan.looked_at == ()
