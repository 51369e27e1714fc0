# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as evidence that nothing needs doing, and what does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.emulator.testing import Emulator
from tests.integration.runner import (
    Ansible,
    Run,
    Task,
    bypassing,
    changed,
    codes,
    missing,
    requests_of,
    resets,
    verbs,
    warnings_of,
    with_token,
)

# Everybody in the emulator logged in last on 2025-06-02 at 07:30 UTC.
LATER = "2025-06-02T07:30:01Z"
EARLIER = "2025-06-02T07:29:59Z"


def in_days(days: int) -> str:
    """A time from now."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


@pytest.fixture(scope="class")
def run(modern: Emulator, ansible: Ansible) -> Run:
    """Evidence of each kind."""
    modern.permissions({"edit-other-user-totp": ["admin", "helpdesk", "narrow"]})
    modern.change_user("user00040", roles=["user", "narrow"])
    narrow = with_token(modern, "user00040", bypass=True)

    def task(name: str, **options: Any) -> Task:
        return Task(bypassing(modern, username=name, **options))

    return ansible(
        {
            "never": task("ned"),
            "never-forced": task("ned", force=True),
            "later": task("user00001", last_reset=LATER),
            "later-elsewhere": task("user00001", last_reset="2025-06-02T09:30:01+02:00"),
            "earlier-elsewhere": task("user00002", last_reset="2025-06-02T09:29:59+02:00"),
            "earlier": task("user00003", last_reset=EARLIER),
            "later-forced": task("user00004", last_reset=LATER, force=True),
            # What YAML makes of a time without quotes.
            "unquoted": task("user00005", last_reset=datetime(2025, 6, 2, 7, 30, 1, tzinfo=UTC)),
            "mapping": Task(
                bypassing(
                    modern,
                    usernames=["user00006", "user00007", "user00008"],
                    last_reset={"user00006": LATER, "user00007": EARLIER},
                )
            ),
            "blind-never": Task({**narrow, "username": "ned"}),
            "blind-later": Task({**narrow, "username": "user00009", "last_reset": LATER}),
        }
    )


class TestEvidence:
    """What the server lets the caller see of the last login."""

    @pytest.mark.parametrize(
        ("task", "evidence"),
        [
            ("never", "never_logged_in"),
            ("later", "last_reset"),
            ("later-elsewhere", "last_reset"),
            ("unquoted", "last_reset"),
        ],
    )
    def test_nothing_to_do(self, modern: Emulator, run: Run, task: str, evidence: str) -> None:
        """With evidence the account is not changed, and the entry says why."""
        result = run.results[task]
        (entry,) = result["users"]
        assert (result["changed"], entry["changed"], entry["evidence"]) == (False, False, evidence)
        assert (entry["totp_enabled_before"], entry["sessions_ended"], entry["attempts"]) == (False, False, 0)

    @pytest.mark.parametrize("task", ["never", "later", "later-elsewhere", "unquoted"])
    def test_nothing_is_sent(self, modern: Emulator, run: Run, task: str) -> None:
        """No write, and so no mail."""
        assert verbs(modern, task) == {"GET"}

    @pytest.mark.parametrize("task", ["earlier", "earlier-elsewhere", "never-forced", "later-forced"])
    def test_reset(self, modern: Emulator, run: Run, task: str) -> None:
        """A login after the time, or force: the reset is sent."""
        assert changed(run.results[task]) == [True]
        assert len(resets(modern, task)) == 1

    @pytest.mark.parametrize("task", ["earlier", "never-forced", "later-forced"])
    def test_reset_claims_no_knowledge(self, run: Run, task: str) -> None:
        """Where a reset is sent, the entry does not say what nobody knows."""
        (entry,) = run.results[task]["users"]
        assert (entry["totp_enabled_before"], entry["evidence"]) == (None, "none")

    def test_mapping_holds_for_each(self, run: Run) -> None:
        """Each target has its own time; whoever is not in the mapping is reset."""
        result = run.results["mapping"]
        assert changed(result) == [False, True, True]
        assert [entry["evidence"] for entry in result["users"]] == ["last_reset", "none", "none"]

    @pytest.mark.parametrize("task", ["blind-never", "blind-later"])
    def test_blind_caller_resets(self, run: Run, task: str) -> None:
        """Who does not see the last login cannot tell, and resets."""
        assert changed(run.results[task]) == [True]

    def test_blind_caller_is_warned(self, run: Run) -> None:
        """A last_reset that is of no use is said to be, with the permission that is missing."""
        wanted = ["last_reset", "user00009", "view-full-other-user-info"]
        assert missing(warnings_of(run.results["blind-later"]), wanted) == []


class TestTimes:
    """Times that cannot be right are refused before anything is sent."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, modern: Emulator, ansible: Ansible) -> Run:
        """One task for each."""
        two = ["alice", "bob"]
        return ansible(
            {
                "naive": Task(bypassing(modern, username="alice", last_reset="2025-06-03T07:30:00")),
                "naive-unquoted": Task(bypassing(modern, username="alice", last_reset=datetime(2025, 6, 3, 7, 30))),
                "day": Task(bypassing(modern, username="alice", last_reset="2025-06-03")),
                "words": Task(bypassing(modern, username="alice", last_reset="yesterday")),
                "number": Task(bypassing(modern, username="alice", last_reset=1748849400)),
                "future": Task(bypassing(modern, username="alice", last_reset=in_days(1))),
                "naive-in-mapping": Task(bypassing(modern, usernames=two, last_reset={"bob": "2025-06-03T07:30:00"})),
                "future-in-mapping": Task(bypassing(modern, usernames=two, last_reset={"bob": in_days(1)})),
                "one-for-two": Task(bypassing(modern, usernames=two, last_reset=LATER)),
                "stranger": Task(bypassing(modern, username="alice", last_reset={"alcie": LATER})),
                "since-alone": Task(bypassing(modern, username="alice", since=LATER)),
                "own": Task(bypassing(modern, own_account=True, last_reset=LATER)),
            }
        )

    @pytest.mark.parametrize(
        ("task", "advice"),
        [
            ("naive", ["last_reset", "offset"]),
            ("naive-unquoted", ["last_reset", "offset"]),
            ("day", ["last_reset", "offset"]),
            ("words", ["last_reset", "yesterday"]),
            ("number", ["last_reset", "1748849400"]),
            ("future", ["last_reset", "future"]),
            ("naive-in-mapping", ["bob", "offset"]),
            ("future-in-mapping", ["bob", "future"]),
            ("one-for-two", ["mapping"]),
            ("stranger", ["alcie"]),
            ("since-alone", ["since", "needs ledger"]),
            ("own", ["last_reset"]),
        ],
    )
    def test_refused(self, modern: Emulator, run: Run, task: str, advice: list[str]) -> None:
        """The option is named, and nothing is sent."""
        result = run.results[task]
        assert result["error"]["code"] == "invalid-input"
        assert missing(result["msg"], advice) == []
        assert requests_of(modern, task) == []


class TestEndingSessions:
    """A job of two actions whose second one is not allowed, against both dialects."""

    @pytest.fixture(scope="class")
    @classmethod
    def result(cls, server: Emulator, ansible: Ansible) -> dict[str, Any]:
        """The helpdesk's account may not end sessions."""
        names = ["user00005", "user00006"]
        return ansible({"end": Task(bypassing(server, usernames=names, end_sessions=True))}).results["end"]

    def test_refused_before_the_first_write(self, server: Emulator, result: dict[str, Any]) -> None:
        """The permission is named, and no account is left without a second factor and with its sessions."""
        assert (result["failed"], codes(result), changed(result)) == (True, ["not-attempted"] * 2, [False] * 2)
        assert "logout-other-user" in result["msg"]
        assert verbs(server, "end") == {"GET"}

    def test_sessions_that_did_not_end_are_not_claimed(self, result: dict[str, Any]) -> None:
        """Of nobody."""
        assert [entry["sessions_ended"] for entry in result["users"]] == [False, False]
