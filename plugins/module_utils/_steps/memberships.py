# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking leavers out of their rooms and teams. Direct messages cannot be left, by nobody."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.room_reader import (
    RoomReader,
    read_all,
    together,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.rooms import Fate
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.teams import Teams
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import Membership, User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    REMOVE_FROM_CHANNEL,
    REMOVE_FROM_GROUP,
    REMOVE_FROM_TEAM,
    REMOVE_MEMBERS,
    SEE_ROOM_COUNTS,
    SEE_ROOMS,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.rooms import Estate, act_in_room
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import (
    Done,
    Plan,
    Scene,
    Step,
    Thing,
    not_looked_at,
    nothing_there,
)

KIND = "memberships"
_THING = "membership"
_NOT_IN_TEAM = "member-does-not-exist"
_LAST_OWNER = ("error-you-are-last-owner", "last-owner-can-not-be-removed")
_OWNS_ALONE = "The account is its last owner. Make somebody else its owner, then run again."
_JUDGED = "It changes hands with the account. Run again when that is done."
_LAST = (
    "Nobody else is known to be in it, and nobody would see it again. Run offboarding with a successor, or delete it by"
    " hand."
)
_PERHAPS_LAST = (
    "The calling account does not see whether anybody else is in it; if not, nobody would see it again. Give it the"
    f" permission {SEE_ROOM_COUNTS.permission} and run again, or run offboarding with a successor."
)
_BY_HAND = "Take the account out of it in Rocket.Chat, or give the calling account the permission and run again."


@dataclass(frozen=True)
class _Exit:
    """How to take somebody out of one room: of a main room, out of the ``team``."""

    entry: Membership
    team: str = ""


@dataclass(frozen=True)
class _Exits:
    """The same for all rooms of one person, and what stays all the same."""

    rooms: Sequence[_Exit]
    stay: Sequence[Thing]


class Memberships(Step):
    """Takes accounts out of all rooms and teams, or only says that they stay.

    ``remove``: take them out. ``estate``: their rooms and teams. ``handed``: the ids of somebody's rooms that a
    successor is put into before; without one, nobody is taken out of what the server judges when the account is
    deactivated.
    """

    name = "memberships"
    label = "Memberships"
    deed = "taken out of rooms"
    # The server shows them.
    remembered = False
    rooms = True
    blank: ClassVar[Mapping[str, Any]] = {"memberships_ended": []}
    shows = ("memberships_ended",)

    def __init__(
        self,
        *,
        remove: bool,
        estate: Estate | None = None,
        handed: Callable[[str], Collection[str]] | None = None,
    ) -> None:
        self._remove = remove
        self._estate = estate or Estate()
        self._handed = handed
        self._exits: dict[str, _Exits] = {}
        self._rooms: dict[str, tuple[Membership, ...]] = {}

    def inspect(self, scene: Scene, users: Sequence[User]) -> Mapping[str, Any]:
        """Find out which rooms are main rooms of teams, what the calling account may do, and what is judged later."""
        shown = {user.user_id: user.rooms for user in users if user.rooms}
        if not shown:
            return {}
        reader = RoomReader(scene.session.client, scene.session.version)
        self._rooms = reader.titled(shown, concurrency=scene.concurrency)
        if not self._remove:
            return {}
        teams = self._estate.teams(scene, users)
        leaving = [user for user in users if user.active is not False]
        estate = self._estate.read(scene, leaving) if self._handed is None and leaving else None
        for user in users:
            if user.user_id not in shown:
                continue
            fate = Fate()
            if estate and user in leaving:
                others = [other.user_id for other in leaving if other is not user]
                fate = estate.fate(user.user_id, (), others)
            named = replace(user, rooms=self._rooms[user.user_id])
            self._exits[user.user_id] = _exits(scene.session, named, teams, fate)
        self._spare_the_last(scene, reader)
        return self._exits

    def _spare_the_last(self, scene: Scene, reader: RoomReader) -> None:
        """Take nobody out of a private room that nobody would be in any more, or perhaps nobody."""
        handed = {room_id for user_id in self._exits for room_id in (self._handed(user_id) if self._handed else ())}
        private = {
            user_id: [one.entry for one in exits.rooms if one.entry.private and one.entry.room_id not in handed]
            for user_id, exits in self._exits.items()
        }
        asked = list(together(private).items())
        numbers = read_all(
            asked, lambda room: reader.number(next(iter(room[1].values()))), concurrency=scene.concurrency
        )
        last = {
            room_id: _PERHAPS_LAST if number is None else _LAST
            for (room_id, people), number in zip(asked, numbers)
            if number is None or number <= len(people)
        }
        for user_id, exits in self._exits.items():
            stay = [
                Thing(_THING, entry.name, cure, SEE_ROOM_COUNTS.permission if cure == _PERHAPS_LAST else "")
                for entry in private[user_id]
                if (cure := last.get(entry.room_id, ""))
            ]
            rooms = [one for one in exits.rooms if one.entry.room_id not in last]
            self._exits[user_id] = replace(exits, rooms=rooms, stay=[*exits.stay, *stay])

    def plan(self, user: User, seen: _Exits | None) -> Plan:
        """Nobody is taken out of a room that they are not in: the server would say in it that they were."""
        if user.rooms is None:
            return nothing_there(left_behind=[not_looked_at(KIND, "Memberships", SEE_ROOMS.permission)])
        if not self._remove:
            rooms = self._rooms.get(user.user_id, user.rooms)
            kept = [Thing(_THING, entry.name, "It is kept (memberships=keep).") for entry in rooms]
            return nothing_there(KIND, kept=kept)
        exits = seen or _Exits([], [])
        names = [one.entry.name for one in exits.rooms]
        if not names:
            return nothing_there(KIND, left_behind=exits.stay)
        return Plan(
            changed=True,
            effects={"memberships_ended": names},
            before="".join(f"member of room {name}\n" for name in names),
            looked_at=[KIND],
            left_behind=exits.stay,
            at_stake=[Thing(_THING, name, "Run again.") for name in names],
        )

    def act(self, session: Session, user: User) -> Done:
        """Take the account out of room after room; what the server refuses is told, and no failure."""
        attempts = 0
        ended: list[str] = []
        stay: list[Thing] = []
        for one in self._exits[user.user_id].rooms:
            try:
                attempts += _leave(session, user, one)
                ended.append(one.entry.name)
            except RocketChatError as error:
                attempts += error.attempts
                if not isinstance(error, Refused) or not error.hides:
                    error.attempts = attempts
                    error.details["done"] = ended
                    raise
                last = error.code in _LAST_OWNER or error.words in _LAST_OWNER
                stay.append(Thing(_THING, one.entry.name, _OWNS_ALONE if last else error.message))
        return Done(attempts, {"memberships_ended": ended}, stay, changed=bool(ended))

    def told(self, facts: Mapping[str, Any]) -> str:
        """Say out of which."""
        names = facts.get("memberships_ended") or []
        return f"taken out of: {', '.join(names)}" if names else "taken out of no room"


def _exits(session: Session, user: User, teams: Teams | None, fate: Fate) -> _Exits:
    rooms: list[_Exit] = []
    stay: list[Thing] = []
    for entry in user.rooms or ():
        # The server takes nobody who is inactive out of a team; out of its main room it does, which is the same.
        team = teams.main_room_of(entry.room_id) if teams and user.active else ""
        if team and _lacking(session, entry, team):
            team = ""
        permission = _lacking(session, entry, team)
        if entry.room_id in fate.touched:
            if entry.room_id not in fate.doomed:
                stay.append(Thing(_THING, entry.name, _JUDGED))
        elif permission:
            stay.append(Thing(_THING, entry.name, _BY_HAND, permission))
        else:
            rooms.append(_Exit(entry, team))
    return _Exits(rooms, stay)


def _lacking(session: Session, entry: Membership, team: str) -> str:
    """Return the permission that is missing to take somebody out of a room, or of the team whose room it is."""
    needed = [REMOVE_FROM_GROUP if entry.private else REMOVE_FROM_CHANNEL, REMOVE_MEMBERS]
    lacks = session.workspace.lacks
    permissions = [action.permission for action in ([REMOVE_FROM_TEAM] if team else needed)]
    return next((one for one in permissions if lacks(session.caller.roles, one)), "")


def _leave(session: Session, user: User, one: _Exit) -> int:
    attempts = 0
    if one.team:
        try:
            return session.client.act(REMOVE_FROM_TEAM, user, {"teamId": one.team}).attempts
        except Refused as error:
            if error.words != _NOT_IN_TEAM:
                raise
            attempts = error.attempts
    room_id = one.entry.room_id
    action = REMOVE_FROM_GROUP if one.entry.private else REMOVE_FROM_CHANNEL
    params = [{"rid": room_id, "username": user.username}]
    return attempts + act_in_room(
        session, user, action, "removeUserFromRoom", room_id, params, fine="error-user-not-in-room"
    )
