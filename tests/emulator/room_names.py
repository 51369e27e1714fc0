# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names new rooms may have."""

from __future__ import annotations

import re
from typing import Any

from tests.emulator.call import Call
from tests.emulator.envelopes import ApiError
from tests.emulator.settings import ROOM_NAMES


def valid_room_name(call: Call, given: Any) -> str:
    """A name as a new room gets it; refused where another room has it, be it one that the caller does not see."""
    name = given.strip() if isinstance(given, str) else ""
    if not name:
        raise ApiError("error-invalid-name", "Invalid name", {"function": "RocketChat.createRoom"})
    if not re.fullmatch(call.server.settings[ROOM_NAMES], name):
        raise _refused("error-invalid-room-name", f"{name} is not a valid room name.", name)
    other = call.server.state.rooms.named(name)
    if other is not None and other.archived:
        raise _refused("error-archived-duplicate-name", f"There's an archived channel with name {name}", name)
    if other is not None:
        raise _refused("error-duplicate-channel-name", f"A channel with name '{name}' exists", name)
    return name


def _refused(code: str, reason: str, name: str) -> ApiError:
    return ApiError(code, reason, {"function": "RocketChat.getValidRoomName", "channel_name": name})
