# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the workspace says of itself: its settings on every page of every version, its permissions, each read once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, UnexpectedAnswer
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import (
    BY_TOTP,
    DEFAULT_ROLES,
    LDAP_ON,
    SETTINGS,
    TWO_FACTOR_ON,
    Workspace,
    if_allowed,
    if_there,
)

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace as Scripted


def test_settings_are_found_on_every_page_of_an_old_server(server: ScriptedServer, connect: Any) -> None:
    rows: list[Any] = [{"_id": f"Other_{number}", "value": True} for number in range(90)]
    rows += [{"_id": TWO_FACTOR_ON, "value": False}, {"_id": BY_TOTP, "value": "odd"}, "junk"]

    def page(seen: Any) -> Any:
        offset = int(seen.query["offset"])
        return {"settings": rows[offset : offset + 50], "offset": offset, "total": len(rows), "success": True}

    server.route("/api/v1/settings.public", page)
    assert Workspace(connect(server).client).settings() == {TWO_FACTOR_ON: False}
    assert len(server.requests) == 2


def test_a_server_that_filters_is_asked_once(workspace: Scripted, connect: Any) -> None:
    workspace.settings.update(dict.fromkeys(SETTINGS, True))
    assert Workspace(connect(workspace.server).client).settings() == workspace.settings
    (seen,) = workspace.server.requests
    assert seen.query["_id"].split(",") == list(SETTINGS)


@pytest.mark.parametrize("answer", [{}, {"settings": None}, {"settings": [], "total": 99}, {"settings": {}}])
def test_a_list_of_settings_without_settings_is_not_read_for_ever(
    server: ScriptedServer, connect: Any, answer: dict[str, Any]
) -> None:
    server.script(answer)
    assert Workspace(connect(server).client).settings() == {}


def test_each_is_read_once(workspace: Scripted, connect: Any) -> None:
    known = Workspace(connect(workspace.server).client)
    workspace.settings[BY_TOTP] = False
    for _time in range(2):
        assert known.settings() == {BY_TOTP: False}
        assert known.permissions()["logout-other-user"] == {"admin"}
    assert len(workspace.server.requests) == 2


def test_all_settings_come_at_once_whatever_their_kind(workspace: Scripted, connect: Any) -> None:
    known = Workspace(connect(workspace.server).client)
    workspace.settings.update({LDAP_ON: True, DEFAULT_ROLES: "user,guest"})
    assert known.settings_so_far == {}
    for _time in range(2):
        assert known.if_told() == workspace.settings
        assert known.settings_so_far == known.settings() == {LDAP_ON: True}
    assert len(workspace.server.requests) == 1


def test_settings_that_are_hidden_are_none(server: ScriptedServer, connect: Any) -> None:
    server.script((403, {"success": False, "error": "unauthorized"}))
    assert Workspace(connect(server).client).if_told() == {}


def test_a_permission_is_lacked_only_where_the_server_says_so(workspace: Scripted, connect: Any) -> None:
    known = Workspace(connect(workspace.server).client)
    assert known.lacks({"user"}, "logout-other-user")
    assert not known.lacks({"user", "admin"}, "logout-other-user")
    assert not known.lacks({"user"}, "permission-of-another-version")
    assert known.holders("permission-of-another-version") is None
    assert len(workspace.server.requests) == 1


def test_where_the_server_says_nothing_of_permissions_none_is_lacked(server: ScriptedServer, connect: Any) -> None:
    server.script((403, {"success": False, "error": "unauthorized"}))
    assert not Workspace(connect(server).client).lacks({"user"}, "logout-other-user")


def test_what_an_older_server_does_not_have_is_not_there(server: ScriptedServer, connect: Any) -> None:
    client = connect(server).client
    server.script((404, "<html>"), (403, {"success": False, "error": "unauthorized"}), (500, "down"), {"success": True})
    assert if_there(lambda: client.get("v1/new")) is None
    assert if_there(lambda: client.get("v1/new")) is None
    with pytest.raises(UnexpectedAnswer):
        if_there(lambda: client.get("v1/new"))
    assert if_there(lambda: client.get("v1/new")) == {"success": True}


@pytest.mark.parametrize(
    ("rows", "known"),
    [
        (None, {}),
        ("junk", {}),
        (
            ["junk", None, {"_id": "a"}, {"_id": "b", "roles": "admin"}, {"_id": "c", "roles": ["x", "y"]}],
            {"c": {"x", "y"}},
        ),
    ],
)
def test_permissions_of_another_form_are_not_known(server: ScriptedServer, connect: Any, rows: Any, known: Any) -> None:
    server.script({"update": rows, "success": True})
    assert Workspace(connect(server).client).permissions() == known


@pytest.mark.parametrize(
    ("answer", "hides"),
    [
        ((403, {"success": False, "error": "unauthorized"}), True),
        ((401, {"status": "error", "message": "You must be logged in to do this."}), False),
    ],
)
def test_only_a_server_that_hides_something_is_taken_for_one(
    server: ScriptedServer, connect: Any, answer: Any, hides: bool
) -> None:
    known = Workspace(connect(server).client)
    server.script(answer)
    if hides:
        assert if_allowed(known.permissions) is None
    else:
        with pytest.raises(Refused):
            if_allowed(known.permissions)
