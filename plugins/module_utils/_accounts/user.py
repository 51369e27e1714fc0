# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server shows of somebody else's account; ``services`` and its secrets stay behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.account import Account, emails_of, roles_of, text
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import UnexpectedAnswer
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.times import parse_time

# From here on users.info shows rooms for a parameter of their own; before, for a projection.
_ROOMS_PARAMETER = (7, 0)


@dataclass(frozen=True)
class Membership:
    """One room of a person: a channel or a private group, discussions and the main rooms of teams included."""

    room_id: str
    name: str
    private: bool
    owner: bool


@dataclass(frozen=True)
class User(Account):
    """An account as ``users.info`` showed it on this run.

    ``full_view``: the caller may see all fields; without it, those below ``full_view`` are unknown (``None``) rather
    than empty. Times are aware, UTC; ``last_login`` is ``None`` also for who never logged in; ``seen_at`` is the
    server's own time of the answer. ``rooms`` is ``None`` where nobody asked for them, or the caller may not see them.
    """

    active: bool | None
    federated: bool
    full_view: bool = False
    last_login: datetime | None = None
    created_at: datetime | None = None
    logged_in_ever: bool = True
    name: str | None = None
    kind: str | None = None
    roles: tuple[str, ...] | None = None
    emails: tuple[tuple[str, bool], ...] | None = None
    require_password_change: bool | None = None
    custom_fields: Mapping[str, Any] | None = None
    bio: str | None = None
    nickname: str | None = None
    reason: str | None = None
    seen_at: datetime | None = None
    rooms: tuple[Membership, ...] | None = None

    @property
    def never_logged_in(self) -> bool:
        """Tell whether it is known that nobody ever signed in to the account."""
        return self.full_view and not self.logged_in_ever


def user_from(record: Any) -> User:
    """Take what this collection needs from the server's description.

    :raises UnexpectedAnswer: when the description has no id
    """
    if not isinstance(record, dict) or not text(record, "_id"):
        raise UnexpectedAnswer("not-rocketchat", "The server described an account without an id.")
    active, change = record.get("active"), record.get("requirePasswordChange")
    full_view = record.get("canViewAllInfo") is True
    fields = record.get("customFields")
    return User(
        text(record, "_id"),
        text(record, "username"),
        active=active if isinstance(active, bool) else None,
        federated=record.get("federated") is True,
        full_view=full_view,
        last_login=parse_time(text(record, "lastLogin")),
        created_at=parse_time(text(record, "createdAt")),
        logged_in_ever=record.get("lastLogin") is not None,
        name=text(record, "name") or None,
        kind=text(record, "type") or None,
        roles=roles_of(record) if isinstance(record.get("roles"), list) else None,
        emails=emails_of(record) if isinstance(record.get("emails"), list) else () if full_view else None,
        require_password_change=change if isinstance(change, bool) else False if full_view else None,
        custom_fields=fields if isinstance(fields, dict) else {} if full_view else None,
        bio=text(record, "bio") or None,
        nickname=text(record, "nickname") or None,
        reason=text(record, "reason") or None,
        rooms=_rooms(record),
    )


def with_rooms(version: tuple[int, int]) -> dict[str, str]:
    """Return the parameters that make ``users.info`` show the rooms of an account as well."""
    return {"includeUserRooms": "true"} if version >= _ROOMS_PARAMETER else {"fields": '{"userRooms":1}'}


def _rooms(record: Mapping[str, Any]) -> tuple[Membership, ...] | None:
    rows = record.get("rooms")
    if not isinstance(rows, list):
        return None
    return tuple(
        Membership(
            text(row, "rid"),
            text(row, "name") or text(row, "rid"),
            private=row["t"] == "p",
            owner="owner" in roles_of(row),
        )
        for row in rows
        if isinstance(row, dict) and text(row, "rid") and row.get("t") in ("c", "p")
    )
