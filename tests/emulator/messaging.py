# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing messages into rooms: what people say, and what the server says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.emulator import codes
from tests.emulator.clock import iso
from tests.emulator.messages import Message, Record, milliseconds
from tests.emulator.outgoing import fire
from tests.emulator.rooms import Room
from tests.emulator.state import User

if TYPE_CHECKING:
    from tests.emulator.server import Server


def copy_of(user: User) -> dict[str, str]:
    """What rooms, teams and messages keep of whoever made them."""
    return {"_id": user.id, "username": user.username, "name": user.name}


def tell(server: Server, room: Room, kind: str, about: User, by: User, **more: Any) -> None:
    """Say in a room what became of somebody in it; the room does not take that for its last message."""
    content = {"t": kind, "msg": about.username, "u": copy_of(by), "groupable": False}
    write(server, room, {**content, **more})


def say(server: Server, room: Room, user: User, content: Record) -> Message:
    """Say what somebody sent, as it was sent."""
    message = write(server, room, {**content, "u": copy_of(user), **parsed(content["msg"])})
    room.last_message, room.last_said = message, message.moment
    fire(server.state, room, message)
    return message


def parsed(text: str) -> Record:
    """What the server makes of a text; here all of it is one plain paragraph."""
    paragraph = {"type": "PARAGRAPH", "value": [{"type": "PLAIN_TEXT", "value": text}]}
    return {"urls": [], "mentions": [], "channels": [], "md": [paragraph]}


def write(server: Server, room: Room, content: Record) -> Message:
    """Add a message to a room, at this moment."""
    moment = milliseconds(server.clock.now())
    time = iso(moment / 1000)
    record = {"_id": codes.object_id(), **content, "rid": room.id, "ts": time, "_updatedAt": time}
    message = Message(record, moment)
    server.state.rooms.messages.add(message)
    room.note_message(moment / 1000)
    return message


def erase(server: Server, room: Room, message: Message) -> None:
    """Take a message out of a room; nothing is left that tells of it."""
    messages = server.state.rooms.messages
    messages.remove(message)
    room.message_count -= 1
    if room.last_message is message:
        room.last_message = messages.last_said(room.id)
