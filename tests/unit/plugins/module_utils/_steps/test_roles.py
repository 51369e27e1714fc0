# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles of leavers: kept and told, or taken away, written down before, and never the last administrator's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.roles import Roles
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Plan, Scene

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

Person = Callable[..., User]
MakeScene = Callable[..., Scene]
HOLDERS = "/api/v1/users.listByStatus"
RANDOM = "a8Qw2ZxK3mNp5Rt7v"
HELD = ("user", "admin", RANDOM, "guest")
ALICE = {"_id": "aliceId", "username": "alice", "canViewAllInfo": True, "roles": list(HELD), "bio": "Writes."}


def planned(step: Roles, scene: Scene, *users: User) -> Plan:
    """Return the plan of the step for the first of these, from what it sees."""
    return step.plan(users[0], step.inspect(scene, users).get(users[0].user_id))


@pytest.fixture(autouse=True)
def _roles(server: ScriptedServer) -> None:
    """Have a role of the workspace's own, and one more administrator."""
    server.route("/api/v1/roles.list", {"roles": [{"_id": RANDOM, "name": "auditors"}], "success": True})
    administrators(server, "alice", "root")


def administrators(server: ScriptedServer, *names: str, active: bool = True) -> None:
    """Say who is an administrator."""
    rows = [{"_id": f"{name}Id", "username": name, "active": active, "roles": ["admin"]} for name in names]
    server.route(HOLDERS, {"users": rows, "total": len(rows), "success": True})


def test_those_that_are_kept_are_told_by_name(server: ScriptedServer, scene: MakeScene, person: Person) -> None:
    plan = planned(Roles(remove=False), scene(), person(roles=HELD))
    assert (plan.untold, plan.looked_at) == (True, ("roles",))
    assert [thing.name for thing in plan.kept] == ["admin", "auditors"]
    assert not server.sent("GET", HOLDERS)


@pytest.mark.parametrize(
    ("settings", "stay"),
    [
        ({}, {"user", "guest"}),
        ({"Accounts_Registration_Users_Default_Roles": f"user, {RANDOM},"}, {"user", "guest", RANDOM}),
        # Whoever made administrators of everybody does not want leavers to be some.
        ({"Accounts_Registration_Users_Default_Roles": "user,admin"}, {"user", "guest"}),
        ({"Accounts_Registration_Users_Default_Roles": 1}, {"user", "guest"}),
    ],
)
def test_all_but_those_that_everybody_has_are_taken_away(
    server: ScriptedServer, scene: MakeScene, person: Person, settings: dict[str, Any], stay: set[str]
) -> None:
    server.route("/api/v1/users.info", {"user": ALICE, "success": True})

    def update(seen: Any) -> Any:
        return {"user": {**ALICE, **seen.json["data"]}, "success": True}

    server.route("/api/v1/users.update", update, method="POST")
    step, place, alice = Roles(remove=True), scene(**settings), person(roles=HELD)
    plan = planned(step, place, alice)
    assert (plan.changed, plan.objection, plan.was) == (True, None, {"roles": list(HELD)})
    assert step.act(place.session, alice).attempts == 1
    (sent,) = server.sent("POST")
    assert sent.json == {"userId": "aliceId", "data": {"bio": "Writes.", "roles": [r for r in HELD if r in stay]}}
    taken = "admin" if RANDOM in stay else "admin, auditors"
    assert step.told(plan.effects) == f"taken away: {taken}"
    assert [thing.name for thing in plan.at_stake] == taken.split(", ")
    assert "admin" in step.contradicts(person(roles=("user", "admin")))
    assert step.contradicts(person(roles=("user",))) == ""


def test_who_has_no_other_roles_is_left_alone(server: ScriptedServer, scene: MakeScene, person: Person) -> None:
    for remove in (True, False):
        plan = planned(Roles(remove=remove), scene(), person(roles=("user",)))
        assert (plan.untold, plan.kept) == (True, [])
    assert not server.sent("GET", HOLDERS)


def test_those_of_omnichannel_are_not_kept_where_its_entries_go(scene: MakeScene, person: Person) -> None:
    alice = person(roles=("user", "livechat-agent"))
    assert planned(Roles(remove=False), scene(), alice).kept == []
    kept = planned(Roles(remove=False), scene(Livechat_enabled=False), alice).kept
    assert [thing.name for thing in kept] == ["livechat-agent"]
    assert planned(Roles(remove=True), scene(), alice).changed


@pytest.mark.parametrize("remove", [True, False])
def test_where_roles_are_hidden_nobody_knows(scene: MakeScene, person: Person, remove: bool) -> None:
    plan = planned(Roles(remove=remove), scene(), person(roles=None))
    assert (plan.changed, plan.looked_at) == (False, ())
    assert [thing.permission for thing in plan.left_behind] == ["view-full-other-user-info"]


@pytest.mark.parametrize("lacking", ["view-full-other-user-info", "edit-other-user-info", "assign-roles"])
def test_what_the_caller_may_not_take_away_is_left_behind(scene: MakeScene, person: Person, lacking: str) -> None:
    plan = planned(Roles(remove=True), scene(lacking), person(roles=HELD))
    assert (plan.changed, plan.evidence) == (False, "left_behind")
    assert [(thing.name, thing.permission) for thing in plan.left_behind] == [("admin", lacking), ("auditors", lacking)]


def test_the_last_administrator_is_refused(server: ScriptedServer, scene: MakeScene, person: Person) -> None:
    """The server itself does not mind: it can leave a workspace without any."""
    administrators(server, "alice")
    objection = planned(Roles(remove=True), scene(), person(roles=HELD)).objection
    assert objection
    assert objection.code == "last-admin"
    # One who cannot sign in is none.
    administrators(server, "alice", "root", active=False)
    assert planned(Roles(remove=True), scene(), person(roles=HELD)).objection
    administrators(server, "alice", "root")
    root = User("rootId", "root", active=True, federated=False, roles=("admin",))
    assert planned(Roles(remove=True), scene(), person(roles=HELD)).objection is None
    assert planned(Roles(remove=True), scene(), person(roles=HELD), root).objection


def test_where_nobody_says_who_is_an_administrator_none_is_made_less(
    server: ScriptedServer, scene: MakeScene, person: Person
) -> None:
    server.route(HOLDERS, (403, {"success": False, "error": "unauthorized"}))
    objection = planned(Roles(remove=True), scene(), person(roles=HELD)).objection
    assert objection
    assert objection.code == "roles-not-visible"


def test_nobody_is_asked_for_nobody(server: ScriptedServer, scene: MakeScene) -> None:
    assert Roles(remove=True).inspect(scene(), []) == {}
    assert server.requests == []
