# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was said in a channel or group, newest first."""

from __future__ import annotations

from tests.emulator.call import Call
from tests.emulator.clock import parse_iso
from tests.emulator.envelopes import ApiError, Reply, success
from tests.emulator.messages import milliseconds
from tests.emulator.paging import number_of
from tests.emulator.room_access import Family, find_room, room_endpoint
from tests.emulator.settings import UPPER_COUNT_LIMIT

_DEFAULT_COUNT = 20


@room_endpoint("GET", "history")
def history(family: Family, call: Call) -> Reply:
    """A page of messages, those of the server's own among them; an archived room will do."""
    server = call.server
    room = find_room(call, family, archived=True)
    count = number_of(call, "count", _DEFAULT_COUNT) or _DEFAULT_COUNT
    latest = _moment(call, "latest")
    found = server.state.rooms.messages.newest_first(
        room.id,
        _moment(call, "oldest"),
        # Without an end, what was said in this millisecond counts: here, a request is as quick as that.
        milliseconds(server.clock.now()) + 1 if latest is None else latest,
        inclusive=call.query.get("inclusive") == "true",
        offset=number_of(call, "offset", 0),
        count=min(count, int(server.settings[UPPER_COUNT_LIMIT])),
    )
    return success({"messages": [message.record for message in found]})


def _moment(call: Call, name: str) -> int | None:
    text = call.query.get(name)
    if not text:
        return None
    try:
        return milliseconds(parse_iso(text))
    except ValueError:
        raise ApiError("error-invalid-date", "Invalid date", {"method": "getChannelHistory"}) from None
