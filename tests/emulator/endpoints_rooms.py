# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rooms, as far as the ownership of accounts is concerned."""

from __future__ import annotations

from typing import Any

from tests.emulator.call import Call
from tests.emulator.clock import iso
from tests.emulator.envelopes import ApiError, Reply, success
from tests.emulator.registry import endpoint
from tests.emulator.world import add_room


@endpoint("POST", "channels.create", permission="create-c")
def create_channel(call: Call) -> Reply:
    """Make a channel that the caller owns."""
    return success({"channel": _create(call, "c")})


@endpoint("POST", "groups.create", permission="create-p")
def create_group(call: Call) -> Reply:
    """Make a private group that the caller owns."""
    return success({"group": _create(call, "p")})


def _create(call: Call, kind: str) -> dict[str, Any]:
    name = call.fields.get("name")
    if not isinstance(name, str) or not name:
        raise ApiError(None, 'Body param "name" is required')
    room = add_room(call.server, name, kind, call.user, call.fields.get("members") or [])
    shown: dict[str, Any] = {
        "_id": room.id,
        "fname": name,
        "name": name,
        "t": kind,
        "msgs": 0,
        "usersCount": len(room.members),
        "u": {"_id": call.user.id, "username": call.user.username, "name": call.user.name},
        "ts": iso(call.server.clock.now()),
        "ro": False,
    }
    if not call.server.speak.new:
        shown |= {"customFields": {}, "default": False, "sysMes": True}
    return shown
