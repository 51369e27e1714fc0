# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""rooms.*: reading rooms of any type, and what the administration sees of them."""

from __future__ import annotations

from tests.emulator.call import Call
from tests.emulator.envelopes import ApiError, Reply, success
from tests.emulator.paging import page_of
from tests.emulator.registry import endpoint
from tests.emulator.room_access import CHANNELS, can_access, named_room, not_found
from tests.emulator.room_views import admin_room_view, by_role, members_of, ordered_member_view, room_view
from tests.emulator.rooms import Room


@endpoint("GET", "rooms.info")
def info(call: Call) -> Reply:
    """A room of any type; what it belongs to is told by newer servers."""
    room = _room(call)
    if room.archived:
        raise ApiError("error-room-archived", f"The channel, {room.name}, is archived")
    if not can_access(call, room):
        raise ApiError("Not Allowed", text="not-allowed")
    answer = {"room": room_view(call, room)}
    if call.server.speak.new:
        rooms = call.server.state.rooms
        team = rooms.teams.get(room.team or "")
        parent = rooms.get(room.parent)
        if team is not None:
            answer["team"] = {"_id": team.id, "name": team.name, "roomId": team.room_id, "type": int(team.private)}
            if not room.team_main:
                parent = parent or rooms.get(team.room_id)
        if parent is not None:
            answer["parent"] = {"_id": parent.id, "name": parent.name, "fname": parent.shown_name, "t": parent.type}
    return success(answer)


@endpoint("GET", "rooms.membersOrderedByRole", since=(7, 3))
def members_ordered_by_role(call: Call) -> Reply:
    """Who is in a room and active, owners first."""
    room = _room(call)
    if not can_access(call, room):
        text = 'The required "roomId" or "roomName" param provided does not match any room'
        raise ApiError(None, text, status=404)
    room.priorities_created = True
    page, numbers = page_of(call, by_role(room, members_of(call, room)))
    return success({"members": [ordered_member_view(call, room, user) for user in page], **numbers})


@endpoint("GET", "rooms.isMember")
def is_member(call: Call) -> Reply:
    """Whether somebody is in a room."""
    room, state = _room(call), call.server.state
    user = state.by_id.get(call.query.get("userId", "")) or state.by_name.get(call.query.get("username", ""))
    if user is None:
        raise ApiError(None, "error-user-not-found")
    if not can_access(call, room):
        raise ApiError(None, "unauthorized", status=403)
    return success({"isMember": user.id in room.subscriptions})


@endpoint("GET", "rooms.adminRooms.getRoom")
def admin_room(call: Call) -> Reply:
    """One room, whoever is in it."""
    _demand_administration(call)
    room = call.server.state.rooms.get(call.query.get("rid"))
    if room is None:
        raise ApiError("Not Allowed", text="not-allowed")
    return success(admin_room_view(call, room))


@endpoint("GET", "rooms.adminRooms")
def admin_rooms(call: Call) -> Reply:
    """Rooms by name, whoever is in them; discussions and teams only where they are asked for."""
    _demand_administration(call)
    term = call.query.get("filter", "").strip().lower()
    types = [*call.values("types[]"), *call.values("types")]
    found = [room for room in call.server.state.rooms if _named(call, room, term) and _wanted(room, types)]
    found.sort(key=lambda room: (not room.default, room.name))
    page, numbers = page_of(call, found)
    return success({"rooms": [admin_room_view(call, room) for room in page], **numbers})


def _named(call: Call, room: Room, term: str) -> bool:
    names = [room.name, room.title]
    if room.type == "d":
        names = [call.server.state.by_id[user_id].username for user_id in room.subscriptions]
    return any(term in name.lower() for name in names)


def _wanted(room: Room, types: list[str]) -> bool:
    if room.parent is not None:
        return "discussions" in types
    if room.team_main:
        return "teams" in types
    return not types or room.type in types


def _demand_administration(call: Call) -> None:
    if not call.may("view-room-administration"):
        raise ApiError(None, "error-not-authorized")


def _room(call: Call) -> Room:
    if "roomId" not in call.query and "roomName" not in call.query:
        raise ApiError("error-roomid-param-not-provided", 'The parameter "roomId" or "roomName" is required')
    room = named_room(call)
    if room is None:
        raise not_found(CHANNELS)
    return room
