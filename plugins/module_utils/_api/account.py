# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account that the server described on this run: what it takes to act on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import UnexpectedAnswer


@dataclass(frozen=True)
class Account:
    """One account, by the id that the server gave; there is none without."""

    user_id: str
    username: str

    def __post_init__(self) -> None:
        if not self.user_id.strip():
            raise UnexpectedAnswer("not-rocketchat", "The server described an account without an id.")


def text(record: Mapping[str, Any], key: str) -> str:
    """Return a text of the server's description, or an empty one where it is none."""
    value = record.get(key)
    return value if isinstance(value, str) else ""


def roles_of(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of the roles in the server's description."""
    roles = record.get("roles")
    return tuple(role for role in roles if isinstance(role, str)) if isinstance(roles, list) else ()


def emails_of(record: Mapping[str, Any]) -> tuple[tuple[str, bool], ...]:
    """Return the addresses in the server's description, each with whether it is verified."""
    entries = record.get("emails")
    return tuple(
        (text(entry, "address"), entry.get("verified") is True)
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and text(entry, "address")
    )
