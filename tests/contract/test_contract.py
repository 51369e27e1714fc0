# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator answers what the recorded servers answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.contract import unplayed
from tests.contract.conftest import Replayed
from tests.contract.recordings import VERSIONS, scenarios
from tests.contract.starts import STARTS, Start
from tests.emulator.registry import Routes
from tests.emulator.server import ENDPOINT_MODULES
from tests.emulator.versions import Speak

CASES = [(start.name, recording["scenario"]) for start in STARTS for recording in start.scenarios()]

# Exchanges that cannot be replayed, by (version, scenario, step), each with its reason.
_ANOTHER_TOKEN = "the recorder named another token than the one that was sent or given"
EXCEPTIONS: dict[tuple[str, str, str], str] = {
    (
        "8.6",
        "01-users-create",
        "create-duplicate-email",
    ): "an earlier stand-in for the database found no address in use",
    ("7.7", "02-login", "resume"): _ANOTHER_TOKEN,
    ("7.7", "44-rate-limit", "login-12"): _ANOTHER_TOKEN,
    ("7.7", "44-rate-limit", "login-13"): _ANOTHER_TOKEN,
}


@pytest.mark.parametrize(("start", "scenario"), CASES)
def test_scenario(start: str, scenario: str, replayed: Callable[[str], Replayed]) -> None:
    """Each exchange of a scenario: answer, effect on the accounts, mails."""
    outcome = replayed(start).outcomes[scenario]
    version = start.partition(":")[0]
    excused = tuple(f"{step}: " for (v, s, step) in EXCEPTIONS if (v, s) == (version, scenario))
    problems = [problem for problem in outcome.problems if not problem.startswith(excused or ("\0",))]
    assert not problems, "\n".join(["the emulator differs from the recording:", *problems])


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.name)
def test_everything_was_compared(start: Start, replayed: Callable[[str], Replayed]) -> None:
    """No exchange is left out but those to endpoints that the emulator does not have."""
    result = replayed(start.name)
    compared = sum(outcome.compared for outcome in result.outcomes.values())
    effects = sum(outcome.effects for outcome in result.outcomes.values())
    mails = sum(outcome.mail_checks for outcome in result.outcomes.values())
    print(f"{start.name}: {compared} exchanges, {effects} states and {mails} sets of mails compared")
    print(f"by rule: {result.replay.comparer.rules_used}")
    requests = [exchange["request"] for recording in start.scenarios() for exchange in recording["exchanges"]]
    left_out = sum(outcome.unplayed for outcome in result.outcomes.values())
    assert compared == sum(unplayed.reason(request) is None for request in requests)
    assert compared + left_out == len(requests)
    assert result.replay.states.alignments == list(start.deduced)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_recording_has_one_start(version: str) -> None:
    """Each scenario is replayed once, and no exception or preparation is about a step that does not exist."""
    starts = [start for start in STARTS if start.version == version]
    replayed = [recording["scenario"] for start in starts for recording in start.scenarios()]
    assert replayed == [recording["scenario"] for recording in scenarios(version)]
    steps = {
        (recording["scenario"], exchange["step"])
        for recording in scenarios(version)
        for exchange in recording["exchanges"]
    }
    assert {(scenario, step) for (v, scenario, step) in EXCEPTIONS if v == version} <= steps


def test_steps_that_are_prepared_exist() -> None:
    """What is to be done before a step is done for some version."""
    steps = {
        (recording["scenario"], exchange["step"])
        for version in VERSIONS
        for recording in scenarios(version)
        for exchange in recording["exchanges"]
    }
    assert {step for start in STARTS for step in start.before} <= steps
    assert {name for start in STARTS for name in start.after} <= {scenario for scenario, _step in steps}


def test_what_is_not_replayed_has_no_endpoint() -> None:
    """The table of endpoints that are left out names nothing that was not recorded or that the emulator has."""
    assert ENDPOINT_MODULES
    recorded = Counter(
        unplayed.endpoint(exchange["request"])
        for version in VERSIONS
        for recording in scenarios(version)
        for exchange in recording["exchanges"]
    )
    routes = Routes(Speak.parse(VERSIONS[-1]))
    for verb, path in unplayed.ENDPOINTS:
        assert recorded[verb, path]
        found = routes.find(path)
        assert found is None or verb not in found[0]
