# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking leavers out of rooms and teams: by which request, what stays, and that nobody is taken out twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import Membership, User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import ConnectionFailed, Refused
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.memberships import Memberships
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.rooms import Estate
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Plan, Scene

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

Person = Callable[..., User]
MakeScene = Callable[..., Scene]
OK = {"success": True}
DONE = {"message": json.dumps({"msg": "result", "id": "1", "result": True}), "success": True}
FORBIDDEN = (403, {"success": False, "error": "unauthorized"})
SIGNED_OUT = (401, {"status": "error", "message": "You must be logged in to do this."})
DESK = Membership("deskId", "desk", private=False, owner=False)
DIARY = Membership("diaryId", "diary", private=True, owner=False)
SQUAD = Membership("squadId", "squad", private=True, owner=False)


def refused(words: str, code: str = "") -> tuple[int, dict[str, Any]]:
    """Return a refusal, with a code or without."""
    return 400, {"success": False, "error": words, **({"errorType": code} if code else {})}


@pytest.fixture
def hall(server: ScriptedServer) -> ScriptedServer:
    """Return a server with one team, where all goes well."""
    server.route("/api/v1/teams.listAll", {"teams": [{"_id": "teamId", "roomId": "squadId"}], "total": 1, **OK})
    server.route("/api/v1/teams.members", {"members": [], "total": 0, **OK})
    for path in ("channels.kick", "groups.kick", "teams.removeMember"):
        server.route(f"/api/v1/{path}", OK, method="POST")
    server.route("/api/v1/method.call/removeUserFromRoom", DONE, method="POST")
    server.route("/api/v1/rooms.adminRooms.getRoom", {"usersCount": 2, **OK})
    return server


def planned(step: Memberships, scene: Scene, user: User) -> Plan:
    """Return the plan of the step for somebody, from what it sees."""
    return step.plan(user, step.inspect(scene, [user]).get(user.user_id))


def sent(server: ScriptedServer) -> list[tuple[str, Any]]:
    """Return what was written, in order."""
    return [(seen.path.rpartition("/")[2], seen.json) for seen in server.sent("POST")]


def test_each_kind_of_room_is_left_in_its_own_way(hall: ScriptedServer, scene: MakeScene, person: Person) -> None:
    alice, place, step = person(rooms=(DESK, DIARY, SQUAD)), scene(), Memberships(remove=True)
    plan = planned(step, place, alice)
    assert plan.effects == {"memberships_ended": ["desk", "diary", "squad"]}
    assert (list(plan.looked_at), list(plan.left_behind)) == (["memberships"], [])
    done = step.act(place.session, alice)
    assert sent(hall) == [
        ("channels.kick", {"roomId": "deskId", "userId": "aliceId"}),
        ("groups.kick", {"roomId": "diaryId", "userId": "aliceId"}),
        ("teams.removeMember", {"teamId": "teamId", "userId": "aliceId"}),
    ]
    assert (done.attempts, done.changed, done.facts) == (3, True, plan.effects)
    assert step.told(done.facts) == "taken out of: desk, diary, squad"
    assert step.told({}) == "taken out of no room"


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("holders", [{}, {"edit-team-member": ["admin"]}])
def test_who_cannot_be_taken_out_of_a_team_is_taken_out_of_its_main_room(
    hall: ScriptedServer, scene: MakeScene, person: Person, active: bool, holders: dict[str, list[str]]
) -> None:
    """The server does this to active accounts alone, and may not let the calling account do it."""
    alice, place, step = person(rooms=(SQUAD,), active=active), scene(holders=holders), Memberships(remove=True)
    planned(step, place, alice)
    step.act(place.session, alice)
    assert [path for path, _body in sent(hall)] == ["teams.removeMember" if active and not holders else "groups.kick"]


@pytest.mark.parametrize(
    ("answer", "active", "stays", "permission"),
    [
        ({"usersCount": 2, **OK}, 1, False, ""),
        ({"usersCount": 1, **OK}, 1, True, ""),
        # Who may not count them may see who of them is active, as a member.
        (FORBIDDEN, 2, False, ""),
        (FORBIDDEN, 1, True, ""),
        (FORBIDDEN, None, True, "view-room-administration"),
    ],
)
def test_the_last_one_stays_in_a_private_room(
    hall: ScriptedServer,
    scene: MakeScene,
    person: Person,
    answer: Any,
    active: int | None,
    stays: bool,
    permission: str,
) -> None:
    """Nobody would see it again."""
    hall.route("/api/v1/rooms.adminRooms.getRoom", answer)
    members = FORBIDDEN if active is None else {"members": [], "total": active, **OK}
    hall.route("/api/v1/groups.members", members)
    alice, place, step = person(rooms=(DESK, DIARY)), scene(), Memberships(remove=True, handed=lambda _user_id: ())
    plan = planned(step, place, alice)
    assert plan.effects == {"memberships_ended": ["desk"] + ["diary"] * (not stays)}
    assert [(thing.name, thing.permission) for thing in plan.left_behind] == [("diary", permission)] * stays
    step.act(place.session, alice)
    assert [path for path, _body in sent(hall)] == ["channels.kick"] + ["groups.kick"] * (not stays)


@pytest.mark.parametrize(("number", "stay"), [(3, False), (2, True)])
def test_the_last_ones_stay_together(
    hall: ScriptedServer, scene: MakeScene, person: Person, number: int, stay: bool
) -> None:
    hall.route("/api/v1/rooms.adminRooms.getRoom", {"usersCount": number, **OK})
    people = [person(rooms=(DIARY,)), User("bobId", "bob", active=False, federated=False, rooms=(DIARY,))]
    step = Memberships(remove=True)
    seen = step.inspect(scene(), people)
    assert [step.plan(one, seen[one.user_id]).changed for one in people] == [not stay] * 2


def test_where_a_successor_comes_the_last_one_goes(hall: ScriptedServer, scene: MakeScene, person: Person) -> None:
    hall.route("/api/v1/rooms.adminRooms.getRoom", {"usersCount": 1, **OK})
    step = Memberships(remove=True, handed=lambda user_id: ["diaryId"] if user_id == "aliceId" else [])
    assert planned(step, scene(), person(rooms=(DIARY,))).effects == {"memberships_ended": ["diary"]}


def test_who_is_in_the_main_room_and_not_in_the_team_is_taken_out_of_it(
    hall: ScriptedServer, scene: MakeScene, person: Person
) -> None:
    hall.route("/api/v1/teams.removeMember", refused("member-does-not-exist"), method="POST")
    alice, place, step = person(rooms=(SQUAD,)), scene(), Memberships(remove=True)
    planned(step, place, alice)
    assert step.act(place.session, alice).attempts == 2
    assert [path for path, _body in sent(hall)] == ["teams.removeMember", "groups.kick"]


def test_teams_that_are_not_shown_are_left_like_rooms(hall: ScriptedServer, scene: MakeScene, person: Person) -> None:
    hall.route("/api/v1/teams.listAll", FORBIDDEN)
    alice, place, step = person(rooms=(SQUAD,)), scene(), Memberships(remove=True)
    assert list(planned(step, place, alice).looked_at) == ["memberships"]
    step.act(place.session, alice)
    assert [path for path, _body in sent(hall)] == ["groups.kick"]


def test_teams_are_read_by_the_page(hall: ScriptedServer, scene: MakeScene, person: Person) -> None:
    def page(seen: Any) -> Any:
        first = int(seen.query["offset"])
        teams = [{"_id": f"team{number}", "roomId": f"room{number}"} for number in range(first, min(first + 100, 101))]
        return {"teams": [*teams, "nonsense"] if first else teams, "total": 101, "success": True}

    hall.route("/api/v1/teams.listAll", page)
    last = Membership("room100", "last", private=False, owner=False)
    alice, place, step = person(rooms=(last,)), scene(), Memberships(remove=True)
    planned(step, place, alice)
    step.act(place.session, alice)
    assert sent(hall) == [("teams.removeMember", {"teamId": "team100", "userId": "aliceId"})]


def test_a_server_that_fails_is_not_taken_for_one_that_hides_teams(
    hall: ScriptedServer, scene: MakeScene, person: Person
) -> None:
    hall.route("/api/v1/teams.listAll", SIGNED_OUT)
    with pytest.raises(Refused):
        Memberships(remove=True).inspect(scene(), [person(rooms=(DESK,))])


def test_an_archived_room_is_left_by_the_method(hall: ScriptedServer, scene: MakeScene, person: Person) -> None:
    hall.route("/api/v1/channels.kick", refused("Archived", "error-room-archived"), method="POST")
    alice, place, step = person(rooms=(DESK,)), scene(), Memberships(remove=True)
    planned(step, place, alice)
    assert step.act(place.session, alice).attempts == 2
    message = json.loads(sent(hall)[1][1]["message"])
    assert (message["method"], message["params"]) == ("removeUserFromRoom", [{"rid": "deskId", "username": "alice"}])


@pytest.mark.parametrize(
    ("room", "path", "answer", "cure"),
    [
        (DESK, "channels.kick", refused("No", "error-you-are-last-owner"), "last owner"),
        (SQUAD, "teams.removeMember", refused("last-owner-can-not-be-removed"), "last owner"),
        (DIARY, "groups.kick", refused("No [error-not-allowed]", "error-not-allowed"), "kick-user-from-any-p-room"),
    ],
)
def test_what_the_server_refuses_is_left_behind_and_no_failure(
    hall: ScriptedServer,
    scene: MakeScene,
    person: Person,
    room: Membership,
    path: str,
    answer: Any,
    cure: str,
) -> None:
    hall.route(f"/api/v1/{path}", answer, method="POST")
    alice, place, step = person(rooms=(room,)), scene(), Memberships(remove=True)
    planned(step, place, alice)
    done = step.act(place.session, alice)
    (thing,) = done.left_behind
    assert (done.changed, thing.kind, thing.name) == (False, "membership", room.name)
    assert cure in thing.cure


@pytest.mark.parametrize(
    ("answer", "kind"), [("drop the connection without an answer", ConnectionFailed), (SIGNED_OUT, Refused)]
)
def test_what_would_fail_for_everybody_ends_it(
    hall: ScriptedServer, scene: MakeScene, person: Person, answer: Any, kind: type[Exception]
) -> None:
    hall.route("/api/v1/groups.kick", answer, method="POST")
    alice, place, step = person(rooms=(DESK, DIARY)), scene(), Memberships(remove=True)
    planned(step, place, alice)
    with pytest.raises(kind) as caught:
        step.act(place.session, alice)
    error: Any = caught.value
    assert error.details["done"] == ["desk"]


@pytest.mark.parametrize(
    ("room", "permission"),
    [(DESK, "kick-user-from-any-c-room"), (DIARY, "kick-user-from-any-p-room"), (DESK, "remove-user")],
)
def test_without_the_permission_the_room_is_left_alone(
    hall: ScriptedServer, scene: MakeScene, person: Person, room: Membership, permission: str
) -> None:
    plan = planned(Memberships(remove=True), scene(holders={permission: ["admin"]}), person(rooms=(room,)))
    (thing,) = plan.left_behind
    assert (plan.untold, thing.name, thing.permission) == (True, room.name, permission)


def test_what_the_server_judges_with_the_account_is_left_until_then(
    hall: ScriptedServer, scene: MakeScene, person: Person
) -> None:
    """Taken out of it before, the last member would leave a room that nobody can enter any more."""
    own = Membership("ownId", "own", private=False, owner=True)
    hall.route("/api/v1/rooms.adminRooms.getRoom", {"usersCount": 1, "name": "diary", **OK})
    hall.route("/api/v1/channels.members", {"members": [], "total": 2, **OK})
    hall.route("/api/v1/channels.roles", {"roles": [{"u": {"_id": "aliceId"}, "roles": ["owner"]}], **OK})
    plan = planned(Memberships(remove=True, estate=Estate()), scene(), person(rooms=(DESK, DIARY, own)))
    assert plan.effects == {"memberships_ended": ["desk"]}
    # The room that is deleted is no concern; the one that changes hands is.
    assert [thing.name for thing in plan.left_behind] == ["own"]


def test_what_is_kept_is_told(server: ScriptedServer, scene: MakeScene, person: Person) -> None:
    plan = planned(Memberships(remove=False), scene(), person(rooms=(DESK,)))
    assert plan.untold
    assert [(thing.kind, thing.name) for thing in plan.kept] == [("membership", "desk")]
    assert plan.looked_at == ("memberships",)
    assert server.requests == []


@pytest.mark.parametrize("remove", [True, False])
def test_rooms_that_are_not_shown_are_said_to_be_not_looked_at(
    server: ScriptedServer, scene: MakeScene, person: Person, remove: bool
) -> None:
    plan = planned(Memberships(remove=remove), scene(), person(rooms=None))
    assert (plan.untold, plan.looked_at) == (True, ())
    assert [thing.permission for thing in plan.left_behind] == ["view-other-user-channels"]


def test_who_is_in_no_room_costs_nothing(server: ScriptedServer, scene: MakeScene, person: Person) -> None:
    plan = planned(Memberships(remove=True), scene(), person(rooms=()))
    assert (plan.untold, list(plan.looked_at)) == (True, ["memberships"])
    assert server.requests == []


@pytest.mark.parametrize("remove", [False, True])
@pytest.mark.parametrize("told", [True, False])
def test_a_discussion_is_called_by_its_title_where_that_is_shown(
    hall: ScriptedServer, scene: MakeScene, person: Person, remove: bool, told: bool
) -> None:
    """Its name is a random text."""
    talk = Membership("talkId", "Kq3bX9sLw2mTz7aQe", private=True, owner=False)
    path = "/api/v1/rooms.adminRooms.getRoom"
    hidden = (400, {"success": False, "error": "error-not-authorized"})
    hall.route(path, {"usersCount": 2, "name": talk.name, "fname": "Prices", **OK} if told else hidden)
    hall.route("/api/v1/groups.members", {"members": [], "total": 2, **OK})
    step, alice, place = Memberships(remove=remove), person(rooms=(DESK, talk)), scene()
    plan = planned(step, place, alice)
    names = ["desk", "Prices" if told else talk.name]
    assert ([thing.name for thing in plan.kept] or plan.effects["memberships_ended"]) == names
    # Once for its title and for how many are in it, once by what foretells its fate.
    assert len(hall.sent("GET", path)) == 1 + remove
    if remove:
        assert step.act(place.session, alice).facts == {"memberships_ended": names}
        assert sent(hall)[-1] == ("groups.kick", {"roomId": "talkId", "userId": "aliceId"})


def test_what_people_know_by_its_name_costs_nothing(hall: ScriptedServer, scene: MakeScene, person: Person) -> None:
    plan = planned(Memberships(remove=False), scene(), person(rooms=(DESK, DIARY)))
    assert [thing.name for thing in plan.kept] == ["desk", "diary"]
    assert hall.requests == []
