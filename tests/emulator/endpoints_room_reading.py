# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading channels and groups: what they are, who is in them, and in which role."""

from __future__ import annotations

from tests.emulator.call import Call
from tests.emulator.envelopes import ApiError, Forbidden, InvalidParams, Reply, success
from tests.emulator.paging import page_of
from tests.emulator.room_access import Family, find_room, room_endpoint
from tests.emulator.room_views import (
    counters_view,
    member_view,
    members_of,
    moderator_views,
    role_views,
    room_view,
)


@room_endpoint("GET", "info")
def info(family: Family, call: Call) -> Reply:
    """A room."""
    room = find_room(call, family, archived=True)
    return success({family.key: room_view(call, room)})


@room_endpoint("GET", "members")
def members(family: Family, call: Call) -> Reply:
    """Who is in a room and active."""
    room = find_room(call, family, archived=True)
    page, numbers = page_of(call, members_of(call, room))
    return success({"members": [member_view(user) for user in page], **numbers})


@room_endpoint("GET", "roles")
def roles(family: Family, call: Call) -> Reply:
    """Who has a role in a room."""
    return success({"roles": role_views(call, find_room(call, family))})


@room_endpoint("GET", "moderators")
def moderators(family: Family, call: Call) -> Reply:
    """Who moderates a room."""
    return success({"moderators": moderator_views(call, find_room(call, family))})


@room_endpoint("GET", "counters")
def counters(family: Family, call: Call) -> Reply:
    """How many are in a room; answers for rooms that the caller does not see, too."""
    user_id = call.query.get("userId")
    if user_id is not None and not call.may("view-room-administration"):
        raise Forbidden
    room = find_room(call, family, visible=False)
    return success(counters_view(call, room, user_id or call.user.id))


@room_endpoint("GET", "online")
def online(_family: Family, call: Call) -> Reply:
    """Takes neither the id nor the name of a room."""
    if {"roomId", "roomName"} & set(call.query):
        raise InvalidParams("must NOT have additional properties")
    raise ApiError(None, "Invalid query")
