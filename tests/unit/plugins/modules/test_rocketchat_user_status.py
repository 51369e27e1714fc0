# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Activating and deactivating: read first, sent only where it differs, rooms lost only with consent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

Run = Callable[..., dict[str, Any]]
PATH = "/api/v1/users.setActiveStatus"
LAST_OWNER = (
    400,
    {
        "success": False,
        "error": "Last owner [user-last-owner]",
        "errorType": "user-last-owner",
        "details": {"shouldBeRemoved": ["diary"], "shouldChangeOwner": ["team"]},
    },
)
FORBIDDEN = (400, {"success": False, "error": "No [error-not-allowed]", "errorType": "error-not-allowed"})


@pytest.fixture
def run(workspace: Workspace, run_module: Run) -> Run:
    """Return a function that runs the module for a caller who may do it."""
    workspace.permissions["edit-other-user-active-status"] = ["admin"]
    workspace.server.route(PATH, {"success": True}, method="POST")

    def run_it(state: str = "inactive", **arguments: Any) -> dict[str, Any]:
        return run_module("rocketchat_user_status", state=state, **arguments)

    return run_it


def bodies(workspace: Workspace) -> list[Any]:
    """Return what was sent to change a status."""
    return [seen.json for seen in workspace.server.sent("POST", PATH)]


@pytest.mark.parametrize(("state", "active"), [("inactive", False), ("active", True)])
def test_only_an_account_in_another_state_is_changed(workspace: Workspace, run: Run, state: str, active: bool) -> None:
    workspace.add("other", active=not active)
    workspace.add("same", active=active)
    result = run(state, usernames=["other", "same"])
    assert result["changed"] is True
    assert [user["changed"] for user in result["users"]] == [True, False]
    assert [user["active_before"] for user in result["users"]] == [not active, active]
    assert [user["rooms_deleted"] for user in result["users"]] == [[], []]
    assert bodies(workspace) == [{"userId": "otherId", "activeStatus": active, "confirmRelinquish": False}]


def test_a_second_run_changes_nothing(workspace: Workspace, run: Run) -> None:
    workspace.add("harry", active=False)
    result = run(username="harry")
    assert result["changed"] is False
    assert workspace.server.sent("POST") == []


def test_a_state_that_the_server_does_not_show_is_set_all_the_same(workspace: Workspace, run: Run) -> None:
    workspace.add("harry", active=None)
    result = run(username="harry", diff=True)
    assert result["users"][0]["active_before"] is None
    assert result["diff"][0]["before"].startswith("status: not known\n")
    assert len(bodies(workspace)) == 1


@pytest.mark.parametrize(
    ("state", "before", "after"),
    [
        ("inactive", "status: active\n", "status: inactive\nsessions and personal access tokens: ended\n"),
        ("active", "status: inactive\nsessions and personal access tokens: ended\n", "status: active\n"),
    ],
)
def test_the_diff_tells_what_goes(workspace: Workspace, run: Run, state: str, before: str, after: str) -> None:
    workspace.add("harry", active=state == "inactive")
    (shown,) = run(state, username="harry", diff=True, check_mode=True)["diff"]
    assert (shown["before"], shown["after"]) == (before, after)
    assert shown["before_header"] == shown["after_header"] == "harry (harryId)"
    assert workspace.server.sent("POST") == []


def test_the_only_owner_of_rooms_is_left_alone_and_the_rooms_are_named(workspace: Workspace, run: Run) -> None:
    workspace.add("olga")
    workspace.server.route(PATH, LAST_OWNER, method="POST")
    result = run(username="olga")
    (user,) = result["users"]
    assert (result["changed"], user["changed"], user["attempts"]) == (False, False, 1)
    assert user["error"]["code"] == result["error"]["code"] == "user-last-owner"
    assert user["error"]["details"]["rooms_deleted"] == ["diary"]
    assert user["error"]["details"]["rooms_with_new_owner"] == ["team"]
    assert "would be deleted with all their messages: diary; these would get another owner: team" in result["msg"]
    assert "confirm_relinquish" in result["msg"]


@pytest.mark.parametrize(
    ("details", "words", "silent"),
    [
        ({"shouldBeRemoved": ["diary"]}, "be deleted with all their messages: diary. Give", "another owner:"),
        ({"shouldChangeOwner": ["team"], "shouldBeRemoved": []}, "these would get another owner: team. Give", "delet"),
        ({"shouldBeRemoved": "diary"}, "the server does not say what would become of them", "diary"),
        ({}, "the server does not say what would become of them", "delet"),
    ],
)
def test_only_what_the_server_told_of_rooms_is_told(
    workspace: Workspace, run: Run, details: dict[str, Any], words: str, silent: str
) -> None:
    workspace.add("olga")
    workspace.server.route(PATH, (400, {**LAST_OWNER[1], "details": details}), method="POST")
    message = run(username="olga")["msg"]
    assert words in message
    assert silent not in message


def test_with_consent_the_rooms_that_went_are_in_the_result(workspace: Workspace, run: Run) -> None:
    workspace.add("olga")
    workspace.server.route(PATH, LAST_OWNER, {"success": True}, method="POST")
    (user,) = run(username="olga", confirm_relinquish=True)["users"]
    assert (user["changed"], user["attempts"]) == (True, 2)
    assert (user["rooms_deleted"], user["rooms_with_new_owner"]) == (["diary"], ["team"])
    # What is lost is asked for first, also where it is consented to.
    assert [body["confirmRelinquish"] for body in bodies(workspace)] == [False, True]


def test_a_lost_answer_to_the_confirmation_does_not_claim_that_nothing_was_lost(workspace: Workspace, run: Run) -> None:
    workspace.add("olga")
    workspace.server.route(PATH, LAST_OWNER, workspace.server.DROP, method="POST")
    (user,) = run(username="olga", confirm_relinquish=True)["users"]
    assert user["attempts"] == 2
    assert user["error"]["details"]["outcome"] == "unknown"
    assert user["error"]["details"]["rooms_deleted"] == ["diary"]
    assert (user["rooms_deleted"], user["rooms_with_new_owner"]) == (None, None)


def test_a_refusal_names_the_permission_and_ends_the_run(workspace: Workspace, run: Run) -> None:
    workspace.add("harry")
    workspace.add("hanna")
    workspace.server.route(PATH, FORBIDDEN, method="POST")
    result = run(usernames=["harry", "hanna"], on_error="continue")
    assert "edit-other-user-active-status" in result["msg"]
    assert [user["error"]["code"] for user in result["users"]] == ["error-not-allowed", "not-attempted"]
    assert len(bodies(workspace)) == 1


def test_check_mode_foretells_the_refusal_and_sends_nothing(workspace: Workspace, run: Run) -> None:
    workspace.add("harry")
    workspace.permissions["edit-other-user-active-status"] = []
    result = run(username="harry", check_mode=True)
    assert result["failed"] is True
    assert "edit-other-user-active-status" in result["msg"]
    assert workspace.server.sent("POST") == []


@pytest.mark.parametrize("arguments", [{}, {"usernames": None}, {"username": "harry", "concurrency": 33}])
def test_wrong_arguments_are_refused_before_anything_is_sent(
    workspace: Workspace, run: Run, arguments: dict[str, Any]
) -> None:
    result = run(**arguments)
    assert result["error"]["code"] == "invalid-input"
    assert result["users"] == []
    assert "concurrency" in result["msg"] if arguments.get("username") else "Nobody is named" in result["msg"]
    assert workspace.server.requests == []
