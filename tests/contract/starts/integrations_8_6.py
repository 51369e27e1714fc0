# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenario 80 of 8.6: webhooks."""

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
)
