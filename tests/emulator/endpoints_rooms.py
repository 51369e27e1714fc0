# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making channels and groups, and changing who is in them."""

from __future__ import annotations

from tests.emulator import codes
from tests.emulator.call import Call
from tests.emulator.endpoints_reset import find_target
from tests.emulator.envelopes import ApiError, Reply, success
from tests.emulator.messaging import copy_of
from tests.emulator.registry import endpoint
from tests.emulator.room_access import (
    CHANNELS,
    GROUPS,
    Family,
    find_room,
    may_in,
    room_endpoint,
)
from tests.emulator.room_methods import add_room_owner, add_users_to_room, remove_room_owner, remove_user_from_room
from tests.emulator.room_names import valid_room_name
from tests.emulator.room_views import room_view
from tests.emulator.rooms import OWNER, Room, Subscription
from tests.emulator.settings import E2E, E2E_PRIVATE_ROOMS
from tests.emulator.state import User


@endpoint("POST", "channels.create", permission="create-c")
def create_channel(call: Call) -> Reply:
    """Make a channel that the caller owns."""
    return _create(call, CHANNELS)


@endpoint("POST", "groups.create", permission="create-p")
def create_group(call: Call) -> Reply:
    """Make a private group that the caller owns."""
    return _create(call, GROUPS)


def _create(call: Call, family: Family) -> Reply:
    server, given = call.server, call.fields
    if not given.get("name"):
        raise ApiError(None, 'Body param "name" is required')
    now = server.clock.now()
    room = Room(codes.object_id(), family.type, valid_room_name(call, given["name"]), now, copy_of(call.user))
    room.read_only = given.get("readOnly") is True
    room.encrypted = _encrypted(call, family)
    # The server leaves out names that nobody has.
    named = (server.state.by_name.get(str(member)) for member in given.get("members") or [])
    for user in filter(None, named):
        room.subscriptions[user.id] = Subscription(user.id, now)
    room.subscriptions[call.user.id] = Subscription(call.user.id, now, roles=[OWNER])
    server.state.rooms.add(room)
    return success({family.key: room_view(call, room)})


def _encrypted(call: Call, family: Family) -> bool | None:
    """Whether a new room is encrypted; where the request does not say, the workspace may."""
    extra = call.fields.get("extraData") or {}
    if not isinstance(extra, dict):
        raise ApiError(None, 'Body param "extraData" must be an object if provided')
    if extra.get("encrypted") is not None:
        return bool(extra["encrypted"])
    settings = call.server.settings
    return True if family is GROUPS and settings[E2E] and settings[E2E_PRIVATE_ROOMS] else None


@room_endpoint("POST", "invite")
def invite(family: Family, call: Call) -> Reply:
    """Put people into a room; the caller need not be in it, nor see it."""
    room = find_room(call, family, visible=False)
    names = [user.username for user in _invited(call)]
    add_users_to_room(call, [{"rid": room.id, "users": names}])
    return success({family.key: room_view(call, room)})


def _invited(call: Call) -> list[User]:
    state, given = call.server.state, call.fields
    if "userIds" in given or "usernames" in given:
        found = [state.by_id.get(str(user_id)) for user_id in given.get("userIds", [])]
        found += [state.by_name.get(str(name)) for name in given.get("usernames", [])]
        return [user for user in found if user is not None]
    return [find_target(call)]


@room_endpoint("POST", "addOwner")
def add_owner(family: Family, call: Call) -> Reply:
    """Make a member an owner; of a private group, the caller has to be in it."""
    room = find_room(call, family, visible=family is GROUPS)
    add_room_owner(call, [room.id, find_target(call).id])
    return success()


@room_endpoint("POST", "removeOwner")
def remove_owner(family: Family, call: Call) -> Reply:
    """Make an owner a plain member."""
    room = find_room(call, family, visible=family is GROUPS)
    remove_room_owner(call, [room.id, find_target(call).id])
    return success()


@room_endpoint("POST", "kick")
def kick(family: Family, call: Call) -> Reply:
    """Take somebody out of a room."""
    room = find_room(call, family, visible=False)
    remove_user_from_room(call, [{"rid": room.id, "username": find_target(call).username}])
    return success({family.key: room_view(call, room)} if family is CHANNELS else None)


@room_endpoint("POST", "archive")
def archive(family: Family, call: Call) -> Reply:
    """Archive a room, for each of its members too."""
    room = find_room(call, family, visible=family is GROUPS)
    if not may_in(call, "archive-room", room):
        raise ApiError("error-not-authorized", "Not authorized", {"method": "archiveRoom"})
    room.archived = True
    for entry in room.subscriptions.values():
        entry.archived = True
    return success()
