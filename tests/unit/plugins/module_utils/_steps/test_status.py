# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Activating and deactivating: nothing twice, and no room lost that nobody accepted to lose."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.rooms import Fate
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import Membership, User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.status import Foreseen, Status
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Plan, Scene

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer, Seen

Person = Callable[..., User]
MakeScene = Callable[..., Scene]
ALICE, BOB = "aliceId", "bobId"
OWNER = {
    "success": False,
    "error": "Last owner [user-last-owner]",
    "errorType": "user-last-owner",
    "details": {"shouldBeRemoved": ["diary"], "shouldChangeOwner": ["team"]},
}
SECOND = (400, {"success": False, "error": "No [error-x]", "errorType": "error-x"})


@pytest.mark.parametrize(
    ("is_active", "wanted", "changed", "evidence"),
    [
        (True, False, True, "none"),
        (False, False, False, "inactive"),
        (False, True, True, "none"),
        (True, True, False, "active"),
        # Whose state is hidden is written to.
        (None, False, True, "none"),
        (None, True, True, "none"),
    ],
)
def test_nothing_is_done_twice(
    person: Person, is_active: bool | None, wanted: bool, changed: bool, evidence: str
) -> None:
    plan = Status(active=wanted).plan(person(active=is_active), None)
    assert (plan.changed, plan.evidence) == (changed, evidence)
    assert plan.facts == {"active_before": is_active}
    assert plan.reason == ("" if changed else f"it was {evidence} already")


def test_what_was_foreseen_of_one_account_goes_into_its_plan(person: Person) -> None:
    rooms, objection = {"rooms_deleted": ["diary"], "rooms_with_new_owner": []}, TargetError("user-last-owner", "No.")
    fate = Fate(ownerless=("desk",), masked=("den",), open=(("attic", "it is hidden"),))
    plan = Status(active=False).plan(person(), Foreseen(rooms, objection, fate, looked=True))
    assert (plan.effects, plan.objection, list(plan.looked_at)) == (rooms, objection, ["rooms"])
    assert [(thing.kind, thing.name) for thing in plan.left_behind] == [
        ("room", "desk"),
        ("room", "den"),
        ("room", "attic"),
    ]
    assert "it is hidden" in plan.left_behind[2].cure


@pytest.mark.parametrize(
    ("active", "foresee", "rooms"), [(False, True, True), (False, False, False), (True, True, False)]
)
def test_rooms_are_looked_at_only_where_they_can_be_lost(
    person: Person, active: bool, foresee: bool, rooms: bool
) -> None:
    step = Status(active=active, foresee=foresee)
    assert step.rooms is rooms
    scene: Any = None
    assert step.inspect(scene, [person(active=False)]) == {}
    assert rooms or step.inspect(scene, [person()]) == {}


@pytest.mark.parametrize("active", [True, False])
def test_it_is_asked_for_without_confirming(server: ScriptedServer, session: Any, person: Person, active: bool) -> None:
    server.script({"success": True})
    done = Status(active=active, confirm_relinquish=True).act(session, person())
    assert (done.attempts, done.facts) == (1, {"rooms_deleted": [], "rooms_with_new_owner": []})
    assert [seen.json for seen in server.requests] == [
        {"userId": "aliceId", "activeStatus": active, "confirmRelinquish": False}
    ]


def test_rooms_that_would_be_lost_are_refused_with_their_names(
    server: ScriptedServer, session: Any, person: Person
) -> None:
    server.script((400, OWNER))
    with pytest.raises(TargetError) as caught:
        Status(active=False).act(session, person())
    assert (caught.value.code, caught.value.attempts) == ("user-last-owner", 1)
    assert caught.value.details["rooms_deleted"] == ["diary"]
    assert "deleted with all their messages: diary" in caught.value.message
    assert "another owner: team" in caught.value.message
    assert len(server.requests) == 1


def test_where_that_is_accepted_the_second_request_confirms_and_the_rooms_are_told(
    server: ScriptedServer, session: Any, person: Person
) -> None:
    server.script((400, OWNER), {"success": True})
    step = Status(active=False, confirm_relinquish=True)
    done = step.act(session, person())
    assert [seen.json["confirmRelinquish"] for seen in server.requests] == [False, True]
    assert (done.attempts, done.facts) == (2, {"rooms_deleted": ["diary"], "rooms_with_new_owner": ["team"]})
    assert step.told(done.facts) == "deactivated; rooms deleted: diary; rooms with a new owner: team"


def test_a_confirmation_that_fails_keeps_what_was_at_stake(
    server: ScriptedServer, session: Any, person: Person
) -> None:
    server.script((400, OWNER), SECOND)
    with pytest.raises(RocketChatError) as caught:
        Status(active=False, confirm_relinquish=True).act(session, person())
    assert (caught.value.code, caught.value.attempts) == ("error-x", 2)
    assert caught.value.details["rooms_with_new_owner"] == ["team"]


def test_any_other_refusal_is_the_servers(server: ScriptedServer, session: Any, person: Person) -> None:
    server.script(SECOND)
    with pytest.raises(RocketChatError) as caught:
        Status(active=False, confirm_relinquish=True).act(session, person())
    assert caught.value.code == "error-x"
    assert len(server.requests) == 1


@pytest.mark.parametrize("wanted", [True, False])
def test_an_account_in_the_other_state_contradicts(person: Person, wanted: bool) -> None:
    step = Status(active=wanted)
    assert step.contradicts(person(active=wanted)) == ""
    assert step.contradicts(person(active=None)) == ""
    state = "inactive" if wanted else "active"
    assert step.contradicts(person(active=not wanted)).endswith(f"and yet the account is {state}")


def workspace(
    server: ScriptedServer,
    *,
    owners: tuple[str, ...] = (ALICE,),
    team: tuple[str, ...] | None = None,
    members: int = 1,
    private: bool = False,
) -> Membership:
    """Give the server a room that alice owns, and return it as hers.

    ``owners``: everybody who owns it, ``old`` is inactive; ``team``: the active owners of the team whose main room it
    is; ``members``: how many active ones it has.
    """

    def user(seen: Seen) -> Any:
        who = seen.query["userId"]
        return {"user": {"_id": who, "username": who, "active": who != "old"}, "success": True}

    rows: list[Any] = [{"u": {"_id": who}, "roles": ["owner"]} for who in owners]
    kind = "groups" if private else "channels"
    server.route("/api/v1/users.info", user)
    server.route(f"/api/v1/{kind}.roles", {"roles": rows, "success": True})
    server.route(f"/api/v1/{kind}.members", {"members": [], "total": members, "success": True})
    teams = [] if team is None else [{"_id": "teamId", "name": "squad", "roomId": "deskId"}]
    server.route("/api/v1/teams.listAll", {"teams": teams, "total": len(teams), "success": True})
    in_team: list[Any] = [{"user": {"_id": who}, "roles": ["owner"]} for who in team or ()]
    server.route("/api/v1/teams.members", {"members": in_team, "total": len(in_team), "success": True})
    return Membership("deskId", "desk", private=private, owner=ALICE in owners)


def looked(step: Status, scene: Scene, *users: User) -> Plan:
    """Return the plan of the step for the first of these, from what it sees of all."""
    return step.plan(users[0], step.inspect(scene, users).get(users[0].user_id))


class TestForGood:
    """Whoever leaves for good leaves no room and no team without an owner, although the server would not mind."""

    @pytest.mark.parametrize(
        ("owners", "members", "lost"),
        [
            ((ALICE,), 1, True),
            # The server counts the inactive one as an owner, and says nothing.
            ((ALICE, "old"), 2, True),
            ((ALICE, BOB), 2, False),
        ],
    )
    def test_a_room_that_nobody_active_would_own_is_refused_without_a_successor(
        self,
        server: ScriptedServer,
        scene: MakeScene,
        person: Person,
        owners: tuple[str, ...],
        members: int,
        lost: bool,
    ) -> None:
        alice = person(rooms=(workspace(server, owners=owners, members=members),), roles=("user",))
        plan = looked(Status(active=False, foresee=True, for_good=True), scene(), alice)
        assert (plan.objection is not None) is lost
        assert [(thing.kind, thing.name) for thing in plan.left_behind] == [("room", "desk")] * lost
        assert plan.effects == {"rooms_deleted": [], "rooms_with_new_owner": []}
        if plan.objection:
            assert plan.objection.code == "user-last-owner"
            assert plan.objection.details["rooms_without_owner"] == ["desk"]
            assert "these would stay without an owner who is active: desk" in plan.objection.message
            assert "Name a successor" in plan.objection.message

    def test_who_may_come_back_keeps_such_a_room(
        self, server: ScriptedServer, scene: MakeScene, person: Person
    ) -> None:
        """A plain deactivation refuses what the server refuses, and tells the rest; teams are not asked for."""
        alice = person(rooms=(workspace(server, team=(ALICE,)),), roles=("user",))
        plan = looked(Status(active=False, foresee=True), scene(), alice)
        assert (plan.objection, [thing.name for thing in plan.left_behind]) == (None, ["desk"])
        assert server.sent("GET", "/api/v1/teams.listAll") == []

    @pytest.mark.parametrize(
        "given", [{"confirm_relinquish": True, "for_good": True}, {"handed_over": True, "for_good": True}]
    )
    def test_that_is_accepted_where_the_task_says_so_or_somebody_takes_over(
        self, server: ScriptedServer, scene: MakeScene, person: Person, given: dict[str, bool]
    ) -> None:
        alice = person(rooms=(workspace(server),), roles=("user",))
        plan = looked(Status(active=False, foresee=True, **given), scene(), alice)
        assert plan.objection is None
        handed = "handed_over" in given
        # What is handed over is read by who hands it over.
        assert (server.sent("GET", "/api/v1/channels.roles") == []) is handed
        assert [thing.name for thing in plan.left_behind] == ([] if handed else ["desk"])

    @pytest.mark.parametrize(("team", "orphaned"), [((ALICE,), True), ((ALICE, BOB), False)])
    def test_a_team_that_nobody_active_would_own_is_refused_though_its_main_room_has_an_owner(
        self, server: ScriptedServer, scene: MakeScene, person: Person, team: tuple[str, ...], orphaned: bool
    ) -> None:
        alice = person(rooms=(workspace(server, owners=(ALICE, BOB), team=team, members=2),), roles=("user",))
        plan = looked(Status(active=False, foresee=True, for_good=True), scene(), alice)
        assert list(plan.looked_at) == ["rooms", "teams"]
        assert (plan.objection is not None) is orphaned
        assert [(thing.kind, thing.name) for thing in plan.left_behind] == [("team", "squad")] * orphaned
        if plan.objection:
            assert plan.objection.details["teams_without_owner"] == ["squad"]
            assert "these teams would stay without an owner who is active: squad" in plan.objection.message

    @pytest.mark.parametrize(("version", "stays"), [((7, 12), True), ((7, 13), False)])
    def test_a_team_that_is_deleted_with_its_main_room_stays_without_owner_nowhere(
        self, server: ScriptedServer, scene: MakeScene, person: Person, version: tuple[int, int], stays: bool
    ) -> None:
        alice = person(rooms=(workspace(server, team=(ALICE,), private=True),), roles=("user",))
        step = Status(active=False, foresee=True, for_good=True, confirm_relinquish=True)
        plan = looked(step, scene(version=version), alice)
        assert plan.effects["rooms_deleted"] == ["desk"]
        assert [(thing.kind, thing.name) for thing in plan.left_behind] == [("team", "squad")] * stays

    def test_teams_that_the_caller_may_not_see_are_said_to_be_not_looked_at(
        self, server: ScriptedServer, scene: MakeScene, person: Person
    ) -> None:
        alice = person(rooms=(workspace(server, owners=(ALICE, BOB)),), roles=("user",))
        plan = looked(
            Status(active=False, foresee=True, for_good=True), scene(holders={"view-all-teams": ["admin"]}), alice
        )
        assert (list(plan.looked_at), plan.objection) == (["rooms"], None)
        assert [(thing.kind, thing.permission) for thing in plan.left_behind] == [("teams", "view-all-teams")]
        assert server.sent("GET", "/api/v1/teams.listAll") == []

    def test_rooms_that_are_not_shown_are_said_to_be_not_looked_at(self, scene: MakeScene, person: Person) -> None:
        told: list[str] = []
        place = Scene(scene().session, 1, told.append)
        plan = looked(Status(active=False, foresee=True, for_good=True), place, person(rooms=None, roles=("user",)))
        assert plan.looked_at == []
        assert [(thing.kind, thing.permission) for thing in plan.left_behind] == [
            ("rooms", "view-other-user-channels"),
            ("teams", "view-other-user-channels"),
        ]
        # An empty list would say that nothing becomes of any.
        assert plan.effects == {"rooms_deleted": None, "rooms_with_new_owner": None}
        assert "alice" in told[0]
        assert "view-other-user-channels" in told[0]

    def test_the_servers_refusal_names_a_successor_as_the_way_out(
        self, server: ScriptedServer, session: Any, person: Person
    ) -> None:
        server.script((400, OWNER))
        with pytest.raises(TargetError, match="Name a successor, give the rooms"):
            Status(active=False, for_good=True).act(session, person())

    def test_who_leaves_together_leaves_a_shared_room_to_nobody(
        self, server: ScriptedServer, scene: MakeScene, person: Person
    ) -> None:
        desk = workspace(server, owners=(ALICE, BOB), members=2)
        alice = person(rooms=(desk,), roles=("user",))
        bob = User(BOB, "bob", active=True, federated=False, full_view=True, roles=("user",), rooms=(desk,))
        seen = Status(active=False, foresee=True, for_good=True).inspect(scene(), [alice, bob])
        refused = [found.objection.details["rooms_without_owner"] for found in seen.values()]
        assert refused == [["desk"], ["desk"]]


def test_the_last_administrator_is_refused_whatever_becomes_of_rooms(
    server: ScriptedServer, scene: MakeScene, person: Person
) -> None:
    rows = [{"_id": ALICE, "username": "alice", "active": True, "roles": ["admin"]}]
    server.route("/api/v1/users.listByStatus", {"users": rows, "total": 1, "success": True})
    alice = person(rooms=(workspace(server),), roles=("admin",))
    step = Status(active=False, foresee=True, for_good=True, confirm_relinquish=True)
    plan = looked(step, scene(), alice)
    assert plan.objection is not None
    assert plan.objection.code == "last-admin"


def test_a_private_room_that_is_hidden_may_have_an_owner(
    server: ScriptedServer, scene: MakeScene, person: Person
) -> None:
    """Nothing is refused that may be in order; what could not be seen is told, and left behind."""
    room = workspace(server, private=True)
    no_room = {"success": False, "error": "No [error-room-not-found]", "errorType": "error-room-not-found"}
    for path in ("groups.roles", "groups.members"):
        server.route(f"/api/v1/{path}", (400, no_room))
    server.route("/api/v1/groups.counters", {"members": 2, "success": True})
    server.route("/api/v1/rooms.adminRooms.getRoom", {"usersCount": 2, "name": "desk", "success": True})
    told: list[str] = []
    place = Scene(scene().session, 1, told.append)
    step = Status(active=False, foresee=True, for_good=True)
    plan = looked(step, place, person(rooms=(room,), roles=("user",)))
    assert plan.objection is None
    assert [(thing.kind, thing.name) for thing in plan.left_behind] == [("room", "desk")]
    assert "What becomes of it is not known" in plan.left_behind[0].cure
    assert "desk" in told[0]
