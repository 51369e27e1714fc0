# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ending sessions: of everybody who may have one, and reported as far as it is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

Run = Callable[..., dict[str, Any]]
NAME, PATH = "rocketchat_user_logout", "/api/v1/users.logout"


def test_who_never_logged_in_has_no_session_to_end(workspace: Workspace, run_module: Run) -> None:
    workspace.add("harry")
    workspace.add("ned", lastLogin=None)
    result = run_module(NAME, usernames=["harry", "ned"], diff=True)
    assert [user["changed"] for user in result["users"]] == [True, False]
    assert [user["evidence"] for user in result["users"]] == ["none", "never_logged_in"]
    assert [user["attempts"] for user in result["users"]] == [1, 0]
    # A name in the body would end the sessions of the caller.
    assert [seen.json for seen in workspace.server.sent("POST", PATH)] == [{"userId": "harryId"}]
    assert [shown["after"] for shown in result["diff"]] == ["sessions and personal access tokens: ended\n"]
    assert "not known" in result["diff"][0]["before"]


def test_who_hides_the_last_login_may_have_a_session(workspace: Workspace, run_module: Run) -> None:
    workspace.add("ned", lastLogin=None, canViewAllInfo=False)
    (user,) = run_module(NAME, username="ned")["users"]
    assert (user["changed"], user["evidence"]) == (True, "none")


def test_check_mode_says_what_would_be_done_and_sends_nothing(workspace: Workspace, run_module: Run) -> None:
    workspace.add("harry")
    result = run_module(NAME, username="harry", check_mode=True)
    assert result["changed"] is True
    assert result["users"][0]["attempts"] == 0
    assert workspace.server.sent("POST") == []


def test_a_task_that_names_nobody_fails_before_anything_is_sent(workspace: Workspace, run_module: Run) -> None:
    result = run_module(NAME)
    assert (result["failed"], result["error"]["code"], result["users"]) == (True, "invalid-input", [])
    assert "Nobody is named" in result["msg"]
    assert workspace.server.requests == []


def test_the_caller_is_never_a_target(workspace: Workspace, run_module: Run) -> None:
    workspace.add("svc", _id="callerId")
    workspace.add("harry")
    result = run_module(NAME, usernames=["harry", "svc"])
    assert result["error"]["code"] == "own-account"
    assert result["msg"].startswith("Nobody was logged out.")
    assert workspace.server.sent("POST") == []
