# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receipts on the accounts themselves: when they are left, when they are believed, and when not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.emulator.cast import seed_of
from tests.emulator.testing import Emulator
from tests.integration.runner import Ansible, Run, Task, changed, codes, missing, resets, verbs, warnings_of, writes
from tests.integration.test_neighbours_common import bodies, caller, give_sessions, mails_to

FIELD = "totpReset"
DEFINED = '{"totpReset": {"type": "text"}, "team": {"type": "text"}}'
RESET = "edit-other-user-totp"
SEE = "view-full-other-user-info"
WRITE = "edit-other-user-info"
END = "logout-other-user"
# Everybody in the emulator logged in last on 2025-06-02 at 07:30 UTC.
TICKET = "2026-01-15T12:00:00Z"
# The server's clock is this far behind.
BEHIND = timedelta(days=3)


def entry_of(run: Run, task: str) -> dict[str, Any]:
    """The only entry of a result."""
    (entry,) = run.results[task]["users"]
    return dict(entry)


def receipt(server: Emulator, name: str) -> str | None:
    """What stands in the field of an account."""
    return (server.user(name)["customFields"] or {}).get(FIELD)


@pytest.fixture(scope="class")
def story(server: Emulator, ansible: Ansible) -> Run:
    """A receipt is left, believed, and void after a login; on a server whose clock is behind."""
    server.settings({"Accounts_CustomFields": DEFINED})
    server.control("clock", {"offset_seconds": -BEHIND.total_seconds()})
    server.change_user("alice", customFields={"team": "blue"})
    give_sessions(server, "alice", "bob", "carol")
    # Bob and carol have no TOTP, so that a reset alone leaves their sessions.
    desk = caller(server, "user00001", RESET, SEE, WRITE, END)

    def task(name: str, **options: Any) -> Task:
        return Task({**desk, "username": name, **options})

    first = ansible(
        {
            "first": task("alice", receipt_field=FIELD),
            "second": task("alice", receipt_field=FIELD),
            "plain": task("bob"),
            "ended": task("carol", end_sessions=True),
        }
    )
    server.change_user("alice", lastLogin=server.state()["clock"])
    second = ansible({"after-login": task("alice", receipt_field=FIELD)})
    first.results.update(second.results)
    return first


class TestStory:
    """Against both dialects."""

    def test_first_run(self, story: Run) -> None:
        """Resets, ends the sessions, and leaves a receipt."""
        entry = entry_of(story, "first")
        assert (entry["changed"], entry["evidence"], entry["totp_enabled_before"]) == (True, "none", None)
        assert (entry["sessions_ended"], entry["receipt_written"], entry["attempts"]) == (True, True, 1)
        assert warnings_of(story.results["first"]) == ""

    def test_order_of_the_requests(self, server: Emulator, story: Run) -> None:
        """The receipt comes last, when there is something to vouch for."""
        assert [path for path, _body in bodies(server, "first")] == ["users.resetTOTP", "users.logout", "users.update"]

    def test_merged_with_other_fields(self, server: Emulator, story: Run) -> None:
        """All fields are sent along, for servers that replace them; nothing else of the account is."""
        _path, body = bodies(server, "first")[-1]
        assert list(body["data"]) == ["customFields"]
        assert {**body["data"]["customFields"], FIELD: None} == {"team": "blue", FIELD: None}
        assert server.user("alice")["customFields"]["team"] == "blue"

    def test_time_is_that_of_the_server(self, server: Emulator, story: Run) -> None:
        """The clock of the controller, three days ahead, is not in it."""
        sent = bodies(server, "first")[-1][1]["data"]["customFields"][FIELD]
        moment, _comma, rest = sent.partition(", ")
        assert rest == "sessions ended"
        behind = datetime.now(UTC) - datetime.fromisoformat(moment.replace("Z", "+00:00"))
        assert BEHIND <= behind < BEHIND + timedelta(minutes=10)

    def test_second_run(self, story: Run) -> None:
        """The receipt proves that there can be no TOTP."""
        entry = entry_of(story, "second")
        assert (entry["changed"], entry["evidence"], entry["totp_enabled_before"]) == (False, "receipt", False)
        assert (entry["attempts"], entry["sessions_ended"], entry["receipt_written"]) == (0, False, None)

    def test_second_run_only_reads(self, server: Emulator, story: Run) -> None:
        """No POST, and so no mail: those that alice got are from the first run and the one after her login."""
        assert verbs(server, "second") == {"GET"}
        assert mails_to(server, "alice", "TOTP Reset") == 2

    def test_login_makes_it_void(self, server: Emulator, story: Run) -> None:
        """Whoever has logged in since may have enrolled again: reset, with a new receipt."""
        entry = entry_of(story, "after-login")
        assert (entry["changed"], entry["evidence"], entry["receipt_written"]) == (True, "none", True)
        assert len(resets(server, "after-login")) == 1

    def test_sessions_are_kept_without_a_receipt(self, server: Emulator, story: Run) -> None:
        """By default a plain reset sends nothing but the reset, and an account without TOTP stays signed in."""
        assert [path for path, _body in bodies(server, "plain")] == ["users.resetTOTP"]
        assert server.user("bob")["tokens"] == {"total": 2, "personalAccessTokens": 1}

    def test_plain_run_claims_no_more(self, story: Run) -> None:
        """Nobody knows whether sessions ended, and no receipt was due."""
        entry = entry_of(story, "plain")
        assert (entry["changed"], entry["sessions_ended"], entry["receipt_written"]) == (True, None, None)

    def test_sessions_end_when_asked(self, server: Emulator, story: Run) -> None:
        """With end_sessions they end, TOTP or not."""
        assert (entry_of(story, "ended")["sessions_ended"], server.user("carol")["tokens"]["total"]) == (True, 0)


@pytest.fixture(scope="class")
def run(modern: Emulator, ansible: Ansible) -> Run:
    """Receipts that are there already, and callers who lack one permission each."""
    modern.settings({"Accounts_CustomFields": DEFINED})
    future = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    receipts = {
        "user00011": f"{TICKET}, sessions ended",
        "user00012": TICKET,
        "user00013": f"{future}, sessions ended",
        "user00014": "on Monday, sessions ended",
    }
    for name, text in receipts.items():
        modern.change_user(name, customFields={FIELD: text})
    modern.change_user("user00015", lastLogin="2026-02-01T00:00:00Z", customFields={FIELD: receipts["user00011"]})
    give_sessions(modern, "bob", "user00021")
    desk = caller(modern, "user00001", RESET, SEE, WRITE, END)
    seed = caller(modern, "user00002", RESET, SEE, WRITE, END, bypass=False, two_factor_secret=seed_of("user00002"))
    no_write = caller(modern, "user00003", RESET, SEE, END)
    no_see = caller(modern, "user00004", RESET, WRITE, END)
    no_end = caller(modern, "user00005", RESET, SEE, WRITE)

    def task(name: str, given: dict[str, Any] = desk, check: bool = False, **options: Any) -> Task:
        return Task({**given, "username": name, "receipt_field": FIELD, **options}, check=check)

    return ansible(
        {
            # In check mode, so that the receipts stay as they are.
            "believed": task("user00011", check=True),
            "unproven": task("user00012", check=True),
            "future": task("user00013", check=True),
            "future-since": task("user00013", check=True, since=TICKET),
            "unreadable": task("user00014", check=True),
            "forced": task("user00011", check=True, force=True),
            "since-at": task("user00015", check=True, since="2026-01-15T13:00:00+01:00"),
            "since-before": task("user00015", check=True, since="2026-01-15T11:59:59Z"),
            "since-after": task("user00015", check=True, since="2026-01-15T12:00:01Z"),
            "since-unproven": task("user00012", check=True, since=TICKET),
            "check-no-write": task("bob", no_write, check=True),
            "check-no-see": task("bob", no_see, check=True),
            "check-no-end": task("bob", no_end, check=True),
            "seed": task("user00016", seed),
            "undefined": task("user00017", receipt_field="noSuchField"),
            "no-write": task("user00018", no_write),
            "no-see": task("user00019", no_see),
            "no-end": Task({**no_end, "usernames": ["user00020", "user00021"], "receipt_field": FIELD}),
            "sessions-kept": task("bob", end_sessions=False),
        }
    )


CHECKS = (
    "believed",
    "unproven",
    "future",
    "future-since",
    "unreadable",
    "forced",
    "since-at",
    "since-before",
    "since-after",
    "since-unproven",
    "check-no-write",
    "check-no-see",
    "check-no-end",
)


class TestReceipts:
    """Once; first what a receipt that is there proves."""

    def test_believed(self, run: Run) -> None:
        """Sessions ended and no login since."""
        entry = entry_of(run, "believed")
        assert (entry["changed"], entry["evidence"], entry["totp_enabled_before"]) == (False, "receipt", False)

    @pytest.mark.parametrize("task", ["unproven", "future", "future-since", "unreadable", "forced", "since-after"])
    def test_no_evidence(self, run: Run, task: str) -> None:
        """Sessions left alive, a time to come, a text that is none, force, or a ticket that is newer: reset."""
        entry = entry_of(run, task)
        assert (entry["changed"], entry["evidence"], entry["totp_enabled_before"]) == (True, "none", None)

    @pytest.mark.parametrize("task", ["since-at", "since-before", "since-unproven"])
    def test_since(self, run: Run, task: str) -> None:
        """A receipt from that time or later is enough in spite of a login, and claims nothing of TOTP."""
        entry = entry_of(run, task)
        assert (entry["changed"], entry["evidence"], entry["totp_enabled_before"]) == (False, "receipt", None)

    @pytest.mark.parametrize("task", ["future", "future-since"])
    def test_future_is_a_warning(self, run: Run, task: str) -> None:
        """Who wrote it may have meant to keep somebody's TOTP."""
        assert missing(warnings_of(run.results[task]), ["user00013", "future"]) == []

    @pytest.mark.parametrize("task", ["believed", "unproven", "since-at", "since-after", "forced"])
    def test_others_do_not_warn(self, run: Run, task: str) -> None:
        """What is as it should be is not worth a warning."""
        assert warnings_of(run.results[task]) == ""

    # Prediction with receipts.

    @pytest.mark.parametrize("task", CHECKS)
    def test_check_mode_only_reads(self, modern: Emulator, run: Run, task: str) -> None:
        """GET is all that is sent."""
        assert verbs(modern, task) == {"GET"}

    def test_check_mode_keeps_receipts(self, modern: Emulator, run: Run) -> None:
        """Not written, and not taken away."""
        kept = [receipt(modern, f"user{number:05d}") for number in (11, 12, 15)]
        assert kept == [f"{TICKET}, sessions ended", TICKET, f"{TICKET}, sessions ended"]

    def test_check_mode_predicts_the_effect(self, run: Run) -> None:
        """Sessions would end, since there is a receipt to write."""
        entry = entry_of(run, "unproven")
        assert (entry["sessions_ended"], entry["attempts"]) == (True, 0)

    @pytest.mark.parametrize(("task", "permission"), [("check-no-write", WRITE), ("check-no-see", SEE)])
    def test_check_mode_warns_that_no_receipt_can_be_written(self, run: Run, task: str, permission: str) -> None:
        """The reset would be done all the same: a change, no failure, and the permission that is missing."""
        result = run.results[task]
        assert (result["failed"], changed(result)) == (False, [True])
        assert permission in warnings_of(result)

    def test_check_mode_predicts_that_sessions_cannot_be_ended(self, run: Run) -> None:
        """That would be a failure."""
        result = run.results["check-no-end"]
        assert (result["failed"], result["changed"]) == (True, False)
        assert END in result["msg"]

    # The reset is done; that no receipt was written is a warning.

    @pytest.mark.parametrize(
        ("task", "name", "fragments"),
        [
            ("undefined", "user00017", ["noSuchField", "Accounts_CustomFields"]),
            ("no-write", "user00018", [WRITE]),
            ("no-see", "user00019", [SEE]),
        ],
    )
    def test_not_written_is_a_warning(self, run: Run, task: str, name: str, fragments: list[str]) -> None:
        """Whose receipt it was, and what to do."""
        assert missing(warnings_of(run.results[task]), [name, "was reset", *fragments]) == []

    @pytest.mark.parametrize("task", ["undefined", "no-write", "no-see"])
    def test_not_written_is_no_failure(self, run: Run, task: str) -> None:
        """Changed, not failed, and no receipt."""
        entry = entry_of(run, task)
        assert (run.results[task]["failed"], entry["changed"], entry["receipt_written"]) == (False, True, False)

    @pytest.mark.parametrize("name", ["user00017", "user00018", "user00019"])
    def test_not_written_yet_reset(self, modern: Emulator, run: Run, name: str) -> None:
        """The account has no TOTP and no sessions, and no receipt."""
        user = modern.user(name)
        assert (user["totp"], user["tokens"]["total"], receipt(modern, name)) == (None, 0, None)

    def test_unseen_fields_are_not_overwritten(self, modern: Emulator, run: Run) -> None:
        """Where the caller does not see the other fields, it does not write any."""
        assert [path for path, _body in bodies(modern, "no-see")] == ["users.resetTOTP", "users.logout"]

    # Ending sessions, and not.

    def test_sessions_refused(self, run: Run) -> None:
        """The reset was done and the rest was refused: changed and failed, and the run ends."""
        result = run.results["no-end"]
        assert (result["failed"], changed(result)) == (True, [True, False])
        assert codes(result) == ["unauthorized", "not-attempted"]
        assert END in result["msg"]

    def test_refusal_says_what_was_done(self, run: Run) -> None:
        """For programs: the reset is among what was done, sessions are not claimed, no receipt was written."""
        first, second = run.results["no-end"]["users"]
        assert first["error"]["details"]["done"] == ["users.resetTOTP"]
        assert (first["sessions_ended"], first["receipt_written"], first["attempts"]) == (None, None, 1)
        assert (second["sessions_ended"], second["receipt_written"], second["attempts"]) == (False, None, 0)

    def test_refusal_leaves_no_receipt(self, modern: Emulator, run: Run) -> None:
        """It would vouch for sessions that are alive."""
        assert modern.user("user00020")["totp"] is None
        assert receipt(modern, "user00020") is None

    def test_next_account_is_spared(self, modern: Emulator, run: Run) -> None:
        """What would fail for everybody is done to one."""
        user = modern.user("user00021")
        assert (user["totp"]["enabled"], user["tokens"]["total"]) == (True, 2)

    def test_sessions_kept_when_told(self, modern: Emulator, run: Run) -> None:
        """With end_sessions false an account without TOTP stays signed in, and its receipt says no more."""
        assert [path for path, _body in bodies(modern, "sessions-kept")] == ["users.resetTOTP", "users.update"]
        assert modern.user("bob")["tokens"]["total"] == 2
        assert "sessions ended" not in str(receipt(modern, "bob"))
        assert entry_of(run, "sessions-kept")["receipt_written"] is True

    def test_second_factor_of_the_caller(self, modern: Emulator, run: Run) -> None:
        """The seed answers for the reset and for the receipt; ending sessions asks for none."""
        entry = entry_of(run, "seed")
        assert (entry["receipt_written"], entry["attempts"]) == (True, 2)
        sent = [(sent["path"].rpartition(".")[2], sent["two_factor_method"]) for sent in writes(modern, "seed")]
        assert sent == [("resetTOTP", None), ("resetTOTP", "totp"), ("logout", None), ("update", "totp")]
