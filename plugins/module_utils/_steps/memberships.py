# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking leavers out of their rooms and teams. Direct messages cannot be left, by nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.rooms import Fate
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.teams import main_rooms
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import Membership, User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    REMOVE_FROM_CHANNEL,
    REMOVE_FROM_GROUP,
    REMOVE_FROM_TEAM,
    REMOVE_MEMBERS,
    SEE_ROOMS,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import if_allowed
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.rooms import Estate, act_in_room
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Done, Plan, Scene, Step, Thing

_KIND = "membership"
_NOT_IN_TEAM = "member-does-not-exist"
_LAST_OWNER = ("error-you-are-last-owner", "last-owner-can-not-be-removed")
_OWNS_ALONE = "The account is its last owner. Make somebody else its owner, then run again."
_JUDGED = "It changes hands with the account. Run again when that is done."
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
    looked_at: Sequence[str]


class Memberships(Step):
    """Takes accounts out of all rooms and teams.

    ``estate``: the rooms that the server judges when the account is deactivated, which nobody is taken out of before;
    ``None`` where every one of them was handed over.
    """

    name = "memberships"
    label = "Memberships"
    deed = "taken out of rooms"
    # The server shows them.
    remembered = False
    rooms = True
    blank: ClassVar[Mapping[str, Any]] = {"memberships_ended": []}
    shows = ("memberships_ended",)

    def __init__(self, estate: Estate | None) -> None:
        self._estate = estate
        self._exits: dict[str, _Exits] = {}

    def inspect(self, scene: Scene, users: Sequence[User]) -> Mapping[str, Any]:
        """Find out which rooms are main rooms of teams, what the calling account may do, and what is judged later."""
        members = [user for user in users if user.rooms]
        if not members:
            return {}
        teams = main_rooms(scene.session.client)
        leaving = [user for user in users if user.active is not False]
        estate = self._estate.read(scene, leaving) if self._estate and leaving else None
        may = _Rights(scene.session)
        for user in members:
            fate = Fate()
            if estate and user in leaving:
                others = [other.user_id for other in leaving if other is not user]
                fate = estate.fate(user.user_id, (), others)
            self._exits[user.user_id] = _exits(may, user, teams, fate)
        return self._exits

    def plan(self, user: User, seen: _Exits | None) -> Plan:
        """Nobody is taken out of a room that they are not in: the server would say in it that they were."""
        if user.rooms is None:
            cure = "See to it that the calling account sees the rooms of others, then run again."
            unseen = Thing(_KIND, "", cure, SEE_ROOMS.permission)
            return Plan(False, "the rooms of the account are not shown", "none", left_behind=[unseen])
        exits = seen or _Exits([], [], ("memberships", "teams"))
        names = [one.entry.name for one in exits.rooms]
        return Plan(
            changed=bool(names),
            reason="there is no room to take the account out of",
            evidence="none" if names else "no_rooms",
            effects={"memberships_ended": names},
            before="".join(f"member of room {name}\n" for name in names),
            looked_at=exits.looked_at,
            left_behind=exits.stay,
            at_stake=[Thing(_KIND, name, "Run again.") for name in names],
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
                stay.append(Thing(_KIND, one.entry.name, _OWNS_ALONE if last else error.message))
        return Done(attempts, {"memberships_ended": ended}, stay, changed=bool(ended))

    def told(self, facts: Mapping[str, Any]) -> str:
        """Say out of which."""
        names = facts.get("memberships_ended") or []
        return f"taken out of: {', '.join(names)}" if names else "taken out of no room"


def kept_memberships(user: User) -> Plan:
    """Return what stays where the task keeps memberships, as far as it is shown."""
    if user.rooms is None:
        return Plan(False)
    cure = "Run with memberships set to remove, if it is to end."
    kept = [Thing(_KIND, entry.name, cure) for entry in user.rooms]
    return Plan(False, looked_at=("memberships",), kept=kept)


class _Rights:
    """What the calling account may do, as far as anybody knows."""

    def __init__(self, session: Session) -> None:
        self._permissions = if_allowed(session.workspace.permissions) or {}
        self._roles = session.caller.roles

    def lacking(self, entry: Membership, team: str) -> str:
        """Return the permission that is missing to take somebody out of a room, or of the team whose room it is."""
        needed = [REMOVE_FROM_GROUP if entry.private else REMOVE_FROM_CHANNEL, REMOVE_MEMBERS]
        for action in [REMOVE_FROM_TEAM] if team else needed:
            roles = self._permissions.get(action.permission)
            if roles is not None and not roles & self._roles:
                return action.permission
        return ""


def _exits(may: _Rights, user: User, teams: Mapping[str, str] | None, fate: Fate) -> _Exits:
    rooms: list[_Exit] = []
    stay: list[Thing] = []
    for entry in user.rooms or ():
        # The server takes nobody who is inactive out of a team; out of its main room it does, which is the same.
        team = (teams or {}).get(entry.room_id, "") if user.active else ""
        if team and may.lacking(entry, team):
            team = ""
        permission = may.lacking(entry, team)
        if entry.room_id in fate.touched:
            if entry.room_id not in fate.doomed:
                stay.append(Thing(_KIND, entry.name, _JUDGED))
        elif permission:
            stay.append(Thing(_KIND, entry.name, _BY_HAND, permission))
        else:
            rooms.append(_Exit(entry, team))
    return _Exits(rooms, stay, ("memberships",) if teams is None else ("memberships", "teams"))


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
