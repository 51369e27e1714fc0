# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles as a server lists, makes, gives and takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts import own_role
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, UnexpectedAnswer

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

ALICE = User("aliceId", "alice", active=True, federated=False)


def refused(code: str) -> tuple[int, dict[str, Any]]:
    """Return the server's refusal with a code."""
    return 400, {"success": False, "error": f"No [{code}]", "errorType": code}


def test_the_list(server: ScriptedServer, connect: Callable[..., Any]) -> None:
    rows = [
        {"_id": "admin", "name": "admin", "scope": "Users", "protected": True},
        {"_id": "owner", "name": "owner", "scope": "Subscriptions", "protected": True},
        {"_id": "5f2b", "name": "desk", "scope": "Users", "protected": False},
        {"name": "without an id"},
        None,
    ]
    server.route("/api/v1/roles.list", {"roles": rows, "success": True})
    found = own_role.all_roles(connect(server).client)
    assert [(role.name, role.built_in, role.for_rooms) for role in found] == [
        ("admin", True, False),
        ("owner", True, True),
        ("desk", False, False),
    ]
    assert own_role.named_role(found, "desk") == own_role.named_role(found, "5f2b") == found[2]
    assert own_role.named_role(found, "nobody") is None


@pytest.mark.parametrize(
    ("answer", "may"),
    [
        ({"license": {"activeModules": ["custom-roles"]}, "success": True}, True),
        ({"license": {"activeModules": []}, "success": True}, False),
        ({"license": {}, "success": True}, None),
        ({"success": True}, None),
        ((404, "404 Not Found"), None),
        ((403, {"success": False, "error": "unauthorized"}), None),
    ],
)
def test_what_the_licence_allows(
    server: ScriptedServer, connect: Callable[..., Any], answer: Any, may: bool | None
) -> None:
    server.route("/api/v1/licenses.info", answer)
    assert own_role.may_be_made(connect(server).client) is may


def test_made_and_deleted(server: ScriptedServer, connect: Callable[..., Any]) -> None:
    server.route("/api/v1/roles.create", {"role": {"_id": "5f2b", "name": "desk"}, "success": True}, method="POST")
    server.route("/api/v1/roles.delete", {"success": True}, method="POST")
    client = connect(server).client
    role = own_role.make(client, "desk")
    own_role.delete(client, role)
    made, deleted = (seen.json for seen in server.sent("POST"))
    assert (role.role_id, made["name"], made["scope"], deleted) == ("5f2b", "desk", "Users", {"roleId": "5f2b"})


def test_an_answer_without_a_role(server: ScriptedServer, connect: Callable[..., Any]) -> None:
    server.route("/api/v1/roles.create", {"success": True}, method="POST")
    with pytest.raises(UnexpectedAnswer):
        own_role.make(connect(server).client, "desk")


@pytest.mark.parametrize(
    ("act", "path", "harmless"),
    [
        (own_role.give, "/api/v1/roles.addUserToRole", "error-user-already-in-role"),
        (own_role.take, "/api/v1/roles.removeUserFromRole", "error-user-not-in-role"),
    ],
)
def test_given_and_taken_by_id_and_user_name(
    server: ScriptedServer, connect: Callable[..., Any], act: Callable[..., None], path: str, harmless: str
) -> None:
    server.route(path, {"success": True}, refused(harmless), refused("error-action-not-allowed"), method="POST")
    client = connect(server).client
    act(client, "5f2b", ALICE)
    act(client, "5f2b", ALICE)
    assert server.sent("POST")[0].json == {"roleId": "5f2b", "username": "alice"}
    with pytest.raises(Refused):
        act(client, "5f2b", ALICE)
