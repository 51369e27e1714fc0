# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rooms and teams: who is in them, in which role and since when; with quick look-ups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.emulator import codes
from tests.emulator.messages import Message, Messages

OWNER = "owner"
GENERAL = "GENERAL"


@dataclass(eq=False)
class Subscription:
    """What ties an account to a room."""

    user_id: str
    joined: float
    roles: list[str] = field(default_factory=list)
    # What waits for somebody who was invited; who was there from the beginning has read all.
    unread: int = 0
    archived: bool = False
    id: str = field(default_factory=codes.object_id)


@dataclass(eq=False)
class Room:
    """A channel ("c"), a private group ("p") or a direct conversation ("d")."""

    id: str
    type: str
    name: str
    created: float
    # Who made it, as it was then: the server keeps a copy.
    creator: dict[str, str]
    # The name that people see, which only discussions have apart from ``name``.
    title: str = ""
    archived: bool = False
    read_only: bool = False
    # None where nobody ever said.
    encrypted: bool | None = None
    # New accounts join it by themselves.
    default: bool = False
    # The room that a discussion belongs to, by id.
    parent: str | None = None
    team: str | None = None
    team_main: bool = False
    message_count: int = 0
    # The newest message that somebody wrote, and when the last one was written, be it gone since.
    last_message: Message | None = None
    last_said: int | None = None
    changed: float = 0.0
    # Listing members by role marks the room, once.
    priorities_created: bool = False
    # In the order in which they came in, by the account's id.
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    # Counts the rooms of a server in the order in which they were made.
    number: int = 0

    @property
    def shown_name(self) -> str:
        """The name that people see."""
        return self.title or self.name

    @property
    def owners(self) -> list[str]:
        """Ids of the owners, inactive ones too."""
        return [entry.user_id for entry in self.subscriptions.values() if OWNER in entry.roles]

    def roles_of(self, user_id: str) -> list[str]:
        """The roles of an account in this room."""
        entry = self.subscriptions.get(user_id)
        return [] if entry is None else entry.roles

    def oldest_first(self) -> list[Subscription]:
        """Who is in the room, by the time of joining."""
        return sorted(self.subscriptions.values(), key=lambda entry: entry.joined)

    def note_message(self, now: float) -> None:
        """Count a message, as the room has one for each coming, going and change of role, too."""
        self.message_count += 1
        self.changed = max(self.changed, now)


@dataclass(eq=False)
class TeamMember:
    """A member of a team; its roles need not be those in the team's main room."""

    user_id: str
    joined: float
    creator: dict[str, str]
    roles: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Team:
    """A team, whose main room has the same name."""

    id: str
    name: str
    room_id: str
    private: bool
    created: float
    creator: dict[str, str]
    members: dict[str, TeamMember] = field(default_factory=dict)

    @property
    def owners(self) -> list[str]:
        """Ids of the team's owners."""
        return [member.user_id for member in self.members.values() if OWNER in member.roles]


class Rooms:
    """All rooms and teams of a server, found by id, by name and by who is in them; and what is said there."""

    def __init__(self) -> None:
        self._by_id: dict[str, Room] = {}
        self._of_user: dict[str, dict[str, Room]] = {}
        self._made = 0
        self.teams: dict[str, Team] = {}
        self.messages = Messages()

    def __iter__(self) -> Iterator[Room]:
        return iter(self._by_id.values())

    def add(self, room: Room) -> Room:
        """Add a room, with whoever is in it already."""
        self._made += 1
        room.number = self._made
        self._by_id[room.id] = room
        for user_id in room.subscriptions:
            self._of_user.setdefault(user_id, {})[room.id] = room
        return room

    def get(self, room_id: Any) -> Room | None:
        """A room by id."""
        return self._by_id.get(room_id) if isinstance(room_id, str) else None

    def named(self, name: Any) -> Room | None:
        """The first room of this name, whatever its type."""
        return next((room for room in self if room.name == name), None)

    def of(self, user_id: str) -> list[Room]:
        """The rooms that an account is in, in the order in which they were made."""
        return sorted(self._of_user.get(user_id, {}).values(), key=lambda room: room.number)

    def join(self, room: Room, entry: Subscription) -> None:
        """Put somebody into a room."""
        room.subscriptions[entry.user_id] = entry
        self._of_user.setdefault(entry.user_id, {})[room.id] = room

    def leave(self, room: Room, user_id: str) -> bool:
        """Take somebody out of a room; whether they were in it."""
        self._of_user.get(user_id, {}).pop(room.id, None)
        return room.subscriptions.pop(user_id, None) is not None

    def delete(self, room: Room) -> None:
        """Delete a room with its messages; a team of which it is the main room stays as a shell."""
        for user_id in list(room.subscriptions):
            self.leave(room, user_id)
        self.messages.forget_room(room.id)
        del self._by_id[room.id]

    def delete_team(self, team: Team) -> None:
        """Delete a team; its rooms are the workspace's again."""
        for room in self.of_team(team.id):
            room.team, room.team_main = None, False
        del self.teams[team.id]

    def of_team(self, team_id: str) -> list[Room]:
        """The rooms of a team, the main room among them."""
        return [room for room in self if room.team == team_id]

    def team_of_main_room(self, room: Room) -> Team | None:
        """The team of which a room is the main room."""
        return self.teams.get(room.team) if room.team is not None and room.team_main else None

    def forget(self, user_id: str) -> None:
        """Take a deleted account out of everything, with what it said."""
        self.messages.forget_author(user_id)
        for room in self.of(user_id):
            self.leave(room, user_id)
        for team in self.teams.values():
            team.members.pop(user_id, None)
