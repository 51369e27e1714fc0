# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios 90 and 91 of 8.6: setting up a service account, and the custom fields of a workspace."""

from __future__ import annotations

from tests.contract.starts.people_8_6 import world
from tests.contract.starts.start import Doing, Start

_LONG_AGO = "2024-01-15T09:00:00.000Z"
_TOKENS = [{"kind": "pat", "name": "strict"}, {"kind": "pat", "name": "bypass", "bypassTwoFactor": True}]

STARTS = (
    Start(
        "8.6",
        90,
        90,
        world(svc={"tokens": [{}, *_TOKENS]}),
        # A young account without a method would not be asked for a second factor.
        before={("90-setup-service-account", "me"): Doing(users={"robot": {"createdAt": _LONG_AGO}})},
    ),
    Start("8.6", 91, 91, world()),
)
