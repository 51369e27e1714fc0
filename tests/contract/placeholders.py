# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the recordings for ids, tokens and other values that differ from run to run.

A named placeholder means one value wherever it occurs. One without a name only tells of what kind a value is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tests.emulator.testing import Emulator

NAMED = re.compile(
    r"<((?:id|rid|team|integration|hook-token):[^<>]+|(?:token|message)-\d+|discussion|client-id|client-secret)>"
)

_TIME = "<time>"
SHAPES = {
    "<id>": r"[0-9A-Za-z]{17,24}",
    "<bcrypt>": r"\$2b\$10\$.{53}",
    "<hashedToken>": r".{43}=",
    "<hook token>": r"[0-9A-Za-z]{48}",
    "<seed>": r"[A-Z2-7]+",
    _TIME: r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
}
"""Values that have no name, by their form."""

# The recordings of 7.7 do not say whose the token of a webhook is where it stands behind its id.
_CALL_OF_HOOK = re.compile(r"<id:integration ([^<>]+)>/<hook token>")
_LONG_TEXT = re.compile(r"(.)\1*… <(\d+) characters>")


class UnknownName(LookupError):
    """A request names something that nobody has met, and that the emulator does not have."""


def _user(state: dict[str, Any], name: str) -> str | None:
    user = state["users"].get(name)
    return None if user is None else str(user["_id"])


def _room(state: dict[str, Any], name: str) -> str | None:
    return next((room["_id"] for room in state["rooms"] if room["name"] == name), None)


def _team(state: dict[str, Any], name: str) -> str | None:
    return next((team["_id"] for team in state["teams"] if team["name"] == name), None)


def _integration(state: dict[str, Any], name: str) -> str | None:
    return next((entry["_id"] for entry in state["integrations"] if entry["name"] == name), None)


def _hook_token(state: dict[str, Any], name: str) -> str | None:
    return next((entry["token"] for entry in state["integrations"] if entry["name"] == name), None)


# How a named thing is found in the state of the emulator, by the beginning of the placeholder.
FINDERS: dict[str, Callable[[dict[str, Any], str], str | None]] = {
    "id:room ": _room,
    "id:team ": _team,
    "id:integration ": _integration,
    "integration:": _integration,
    "hook-token:": _hook_token,
    "team:": _team,
    "rid:": _room,
    "id:": _user,
}


class Names:
    """What the named placeholders of one replay stand for."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.bindings: dict[str, str] = {}

    def fill(self, value: Any) -> Any:
        """A value of a request with the placeholders replaced."""
        if isinstance(value, str):
            long_text = _LONG_TEXT.fullmatch(value)
            if long_text is not None:
                return long_text[1] * int(long_text[2])
            value = _CALL_OF_HOOK.sub(r"<integration:\1>/<hook-token:\1>", value)
            return NAMED.sub(lambda match: self[match[1]], value)
        if isinstance(value, dict):
            return {key: self.fill(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.fill(inner) for inner in value]
        return value

    def fill_path(self, path: str) -> str:
        """A path with the placeholders replaced; a time that is asked for is the present one."""
        return str(self.fill(path.replace(_TIME, quote(self._emulator.state()["clock"])) if _TIME in path else path))

    def fill_query(self, query: dict[str, str]) -> dict[str, str]:
        """A query with the placeholders replaced; a time that is asked for is the present one."""
        times = {key: self._emulator.state()["clock"] for key, value in query.items() if value == _TIME}
        return {**self.fill(query), **times}

    def __getitem__(self, name: str) -> str:
        """The value of a placeholder: as it was met before, else as the emulator's state has it."""
        if name not in self.bindings:
            found = self._find(name)
            if found is None:
                raise UnknownName(f"Nothing is known of <{name}>.")
            self.bindings[name] = found
        return self.bindings[name]

    def _find(self, name: str) -> str | None:
        for prefix, find in FINDERS.items():
            if name.startswith(prefix):
                return find(self._emulator.state(), name.removeprefix(prefix))
        return None
