# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resetting an end-to-end key: only once the task accepts that messages are lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

Run = Callable[..., dict[str, Any]]
NAME, PATH = "rocketchat_user_e2ekey_reset", "/api/v1/users.resetE2EKey"


def test_without_consent_nothing_is_sent(workspace: Workspace, run_module: Run) -> None:
    result = run_module(NAME, username="harry")
    assert (result["failed"], result["error"]["code"], result["users"]) == (True, "invalid-input", [])
    assert "confirm_message_loss" in result["msg"]
    assert workspace.server.requests == []


def test_the_key_is_reset_by_id(workspace: Workspace, run_module: Run) -> None:
    workspace.add("harry")
    workspace.server.route(PATH, {"success": True}, method="POST")
    result = run_module(NAME, username="harry", confirm_message_loss=True, diff=True)
    (user,) = result["users"]
    assert (user["asked"], user["user_id"], user["outcome"]) == ({"username": "harry"}, "harryId", "done")
    assert (user["changed"], user["attempts"]) == (True, 1)
    assert user["said"] == "harry (harryId): end-to-end key reset"
    assert [seen.json for seen in workspace.server.sent("POST", PATH)] == [{"userId": "harryId"}]
    assert "old encrypted messages: lost\n" in result["diff"][0]["after"]
    assert "old encrypted messages: readable\n" in result["diff"][0]["before"]


def test_a_server_that_is_too_old_is_named(workspace: Workspace, run_module: Run) -> None:
    workspace.version = "3.5"
    result = run_module(NAME, username="harry", confirm_message_loss=True)
    assert result["error"]["code"] == "version-too-old"
    assert "3.6" in result["msg"]
    assert result["users"][0]["error"]["code"] == "not-attempted"


def test_the_permission_it_takes_is_named_by_check_mode(workspace: Workspace, run_module: Run) -> None:
    workspace.add("harry")
    workspace.permissions["edit-other-user-e2ee"] = []
    result = run_module(NAME, username="harry", confirm_message_loss=True, check_mode=True)
    assert result["failed"] is True
    assert "edit-other-user-e2ee" in result["msg"]
    assert workspace.server.sent("POST") == []
