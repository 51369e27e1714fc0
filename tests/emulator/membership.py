# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Coming into rooms and going: what follows for messages and teams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.emulator.messaging import copy_of, tell
from tests.emulator.rooms import Room, Subscription, TeamMember
from tests.emulator.state import User

if TYPE_CHECKING:
    from tests.emulator.server import Server


def enter(server: Server, room: Room, user: User, inviter: User | None = None) -> bool:
    """Put an account into a room, and into the team whose main room it is; False where it was in before.

    :arg inviter: who put it there, unless it came by itself
    """
    if user.id in room.subscriptions:
        return False
    now = server.clock.now()
    server.state.rooms.join(room, Subscription(user.id, now, unread=1))
    if inviter is None:
        tell(server, room, _coming(room), user, user)
    else:
        # The name that people see is left out here, and only here.
        author = {"_id": inviter.id, "username": inviter.username}
        tell(server, room, "added-user-to-team" if room.team_main else "au", user, inviter, u=author)
    team = server.state.rooms.team_of_main_room(room)
    if team is not None and user.id not in team.members:
        team.members[user.id] = TeamMember(user.id, now, copy_of(inviter or user))
    return True


def _coming(room: Room) -> str:
    """The type of the message that somebody came by themselves."""
    if room.parent is not None:
        return "ut"
    return "ujt" if room.team_main else "uj"


def part(server: Server, room: Room, user: User) -> None:
    """Take an account out of a room; leaving a main room ends the membership in the team."""
    server.state.rooms.leave(room, user.id)
    team = server.state.rooms.team_of_main_room(room)
    if team is not None:
        team.members.pop(user.id, None)


def join_default_rooms(server: Server, user: User) -> None:
    """What happens to a new account."""
    for room in server.state.rooms:
        if room.default:
            enter(server, room, user)
