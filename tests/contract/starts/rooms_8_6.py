# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios 70 to 73 of 8.6: rooms and teams. Each began with the same rooms, before anything was done to them."""

from __future__ import annotations

from typing import Any

from tests.contract.starts.people_8_6 import world
from tests.contract.starts.start import Doing, Start

_ROOMS: list[dict[str, Any]] = [
    {"name": "erin-channel", "type": "c", "owners": ["erin"], "members": ["bob", "carol"]},
    {"name": "erin-group", "type": "p", "owners": ["erin"], "members": ["bob", "carol"]},
    {"name": "erin-alone", "type": "p", "owners": ["erin"]},
    {"name": "erin-team", "type": "c", "owners": ["erin"], "members": ["bob"], "teamMain": True},
]

# What differs from the accounts of the other scenarios.
_CHANGES: dict[str, dict[str, Any]] = {
    "erin": {"roles": ["user", "bot"], "lastLogin": "2025-06-02T07:30:00.000Z", "tokens": [{}]},
    "harry": {"roles": ["user", "livechat-manager"]},
}


def _world() -> dict[str, Any]:
    people = world()
    users = [{**user, **_CHANGES.get(user["username"], {})} for user in people["users"]]
    return {**people, "users": users, "rooms": _ROOMS}


def _allow_lesser(permission: str) -> Doing:
    """Give a permission to the role of the lesser caller, as the steps' names tell."""
    return Doing(permissions={permission: ["admin", "livechat-manager"]})


_READING = "70-rooms-of-a-person"

STARTS = (
    Start(
        "8.6",
        70,
        70,
        _world(),
        {
            (_READING, "users.info-includeUserRooms-view-other-user-channels-alone"): _allow_lesser(
                "view-other-user-channels"
            ),
            (_READING, "lesser-groups.counters-with-view-room-administration"): _allow_lesser(
                "view-room-administration"
            ),
        },
    ),
    Start("8.6", 71, 71, _world()),
    Start("8.6", 73, 73, _world()),
)
