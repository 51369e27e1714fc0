# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rooms of a world: how descriptions come to life, and how tests see rooms and teams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.emulator import codes
from tests.emulator.clock import iso, parse_iso
from tests.emulator.message_worlds import add_message
from tests.emulator.messaging import copy_of
from tests.emulator.rooms import OWNER, Room, Subscription, Team, TeamMember
from tests.emulator.state import State, User

if TYPE_CHECKING:
    from tests.emulator.server import Server

# Long ago, as the accounts; who joined later did so a minute after the one before.
_CREATED = "2024-02-01T09:00:00.000Z"
_BETWEEN = 60.0
# Lists of people by the role that they have in a room, in the order in which they came in unless it is said when.
_PEOPLE = {"owners": OWNER, "leaders": "leader", "moderators": "moderator", "members": None}
_KEYS = frozenset(
    {
        *_PEOPLE, "_id", "name", "fname", "type", "createdAt", "messages", "archived", "readOnly",
        "encrypted", "default", "parent", "team", "teamMain", "teamRoles",
    }
)  # fmt: skip


class RoomError(ValueError):
    """A room that makes no sense, with a sentence that says why."""


def add_rooms(server: Server, entries: list[dict[str, Any]]) -> None:
    """Make rooms from their descriptions; a room that others belong to comes before them."""
    for entry in entries:
        add_room(server, entry)


def add_room(server: Server, entry: dict[str, Any]) -> Room:
    """Make one room from its description."""
    unknown = set(entry) - _KEYS
    if unknown:
        raise RoomError(f"A room has no '{min(unknown)}'.")
    kind, name = entry.get("type", "c"), entry.get("name", "")
    if kind not in ("c", "p", "d") or bool(name) == (kind == "d"):
        raise RoomError("A room has a 'name' and the 'type' c or p, or the 'type' d and no 'name'.")
    created = parse_iso(entry.get("createdAt", _CREATED))
    people = _subscriptions(server.state, entry, created)
    first = next(iter(people), None)
    room = Room(
        id=entry.get("_id") or codes.object_id(),
        type=kind,
        name=name,
        created=created,
        creator={} if first is None or entry.get("default") else copy_of(server.state.by_id[first]),
        title=entry.get("fname", ""),
        archived=bool(entry.get("archived", False)),
        read_only=bool(entry.get("readOnly", False)),
        encrypted=entry.get("encrypted"),
        default=bool(entry.get("default", False)),
        parent=_room_id(server.state, entry["parent"]) if "parent" in entry else None,
        team=_team_id(server.state, entry["team"]) if "team" in entry else None,
        subscriptions=people,
    )
    server.state.rooms.add(room)
    messages = entry.get("messages", 0)
    if isinstance(messages, int):
        # Nobody knows what they say.
        room.message_count = messages
    else:
        for message in messages:
            add_message(server, room, message)
    if entry.get("teamMain"):
        _add_team(server.state, room, entry.get("teamRoles", {}))
    return room


def rename(state: State, name: str, new: str) -> None:
    """Give a room another name, which its webhooks follow."""
    room = state.rooms.named(name)
    if room is None:
        raise RoomError(f"There is no room '{name}'.")
    room.name = new
    for integration in state.integrations.values():
        integration["channel"] = [f"#{new}" if entry == f"#{name}" else entry for entry in integration["channel"]]


def _subscriptions(state: State, entry: dict[str, Any], created: float) -> dict[str, Subscription]:
    """Who is in a room: a name each, or an object with ``username``, ``roles`` and ``joined``."""
    people: dict[str, Subscription] = {}
    for key, role in _PEOPLE.items():
        for described in entry.get(key, []):
            person = described if isinstance(described, Mapping) else {"username": described}
            user = _user(state, person.get("username"))
            roles = [*([] if role is None else [role]), *person.get("roles", [])]
            joined = parse_iso(person["joined"]) if "joined" in person else created + _BETWEEN * len(people)
            people[user.id] = Subscription(user.id, joined, roles=roles)
    return people


def _add_team(state: State, room: Room, roles: Mapping[str, list[str]]) -> None:
    """The team of a main room: its people have the roles that they have in the room, unless it is said otherwise."""
    if not room.creator:
        raise RoomError("The main room of a team has somebody in it.")
    team = Team(codes.object_id(), room.name, room.id, room.type == "p", room.created, room.creator)
    # The server lists owners last.
    for entry in sorted(room.subscriptions.values(), key=lambda entry: OWNER in entry.roles):
        given = roles.get(state.by_id[entry.user_id].username, entry.roles)
        team.members[entry.user_id] = TeamMember(entry.user_id, entry.joined, room.creator, roles=list(given))
    room.team, room.team_main = team.id, True
    state.rooms.teams[team.id] = team


def _user(state: State, name: Any) -> User:
    user = state.by_name.get(name)
    if user is None:
        raise RoomError(f"There is no user '{name}' for a room.")
    return user


def _room_id(state: State, name: str) -> str:
    room = state.rooms.named(name)
    if room is None:
        raise RoomError(f"There is no room '{name}' that another could belong to.")
    return room.id


def _team_id(state: State, name: str) -> str:
    team = next((team for team in state.rooms.teams.values() if team.name == name), None)
    if team is None:
        raise RoomError(f"There is no team '{name}' that a room could belong to.")
    return team.id


def describe_room(state: State, room: Room) -> dict[str, Any]:
    """A room as tests see it; people by user name, in the order in which they came in."""
    entries = room.oldest_first()
    names = {entry.user_id: state.by_id[entry.user_id].username for entry in entries}
    team = state.rooms.teams.get(room.team or "")
    return {
        "_id": room.id,
        "name": room.name,
        "fname": room.shown_name,
        "type": room.type,
        "archived": room.archived,
        "readOnly": room.read_only,
        "encrypted": room.encrypted,
        "messages": room.message_count,
        "parent": room.parent,
        "team": None if team is None else team.name,
        "teamMain": room.team_main,
        "owners": [names[entry.user_id] for entry in entries if OWNER in entry.roles],
        "members": {
            names[entry.user_id]: {"roles": entry.roles, "archived": entry.archived, "joined": iso(entry.joined)}
            for entry in entries
        },
    }


def describe_team(state: State, team: Team) -> dict[str, Any]:
    """A team as tests see it."""
    members = {state.by_id[member.user_id].username: member.roles for member in team.members.values()}
    return {"_id": team.id, "name": team.name, "room": team.room_id, "private": team.private, "members": members}
