# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A workspace with rooms: what it shows of them to whom, and what a deactivation does to them, as was recorded."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted, look_up
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.rooms import Rooms
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import with_rooms

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer, Seen

NO_ROOM = (400, {"success": False, "error": "No such room [error-room-not-found]", "errorType": "error-room-not-found"})
ARCHIVED = (400, {"success": False, "error": "Archived [error-room-archived]", "errorType": "error-room-archived"})
NOT_AUTHORIZED = (400, {"success": False, "error": "error-not-authorized"})


@dataclass
class Room:
    """One room; ``members`` in the order in which they came in, each with roles in the room."""

    name: str
    private: bool
    members: dict[str, list[str]]
    archived: bool = False
    title: str = ""


@dataclass
class Building:
    """The rooms of a workspace on a scripted server. People are known by name, and their ids are their names.

    ``inside``: the rooms that the calling account is in. ``sees_rooms``, ``counts``: whether it holds
    ``view-other-user-channels`` and ``view-room-administration``.
    """

    server: ScriptedServer
    connect: Callable[..., Any]
    rooms: list[Room]
    version: tuple[int, int] = (8, 6)
    inactive: set[str] = field(default_factory=set)
    inside: Collection[str] = ()
    sees_rooms: bool = True
    counts: bool = True

    def __post_init__(self) -> None:
        route = self.server.route
        route("/api/v1/users.info", self._user)
        for kind in ("channels", "groups"):
            route(f"/api/v1/{kind}.members", self._members)
            route(f"/api/v1/{kind}.roles", self._roles)
            route(f"/api/v1/{kind}.counters", self._counters)
        route("/api/v1/rooms.adminRooms.getRoom", self._room)
        route("/api/v1/rooms.membersOrderedByRole", self._ordered)

    def read(self, *leaving: str, concurrency: int = 1, **more: Any) -> Rooms:
        """Read the rooms of those who leave, as check mode does."""
        client = self.connect(self.server, **more).client
        show = with_rooms(self.version)
        shown = {who: look_up(client, Wanted("user_id", who), show).rooms for who in leaving}
        return Rooms(client, self.version, shown, concurrency=concurrency)

    def outcome(self, leaver: str, *gone: str) -> tuple[set[str], set[str]]:
        """Return what the server deletes and hands on when somebody is deactivated after others were."""
        rooms = [
            Room(room.name, room.private, {who: [*had] for who, had in room.members.items()}) for room in self.rooms
        ]
        inactive = set(self.inactive)
        for who in (*gone, leaver):
            deleted, passed = set(), set()
            for room in [room for room in rooms if who in room.members]:
                heirs = [other for other in room.members if other != who and other not in inactive]
                owners = [other for other, roles in room.members.items() if "owner" in roles]
                if owners == [who] and heirs:
                    room.members[heirs[0]].append("owner")
                    passed.add(room.name)
                elif room.private and (owners == [who] or len(room.members) == 1):
                    deleted.add(room.name)
            rooms = [room for room in rooms if room.name not in deleted]
            inactive.add(who)
        return deleted, passed

    def _find(self, seen: Seen) -> Room:
        wanted = seen.query.get("roomId") or seen.query["rid"]
        return next(room for room in self.rooms if room.name == wanted)

    def _active(self, room: Room) -> int:
        return len(room.members.keys() - self.inactive)

    def _closed(self, room: Room) -> bool:
        return room.private and room.name not in self.inside

    def _user(self, seen: Seen) -> Any:
        user: dict[str, Any] = {"_id": seen.query["userId"], "username": seen.query["userId"]}
        user["active"] = user["_id"] not in self.inactive
        asked = (
            seen.query.get("includeUserRooms") == "true" if self.version >= (7, 0) else "userRooms" in str(seen.query)
        )
        if asked and self.sees_rooms:
            mine = [room for room in self.rooms if user["_id"] in room.members]
            # Recorded: who has no role in a room has no key of that name.
            user["rooms"] = [
                {"rid": room.name, "name": room.name, "t": "p" if room.private else "c", "unread": 0}
                | ({"roles": roles} if (roles := room.members[user["_id"]]) else {})
                for room in mine
            ]
        return {"user": user, "success": True}

    def _members(self, seen: Seen) -> Any:
        room = self._find(seen)
        return NO_ROOM if self._closed(room) else {"members": [], "total": self._active(room), "success": True}

    def _roles(self, seen: Seen) -> Any:
        room = self._find(seen)
        if self._closed(room):
            return NO_ROOM
        if room.archived:
            return ARCHIVED
        rows = [{"u": {"_id": who}, "roles": roles} for who, roles in room.members.items() if roles]
        return {"roles": rows, "success": True}

    def _ordered(self, seen: Seen) -> Any:
        room = self._find(seen)
        if self._closed(room):
            return 404, {"success": False, "error": "No such room"}
        if self.version < (7, 3):
            return 404, "Not Found"
        rows = [{"_id": who} | ({"roles": had} if had else {}) for who, had in room.members.items()]
        rows = [row for row in rows if row["_id"] not in self.inactive]
        return {"members": sorted(rows, key=lambda row: "roles" not in row), "total": len(rows), "success": True}

    def _counters(self, seen: Seen) -> Any:
        room = self._find(seen)
        if self._closed(room) and not self.counts:
            return {"members": None, "success": True}
        number = self._active(room) if self.version >= (7, 8) else len(room.members)
        return {"members": number, "success": True}

    def _room(self, seen: Seen) -> Any:
        if not self.counts:
            return NOT_AUTHORIZED
        room = self._find(seen)
        return {"name": room.name, "fname": room.title or room.name, "usersCount": len(room.members), "success": True}


@pytest.fixture
def build(server: ScriptedServer, connect: Callable[..., Any]) -> Callable[..., Building]:
    """Return a maker of workspaces with these rooms."""

    def make(*rooms: Room, **more: Any) -> Building:
        return Building(server, connect, list(rooms), **more)

    return make


@pytest.fixture
def room() -> Callable[..., Room]:
    """Return a maker of rooms: members by name, ``"owner"`` for who owns it, ``""`` for who does not."""

    def make(name: str, *, private: bool = True, archived: bool = False, title: str = "", **members: str) -> Room:
        entries = {who: [role] if role else [] for who, role in members.items()}
        return Room(name, private, entries, archived, title)

    return make
