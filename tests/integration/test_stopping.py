# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that end half way: who was done, who was not, and how the rest gets done."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from tests.emulator.cast import id_of
from tests.emulator.testing import Emulator
from tests.integration.conftest import StartEmulator
from tests.integration.runner import Ansible, Run, Task, bypassing, changed, codes, missing, names, resets, with_token


@dataclass(frozen=True)
class Stop:
    """One way to end after the first account: what happens to the second request."""

    name: str
    kind: str
    arguments: dict[str, Any]
    code: str
    advice: list[str]
    done_all_the_same: bool = False
    outcome: str | None = None


STOPS = [
    Stop("revoked", "revoke-token", {}, "not-authenticated", ["api_token", "revoked"]),
    Stop("dropped", "close-before", {}, "connection-lost", ["lost"], outcome="unknown"),
    Stop("done", "close-after", {}, "connection-lost", ["lost"], done_all_the_same=True, outcome="unknown"),
    Stop("cut", "cut-body", {}, "connection-lost", ["lost"], done_all_the_same=True, outcome="unknown"),
    Stop(
        "error-500",
        "status",
        {"status": 500, "body": {"success": False, "error": "boom"}},
        "server-error",
        ["boom"],
        outcome="unknown",
    ),
    Stop("error-502", "html", {"status": 502}, "bad-gateway", ["502", "proxy"], outcome="unknown"),
    Stop("page", "html", {"status": 200}, "not-json", ["api_url"], outcome="unknown"),
    Stop("garbage", "invalid-json", {}, "not-json", ["JSON"], outcome="unknown"),
]
BY_NAME = {stop.name: stop for stop in STOPS}
NAMES = [stop.name for stop in STOPS]


def targets(stop: str) -> list[str]:
    """Four accounts that belong to one of the runs alone."""
    first = 1 + 4 * NAMES.index(stop)
    return [f"user{number:05d}" for number in range(first, first + 4)]


@pytest.fixture(scope="class")
def run(modern: Emulator, ansible: Ansible) -> Run:
    """Each run sends two resets: one that is answered, one that is not."""
    tasks = {}
    for number, stop in enumerate(STOPS):
        modern.fault(stop.kind, {"path": "users.resetTOTP", "nth": 2 * number + 2}, **stop.arguments)
        # A caller of its own: one of them loses its token.
        caller = f"caller{number}"
        modern.control("users", {"username": caller, "roles": ["admin"]})
        options = with_token(modern, caller, bypass=True, retries=0, concurrency=1)
        tasks[stop.name] = Task({**options, "usernames": targets(stop.name)})
    return ansible(tasks)


@pytest.fixture(scope="class")
def rerun(modern: Emulator, run: Run, ansible: Ansible) -> Run:
    """The rest of each run, once more."""
    tasks = {}
    for stop in STOPS:
        rest = [entry["username"] for entry in run.results[stop.name]["users"] if not entry["changed"]]
        tasks[f"rest-{stop.name}"] = Task(with_token(modern, "gina", bypass=True, usernames=rest))
    return ansible(tasks)


class TestStopping:
    """Each way to stop."""

    @pytest.mark.parametrize("stop", NAMES)
    def test_everybody_is_accounted_for(self, run: Run, stop: str) -> None:
        """All four targets, in order, once."""
        assert names(run.results[stop]) == targets(stop)

    @pytest.mark.parametrize("stop", NAMES)
    def test_entries_tell_what_became_of_each(self, run: Run, stop: str) -> None:
        """The first was done, the second failed, the others had no turn."""
        result = run.results[stop]
        assert codes(result) == [None, BY_NAME[stop].code, "not-attempted", "not-attempted"]
        assert changed(result) == [True, False, False, False]
        assert [entry["attempts"] for entry in result["users"]] == [1, 1, 0, 0]

    @pytest.mark.parametrize("stop", NAMES)
    def test_run_failed_and_changed(self, run: Run, stop: str) -> None:
        """A run that did something is changed although it failed."""
        result = run.results[stop]
        assert (result["failed"], result["changed"]) == (True, True)
        assert result["error"]["code"] == BY_NAME[stop].code

    @pytest.mark.parametrize("stop", NAMES)
    def test_message_counts_and_advises(self, run: Run, stop: str) -> None:
        """One message: how many were done, who failed and why, how many were not attempted."""
        wanted = ["1 of 4 accounts reset", "1 failed", "2 not attempted", targets(stop)[1], *BY_NAME[stop].advice]
        assert missing(run.results[stop]["msg"], wanted) == []

    @pytest.mark.parametrize("stop", NAMES)
    def test_unknown_outcome_is_said(self, run: Run, stop: str) -> None:
        """Where no answer tells whether the reset was done, the entry says so."""
        error = run.results[stop]["users"][1]["error"]
        assert error["details"].get("outcome") == BY_NAME[stop].outcome

    @pytest.mark.parametrize("stop", NAMES)
    def test_server_agrees(self, modern: Emulator, run: Run, rerun: Run, stop: str) -> None:
        """Exactly two resets were sent."""
        assert len(resets(modern, stop)) == 2

    def test_sessions_of_those_without_a_turn_are_alive(self, run: Run) -> None:
        """Of an account that was not attempted it is known that its sessions did not end."""
        ended = {stop: [entry["sessions_ended"] for entry in run.results[stop]["users"][2:]] for stop in NAMES}
        assert ended == {stop: [False, False] for stop in NAMES}

    def test_refused_reset_ends_no_sessions(self, run: Run) -> None:
        """Nor of one that the server refused."""
        assert run.results["revoked"]["users"][1]["sessions_ended"] is False

    @pytest.mark.parametrize("stop", NAMES)
    def test_rerun_finishes(self, modern: Emulator, rerun: Run, stop: str) -> None:
        """With the rest named, a second run does the rest."""
        result = rerun.results[f"rest-{stop}"]
        assert names(result) == targets(stop)[1:]
        assert changed(result) == [True, True, True]
        assert [modern.user(name)["totp"] for name in targets(stop)] == [None] * 4


class TestContinue:
    """With on_error=continue, what concerns one account does not stop the others."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, modern: Emulator, ansible: Ansible) -> Run:
        """One account is deleted between look-up and reset; a token is revoked all the same."""
        refused = {"success": False, "error": "gone [error-invalid-user]", "errorType": "error-invalid-user"}
        modern.fault("status", {"path": "users.resetTOTP", "nth": 2}, status=400, body=refused)
        modern.fault("revoke-token", {"path": "users.resetTOTP", "nth": 5})
        options = with_token(modern, "gina", bypass=True, on_error="continue", concurrency=1)
        return ansible(
            {
                "one": Task({**options, "usernames": ["user00001", "user00002", "user00003"]}),
                "all": Task({**options, "user_ids": [id_of(f"user{n:05d}") for n in (4, 5, 6)]}),
            }
        )

    def test_others_are_done(self, run: Run) -> None:
        """The one fails, the rest is reset, the task fails."""
        result = run.results["one"]
        assert changed(result) == [True, False, True]
        assert codes(result) == [None, "error-invalid-user", None]
        assert (result["failed"], result["changed"]) == (True, True)

    def test_what_all_would_meet_stops(self, run: Run) -> None:
        """A revoked token ends the run for everybody."""
        result = run.results["all"]
        assert changed(result) == [True, False, False]
        assert codes(result) == [None, "not-authenticated", "not-attempted"]


class TestConcurrent:
    """With several requests in flight, the account of the run stays exact."""

    TARGETS = tuple(f"user{number:05d}" for number in range(1, 31))

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, modern: Emulator, ansible: Ansible) -> Run:
        """The token is revoked with the twelfth request; then the rest is done."""
        modern.fault("revoke-token", {"path": "users.resetTOTP", "nth": 12})
        options = with_token(modern, "gina", bypass=True, usernames=list(cls.TARGETS), concurrency=8)
        run = ansible({"stopped": Task(options)})
        rest = [entry["username"] for entry in run.results["stopped"]["users"] if not entry["changed"]]
        again = ansible({"rest": Task(with_token(modern, "gina", bypass=True, usernames=rest, concurrency=8))})
        run.results.update(again.results)
        return run

    def test_order_is_kept(self, run: Run) -> None:
        """Every target once, in the order given."""
        assert tuple(names(run.results["stopped"])) == self.TARGETS

    def test_eleven_were_done(self, run: Run) -> None:
        """As many are changed as the server has done."""
        assert sum(changed(run.results["stopped"])) == 11

    def test_the_others_failed_or_had_no_turn(self, run: Run) -> None:
        """Nobody is in between."""
        pairs = set(zip(changed(run.results["stopped"]), codes(run.results["stopped"]), strict=True))
        assert pairs == {(True, None), (False, "not-authenticated"), (False, "not-attempted")}

    def test_nothing_new_is_begun(self, modern: Emulator, run: Run) -> None:
        """After the refusal only what was under way still goes out."""
        assert 12 <= len(resets(modern, "stopped")) <= 12 + 7

    def test_rerun_finishes(self, modern: Emulator, run: Run) -> None:
        """The rest named again, everybody is done, and nobody twice."""
        assert set(changed(run.results["rest"])) == {True}
        assert {modern.user(name)["totp"] is None for name in self.TARGETS} == {True}
        assert len(resets(modern, "rest")) == 19


class TestProgress:
    """A run that takes some seconds says how far it is before it is over."""

    def test_shown(self, emulators: StartEmulator, ansible: Ansible) -> None:
        """In the terminal and in the log, but not where nobody would have waited."""
        slow = emulators("8.6", "--latency-ms", "100")
        many = [f"user{number:05d}" for number in range(1, 41)]
        run = ansible(
            {
                "long": Task(bypassing(slow, usernames=many, concurrency=1)),
                "short": Task(bypassing(slow, usernames=many[:3], concurrency=1)),
            }
        )
        assert changed(run.results["long"]) == [True] * 40
        lines = re.findall(r"rocketchat_user_totp_reset: (\d+) of (\d+) reset \(.*\), about \d+ s left", run.stdout)
        assert lines
        assert all(0 < int(done) < int(total) == 40 for done, total in lines)
        assert all(f"{done} of 40 reset" in run.log for done, _total in lines)
