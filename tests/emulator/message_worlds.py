# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of a world: records that stand in the database, however they came there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.emulator import codes
from tests.emulator.clock import iso, parse_iso
from tests.emulator.messages import Message, milliseconds
from tests.emulator.messaging import copy_of
from tests.emulator.rooms import Room

if TYPE_CHECKING:
    from tests.emulator.server import Server


class MessageError(ValueError):
    """A message that makes no sense, with a sentence that says why."""


def add_message(server: Server, room: Room, entry: Mapping[str, Any]) -> Message:
    """Put a message into a room; nothing is refused, but an id that is taken.

    :arg entry: the record; ``u`` may be a user name, ``ts`` is this moment where it is left out, and any other key
        is kept as it is
    """
    messages, author = server.state.rooms.messages, entry.get("u")
    if isinstance(author, str):
        user = server.state.by_name.get(author)
        if user is None:
            raise MessageError(f"There is no user '{author}' who could have written a message.")
        author = copy_of(user)
    if not isinstance(author, Mapping):
        raise MessageError("A message has a 'u': a user name, or an object.")
    if messages.get(entry.get("_id")) is not None:
        raise MessageError(f"There is a message '{entry['_id']}' already.")
    moment = milliseconds(parse_iso(entry["ts"]) if "ts" in entry else server.clock.now())
    time = iso(moment / 1000)
    record = {"_id": codes.object_id(), "msg": "", "_updatedAt": time, **entry, "rid": room.id, "u": author, "ts": time}
    message = Message(record, moment)
    messages.add(message)
    room.note_message(moment / 1000)
    if "t" not in record:
        room.last_message = messages.last_said(room.id)
        room.last_said = max(room.last_said or 0, moment)
    return message
