# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a leaver's rooms: foretold where the caller sees enough of them, and said to be open where not."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.rooms import Fate
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    ConnectionFailed,
    Refused,
    UnexpectedAnswer,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.stop import Stopped

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.plugins.module_utils._accounts.conftest import Building, Room

Build = Callable[..., "Building"]
MakeRoom = Callable[..., "Room"]
COUNT = "/api/v1/rooms.adminRooms.getRoom"
SIGNED_OUT = (401, {"status": "error", "message": "You must be logged in to do this."})
TOO_MANY = (429, {"success": False, "error": "You must wait 42 seconds. [error-too-many-requests]"})


def every_room(private: bool, room: MakeRoom) -> list[Room]:
    """Return a room for each way in which anna, who leaves, can share one with others.

    Bert leaves too, Carla stays, Dora is inactive; each owns the room, is in it or is not.
    """
    made = []
    for anna, bert, carla, dora in itertools.product(("", "owner"), *[(None, "", "owner")] * 3):
        given = {"anna": anna, "bert": bert, "carla": carla, "dora": dora}
        people = {who: role for who, role in given.items() if role is not None}
        name = "-".join([f"{who}.{role}" for who, role in people.items()])
        made.append(room(f"{'p' if private else 'c'}-{name}", private=private, **people))
    return made


def reasons(fate: Fate) -> dict[str, str]:
    """Return why it is not known what becomes of rooms."""
    return dict(fate.open)


class TestAgainstTheRules:
    """Every room that four people can share, as each caller sees it, against what the server does with it."""

    @pytest.fixture
    def building(self, build: Build, room: MakeRoom) -> Building:
        """Return all of these rooms."""
        building = build(*every_room(True, room), *every_room(False, room), inactive={"dora"})
        assert len(building.rooms) == 108
        return building

    @pytest.mark.parametrize("version", [(6, 5), (7, 7), (8, 6)])
    @pytest.mark.parametrize("gone", [[], ["bert"]])
    def test_what_a_caller_foretells_who_is_in_the_rooms_is_what_happens(
        self, building: Building, version: tuple[int, int], gone: list[str]
    ) -> None:
        building.version = version
        building.inside = {room.name for room in building.rooms}
        fate = building.read("anna", "bert").fate("anna", gone)
        assert (set(fate.deleted), set(fate.new_owner)) == building.outcome("anna", *gone)
        assert fate.known

    @pytest.mark.parametrize(("version", "counts"), [((7, 7), True), ((8, 6), True), ((8, 6), False)])
    @pytest.mark.parametrize("gone", [[], ["bert"]])
    def test_a_caller_from_outside_foretells_what_can_be_and_no_more(
        self, building: Building, version: tuple[int, int], counts: bool, gone: list[str]
    ) -> None:
        """What is said happens, and what is left open could be one thing or another in rooms that look alike."""
        building.version, building.counts = version, counts
        fate = building.read("anna", "bert").fate("anna", gone)
        deleted, passed = building.outcome("anna", *gone)
        left_open = set(reasons(fate))
        assert set(fate.deleted) == deleted - left_open
        assert set(fate.new_owner) == passed - left_open
        look_alike: dict[Any, list[str]] = {}
        for room in building.rooms:
            number = (len(room.members), building._active(room) if version >= (7, 8) else None) if counts else None
            seen = number if room.private else room.members
            leavers = [room.members.get(who) for who in ("anna", "bert")]
            look_alike.setdefault(repr((room.private, leavers, seen)), []).append(room.name)
        assert len(look_alike) < 108
        for alike in look_alike.values():
            ends = {(name in deleted, name in passed) for name in alike}
            assert {name in left_open for name in alike} == {len(ends) > 1}, alike

    def test_what_depends_on_who_goes_first_is_left_open(self, building: Building) -> None:
        building.inside = {room.name for room in building.rooms}
        fate = building.read("anna", "bert").fate("anna", [], ["bert"])
        both = [building.outcome("anna"), building.outcome("anna", "bert")]
        assert set(fate.deleted) == both[0][0] & both[1][0]
        assert set(fate.new_owner) == both[0][1] & both[1][1]
        assert set(reasons(fate)) == (both[0][0] ^ both[1][0]) | (both[0][1] ^ both[1][1])
        assert set(reasons(fate).values()) == {"it depends on who of its members is deactivated first"}


def test_who_does_not_see_the_rooms_of_others_is_not_told_that_there_are_none(build: Build, room: MakeRoom) -> None:
    fate = build(room("diary", anna="owner"), sees_rooms=False).read("anna").fate("anna", [])
    assert fate.unseen
    assert not fate.known
    assert (fate.listed(fate.deleted), fate.listed(fate.new_owner)) == (None, None)


def test_who_has_no_rooms_loses_none(build: Build) -> None:
    fate = build().read("anna").fate("anna", [])
    assert fate.known
    assert (fate.listed(fate.deleted), fate.listed(fate.new_owner)) == ([], [])


@pytest.mark.parametrize(
    ("members", "more", "why"),
    [
        ({"anna": "owner", "carla": ""}, {"counts": False}, "lacks the permission view-room-administration"),
        ({"anna": ""}, {"counts": False}, "lacks the permission view-room-administration"),
        ({"anna": "owner", "carla": ""}, {"version": (7, 7)}, "who of them is active, is not shown"),
        ({"anna": "owner", "carla": ""}, {}, "it gets another owner, unless somebody else owns it too"),
        ({"anna": "owner", "dora": ""}, {}, "it is deleted, unless one of its inactive members owns it too"),
    ],
)
def test_the_reason_is_told_why_something_is_open(
    build: Build, room: MakeRoom, members: dict[str, str], more: dict[str, Any], why: str
) -> None:
    fate = build(room("diary", **members), inactive={"dora"}, **more).read("anna").fate("anna", [])
    assert why in reasons(fate)["diary"]
    assert fate.listed(fate.deleted) is None


def test_what_is_known_is_listed_beside_what_is_not(build: Build, room: MakeRoom) -> None:
    building = build(room("diary", anna="owner"), room("desk", anna="owner", carla=""))
    fate = building.read("anna").fate("anna", [])
    assert fate.listed(fate.deleted) == ["diary"]
    assert fate.listed(fate.new_owner) is None
    assert list(reasons(fate)) == ["desk"]


def test_direct_messages_are_no_rooms_that_anybody_owns(build: Build) -> None:
    building = build()
    rooms = [
        {"rid": "d1", "name": "bert", "t": "d"},
        {"rid": "l1", "name": "visitor", "t": "l", "roles": ["owner"]},
        {"rid": "v1", "t": "v"},
        "nonsense",
        {"name": "no id", "t": "p", "roles": ["owner"]},
    ]
    building.server.route("/api/v1/users.info", {"user": {"_id": "anna", "rooms": rooms}, "success": True})
    assert building.read("anna").fate("anna", []) == Fate()
    assert len(building.server.requests) == 1


def test_a_room_without_a_name_is_called_by_its_id(build: Build, room: MakeRoom) -> None:
    building = build(room("r1", private=False, anna="owner", carla=""))
    rooms = [{"rid": "r1", "t": "c", "roles": ["owner"]}]
    building.server.route("/api/v1/users.info", {"user": {"_id": "anna", "rooms": rooms}, "success": True})
    assert building.read("anna").fate("anna", []).new_owner == ("r1",)


def test_a_discussion_is_called_by_its_title(build: Build, room: MakeRoom) -> None:
    """The server itself names it so when it refuses (recorded on 8.6); a list of rooms gives its random name."""
    building = build(
        room("Kq3bX9sLw2mTzR5vN", anna="owner", title="Where to eat"),
        room("Zq3bX9sLw2mTzR5vN", private=False, anna="owner", carla="", title="Where to sit"),
    )
    fate = building.read("anna").fate("anna", [])
    assert (fate.deleted, fate.new_owner) == (("Where to eat",), ("Where to sit",))
    building.counts = False
    assert building.read("anna").fate("anna", []).new_owner == ("Zq3bX9sLw2mTzR5vN",)


@pytest.mark.parametrize(
    ("version", "members", "open_", "new_owner"),
    [
        ((8, 6), {"anna": "owner", "carla": ""}, set(), {"old"}),
        ((8, 6), {"anna": "owner", "carla": "owner"}, set(), set()),
        # An inactive member may own it or not: the list of members shows neither.
        ((8, 6), {"anna": "owner", "carla": "", "dora": ""}, {"old"}, set()),
        # Old servers show the owners of an archived room to nobody.
        ((6, 5), {"anna": "owner", "carla": ""}, {"old"}, set()),
    ],
)
def test_of_an_archived_channel_the_list_by_role_shows_the_active_owners(
    build: Build,
    room: MakeRoom,
    version: tuple[int, int],
    members: dict[str, str],
    open_: set[str],
    new_owner: set[str],
) -> None:
    building = build(
        room("old", private=False, archived=True, **members),
        room("older", private=False, archived=True, anna="owner"),
        version=version,
        inactive={"dora"},
    )
    fate = building.read("anna").fate("anna", [])
    assert (set(reasons(fate)), set(fate.new_owner), fate.deleted) == (open_, new_owner, ())
    assert set(reasons(fate).values()) <= {
        "it gets another owner, unless somebody else owns it too, which is not shown to the calling account"
    }


@pytest.mark.parametrize(
    ("members", "ownerless"),
    [
        ({"anna": "owner"}, ["desk"]),
        ({"anna": "owner", "dora": "owner", "carla": ""}, ["desk"]),
        ({"anna": "owner", "bert": "owner", "carla": ""}, ["desk"]),
        ({"anna": "owner", "carla": "owner"}, []),
        ({"anna": "owner", "carla": ""}, []),
        ({"anna": ""}, []),
    ],
)
def test_what_nobody_active_owns_then_is_told_although_the_server_says_nothing(
    build: Build, room: MakeRoom, members: dict[str, str], ownerless: list[str]
) -> None:
    """Also what those who leave together own together."""
    building = build(room("desk", private=False, **members), inactive={"dora"})
    fate = building.read("anna", "bert").fate("anna", [])
    assert list(fate.ownerless) == ownerless
    assert fate.touched == frozenset(fate.new_owner)


@pytest.mark.parametrize("inside", [set(), {"diary"}])
def test_who_else_owns_it_is_told_as_not_shown_where_those_who_leave_own_it_together(
    build: Build, room: MakeRoom, inside: set[str]
) -> None:
    """The server deactivates both without a word."""
    building = build(room("diary", anna="owner", bert="owner", carla=""), inside=inside)
    fate = building.read("anna", "bert").fate("anna", [])
    assert (fate.ownerless, fate.masked) == ((("diary",), ()) if inside else ((), ("diary",)))
    assert (fate.deleted, fate.new_owner, fate.known) == ((), (), True)


@pytest.mark.parametrize("inactive", [set(), {"dora"}])
def test_a_discussion_that_is_open_to_see_is_not_taken_for_one_that_somebody_is_in(
    build: Build, room: MakeRoom, inactive: set[str]
) -> None:
    """Who sees the parent sees the members of a private discussion, without being in it."""
    alone, shared = room("alone", anna=""), room("shared", anna="", dora="")
    building = build(alone, shared, inside={"alone", "shared"}, inactive=inactive)
    fate = building.read("anna").fate("anna", [])
    assert fate.deleted == ("alone",)
    assert fate.known
    # Without the permission to count, one active member may stand beside inactive ones.
    building.counts = False
    fate = building.read("anna").fate("anna", [])
    assert set(reasons(fate)) == ({"alone", "shared"} if inactive else {"alone"})


@pytest.mark.parametrize("answer", [{"total": None}, {}, {"total": "3"}])
def test_a_number_that_is_none_is_not_known(build: Build, room: MakeRoom, answer: dict[str, Any]) -> None:
    building = build(room("desk", private=False, anna="owner", carla=""), counts=False)
    building.server.route("/api/v1/channels.members", {**answer, "success": True})
    assert set(reasons(building.read("anna").fate("anna", []))) == {"desk"}


@pytest.mark.parametrize("answer", [{"usersCount": None}, {}, (404, "Not Found")])
def test_a_room_that_is_not_described_is_not_known(build: Build, room: MakeRoom, answer: Any) -> None:
    building = build(room("diary", anna="owner"))
    building.server.route(COUNT, {**answer, "success": True} if isinstance(answer, dict) else answer)
    assert set(reasons(building.read("anna").fate("anna", []))) == {"diary"}


@pytest.mark.parametrize(
    "rows",
    [
        None,
        [],
        ["nonsense"],
        [{"u": None, "roles": ["owner"]}, {"u": {"_id": "x"}}],
        [{"u": {}, "roles": ["owner"]}, {"u": {"_id": "x"}, "roles": "owner"}],
    ],
)
def test_rows_without_an_owner_in_them_name_none(build: Build, room: MakeRoom, rows: Any) -> None:
    building = build(room("desk", private=False, anna="owner", carla=""))
    building.server.route("/api/v1/channels.roles", {"roles": rows, "success": True})
    assert building.read("anna").fate("anna", []).new_owner == ("desk",)


def asked(building: Building) -> list[str]:
    """Return which endpoints were asked, without the look-ups of people."""
    paths = [seen.path.rpartition("/")[2] for seen in building.server.requests]
    return sorted(path for path in paths if path != "users.info")


@pytest.mark.parametrize(
    ("private", "members", "asks"),
    [
        (False, {"anna": ""}, []),
        (False, {"anna": "owner"}, ["channels.members", "channels.roles"]),
        (True, {"anna": "", "bert": ""}, []),
        (True, {"anna": "owner", "bert": "owner"}, ["groups.roles"]),
        (True, {"anna": ""}, ["rooms.adminRooms.getRoom"]),
        (True, {"anna": "owner"}, ["groups.members", "rooms.adminRooms.getRoom"]),
        (True, {"anna": "owner", "x": ""}, ["groups.counters", "groups.members", "rooms.adminRooms.getRoom"]),
    ],
)
def test_no_more_is_asked_than_tells_something(
    build: Build, room: MakeRoom, private: bool, members: dict[str, str], asks: list[str]
) -> None:
    building = build(room("desk", private=private, **members))
    building.read("anna", "bert").fate("anna", [])
    assert asked(building) == asks
    assert {seen.method for seen in building.server.requests} == {"GET"}


def test_each_room_is_read_once_however_many_leave(build: Build, room: MakeRoom) -> None:
    leavers = [f"user{number}" for number in range(6)]
    building = build(room("desk", private=False, boss="owner", **dict.fromkeys(leavers, "")))
    rooms = building.read("boss", *leavers, concurrency=4)
    assert [rooms.fate(who, []).new_owner for who in ("boss", *leavers)] == [("desk",), *[()] * 6]
    assert asked(building) == ["channels.members", "channels.roles"]


@pytest.mark.parametrize(
    ("path", "answer", "kind"),
    [
        (COUNT, "drop the connection without an answer", ConnectionFailed),
        (COUNT, (502, "<html>"), UnexpectedAnswer),
        (COUNT, SIGNED_OUT, Refused),
        ("/api/v1/groups.members", SIGNED_OUT, Refused),
        ("/api/v1/groups.members", TOO_MANY, Refused),
    ],
)
def test_a_server_that_fails_meanwhile_is_not_taken_for_one_that_hides(
    build: Build, room: MakeRoom, path: str, answer: Any, kind: type[Exception]
) -> None:
    building = build(room("diary", anna="owner", carla=""))
    building.server.route(path, answer)
    with pytest.raises(kind):
        building.read("anna", budget=0)


@pytest.mark.usefixtures("listening")
def test_a_forecast_that_is_asked_to_end_does_not_say_that_nothing_would_be_lost(
    build: Build, room: MakeRoom, terminating: Any
) -> None:
    building = build(room("diary", anna="owner", carla=""), room("desk", anna="owner", carla=""))
    building.server.route(
        "/api/v1/groups.members", lambda seen: {**terminating(seen), "members": [], "total": 2, "success": True}
    )
    with pytest.raises(Stopped):
        building.read("anna")
    assert len(building.server.sent("GET", "/api/v1/groups.members")) == 1
