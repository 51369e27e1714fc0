# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of bodies and queries, with the words of the server's own validator."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.emulator.envelopes import InvalidParams


def check_object(body: Any, required: Iterable[str], allowed: Iterable[str] | None) -> None:
    """Demand an object with these keys; ``allowed=None`` lets any other key through."""
    if not isinstance(body, dict):
        raise InvalidParams("must be object")
    for key in required:
        if key not in body:
            raise InvalidParams(f"must have required property '{key}'")
    if allowed is not None and not set(body) <= set(allowed):
        raise InvalidParams("must NOT have additional properties")


def coerce_string(value: Any) -> str:
    """A string, from whatever the validator turns into one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | str):
        return str(value)
    raise InvalidParams("must be string")


def coerce_boolean(value: Any) -> bool:
    """A boolean, from whatever the validator turns into one."""
    if isinstance(value, bool):
        return value
    if value in ("true", 1):
        return True
    if value in ("false", 0, None):
        return False
    raise InvalidParams("must be boolean")


def check_one_of(
    query: dict[str, str], keys: Iterable[str], shared: Iterable[str], otherwise: str = "must match a schema in anyOf"
) -> None:
    """Demand exactly one of ``keys``, beside any of ``shared``."""
    problems = []
    for key in keys:
        if key not in query:
            problems.append(f"must have required property '{key}'")
        elif set(query) - {key, *shared}:
            problems.append("must NOT have additional properties")
        else:
            return
    raise InvalidParams("\n ".join([*problems, otherwise]))
