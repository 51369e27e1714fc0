# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios 80 to 89 of 7.7: webhooks."""

from __future__ import annotations

from typing import Any

from tests.contract.starts.people_7_7 import administrators, person, signed_in, weak
from tests.contract.starts.start import Start

# Ordinary accounts manage webhooks of their own here.
_PERMISSIONS = {
    "manage-incoming-integrations": ["admin"],
    "manage-own-incoming-integrations": ["admin", "user"],
    "manage-outgoing-integrations": ["admin"],
    "manage-own-outgoing-integrations": ["admin", "user"],
}
_URLS = ["http://127.0.0.1:3997/hook"]
_ERIN = [
    {"name": "erin in", "username": "erin", "channel": "#sales-open", "alias": "Erin hook", "emoji": ":bell:"},
    {
        "name": "erin out",
        "type": "webhook-outgoing",
        "username": "erin",
        "channel": "#sales-open",
        "urls": _URLS,
        "token": "hooktoken",
    },
]
_UWE = [
    {
        "name": "uwe in",
        "username": "uwe",
        "channel": "#uwe-open",
        "alias": "Uwe's hook",
        "emoji": ":bell:",
        "avatar": "http://127.0.0.1/a.png",
    },
    {
        "name": "uwe out",
        "type": "webhook-outgoing",
        "username": "uwe",
        "channel": "#uwe-open",
        "urls": _URLS,
        "triggerWords": ["alarm"],
        "token": "shared-word",
        "alias": "Uwe's pager",
        "emoji": ":pager:",
        "retryFailedCalls": True,
        "retryCount": 4,
        "retryDelay": "powers-of-ten",
        "runOnEdits": True,
    },
]


def _world(*people: dict[str, Any], owner: str, integrations: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "users": [*administrators(), weak(), person("erin", roles=["user", "bot"]), *people],
        "rooms": [{"name": "sales-open", "owners": ["erin"]}, {"name": f"{owner}-open", "owners": [owner]}],
        "integrations": integrations,
        "permissions": _PERMISSIONS,
    }


STARTS = (
    Start("7.7", 80, 80, _world(person("uma", **signed_in({})), owner="uma", integrations=_ERIN)),
    # Whom a webhook posts as had lost the role that allows another name.
    Start("7.7", 84, 84, _world(person("uwe", active=False, **signed_in()), owner="uwe", integrations=[*_ERIN, *_UWE])),
)
