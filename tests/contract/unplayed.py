# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded requests that are not replayed: to endpoints that the emulator does not have."""

from __future__ import annotations

from typing import Any

# By verb and path, with the reason. A path stands for itself and for what goes on after a question mark.
ENDPOINTS: dict[tuple[str, str], str] = {
    ("GET", "integrations.history"): "what outgoing webhooks sent; the emulator calls nobody",
    ("POST", "channels.rename"): "the collection renames nothing; the replay renames the room itself",
    ("GET", "settings"): "a list of all settings by the page; the collection reads public ones, by name",
    ("GET", "spotlight"): "the search box of the web client; the collection finds people by other endpoints",
    ("POST", "users.register"): "how people sign up; what it leaves behind is made before the step that follows",
}


def endpoint(request: dict[str, Any]) -> tuple[str, str]:
    """Verb and path of a recorded request, without what is asked for."""
    return request["method"], request["path"].partition("?")[0].removeprefix("/api/v1/")


def reason(request: dict[str, Any]) -> str | None:
    """Why a request is not replayed; None when it is."""
    return ENDPOINTS.get(endpoint(request))
