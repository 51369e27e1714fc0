# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios 80 to 89 of 8.6: webhooks, what deactivating leaves, and omnichannel."""

from __future__ import annotations

from typing import Any

from tests.contract.starts.people_8_6 import signed_in, world
from tests.contract.starts.start import Doing, Start

_SHARED = {"by": "erin", "channel": "#erin-channel", "skipTranspile": False}
_INTEGRATIONS: list[dict[str, Any]] = [
    {**_SHARED, "name": "erin in", "username": "erin", "alias": "Erin Bot", "emoji": ":robot:"},
    {**_SHARED, "name": "erin via bot", "username": "hookbot"},
    {
        **_SHARED,
        "name": "erin out",
        "type": "webhook-outgoing",
        "username": "erin",
        "alias": "Erin Out",
        "token": "outtok",
    },
]
_WORLD = {
    **world(erin={"roles": ["user", "bot"], **signed_in(1)}),
    "rooms": [{"name": "erin-channel", "owners": ["erin"], "members": ["bob", "carol"]}],
    "integrations": _INTEGRATIONS,
}

_LONG_AGO = "2025-01-15T09:00:00.000Z"
_NAME = "80-integrations"
_SWITCHED_ON = Doing(control=(("PATCH", "integrations/erin%20in", {"enabled": True}),))

STARTS = (
    Start(
        "8.6",
        80,
        80,
        _WORLD,
        before={
            # By then somebody had switched the webhook on again, twice.
            (_NAME, "update-as-listed-with-enabled-false"): _SWITCHED_ON,
            (_NAME, "incoming-after-role-bot-is-gone"): _SWITCHED_ON,
            (_NAME, "update-channel-no-longer-there"): Doing(
                control=(("PATCH", "rooms/erin-channel", {"name": "erin-channel-2"}),)
            ),
            (_NAME, "remove-without-permission"): Doing(
                control=(("PATCH", "rooms/erin-channel-2", {"name": "erin-channel"}),)
            ),
        },
    ),
    Start(
        "8.6",
        81,
        81,
        {
            **world(
                gina={"lastLogin": _LONG_AGO, "tokens": [{}]},
                harry={"lastLogin": _LONG_AGO, "tokens": [{}]},
                carol=signed_in(1),
            ),
            # As a conversation with somebody inactive is.
            "rooms": [{"type": "d", "members": ["gina", "bob"], "readOnly": True}],
        },
        before={
            # In the database, which ends no session.
            ("81-credentials-of-inactive-accounts", "me-with-session-of-an-inactive-account"): Doing(
                users={"gina": {"active": False}}
            ),
        },
        tokens={
            81: {
                "token-4": {"as": "gina", "kind": "pat", "name": "ginas", "bypassTwoFactor": True},
                "token-6": {"as": "harry", "kind": "pat", "name": "harrys", "bypassTwoFactor": True},
            }
        },
    ),
    Start("8.6", 82, 82, world(erin={"roles": ["user", "bot"], **signed_in(1)})),
)
