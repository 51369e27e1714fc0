# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every playbook runs unchanged over many workspaces: what is wrong with one stops that one alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.testing import Emulator
from tests.workspaces.conftest import EXAMPLE, HOSTS, Player, Run, Workspaces, token_of

OFFBOARD = "chatops.rocketchat.offboard"
FIRST, SECOND, DOWN = HOSTS


def gone(server: Emulator, name: str = "alice") -> bool:
    """Whether nothing is left to get in with."""
    user = server.user(name)
    return not user["active"] and user["totp"] is None and user["tokens"]["total"] == 0


def untouched(server: Emulator, name: str = "alice") -> bool:
    """Whether an account is as the world made it."""
    user = server.user(name)
    return bool(user["active"] and user["totp"] and user["tokens"]["total"] == 2)


def writes(server: Emulator) -> list[str]:
    """What was sent but for reading."""
    return [entry["path"] for entry in server.requests() if entry["method"] != "GET"]


@pytest.fixture(scope="class")
def runs(play: Player, workspaces: Workspaces) -> tuple[Run, Run]:
    """A run with one workspace down, and the same command again when it is up."""
    given: dict[str, Any] = {"user_access_usernames": "alice", "user_access_ticket": "HR-1"}
    workspaces.start(FIRST, SECOND)
    first = play(OFFBOARD, **given)
    assert [gone(workspaces[host]) for host in (FIRST, SECOND)] == [True, True], first.output
    workspaces.start(DOWN)
    return first, play(OFFBOARD, **given)


@pytest.fixture(scope="class")
def started(workspaces: Workspaces) -> Workspaces:
    """Three workspaces that are up."""
    workspaces.start(*HOSTS)
    return workspaces


class TestOneDown:
    """Three workspaces, one of them down; later it is up again."""

    def test_the_others_are_served(self, runs: tuple[Run, Run], workspaces: Workspaces) -> None:
        for host in (FIRST, SECOND):
            assert gone(workspaces[host])
            assert untouched(workspaces[host], "bystander")

    def test_the_run_fails_and_names_the_one_that_is_down(self, runs: tuple[Run, Run], workspaces: Workspaces) -> None:
        first = runs[0]
        assert first.rc == 2, first.output
        assert set(first.recap) == set(HOSTS)
        assert first.failed == {DOWN}
        failures = [line for line in first.output.splitlines() if line.startswith(f"fatal: [{DOWN}]")]
        assert workspaces.address(DOWN) in failures[-1]

    def test_the_report_of_the_one_that_is_down_says_which_it_is(
        self, runs: tuple[Run, Run], workspaces: Workspaces
    ) -> None:
        failures = {name: records[-1]["failure"] for name, records in runs[0].records.items()}
        ((name, failure),) = [(name, failure) for name, failure in failures.items() if failure]
        assert name.startswith(f"offboard-{DOWN}-")
        assert workspaces.address(DOWN) in failure
        assert f"Offboarding on {workspaces.url(DOWN)} ({DOWN}), ticket HR-1" in runs[0].output

    def test_each_workspace_has_a_report_of_its_own(self, runs: tuple[Run, Run], workspaces: Workspaces) -> None:
        for run in runs:
            assert len(run.reports) == 2 * len(HOSTS)
        second = {records[0]["workspace"] for records in runs[1].records.values()}
        assert second == {workspaces.url(host) for host in HOSTS}

    def test_the_same_command_again_finishes(self, runs: tuple[Run, Run], workspaces: Workspaces) -> None:
        second = runs[1]
        assert second.rc == 0, second.output
        assert gone(workspaces[DOWN])
        # Where it was done before, the ledger says so, and nothing is done once more.
        assert {host: counts["changed"] for host, counts in second.recap.items()} == {FIRST: 0, SECOND: 0, DOWN: 1}

    def test_every_workspace_saw_its_own_token_alone(self, runs: tuple[Run, Run], workspaces: Workspaces) -> None:
        for host in HOSTS:
            given = {entry["headers"].get("x-auth-token") for entry in workspaces[host].requests()}
            assert given - {None} == {token_of(host)}

    def test_no_token_is_shown(self, runs: tuple[Run, Run]) -> None:
        text = "".join(run.output + "".join(file.read_text() for file in run.reports) for run in runs)
        assert [host for host in HOSTS if token_of(host) in text] == []


class TestAllUp:
    """What concerns the people and the credentials."""

    def test_who_is_unknown_in_one_workspace_stops_that_one_alone(self, play: Player, started: Workspaces) -> None:
        run = play(OFFBOARD, user_access_usernames="nora")
        assert run.rc == 2, run.output
        assert run.failed == set(HOSTS) - {FIRST}
        assert gone(started[FIRST], "nora")
        assert [writes(started[host]) for host in HOSTS[1:]] == [[], []]

    def test_find_person_tells_who_is_behind_a_name(self, play: Player, started: Workspaces) -> None:
        run = play(str(EXAMPLE / "find_person.yml"), username="alice")
        assert run.rc == 0, run.output
        assert [host for host in HOSTS if f"Alice of {host} (alice@example.test), active" not in run.output] == []

    def test_find_person_says_where_nobody_has_the_name(self, play: Player, started: Workspaces) -> None:
        run = play(str(EXAMPLE / "find_person.yml"), username="nobody-has-this")
        assert run.rc == 0, run.output
        assert run.output.count("nobody of this name") == len(HOSTS)

    def test_a_missing_token_is_never_taken_from_another_workspace(self, play: Player, started: Workspaces) -> None:
        before = len(started[SECOND].requests())
        run = play(
            "chatops.rocketchat.doctor",
            environment={f"CHAT_TOKEN_{SECOND.upper()}": "", "ROCKETCHAT_TOKEN": token_of(FIRST)},
        )
        assert run.failed == {SECOND}, run.output
        assert f"Set CHAT_TOKEN_{SECOND.upper()}" in run.output
        assert len(started[SECOND].requests()) == before

    def test_a_host_without_address_is_never_served_elsewhere(self, play: Player, started: Workspaces) -> None:
        before = len(started[FIRST].requests())
        run = play(
            "chatops.rocketchat.doctor",
            "madrid",
            environment={"ROCKETCHAT_URL": started.url(FIRST), "CHAT_TOKEN_MADRID": "token-of-madrid"},
        )
        assert run.failed == {"madrid"}, run.output
        assert "Set user_access_api_url of madrid" in run.output
        given = {entry["headers"].get("x-auth-token") for entry in started[FIRST].requests()[before:]}
        assert given - {None} == {token_of(FIRST)}
