# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Posting, which webhooks and chat.postMessage have in common: where to, and under which name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.emulator.call import Call
from tests.emulator.envelopes import ApiError
from tests.emulator.membership import enter
from tests.emulator.messages import Message, Record
from tests.emulator.messaging import say
from tests.emulator.room_access import check_may_say, may_in
from tests.emulator.rooms import Room
from tests.emulator.settings import LONGEST_MESSAGE, Settings


def is_too_long(settings: Settings, text: str) -> bool:
    """Whether a text has more characters than allowed, counted as JavaScript does."""
    return len(text.encode("utf-16-le")) // 2 > int(settings[LONGEST_MESSAGE])


def check_alias(call: Call, room: Room, content: Mapping[str, Any]) -> None:
    """Refuse another name or picture than the account's own, unless the caller may pass for somebody else."""
    if (content.get("alias") or content.get("avatar")) and not may_in(call, "message-impersonate", room):
        raise ApiError(None, "Not enough permission")


def post(
    call: Call, payload: Mapping[str, Any], defaults: Mapping[str, Any] | None = None
) -> list[tuple[str, Message]]:
    """Post something in one room or several; each as it was named, with the message there."""
    fallback = defaults or {}
    named = payload.get("channel") or payload.get("roomId") or fallback.get("channel")
    posted = []
    for channel in dict.fromkeys(named if isinstance(named, list) else [named]):
        room = _room(call, str(channel))
        content = _content(payload, fallback)
        check_may_say(call, room)
        check_alias(call, room, content)
        posted.append((str(channel), say(call.server, room, call.user, content)))
    return posted


def _content(payload: Mapping[str, Any], defaults: Mapping[str, Any]) -> Record:
    content: Record = {
        "alias": payload.get("username") or payload.get("alias") or defaults.get("alias") or "",
        "msg": str(payload.get("text") or payload.get("msg") or "").strip(),
        "attachments": payload.get("attachments") or [],
        "parseUrls": payload.get("parseUrls", not payload.get("attachments")),
        "groupable": payload.get("groupable", False),
    }
    content |= {key: payload[key] for key in ("bot", "tmid", "customFields") if payload.get(key) is not None}
    for source in (payload, defaults):
        # A picture goes before a symbol, and one of the payload before any other.
        avatar, emoji = source.get("icon_url") or source.get("avatar"), source.get("icon_emoji") or source.get("emoji")
        if avatar or emoji:
            return {**content, **({"avatar": avatar} if avatar else {"emoji": emoji})}
    return content


def _room(call: Call, channel: str) -> Room:
    """A room as "#name", "@somebody", or by id or name; who posts in a channel comes into it.

    Direct conversations are not begun.
    """
    rooms = call.server.state.rooms
    wanted = channel.removeprefix("#")
    room = rooms.get(wanted) or rooms.named(wanted) or _conversation(call, channel.removeprefix("@"))
    if room is None:
        raise ApiError("invalid-channel")
    if room.type == "c":
        enter(call.server, room, call.user)
    return room


def _conversation(call: Call, name: str) -> Room | None:
    """The direct conversation that the caller has with somebody."""
    other = call.server.state.by_name.get(name)
    if other is None:
        return None
    rooms = call.server.state.rooms.of(call.user.id)
    return next((room for room in rooms if room.type == "d" and other.id in room.subscriptions), None)
