# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new password: random and mailed, or given and never shown; never claimed where the server ignored it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

Run = Callable[..., dict[str, Any]]
PATH = "/api/v1/users.update"
GIVEN = "tulip-Harbour-41"
MAILS = [{"address": "harry@example.com", "verified": True}, {"address": "old@example.com", "verified": False}]


@pytest.fixture
def run(workspace: Workspace, run_module: Run) -> Run:
    """Return a function that runs the module on harry, for a caller who may do it."""
    workspace.permissions["edit-other-user-password"] = ["admin"]
    workspace.add("harry", emails=MAILS)
    answer(workspace, lambda _seen: shown(workspace, requirePasswordChange=True))

    def run_it(**arguments: Any) -> dict[str, Any]:
        named = {} if "usernames" in arguments else {"username": "harry"}
        return run_module("rocketchat_user_password_reset", **named, **arguments)

    return run_it


def answer(workspace: Workspace, *answers: Any) -> None:
    """Answer the update like this."""
    workspace.server.route(PATH, *answers, method="POST")


def shown(workspace: Workspace, **more: Any) -> Any:
    """Return what the server says after an update: the account as it is now."""
    record = {key: value for key, value in workspace.accounts[0].items() if key != "canViewAllInfo"}
    return {"success": True, "user": {**record, **more}}


def data(workspace: Workspace) -> list[Any]:
    """Return what was sent for each account."""
    return [(seen.json["userId"], seen.json["data"]) for seen in workspace.server.sent("POST", PATH)]


def test_a_random_password_goes_to_the_first_address_which_is_sent_along(workspace: Workspace, run: Run) -> None:
    result = run(diff=True)
    assert result["changed"] is True
    assert result["users"][0]["mailed_to"] == "harry@example.com"
    sent = {"requirePasswordChange": True, "setRandomPassword": True, "email": "harry@example.com"}
    assert data(workspace) == [("harryId", sent)]
    (shown,) = result["diff"]
    assert shown["before"] == "password: the owner's\nsessions and personal access tokens: valid\n"
    assert shown["after"] == (
        "password: random, mailed to its owner\na change at the next login: required\n"
        "sessions and personal access tokens: ended\n"
    )


def test_a_given_password_is_set_and_mailed_to_nobody(workspace: Workspace, run: Run) -> None:
    result = run(password=GIVEN, require_change=False, diff=True)
    assert result["users"][0]["mailed_to"] is None
    assert data(workspace) == [("harryId", {"requirePasswordChange": False, "password": GIVEN})]
    assert result["diff"][0]["after"] == ("password: the one given\nsessions and personal access tokens: ended\n")


@pytest.mark.parametrize("mails", [None, [], [{"verified": True}]])
def test_without_an_address_a_random_password_is_not_even_tried(
    workspace: Workspace, run: Run, mails: list[Any] | None
) -> None:
    workspace.accounts[0]["emails"] = mails
    result = run()
    assert result["error"]["code"] == "no-email-address"
    assert "harry has no e-mail address" in result["msg"]
    assert workspace.server.sent("POST") == []
    # A given one needs no mail.
    assert run(password=GIVEN)["changed"] is True


def test_a_password_that_the_server_ignored_is_a_failure(workspace: Workspace, run: Run) -> None:
    answer(workspace, lambda _seen: shown(workspace))
    result = run()
    assert result["changed"] is False
    assert result["error"]["code"] == "password-ignored"
    assert "edit-other-user-password" in result["msg"]
    # No change at the next login was asked for, so nothing tells.
    assert run(require_change=False)["changed"] is True


@pytest.mark.parametrize("body", [{"success": True}, {"success": True, "user": None}])
def test_an_answer_that_tells_nothing_is_no_failure(workspace: Workspace, run: Run, body: dict[str, Any]) -> None:
    answer(workspace, body)
    assert run()["changed"] is True


def test_a_mail_that_failed_left_the_password_changed(workspace: Workspace, run: Run) -> None:
    answer(workspace, (400, {"success": False, "error": "SMTP down", "errorType": "error-email-send-failed"}))
    result = run()
    (user,) = result["users"]
    assert (result["failed"], result["changed"], user["changed"]) == (True, True, True)
    assert user["error"]["details"]["done"] == ["password changed"]
    assert user["mailed_to"] is None


def test_another_refusal_left_it_as_it_was(workspace: Workspace, run: Run) -> None:
    answer(workspace, (400, {"success": False, "error": "Weak", "errorType": "error-password-policy-not-met"}))
    (user,) = run(password=GIVEN)["users"]
    assert user["changed"] is False
    assert "password policy" in user["error"]["message"]
    assert "done" not in user["error"]["details"]


def test_who_may_not_set_passwords_is_told_before_anything_is_sent(workspace: Workspace, run: Run) -> None:
    workspace.permissions["edit-other-user-password"] = []
    result = run()
    assert result["failed"] is True
    assert "edit-other-user-password" in result["msg"]
    assert workspace.server.sent("POST") == []


def test_check_mode_names_the_address_and_sends_nothing(workspace: Workspace, run: Run) -> None:
    result = run(check_mode=True)
    assert (result["changed"], result["users"][0]["mailed_to"]) == (True, "harry@example.com")
    assert workspace.server.sent("POST") == []


def test_a_profile_is_not_erased_with_a_new_password(workspace: Workspace, run: Run) -> None:
    workspace.accounts[0].update(bio="Writes things down.", nickname="Hal", customFields={"desk": "4"})
    assert run(password=GIVEN)["changed"] is True
    sent = {"bio": "Writes things down.", "nickname": "Hal", "password": GIVEN, "requirePasswordChange": True}
    assert data(workspace) == [("harryId", sent)]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("password", [None, GIVEN])
def test_who_does_not_see_the_profile_does_not_touch_it(
    workspace: Workspace, run: Run, check_mode: bool, password: str | None
) -> None:
    workspace.accounts[0]["canViewAllInfo"] = False
    result = run(check_mode=check_mode, password=password)
    assert result["error"]["code"] == "profile-not-visible"
    assert "view-full-other-user-info" in result["msg"]
    assert [user["error"]["code"] for user in result["users"]] == ["not-attempted"]
    assert workspace.server.sent("POST") == []


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_profile_that_cannot_be_sent_back_is_known_before_anybody_is_changed(
    workspace: Workspace, run: Run, check_mode: bool
) -> None:
    workspace.accounts[0].update(bio="b" * 261)
    workspace.add("hanna", emails=MAILS)
    result = run(usernames=["hanna", "harry"], password=GIVEN, check_mode=check_mode)
    assert result["error"]["code"] == "error-bio-size-exceeded"
    assert "Nobody was given a new password. 'harry' cannot be changed. The account's bio is longer" in result["msg"]
    assert workspace.server.sent("POST") == []


def test_a_server_that_lost_more_is_told_of_although_the_password_is_new(workspace: Workspace, run: Run) -> None:
    workspace.accounts[0].update(bio="Writes things down.")
    answer(workspace, lambda _seen: shown(workspace, bio="", requirePasswordChange=True))
    result = run()
    (user,) = result["users"]
    assert (result["failed"], result["changed"], user["changed"]) == (True, True, True)
    assert user["error"]["code"] == "profile-changed"
    assert user["error"]["details"] == {"before": {"bio": "Writes things down."}, "done": ["users.update"]}
    assert user["mailed_to"] is None
