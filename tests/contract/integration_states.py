# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks as the recorded states tell of them: 7.7 one by one and whole, 8.6 all of them, and not every field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.emulator.testing import Emulator

# What the recorder of 8.6 did not look at.
_NOT_LOOKED_AT = ("_id", "_createdAt", "_updatedBy", "skipTranspile", "scriptError")


def _one(emulator: Emulator, key: str, _expected: Any) -> dict[str, Any] | None:
    return emulator.integrations().get(key.removeprefix("integration "))


def _all(emulator: Emulator, _key: str, _expected: Any) -> dict[str, Any]:
    return {
        name: {field: value for field, value in entry.items() if field not in _NOT_LOOKED_AT}
        for name, entry in emulator.integrations().items()
    }


def _roles(emulator: Emulator, key: str, _expected: Any) -> Any:
    return emulator.user(key.removeprefix("roles_of_"))["roles"]


READERS: dict[str, Callable[[Emulator, str, Any], Any]] = {
    "integrations": _all,
    "integration ": _one,
    "roles_of_": _roles,
}
