# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Handing rooms over: who takes over, which request for which room, and what a refusal half way leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import Membership, User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    ConnectionFailed,
    Refused,
    TargetError,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.handover import HandOver
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Plan, Scene

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer, Seen

Person = Callable[..., User]
MakeScene = Callable[..., Scene]
OK = {"success": True}
NO_ROOM = (400, {"success": False, "error": "No such room [error-room-not-found]", "errorType": "error-room-not-found"})
ARCHIVED = (400, {"success": False, "error": "Archived [error-room-archived]", "errorType": "error-room-archived"})
SIGNED_OUT = (401, {"status": "error", "message": "You must be logged in to do this."})
DONE = {"message": json.dumps({"msg": "result", "id": "1", "result": True}), "success": True}
DESK = Membership("deskId", "desk", private=False, owner=True)
DIARY = Membership("diaryId", "diary", private=True, owner=True)
VISITED = Membership("visitedId", "visited", private=True, owner=False)
METHODS = ("addUsersToRoom", "addRoomOwner", "removeRoomOwner")


def refused(code: str) -> tuple[int, dict[str, Any]]:
    """Return a refusal of an endpoint."""
    return 400, {"success": False, "error": f"No [{code}]", "errorType": code}


def method_error(code: str, status: int = 200) -> tuple[int, dict[str, Any]]:
    """Return a refusal of a method; up to 7.x its status is 200."""
    error = {"isClientSafe": True, "error": code, "message": f"No [{code}]", "details": {"method": "x"}}
    text = json.dumps({"msg": "result", "id": "1", "error": error})
    return status, {"message": text, "success": status == 200}


@pytest.fixture
def heir() -> dict[str, Any]:
    """Return the record of the successor, to be changed at will."""
    return {
        "_id": "daveId", "username": "dave", "active": True, "type": "user", "roles": ["user"], "rooms": [],
    }  # fmt: skip


@pytest.fixture
def hall(server: ScriptedServer, heir: dict[str, Any]) -> ScriptedServer:
    """Return a server where alice alone owns a channel and a private room that is hidden, and all goes well."""

    def user(seen: Seen) -> Any:
        wanted = seen.query.get("username") or seen.query["userId"]
        known = {heir["username"]: heir, "oldId": {"_id": "oldId", "username": "old", "active": False}}
        known["bobId"] = {"_id": "bobId", "username": "bob", "active": True}
        return {"user": known[wanted], "success": True} if wanted in known else refused("error-invalid-user")

    server.route("/api/v1/users.info", user)
    server.route("/api/v1/channels.roles", {"roles": [{"u": {"_id": "aliceId"}, "roles": ["owner"]}], **OK})
    server.route("/api/v1/groups.roles", NO_ROOM)
    server.route("/api/v1/teams.listAll", {"teams": [], "total": 0, **OK})
    server.route("/api/v1/rooms.adminRooms.getRoom", {"usersCount": 2, **OK})
    for path in ("channels.invite", "groups.invite", "channels.addOwner", "channels.removeOwner"):
        server.route(f"/api/v1/{path}", OK, method="POST")
    for method in METHODS:
        server.route(f"/api/v1/method.call/{method}", DONE, method="POST")
    return server


def planned(step: HandOver, scene: Scene, *users: User) -> Plan:
    """Return the plan of the step for the first of these."""
    seen = step.inspect(scene, users)
    return step.plan(users[0], seen.get(users[0].user_id))


def sent(server: ScriptedServer) -> list[tuple[str, Any]]:
    """Return what was written, in order; of a method its parameters."""
    found = []
    for seen in server.sent("POST"):
        body = seen.json
        found.append(
            (seen.path.rpartition("/")[2], json.loads(body["message"])["params"] if "message" in body else body)
        )
    return found


def test_each_kind_of_room_goes_its_own_way(hall: ScriptedServer, scene: MakeScene, person: Person) -> None:
    """Of a private room that the calling account is not in, the endpoint changes no owner; a method does."""
    alice, place, step = person(rooms=(DESK, DIARY)), scene(), HandOver("dave")
    plan = planned(step, place, alice)
    assert [(room["name"], room["to"], room["other_owners_known"]) for room in plan.effects["rooms_handed_over"]] == [
        ("desk", "dave", True),
        ("diary", "dave", False),
    ]
    assert [(thing.kind, thing.name) for thing in plan.at_stake] == [("room", "desk"), ("room", "diary")]
    assert (list(plan.looked_at), plan.objection) == (["rooms", "teams"], None)
    assert hall.sent("POST") == []
    done = step.act(place.session, alice)
    assert sent(hall) == [
        ("channels.invite", {"roomId": "deskId", "userId": "daveId"}),
        ("channels.addOwner", {"roomId": "deskId", "userId": "daveId"}),
        ("channels.removeOwner", {"roomId": "deskId", "userId": "aliceId"}),
        ("groups.invite", {"roomId": "diaryId", "userId": "daveId"}),
        ("addRoomOwner", ["diaryId", "daveId"]),
        ("removeRoomOwner", ["diaryId", "aliceId"]),
    ]
    assert (done.attempts, done.facts, list(done.left_behind)) == (6, plan.effects, [])
    assert step.told(done.facts) == (
        "to dave: desk, diary; the calling account does not see whether somebody else owned these too: diary"
    )


def test_an_archived_room_is_handed_over_by_methods_alone(
    hall: ScriptedServer, scene: MakeScene, person: Person
) -> None:
    members = [{"_id": "aliceId", "roles": ["owner"]}, {"_id": "bobId"}]
    hall.route("/api/v1/channels.roles", ARCHIVED)
    hall.route("/api/v1/rooms.membersOrderedByRole", {"members": members, "total": 2, **OK})
    hall.route("/api/v1/groups.invite", ARCHIVED, method="POST")
    alice, place, step = person(rooms=(DESK, DIARY)), scene(), HandOver("dave")
    planned(step, place, alice)
    # That the private one is archived shows when it is tried.
    assert step.act(place.session, alice).attempts == 7
    assert [name for name, _body in sent(hall)] == [*METHODS, "groups.invite", *METHODS]
    assert sent(hall)[0] == ("addUsersToRoom", [{"rid": "deskId", "users": ["dave"]}])


@pytest.mark.parametrize(
    ("theirs", "names"),
    [
        ({"roles": []}, ["addRoomOwner", "removeRoomOwner"]),
        ({"roles": ["owner"]}, None),
    ],
)
def test_what_the_successor_is_in_and_owns_already_is_not_done_again(
    hall: ScriptedServer,
    scene: MakeScene,
    person: Person,
    heir: dict[str, Any],
    theirs: dict[str, Any],
    names: list[str] | None,
) -> None:
    heir["rooms"] = [{"rid": "diaryId", "name": "diary", "t": "p", **theirs}]
    alice, place, step = person(rooms=(DIARY,)), scene(), HandOver("dave")
    plan = planned(step, place, alice)
    assert plan.changed is (names is not None)
    if names is None:
        assert plan.untold
        return
    step.act(place.session, alice)
    assert [name for name, _body in sent(hall)] == names


def test_a_run_that_broke_off_is_finished(
    hall: ScriptedServer, scene: MakeScene, person: Person, heir: dict[str, Any]
) -> None:
    """The successor owns the room, and the leaver still does."""
    heir["rooms"] = [{"rid": "deskId", "name": "desk", "t": "c", "roles": ["owner"]}]
    owners = [{"u": {"_id": who}, "roles": ["owner"]} for who in ("aliceId", "daveId")]
    hall.route("/api/v1/channels.roles", {"roles": owners, **OK})
    place = scene()
    place = Scene(place.session, 1, place.warn, lambda _user, step: step.name == "handover")
    alice, step = person(rooms=(DESK,)), HandOver("dave")
    assert planned(step, place, alice).changed
    step.act(place.session, alice)
    assert sent(hall) == [("channels.removeOwner", {"roomId": "deskId", "userId": "aliceId"})]


@pytest.mark.parametrize("status", [200, 400])
def test_what_was_so_before_is_no_failure(hall: ScriptedServer, scene: MakeScene, person: Person, status: int) -> None:
    hall.route("/api/v1/channels.addOwner", refused("error-user-already-owner"), method="POST")
    hall.route("/api/v1/channels.removeOwner", refused("error-user-not-owner"), method="POST")
    hall.route("/api/v1/method.call/addRoomOwner", method_error("error-user-already-owner", status), method="POST")
    alice, place, step = person(rooms=(DESK, DIARY)), scene(), HandOver("dave")
    planned(step, place, alice)
    done = step.act(place.session, alice)
    assert (done.attempts, len(done.facts["rooms_handed_over"])) == (6, 2)


def test_an_ownership_that_the_server_keeps_is_left_behind(
    hall: ScriptedServer, scene: MakeScene, person: Person
) -> None:
    hall.route("/api/v1/channels.removeOwner", refused("error-remove-last-owner"), method="POST")
    alice, place, step = person(rooms=(DESK,)), scene(), HandOver("dave")
    planned(step, place, alice)
    (thing,) = step.act(place.session, alice).left_behind
    assert (thing.kind, thing.name) == ("ownership", "desk")
    assert "error-remove-last-owner" in thing.cure


def test_what_is_refused_half_way_is_told_room_by_room(hall: ScriptedServer, scene: MakeScene, person: Person) -> None:
    hall.route("/api/v1/method.call/addRoomOwner", method_error("error-user-not-in-room"), method="POST")
    alice, place, step = person(rooms=(DIARY, DESK)), scene(), HandOver("dave")
    planned(step, place, alice)
    with pytest.raises(TargetError) as caught:
        step.act(place.session, alice)
    error = caught.value
    assert (error.code, error.attempts, error.details["done"]) == ("rooms-not-handed-over", 5, ["desk"])
    assert [(room["name"], room["result"]) for room in error.details["rooms"]] == [
        ("diary", "failed"),
        ("desk", "done"),
    ]
    assert "diary: " in error.message
    left: Any = error
    assert [thing.name for thing in left.left_behind] == ["diary"]


@pytest.mark.parametrize(
    ("answer", "kind"), [("drop the connection without an answer", ConnectionFailed), (SIGNED_OUT, Refused)]
)
@pytest.mark.parametrize("path", ["channels.addOwner", "channels.removeOwner"])
def test_what_would_fail_for_everybody_ends_it(
    hall: ScriptedServer, scene: MakeScene, person: Person, path: str, answer: Any, kind: type[Exception]
) -> None:
    hall.route(f"/api/v1/{path}", answer, method="POST")
    alice, place, step = person(rooms=(DIARY, DESK)), scene(), HandOver("dave")
    planned(step, place, alice)
    with pytest.raises(kind) as caught:
        step.act(place.session, alice)
    error: Any = caught.value
    assert error.details["done"] == ["diary"]


def test_where_the_leaver_is_alone_with_a_room_of_nobody_the_successor_becomes_its_owner(
    hall: ScriptedServer, scene: MakeScene, person: Person
) -> None:
    hall.route("/api/v1/rooms.adminRooms.getRoom", {"usersCount": 1, **OK})
    alice, place, step = person(rooms=(VISITED,)), scene(), HandOver("dave")
    assert planned(step, place, alice).changed
    step.act(place.session, alice)
    assert [name for name, _body in sent(hall)] == ["groups.invite", "addRoomOwner"]


def test_whether_somebody_is_alone_may_not_be_shown(hall: ScriptedServer, scene: MakeScene, person: Person) -> None:
    hall.route("/api/v1/rooms.adminRooms.getRoom", (400, {"success": False, "error": "error-not-authorized"}))
    hall.route("/api/v1/groups.members", NO_ROOM)
    told: list[str] = []
    alice, step = person(rooms=(VISITED,)), HandOver("dave")
    plan = planned(step, Scene(scene().session, 1, told.append), alice)
    assert plan.untold
    # An empty list would say that nothing can be lost.
    assert [(thing.name, thing.permission) for thing in plan.left_behind] == [("visited", "view-room-administration")]
    assert "visited" in told[0]
    assert "view-room-administration" in told[0]


@pytest.mark.parametrize(("room", "permission"), [(DESK, "add-user-to-any-c-room"), (DIARY, "add-user-to-any-p-room")])
def test_a_permission_that_is_missing_is_found_out_before_anything_is_written(
    hall: ScriptedServer, scene: MakeScene, person: Person, room: Membership, permission: str
) -> None:
    plan = planned(HandOver("dave"), scene(holders={permission: ["admin"]}), person(rooms=(room,)))
    assert plan.objection is not None
    assert plan.objection.details == {"permission": permission, "rooms": [room.name]}
    assert permission in plan.objection.message
    assert f"these rooms of alice: {room.name}" in plan.objection.message
    assert hall.sent("POST") == []


def test_rooms_that_are_not_shown_are_not_handed_over(hall: ScriptedServer, scene: MakeScene, person: Person) -> None:
    plan = planned(HandOver("dave"), scene(), person(rooms=None))
    assert plan.objection is not None
    assert (plan.objection.code, plan.objection.details) == (
        "rooms-not-visible",
        {"permission": "view-other-user-channels"},
    )
    assert plan.looked_at == ()


def test_an_inactive_owner_is_none_and_a_deleted_one_neither(
    hall: ScriptedServer, scene: MakeScene, person: Person
) -> None:
    owners = [{"u": {"_id": who}, "roles": ["owner"]} for who in ("aliceId", "oldId", "goneId")]
    hall.route("/api/v1/channels.roles", {"roles": owners, **OK})
    assert planned(HandOver("dave"), scene(), person(rooms=(DESK,))).changed


@pytest.mark.parametrize(
    ("more", "code", "why"),
    [
        ({"active": False}, "unfit-successor", "inactive"),
        ({"roles": ["guest"]}, "unfit-successor", "guest"),
        ({"roles": ["bot"]}, "unfit-successor", "bot"),
        ({"type": "bot"}, "unfit-successor", "bot"),
        ({"type": "app"}, "unfit-successor", "app"),
        ({"federated": True}, "unfit-successor", "another server"),
        ({"_id": "callerId"}, "unfit-successor", "calling account"),
        ({"_id": "aliceId"}, "unfit-successor", "those who leave"),
        ({"username": "davey"}, "no-successor", "no account"),
        ({"rooms": None}, "rooms-not-visible", "view-other-user-channels"),
    ],
)
def test_who_cannot_take_over_stops_the_run(
    hall: ScriptedServer,
    scene: MakeScene,
    person: Person,
    heir: dict[str, Any],
    more: dict[str, Any],
    code: str,
    why: str,
) -> None:
    heir.update(more)
    with pytest.raises(TargetError) as caught:
        HandOver("dave").inspect(scene(), [person(rooms=(DESK,))])
    assert caught.value.code == code
    assert why in caught.value.message


def test_another_account_than_was_asked_for_takes_nothing_over(
    hall: ScriptedServer, scene: MakeScene, person: Person
) -> None:
    hall.route("/api/v1/users.info", {"user": {"_id": "dave", "username": "eve"}, **OK})
    with pytest.raises(TargetError) as caught:
        HandOver("dave").inspect(scene(), [person(rooms=(DESK,))])
    assert caught.value.code == "unfit-successor"


def test_a_person_whom_a_webhook_gave_the_role_bot_may_take_over(
    hall: ScriptedServer, scene: MakeScene, person: Person, heir: dict[str, Any]
) -> None:
    heir["roles"] = ["user", "bot"]
    assert planned(HandOver("dave"), scene(), person(rooms=(DESK,))).changed


def test_where_roles_are_hidden_nobody_knows_whether_it_is_a_guest(
    hall: ScriptedServer, scene: MakeScene, person: Person, heir: dict[str, Any]
) -> None:
    del heir["roles"]
    told: list[str] = []
    planned(HandOver("dave"), Scene(scene().session, 1, told.append), person(rooms=()))
    assert "view-full-other-user-info" in told[0]


def test_with_nobody_to_look_at_nothing_is_asked(hall: ScriptedServer, scene: MakeScene) -> None:
    assert HandOver("dave").inspect(scene(), []) == {}
    assert hall.requests == []


def in_team(hall: ScriptedServer, *active_owners: str) -> None:
    """Make alice's channel the main room of a team with these owners; inactive ones are in no list."""
    rows: list[Any] = [{"user": {"_id": who}, "roles": ["owner"]} for who in active_owners]
    hall.route(
        "/api/v1/teams.listAll", {"teams": [{"_id": "t1", "name": "squad", "roomId": "deskId"}], "total": 1, **OK}
    )
    hall.route("/api/v1/teams.members", {"members": rows, "total": len(rows), **OK})
    hall.route("/api/v1/teams.updateMember", OK, method="POST")


def owned_by(hall: ScriptedServer, *owners: str) -> None:
    """Say who owns alice's channel."""
    rows = [{"u": {"_id": who}, "roles": ["owner"]} for who in owners]
    hall.route("/api/v1/channels.roles", {"roles": rows, **OK})


HEIR_IN_DESK = [{"rid": "deskId", "name": "desk", "t": "c", "roles": ["owner"]}]
TO_DAVE = {"teamId": "t1", "member": {"userId": "daveId", "roles": ["owner"]}}


class TestTeams:
    """A team goes to the successor with its main room, and without it where that is another's already."""

    def test_whoever_becomes_owner_of_the_main_room_owns_the_team(
        self, hall: ScriptedServer, scene: MakeScene, person: Person
    ) -> None:
        in_team(hall, "aliceId")
        alice, place, step = person(rooms=(DESK,)), scene(), HandOver("dave")
        plan = planned(step, place, alice)
        assert [room["name"] for room in plan.effects["rooms_handed_over"]] == ["desk"]
        step.act(place.session, alice)
        assert [name for name, _body in sent(hall)] == ["channels.invite", "channels.addOwner", "channels.removeOwner"]

    def test_where_the_successor_owns_the_main_room_the_team_is_given_by_itself(
        self, hall: ScriptedServer, scene: MakeScene, person: Person, heir: dict[str, Any]
    ) -> None:
        """The server made an owner of the room, and left the team with the leaver."""
        heir["rooms"] = HEIR_IN_DESK
        in_team(hall, "aliceId")
        owned_by(hall, "aliceId", "daveId")
        alice, place, step = person(rooms=(DESK,)), scene(), HandOver("dave")
        plan = planned(step, place, alice)
        assert [room["name"] for room in plan.effects["rooms_handed_over"]] == ["squad"]
        assert step.act(place.session, alice).attempts == 2
        assert sent(hall) == [
            ("teams.updateMember", TO_DAVE),
            ("channels.removeOwner", {"roomId": "deskId", "userId": "aliceId"}),
        ]

    def test_where_somebody_else_owns_the_main_room_the_successor_becomes_owner_of_both(
        self, hall: ScriptedServer, scene: MakeScene, person: Person
    ) -> None:
        in_team(hall, "aliceId")
        owned_by(hall, "aliceId", "bobId")
        alice, place, step = person(rooms=(DESK,)), scene(), HandOver("dave")
        assert planned(step, place, alice).changed
        step.act(place.session, alice)
        # With the room comes the team (recorded), and who is made owner of the room need not be in it before.
        assert [name for name, _body in sent(hall)] == ["channels.invite", "channels.addOwner", "channels.removeOwner"]

    def test_who_owns_the_team_and_not_its_main_room_has_no_ownership_to_lose(
        self, hall: ScriptedServer, scene: MakeScene, person: Person, heir: dict[str, Any]
    ) -> None:
        heir["rooms"] = HEIR_IN_DESK
        in_team(hall, "aliceId")
        member = Membership("deskId", "desk", private=False, owner=False)
        alice, place, step = person(rooms=(member,)), scene(), HandOver("dave")
        assert planned(step, place, alice).changed
        step.act(place.session, alice)
        assert sent(hall) == [("teams.updateMember", TO_DAVE)]

    def test_a_team_with_an_owner_who_stays_is_left_alone(
        self, hall: ScriptedServer, scene: MakeScene, person: Person
    ) -> None:
        in_team(hall, "aliceId", "bobId")
        owned_by(hall, "aliceId", "bobId")
        plan = planned(HandOver("dave"), scene(), person(rooms=(DESK,)))
        assert (plan.untold, list(plan.looked_at), plan.left_behind) == (True, ["rooms", "teams"], [])

    def test_the_permission_that_is_missing_for_a_team_is_found_out_before_anything_is_written(
        self, hall: ScriptedServer, scene: MakeScene, person: Person, heir: dict[str, Any]
    ) -> None:
        heir["rooms"] = HEIR_IN_DESK
        in_team(hall, "aliceId")
        owned_by(hall, "aliceId", "daveId")
        plan = planned(HandOver("dave"), scene(holders={"edit-team-member": ["admin"]}), person(rooms=(DESK,)))
        assert plan.objection is not None
        assert plan.objection.details == {"permission": "edit-team-member", "rooms": ["squad"]}

    def test_teams_that_the_caller_may_not_see_are_said_to_be_not_looked_at(
        self, hall: ScriptedServer, scene: MakeScene, person: Person
    ) -> None:
        owned_by(hall, "aliceId", "bobId")
        plan = planned(HandOver("dave"), scene(holders={"view-all-teams": ["admin"]}), person(rooms=(DESK,)))
        assert list(plan.looked_at) == ["rooms"]
        assert [(thing.kind, thing.permission) for thing in plan.left_behind] == [("teams", "view-all-teams")]


def test_what_leavers_own_together_goes_to_the_successor_once_for_each(
    hall: ScriptedServer, scene: MakeScene, person: Person
) -> None:
    owned_by(hall, "aliceId", "bobId")
    alice = person(rooms=(DESK,))
    bob = User("bobId", "bob", active=True, federated=False, full_view=True, rooms=(DESK,))
    place, step = scene(), HandOver("dave")
    step.inspect(place, [alice, bob])
    assert (step.handed("aliceId"), step.handed("bobId")) == ({"deskId"}, {"deskId"})
    assert step.handed("carolId") == frozenset()
    for user in (alice, bob):
        assert step.plan(user, None).changed
        step.act(place.session, user)
    assert sent(hall)[-1] == ("channels.removeOwner", {"roomId": "deskId", "userId": "bobId"})


@pytest.mark.parametrize(("owners", "again"), [(("aliceId", "daveId"), True), (("aliceId", "daveId", "bobId"), False)])
def test_only_what_may_be_half_done_is_looked_at_again(
    hall: ScriptedServer,
    scene: MakeScene,
    person: Person,
    heir: dict[str, Any],
    owners: tuple[str, ...],
    again: bool,
) -> None:
    """Where the successor and somebody else owned the room before, it never was the leaver's alone."""
    heir["rooms"] = HEIR_IN_DESK
    owned_by(hall, *owners)
    place = scene()
    broken_off = Scene(place.session, 1, place.warn, lambda _user, _step: True)
    assert planned(HandOver("dave"), broken_off, person(rooms=(DESK,))).changed is again
    assert planned(HandOver("dave"), place, person(rooms=(DESK,))).untold


def test_of_a_private_room_that_the_caller_is_in_nothing_is_missing_to_invite(
    hall: ScriptedServer, scene: MakeScene, person: Person
) -> None:
    hall.route("/api/v1/groups.roles", {"roles": [{"u": {"_id": "aliceId"}, "roles": ["owner"]}], **OK})
    plan = planned(HandOver("dave"), scene(holders={"add-user-to-any-p-room": ["admin"]}), person(rooms=(DIARY,)))
    assert (plan.objection, plan.effects["rooms_handed_over"][0]["other_owners_known"]) == (None, True)
