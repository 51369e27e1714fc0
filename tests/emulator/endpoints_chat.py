# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""chat.*: saying something in a room, changing and deleting what was said."""

from __future__ import annotations

from typing import Any

from tests.emulator.call import Call
from tests.emulator.clock import iso
from tests.emulator.envelopes import ApiError, Reply, success
from tests.emulator.messages import Message, Record, milliseconds
from tests.emulator.messaging import erase, parsed, say
from tests.emulator.posting import check_alias, is_too_long, post
from tests.emulator.registry import endpoint
from tests.emulator.room_access import can_access, check_may_say, may_in
from tests.emulator.rooms import Room
from tests.emulator.schema import check_object, check_one_of
from tests.emulator.settings import ALLOW_DELETING, ALLOW_EDITING, E2E, E2E_ALLOW_PLAIN

_POST_KEYS = ("text", "alias", "emoji", "avatar", "attachments", "tmid", "customFields", "parseUrls")
_NOT_AS_THEM = 'Unauthorized. You must have the permission "force-delete-message" to delete other\'s message as them.'


def _check_send(call: Call) -> None:
    check_object(call.body, ["message"], ["message", "previewUrls"])
    check_object(call.body["message"], (), None)


@endpoint("POST", "chat.sendMessage", check=_check_send)
def send_message(call: Call) -> Reply:
    """Say something, in the text as it is; the caller may choose its id."""
    server = call.server
    given = {key: value for key, value in call.fields["message"].items() if value is not None}
    if "t" in given:
        raise ApiError(None, "Cannot send system messages using 'chat.sendMessage'")
    text = str(given.get("msg") or "")
    if is_too_long(server.settings, text):
        reason = "Message size exceeds Message_MaxAllowedSize"
        raise ApiError("error-message-size-exceeded", reason, {"method": "sendMessage"})
    if not given.get("rid"):
        raise ApiError(None, "The 'rid' property on the message object is missing.")
    room = check_may_say(call, server.state.rooms.get(given["rid"]))
    if room.encrypted and server.settings[E2E] and not server.settings[E2E_ALLOW_PLAIN]:
        reason = "Not allowed to send un-encrypted messages in an encrypted room"
        raise ApiError("error-not-allowed", reason, {"method": "sendMessage"})
    check_alias(call, room, given)
    if server.state.rooms.messages.get(given.get("_id")) is not None:
        # The server writes nothing, and then looks for stars on the message that it did not write.
        raise ApiError(None, "Cannot read properties of undefined (reading 'starred')")
    said = say(server, room, call.user, {**given, "msg": text})
    return success({"message": just_said(said)})


def just_said(message: Message) -> Record:
    """A message as the answer to whoever said it shows it."""
    return {key: value for key, value in message.record.items() if key != "_updatedAt"}


def _check_post(call: Call) -> None:
    if call.server.speak.new:
        check_one_of(call.fields, ["roomId", "channel"], _POST_KEYS, "must match exactly one schema in oneOf")


@endpoint("POST", "chat.postMessage", check=_check_post)
def post_message(call: Call) -> Reply:
    """Say something as webhooks do: in rooms by id or name, perhaps under another name."""
    text = call.fields.get("text")
    if is_too_long(call.server.settings, str(text or "")):
        raise ApiError(None, "error-message-size-exceeded")
    channel, message = post(call, call.fields)[0]
    now = milliseconds(call.server.clock.now())
    return success({"ts": now, "channel": channel, "message": just_said(message)})


def _check_update(call: Call) -> None:
    required = ["roomId", "msgId", "text"]
    check_object(call.body, required, [*required, "previewUrls", "customFields"])


@endpoint("POST", "chat.update", check=_check_update)
def update(call: Call) -> Reply:
    """Put another text in place of what was said; the message then tells who did it."""
    server, text = call.server, str(call.fields["text"])
    message = _message(call)
    if text == message.record["msg"]:
        return success({"message": message.record})
    # A role in the room counts even where the room is none of the caller's.
    room = server.state.rooms.get(message.room_id)
    own = message.record["u"]["_id"] == call.user.id and server.settings[ALLOW_EDITING]
    if not own and not (room is not None and may_in(call, "edit-message", room)):
        details = {"method": "updateMessage", "action": "Message_editing"}
        raise ApiError("error-action-not-allowed", "Message editing not allowed", details)
    check_may_say(call, room)
    now = iso(server.clock.now())
    editor = {"_id": call.user.id, "username": call.user.username}
    message.record |= {"msg": text, "editedAt": now, "editedBy": editor, "_updatedAt": now, **parsed(text)}
    return success({"message": message.record})


def _check_delete(call: Call) -> None:
    check_object(call.body, ["msgId", "roomId"], ["msgId", "roomId", "asUser"])


@endpoint("POST", "chat.delete", check=_check_delete)
def delete(call: Call) -> Reply:
    """Delete a message, be it as its author, for whom the caller then passes."""
    server, message = call.server, _message(call)
    room, author = server.state.rooms.get(message.room_id), message.record["u"]
    if call.fields.get("asUser") and author["_id"] != call.user.id:
        if room is None or not may_in(call, "force-delete-message", room):
            raise ApiError(None, _NOT_AS_THEM)
        call.caller = server.state.by_id.get(author["_id"])
        if call.caller is None:
            raise ApiError(None, "User not found")
    if room is None or not _may_delete(call, room, author):
        raise ApiError("error-action-not-allowed", "Not allowed")
    erase(server, room, message)
    shown = {"_id": message.id, "rid": room.id, "u": author}
    return success({"_id": message.id, "ts": str(milliseconds(server.clock.now())), "message": shown})


def _may_delete(call: Call, room: Room, author: dict[str, Any]) -> bool:
    if not can_access(call, room):
        return False
    if may_in(call, "force-delete-message", room):
        return True
    own = author["_id"] == call.user.id and may_in(call, "delete-own-message", room)
    if not call.server.settings[ALLOW_DELETING] or not (own or may_in(call, "delete-message", room)):
        return False
    if room.read_only and not may_in(call, "post-readonly", room):
        raise ApiError(None, "You can't delete messages because the room is readonly.")
    return True


def _message(call: Call) -> Message:
    """The message that a request names, and whose room it knows."""
    message = call.server.state.rooms.messages.get(call.fields["msgId"])
    if message is None:
        raise ApiError(None, f'No message found with the id of "{call.fields["msgId"]}".')
    if message.room_id != call.fields["roomId"]:
        raise ApiError(None, "The room id provided does not match where the message is from.")
    return message
