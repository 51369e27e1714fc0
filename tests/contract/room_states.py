# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rooms and teams as the recorded states tell of them: 7.7 one by one, 8.6 all that are looked at in one object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.emulator.testing import Emulator


def _one_room(emulator: Emulator, key: str, _expected: Any) -> dict[str, Any] | None:
    room = _named(emulator.control("rooms")["rooms"], key.removeprefix("room "))
    if room is None:
        return None
    return {**_outline(room), "members": {name: member["roles"] for name, member in room["members"].items()}}


def _one_team(emulator: Emulator, key: str, _expected: Any) -> dict[str, Any] | None:
    team = _named(emulator.control("rooms")["teams"], key.removeprefix("team "))
    return None if team is None else dict(team["members"])


def _several_rooms(emulator: Emulator, _key: str, expected: dict[str, Any]) -> dict[str, Any]:
    known = emulator.control("rooms")
    found: dict[str, Any] = {}
    for name in expected:
        room = _named(known["rooms"], name)
        if room is None:
            found[name] = None
            continue
        members = {
            member: {"roles": entry["roles"], "archived": entry["archived"]}
            for member, entry in room["members"].items()
        }
        found[name] = {**_outline(room), "members": members}
        team = _named(known["teams"], name)
        if team is not None:
            # Keys are not compared as placeholders, so they are written as the recorder did.
            found[name]["team_members"] = {f"<id:{member}>": roles for member, roles in team["members"].items()}
    return found


def _outline(room: dict[str, Any]) -> dict[str, Any]:
    return {"t": room["type"], "usersCount": len(room["members"]), "archived": room["archived"]}


def _named(things: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((thing for thing in things if thing["name"] == name), None)


READERS: dict[str, Callable[[Emulator, str, Any], Any]] = {
    "rooms": _several_rooms,
    "room ": _one_room,
    "team ": _one_team,
}
