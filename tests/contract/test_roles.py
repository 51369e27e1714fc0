# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles and the licence beyond the recordings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.api import Api
from tests.emulator.testing import Emulator

USERS = [{"username": "admin", "roles": ["admin"]}, {"username": "ann"}, {"username": "off", "active": False}]
VERSIONS = ["5.4", "6.5", "7.7", "8.6"]


def begin(server: Emulator, **more: Any) -> None:
    server.control("world", {"users": USERS, **more})


@pytest.mark.parametrize("version", VERSIONS)
def test_a_role_of_the_workspaces_own(version: str) -> None:
    with Emulator(version) as server:
        begin(server)
        admin = Api(server, "admin")
        free = version.startswith("5")
        assert admin("POST", "roles.create", name="desk")[0] == (200 if free else 400)
        begin(server, enterprise=True)
        admin = Api(server, "admin")
        status, body = admin("POST", "roles.create", name="desk", description="Helpdesk")
        role = body["role"]
        assert (status, role["name"], role["scope"], role["protected"]) == (200, "desk", "Users", False)
        assert role["_id"] != "desk"
        assert role in admin("GET", "roles.list")[1]["roles"]
        assert admin("POST", "roles.create", name="desk")[1]["errorType"] == "error-duplicate-role-names-not-allowed"
        assert Api(server, "ann")("POST", "roles.create", name="new")[1]["errorType"] == "error-action-not-allowed"
        assert admin("POST", "roles.addUserToRole", roleId=role["_id"], username="ann")[0] == 200
        assert admin("POST", "roles.delete", roleId=role["_id"])[1]["errorType"] == "error-role-in-use"
        assert admin("POST", "roles.removeUserFromRole", roleId=role["_id"], username="ann")[0] == 200
        assert admin("POST", "roles.delete", roleId=role["_id"])[0] == 200
        assert role not in admin("GET", "roles.list")[1]["roles"]
        assert admin("POST", "roles.delete", roleId=role["_id"])[1]["errorType"] == "error-invalid-roleId"


@pytest.mark.parametrize("version", VERSIONS)
def test_taking_roles_away_takes_a_permission(version: str) -> None:
    with Emulator(version) as server:
        begin(server)
        status, body = Api(server, "ann")("POST", "roles.removeUserFromRole", roleId="user", username="ann")
        older = int(version[0]) < 7
        assert (status, body.get("errorType")) == ((400, "error-not-allowed") if older else (403, None))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_last_seat(version: str) -> None:
    with Emulator(version) as server:
        begin(server, seats=2)
        admin = Api(server, "admin")
        code = "error-license-user-limit-reached"
        off = server.user("off")["_id"]
        assert admin("POST", "users.setActiveStatus", userId=off, activeStatus=True)[1]["errorType"] == code
        new = {"name": "New", "username": "new", "email": "new@example.test", "password": "Str0ng-Passw0rd-of-new!"}
        assert admin("POST", "users.create", **new)[1]["errorType"] == code
        server.control("licence", {"seats": 3}, "PATCH")
        assert admin("POST", "users.setActiveStatus", userId=off, activeStatus=True)[0] == 200
        assert server.user("off")["active"]
