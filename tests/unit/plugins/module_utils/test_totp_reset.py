# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reset: whom it reaches, when nothing is sent, and a report that is complete and true in every ending."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils import _session, _totp_reset
from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import InputError

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

Params = Callable[..., dict[str, Any]]

# The last login of accounts in the workspace, unless told otherwise.
LOGIN = "2026-03-01T12:00:00.000Z"
BEFORE, AFTER = "2026-03-01T11:59:59Z", "2026-03-01T12:00:01Z"
REFUSED = (400, {"success": False, "error": "Gone [error-invalid-user]", "errorType": "error-invalid-user"})
FORBIDDEN = (400, {"success": False, "error": "No [error-not-allowed]", "errorType": "error-not-allowed"})
SIGNED_OUT = (401, {"status": "error", "message": "You must be logged in to do this."})
TOKENS = "/api/v1/users.getPersonalAccessTokens"


class Result:
    """What one run reported, and what it warned of."""

    def __init__(self, report: Any, warnings: list[str]) -> None:
        self.report = report
        self.warnings = warnings
        self.all: dict[str, Any] = report.as_dict()
        self.users: list[dict[str, Any]] = self.all["users"]
        self.message: str = report.message
        # Whatever is returned can be written as JSON.
        self.text = json.dumps(self.all) + json.dumps(report.diff()) + self.message + " ".join(warnings)

    @property
    def error(self) -> Any:
        """Return the code of the failure, or ``None``."""
        return self.all["error"]["code"] if "error" in self.all else None

    def column(self, key: str) -> list[Any]:
        """Return one value of every entry."""
        return [user[key] for user in self.users]

    @property
    def errors(self) -> list[str | None]:
        """Return the code of every entry's error."""
        return [user["error"]["code"] if "error" in user else None for user in self.users]


Run = Callable[..., Result]


@pytest.fixture
def reset(workspace: Workspace, params: Params) -> Run:
    """Return a function that runs the reset on the workspace."""

    def run(*usernames: str, check_mode: bool = False, **changes: Any) -> Result:
        given = params(workspace.server.url, **({"usernames": list(usernames)} if usernames else {}), **changes)
        task = _totp_reset.task(given, check_mode=check_mode)
        warnings: list[str] = []
        return Result(_totp_reset.run(task, _session.access(given), warnings.append), warnings)

    return run


# --- the options of the task -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "Nobody is named"),
        ({"usernames": ["alice"], "own_account": True}, "without usernames"),
        ({"user_ids": ["aliceId"], "own_account": True}, "without usernames"),
        ({"usernames": []}, "empty list"),
        ({"usernames": [""]}, "entry 1 is empty"),
        ({"own_account": True, "last_reset": BEFORE}, "last_reset is for other accounts"),
        ({"own_account": True, "receipt_field": "note"}, "not for own_account"),
        ({"own_account": True, "end_sessions": True}, "not for own_account"),
        ({"usernames": ["alice"], "since": BEFORE}, "needs receipt_field"),
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
        ({"usernames": ["alice"], "receipt_field": "note", "since": "soon"}, "since is 'soon'"),
        ({"usernames": ["alice"], "concurrency": 0}, "concurrency is 0"),
        ({"usernames": ["alice"], "concurrency": 33}, "concurrency is 33"),
    ],
)
def test_a_task_that_cannot_be_meant_is_refused(params: Params, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as caught:
        _totp_reset.task(params(**changes), check_mode=False)
    assert says in caught.value.message


@pytest.mark.parametrize("option", ["last_reset", "since"])
def test_a_time_in_the_future_is_refused_but_a_clock_slightly_ahead_is_not(params: Params, option: str) -> None:
    now = datetime.now(timezone.utc)  # noqa: UP017
    given = {"usernames": ["alice"], "receipt_field": "note"}
    _totp_reset.task(params(**given, **{option: (now + timedelta(minutes=2)).isoformat()}), check_mode=False)
    with pytest.raises(InputError, match="in the future"):
        _totp_reset.task(params(**given, **{option: (now + timedelta(minutes=10)).isoformat()}), check_mode=False)


@pytest.mark.parametrize("empty", [None, "", {}])
def test_an_empty_last_reset_is_none(params: Params, empty: Any) -> None:
    assert _totp_reset.task(params(usernames=["alice"], last_reset=empty), check_mode=False).last_reset is None


@pytest.mark.parametrize(
    ("field", "given", "used"),
    [(None, None, False), (None, True, True), ("note", None, True), ("note", False, False), ("", None, False)],
)
def test_sessions_are_ended_by_default_where_a_receipt_shall_vouch_for_it(
    params: Params, field: str | None, given: bool | None, used: bool
) -> None:
    task = _totp_reset.task(params(usernames=["alice"], receipt_field=field, end_sessions=given), check_mode=False)
    assert task.end_sessions is used


# --- what is sent ----------------------------------------------------------------------------------------------------


def test_an_account_is_reset_by_the_id_that_was_resolved(workspace: Workspace, reset: Run) -> None:
    workspace.add("alice")
    result = reset("alice")
    assert workspace.resets == [{"userId": "aliceId"}]
    assert result.all["changed"] is True
    assert result.users == [
        {
            "username": "alice",
            "user_id": "aliceId",
            "changed": True,
            "totp_enabled_before": None,
            "evidence": "none",
            "sessions_ended": None,
            "receipt_written": None,
            "attempts": 1,
        }
    ]
    assert result.error is None


def test_every_target_is_reset_once_and_reported_in_the_order_given(workspace: Workspace, reset: Run) -> None:
    names = [f"user{number}" for number in range(8)]
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


def test_a_server_that_is_down_is_reported_for_every_target(dead_port: int, params: Params) -> None:
    given = params(f"http://127.0.0.1:{dead_port}", usernames=["alice", "bob"])
    report = _totp_reset.run(_totp_reset.task(given, check_mode=False), _session.access(given), lambda _words: None)
    result = Result(report, [])
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


def test_a_code_that_works_once_is_sent_once_also_where_a_receipt_is_to_be_written(
    workspace: Workspace, reset: Run, challenge: Callable[..., Any]
) -> None:
    workspace.add("alice")
    workspace.refuse("aliceId", challenge("email"))
    workspace.server.route(
        "/api/v1/users.update", challenge("email"), challenge("email", "totp-invalid"), method="POST"
    )
    result = reset("alice", receipt_field="note", two_factor_method="email", two_factor_code="918273")
    assert [seen.code for seen in workspace.server.sent("POST") if seen.code] == [("email", "918273")]
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
        ({"customFields": {"note": f"{AFTER}, sessions ended"}}, {"receipt_field": "note", "end_sessions": False}),
    ],
    ids=["never logged in", "last_reset", "receipt"],
)
def test_force_resets_whatever_the_evidence_says(
    workspace: Workspace, reset: Run, record: dict[str, Any], changes: dict[str, Any]
) -> None:
    workspace.add("alice", **record)
    workspace.server.route("/api/v1/users.update", {"success": True}, method="POST")
    assert reset("alice", **changes).column("changed") == [False]
    assert reset("alice", force=True, **changes).column("changed") == [True]
    assert len(workspace.resets) == 1


# --- receipts --------------------------------------------------------------------------------------------------------

SESSIONS_ENDED = ", sessions ended"
FUTURE = "2999-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("note", "since", "needed"),
    [
        (AFTER + SESSIONS_ENDED, None, False),
        (AFTER, None, True),
        (LOGIN + SESSIONS_ENDED, None, True),
        (BEFORE + SESSIONS_ENDED, None, True),
        (BEFORE, BEFORE, False),
        (BEFORE, LOGIN, True),
        (LOGIN, BEFORE, False),
        (FUTURE + SESSIONS_ENDED, None, True),
        (FUTURE + SESSIONS_ENDED, BEFORE, True),
        ("yesterday, sessions ended", None, True),
        ("", None, True),
        (5, None, True),
        (None, None, True),
    ],
)
def test_a_receipt_counts_for_what_it_proves_and_no_more(
    workspace: Workspace, reset: Run, note: Any, since: str | None, needed: bool
) -> None:
    workspace.add("alice", customFields={"note": note})
    result = reset("alice", receipt_field="note", since=since, check_mode=True)
    assert result.column("changed") == [needed]
    assert result.column("evidence") == ["none" if needed else "receipt"]


def test_a_receipt_that_only_answers_the_ticket_does_not_pretend_to_know_the_state(
    workspace: Workspace, reset: Run
) -> None:
    workspace.add("alice", customFields={"note": BEFORE + SESSIONS_ENDED})
    (user,) = reset("alice", receipt_field="note", since=BEFORE).users
    assert (user["changed"], user["evidence"], user["totp_enabled_before"]) == (False, "receipt", None)


def test_a_receipt_in_another_field_or_without_the_option_counts_for_nothing(workspace: Workspace, reset: Run) -> None:
    workspace.add("alice", customFields={"note": AFTER + SESSIONS_ENDED})
    assert reset("alice", check_mode=True).column("changed") == [True]
    assert reset("alice", receipt_field="other", check_mode=True).column("changed") == [True]


def keep_fields(workspace: Workspace) -> Callable[[Any], Any]:
    """Return an answer of ``users.update`` that keeps the fields as the server does."""

    def answer(seen: Any) -> Any:
        for record in workspace.accounts:
            if record["_id"] == seen.json["userId"]:
                record["customFields"] = seen.json["data"]["customFields"]
        return {"success": True}

    return answer


def test_a_receipt_is_written_beside_the_other_fields_with_the_servers_time_and_read_back(
    workspace: Workspace, reset: Run
) -> None:
    workspace.add("alice", customFields={"floor": "3"})
    workspace.server.route("/api/v1/users.update", keep_fields(workspace), method="POST")
    result = reset("alice", receipt_field="note")
    (update,) = workspace.server.sent("POST", "/api/v1/users.update")
    assert update.json == {
        "userId": "aliceId",
        "data": {"customFields": {"floor": "3", "note": "2026-03-02T10:00:00.000Z, sessions ended"}},
    }
    assert [seen.path.rsplit(".", 1)[1] for seen in workspace.server.sent("POST")] == ["resetTOTP", "logout", "update"]
    assert result.column("receipt_written") == [True]
    assert result.column("sessions_ended") == [True]
    assert result.warnings == []


def test_the_next_run_believes_the_receipt_of_the_last_one(workspace: Workspace, reset: Run) -> None:
    workspace.add("alice")
    workspace.server.route("/api/v1/users.update", keep_fields(workspace), method="POST")
    first, second = reset("alice", receipt_field="note"), reset("alice", receipt_field="note")
    assert (first.all["changed"], second.all["changed"]) == (True, False)
    assert len(workspace.resets) == 1


@pytest.mark.parametrize("trouble", ["field not defined", "refused", "fields not shown", "no date"])
def test_a_receipt_that_was_not_kept_is_a_warning_since_the_reset_is_done(
    workspace: Workspace, reset: Run, trouble: str
) -> None:
    workspace.add("alice", **({"canViewAllInfo": False, "customFields": None} if "shown" in trouble else {}))
    answer = FORBIDDEN if trouble == "refused" else {"success": True}
    if trouble == "no date":
        workspace.refuse("aliceId", (200, {"success": True}, {"Date": "today"}))
    workspace.server.route("/api/v1/users.update", answer, method="POST")
    result = reset("alice", receipt_field="note")
    assert result.error is None
    assert result.column("changed") == [True]
    assert result.column("receipt_written") == [False]
    assert "receipt was not written" in " ".join(result.warnings)


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
    workspace: Workspace, params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, _high: 0.0)
    workspace.me["services"]["totp"] = {"enabled": True}
    workspace.refuse("", workspace.server.DROP, SIGNED_OUT)
    given = params(workspace.server.url, own_account=True, retries=1)
    task = _totp_reset.task(given, check_mode=False)
    result = Result(_totp_reset.run(task, _session.access(given), lambda _words: None), [])
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
    assert foretold.users == [{**user, "attempts": 0} for user in done.users]
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
