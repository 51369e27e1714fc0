# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios 70 to 75 of 7.7: rooms and teams."""

from __future__ import annotations

from typing import Any

from tests.contract.starts.start import Doing, Start

_SEEN = "2025-06-02T07:30:00.000Z"


def _person(username: str, **more: Any) -> dict[str, Any]:
    """An account that never signed in, unless it is said."""
    return {"username": username, "name": username.capitalize(), "verified": False, "lastLogin": None, **more}


def _signed_in(username: str, sessions: int = 1, **more: Any) -> dict[str, Any]:
    return _person(username, lastLogin=_SEEN, tokens=[{}] * sessions, **more)


_WEAK = {"name": "Weak Example", "verified": True, "requirePasswordChange": False}
_NEVER = ("mia", "nina", "rosa", "quinn", "ruth", "erin", "ivan", "judy", "yara", "zeno")
_USERS = [
    _signed_in("rcadmin", 4, name="RC Admin", roles=["admin"], email2fa=False),
    # Another administrator, without whom the first could not deactivate the own account.
    _signed_in("svc", roles=["user", "admin"]),
    _signed_in("weak", **_WEAK),
    _signed_in("otto"),
    _signed_in("gus", 0, active=False),
    _signed_in("tara"),
    _signed_in("xaver"),
    *(_person(name) for name in _NEVER),
]


def _room(name: str, kind: str, owners: str, members: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "owners": owners.split(), "members": members.split(), **more}


_ROOMS = [
    _room("otto-open", "c", "otto", "mia nina"),
    _room("otto-closed", "p", "otto", "mia"),
    _room("otto-notes", "p", "otto"),
    _room("otto-alone", "c", "otto"),
    # A second owner was made by a request, which left a message.
    _room("otto-ghost", "c", "otto gus", "mia", messages=1),
    _room("otto-ghost-closed", "p", "otto gus", messages=1),
    _room("otto-sleepers", "p", "otto", "gus"),
    _room("otto-open-sleepers", "c", "otto", "gus"),
    _room("gus-left", "p", "rosa", leaders=["otto"]),
    _room("team-sales", "c", "erin", "ivan judy", teamMain=True),
    _room("otto-team", "c", "otto", "mia", teamMain=True),
]
# Made later, when they were needed.
_QUINN = [_room("quinn-open", "c", "quinn", "mia"), _room("quinn-closed", "p", "quinn", "mia")]
_TARA = [_room("tara-team", "p", "tara", "mia nina", teamMain=True)]
_XAVER = [
    _room("xaver-two", "p", "xaver", "yara"),
    _room("xaver-open", "c", "xaver", "yara"),
    _room("xaver-three", "p", "xaver", "yara zeno"),
]


def _make(rooms: list[dict[str, Any]]) -> Doing:
    return Doing(control=[("POST", "rooms", room) for room in rooms])


_ADMIN_IS_BACK = Doing(users={"rcadmin": {"active": True}})

STARTS = (
    Start(
        "7.7",
        70,
        75,
        {"users": _USERS, "rooms": _ROOMS},
        before={
            ("72-hand-over", "channels.addOwner-member"): _make(_QUINN),
            ("74-teams", "teams.listAll"): _make(_TARA),
            ("75-two-leavers-share-a-room", "owner-refused"): _make(_XAVER),
        },
        after={"73-users.setActiveStatus-last-owner": _ADMIN_IS_BACK},
    ),
)
