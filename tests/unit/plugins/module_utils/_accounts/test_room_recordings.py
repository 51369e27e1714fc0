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


def rooms_before(exchange: dict[str, Any], room: MakeRoom) -> list[Room]:
    """Return the rooms as they were in the server's database, however the recording writes them down."""
    state = exchange["state_before"]
    written = state.get("rooms") or {key[5:]: value for key, value in state.items() if key.startswith("room ")}
    made = []
    for name, entry in written.items():
        members = {
            who: "owner" if "owner" in (had["roles"] if isinstance(had, dict) else had) else ""
            for who, had in entry["members"].items()
        }
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
