# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Permissions are added to what there is, and read back: nobody else's are lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts import grants
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

LIST, UPDATE = "/api/v1/permissions.listAll", "/api/v1/permissions.update"


class Permissions:
    """A server that replaces the roles of a permission by those it is sent, as all versions do (recorded)."""

    def __init__(self, server: ScriptedServer, *, deaf: bool = False) -> None:
        self.server = server
        self.roles = {"first": ["admin"], "second": ["admin", "desk"], "third": []}
        self._deaf = deaf
        server.route(LIST, lambda _seen: {"update": [*self._rows(), {"_id": "odd"}, None], "success": True})
        server.route(UPDATE, self._update, method="POST")

    def _rows(self) -> list[dict[str, Any]]:
        return [{"_id": name, "roles": list(roles)} for name, roles in self.roles.items()]

    def _update(self, seen: Any) -> Any:
        if not self._deaf:
            self.roles.update({entry["_id"]: entry["roles"] for entry in seen.json["permissions"]})
        return {"permissions": self._rows(), "success": True}


def test_given_and_taken(server: ScriptedServer, connect: Callable[..., Any]) -> None:
    client = connect(server).client
    known = Permissions(server)
    grants.give(client, "desk", ["first", "second", "third", "unknown"])
    assert known.roles == {"first": ["admin", "desk"], "second": ["admin", "desk"], "third": ["desk"]}
    [sent] = server.sent("POST")
    assert [entry["_id"] for entry in sent.json["permissions"]] == ["first", "third"]
    grants.take(client, "desk", ["first", "third"])
    assert known.roles == {"first": ["admin"], "second": ["admin", "desk"], "third": []}
    assert grants.held_by("desk", grants.holders(client)) == ["second"]


def test_nothing_is_sent_where_nothing_is_to_change(server: ScriptedServer, connect: Callable[..., Any]) -> None:
    Permissions(server)
    grants.give(connect(server).client, "desk", ["second"])
    assert server.sent("POST") == []


def test_what_was_lost_is_told(server: ScriptedServer, connect: Callable[..., Any]) -> None:
    Permissions(server, deaf=True)
    with pytest.raises(RocketChatError) as caught:
        grants.give(connect(server).client, "desk", ["first"])
    assert (caught.value.code, caught.value.details) == ("permissions-lost", {"wanted": {"first": ["admin", "desk"]}})


@pytest.mark.parametrize("told", [True, False])
def test_a_list_that_names_a_role_which_is_not_there(
    server: ScriptedServer, connect: Callable[..., Any], told: bool
) -> None:
    known = Permissions(server)
    known.roles["first"] = ["admin", "livechat-monitor"]
    update = known._update

    def strict(seen: Any) -> Any:
        if "livechat-monitor" in seen.json["permissions"][0]["roles"]:
            return 400, {"success": False, "error": "Invalid role", "errorType": "error-invalid-role"}
        return update(seen)

    server.route(UPDATE, strict, method="POST")
    roles = {"roles": [{"_id": "admin", "name": "admin"}, {"_id": "desk", "name": "desk"}], "success": True}
    server.route("/api/v1/roles.list", roles if told else (403, {"success": False, "error": "unauthorized"}))
    if not told:
        with pytest.raises(RocketChatError, match="role"):
            grants.give(connect(server).client, "desk", ["first"])
        assert known.roles["first"] == ["admin", "livechat-monitor"]
        return
    grants.give(connect(server).client, "desk", ["first"])
    assert known.roles["first"] == ["admin", "desk"]
