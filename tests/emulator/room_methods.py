# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods that change who is in a room and who owns it; the endpoints of rooms use them, too."""

from __future__ import annotations

from typing import Any

from tests.emulator.call import Call
from tests.emulator.endpoints_methods import method
from tests.emulator.envelopes import ApiError
from tests.emulator.membership import enter, part
from tests.emulator.messaging import tell
from tests.emulator.room_access import GROUPS, can_access, may_in, not_found
from tests.emulator.rooms import OWNER, Room
from tests.emulator.state import User


@method("addRoomOwner")
def add_room_owner(call: Call, params: list[Any]) -> bool:
    """Make a member an owner; who is in the team of a main room becomes its owner, too."""
    room, user = _room_and_user(call, params, "addRoomOwner", "set-owner")
    entry = room.subscriptions.get(user.id)
    if entry is None:
        raise _error("error-user-not-in-room", "User is not in this room", "addRoomOwner")
    if OWNER in entry.roles:
        raise _error("error-user-already-owner", "User is already an owner", "addRoomOwner")
    entry.roles.append(OWNER)
    team_roles = _team_roles(call, room, user)
    if team_roles is not None and OWNER not in team_roles:
        team_roles.append(OWNER)
    tell(call.server, room, "subscription-role-added", user, call.user, role=OWNER)
    return True


@method("removeRoomOwner")
def remove_room_owner(call: Call, params: list[Any]) -> bool:
    """Make an owner a plain member, unless they are the last one."""
    name = "removeRoomOwner"
    room, user = _room_and_user(call, params, name, "set-owner")
    entry = room.subscriptions.get(user.id)
    if entry is None:
        raise _error("error-invalid-room", "Invalid room", name)
    if OWNER not in entry.roles:
        raise _error("error-user-not-owner", "User is not an owner", name)
    if len(room.owners) == 1:
        reason = "This is the last owner. Please set a new owner before removing this one."
        raise _error("error-remove-last-owner", reason, name)
    entry.roles.remove(OWNER)
    team_roles = _team_roles(call, room, user)
    if team_roles is not None and OWNER in team_roles:
        team_roles.remove(OWNER)
    tell(call.server, room, "subscription-role-removed", user, call.user, role=OWNER)
    return True


@method("addUsersToRoom")
def add_users_to_room(call: Call, params: list[Any]) -> bool:
    """Put accounts into a room, inactive ones as well; who is in it already is no error."""
    name = "addUsersToRoom"
    data = params[0] if params and isinstance(params[0], dict) else {}
    room = call.server.state.rooms.get(data.get("rid"))
    if room is None:
        raise _error("error-invalid-room", "Invalid room", name)
    if room.type == "d":
        raise _error("error-cant-invite-for-direct-room", "Can't invite user to direct rooms", name)
    joined = call.user.id in room.subscriptions
    if not (joined and may_in(call, "add-user-to-joined-room", room)) and not call.may(
        f"add-user-to-any-{room.type}-room"
    ):
        raise _error("error-not-allowed", "Not allowed", name)
    for wanted in data.get("users", []):
        user = call.server.state.by_lower_name.get(str(wanted).lower())
        if user is None:
            raise _error("error-user-not-found", "User not found", name)
        enter(call.server, room, user, call.user)
    return True


@method("removeUserFromRoom")
def remove_user_from_room(call: Call, params: list[Any]) -> bool:
    """Take somebody out of a room; somebody who is not in it is taken out all the same."""
    name = "removeUserFromRoom"
    data = params[0] if params and isinstance(params[0], dict) else {}
    room = call.server.state.rooms.get(data.get("rid"))
    if room is None or room.type == "d" or not may_in(call, "remove-user", room):
        raise _error("error-not-allowed", "Not allowed", name)
    from_any = call.may(f"kick-user-from-any-{room.type}-room")
    if not from_any and not can_access(call, room):
        raise not_found(GROUPS)
    user = call.server.state.by_lower_name.get(str(data.get("username")).lower())
    if user is None or (not from_any and user.id not in room.subscriptions):
        raise _error("error-user-not-in-room", "User is not in this room", name)
    if room.owners == [user.id]:
        reason = "You are the last owner. Please set new owner before leaving the room."
        raise _error("error-you-are-last-owner", reason, name)
    part(call.server, room, user)
    tell(call.server, room, "ru", user, call.user)
    return True


def _room_and_user(call: Call, params: list[Any], name: str, permission: str) -> tuple[Room, User]:
    room = call.server.state.rooms.get(params[0] if params else None)
    if room is None:
        raise _error("error-invalid-room", "Invalid room", name)
    if not may_in(call, permission, room):
        raise _error("error-not-allowed", "Not allowed", name)
    user = call.server.state.by_id.get(str(params[1])) if len(params) > 1 else None
    if user is None:
        raise _error("error-invalid-user", "Invalid user", name)
    return room, user


def _team_roles(call: Call, room: Room, user: User) -> list[str] | None:
    """The roles of an account in the team whose main room this is."""
    team = call.server.state.rooms.team_of_main_room(room)
    member = None if team is None else team.members.get(user.id)
    return None if member is None else member.roles


def _error(code: str, reason: str, name: str) -> ApiError:
    return ApiError(code, reason, {"method": name})
