# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which room a request means, and who may see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.emulator.call import Call
from tests.emulator.envelopes import ApiError, Reply
from tests.emulator.registry import endpoint
from tests.emulator.rooms import Room


@dataclass(frozen=True)
class Family:
    """Endpoints of one type of room."""

    prefix: str
    type: str
    # What the answers call one of them: as a key, and in sentences.
    key: str
    words: str


CHANNELS = Family("channels", "c", "channel", "The channel")
GROUPS = Family("groups", "p", "group", "The private group")

FamilyHandler = Callable[[Family, Call], Reply]


def room_endpoint(method: str, action: str) -> Callable[[FamilyHandler], FamilyHandler]:
    """Register a function for channels.ACTION and for groups.ACTION."""

    def register(handler: FamilyHandler) -> FamilyHandler:
        for family in (CHANNELS, GROUPS):
            endpoint(method, f"{family.prefix}.{action}")(partial(handler, family))
        return handler

    return register


def may_in(call: Call, permission: str, room: Room) -> bool:
    """Whether the caller holds a permission, be it by a role in this room."""
    roles = [*call.user.roles, *room.roles_of(call.user.id)]
    return call.server.permissions.holds(roles, permission)


def can_access(call: Call, room: Room) -> bool:
    """Whether the caller may see a room."""
    rooms = call.server.state.rooms
    if room.type == "c":
        team = rooms.teams.get(room.team or "")
        if (team is None or not team.private or call.user.id in team.members) and call.may("view-c-room"):
            return True
    joined = call.user.id in room.subscriptions
    if joined and (call.may("view-joined-room") or call.may(f"view-{room.type}-room")):
        return True
    parent = rooms.get(room.parent)
    return parent is not None and can_access(call, parent)


def check_may_say(call: Call, room: Room | None) -> Room:
    """The room, unless it is one that the caller may not say anything in."""
    if room is None:
        raise ApiError(None, "error-invalid-room")
    if not can_access(call, room):
        raise ApiError(None, "error-not-allowed")
    if room.read_only and not may_in(call, "post-readonly", room):
        raise ApiError(None, "You can't send messages because the room is readonly.")
    return room


def parameters(call: Call) -> dict[str, Any]:
    """What a request says: in the query or in the body."""
    return call.query if call.method == "GET" else call.fields


def find_room(call: Call, family: Family, *, archived: bool = False, visible: bool = True) -> Room:
    """The room that a request means by id or name.

    :arg archived: an archived one will do
    :arg visible: it has to be one that the caller may see
    """
    room = named_room(call)
    if room is None or room.type != family.type or (visible and not can_access(call, room)):
        raise not_found(family)
    if room.archived and not archived:
        raise ApiError("error-room-archived", f"{family.words}, {room.shown_name}, is archived")
    return room


def named_room(call: Call) -> Room | None:
    """A room of any type by the parameters of a request."""
    rooms, given = call.server.state.rooms, parameters(call)
    if "roomId" in given:
        return rooms.get(given["roomId"])
    return rooms.named(given["roomName"]) if "roomName" in given else None


def not_found(family: Family) -> ApiError:
    """The refusal for rooms that are not there and for those that the caller may not see."""
    reason = f'The required "roomId" or "roomName" param provided does not match any {family.key}'
    return ApiError("error-room-not-found", reason)
