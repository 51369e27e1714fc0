# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reset: whom it reaches, when nothing is sent, and a report that is complete and true in every ending."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.totp_reset import task

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace
    from ansible_collections.chatops.rocketchat.tests.unit.plugins.module_utils._run.conftest import Result

Params = Callable[..., dict[str, Any]]

# The last login of accounts in the workspace, unless told otherwise.
LOGIN = "2026-03-01T12:00:00.000Z"
BEFORE, AFTER = "2026-03-01T11:59:59Z", "2026-03-01T12:00:01Z"
REFUSED = (400, {"success": False, "error": "Gone [error-invalid-user]", "errorType": "error-invalid-user"})
FORBIDDEN = (400, {"success": False, "error": "No [error-not-allowed]", "errorType": "error-not-allowed"})
SIGNED_OUT = (401, {"status": "error", "message": "You must be logged in to do this."})
TOKENS = "/api/v1/users.getPersonalAccessTokens"


Run = Callable[..., "Result"]


# --- the options of the task -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "Nobody is named. Give usernames, user_ids or emails."),
        ({"emails": ["a@example.com"], "own_account": True}, "give it without usernames, user_ids and emails"),
        ({"usernames": ["alice"], "own_account": True}, "without usernames"),
        ({"user_ids": ["aliceId"], "own_account": True}, "without usernames"),
        ({"usernames": []}, "empty list"),
        ({"usernames": [""]}, "entry 1 is empty"),
        ({"own_account": True, "last_reset": BEFORE}, "last_reset is for other accounts"),
        ({"own_account": True, "end_sessions": True}, "end_sessions is for other accounts"),
        ({"usernames": ["alice", "bob"], "last_reset": BEFORE}, "a mapping"),
        ({"usernames": ["alice"], "user_ids": ["bobId"], "last_reset": BEFORE}, "a mapping"),
        ({"usernames": ["alice"], "last_reset": {"alice": BEFORE, "bob": BEFORE}}, "'bob'"),
        ({"usernames": ["alice"], "last_reset": {"Alice": BEFORE}}, "'Alice'"),
        ({"usernames": ["alice"], "last_reset": "2026-03-01T12:00:00"}, "offset"),
        ({"usernames": ["alice"], "last_reset": "yesterday"}, "offset"),
        ({"usernames": ["alice"], "last_reset": 1772366400}, "offset"),
        ({"usernames": ["alice"], "last_reset": ["2026-03-01T12:00:00Z"]}, "offset"),
        ({"usernames": ["alice"], "last_reset": {"alice": "2026-02-30T12:00:00Z"}}, "last_reset['alice']"),
        ({"usernames": ["alice"], "last_reset": {"alice": None}}, "last_reset['alice']"),
        ({"usernames": ["alice"], "concurrency": 0}, "concurrency is 0"),
        ({"usernames": ["alice"], "concurrency": 33}, "concurrency is 33"),
    ],
)
def test_a_task_that_cannot_be_meant_is_refused(params: Params, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as caught:
        task(params(**changes), check_mode=False)
    assert says in caught.value.message


def test_a_time_in_the_future_is_refused_but_a_clock_slightly_ahead_is_not(params: Params) -> None:
    now = datetime.now(timezone.utc)  # noqa: UP017

    def given(minutes: int) -> dict[str, Any]:
        return params(usernames=["alice"], last_reset=(now + timedelta(minutes=minutes)).isoformat())

    task(given(2), check_mode=False)
    with pytest.raises(InputError, match="in the future"):
        task(given(10), check_mode=False)


def test_since_is_a_time_that_is_compared_with_the_ledger(params: Params) -> None:
    given = params(usernames=["alice"], since="2026-03-01T13:00:00+01:00", ledger="access-ledger")
    since = task(given, check_mode=False).since
    assert since is not None
    assert since.isoformat() == "2026-03-01T12:00:00+00:00"
    with pytest.raises(InputError, match="offset"):
        task({**given, "since": "yesterday"}, check_mode=False)
    with pytest.raises(InputError, match="it needs ledger"):
        task({**given, "ledger": None}, check_mode=False)


@pytest.mark.parametrize("empty", [None, "", {}])
def test_an_empty_last_reset_is_none(params: Params, empty: Any) -> None:
    assert task(params(usernames=["alice"], last_reset=empty), check_mode=False).last_reset is None


# --- what is sent ----------------------------------------------------------------------------------------------------


def test_an_account_is_reset_by_the_id_that_was_resolved(workspace: Workspace, reset: Run) -> None:
    workspace.add("alice")
    result = reset("alice")
    assert workspace.resets == [{"userId": "aliceId"}]
    assert result.all["changed"] is True
    (user,) = result.users
    (step,) = user.pop("steps")
    assert user == {
        "asked": {"username": "alice"},
        "username": "alice",
        "user_id": "aliceId",
        "outcome": "done",
        "changed": True,
        "said": "alice (aliceId): TOTP reset",
        "left_behind": [],
        "totp_enabled_before": None,
        "evidence": "none",
        "sessions_ended": None,
        "attempts": 1,
    }
    assert datetime.fromisoformat(step.pop("at").replace("Z", "+00:00")).tzinfo
    assert step == {
        "step": "totp",
        "label": "TOTP",
        "result": "done",
        "reason": "removed, if there was one (the server does not tell)",
        "evidence": "none",
    }
    assert result.error is None


def test_every_target_is_reset_once_and_reported_in_the_order_given(workspace: Workspace, reset: Run) -> None:
    names = [f"user{number}" for number in range(6)]
    for name in names:
        workspace.add(name)
    result = reset(*names, *names, user_ids=["user3Id"], concurrency=4)
    assert sorted(body["userId"] for body in workspace.resets) == [f"{name}Id" for name in names]
    assert result.column("username") == names


def test_everybody_is_looked_up_before_anybody_is_reset(workspace: Workspace, reset: Run) -> None:
    for name in ("alice", "bob", "carol"):
        workspace.add(name)
    reset("alice", "bob", "carol")
    assert [seen.method for seen in workspace.server.requests] == ["GET"] * 5 + ["POST"] * 3


@pytest.mark.parametrize("concurrency", [1, 4])
def test_one_bad_target_means_that_nobody_is_touched(workspace: Workspace, reset: Run, concurrency: int) -> None:
    workspace.add("alice")
    workspace.add("bob")
    result = reset("alice", "nobody", "bob", "nowhere", concurrency=concurrency)
    assert workspace.resets == []
    assert result.error == "bad-targets"
    assert result.all["changed"] is False
    assert result.column("username") == ["alice", "nobody", "bob", "nowhere"]
    assert result.column("changed") == [False] * 4
    assert result.errors == ["not-attempted", "user-not-found", "not-attempted", "user-not-found"]
    assert "'nobody'" in result.message
    assert "'nowhere'" in result.message


def test_the_only_thing_wrong_gives_the_run_its_code(workspace: Workspace, reset: Run) -> None:
    workspace.add("alice")
    workspace.add("mallory", _id="xyz")
    assert reset("alice", "xyz").error == "user-mismatch"
    assert workspace.resets == []


@pytest.mark.parametrize("how", [{"usernames": ["alice", "svc"]}, {"user_ids": ["aliceId", "callerId"]}])
def test_the_calling_account_among_the_targets_stops_everything(
    workspace: Workspace, reset: Run, how: dict[str, Any]
) -> None:
    workspace.add("alice")
    workspace.add("svc", _id="callerId")
    assert reset(**how).error == "own-account"
    assert workspace.resets == []


def test_continue_does_what_can_be_done_and_fails_at_the_end(workspace: Workspace, reset: Run) -> None:
    for name in ("alice", "bob", "carol"):
        workspace.add(name)
    workspace.add("svc", _id="callerId")
    workspace.refuse("bobId", REFUSED)
    result = reset("alice", "nobody", "bob", "svc", "carol", on_error="continue")
    assert [body["userId"] for body in workspace.resets] == ["aliceId", "bobId", "carolId"]
    assert result.column("changed") == [True, False, False, False, True]
    assert result.errors == [None, "user-not-found", "error-invalid-user", "own-account", None]
    assert result.all["changed"] is True
    assert result.error is not None
    assert "2 of 5 accounts reset, 3 failed, 0 not attempted" in result.message


def test_stop_ends_at_the_first_request_that_fails(workspace: Workspace, reset: Run) -> None:
    for name in ("alice", "bob", "carol"):
        workspace.add(name)
    workspace.refuse("bobId", REFUSED)
    result = reset("alice", "bob", "carol")
    assert [body["userId"] for body in workspace.resets] == ["aliceId", "bobId"]
    assert result.column("changed") == [True, False, False]
    assert result.errors == [None, "error-invalid-user", "not-attempted"]
    assert result.column("attempts") == [1, 1, 0]
    assert result.error == "error-invalid-user"
    assert "1 of 3 accounts reset, 1 failed, 1 not attempted" in result.message


@pytest.mark.parametrize("on_error", ["stop", "continue"])
@pytest.mark.parametrize(("answer", "code"), [(SIGNED_OUT, "not-authenticated"), (FORBIDDEN, "error-not-allowed")])
def test_what_everybody_else_would_meet_as_well_ends_the_run(
    workspace: Workspace, reset: Run, on_error: str, answer: Any, code: str
) -> None:
    for name in ("alice", "bob", "carol"):
        workspace.add(name)
    workspace.refuse("aliceId", answer)
    result = reset("alice", "bob", "carol", on_error=on_error)
    assert len(workspace.resets) == 1
    assert result.errors == [code, "not-attempted", "not-attempted"]
    assert result.error == code


@pytest.mark.parametrize("path", ["/api/info", "/api/v1/me", "/api/v1/users.info"])
@pytest.mark.parametrize("answer", [SIGNED_OUT, (200, "<html>"), "drop the connection without an answer"])
@pytest.mark.parametrize("on_error", ["stop", "continue"])
def test_a_run_that_ends_early_accounts_for_every_target_once_and_has_sent_nothing(
    workspace: Workspace, reset: Run, path: str, answer: Any, on_error: str
) -> None:
    workspace.server.route(path, answer)
    result = reset("alice", "bob", user_ids=["carolId"], on_error=on_error)
    assert workspace.resets == []
    assert [(user["username"], user["user_id"]) for user in result.users] == [
        ("alice", None),
        ("bob", None),
        (None, "carolId"),
    ]
    assert result.errors == ["not-attempted"] * 3
    assert result.column("changed") == [False] * 3
    assert result.column("sessions_ended") == [False] * 3
    assert result.error is not None
    assert result.message


def test_a_server_that_is_down_is_reported_for_every_target(dead_port: int, reset: Run) -> None:
    result = reset("alice", "bob", url=f"http://127.0.0.1:{dead_port}")
    assert result.error == "unreachable"
    assert result.errors == ["not-attempted"] * 2
    assert "outcome" not in result.all["error"]["details"]


def test_a_reset_whose_answer_was_lost_is_not_reported_as_done_nor_as_not_done(
    workspace: Workspace, reset: Run
) -> None:
    workspace.add("alice")
    workspace.refuse("aliceId", workspace.server.DROP)
    (user,) = reset("alice").users
    assert user["error"]["details"]["outcome"] == "unknown"
    assert user["sessions_ended"] is None


@pytest.mark.parametrize("end_sessions", [True, False])
def test_a_failed_entry_claims_no_sessions_ended(workspace: Workspace, reset: Run, end_sessions: bool) -> None:
    for name in ("alice", "bob", "carol"):
        workspace.add(name)
    workspace.refuse("aliceId", REFUSED)
    result = reset("nobody", "alice", "bob", end_sessions=end_sessions, on_error="continue")
    assert result.column("sessions_ended")[:2] == [False, False]
    workspace.refuse("aliceId", FORBIDDEN)
    assert reset("alice", "bob", end_sessions=end_sessions).column("sessions_ended") == [False, False]


# --- the second factor -----------------------------------------------------------------------------------------------


def test_a_challenge_costs_one_request_for_the_whole_run(
    workspace: Workspace, reset: Run, challenge: Callable[..., Any]
) -> None:
    for name in ("alice", "bob", "carol"):
        workspace.add(name)
    workspace.refuse("aliceId", challenge("password"))
    assert reset("alice", "bob", "carol", two_factor_password="pw").column("attempts") == [2, 1, 1]


@pytest.mark.parametrize(
    "code",
    [
        {"two_factor_method": "email", "two_factor_code": "918273"},
        {"two_factor_method": "totp", "two_factor_code": "ABCD1827"},
    ],
)
def test_a_code_that_works_once_is_refused_for_two_accounts_before_it_is_used_up(
    workspace: Workspace, reset: Run, code: dict[str, str]
) -> None:
    workspace.add("alice")
    workspace.add("bob")
    workspace.add("ned", lastLogin=None)
    result = reset("alice", "bob", **code)
    assert workspace.resets == []
    assert result.error == "invalid-input"
    assert result.errors == ["not-attempted"] * 2
    # Who needs no reset needs no code.
    assert reset("alice", "ned", **code).error is None


def test_a_code_that_works_once_goes_with_the_reset_and_not_with_the_end_of_the_sessions(
    workspace: Workspace, reset: Run, challenge: Callable[..., Any]
) -> None:
    workspace.add("alice")
    workspace.refuse("aliceId", challenge("email"))
    result = reset("alice", end_sessions=True, two_factor_method="email", two_factor_code="918273")
    assert [seen.code for seen in workspace.server.sent("POST")] == [None, ("email", "918273"), None]
    assert result.column("sessions_ended") == [True]
    assert "918273" not in result.text


# --- evidence --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "evidence"),
    [
        ({"lastLogin": None}, "never_logged_in"),
        ({"lastLogin": None, "canViewAllInfo": False}, "none"),
        ({"lastLogin": None, "canViewAllInfo": None}, "none"),
        ({}, "none"),
        ({"lastLogin": "in a form of a later version"}, "none"),
    ],
)
def test_never_logged_in_is_evidence_only_for_who_sees_everything(
    workspace: Workspace, reset: Run, record: dict[str, Any], evidence: str
) -> None:
    workspace.add("ned", **record)
    result = reset("ned")
    assert result.column("evidence") == [evidence]
    known = evidence != "none"
    assert result.column("changed") == [not known]
    assert result.column("totp_enabled_before") == [False if known else None]
    assert result.column("sessions_ended") == [False if known else None]
    assert len(workspace.resets) == (0 if known else 1)


@pytest.mark.parametrize(
    ("last_reset", "needed"),
    [
        (AFTER, False),
        (LOGIN, True),
        (BEFORE, True),
        ("2026-03-01T13:00:01+01:00", False),
        ("2026-03-01T13:00:00+01:00", True),
    ],
)
def test_a_last_reset_is_evidence_only_if_it_is_later_than_the_last_login(
    workspace: Workspace, reset: Run, last_reset: str, needed: bool
) -> None:
    workspace.add("alice")
    result = reset("alice", last_reset=last_reset)
    assert result.column("evidence") == ["none" if needed else "last_reset"]
    assert result.column("changed") == [needed]
    assert len(workspace.resets) == needed


def test_a_last_reset_is_of_no_use_and_says_so_where_the_last_login_is_not_shown(
    workspace: Workspace, reset: Run
) -> None:
    workspace.add("alice", lastLogin=None, canViewAllInfo=False)
    result = reset("alice", last_reset=AFTER)
    assert len(workspace.resets) == 1
    assert "view-full-other-user-info" in " ".join(result.warnings)


def test_a_mapping_holds_for_each_account_by_name_and_for_nobody_else(workspace: Workspace, reset: Run) -> None:
    for name in ("alice", "bob", "carol"):
        workspace.add(name)
    result = reset("alice", "bob", "carol", last_reset={"alice": AFTER, "bob": BEFORE})
    assert result.column("evidence") == ["last_reset", "none", "none"]
    assert [body["userId"] for body in workspace.resets] == ["bobId", "carolId"]


def test_a_mapping_holds_for_targets_named_by_id_too(workspace: Workspace, reset: Run) -> None:
    workspace.add("alice")
    assert reset(user_ids=["aliceId"], last_reset={"alice": AFTER}).column("changed") == [False]


@pytest.mark.parametrize(
    ("record", "changes"),
    [
        ({"lastLogin": None}, {}),
        ({}, {"last_reset": AFTER}),
    ],
    ids=["never logged in", "last_reset"],
)
def test_force_resets_whatever_the_evidence_says(
    workspace: Workspace, reset: Run, record: dict[str, Any], changes: dict[str, Any]
) -> None:
    workspace.add("alice", **record)
    assert reset("alice", **changes).column("changed") == [False]
    assert reset("alice", force=True, **changes).column("changed") == [True]
    assert len(workspace.resets) == 1


# --- ending sessions -------------------------------------------------------------------------------------------------


def test_sessions_that_could_not_be_ended_fail_the_entry_which_stays_changed(workspace: Workspace, reset: Run) -> None:
    workspace.add("alice")
    workspace.server.route("/api/v1/users.logout", FORBIDDEN, method="POST")
    result = reset("alice", end_sessions=True)
    (user,) = result.users
    assert user["changed"] is True
    assert user["error"]["details"]["done"] == ["users.resetTOTP"]
    assert user["sessions_ended"] is None
    assert result.all["changed"] is True
    assert result.error == "error-not-allowed"


# --- the calling account ---------------------------------------------------------------------------------------------


def test_the_own_account_is_reset_with_an_empty_body_and_known_exactly(workspace: Workspace, reset: Run) -> None:
    workspace.me["services"]["totp"] = {"enabled": True}
    result = reset(own_account=True)
    assert workspace.resets == [{}]
    (user,) = result.users
    assert (user["username"], user["user_id"], user["changed"]) == ("svc", "callerId", True)
    assert (user["totp_enabled_before"], user["evidence"], user["sessions_ended"]) == (True, "own_account", True)
    assert "have ended" in " ".join(result.warnings)


@pytest.mark.parametrize("fails", [False, True])
def test_the_journal_tells_of_the_own_account_as_of_any_other(
    workspace: Workspace, reset: Run, tmp_path: Path, fails: bool
) -> None:
    workspace.me["services"]["totp"] = {"enabled": True}
    path = tmp_path / "journal"
    if fails:
        workspace.refuse("", FORBIDDEN)
    result = reset(own_account=True, journal=str(path), ticket="INC-1")
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["type"] for line in lines] == ["run", "begin", "intent", "step", "person", "end"]
    assert (lines[2]["user_id"], lines[2]["steps"]) == ("callerId", ["totp"])
    assert lines[3]["result"] == ("failed" if fails else "done")
    assert {key: result.all["run"][key] for key in ("job", "ticket", "account")} == {
        "job": "totp",
        "ticket": "INC-1",
        "account": "svc",
    }


def test_without_a_journal_line_the_own_account_is_left_alone(
    workspace: Workspace, reset: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.me["services"]["totp"] = {"enabled": True}
    real = os.write

    def write(file: int, data: bytes) -> int:
        if b'"type": "intent"' in data:
            raise OSError(28, "No space left on device")
        return real(file, data)

    monkeypatch.setattr(os, "write", write)
    result = reset(own_account=True, journal=str(tmp_path / "journal"))
    assert (result.error, result.column("changed")) == ("journal-failed", [False])
    assert workspace.resets == []


def test_an_own_account_without_totp_is_left_alone(workspace: Workspace, reset: Run) -> None:
    result = reset(own_account=True)
    assert workspace.resets == []
    (user,) = result.users
    assert (user["changed"], user["totp_enabled_before"], user["evidence"]) == (False, False, "own_account")
    assert user["sessions_ended"] is False
    assert reset(own_account=True, force=True).all["changed"] is True
    assert workspace.resets == [{}]


def test_an_own_account_that_could_not_be_reset_claims_nothing(workspace: Workspace, reset: Run) -> None:
    workspace.me["services"]["totp"] = {"enabled": True}
    workspace.refuse("", FORBIDDEN)
    result = reset(own_account=True)
    (user,) = result.users
    assert (user["changed"], user["sessions_ended"], user["attempts"]) == (False, False, 1)
    assert result.error == "error-not-allowed"


def test_an_own_reset_that_ended_its_own_token_before_its_answer_was_lost_is_unknown(
    workspace: Workspace, reset: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, _high: 0.0)
    workspace.me["services"]["totp"] = {"enabled": True}
    workspace.refuse("", workspace.server.DROP, SIGNED_OUT)
    result = reset(own_account=True, retries=1)
    assert workspace.resets == [{}, {}]
    assert result.users[0]["error"]["details"]["outcome"] == "unknown"
    assert result.users[0]["sessions_ended"] is None


# --- check mode ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end_sessions", [True, False])
def test_check_mode_reports_the_same_and_sends_nothing_but_get(
    workspace: Workspace, reset: Run, end_sessions: bool
) -> None:
    workspace.add("alice")
    workspace.add("ned", lastLogin=None)
    foretold = reset("alice", "ned", check_mode=True, end_sessions=end_sessions)
    assert workspace.server.sent("POST") == []
    done = reset("alice", "ned", end_sessions=end_sessions)
    for key in ("asked", "user_id", "changed", "totp_enabled_before", "evidence", "sessions_ended"):
        assert foretold.column(key) == done.column(key)
    assert (foretold.column("outcome"), done.column("outcome")) == (
        ["would_be_done", "nothing_to_do"],
        ["done", "nothing_to_do"],
    )
    assert foretold.column("attempts") == [0, 0]
    assert foretold.report.diff() == done.report.diff()


def test_check_mode_of_the_own_account_sends_nothing_but_get(workspace: Workspace, reset: Run) -> None:
    workspace.me["services"]["totp"] = {"enabled": True}
    workspace.server.route(TOKENS, {"tokens": []})
    result = reset(own_account=True, check_mode=True)
    assert result.error == "totp-required"
    assert result.column("changed") == [False]
    assert reset(own_account=True, check_mode=True, two_factor_secret="JBSWY3DPEHPK3PXP" * 2).all["changed"] is True
    assert workspace.server.sent("POST") == []


def test_check_mode_foretells_a_failure_of_the_whole_run(workspace: Workspace, reset: Run) -> None:
    workspace.add("alice")
    workspace.permissions["edit-other-user-totp"] = ["owner"]
    result = reset("alice", check_mode=True)
    assert result.error == "error-not-allowed"
    assert result.errors == ["not-attempted"]
    assert result.all["changed"] is False


def test_check_mode_with_continue_foretells_what_would_be_done_and_what_not(workspace: Workspace, reset: Run) -> None:
    workspace.add("alice")
    result = reset("alice", "nobody", on_error="continue", check_mode=True)
    assert result.column("changed") == [True, False]
    assert result.errors == [None, "user-not-found"]
    assert result.error is not None
    assert "1 of 2 accounts would be reset, 1 failed, 0 not attempted" in result.message


def test_nothing_to_do_is_foretold_without_asking_for_permissions(workspace: Workspace, reset: Run) -> None:
    workspace.add("ned", lastLogin=None)
    workspace.permissions.clear()
    result = reset("ned", check_mode=True)
    assert (result.error, result.warnings) == (None, [])


def test_the_diff_shows_what_goes_for_each_account_that_changes(workspace: Workspace, reset: Run) -> None:
    workspace.add("alice")
    workspace.add("ned", lastLogin=None)
    (entry,) = reset("alice", "ned").report.diff()
    assert entry["before_header"] == entry["after_header"] == "alice (aliceId)"
    assert entry["before"] != entry["after"]
    assert "TOTP: none" in entry["after"]


# --- secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("trouble", ["none", "signed out", "dropped", "page", "challenge"])
def test_no_secret_is_in_any_report(
    workspace: Workspace, reset: Run, challenge: Callable[..., Any], check_mode: bool, trouble: str
) -> None:
    seed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    services = {"totp": {"secret": "stored-s3cret", "enabled": True}, "password": {"bcrypt": "stored-s3cret"}}
    workspace.add("alice", services=services)
    workspace.me["services"]["resume"] = {"loginTokens": [{"hashedToken": "stored-s3cret"}]}
    answers = {
        "none": {"success": True},
        "signed out": SIGNED_OUT,
        "dropped": workspace.server.DROP,
        "page": (200, "<html>"),
        "challenge": challenge("totp", "totp-invalid"),
    }
    workspace.refuse("aliceId", challenge("totp"), *[answers[trouble]] * 3)
    workspace.server.route(TOKENS, {"tokens": []})
    result = reset("alice", two_factor_secret=seed, check_mode=check_mode)
    codes = [seen.code[1] for seen in workspace.server.requests if seen.code]
    assert check_mode or codes
    for secret in ("caller-token-Xq7Zt4", seed, "stored-s3cret", *codes):
        assert secret not in result.text
