# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks of a world, and how tests change them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.emulator import codes
from tests.emulator.clock import iso
from tests.emulator.integrations import INCOMING, OUTGOING, Integration
from tests.emulator.state import State, User

if TYPE_CHECKING:
    from tests.emulator.server import Server

_DEFAULTS: dict[str, Integration] = {
    INCOMING: {"overrideDestinationChannelEnabled": False},
    OUTGOING: {"event": "sendMessage", "urls": ["http://hook.example.test/hook"], "triggerWords": []},
}


class IntegrationError(ValueError):
    """A webhook that makes no sense, with a sentence that says why."""


def add_integration(server: Server, entry: Mapping[str, Any]) -> Integration:
    """Put a webhook into the database; nothing is refused, and nobody gets a role.

    :arg entry: the record as ``integrations.list`` shows it; ``by`` is the user name of who made it, where that is
        not the account that it posts as
    """
    given = {key: value for key, value in entry.items() if key != "by"}
    kind = given.setdefault("type", INCOMING)
    if kind not in _DEFAULTS:
        raise IntegrationError(f"The type of a webhook is {INCOMING} or {OUTGOING}.")
    if not isinstance(given.get("name"), str):
        raise IntegrationError("A webhook has a 'name'.")
    account = _user(server.state, given.get("username"))
    maker = _user(server.state, entry.get("by", account.username))
    channel = given.get("channel", [])
    record = {
        "_id": codes.object_id(),
        "enabled": True,
        "scriptEnabled": False,
        "scriptEngine": "isolated-vm",
        "token": codes.random_id(48 if kind == INCOMING else 24),
        "userId": account.id,
        "_createdAt": iso(server.clock.now()),
        "_createdBy": {"_id": maker.id, "username": maker.username},
        **_DEFAULTS[kind],
        **given,
        "channel": [channel] if isinstance(channel, str) else list(channel),
    }
    server.state.integrations[record["_id"]] = record
    return record


def change_integration(server: Server, name: str, changes: Mapping[str, Any]) -> Integration:
    """Change a webhook by its name or id, past all rules."""
    found = server.state.integrations.get(name)
    if found is None:
        found = next((entry for entry in server.state.integrations.values() if entry["name"] == name), None)
    if found is None:
        raise IntegrationError(f"There is no webhook '{name}'.")
    found |= changes
    return found


def _user(state: State, name: Any) -> User:
    user = state.by_name.get(name)
    if user is None:
        raise IntegrationError(f"There is no user '{name}' for a webhook.")
    return user
