# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who was in the database that the scenarios from 60 on of 8.6 were recorded on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.emulator.cast import bootstrap_users

# Old enough that the grace of the first half hour hides no second factor.
_CREATED = (datetime.now(UTC) - timedelta(days=40)).isoformat()

_TEXT = {"type": "text", "required": False, "minLength": 0, "maxLength": 2000}
CUSTOM_FIELDS = {
    "department": _TEXT,
    "phone": _TEXT,
    "costcentre": _TEXT,
    "totp_reset_receipt": _TEXT,
    "user_access_receipt": _TEXT,
    "site": {"type": "select", "options": ["Berlin", "Porto"], "required": False},
}


def _person(username: str, /, *, verified: bool = False, **more: Any) -> dict[str, Any]:
    """An account as an administrator made it, who never signed in."""
    return {
        "username": username,
        "name": username.capitalize(),
        "verified": verified,
        "createdAt": _CREATED,
        "lastLogin": None,
        "requirePasswordChange": False,
        "tokens": [],
        **more,
    }


def signed_in(sessions: int) -> dict[str, Any]:
    """What signing in left: a time, and this many sessions that are still there."""
    return {"lastLogin": _CREATED, "tokens": [{}] * sessions}


def people() -> list[dict[str, Any]]:
    """All accounts."""
    return [
        _person(
            "rcadmin",
            name="Rc Admin",
            roles=["admin"],
            email2fa=False,
            requirePasswordChange=None,
            **signed_in(2),
        ),
        bootstrap_users()[1],
        _person("svc", roles=["user", "admin"], **signed_in(0)),
        _person("weak", **signed_in(1)),
        _person(
            "alice",
            emails=[
                {"address": "alice@example.test", "verified": True},
                {"address": "alice.second@example.test", "verified": True},
            ],
            bio="Writes things down.",
            nickname="Al",
            statusText="at the desk",
            status="online",
            settings={"profile": {}},
            extra={"statusDefault": "online"},
            customFields={
                "department": "Operations",
                "phone": "+49 30 000",
                "costcentre": "4711",
                "site": "Berlin",
            },
            totp={"enabled": True},
            **signed_in(2),
        ),
        _person("bob", totp={"enabled": True}, **signed_in(1)),
        _person("carol", totp={"enabled": True}, **signed_in(0)),
        _person("dave", verified=True),
        _person("erin", verified=True),
        _person("frank", verified=True),
        _person("gina"),
        _person("harry"),
        _person("hookbot", roles=["bot"]),
    ]


def world(**changed: dict[str, Any]) -> dict[str, Any]:
    """The database, with its custom fields; some accounts may differ."""
    users = [{**person, **changed.get(person["username"], {})} for person in people()]
    return {"users": users, "settings": {"Accounts_CustomFields": json.dumps(CUSTOM_FIELDS)}}
