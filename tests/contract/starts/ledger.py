# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenario 95 of 7.7 and 8.6: a channel as ledger, which nobody had made before."""

from __future__ import annotations

from typing import Any

from tests.contract.starts.start import Doing, Start


def _person(username: str, **more: Any) -> dict[str, Any]:
    return {"username": username, "name": username.capitalize(), **more}


# Nobody but the administrator has another role than user.
_PEOPLE = [_person(name) for name in ("keeper", "reader", "stranger", "alice")]
_WORLD = {"users": [_person("rcadmin", roles=["admin"]), *_PEOPLE]}

_SEALED = Doing(settings={"E2E_Enable": True, "E2E_Enabled_Default_PrivateRooms": True})

STARTS = tuple(
    Start(
        version,
        95,
        95,
        _WORLD,
        before={("95-ledger", "create-where-private-rooms-are-encrypted-by-default"): _SEALED},
    )
    for version in ("7.7", "8.6")
)
