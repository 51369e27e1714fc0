# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of each person: one outcome, one sentence, and nothing claimed that is not known."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    RocketChatError,
    TargetError,
    refusal,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.job import Job, Line, one
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.result import (
    NOT_ATTEMPTED,
    OUTCOMES,
    Person,
    Report,
    Taken,
    now,
    sentence,
    summed_up,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.status import Status
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import (
    Done,
    HalfDone,
    Plan,
    Thing,
    nothing_there,
)

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.plugins.module_utils._run.conftest import Deed

Make = Callable[..., "Deed"]
ALICE = User("aliceId", "alice", active=True, federated=False)
YES = Plan(changed=True, facts={"evidence": "none"}, effects={"rooms": ["diary"]}, before="off\n", after="on\n")
NO = Plan(changed=False, reason="it was so already", evidence="already")
STOPPED = TargetError(NOT_ATTEMPTED, "Not attempted, because the run stopped before its turn.")


def report_of(job: Job, *people: Person) -> Report:
    """Return a report with what every run tells of itself."""
    run = {
        "check_mode": False,
        "workspace": "https://chat.example.com",
        "ticket": None,
        "ledger": None,
        "job": job.name,
    }
    return Report(job, list(people), run)


def gone(**details: Any) -> RocketChatError:
    """Return what a step failed with."""
    return TargetError("gone", "Gone.", details)


@pytest.fixture
def person(deed: Make) -> Callable[..., Person]:
    """Return a maker of people with steps: planned ("?"), done, would be done, nothing to do, failed, left."""

    def make(*results: str, user: User | None = ALICE, **details: Any) -> Person:
        made = Person(Wanted("username", "alice"), user)
        for number, result in enumerate(results):
            taken = Taken(deed(f"step{number}"), NO if result == "nothing" else YES)
            if result == "done":
                taken.succeed(Done(1))
            elif result == "would":
                taken.succeed(None)
            elif result == "failed":
                taken.fail(gone(**details))
            elif result == "left":
                taken.leave("the run stopped before")
            made.taken.append(taken)
        return made

    return make


class TestOneStep:
    """A step from its plan to what is told of it."""

    def test_until_it_is_taken_only_what_was_known_beforehand_is_told(self, deed: Make) -> None:
        taken = Taken(deed("first"), YES)
        assert (taken.result, taken.facts, taken.at) == ("planned", {"evidence": "none"}, "")

    def test_where_there_is_nothing_to_do_the_reason_is_told(self, deed: Make) -> None:
        taken = Taken(deed("first"), NO)
        assert taken.as_dict() == {
            "step": "first",
            "label": "first",
            "result": "nothing_to_do",
            "reason": "it was so already",
            "evidence": "already",
            "at": None,
        }
        assert not taken.changed

    def test_what_the_server_said_replaces_what_was_planned(self, deed: Make) -> None:
        taken = Taken(deed("first"), YES)
        taken.succeed(Done(2, {"rooms": []}))
        assert (taken.result, taken.attempts, taken.facts["rooms"]) == ("done", 2, [])
        assert taken.at

    def test_a_rehearsal_tells_what_would_be_true_and_no_time(self, deed: Make) -> None:
        taken = Taken(deed("first"), YES)
        taken.succeed(None)
        assert (taken.result, taken.attempts, taken.facts["rooms"], taken.at) == ("would_be_done", 0, ["diary"], "")

    @pytest.mark.parametrize(
        ("details", "changed", "may", "facts"),
        [
            ({}, False, False, {"evidence": "none"}),
            ({"outcome": "unknown"}, False, True, {"evidence": "none", "rooms": None}),
            ({"outcome": "not-done"}, False, False, {"evidence": "none"}),
            ({"done": ["the first half"]}, True, True, {"evidence": "none", "rooms": None}),
            ({"done": []}, False, False, {"evidence": "none"}),
        ],
    )
    def test_a_failure_claims_no_effect_and_denies_none_that_may_be(
        self, deed: Make, details: dict[str, Any], changed: bool, may: bool, facts: dict[str, Any]
    ) -> None:
        taken = Taken(deed("first"), YES)
        taken.fail(gone(**details))
        assert (taken.changed, taken.may_have_changed, taken.facts) == (changed, may, facts)
        assert taken.reason.startswith("Gone.")
        assert ("No answer tells" in taken.reason) is (details.get("outcome") == "unknown")

    def test_a_step_that_was_left_changed_nothing(self, deed: Make) -> None:
        taken = Taken(deed("first"), YES)
        taken.leave("the run stopped before")
        assert (taken.result, taken.changed, taken.may_have_changed) == ("not_attempted", False, False)


class TestOutcome:
    """All steps of a person together."""

    @pytest.mark.parametrize(
        ("results", "outcome"),
        [
            (["done", "nothing"], "done"),
            (["nothing", "nothing"], "nothing_to_do"),
            (["would", "nothing"], "would_be_done"),
            (["failed"], "failed"),
            (["failed", "left"], "failed"),
            (["failed", "nothing"], "failed"),
            (["done", "failed"], "half_done"),
            (["failed", "done"], "half_done"),
            (["done", "left"], "half_done"),
            (["left", "left"], "failed"),
        ],
    )
    def test_is_one(self, person: Callable[..., Person], results: list[str], outcome: str) -> None:
        assert person(*results).outcome == outcome
        assert outcome in OUTCOMES

    def test_where_nobody_knows_what_a_step_did_it_is_half_done(self, person: Callable[..., Person]) -> None:
        assert person("failed", outcome="unknown").outcome == "half_done"

    def test_whose_turn_did_not_come_was_not_attempted(self, person: Callable[..., Person]) -> None:
        waiting = person("?", "nothing")
        waiting.leave(STOPPED)
        assert waiting.outcome == "not_attempted"
        assert [taken.result for taken in waiting.taken] == ["not_attempted", "nothing_to_do"]
        unknown = Person(Wanted("username", "alice"))
        unknown.leave(STOPPED)
        assert unknown.outcome == "not_attempted"

    @pytest.mark.parametrize("results", [["done"], ["nothing"], ["failed"], ["done", "left"]])
    def test_who_has_a_result_keeps_it_when_the_run_ends(
        self, person: Callable[..., Person], results: list[str]
    ) -> None:
        served = person(*results)
        before = served.outcome
        served.leave(STOPPED)
        assert (served.outcome, served.error) == (before, None)

    def test_an_error_before_any_step_is_a_failure(self, person: Callable[..., Person]) -> None:
        checked = person("?")
        checked.fail(gone())
        assert (checked.outcome, checked.taken[0].reason) == ("failed", "the check failed")
        assert checked.first_error is checked.error


class TestDone:
    """What goes into the ledger."""

    def test_names_each_step_that_was_taken_and_whether_sessions_ended(self, person: Callable[..., Person]) -> None:
        served = person("done", "failed", "nothing", "done")
        assert served.done == ["step0", "step3"]
        served.taken[0].step.ends_sessions = True
        assert served.done == ["step0", "step3", "sessions"]

    def test_names_the_step_of_sessions_once(self, deed: Make) -> None:
        taken = Taken(deed("sessions"), YES)
        taken.step.ends_sessions = True
        taken.succeed(Done(1))
        assert Person(Wanted("username", "alice"), ALICE, taken=[taken]).done == ["sessions"]


class TestNames:
    """Whom an entry is about."""

    @pytest.mark.parametrize(
        ("wanted", "user", "name", "user_id"),
        [
            (Wanted("username", "Alice"), ALICE, "alice", "aliceId"),
            (Wanted("username", "Alice"), None, "Alice", None),
            (Wanted("user_id", "aliceId"), None, None, "aliceId"),
            (Wanted("user_id", "aliceId", "alice"), None, "alice", "aliceId"),
            (Wanted("email", "a@example.com"), None, None, None),
            (Wanted("email", "a@example.com"), ALICE, "alice", "aliceId"),
        ],
    )
    def test_are_as_the_server_writes_them_or_as_the_task_did(
        self, wanted: Wanted, user: User | None, name: str | None, user_id: str | None
    ) -> None:
        found = Person(wanted, user)
        assert (found.username, found.user_id) == (name, user_id)


class TestSentence:
    """One line on a person, for people."""

    @pytest.mark.parametrize(
        ("results", "says"),
        [
            (["done", "done"], "alice (aliceId): done it, done it"),
            (["would", "nothing"], "alice (aliceId): to do: done it, and nothing else: it was so already"),
            # The same evidence for several steps is told once.
            (["nothing", "nothing"], "alice (aliceId): nothing to do (it was so already)"),
            (["failed"], "alice (aliceId): step0 failed: Gone."),
            (["done", "failed", "left"], "alice (aliceId): HALF DONE (done it). step1 failed: Gone."),
            (["done", "left"], "alice (aliceId): HALF DONE (done it). step1 failed: the run stopped before"),
        ],
    )
    def test_tells_what_became_of_them(self, person: Callable[..., Person], results: list[str], says: str) -> None:
        assert sentence(person(*results)) == says

    def test_tells_who_was_skipped_and_why(self) -> None:
        nobody = Person(Wanted("email", "a@example.com"), error=TargetError("user-not-found", "There is none."))
        assert sentence(nobody) == "a@example.com: failed: There is none."
        nobody.skip("There is none.")
        assert (nobody.outcome, nobody.first_error) == ("skipped", None)
        assert sentence(nobody) == "a@example.com: skipped: There is none."
        # It stays so when the run ends early.
        nobody.leave(TargetError("not-attempted", "No."))
        assert (nobody.outcome, nobody.first_error) == ("skipped", None)

    def test_that_nothing_is_known_of_is_told_from_nothing_done(self, person: Callable[..., Person]) -> None:
        assert sentence(person("failed", outcome="unknown")) == (
            "alice (aliceId): HALF DONE (see the failure). step0 failed: Gone. No answer tells whether it was done."
        )

    def test_names_who_was_not_found_as_far_as_it_can(self) -> None:
        assert sentence(Person(Wanted("username", "al"), error=gone())) == "al: failed: Gone."
        assert sentence(Person(Wanted("user_id", "alId"), error=gone())) == "alId: failed: Gone."
        assert sentence(Person(Wanted("username", "al"), error=STOPPED)) == f"al: {STOPPED.message}"

    def test_tells_what_became_of_rooms(self) -> None:
        taken = Taken(Status(active=False), YES)
        taken.succeed(Done(1, {"rooms_deleted": ["diary"]}))
        left = Person(Wanted("username", "alice"), ALICE, taken=[taken])
        assert sentence(left) == "alice (aliceId): deactivated (deactivated; rooms deleted: diary)"
        taken.succeed(Done(1, {"rooms_deleted": []}))
        assert sentence(left) == "alice (aliceId): deactivated"


class TestReport:
    """All people together."""

    def test_is_complete_at_any_time(self, person: Callable[..., Person], deed: Make) -> None:
        report = report_of(one(deed("step0"), "done"), person("done"), person("?"), Person(Wanted("username", "carol")))
        report.end(refusal("not-authenticated", "", {}))
        result = report.as_dict()
        assert [entry["outcome"] for entry in result["users"]] == ["done", "not_attempted", "not_attempted"]
        assert result["summary"] == {"done": 1, "not_attempted": 2}
        assert result["error"]["code"] == "not-authenticated"
        assert "(not-authenticated)" in result["users"][1]["error"]["message"]
        assert (result["changed"], result["users"][1]["changed"]) == (True, False)

    def test_only_what_the_server_does_not_show_is_forgotten(self, person: Callable[..., Person], deed: Make) -> None:
        job, forgets = one(deed("step0"), "done"), "NOT REMEMBERED: "
        assert report_of(job, person("done")).as_dict()["told"][-1].startswith(forgets)
        shown, own = Taken(Status(active=False), YES), Taken(deed("step0"), replace(YES, evidence="own_account"))
        for taken in (shown, own):
            taken.succeed(Done(1, {"rooms_deleted": []}))
            alice = Person(Wanted("username", "alice"), ALICE, taken=[taken])
            assert not report_of(job, alice).as_dict()["told"][-1].startswith(forgets)
        assert not report_of(job, person("would"), person("failed")).as_dict()["told"][-1].startswith(forgets)

    def test_what_was_said_first_is_the_message(self, deed: Make) -> None:
        report = Report(one(deed("step0"), "done"), [], message="Nobody was done.")
        report.end(gone())
        assert report.message == "Nobody was done."

    def test_a_job_of_one_step_tells_its_facts_also_of_whom_nothing_is_known(
        self, person: Callable[..., Person], deed: Make
    ) -> None:
        report = report_of(one(deed("step0"), "done"), person("done"), Person(Wanted("username", "carol")))
        entries = report.as_dict()["users"]
        assert [entry["evidence"] for entry in entries] == ["none", "none"]
        assert [entry["attempts"] for entry in entries] == [1, 0]
        whole = report_of(Job("offboard", "offboarded", [Line(deed("step0"))], whole=True), *report.people)
        assert all("evidence" not in entry for entry in whole.as_dict()["users"])

    @pytest.mark.parametrize(
        ("results", "told"), [(["done"], 1), (["done", "failed"], 1), (["failed"], 0), (["nothing"], 1), (["would"], 1)]
    )
    def test_what_is_left_behind_is_told_of_whom_something_was_done_for(
        self, person: Callable[..., Person], deed: Make, results: list[str], told: int
    ) -> None:
        left = Thing("email_codes", "", "Mind.")
        job = Job("recover", "recovered", [Line(deed("step0"))], whole=True, leaves=lambda _user, _version: [left])
        assert report_of(job, person(*results)).as_dict()["users"][0]["left_behind"] == [left.as_dict()] * told

    @pytest.mark.parametrize(
        ("come", "told"), [("done", ["stays", "new"]), ("would", ["stays"]), ("failed", ["stays", "in the way"])]
    )
    def test_what_a_step_leaves_behind(self, deed: Make, come: str, told: list[str]) -> None:
        plan = Plan(
            True,
            looked_at=["webhooks"],
            left_behind=[Thing("webhook", "stays")],
            at_stake=[Thing("webhook", "in the way", "Take it away.", "manage-webhooks")],
            kept=[Thing("role", "editor")],
        )
        taken = Taken(deed("step0"), plan)
        if come == "failed":
            taken.fail(TargetError("error-broken", "It broke."))
        else:
            taken.succeed(Done(1, left_behind=[Thing("webhook", "new")]) if come == "done" else None)
        user = User("aliceId", "alice", active=True, federated=False)
        report = report_of(
            Job("offboard", "offboarded", [Line(deed("step0"))], whole=True),
            Person(Wanted("username", "alice"), user, taken=[taken]),
        )
        (entry,) = report.as_dict()["users"]
        assert [thing["name"] for thing in entry["left_behind"]] == told
        assert entry["looked_at"] == ["webhooks"]
        assert entry["kept"] == [{"kind": "role", "name": "editor", "cure": "", "permission": ""}]

    def test_a_step_that_failed_half_way_tells_itself_what_is_still_there(self, deed: Make) -> None:
        taken = Taken(deed("step0"), Plan(True, at_stake=[Thing("webhook", "one"), Thing("webhook", "two")]))
        taken.fail(HalfDone("error-broken", "It broke.", ["one"], [Thing("webhook", "two")]))
        assert [thing.name for thing in taken.left_behind] == ["two"]
        assert taken.changed
        unchanged = Taken(deed("step0"), Plan(True))
        unchanged.fail(HalfDone("error-broken", "It broke.", [], []))
        assert not unchanged.changed

    def test_a_step_that_lost_its_connection_tells_what_was_not_done(self, deed: Make) -> None:
        taken = Taken(deed("step0"), Plan(True, at_stake=[Thing("webhook", "one"), Thing("webhook", "two")]))
        taken.fail(RocketChatError("connection-failed", "It is gone.", {"done": ["one"]}))
        assert [thing.name for thing in taken.left_behind] == ["two"]

    def test_a_step_that_turned_out_not_to_be_allowed_changed_nothing(self, deed: Make) -> None:
        taken = Taken(deed("step0"), Plan(True))
        taken.succeed(Done(2, left_behind=[Thing("webhook", "builds", "", "manage-webhooks")], changed=False))
        assert (taken.result, taken.changed, taken.attempts) == ("nothing_to_do", False, 2)
        assert taken.reason == "left as it was, for lack of permission: builds"

    def test_a_step_that_found_nothing_is_not_told_but_what_it_looked_at_is(self, deed: Make) -> None:
        looked = Taken(deed("step0"), nothing_there("webhooks", kept=[Thing("role", "editor")]))
        done = Taken(deed("step1"), Plan(True))
        done.succeed(Done(1))
        user = User("aliceId", "alice", active=True, federated=False)
        job = Job("offboard", "offboarded", [Line(deed("step0")), Line(deed("step1"))], whole=True)
        (entry,) = report_of(job, Person(Wanted("username", "alice"), user, taken=[looked, done])).as_dict()["users"]
        assert [step["step"] for step in entry["steps"]] == ["step1"]
        assert (entry["looked_at"], entry["outcome"]) == (["webhooks"], "done")
        assert [thing["name"] for thing in entry["kept"]] == ["editor"]
        assert "nothing else" not in entry["said"]

    def test_the_diff_shows_what_changes(self, person: Callable[..., Person], deed: Make) -> None:
        report = Report(one(deed("step0"), "done"), [person("would", "nothing", "would"), person("nothing")])
        assert report.diff() == [
            {
                "before_header": "alice (aliceId)",
                "after_header": "alice (aliceId)",
                "before": "off\noff\n",
                "after": "on\non\n",
            }
        ]


@pytest.mark.parametrize(
    ("people", "check_mode", "says", "bad"),
    [
        ([["done"]], False, "", 0),
        ([["failed"]], False, "alice: Gone.", 1),
        (
            [["failed"], ["done"], ["nothing"]],
            False,
            "1 of 3 accounts done, 1 failed, 0 not attempted. alice: Gone.",
            1,
        ),
        ([["failed"], ["would"]], True, "1 of 2 accounts would be done, 1 failed, 0 not attempted. alice: Gone.", 1),
    ],
)
def test_one_message_tells_what_failed(
    person: Callable[..., Person], deed: Make, people: list[list[str]], check_mode: bool, says: str, bad: int
) -> None:
    report = Report(one(deed("step0"), "done"), [person(*results) for results in people])
    assert summed_up(report, check_mode=check_mode) == (says, bad)


def test_whom_nobody_knows_is_told_as_the_task_named_them(deed: Make) -> None:
    nobody = Person(Wanted("email", "a@example.com"), error=gone())
    report = report_of(one(deed("step0"), "done"), nobody)
    assert summed_up(report, check_mode=False) == ("a@example.com: Gone.", 1)


def test_who_was_skipped_has_not_failed(person: Callable[..., Person], deed: Make) -> None:
    nobody = Person(Wanted("email", "a@example.com"))
    nobody.skip("There is none.")
    report = report_of(one(deed("step0"), "done"), nobody, person("done"))
    assert summed_up(report, check_mode=False) == ("", 0)
    assert report.as_dict()["summary"] == {"done": 1, "skipped": 1}


def test_who_was_not_attempted_is_counted_and_not_told(person: Callable[..., Person], deed: Make) -> None:
    waiting = person("?")
    waiting.leave(STOPPED)
    report = Report(one(deed("step0"), "done"), [person("failed"), waiting])
    words = "0 of 2 accounts done, 1 failed, 1 not attempted. alice: Gone."
    assert summed_up(report, check_mode=False) == (words, 1)


def test_times_are_utc_to_the_second() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", now())
