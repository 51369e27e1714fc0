# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applications that ask a workspace who somebody is, as requests and worlds make them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.emulator import codes
from tests.emulator.clock import iso
from tests.emulator.state import User

if TYPE_CHECKING:
    from tests.emulator.server import Server


class AppError(ValueError):
    """An application that makes no sense, with a sentence that says why."""


def make_app(server: Server, maker: User, given: Mapping[str, Any]) -> dict[str, Any]:
    """Register an application."""
    app = {
        "name": given["name"],
        "active": bool(given.get("active", True)),
        "redirectUri": given.get("redirectUri", "https://app.example.test/callback"),
        "clientId": codes.random_id(),
        "clientSecret": codes.random_id(43),
        "_createdAt": iso(server.clock.now()),
        "_createdBy": {"_id": maker.id, "username": maker.username},
        "_id": codes.object_id(),
    }
    server.state.oauth_apps[str(app["_id"])] = app
    return app


def add_app(server: Server, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Register an application from its description: ``name`` and ``by``, and ``redirectUri``, ``active`` if told."""
    maker = server.state.by_name.get(entry.get("by", ""))
    if maker is None or not isinstance(entry.get("name"), str):
        raise AppError("An OAuth application has a 'name' and, as 'by', the user name of who registered it.")
    return make_app(server, maker, entry)
