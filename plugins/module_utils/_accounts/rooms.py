# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of people's rooms when their accounts are deactivated, found out by GET alone.

The server judges each room but direct messages (its own source, 6.13 to 8.6.1; recorded on 7.7.1 and 8.6.1): where the
leaver is the only owner, inactive ones counted, the active member who joined first gets the room; where there is none,
a private room is deleted and a public one stays. A private room that nobody but the leaver is in is deleted, whoever
owns it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.room_reader import (
    RoomReader,
    named_at_random,
    read_all,
    together,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import Membership
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import SEE_ROOM_COUNTS

# From here on a group's counters leave inactive members out.
_COUNTS_ACTIVE = (7, 8)

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

    ``ownerless``: rooms that nobody active owns then, which the server says nothing of; ``masked``: those of which it
    is not shown whether somebody does. ``open``: rooms of which it cannot be known, each with the reason. ``unseen``:
    whether no room at all could be read. ``touched``: the ids of those that are deleted, change hands, or may;
    ``doomed``: of those that are deleted.
    """

    deleted: tuple[str, ...] = ()
    new_owner: tuple[str, ...] = ()
    ownerless: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    touched: frozenset[str] = frozenset()
    doomed: frozenset[str] = frozenset()
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

    ``members`` counts inactive ones too. ``stays``: whether somebody owns it who is active and does not leave.
    """

    active: int | None = None
    owners: frozenset[str] | None = None
    members: int | None = None
    title: str = ""
    stays: bool | None = None


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
        self._reader = RoomReader(client, version)
        self._version = version
        self._of = of
        self._together = together(of)
        asked = [entry for members in self._together.values() if (entry := _in_question(list(members.values())))]
        found = read_all(asked, self._read, concurrency=concurrency)
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
        ownerless: list[str] = []
        masked: list[str] = []
        touched: set[str] = set()
        doomed: set[str] = set()
        unknown: list[tuple[str, str]] = []
        for entry in memberships:
            verdict = self._verdict(entry, user_id, gone)
            if verdict != self._verdict(entry, user_id, {*gone, *perhaps}):
                verdict = _ORDER
            room = self._rooms.get(entry.room_id)
            title = (room.title if room else "") or entry.name
            if verdict == _DELETED:
                deleted.append(title)
                doomed.add(entry.room_id)
            elif verdict == _NEW_OWNER:
                new_owner.append(title)
            elif verdict != _NOTHING:
                unknown.append((title, verdict))
            elif entry.owner and room and not room.stays:
                (masked if room.stays is None else ownerless).append(title)
            if verdict != _NOTHING:
                touched.add(entry.room_id)
        return Fate(
            tuple(deleted),
            tuple(new_owner),
            tuple(ownerless),
            tuple(masked),
            frozenset(touched),
            frozenset(doomed),
            tuple(unknown),
        )

    def _verdict(self, entry: Membership, user_id: str, gone: Collection[str]) -> str:
        """Return what becomes of one room, or why that is not known."""
        room = self._rooms.get(entry.room_id)
        if room is None:  # Nobody's leaving does anything to it, as the memberships tell.
            return _NOTHING
        others = self._together[entry.room_id].keys() - {user_id}
        if not entry.owner:
            return _NOTHING if others else _alone(room)
        elsewhere = any(self._together[entry.room_id][other].owner for other in others)
        if room.stays or elsewhere or (room.owners or set()) - {user_id}:
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
        read = self._reader
        if not entry.owner:
            members, title = read.counted(entry)
            # Who may not count them may still be one of them.
            return _Room(read.active_members(entry) if members is None else None, None, members, title)
        if sum(other.owner for other in self._together[entry.room_id].values()) > 1:
            # The server minds none of them, and the last one leaves it without an owner.
            return _Room(stays=read.anybody_stays(read.owners(entry), self._of))
        active = read.active_members(entry)
        # What the calling account is not in, it does not see the members of.
        owners = read.owners(entry) if active is not None else None
        members, title = None, ""
        if owners is None or owners.everybody is None or named_at_random(entry):
            members, title = read.counted(entry)
        if active is None and entry.private and (members or 0) > 1 and self._version >= _COUNTS_ACTIVE:
            active = read.counter(entry)
        if owners is None:
            return _Room(active, None, members, title)
        # Where all members are active, so are all owners.
        everybody = owners.active if owners.everybody is None and members == active else owners.everybody
        return _Room(active, everybody, members, title, read.anybody_stays(owners, self._of))


def _in_question(members: Sequence[Membership]) -> Membership | None:
    """Return the one by whom a room can be lost, or change hands; ``None`` where nobody's leaving does that."""
    owners = [entry for entry in members if entry.owner]
    if owners:
        return owners[0]
    return members[0] if members[0].private and len(members) == 1 else None


def _alone(room: _Room) -> str:
    """Return the same for a room of somebody else: a private one without its last member is deleted."""
    if room.members is not None:
        return _DELETED if room.members <= 1 else _NOTHING
    return _NOT_COUNTED if room.active is None or room.active <= 1 else _NOTHING
