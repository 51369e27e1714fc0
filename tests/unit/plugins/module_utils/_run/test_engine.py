# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one engine: look everybody up, plan all, refuse or write, person by person, and look again."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api import progress
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    END_SESSIONS,
    RESET_TOTP,
    UPDATE_USER,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    ConnectionFailed,
    InputError,
    RocketChatError,
    TargetError,
    refusal,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.job import Job, Line, one
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.offboarding import offboard

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace
    from ansible_collections.chatops.rocketchat.tests.unit.plugins.module_utils._run.conftest import Deed, Result

Do = Callable[..., "Result"]
Make = Callable[..., "Deed"]
Log = list[tuple[str, str]]
NAMES = ("alice", "bob", "carol", "dave")


def gone() -> TargetError:
    """Return what is wrong with one account alone."""
    return TargetError("error-invalid-user", "Gone.")


def forbidden() -> RocketChatError:
    """Return what every account would meet, said by the server itself."""
    return refusal("error-not-allowed", "No.", {})


def lost() -> RocketChatError:
    """Return a write whose answer was lost."""
    error = ConnectionFailed("dropped", "No answer.", retryable=True, sent=True)
    error.mark_unknown()
    return error


def whole(*lines: Line, **more: Any) -> Job:
    """Return a job of several steps."""
    return Job("offboard", "offboarded", lines, whole=True, **more)


@pytest.fixture(autouse=True)
def _people(workspace: Workspace) -> None:
    for name in NAMES:
        workspace.add(name)


def acts(log: Log) -> Log:
    """Return what was done, without the plans."""
    return [entry for entry in log if entry[0] != "plan"]


class TestOrder:
    """Who is touched when."""

    def test_all_are_looked_up_and_planned_for_before_anybody_is_touched(
        self, workspace: Workspace, do: Do, deed: Make, log: Log
    ) -> None:
        job = whole(Line(deed("first")), Line(deed("second")))
        result = do(job, "alice", "bob")
        assert log == [
            *[("plan", "alice"), ("plan", "bob")] * 2,
            ("first", "alice"),
            ("second", "alice"),
            ("first", "bob"),
            ("second", "bob"),
        ]
        assert result.column("outcome") == ["done", "done"]
        assert result.steps() == {"first": "done", "second": "done"}
        assert result.all["summary"] == {"done": 2}

    def test_what_is_not_needed_is_left_out(self, do: Do, deed: Make, log: Log) -> None:
        job = whole(Line(deed("first", spares=["alice", "bob"])), Line(deed("second", spares=["bob"])))
        result = do(job, "alice", "bob")
        assert acts(log) == [("second", "alice")]
        assert result.column("outcome") == ["done", "nothing_to_do"]
        assert result.column("changed") == [True, False]
        assert result.users[1]["said"] == "bob (bobId): nothing to do (it was so already)"

    def test_a_step_that_is_not_for_an_account_says_why(self, do: Do, deed: Make, log: Log) -> None:
        line = Line(deed("second"), unless=lambda user: "not for alice" if user.username == "alice" else "")
        result = do(whole(Line(deed("first")), line), "alice", "bob")
        assert acts(log) == [("first", "alice"), ("first", "bob"), ("second", "bob")]
        assert result.users[0]["steps"][1]["reason"] == "not for alice"
        assert ("plan", "alice") in log
        assert result.steps(0) == {"first": "done", "second": "nothing_to_do"}

    @pytest.mark.parametrize("concurrency", [1, 4])
    def test_each_is_touched_once_and_told_in_the_order_given(
        self, do: Do, deed: Make, log: Log, concurrency: int
    ) -> None:
        result = do(one(deed("first"), "done"), *NAMES, *NAMES, user_ids=["bobId"], concurrency=concurrency)
        assert sorted(acts(log)) == [("first", name) for name in NAMES]
        assert result.column("username") == list(NAMES)

    def test_several_are_worked_on_at_a_time_each_in_the_jobs_order(self, do: Do, deed: Make, log: Log) -> None:
        together = threading.Barrier(3, timeout=10)
        first = deed("first", meanwhile=lambda name: name == "alice" or together.wait())
        result = do(whole(Line(first), Line(deed("second"))), *NAMES, concurrency=3)
        assert result.column("outcome") == ["done"] * 4
        for name in NAMES:
            assert [step for step, who in acts(log) if who == name] == ["first", "second"]


class TestAfterAFailure:
    """What is still done for a person of whom a step failed."""

    def test_what_needs_it_is_left_and_what_protects_is_taken(self, do: Do, deed: Make, log: Log) -> None:
        job = whole(
            Line(deed("first", fails={"alice": gone()})),
            Line(deed("second"), needs=["first"]),
            Line(deed("third"), needs=["second"]),
            Line(deed("last")),
        )
        result = do(job, "alice")
        assert acts(log) == [("first", "alice"), ("last", "alice")]
        assert result.steps() == {
            "first": "failed",
            "second": "not_attempted",
            "third": "not_attempted",
            "last": "done",
        }
        reasons = [step["reason"] for step in result.users[0]["steps"]]
        assert reasons[1:3] == ["this failed before: first", "this failed before: second"]
        assert (result.error, result.column("outcome")) == ("error-invalid-user", ["half_done"])
        assert result.users[0]["said"] == "alice (aliceId): HALF DONE (done it). first failed: Gone."

    @pytest.mark.parametrize(
        ("fails", "spares", "taken"),
        [
            # Nothing was changed that it would have to protect.
            ({"first": gone()}, [], False),
            # Something was, or may have been.
            ({"second": gone()}, [], True),
            ({"first": lost()}, [], False),
            # Nothing failed, so that it is part of the job.
            ({}, ["first", "second"], True),
        ],
        ids=["nothing changed", "something changed", "the run stopped", "nothing failed"],
    )
    def test_what_is_for_a_change_is_left_where_there_was_none(
        self, do: Do, deed: Make, log: Log, fails: dict[str, RocketChatError], spares: list[str], taken: bool
    ) -> None:
        lines = [
            Line(
                deed(
                    name,
                    fails={"alice": fails[name]} if name in fails else {},
                    spares=["alice"] if name in spares else [],
                ),
                needs=["first"] if name == "second" else [],
            )
            for name in ("first", "second")
        ]
        do(whole(*lines, Line(deed("last"), if_changed=True)), "alice")
        assert (("last", "alice") in log) is taken

    def test_a_change_of_which_nobody_knows_is_protected(self, do: Do, deed: Make, log: Log) -> None:
        unknown = gone()
        unknown.mark_unknown()
        job = whole(Line(deed("first", fails={"alice": unknown})), Line(deed("last"), if_changed=True))
        result = do(job, "alice")
        assert acts(log)[-1] == ("last", "alice")
        assert "No answer tells whether it was done." in result.users[0]["steps"][0]["reason"]

    def test_where_the_server_itself_said_no_what_protects_is_tried_and_nobody_else_begun(
        self, do: Do, deed: Make, log: Log
    ) -> None:
        job = whole(Line(deed("first", fails={"alice": forbidden()})), Line(deed("last")))
        result = do(job, "alice", "bob", on_error="continue")
        assert acts(log) == [("first", "alice"), ("last", "alice")]
        assert result.column("outcome") == ["half_done", "not_attempted"]
        assert result.error == "error-not-allowed"

    def test_where_nobody_answers_nothing_further_is_tried(self, do: Do, deed: Make, log: Log) -> None:
        job = whole(Line(deed("first", fails={"alice": lost()})), Line(deed("last")))
        result = do(job, "alice", "bob", on_error="continue")
        assert acts(log) == [("first", "alice")]
        assert result.steps() == {"first": "failed", "last": "not_attempted"}
        assert result.users[0]["steps"][1]["reason"] == "the run stopped before"
        assert result.column("outcome") == ["half_done", "not_attempted"]

    def test_what_a_step_did_before_it_failed_counts_as_changed(self, do: Do, deed: Make) -> None:
        error = gone()
        error.details["done"] = ["the first half"]
        result = do(one(deed("first", fails={"alice": error}), "done"), "alice")
        assert result.column("changed") == [True]
        assert result.column("outcome") == ["half_done"]
        assert "Done before that: the first half." in result.users[0]["steps"][0]["reason"]


class TestWithin:
    """A step that the next one does as well."""

    def job(self, deed: Make, fails: dict[str, RocketChatError]) -> Job:
        return whole(
            Line(deed("first"), within="second"),
            Line(deed("second", fails=fails)),
            Line(deed("third"), needs=["second"]),
        )

    def test_is_done_by_that(self, do: Do, deed: Make, log: Log) -> None:
        result = do(self.job(deed, {}), "alice")
        assert acts(log) == [("second", "alice"), ("third", "alice")]
        assert result.steps() == {"first": "done", "second": "done", "third": "done"}

    def test_is_taken_where_that_fails(self, do: Do, deed: Make, log: Log) -> None:
        result = do(self.job(deed, {"alice": gone()}), "alice")
        assert acts(log) == [("second", "alice"), ("first", "alice")]
        assert result.steps() == {"first": "done", "second": "failed", "third": "not_attempted"}

    def test_is_tried_where_nobody_answered_that(self, do: Do, deed: Make, log: Log) -> None:
        result = do(self.job(deed, {"alice": lost()}), "alice")
        assert acts(log) == [("second", "alice"), ("first", "alice")]
        assert result.steps() == {"first": "done", "second": "failed", "third": "not_attempted"}

    def test_comes_first_where_something_else_comes_between(self, do: Do, deed: Make, log: Log) -> None:
        job = whole(Line(deed("first"), within="last"), Line(deed("between")), Line(deed("last")))
        do(job, "alice")
        assert acts(log) == [("first", "alice"), ("between", "alice"), ("last", "alice")]

    def test_is_taken_alone_where_that_is_not_needed(self, do: Do, deed: Make, log: Log) -> None:
        job = whole(Line(deed("first"), within="second"), Line(deed("second", spares=["alice"])))
        do(job, "alice")
        assert acts(log) == [("first", "alice")]


class TestOnError:
    """Whether the run goes on after somebody failed."""

    @pytest.mark.parametrize("concurrency", [1, 4])
    def test_it_stops(self, do: Do, deed: Make, log: Log, concurrency: int) -> None:
        job = one(deed("first", fails={"alice": gone()}), "done")
        result = do(job, *NAMES, concurrency=concurrency)
        assert acts(log) == [("first", "alice")]
        assert result.column("outcome") == ["failed", *["not_attempted"] * 3]
        assert result.errors == ["error-invalid-user", *["not-attempted"] * 3]
        assert "0 of 4 accounts done, 1 failed, 3 not attempted." in result.message

    def test_it_goes_on_and_fails_at_its_end(self, do: Do, deed: Make, log: Log) -> None:
        job = one(deed("first", fails={"alice": gone(), "carol": gone()}), "done")
        result = do(job, *NAMES, on_error="continue")
        assert len(acts(log)) == 4
        assert result.column("outcome") == ["failed", "done", "failed", "done"]
        assert result.error == "error-invalid-user"
        assert "2 of 4 accounts done, 2 failed, 0 not attempted. alice: Gone. carol: Gone." in result.message
        assert result.all["changed"] is True


class TestRefusals:
    """What is found out before the first write, told all at once."""

    @pytest.mark.parametrize("on_error", ["stop", "continue"])
    def test_a_whole_job_begins_with_nobody_while_somebody_is_not_who_they_should_be(
        self, workspace: Workspace, do: Do, deed: Make, log: Log, on_error: str
    ) -> None:
        workspace.add("fay", federated=True)
        workspace.add("svc", _id="callerId")
        result = do(whole(Line(deed("first"))), "alice", "nobody", "fay", "svc", on_error=on_error)
        assert acts(log) == []
        assert workspace.server.sent("POST") == []
        assert result.errors == ["not-attempted", "user-not-found", "federated-user", "own-account"]
        assert result.error == "bad-targets"
        assert result.all["error"]["details"] == {"targets": 4, "bad_targets": 3}
        assert result.message.startswith("Nobody was offboarded. ")
        assert all(words in result.message for words in ("'nobody'", "'fay'", "'svc'"))

    @pytest.mark.parametrize(("on_error", "done"), [("stop", []), ("continue", ["alice", "bob"])])
    def test_a_job_of_one_step_goes_on_without_them_where_it_is_to(
        self, do: Do, deed: Make, log: Log, on_error: str, done: list[str]
    ) -> None:
        result = do(one(deed("first"), "done"), "alice", "nobody", "bob", on_error=on_error)
        assert [name for _step, name in acts(log)] == done
        assert result.error == ("bad-targets" if done else "user-not-found")

    def test_an_account_that_the_job_is_not_for_is_one_of_them(self, do: Do, deed: Make, log: Log) -> None:
        def check(user: Any) -> None:
            if user.username == "bob":
                raise TargetError("no-bobs", "Bob will not do.")

        result = do(whole(Line(deed("first")), check=check), "alice", "bob")
        assert acts(log) == []
        assert result.errors == ["not-attempted", "no-bobs"]

    @pytest.mark.parametrize("check_mode", [False, True])
    def test_an_objection_stops_a_whole_job_before_its_first_write(
        self, do: Do, deed: Make, log: Log, check_mode: bool
    ) -> None:
        result = do(whole(Line(deed("first")), Line(deed("second", objects=["bob"]))), *NAMES, check_mode=check_mode)
        assert acts(log) == []
        assert result.errors == ["not-attempted", "objection", "not-attempted", "not-attempted"]
        assert result.message == f"Nobody {'would be' if check_mode else 'was'} offboarded. bob objects."
        assert result.steps(1) == {"first": "not_attempted", "second": "not_attempted"}

    def test_where_a_whole_job_is_to_go_on_it_leaves_out_who_objects(self, do: Do, deed: Make, log: Log) -> None:
        result = do(whole(Line(deed("first", objects=["bob"]))), "alice", "bob", "carol", on_error="continue")
        assert [name for _step, name in acts(log)] == ["alice", "carol"]
        assert result.column("outcome") == ["done", "failed", "done"]
        assert result.error == "bad-targets"

    @pytest.mark.parametrize(
        ("on_error", "outcomes"),
        [
            ("stop", ["would_be_done", "failed", "not_attempted", "not_attempted"]),
            ("continue", ["would_be_done", "failed", "would_be_done", "failed"]),
        ],
    )
    def test_check_mode_of_one_step_goes_as_far_as_the_server_would_let_it(
        self, do: Do, deed: Make, log: Log, on_error: str, outcomes: list[str]
    ) -> None:
        job = one(deed("first", objects=["bob", "dave"]), "done")
        result = do(job, *NAMES, check_mode=True, on_error=on_error)
        assert acts(log) == []
        assert result.column("outcome") == outcomes
        assert result.error == "objection"

    def test_a_permission_that_only_a_later_step_needs_is_missed_before_the_first_write(
        self, workspace: Workspace, do: Do, deed: Make, log: Log
    ) -> None:
        workspace.permissions["edit-other-user-totp"] = ["boss"]
        job = whole(Line(deed("first")), Line(deed("second", actions=(RESET_TOTP,))))
        result = do(job, "alice", "bob")
        assert acts(log) == []
        assert (result.error, result.errors) == ("error-not-allowed", ["not-attempted"] * 2)
        # Where nobody needs that step, nobody needs the permission.
        spared = whole(Line(deed("first")), Line(deed("second", actions=(RESET_TOTP,), spares=NAMES)))
        assert do(spared, "alice", "bob").error is None

    @pytest.mark.parametrize(
        ("actions", "names", "says"),
        [
            ([(RESET_TOTP,), (UPDATE_USER,)], ["alice"], "several steps of this job ask for one"),
            ([(RESET_TOTP,), (END_SESSIONS,)], ["alice", "bob"], "2 accounts are to be offboarded"),
            ([(RESET_TOTP,), (END_SESSIONS,)], ["alice"], None),
            ([(END_SESSIONS,), (END_SESSIONS,)], ["alice", "bob"], None),
        ],
    )
    def test_a_code_that_works_once_is_not_used_up_half_way(
        self, do: Do, deed: Make, log: Log, actions: list[Any], names: list[str], says: str | None
    ) -> None:
        job = whole(*[Line(deed(f"step{number}", actions=given)) for number, given in enumerate(actions)])
        result = do(job, *names, two_factor_method="email", two_factor_code="918273")
        if says is None:
            assert result.error is None
            return
        assert acts(log) == []
        assert result.error == "invalid-input"
        assert f"two_factor_code works only once, but {says}" in result.message


class TestApproval:
    """A run that is bound to what a rehearsal showed."""

    APPROVED = {"alice": "aliceId", "bob": "bobId"}  # noqa: RUF012 (read only)

    def test_those_who_were_shown_are_served_by_their_ids(
        self, workspace: Workspace, do: Do, deed: Make, log: Log
    ) -> None:
        result = do(whole(Line(deed("first"))), "alice", "bob", approved_ids=self.APPROVED)
        assert result.error is None
        asked = [seen.query for seen in workspace.server.sent("GET", "/api/v1/users.info")]
        assert asked[:2] == [{"userId": "aliceId"}, {"userId": "bobId"}]
        assert result.column("asked") == [{"user_id": "aliceId"}, {"user_id": "bobId"}]

    @pytest.mark.parametrize("on_error", ["stop", "continue"])
    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (None, "carol is not among those who were shown (alice, bob)"),
            ("renamed", "alice was shown as the account aliceId, but that one is called anna now"),
            ("gone", "alice was shown as the account aliceId, but that one is gone"),
        ],
    )
    def test_anybody_else_stops_it(
        self, workspace: Workspace, do: Do, deed: Make, log: Log, on_error: str, change: str | None, says: str
    ) -> None:
        if change == "renamed":
            workspace.accounts[0]["username"] = "anna"
        elif change == "gone":
            # Another account took the name over.
            workspace.accounts[0]["_id"] = "otherId"
        names = ["alice", "bob", *(["carol"] if change is None else [])]
        result = do(whole(Line(deed("first"))), *names, approved_ids=self.APPROVED, on_error=on_error)
        assert acts(log) == []
        assert "not-approved" in result.errors
        assert says in result.message

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"active": False}, "was shown as active and is inactive now"),
            ({"emails": [{"address": "a@example.net"}]}, "has another e-mail address than when it was shown"),
        ],
    )
    def test_what_a_rehearsal_returns_binds_to_the_account_as_it_was(
        self, workspace: Workspace, do: Do, deed: Make, log: Log, changes: dict[str, Any], says: str
    ) -> None:
        job = whole(Line(deed("first")))
        shown = do(job, "alice", "bob", check_mode=True).all["approved_ids"]
        assert {name: entry["id"] for name, entry in shown.items()} == self.APPROVED
        workspace.accounts[0].update(changes)
        result = do(job, "alice", "bob", approved_ids=shown)
        assert (acts(log), result.errors) == ([], ["not-approved", "not-attempted"])
        assert f"alice (aliceId) {says}" in result.message
        shown = do(job, "alice", "bob", check_mode=True).all["approved_ids"]
        done = do(job, "alice", "bob", approved_ids=shown)
        assert done.error is None
        assert "approved_ids" not in done.all

    def test_a_rehearsal_that_failed_shows_nobody(self, do: Do, deed: Make) -> None:
        assert "approved_ids" not in do(whole(Line(deed("first"))), "alice", "nobody", check_mode=True).all

    def test_an_approval_of_nobody_lets_nobody_through(self, do: Do, deed: Make, log: Log) -> None:
        result = do(one(deed("first"), "done"), "alice", approved_ids={})
        assert acts(log) == []
        assert result.error == "not-approved"

    def test_an_address_binds_to_whom_was_shown_as_well(
        self, workspace: Workspace, do: Do, deed: Make, log: Log
    ) -> None:
        workspace.accounts[0]["emails"] = [{"address": "a@example.com"}]
        workspace.accounts[2]["emails"] = [{"address": "c@example.com"}]
        workspace.show_lists()
        job = one(deed("first"), "done")
        assert do(job, emails=["a@example.com"], approved_ids=self.APPROVED).column("outcome") == ["done"]
        result = do(job, emails=["c@example.com"], approved_ids=self.APPROVED)
        assert acts(log) == [("first", "alice")]
        assert result.error == "not-approved"
        assert "carol (carolId) is not among those who were shown" in result.message


class TestAddresses:
    """People who are named by their e-mail addresses."""

    @pytest.fixture(autouse=True)
    def _addresses(self, workspace: Workspace) -> None:
        for record in workspace.accounts:
            record["emails"] = [{"address": f"{record['username']}@example.com"}, {"address": f"{record['_id']}@x.y"}]
        workspace.show_lists()

    @pytest.mark.parametrize("version", ["6.5", "8.6"])
    def test_are_who_bears_them_and_each_is_touched_once(
        self, workspace: Workspace, do: Do, deed: Make, log: Log, version: str
    ) -> None:
        workspace.version = version
        emails = ["ALICE@example.com", "bob@example.com", "bobId@x.y", "carol@example.com"]
        result = do(whole(Line(deed("first"))), "carol", emails=emails)
        assert acts(log) == [("first", "carol"), ("first", "alice"), ("first", "bob")]
        assert result.column("asked") == [{"username": "carol"}, {"email": emails[0]}, {"email": emails[1]}]
        assert result.column("user_id") == ["carolId", "aliceId", "bobId"]

    def test_nobody_is_touched_where_one_is_nobodys(self, do: Do, deed: Make, log: Log) -> None:
        result = do(one(deed("first"), "done"), "alice", emails=["nobody@example.com"])
        assert acts(log) == []
        assert (result.error, result.errors) == ("user-not-found", ["not-attempted", "user-not-found"])
        assert "email 'nobody@example.com'" in result.message

    def test_one_of_two_accounts_is_neithers_also_where_the_unknown_are_skipped(
        self, workspace: Workspace, do: Do, deed: Make, log: Log
    ) -> None:
        workspace.accounts[1]["emails"] = [{"address": "alice@example.com"}]
        result = do(one(deed("first"), "done"), emails=["alice@example.com"], unknown="skip")
        assert acts(log) == []
        assert result.error == "ambiguous-address"


class TestSkipping:
    """With unknown: skip the others are served."""

    @pytest.mark.parametrize("check_mode", [False, True])
    def test_who_has_no_account_is_told_and_is_no_failure(
        self, workspace: Workspace, do: Do, deed: Make, log: Log, check_mode: bool
    ) -> None:
        workspace.show_lists()
        job, emails = whole(Line(deed("first"))), ["x@example.com"]
        result = do(job, "nobody", "alice", user_ids=["goneId"], emails=emails, unknown="skip", check_mode=check_mode)
        outcome = "would_be_done" if check_mode else "done"
        assert result.error is None
        assert result.column("outcome") == ["skipped", outcome, "skipped", "skipped"]
        assert result.column("changed") == [False, True, False, False]
        assert result.users[0]["said"].startswith("nobody: skipped: There is no account with the username 'nobody'")
        assert result.all["summary"] == {outcome: 1, "skipped": 3}
        assert acts(log) == ([] if check_mode else [("first", "alice")])

    def test_a_list_of_nobody_is_done_without_a_write(self, workspace: Workspace, do: Do, deed: Make) -> None:
        result = do(one(deed("first"), "done"), "nobody", unknown="skip")
        assert (result.error, result.all["changed"]) == (None, False)
        assert workspace.server.sent("POST") == []

    def test_whoever_else_cannot_be_served_stops_it_all_the_same(
        self, workspace: Workspace, do: Do, deed: Make, log: Log
    ) -> None:
        workspace.add("fay", federated=True)
        result = do(whole(Line(deed("first"))), "alice", "nobody", "fay", unknown="skip")
        assert acts(log) == []
        assert result.error == "federated-user"
        assert result.column("outcome") == ["not_attempted", "skipped", "failed"]

    def test_who_was_shown_and_is_gone_is_not_just_unknown(self, do: Do, deed: Make, log: Log) -> None:
        result = do(one(deed("first"), "done"), "zoe", approved_ids={"zoe": "zoeId"}, unknown="skip")
        assert result.error == "not-approved"

    def test_the_journal_tells_it(self, do: Do, deed: Make, tmp_path: Path, workspace: Workspace) -> None:
        workspace.show_lists()
        journal = tmp_path / "journal.jsonl"
        do(one(deed("first"), "done"), "alice", emails=["x@example.com"], unknown="skip", journal=str(journal))
        lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
        assert [line["outcome"] for line in lines if line["type"] == "person"] == ["done", "skipped"]


class TestBrake:
    """With max_accounts a broken list does not reach everybody."""

    @pytest.mark.parametrize("check_mode", [False, True])
    @pytest.mark.parametrize("on_error", ["stop", "continue"])
    def test_more_are_refused_before_anybody_is_touched(
        self, workspace: Workspace, do: Do, deed: Make, log: Log, check_mode: bool, on_error: str
    ) -> None:
        job = whole(Line(deed("first")))
        result = do(job, *NAMES, max_accounts=3, check_mode=check_mode, on_error=on_error)
        assert acts(log) == []
        assert workspace.server.sent("POST") == []
        assert result.error == "too-many-accounts"
        assert result.errors == ["not-attempted"] * 4
        assert result.all["error"]["details"] == {"accounts": 4, "max_accounts": 3}
        assert result.message == (
            "4 accounts would be offboarded, and one run may change 3 (max_accounts). Nothing was done. If the list is"
            " right, run once with a higher number."
        )

    @pytest.mark.parametrize("most", [0, 4, 5])
    def test_as_many_as_are_allowed_are_served(self, do: Do, deed: Make, log: Log, most: int) -> None:
        result = do(whole(Line(deed("first"))), *NAMES, max_accounts=most)
        assert result.error is None
        assert len(acts(log)) == 4

    def test_who_needs_nothing_or_is_skipped_does_not_count(self, do: Do, deed: Make, log: Log) -> None:
        job = whole(Line(deed("first", spares=["alice", "bob", "carol"])))
        result = do(job, *NAMES, "nobody", unknown="skip", max_accounts=1)
        assert acts(log) == [("first", "dave")]
        assert result.error is None

    def test_to_make_sure_that_somebody_is_signed_out_is_no_change_of_a_whole_job(
        self, do: Do, deed: Make, log: Log
    ) -> None:
        sessions = deed("sessions")
        job = whole(Line(sessions), Line(deed("status", spares=["alice", "bob", "carol"])))
        assert do(job, *NAMES, max_accounts=1).error is None
        assert len(acts(log)) == 5
        # Where that is all the task is about, it is what the brake is for.
        assert do(one(sessions, "logged out"), *NAMES, max_accounts=1).error == "too-many-accounts"


class TestSecrets:
    """A secret that is a word would be hidden in every name that has it."""

    @pytest.mark.parametrize(
        ("option", "given"),
        [
            ("api_token", {"api_token": "alice"}),
            ("api_token", {"api_token": "svc"}),
            ("api_token", {"api_token": "callerId"}),
            ("api_token", {"api_token": "http"}),
            ("api_token", {"api_token": "alic"}),
            ("api_token", {"api_token": "aliceId"}),
            ("two_factor_password", {"two_factor_password": "lice", "two_factor_method": "password"}),
            ("http_headers[X-Gate]", {"http_headers": {"X-Gate": "127.0.0"}}),
        ],
    )
    def test_is_refused_before_anything_is_done(
        self, do: Do, deed: Make, log: Log, option: str, given: dict[str, Any]
    ) -> None:
        result = do(one(deed("first"), "done"), "alice", **given)
        assert acts(log) == []
        assert result.error == "invalid-input"
        assert result.message.startswith(f"The value of {option} stands in the address of the workspace, or")

    def test_is_nobodys_business_where_nobody_is_called_so(self, do: Do, deed: Make) -> None:
        given = {"api_token": "bob", "http_headers": {"X-Gate": "carol"}}
        assert do(one(deed("first"), "done"), "alice", **given).error is None


class TestLookingAgain:
    """What the server shows afterwards is compared with what it said."""

    def test_a_difference_is_a_failure(self, do: Do, deed: Make) -> None:
        job = whole(Line(deed("first", contradicts=["bob"])), Line(deed("second")))
        result = do(job, "alice", "bob")
        assert result.column("outcome") == ["done", "half_done"]
        assert result.steps(1) == {"first": "failed", "second": "done"}
        assert result.errors == [None, "not-as-reported"]
        assert "bob: first: it is not so." in result.message
        assert result.error == "bad-targets"

    def test_only_who_was_changed_is_looked_at(self, workspace: Workspace, do: Do, deed: Make) -> None:
        job = whole(Line(deed("first", contradicts=NAMES, spares=["alice"], fails={"bob": gone()})))
        result = do(job, "alice", "bob", on_error="continue")
        assert result.column("outcome") == ["nothing_to_do", "failed"]
        assert len(workspace.server.sent("GET", "/api/v1/users.info")) == 2

    def test_who_cannot_be_looked_at_again_is_told(self, workspace: Workspace, do: Do, deed: Make) -> None:
        def vanish(_name: str) -> None:
            workspace.server.route("/api/v1/users.info", (400, {"success": False, "error": "User not found."}))

        result = do(whole(Line(deed("first", meanwhile=vanish))), "alice")
        assert result.errors == ["not-read-back"]
        assert result.column("outcome") == ["half_done"]
        assert "Everything was sent, but it could not be read back" in result.message

    def test_a_job_of_one_step_and_check_mode_do_not_look(self, workspace: Workspace, do: Do, deed: Make) -> None:
        step = deed("first", contradicts=NAMES)
        assert do(one(step, "done"), "alice").error is None
        assert do(whole(Line(step)), "alice", check_mode=True).error is None
        assert len(workspace.server.sent("GET", "/api/v1/users.info")) == 2

    def test_many_are_read_back_by_the_page(self, workspace: Workspace, do: Do, deed: Make) -> None:
        names = [f"user{number}" for number in range(30)]
        for name in names:
            workspace.add(name)
        rows = {"users": workspace.accounts, "total": len(workspace.accounts), "success": True}
        workspace.server.route("/api/v1/users.list", rows)
        workspace.permissions["api-bypass-rate-limit"] = ["admin"]
        result = do(whole(Line(deed("first", contradicts=["user7"]))), *names)
        assert [user["username"] for user in result.users if "error" in user] == ["user7"]
        assert len(workspace.server.sent("GET", "/api/v1/users.list")) == 2
        assert workspace.server.sent("GET", "/api/v1/users.info") == []


class TestStopping:
    """A run that is asked to end (SIGTERM) finishes what is under way and reports."""

    @pytest.mark.usefixtures("listening")
    @pytest.mark.parametrize("concurrency", [1, 4])
    def test_the_person_under_way_is_finished_and_nobody_else_begun(
        self, do: Do, deed: Make, log: Log, terminating: Callable[[Any], Any], concurrency: int
    ) -> None:
        job = whole(Line(deed("first", meanwhile=terminating)), Line(deed("second")))
        result = do(job, *NAMES, concurrency=concurrency)
        assert acts(log) == [("first", "alice"), ("second", "alice")]
        assert result.column("outcome") == ["done", *["not_attempted"] * 3]
        assert (result.error, result.all["changed"]) == ("stopped", True)

    @pytest.mark.usefixtures("listening")
    @pytest.mark.parametrize("names", [["alice"], list(NAMES)])
    def test_while_people_are_looked_up_nobody_is_begun_and_everybody_accounted_for(
        self, workspace: Workspace, do: Do, deed: Make, log: Log, terminating: Callable[[Any], Any], names: list[str]
    ) -> None:
        record = workspace.accounts[0]
        workspace.server.route("/api/v1/users.info", lambda seen: {**terminating(seen), "user": record})
        result = do(one(deed("first"), "done"), *names)
        assert log == []
        assert (result.error, result.errors) == ("stopped", ["not-attempted"] * len(names))
        assert len(workspace.server.sent("GET", "/api/v1/users.info")) == 1


class TestCheckMode:
    """A rehearsal says what would be done, and does nothing."""

    def test_it_reports_the_same_and_writes_nothing(self, workspace: Workspace, do: Do, deed: Make, log: Log) -> None:
        job = whole(Line(deed("first", spares=["bob"])), Line(deed("second")))
        foretold = do(job, "alice", "bob", check_mode=True)
        assert acts(log) == []
        assert {seen.method for seen in workspace.server.requests} == {"GET"}
        done = do(job, "alice", "bob")
        assert foretold.column("changed") == done.column("changed")
        assert foretold.report.diff() == done.report.diff()
        assert foretold.column("outcome") == ["would_be_done"] * 2
        assert foretold.steps(1) == {"first": "nothing_to_do", "second": "would_be_done"}
        assert foretold.users[0]["said"] == "alice (aliceId): to do: done it, done it"
        assert foretold.all["run"]["check_mode"] is True
        assert all(step["at"] is None for user in foretold.users for step in user["steps"])


def test_a_server_that_is_down_is_reported_for_every_target(dead_port: int, do: Do, deed: Make) -> None:
    result = do(one(deed("first"), "done"), "alice", "bob", api_url=f"http://127.0.0.1:{dead_port}")
    assert result.error == "unreachable"
    assert result.errors == ["not-attempted"] * 2
    assert result.all["run"]["workspace"].endswith(str(dead_port))


def test_a_server_too_old_for_a_step_is_named_before_signing_in(workspace: Workspace, do: Do, deed: Make) -> None:
    workspace.version = "3.5"
    result = do(whole(Line(deed("first")), Line(deed("second", actions=(RESET_TOTP,)))), "alice")
    assert result.error == "version-too-old"
    assert [seen.path for seen in workspace.server.requests] == ["/api/info"]


def test_the_run_tells_of_itself(do: Do, deed: Make) -> None:
    run = do(one(deed("first"), "done"), "alice", ticket=" INC-1 ").all["run"]
    assert {key: run[key] for key in ("job", "ticket", "operator", "server_version", "account", "check_mode")} == {
        "job": "first",
        "ticket": "INC-1",
        "operator": "the tests",
        "server_version": "6.5",
        "account": "svc",
        "check_mode": False,
    }
    assert run["started"] <= run["finished"]


def test_a_mistake_in_a_job_is_not_swallowed(do: Do, deed: Make) -> None:
    with pytest.raises(ZeroDivisionError):
        do(one(deed("first", fails={"alice": ZeroDivisionError()}), "done"), "alice")


def test_what_a_whole_run_would_meet_is_the_failure_though_it_concerns_the_input(do: Do, deed: Make) -> None:
    result = do(one(deed("first", fails={"alice": InputError("No.")}), "done"), "alice", "bob", on_error="continue")
    assert result.column("outcome") == ["failed", "not_attempted"]


def test_lines_on_a_long_run_tell_the_step(do: Do, deed: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "progress"
    path.touch()
    monkeypatch.setenv(progress.VARIABLE, str(path))
    for name in ("_FIRST", "_EVERY"):
        monkeypatch.setattr(progress, name, 0.0)
    do(whole(Line(deed("first")), Line(deed("second", spares=["carol"]))), *NAMES)
    shown = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
    told = [(text.split(" (")[0], text.partition(", at: ")[2]) for text in shown]
    assert told == [
        *[(f"{number} of 4 checked", "") for number in (1, 2, 3)],
        ("1 of 4 offboarded", "second"),
        ("2 of 4 offboarded", "second"),
        ("3 of 4 offboarded", "first"),
        *[(f"{number} of 4 read back", "") for number in (1, 2, 3)],
    ]


def test_who_leaves_has_left_when_all_is_done(workspace: Workspace, do: Do) -> None:
    """The whole of a real job once, against a server that keeps what it is told."""

    def deactivate(seen: Any) -> Any:
        workspace.accounts[0]["active"] = seen.json["activeStatus"]
        return {"success": True}

    workspace.accounts[0]["roles"] = ["user"]
    workspace.accounts[0]["rooms"] = []
    workspace.server.route("/api/v1/users.setActiveStatus", deactivate, method="POST")
    workspace.server.route("/api/v1/integrations.list", {"integrations": [], "total": 0, "success": True})
    workspace.server.route("/api/v1/oauth-apps.list", {"oauthApps": [], "success": True})
    workspace.server.route("/api/v1/livechat/agents/aliceId/departments", {"departments": [], "success": True})
    workspace.permissions["edit-other-user-active-status"] = ["admin"]
    workspace.settings["LDAP_Enable"] = False
    given = {"force": False, "confirm_relinquish": False, "reset_password": False}
    given |= {"integrations": "disable", "roles": "keep", "successor": None, "memberships": "keep"}
    result = do(offboard(given, lambda _words: None), "alice")
    assert (result.error, result.warnings) == (None, [])
    assert [seen.path.rpartition("/")[2] for seen in workspace.server.sent("POST")] == [
        "users.setActiveStatus",
        "users.resetTOTP",
    ]
    entry = result.users[0]
    assert entry["said"] == "alice (aliceId): signed out everywhere, deactivated, TOTP reset"
    assert list(result.steps()) == ["sessions", "status", "totp"]
    assert (entry["left_behind"], entry["kept"]) == ([], [])
    looked_at = ["ldap", "login_service", "memberships", "oauth_apps", "oauth_tokens", "omnichannel"]
    looked_at += ["roles", "rooms", "teams", "webhooks"]
    assert entry["looked_at"] == looked_at
