# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Agents and managers of Omnichannel: removed where the module is on, told of where the caller may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.omnichannel import Omnichannel
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Plan, Scene

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

Person = Callable[..., User]
MakeScene = Callable[..., Scene]
BOTH = ("user", "livechat-manager", "livechat-agent")
DEPARTMENTS = "/api/v1/livechat/agents/aliceId/departments"
SALES = {"_id": "x", "agentId": "aliceId", "departmentId": "salesId", "departmentName": "sales"}
AGENT, MANAGER = "/api/v1/livechat/users/agent/aliceId", "/api/v1/livechat/users/manager/aliceId"


def planned(step: Omnichannel, scene: Scene, user: User) -> Plan:
    """Return the plan of the step for somebody, from what it sees."""
    return step.plan(user, step.inspect(scene, [user]).get(user.user_id))


def test_each_entry_is_removed_by_the_endpoint_that_takes_departments_too(
    server: ScriptedServer, scene: MakeScene, person: Person
) -> None:
    for path in (AGENT, MANAGER):
        server.route(path, {"success": True}, method="DELETE")
    step, place = Omnichannel(), scene(Livechat_enabled=True)
    plan = planned(step, place, person(roles=BOTH))
    assert (plan.changed, plan.looked_at) == (True, ["omnichannel"])
    assert plan.was == {"omnichannel": ["livechat-agent", "livechat-manager"]}
    assert [thing.name for thing in plan.at_stake] == ["livechat-agent", "livechat-manager"]
    assert step.act(place.session, person(roles=BOTH)).attempts == 2
    assert [seen.path for seen in server.sent("DELETE")] == [AGENT, MANAGER]
    assert [seen.body for seen in server.sent("DELETE")] == [b"", b""]
    assert step.told(plan.effects) == "livechat-agent, livechat-manager, with departments"


def in_departments(server: ScriptedServer, *rows: Any) -> None:
    """Say which departments alice is in."""
    server.route(DEPARTMENTS, {"departments": list(rows), "success": True})


@pytest.mark.parametrize("role", [(), ("livechat-manager",)])
def test_departments_of_who_is_no_agent_any_more_go_as_well(
    server: ScriptedServer, scene: MakeScene, person: Person, role: tuple[str, ...]
) -> None:
    """Taking the role away by other ways leaves them, and with the role back they would count again."""
    in_departments(server, SALES, {"departmentId": "supportId"}, "none")
    for path in (AGENT, MANAGER):
        server.route(path, {"success": True}, method="DELETE")
    step, place, alice = Omnichannel(), scene(Livechat_enabled=True), person(roles=("user", *role))
    plan = planned(step, place, alice)
    held = [*role, "department sales", "department supportId"]
    assert (plan.changed, plan.effects, plan.was) == (True, {"omnichannel": held}, {"omnichannel": held})
    assert [thing.name for thing in plan.at_stake] == held
    assert step.act(place.session, alice).attempts == 1 + len(role)
    assert [seen.path for seen in server.sent("DELETE")] == [AGENT, MANAGER][: 1 + len(role)]
    assert step.told(plan.effects) == ", ".join(held)


def test_who_has_neither_entry_nor_department_has_nothing_to_lose(
    server: ScriptedServer, scene: MakeScene, person: Person
) -> None:
    in_departments(server)
    plan = planned(Omnichannel(), scene(Livechat_enabled=True), person(roles=("user", "admin")))
    assert (plan.untold, plan.looked_at, plan.left_behind) == (True, ("omnichannel",), [])


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("role", [(), ("livechat-manager",)])
def test_departments_that_are_not_shown_are_said_to_be_not_looked_at(
    server: ScriptedServer, scene: MakeScene, person: Person, role: tuple[str, ...], tells: bool
) -> None:
    server.route(DEPARTMENTS, (403, {"success": False, "error": "unauthorized"}))
    place = scene("view-l-room", tells=tells, Livechat_enabled=True)
    plan = planned(Omnichannel(), place, person(roles=("user", *role)))
    assert (plan.changed, list(plan.looked_at)) == (bool(role), [])
    assert [(thing.kind, thing.name, thing.permission) for thing in plan.left_behind] == [
        ("omnichannel", "not looked at", "view-l-room")
    ]
    # Who is known to see nothing does not ask.
    assert len(server.sent("GET", DEPARTMENTS)) == (not tells)


def test_of_an_agent_departments_are_not_asked_for(server: ScriptedServer, scene: MakeScene, person: Person) -> None:
    planned(Omnichannel(), scene(Livechat_enabled=True), person(roles=BOTH))
    assert server.sent("GET", DEPARTMENTS) == []


def test_where_roles_are_hidden_nobody_knows(scene: MakeScene, person: Person) -> None:
    plan = planned(Omnichannel(), scene(), person(roles=None))
    assert (plan.untold, plan.looked_at) == (True, ())
    assert [thing.permission for thing in plan.left_behind] == ["view-full-other-user-info"]


def test_with_the_module_off_an_entry_does_nothing(server: ScriptedServer, scene: MakeScene, person: Person) -> None:
    for roles in (BOTH, ("user",)):
        plan = planned(Omnichannel(), scene(Livechat_enabled=False), person(roles=roles))
        assert (plan.untold, plan.looked_at) == (True, ("omnichannel",))
    assert server.sent("GET", DEPARTMENTS) == []


@pytest.mark.parametrize(
    ("lacks", "report", "permission"),
    [(["view-livechat-manager"], False, "view-livechat-manager"), ([], True, "")],
)
def test_what_is_not_removed_is_left_behind(
    scene: MakeScene, person: Person, lacks: list[str], report: bool, permission: str
) -> None:
    plan = planned(Omnichannel(report=report), scene(*lacks), person(roles=BOTH))
    assert (plan.changed, plan.evidence) == (False, "left_behind")
    assert [thing.permission for thing in plan.left_behind] == [permission] * 2


def test_a_failure_says_what_was_done_before_it(server: ScriptedServer, scene: MakeScene, person: Person) -> None:
    refused = (403, {"success": False, "error": "unauthorized"})
    server.route(AGENT, refused, method="DELETE")
    place: Any = scene()
    with pytest.raises(RocketChatError) as caught:
        Omnichannel().act(place.session, person(roles=BOTH))
    assert "done" not in caught.value.details
    server.route(AGENT, {"success": True}, method="DELETE")
    server.route(MANAGER, refused, method="DELETE")
    with pytest.raises(RocketChatError) as caught:
        Omnichannel().act(place.session, person(roles=BOTH))
    assert caught.value.details["done"] == ["livechat-agent"]
