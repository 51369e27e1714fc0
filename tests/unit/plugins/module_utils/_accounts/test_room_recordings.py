# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rooms of recorded servers: what they show of them, and what they say when their only owner is to be deactivated."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted, look_up
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import with_rooms
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.vacancies import Vacancies
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.rooms import Fate
    from ansible_collections.chatops.rocketchat.tests.unit.plugins.module_utils._accounts.conftest import Building, Room

RECORDINGS = Path(__file__).parents[4] / "contract"
OTTO = "7.7/73-users.setActiveStatus-last-owner.json"
XAVER = "7.7/75-two-leavers-share-a-room.json"
ERIN = "8.6/71-setActiveStatus-last-owner.json"
# What the forecast reads of each answer.
READ = {
    "v1/channels.members": ("total",),
    "v1/channels.roles": ("roles",),
    "v1/groups.members": ("total",),
    "v1/groups.roles": ("roles",),
    "v1/groups.counters": ("members",),
    "v1/rooms.adminRooms.getRoom": ("usersCount", "fname", "name"),
}

Build = Callable[..., "Building"]
MakeRoom = Callable[..., "Room"]


def recording(name: str) -> dict[str, Any]:
    """Return one recording; people and rooms are known by name."""
    text = (RECORDINGS / name).read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(re.sub(r"<(?:id:room |rid:|id:)([^>]+)>", r"\1", text))
    return content


def step(name: str, which: str) -> dict[str, Any]:
    """Return one exchange."""
    found: dict[str, Any] = next(entry for entry in recording(name)["exchanges"] if entry["step"] == which)
    return found


def written(state: dict[str, Any]) -> dict[str, Any]:
    """Return the rooms of the server's database, however the recording writes them down; ``None``: deleted."""
    rooms: dict[str, Any] = state.get("rooms") or {
        key[5:]: value for key, value in state.items() if key.startswith("room ")
    }
    return rooms


def owners(entry: dict[str, Any]) -> dict[str, str]:
    """Return the members of a room, ``"owner"`` for who owns it."""
    roles = {who: had["roles"] if isinstance(had, dict) else had for who, had in entry["members"].items()}
    return {who: "owner" if "owner" in had else "" for who, had in roles.items()}


def rooms_before(exchange: dict[str, Any], room: MakeRoom) -> list[Room]:
    """Return the rooms as they were before."""
    made = []
    for name, entry in written(exchange["state_before"]).items():
        members = owners(entry)
        assert len(members) == entry["usersCount"]
        made.append(room(name, private=entry["t"] == "p", **members))
    return made


def refused(name: str, which: str) -> tuple[set[str], set[str]]:
    """Return which rooms the server said it would delete, and which it would hand on."""
    details = step(name, which)["response"]["body"]["details"]
    return set(details["shouldBeRemoved"]), set(details["shouldChangeOwner"])


def foretold(fate: Fate) -> tuple[set[str], set[str]]:
    """Return the same of a forecast."""
    return set(fate.deleted), set(fate.new_owner)


@pytest.mark.parametrize(
    ("recorded", "rooms_of", "version", "inactive", "lesser"),
    [
        ("7.7/71-rooms-seen-by-a-non-member.json", (OTTO, "refused"), (7, 7), {"gus"}, "weak"),
        ("8.6/70-rooms-of-a-person.json", (ERIN, "without-confirm"), (8, 6), set(), "harry"),
    ],
)
def test_the_rooms_of_these_tests_show_themselves_as_recorded(
    build: Build,
    room: MakeRoom,
    connect: Callable[..., Any],
    recorded: str,
    rooms_of: tuple[str, str],
    version: tuple[int, int],
    inactive: set[str],
    lesser: str,
) -> None:
    building = build(*rooms_before(step(*rooms_of), room), version=version, inactive=inactive)
    client = connect(building.server).client
    compared = set()
    for exchange in recording(recorded)["exchanges"]:
        request, answer = exchange["request"], exchange["response"]
        address = urlsplit(request["path"])
        path, query = address.path[len("/api/") :], dict(parse_qsl(address.query))
        if path not in READ or set(query) - {"roomId", "rid"}:
            continue
        building.counts = request["as"] != lesser or "with-view-room-administration" in exchange["step"]
        compared.add((path, answer["status"]))
        try:
            body = client.get(path, query)
        except Refused as error:
            said = answer["body"].get("errorType") or answer["body"]["error"]
            assert (answer["status"], said) == (400, error.code if "errorType" in answer["body"] else error.words)
            continue
        assert answer["status"] == 200, exchange["step"]
        said = {key: answer["body"][key] for key in READ[path]}
        if "roles" in said:
            said["roles"] = [{"u": {"_id": row["u"]["_id"]}, "roles": row["roles"]} for row in said["roles"]]
        assert {key: body[key] for key in READ[path]} == said, exchange["step"]
    assert compared >= {
        ("v1/channels.members", 200),
        ("v1/channels.roles", 200),
        ("v1/groups.members", 400),
        ("v1/groups.roles", 400),
        ("v1/groups.counters", 200),
        ("v1/rooms.adminRooms.getRoom", 200),
    }


@pytest.mark.parametrize(
    ("name", "which", "leaver", "version", "inactive", "hidden"),
    [
        # 7.7 counts inactive members with the others, so that of private rooms of two little is known.
        (OTTO, "refused", "otto", (7, 7), {"gus"}, {"otto-closed", "otto-ghost-closed", "otto-sleepers"}),
        (XAVER, "owner-refused", "xaver", (7, 7), set(), {"xaver-two", "xaver-three"}),
        (XAVER, "owner-refused-again", "xaver", (7, 7), {"yara"}, {"xaver-two", "xaver-three"}),
        (ERIN, "without-confirm", "erin", (8, 6), set(), {"erin-group"}),
    ],
)
def test_what_is_foretold_is_what_the_server_refused_for(
    build: Build,
    room: MakeRoom,
    name: str,
    which: str,
    leaver: str,
    version: tuple[int, int],
    inactive: set[str],
    hidden: set[str],
) -> None:
    rooms = rooms_before(step(name, which), room)
    building = build(*rooms, version=version, inactive=inactive)
    deleted, passed = refused(name, which)
    assert deleted | passed
    # From outside, as the recorded administrator: nothing false, and what is hidden is said to be.
    fate = building.read(leaver).fate(leaver, [])
    assert {entry for entry, _why in fate.open} == hidden
    assert foretold(fate) == (deleted - hidden, passed - hidden)
    # By a caller who is in the rooms: the whole truth.
    building.inside = {entry.name for entry in rooms}
    fate = building.read(leaver).fate(leaver, [])
    assert fate.known
    assert foretold(fate) == (deleted, passed)


@pytest.mark.parametrize(("gone", "which"), [([], "owner-refused"), (["yara"], "owner-refused-again")])
def test_of_two_leavers_who_share_rooms_the_second_inherits_only_while_active(
    build: Build, room: MakeRoom, gone: list[str], which: str
) -> None:
    """Xaver owns three rooms that Yara is in. Who is on the list besides tells more than the server's counters do."""
    rooms = rooms_before(step(XAVER, "owner-refused"), room)
    building = build(*rooms, version=(7, 7))
    deleted, passed = refused(XAVER, which)
    fate = building.read("yara", "xaver").fate("xaver", gone)
    assert [entry for entry, _why in fate.open] == ["xaver-three"]
    assert foretold(fate) == (deleted, passed - {"xaver-three"})
    building.inside = {entry.name for entry in rooms}
    assert foretold(building.read("yara", "xaver").fate("xaver", gone)) == (deleted, passed)


def test_the_rules_of_these_tests_are_those_of_the_recorded_servers(build: Build, room: MakeRoom) -> None:
    """What every other forecast is held against, held against what happened."""
    for name, which, leaver, inactive in (
        (OTTO, "refused", "otto", {"gus"}),
        (XAVER, "owner-refused", "xaver", set()),
        (XAVER, "owner-refused-again", "xaver", {"yara"}),
        (ERIN, "without-confirm", "erin", set()),
    ):
        building = build(*rooms_before(step(name, which), room), inactive=inactive)
        assert building.outcome(leaver) == refused(name, which), name
    building = build(*rooms_before(step(XAVER, "owner-refused"), room))
    assert building.outcome("xaver", "yara") == refused(XAVER, "owner-refused-again")


def became(exchange: dict[str, Any], inactive: set[str]) -> dict[str, str]:
    """Return what became of each room: what the database said of its owners before a deactivation, and after."""
    before, after = written(exchange["state_before"]), written(exchange["state_after"])
    found = {}
    for name, entry in before.items():
        if after[name] is None:
            found[name] = "deleted"
            continue
        had, have = owners(entry), owners(after[name])
        usable = {who for who, role in have.items() if role and who not in inactive}
        found[name] = "new owner" if usable and have != had else "owned" if usable else "ownerless"
    return found


@pytest.mark.parametrize(
    ("name", "which", "leaver", "version", "inactive"),
    [
        (OTTO, "confirmed", "otto", (7, 7), {"gus"}),
        (XAVER, "owner-confirmed", "xaver", (7, 7), {"yara"}),
        (ERIN, "confirm-true", "erin", (8, 6), set()),
    ],
)
def test_what_is_foretold_of_every_room_is_what_became_of_it(
    build: Build,
    room: MakeRoom,
    name: str,
    which: str,
    leaver: str,
    version: tuple[int, int],
    inactive: set[str],
) -> None:
    """Those that the server's refusal does not name are judged as well; a successor gets each that loses its owner."""
    exchange = step(name, which)
    outcome = became(exchange, {*inactive, leaver})
    rooms = rooms_before(exchange, room)
    building = build(*rooms, version=version, inactive=inactive, inside={entry.name for entry in rooms})
    fate = building.read(leaver).fate(leaver, [])
    said = {
        **dict.fromkeys(outcome, "owned"),
        **dict.fromkeys(fate.deleted, "deleted"),
        **dict.fromkeys(fate.new_owner, "new owner"),
        **dict.fromkeys(fate.ownerless, "ownerless"),
    }
    assert (fate.known, fate.masked) == (True, ())
    assert said == outcome
    client = building.connect(building.server).client
    shown = look_up(client, Wanted("user_id", leaver), with_rooms(version)).rooms
    vacant = Vacancies(client, version, {leaver: shown or ()}).of(leaver)
    assert {one.title for one in vacant} == {name for name, end in outcome.items() if end != "owned"}
    assert all(one.certain for one in vacant)
