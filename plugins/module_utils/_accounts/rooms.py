# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of people's rooms when their accounts are deactivated, found out by GET alone.

The server judges each room but direct messages (its own source, 6.13 to 8.6.1; recorded on 7.7.1 and 8.6.1): where the
leaver is the only owner, inactive ones counted, the active member who joined first gets the room; where there is none,
a private room is deleted and a public one stays. A private room that nobody but the leaver is in is deleted, whoever
owns it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import Membership
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.bulk import Outcome, each
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import SEE_ROOM_COUNTS
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, UnexpectedAnswer
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.stop import Stopped, stopping

Found = TypeVar("Found")

# From here on a group's counters leave inactive members out.
_COUNTS_ACTIVE = (7, 8)
# Discussions are named by a random text; people know them by their title.
_RANDOM_NAME = re.compile(r"[A-Za-z0-9]{17}")

_OWNER = "owner"
_DELETED = "deleted"
_NEW_OWNER = "new owner"
_NOTHING = ""
# Why it is not known what becomes of a room.
_NOT_COUNTED = (
    f"the calling account is not in it, and lacks the permission {SEE_ROOM_COUNTS.permission} to see how many are"
)
_NOT_SHOWN = "others are in it, and the calling account is not: who owns it, and who of them is active, is not shown"
_OWNERS_NOT_SHOWN = "it gets another owner, unless somebody else owns it too, which is not shown to the calling account"
_DEAD_OWNERS_NOT_SHOWN = (
    "it is deleted, unless one of its inactive members owns it too, which is not shown to the calling account"
)
_ORDER = "it depends on who of its members is deactivated first"


@dataclass(frozen=True)
class Fate:
    """What a deactivation would do to the rooms of one person.

    ``open``: rooms of which it cannot be known, each with the reason. ``unseen``: whether no room at all could be read.
    """

    deleted: tuple[str, ...] = ()
    new_owner: tuple[str, ...] = ()
    open: tuple[tuple[str, str], ...] = ()
    unseen: bool = False

    @property
    def known(self) -> bool:
        """Tell whether nothing else can become of the rooms."""
        return not (self.open or self.unseen)

    def listed(self, names: tuple[str, ...]) -> list[str] | None:
        """Return names for a result, ``None`` instead of nothing where something is not known."""
        return list(names) if names or self.known else None


@dataclass(frozen=True)
class _Room:
    """What is shown of one room; ``None`` stands for what is not.

    ``members`` counts inactive ones too.
    """

    active: int | None = None
    owners: frozenset[str] | None = None
    members: int | None = None
    title: str = ""


class Rooms:
    """The rooms of those who leave together, each read once."""

    def __init__(
        self,
        client: Client,
        version: tuple[int, int],
        of: Mapping[str, Sequence[Membership] | None],
        *,
        concurrency: int = 1,
    ) -> None:
        """Read what there is to know of them.

        :arg of: the rooms of each of those who leave, active accounts, by id; ``None`` where they are not shown
        """
        self._client = client
        self._version = version
        self._of = of
        self._together: dict[str, dict[str, Membership]] = {}
        for user_id, memberships in of.items():
            for membership in memberships or ():
                self._together.setdefault(membership.room_id, {})[user_id] = membership
        asked = [entry for members in self._together.values() if (entry := _in_question(list(members.values())))]
        found = _values(each(asked, self._read, keep_going=False, concurrency=concurrency))
        self._rooms = {entry.room_id: room for entry, room in zip(asked, found)}

    def fate(self, user_id: str, gone: Collection[str], perhaps: Collection[str] = ()) -> Fate:
        """Return what would become of the rooms of one of those who leave.

        :arg gone: who of the others is inactive by then, and inherits nothing any more
        :arg perhaps: of whom that is not known
        """
        memberships = self._of[user_id]
        if memberships is None:
            return Fate(unseen=True)
        deleted: list[str] = []
        new_owner: list[str] = []
        unknown: list[tuple[str, str]] = []
        for entry in memberships:
            verdict = self._verdict(entry, user_id, gone)
            if verdict != self._verdict(entry, user_id, {*gone, *perhaps}):
                verdict = _ORDER
            room = self._rooms.get(entry.room_id)
            title = (room.title if room else "") or entry.name
            if verdict == _DELETED:
                deleted.append(title)
            elif verdict == _NEW_OWNER:
                new_owner.append(title)
            elif verdict != _NOTHING:
                unknown.append((title, verdict))
        return Fate(tuple(deleted), tuple(new_owner), tuple(unknown))

    def _verdict(self, entry: Membership, user_id: str, gone: Collection[str]) -> str:
        """Return what becomes of one room, or why that is not known."""
        room = self._rooms.get(entry.room_id)
        if room is None:  # Nobody's leaving does anything to it, as the memberships tell.
            return _NOTHING
        others = self._together[entry.room_id].keys() - {user_id}
        if not entry.owner:
            return _NOTHING if others else _alone(room)
        if (room.owners or set()) - {user_id}:
            return _NOTHING
        # Those whom the list of leavers does not name.
        rest = None if room.members is None else room.members - 1 - len(others)
        owners_known = room.owners is not None or rest == 0
        if others - set(gone):
            heir: bool | None = True
        elif room.active is not None:
            heir = room.active - 1 - len(others) > 0
        else:
            heir = False if rest == 0 else None
        if heir is None:
            return _NOT_COUNTED if rest is None else _NOT_SHOWN
        if heir:
            return _NEW_OWNER if owners_known else _OWNERS_NOT_SHOWN
        if not entry.private:
            return _NOTHING
        return _DELETED if owners_known else _DEAD_OWNERS_NOT_SHOWN

    def _read(self, entry: Membership) -> _Room:
        """Read of a room as little as tells what becomes of it."""
        kind = "groups" if entry.private else "channels"
        # What the calling account is not in, it does not see the members of.
        active = self._total(kind, entry.room_id) if entry.owner else None
        owners = self._owners(kind, entry.room_id) if active is not None else None
        members, title = None, ""
        if active is None or _RANDOM_NAME.fullmatch(entry.name):
            members, title = self._counted(entry.room_id)
        if not entry.owner:
            # Who may not count them may still be one of them.
            active = self._total(kind, entry.room_id) if members is None else None
        elif active is None and entry.private and (members or 0) > 1 and self._version >= _COUNTS_ACTIVE:
            active = self._number(f"{kind}.counters", "members", entry.room_id)
        return _Room(active, owners, members, title)

    def _owners(self, kind: str, room_id: str) -> frozenset[str] | None:
        answer = self._shown(f"{kind}.roles", {"roomId": room_id})
        if answer is None:
            return None
        rows = [row for row in _list(answer.get("roles")) if isinstance(row, dict) and _OWNER in _roles(row)]
        return frozenset(str(row["u"]["_id"]) for row in rows if isinstance(row.get("u"), dict) and "_id" in row["u"])

    def _total(self, kind: str, room_id: str) -> int | None:
        """Return how many active members a room has; lists leave the inactive ones out."""
        return self._number(f"{kind}.members", "total", room_id, count="1")

    def _number(self, path: str, key: str, room_id: str, **more: str) -> int | None:
        number = (self._shown(path, {"roomId": room_id, **more}) or {}).get(key)
        return number if isinstance(number, int) else None

    def _counted(self, room_id: str) -> tuple[int | None, str]:
        """Return how many members a room has, inactive ones counted, and its title, as far as that is shown."""
        room = self._shown(SEE_ROOM_COUNTS.path, {"rid": room_id}) or {}
        number = room.get("usersCount")
        return number if isinstance(number, int) else None, str(room.get("fname") or room.get("name") or "")

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


def _roles(row: Mapping[str, Any]) -> list[Any]:
    return _list(row.get("roles"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _values(outcomes: Sequence[Outcome[Found]]) -> list[Found | None]:
    """Return what was found, or raise what ended it."""
    for outcome in outcomes:
        if outcome.error:
            raise outcome.error
    if stopping():
        raise Stopped
    return [outcome.value for outcome in outcomes]


def _in_question(members: Sequence[Membership]) -> Membership | None:
    """Return the one by whom a room can be lost, or change hands; ``None`` where nobody's leaving does that."""
    owners = [entry for entry in members if entry.owner]
    if owners:
        return owners[0] if len(owners) == 1 else None
    return members[0] if members[0].private and len(members) == 1 else None


def _alone(room: _Room) -> str:
    """Return the same for a room of somebody else: a private one without its last member is deleted."""
    if room.members is not None:
        return _DELETED if room.members <= 1 else _NOTHING
    return _NOT_COUNTED if room.active is None or room.active <= 1 else _NOTHING
