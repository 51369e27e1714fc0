# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agents, managers and applications beyond the recordings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api import Api
from tests.emulator.testing import Emulator

ROLES = ["user", "livechat-agent", "livechat-manager"]
LENA = {"username": "lena", "roles": ROLES, "departments": ["sales", "support"], "statusLivechat": "available"}
WORLD = {
    "users": [{"username": "admin", "roles": ["admin"]}, {"username": "ann"}, LENA],
    "oauthApps": [{"name": "tickets", "by": "lena"}],
}


@pytest.fixture(params=["6.5", "7.7", "8.6"])
def server(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with Emulator(request.param, world=WORLD) as emulator:
        yield emulator


def lena(server: Emulator) -> tuple[list[str], list[str]]:
    user = server.user("lena")
    return user["roles"], user["departments"]


def test_whoever_is_no_agent_any_longer_is_in_no_department(server: Emulator) -> None:
    path = f"livechat/users/agent/{server.user('lena')['_id']}"
    (row,) = Api(server, "admin")("GET", "livechat/users/agent")[1]["users"]
    assert row["departments"] == ["sales", "support"]
    assert Api(server, "ann")("DELETE", path)[0] == 403
    server.permissions({"view-livechat-manager": ["user"]})
    assert Api(server, "ann")("DELETE", path)[0] == 200
    assert lena(server) == (["user", "livechat-manager"], [])
    assert Api(server, "ann")("DELETE", "livechat/users/agent/nobody") == (400, {"success": False})


def test_an_update_of_roles_does_as_much_and_taking_the_role_less(server: Emulator) -> None:
    admin = Api(server, "admin")
    assert admin("POST", "roles.removeUserFromRole", username="lena", roleId="livechat-agent")[0] == 200
    assert lena(server) == (["user", "livechat-manager"], ["sales", "support"])
    server.settings({"Accounts_TwoFactorAuthentication_Enabled": False})
    given: dict[str, Any] = {"userId": server.user("lena")["_id"], "data": {"roles": ["user"]}}
    assert admin("POST", "users.update", **given)[0] == 200
    assert lena(server) == (["user"], [])


def test_departments_of_anybody_are_shown_to_who_sees_conversations(server: Emulator) -> None:
    """As the server's own source has it."""
    path = f"livechat/agents/{server.user('lena')['_id']}/departments"
    assert Api(server, "ann")("GET", path)[0] == 403
    server.permissions({"view-l-room": ["user"]})
    for _agent in (True, False):
        rows = Api(server, "ann")("GET", path)[1]["departments"]
        assert [row["departmentName"] for row in rows] == ["sales", "support"]
        Api(server, "admin")("POST", "roles.removeUserFromRole", username="lena", roleId="livechat-agent")
    assert Api(server, "ann")("GET", f"livechat/agents/{server.user('ann')['_id']}/departments")[1]["departments"] == []


def test_who_is_no_agent_leaves_departments_all_the_same(server: Emulator) -> None:
    admin = Api(server, "admin")
    assert admin("POST", "roles.removeUserFromRole", username="lena", roleId="livechat-agent")[0] == 200
    assert admin("DELETE", f"livechat/users/agent/{server.user('lena')['_id']}")[0] == 200
    assert lena(server) == (["user", "livechat-manager"], [])


def test_applications_are_shown_to_who_manages_them(server: Emulator) -> None:
    (app,) = Api(server, "admin")("GET", "oauth-apps.list")[1]["oauthApps"]
    assert (app["name"], app["_createdBy"]["username"]) == ("tickets", "lena")
    older = server.state()["version"].startswith("6")
    status, body = Api(server, "ann")("GET", "oauth-apps.list")
    assert (status, body["error"] == "error-not-allowed") == ((400, True) if older else (403, False))
    assert Api(server, "admin")("POST", "oauth-apps.delete", appId=app["_id"]) == (200, True)
    assert server.state()["oauthApps"] == []


def test_omnichannel_is_a_public_setting(server: Emulator) -> None:
    older = server.state()["version"].startswith("6")
    asked = {"query": '{"_id": "Livechat_enabled"}'} if older else {"_id": "Livechat_enabled"}
    (setting,) = Api(server, "ann")("GET", "settings.public", **asked)[1]["settings"]
    assert setting["value"] is False
