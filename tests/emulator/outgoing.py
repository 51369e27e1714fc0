# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Outgoing webhooks: which of them fire when something is said. Nobody is called; tests look at the list."""

from __future__ import annotations

from typing import Any

from tests.emulator.integrations import OUTGOING, Integration
from tests.emulator.messages import Message
from tests.emulator.rooms import Room
from tests.emulator.state import State

_SCOPES = {"c": "all_public_channels", "p": "all_private_groups", "d": "all_direct_messages"}


def fire(state: State, room: Room, message: Message) -> None:
    """Note a call of each webhook that a message sets off; whether its account is active does not matter."""
    for integration in state.integrations.values():
        if integration["type"] == OUTGOING and integration["enabled"] is True and _heeds(integration, room, message):
            state.outgoing_calls.extend(_call(integration, url, message) for url in integration["urls"])


def _heeds(integration: Integration, room: Room, message: Message) -> bool:
    listens_to = {f"#{room.name}", f"#{room.id}", _SCOPES[room.type]}
    if integration["event"] != "sendMessage" or not listens_to & set(integration["channel"]):
        return False
    words, text = integration.get("triggerWords"), message.record["msg"]
    if not words:
        return True
    if integration.get("triggerWordAnywhere"):
        return any(word in text for word in words)
    return any(text.startswith(word) for word in words)


def _call(integration: Integration, url: str, message: Message) -> dict[str, Any]:
    user, text = message.record["u"]["username"], message.record["msg"]
    return {"integration": integration["name"], "url": url, "user": user, "text": text}
