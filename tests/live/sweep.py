# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removes what a run made, told by its name alone: of this run, and of those that were killed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.live.client import Caller

FULL_NAME = "Made by the live suite"
"""What every account of the suite is called besides; an account with another name is nobody's to delete."""

ANY_RUN = re.compile(r"rclive-[0-9a-f]{8}-")
"""How the names of everything begin that any run made."""


def sweep(admin: Caller, prefix: re.Pattern[str] = ANY_RUN) -> list[str]:
    """Remove all that bears such a name; returns the names. Raises `Refused` where something cannot be removed.

    Rooms go before people, so that nobody's deletion depends on rooms, and roles after people, who may hold them.
    """
    return [name for remove in _ALL for name in remove(admin, prefix)]


def _hooks(admin: Caller, prefix: re.Pattern[str]) -> Iterator[str]:
    for hook in list(admin.rows("integrations.list", "integrations")):
        if prefix.match(hook["name"]):
            admin.post("integrations.remove", type=hook["type"], integrationId=hook["_id"])
            yield hook["name"]


def _teams(admin: Caller, prefix: re.Pattern[str]) -> Iterator[str]:
    for team in list(admin.rows("teams.listAll", "teams")):
        if prefix.match(team["name"]):
            admin.post("teams.delete", teamId=team["_id"])
            yield team["name"]


def _rooms(admin: Caller, prefix: re.Pattern[str]) -> Iterator[str]:
    query = {"filter": "rclive-", "types[]": ["c", "p", "discussions", "teams"]}
    for room in list(admin.rows("rooms.adminRooms", "rooms", **query)):
        # People see a discussion under another name than the server.
        name = next((name for name in _names(room) if prefix.match(name)), None)
        if name is not None:
            admin.post("rooms.delete", roomId=room["_id"])
            yield name


def _names(room: dict[str, Any]) -> list[str]:
    return [str(room[key]) for key in ("name", "fname") if room.get(key)]


def _people(admin: Caller, prefix: re.Pattern[str]) -> Iterator[str]:
    for user in list(admin.rows("users.list", "users")):
        if prefix.match(user.get("username", "")) and user.get("name") == FULL_NAME:
            admin.post("users.delete", userId=user["_id"])
            yield user["username"]


def _roles(admin: Caller, prefix: re.Pattern[str]) -> Iterator[str]:
    for role in admin.get("roles.list")["roles"]:
        if prefix.match(role["name"]):
            admin.post("roles.delete", roleId=role["_id"])
            yield role["name"]


_ALL: tuple[Callable[[Caller, re.Pattern[str]], Iterator[str]], ...] = (_hooks, _teams, _rooms, _people, _roles)
