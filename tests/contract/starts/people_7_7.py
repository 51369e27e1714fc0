# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who was in the databases that the scenarios from 60 on of 7.7 were recorded on."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from tests.emulator.cast import bootstrap_users

CUSTOM_FIELDS = {
    "department": {"type": "text", "required": False, "minLength": 0, "maxLength": 60},
    "employee_no": {"type": "text", "required": False},
    "site": {"type": "select", "options": ["North", "South"], "required": False},
    "totp_receipt": {"type": "text", "required": False, "maxLength": 400},
}

_NOW = datetime.now(UTC).isoformat()


def person(username: str, /, **more: Any) -> dict[str, Any]:
    """An account that somebody made a while ago; it never signed in unless told otherwise."""
    return {
        "username": username,
        "name": username.capitalize(),
        "verified": False,
        "lastLogin": None,
        "tokens": [],
        **more,
    }


def example(name: str, **more: Any) -> dict[str, Any]:
    """One of those whom all scenarios have in common."""
    return person(name, name=f"{name.capitalize()} Example", requirePasswordChange=False, **{"verified": True, **more})


def signed_in(*tokens: dict[str, Any]) -> dict[str, Any]:
    """What signing in left: a time, and sessions that are still there."""
    return {"lastLogin": "2025-06-02T07:30:00.000Z", "tokens": list(tokens)}


def administrators() -> list[dict[str, Any]]:
    """The administrator without a second factor, and Rocket.Cat."""
    rcadmin = person("rcadmin", name="RC Admin", roles=["admin"], email2fa=False, **signed_in({}))
    return [rcadmin, bootstrap_users()[1]]


def weak() -> dict[str, Any]:
    """Somebody without permissions, too young to be asked for a second factor."""
    return person("weak", createdAt=_NOW, **signed_in({}))


def alice() -> dict[str, Any]:
    """Somebody with a whole profile."""
    return example(
        "alice",
        emails=[
            {"address": "alice@example.test", "verified": True},
            {"address": "alice.second@example.test", "verified": True},
        ],
        bio="Alice's bio",
        nickname="Ali",
        statusText="on the road",
        status="online",
        extra={"statusDefault": "online"},
        customFields={"department": "Assembly", "employee_no": "4711", "site": "North", "totp_receipt": None},
        totp={"enabled": True},
        **signed_in({}, {}),
    )


def people() -> list[dict[str, Any]]:
    """Everybody who was there when the profiles were recorded."""
    return [
        *administrators(),
        weak(),
        alice(),
        example("bob", bio="Bob's bio", nickname="Bobby", totp={"enabled": True}, **signed_in({})),
        example("carol", totp={"enabled": True}, **signed_in({})),
        example("dave"),
        example("erin"),
        example("frank"),
        example("gina"),
        example("svc", roles=["user", "admin"], verified=False, **signed_in()),
    ]


def world(users: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A database with these people and the custom fields."""
    return {"users": users, "settings": {"Accounts_CustomFields": json.dumps(CUSTOM_FIELDS)} | more}
