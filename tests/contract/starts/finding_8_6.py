# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenario 92 of 8.6: finding people."""

from __future__ import annotations

from tests.contract.starts.people_8_6 import signed_in, world
from tests.contract.starts.start import Start

_TWO_ADDRESSES = [
    {"address": "harry@example.test", "verified": False},
    {"address": "Harry.Second@Example.test", "verified": True},
]

_WORLD = world(erin=signed_in(0), frank={"active": False}, harry={"emails": _TWO_ADDRESSES})

STARTS = (Start("8.6", 92, 92, _WORLD),)
