# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the rooms of somebody who goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.emulator.envelopes import ApiError
from tests.emulator.rooms import OWNER, Room
from tests.emulator.state import State, User

if TYPE_CHECKING:
    from tests.emulator.server import Server


@dataclass
class Verdict:
    """The rooms that do not stay as they are, in the order in which they were made."""

    removed: list[Room] = field(default_factory=list)
    handed_over: list[tuple[Room, User]] = field(default_factory=list)

    def refuse(self) -> None:
        """Refuse if anything would be lost or change hands."""
        if not (self.removed or self.handed_over):
            return
        details = {
            "shouldBeRemoved": [room.shown_name for room in self.removed],
            "shouldChangeOwner": [room.shown_name for room, _heir in self.handed_over],
        }
        raise ApiError("user-last-owner", "", details)


def judge(state: State, user: User) -> Verdict:
    """Judge each room but direct conversations; archived ones, discussions and teams' main rooms are no exception."""
    verdict = Verdict()
    for room in state.rooms.of(user.id):
        if room.type == "d":
            continue
        if OWNER not in room.roles_of(user.id):
            if room.type != "c" and len(room.subscriptions) == 1:
                verdict.removed.append(room)
        elif len(room.owners) == 1:
            heir = _heir(state, room, user)
            if heir is not None:
                verdict.handed_over.append((room, heir))
            elif room.type != "c":
                verdict.removed.append(room)
    return verdict


def _heir(state: State, room: Room, leaver: User) -> User | None:
    """The active account that came in first, be it a bot."""
    others = (state.by_id[entry.user_id] for entry in room.oldest_first() if entry.user_id != leaver.id)
    return next((other for other in others if other.active), None)


def relinquish(server: Server, verdict: Verdict) -> list[str]:
    """Carry a verdict out; the ids of the rooms that are gone.

    The leaver stays owner beside the heir, and nobody becomes owner of a team.
    """
    for room, heir in verdict.handed_over:
        room.subscriptions[heir.id].roles.append(OWNER)
        heir.extra.setdefault("roomRolePriorities", {})[room.id] = 0
    for room in verdict.removed:
        team = server.state.rooms.team_of_main_room(room)
        server.state.rooms.delete(room)
        if team is not None and server.speak.deletes_teams_with_their_room:
            server.state.rooms.delete_team(team)
    return [room.id for room in verdict.removed]
