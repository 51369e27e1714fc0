# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server shows of a room by GET, and of whoever owns it; what it hides is ``None``."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted, look_up
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import Membership
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.bulk import each
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import SEE_ROOM_COUNTS
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    Refused,
    TargetError,
    UnexpectedAnswer,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.stop import Stopped, stopping

Item = TypeVar("Item")
Found = TypeVar("Found")

# From here on members are listed by their role, archived rooms included.
_ORDERED = (7, 3)
# Owners come first in that list.
_FIRST_MEMBERS = "100"
# Discussions are named by a random text; people know them by their title.
_RANDOM_NAME = re.compile(r"[A-Za-z0-9]{17}")
_OWNER = "owner"
_ARCHIVED = "error-room-archived"


@dataclass(frozen=True)
class Owners:
    """Who owns a room: all of them, or of an archived one those who are active; ``None`` where that is hidden."""

    everybody: frozenset[str] | None = None
    active: frozenset[str] | None = None
    archived: bool = False


class RoomReader:
    """Reads rooms. What is asked of people, and what tells how many are in a room, is asked once."""

    def __init__(self, client: Client, version: tuple[int, int]) -> None:
        self._client = client
        self._version = version
        self._idle: dict[str, bool] = {}
        self._counted: dict[str, tuple[int | None, str]] = {}

    def owners(self, entry: Membership) -> Owners:
        """Return who owns a room; of archived ones old servers tell nobody."""
        try:
            rows = self._client.get(f"v1/{_kind(entry)}.roles", {"roomId": entry.room_id}).get("roles")
        except Refused as error:
            if error.code == _ARCHIVED:
                return Owners(active=self._active_owners(entry.room_id), archived=True)
            if not error.hides:
                raise
            return Owners()
        owners = [row for row in _list(rows) if isinstance(row, dict) and _OWNER in _roles(row)]
        return Owners(frozenset(str(row["u"]["_id"]) for row in owners if isinstance(row.get("u"), dict) and row["u"]))

    def _active_owners(self, room_id: str) -> frozenset[str] | None:
        if self._version < _ORDERED:
            return None
        answer = self._shown("rooms.membersOrderedByRole", {"roomId": room_id, "count": _FIRST_MEMBERS})
        rows = [row for row in _list((answer or {}).get("members")) if isinstance(row, dict)]
        return None if answer is None else frozenset(str(row.get("_id")) for row in rows if _OWNER in _roles(row))

    def anybody_stays(self, owners: Owners, leaving: Collection[str]) -> bool | None:
        """Tell whether somebody owns the room who is active and does not leave; ``None`` where that is hidden."""
        if owners.active is not None:
            return bool(owners.active - set(leaving))
        if owners.everybody is None:
            return None
        return any(not self._is_idle(user_id) for user_id in sorted(owners.everybody - set(leaving)))

    def _is_idle(self, user_id: str) -> bool:
        """Tell whether an account is inactive, or no more; what is not told counts as active."""
        if user_id not in self._idle:
            try:
                self._idle[user_id] = look_up(self._client, Wanted("user_id", user_id)).active is False
            except TargetError:
                self._idle[user_id] = True
        return self._idle[user_id]

    def active_members(self, entry: Membership) -> int | None:
        """Return how many active members a room has; lists leave the inactive ones out."""
        return self._number(f"{_kind(entry)}.members", "total", entry.room_id, count="1")

    def counter(self, entry: Membership) -> int | None:
        """Return what the counters say of the number of members."""
        return self._number(f"{_kind(entry)}.counters", "members", entry.room_id)

    def counted(self, entry: Membership) -> tuple[int | None, str]:
        """Return how many members a room has, inactive ones counted, and its title, as far as that is shown."""
        if entry.room_id not in self._counted:
            room = self._shown(SEE_ROOM_COUNTS.path, {"rid": entry.room_id}) or {}
            number, title = room.get("usersCount"), str(room.get("fname") or room.get("name") or "")
            self._counted[entry.room_id] = (number if isinstance(number, int) else None, title)
        return self._counted[entry.room_id]

    def titled(
        self, of: Mapping[str, Sequence[Membership]], *, concurrency: int = 1
    ) -> dict[str, tuple[Membership, ...]]:
        """Return the same rooms of the same people, by the titles that people know discussions by.

        What the caller may not see keeps the random name.
        """
        asked = [entry for entry in _each_once(of) if named_at_random(entry)]
        found = read_all(asked, self.counted, concurrency=concurrency)
        titles = {entry.room_id: room[1] for entry, room in zip(asked, found) if room and room[1]}
        return {
            user_id: tuple(replace(entry, name=titles.get(entry.room_id, entry.name)) for entry in entries)
            for user_id, entries in of.items()
        }

    def number(self, entry: Membership) -> int | None:
        """Return how many members a room has; where that is not shown, how many active ones are."""
        members, _title = self.counted(entry)
        return self.active_members(entry) if members is None else members

    def _number(self, path: str, key: str, room_id: str, **more: str) -> int | None:
        number = (self._shown(path, {"roomId": room_id, **more}) or {}).get(key)
        return number if isinstance(number, int) else None

    def _shown(self, path: str, params: Mapping[str, str]) -> dict[str, Any] | None:
        """Return an answer, ``None`` where the server does not show this to the caller, or has no such endpoint."""
        try:
            return self._client.get(f"v1/{path}", params)
        except Refused as error:
            if not error.hides:
                raise
        except UnexpectedAnswer as error:
            if error.code != "no-such-endpoint":
                raise
        return None


def named_at_random(entry: Membership) -> bool:
    """Tell whether a room's name is one that nobody knows it by."""
    return _RANDOM_NAME.fullmatch(entry.name) is not None


def together(of: Mapping[str, Sequence[Membership] | None]) -> dict[str, dict[str, Membership]]:
    """Return by room who of these people is in it."""
    found: dict[str, dict[str, Membership]] = {}
    for user_id, memberships in of.items():
        for membership in memberships or ():
            found.setdefault(membership.room_id, {})[user_id] = membership
    return found


def read_all(items: Sequence[Item], read: Callable[[Item], Found], *, concurrency: int) -> list[Found | None]:
    """Read each of these, several at a time, or raise what ended it."""
    outcomes = each(items, read, keep_going=False, concurrency=concurrency)
    for outcome in outcomes:
        if outcome.error:
            raise outcome.error
    if stopping():
        raise Stopped
    return [outcome.value for outcome in outcomes]


def _each_once(of: Mapping[str, Sequence[Membership]]) -> list[Membership]:
    return [next(iter(members.values())) for members in together(of).values()]


def _kind(entry: Membership) -> str:
    return "groups" if entry.private else "channels"


def _roles(row: Mapping[str, Any]) -> list[Any]:
    return _list(row.get("roles"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
