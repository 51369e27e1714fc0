# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rooms that nobody active owns any more once certain people are gone, found out by GET alone.

Beside those that they own: where one of them is alone in a private room of somebody else, it is deleted with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.room_reader import (
    Owners,
    RoomReader,
    named_at_random,
    read_all,
    together,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import Membership
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client


@dataclass(frozen=True)
class Vacancy:
    """One room of one person that needs another owner.

    ``certain``: that it has none is known; without that, other owners are hidden from the calling account.
    ``visible``: the calling account is in the room, or may see it.
    """

    entry: Membership
    title: str
    certain: bool
    visible: bool
    archived: bool


@dataclass(frozen=True)
class _Room:
    """What is shown of one room; ``stays``: whether somebody owns it who is active and does not leave."""

    owners: Owners
    stays: bool | None
    members: int | None
    title: str


class Vacancies:
    """The rooms of those who leave together, each read once."""

    def __init__(
        self,
        client: Client,
        version: tuple[int, int],
        of: Mapping[str, Sequence[Membership]],
        *,
        concurrency: int = 1,
    ) -> None:
        """Read what there is to know of them.

        :arg of: the rooms of each of those who leave, by id
        """
        self._reader = RoomReader(client, version)
        self._of = of
        self._together = together(of)
        asked = [
            next((entry for entry in members.values() if entry.owner), next(iter(members.values())))
            for members in self._together.values()
            if any(entry.owner for entry in members.values())
            or (len(members) == 1 and next(iter(members.values())).private)
        ]
        found = read_all(asked, self._read, concurrency=concurrency)
        self._rooms = {entry.room_id: room for entry, room in zip(asked, found) if room}

    def of(self, user_id: str) -> list[Vacancy]:
        """Return the rooms that need an owner when this person is gone, and the others on the list."""
        found = []
        for entry in self._of[user_id]:
            room = self._rooms.get(entry.room_id)
            if room and (room.stays is not True if entry.owner else room.members == 1):
                certain = room.stays is False or room.members == 1
                visible = room.owners.everybody is not None or room.owners.archived
                title = room.title or entry.name
                found.append(Vacancy(entry, title, certain, visible, room.owners.archived))
        return found

    def with_one_heir(self, user_id: str, heir_id: str) -> list[Vacancy]:
        """Return the rooms that this person owns beside the heir and, as far as that is shown, nobody who stays."""
        found = []
        for entry in self._of[user_id]:
            room = self._rooms.get(entry.room_id)
            if room and entry.owner:
                others = self._reader.anybody_stays(room.owners, {*self._of, heir_id})
                if not others:
                    title = room.title or entry.name
                    found.append(Vacancy(entry, title, others is False, visible=True, archived=room.owners.archived))
        return found

    def uncounted(self, user_id: str) -> list[str]:
        """Return the private rooms of others in which this person may be alone, which is not shown."""
        entries = [entry for entry in self._of[user_id] if not entry.owner and entry.room_id in self._rooms]
        return [entry.name for entry in entries if self._rooms[entry.room_id].members is None]

    def _read(self, entry: Membership) -> _Room:
        """Read of a room as little as tells whether it needs an owner."""
        read = self._reader
        if not entry.owner:
            members, title = read.counted(entry)
            if members is None and (read.active_members(entry) or 0) > 1:
                members = 2  # Who may not count them may still see that there are others.
            return _Room(Owners(), None, members, title)
        owners = read.owners(entry)
        hidden = owners.everybody is None and owners.active is None
        members, title = read.counted(entry) if hidden or named_at_random(entry) else (None, "")
        return _Room(owners, read.anybody_stays(owners, self._of), members, title)
