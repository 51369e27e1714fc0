# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making teams and discussions, and deleting rooms of every kind.

Nobody recorded these: what they answer is what the server's source says (7.x), where it serves all versions alike.
"""

from __future__ import annotations

from tests.emulator import codes
from tests.emulator.call import Call
from tests.emulator.envelopes import ApiError, Reply, success
from tests.emulator.messaging import copy_of
from tests.emulator.registry import endpoint
from tests.emulator.room_access import check_may_say, may_in
from tests.emulator.room_names import valid_room_name
from tests.emulator.room_views import room_view, team_view
from tests.emulator.rooms import OWNER, Room, Subscription, Team, TeamMember
from tests.emulator.state import User


def _others(call: Call, key: str) -> list[User]:
    """Those whom a request names, by user name or id, without the caller; names that nobody has are left out."""
    state = call.server.state
    found = (state.by_name.get(str(who)) or state.by_id.get(str(who)) for who in call.fields.get(key) or [])
    return [user for user in found if user is not None and user is not call.user]


@endpoint("POST", "teams.create", permission="create-team")
def create_team(call: Call) -> Reply:
    """Make a team (``type`` 0 is public, 1 private) with its main room; the caller owns both."""
    name, kind = call.fields.get("name"), call.fields.get("type")
    if not isinstance(name, str) or kind not in (0, 1):
        raise ApiError(None, "Match error: Failed Match.ObjectIncluding validation")
    state, now = call.server.state, call.server.clock.now()
    if any(team.name == name for team in state.rooms.teams.values()):
        raise ApiError(None, "team-name-already-exists")
    room = Room(codes.object_id(), "p" if kind else "c", valid_room_name(call, name), now, copy_of(call.user))
    team = Team(codes.object_id(), name, room.id, bool(kind), now, copy_of(call.user))
    room.team, room.team_main = team.id, True
    for user, roles in [*((user, []) for user in _others(call, "members")), (call.user, [OWNER])]:
        room.subscriptions[user.id] = Subscription(user.id, now, roles=list(roles))
        team.members[user.id] = TeamMember(user.id, now, copy_of(call.user), roles=list(roles))
    state.rooms.add(room)
    state.rooms.teams[team.id] = team
    return success({"team": team_view(team)})


@endpoint("POST", "teams.delete")
def delete_team(call: Call) -> Reply:
    """Delete a team with its main room and those of its rooms that are named; the others are the workspace's again."""
    rooms, given = call.server.state.rooms, call.fields
    named = (team for team in rooms.teams.values() if team.name == given.get("teamName"))
    team = rooms.teams.get(str(given.get("teamId"))) or next(named, None)
    if team is None:
        raise ApiError(None, "team-does-not-exist")
    main_room = rooms.get(team.room_id)
    if not (call.may("delete-team") if main_room is None else may_in(call, "delete-team", main_room)):
        raise ApiError(None, "unauthorized", status=403)
    for room in rooms.of_team(team.id):
        if room.id in (given.get("roomsToRemove") or []):
            rooms.delete(room)
    rooms.delete_team(team)
    if main_room is not None:
        rooms.delete(main_room)
    return success()


@endpoint("POST", "rooms.createDiscussion")
def create_discussion(call: Call) -> Reply:
    """Make a discussion within a room; it is as private as that room, and its name is a random one."""
    given, state = call.fields, call.server.state
    for key in ("prid", "t_name"):
        if not given.get(key):
            raise ApiError(None, f'Body parameter "{key}" is required.')
    parent = state.rooms.get(given["prid"])
    if not any(call.may(permission) for permission in ("start-discussion", "start-discussion-other-user")):
        details = {"method": "createDiscussion"}
        raise ApiError("error-action-not-allowed", "You are not allowed to create a discussion", details)
    parent = check_may_say(call, parent)
    if parent.parent is not None:
        details = {"method": "DiscussionCreation"}
        raise ApiError("error-nested-discussion", "Cannot create nested discussions", details)
    now = call.server.clock.now()
    room = Room(codes.object_id(), parent.type, codes.random_id(), now, copy_of(call.user), title=str(given["t_name"]))
    room.parent = parent.id
    for user in _others(call, "users"):
        room.subscriptions[user.id] = Subscription(user.id, now)
    room.subscriptions[call.user.id] = Subscription(call.user.id, now, roles=[OWNER])
    state.rooms.add(room)
    return success({"discussion": {**room_view(call, room), "rid": room.id}})


@endpoint("POST", "rooms.delete")
def delete_room(call: Call) -> Reply:
    """Delete a room with all that was said there."""
    if not call.fields.get("roomId"):
        raise ApiError(None, "The 'roomId' param is required")
    rooms = call.server.state.rooms
    room = rooms.get(call.fields["roomId"])
    if room is None:
        raise ApiError("error-invalid-room", "Invalid room", {"method": "eraseRoom"})
    if room.type == "d" or not may_in(call, f"delete-{room.type}", room):
        raise ApiError("error-not-allowed", "Not allowed", {"method": "eraseRoom"})
    rooms.delete(room)
    return success()
