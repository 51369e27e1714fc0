# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Giving the rooms that depend on a leaver to somebody who stays, so that nothing is deleted or left without owner.

Discussions and teams' main rooms are rooms like others. Whoever becomes owner of a main room owns the team as well; who
was its owner before need not: where the server itself gave the main room away, the team is still the leaver's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.successor import find_successor
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.teams import Team
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import Membership, User
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.vacancies import Vacancies, Vacancy
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    ADD_OWNER,
    INVITE_TO_CHANNEL,
    INVITE_TO_GROUP,
    REMOVE_OWNER,
    SEE_ROOM_COUNTS,
    SEE_ROOMS,
    SET_TEAM_ROLES,
    Action,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    Refused,
    RocketChatError,
    TargetError,
    refusal,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.rooms import (
    ROOMS,
    Estate,
    act_in_room,
    teams_left_behind,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import (
    Done,
    HalfDone,
    Plan,
    Scene,
    Step,
    Thing,
    nothing_there,
)

_CURE = "Make somebody who stays its owner, then run again."
_ALONE = "If nobody else is in it, it goes with the account. Give the calling account the permission, or look by hand."
_OWNS_ALREADY = "error-user-already-owner"
_OWNS_NO_MORE = "error-user-not-owner"


@dataclass(frozen=True)
class _Room:
    """One room to be handed over; ``joined``: the successor is in it, ``owned``: owns it already.

    ``team``: the id of the team to whose main room that does not help any more.
    """

    entry: Membership
    title: str
    certain: bool
    archived: bool
    joined: bool
    owned: bool = False
    team: str = ""


class HandOver(Step):
    """Makes the successor an owner of every room that nobody else who can use it owns.

    ``successor``: the user name of who takes over. ``estate``: the teams of those who leave.
    """

    name = "handover"
    label = "Rooms"
    deed = "rooms handed over"
    # The server shows who owns them.
    remembered = False
    rooms = True
    actions = (ADD_OWNER,)
    blank: ClassVar[Mapping[str, Any]] = {"rooms_handed_over": []}
    shows = ("rooms_handed_over",)

    def __init__(self, successor: str, estate: Estate | None = None) -> None:
        self._name = successor
        self._estate = estate or Estate()
        self._heir: User | None = None
        self._rooms: dict[str, list[_Room]] = {}
        self._uncounted: dict[str, list[Thing]] = {}
        self._teams_seen: tuple[str, ...] = ()

    def inspect(self, scene: Scene, users: Sequence[User]) -> Mapping[str, Any]:
        """Find out which rooms of whom need an owner, and what would keep the successor from becoming that."""
        if not users:
            return {}
        session = scene.session
        heir = self._heir = find_successor(session, self._name, {user.user_id for user in users}, scene.warn)
        shown = {user.user_id: user.rooms for user in users if user.rooms is not None}
        vacancies = Vacancies(session.client, session.version, shown, concurrency=scene.concurrency)
        teams = self._estate.teams(scene, users)
        found: dict[str, TargetError | None] = {}
        for user in users:
            if user.rooms is None:
                found[user.user_id] = _not_visible(user)
                continue
            vacant = vacancies.of(user.user_id)
            half_done = vacancies.with_one_heir(user.user_id, heir.user_id) if scene.unfinished(user, self) else []
            orphaned = teams.orphaned(user.user_id) if teams else []
            self._rooms[user.user_id] = _to_hand_over(user, heir, vacant, half_done, orphaned)
            looked_at, hidden = teams_left_behind(user, [] if teams else None)
            self._teams_seen = tuple(looked_at)
            uncounted = vacancies.uncounted(user.user_id)
            self._uncounted[user.user_id] = hidden + [
                Thing("room", name, _ALONE, SEE_ROOM_COUNTS.permission) for name in uncounted
            ]
            if uncounted:
                scene.warn(
                    f"It could not be found out whether {user.username} is alone in these private rooms, which would"
                    f" then be deleted: {', '.join(uncounted)}. The calling account lacks the permission"
                    f" {SEE_ROOM_COUNTS.permission}."
                )
            found[user.user_id] = self._objection(session, user, vacant)
        return found

    def _objection(self, session: Session, user: User, vacant: Sequence[Vacancy]) -> TargetError | None:
        """Return what permission the calling account lacks to hand rooms and teams over, and which."""
        rooms_of = self._rooms[user.user_id]
        strange = [room for room in rooms_of if not (room.joined or room.owned)]
        # Of a private room that it sees, the calling account may be a member, and then may invite.
        seen = {vacancy.entry.room_id for vacancy in vacant if vacancy.visible}
        for action, rooms in (
            (INVITE_TO_CHANNEL, [room for room in strange if not room.entry.private]),
            (INVITE_TO_GROUP, [room for room in strange if room.entry.private and room.entry.room_id not in seen]),
            (SET_TEAM_ROLES, [room for room in rooms_of if room.team]),
        ):
            if rooms and session.workspace.lacks(session.caller.roles, action.permission):
                names = [room.title for room in rooms]
                details = {"permission": action.permission, "rooms": names}
                note = f" It takes that for these rooms of {user.username}: {', '.join(names)}."
                error = refusal(
                    "error-not-allowed", "", details, permission=action.permission, deed=action.deed, note=note
                )
                return TargetError(error.code, error.message, details)
        return None

    def handed(self, user_id: str) -> frozenset[str]:
        """Return the ids of the rooms of somebody that the successor is put into."""
        return frozenset(room.entry.room_id for room in self._rooms.get(user_id, ()))

    def plan(self, user: User, seen: Any) -> Plan:
        """Nothing is sent where every room has another owner who stays."""
        rooms, uncounted = self._rooms.get(user.user_id, []), self._uncounted.get(user.user_id, [])
        if not rooms and seen is None:
            return nothing_there(ROOMS, *self._teams_seen, left_behind=uncounted)
        return Plan(
            changed=True,
            effects={"rooms_handed_over": [self._told(room) for room in rooms]},
            before="".join(f"room {room.title}: no other owner{_unless(room)}\n" for room in rooms),
            after="".join(f"room {room.title}: owned by {self._name}\n" for room in rooms),
            objection=seen,
            looked_at=() if user.rooms is None else (ROOMS, *self._teams_seen),
            left_behind=uncounted,
            at_stake=[Thing("room", room.title, _CURE) for room in rooms],
        )

    def _told(self, room: _Room) -> dict[str, Any]:
        return {
            "room_id": room.entry.room_id,
            "name": room.title,
            "to": self._heir.username if self._heir else self._name,
            "other_owners_known": room.certain,
        }

    def act(self, session: Session, user: User) -> Done:
        """Hand room after room over, the others too where the server refuses one.

        :raises TargetError: ``rooms-not-handed-over``, with what became of each
        """
        attempts, done, failed = 0, [], {}
        behind: list[Thing] = []
        rooms = self._rooms[user.user_id]
        for room in rooms:
            try:
                sent, refused = self._hand_over(session, user, room)
                attempts += sent
                behind += refused
                done.append(room)
            except RocketChatError as error:
                attempts += error.attempts
                if not isinstance(error, Refused) or not error.hides:
                    error.attempts = attempts
                    error.details["done"] = [entry.title for entry in done]
                    raise
                failed[room.entry.room_id] = error.message
        if failed:
            raise _half_way(user, rooms, failed, attempts)
        return Done(attempts, {"rooms_handed_over": [self._told(room) for room in done]}, behind)

    def _hand_over(self, session: Session, user: User, room: _Room) -> tuple[int, list[Thing]]:
        """Hand one room over; return how many requests it took, and what the server did not let go."""
        attempts = self._make_owner(session, room)
        if not room.entry.owner:
            return attempts, []
        params = [room.entry.room_id, user.user_id]
        try:
            removed = _change_owner(session, user, REMOVE_OWNER, "removeRoomOwner", room, params, fine=_OWNS_NO_MORE)
        except RocketChatError as error:
            error.attempts += attempts
            if not isinstance(error, Refused) or not error.hides:
                raise
            cure = f"Take the ownership away in Rocket.Chat. The server said: {error.words or error.code}"
            return error.attempts, [Thing("ownership", room.title, cure)]
        return attempts + removed, []

    def _make_owner(self, session: Session, room: _Room) -> int:
        """Put the successor into the room and make them an owner, as far as they are not; return how many requests."""
        heir = self._heir
        if heir is None:
            return 0
        if room.team:
            body = {"teamId": room.team, "member": {"userId": heir.user_id, "roles": ["owner"]}}
            return session.client.act(SET_TEAM_ROLES, heir, body).attempts
        if room.owned:
            return 0
        rid, attempts = room.entry.room_id, 0
        if not room.joined:
            action = INVITE_TO_GROUP if room.entry.private else INVITE_TO_CHANNEL
            invited: list[Any] = [{"rid": rid, "users": [heir.username]}]
            attempts = act_in_room(session, heir, action, "addUsersToRoom", rid, invited, by_method_alone=room.archived)
        params = [rid, heir.user_id]
        try:
            return attempts + _change_owner(session, heir, ADD_OWNER, "addRoomOwner", room, params, fine=_OWNS_ALREADY)
        except RocketChatError as error:
            error.attempts += attempts
            raise

    def told(self, facts: Mapping[str, Any]) -> str:
        """Say which rooms went to whom, and of which not everything was seen."""
        rooms = facts.get("rooms_handed_over") or []
        words = f"to {self._name}: {', '.join(room['name'] for room in rooms)}"
        unseen = [room["name"] for room in rooms if not room["other_owners_known"]]
        if unseen:
            words += f"; the calling account does not see whether somebody else owned these too: {', '.join(unseen)}"
        return words


def _to_hand_over(
    user: User, heir: User, vacant: Sequence[Vacancy], half_done: Sequence[Vacancy], orphaned: Sequence[Team]
) -> list[_Room]:
    """Return what is to be done to the rooms of one person.

    :arg half_done: rooms where a run that broke off may have left them owner beside the successor
    :arg orphaned: teams without an owner who stays, be it that their main rooms have one
    """
    theirs = {entry.room_id: entry.owner for entry in heir.rooms or ()}
    rooms = []
    for one in vacant:
        owned = theirs.get(one.entry.room_id) is True
        if not owned:
            rooms.append(_Room(one.entry, one.title, one.certain, one.archived, joined=one.entry.room_id in theirs))
    rooms += [
        _Room(one.entry, one.title, one.certain, one.archived, joined=True, owned=True)
        for one in half_done
        if theirs.get(one.entry.room_id) is True
    ]
    # With a main room that the successor is made an owner of goes the team.
    given = {room.entry.room_id for room in rooms if not room.owned}
    teams = {team.room_id: team for team in orphaned if team.room_id not in given}
    rooms = [room for room in rooms if room.entry.room_id not in teams]
    for entry in user.rooms or ():
        team = teams.get(entry.room_id)
        if team:
            owned = theirs.get(entry.room_id) is True
            joined = entry.room_id in theirs
            rooms.append(_Room(entry, team.name, True, False, joined, owned, team.team_id if owned else ""))
    return rooms


def _change_owner(
    session: Session, target: User, action: Action, method: str, room: _Room, params: Sequence[str], *, fine: str
) -> int:
    """Do it by the method alone for private rooms: the endpoint wants the calling account to be in them."""
    alone = room.entry.private or room.archived
    return act_in_room(session, target, action, method, room.entry.room_id, params, by_method_alone=alone, fine=fine)


def _unless(room: _Room) -> str:
    return "" if room.certain else ", as far as the calling account sees"


def _not_visible(user: User) -> TargetError:
    return TargetError(
        "rooms-not-visible",
        f"The calling account does not see the rooms of {user.username}, so that they cannot be handed over. It takes"
        f" the permission {SEE_ROOMS.permission}.",
        {"permission": SEE_ROOMS.permission},
    )


def _half_way(user: User, rooms: Sequence[_Room], failed: Mapping[str, str], attempts: int) -> TargetError:
    """Return what to tell of a hand-over of which the server refused a part, room by room."""
    said = "; ".join(f"{room.title}: {failed[room.entry.room_id]}" for room in rooms if room.entry.room_id in failed)
    done = [room.title for room in rooms if room.entry.room_id not in failed]
    left_behind = [Thing("room", room.title, _CURE) for room in rooms if room.entry.room_id in failed]
    message = f"Not every room of {user.username} could be handed over. {said}"
    error = HalfDone("rooms-not-handed-over", message, done, left_behind)
    error.details["rooms"] = [
        {
            "room_id": room.entry.room_id,
            "name": room.title,
            "result": "failed" if room.entry.room_id in failed else "done",
            "reason": failed.get(room.entry.room_id, ""),
        }
        for room in rooms
    ]
    error.attempts = attempts
    return error
