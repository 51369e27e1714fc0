# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Permissions and settings as the recorded states tell of them: those that are looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.emulator.testing import Emulator


def _permissions(emulator: Emulator, _key: str, expected: dict[str, Any]) -> dict[str, Any]:
    known = emulator.control("permissions")
    return {name: known[name] for name in expected}


def _settings(emulator: Emulator, _key: str, expected: dict[str, Any]) -> dict[str, Any]:
    known = emulator.state()["settings"]
    return {name: known[name] for name in expected}


READERS: dict[str, Callable[[Emulator, str, Any], Any]] = {
    "permissions": _permissions,
    "setting": _settings,
}
