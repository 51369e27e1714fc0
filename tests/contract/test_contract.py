# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator answers what the recorded servers answered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.contract.conftest import Replayed
from tests.contract.replay import VERSIONS, scenarios
from tests.contract.unrecorded import DEDUCED

CASES = [(version, recording["scenario"]) for version in VERSIONS for recording in scenarios(version)]
EXCHANGES = {version: sum(len(recording["exchanges"]) for recording in scenarios(version)) for version in VERSIONS}

# Exchanges that cannot be replayed, by (version, scenario, step), each with its reason.
EXCEPTIONS: dict[tuple[str, str, str], str] = {}


@pytest.mark.parametrize(("version", "scenario"), CASES)
def test_scenario(version: str, scenario: str, replayed: Callable[[str], Replayed]) -> None:
    """Each exchange of a scenario: answer, effect on the accounts, mails."""
    outcome = replayed(version).outcomes[scenario]
    excused = tuple(f"{step}: " for (v, s, step) in EXCEPTIONS if (v, s) == (version, scenario))
    problems = [problem for problem in outcome.problems if not problem.startswith(excused or ("\0",))]
    assert not problems, "\n".join(["the emulator differs from the recording:", *problems])


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_was_compared(version: str, replayed: Callable[[str], Replayed]) -> None:
    """No exchange is left out, and every exception is about an exchange that exists."""
    result = replayed(version)
    compared = sum(outcome.compared for outcome in result.outcomes.values())
    effects = sum(outcome.effects for outcome in result.outcomes.values())
    mails = sum(outcome.mail_checks for outcome in result.outcomes.values())
    print(f"{version}: {compared} exchanges, {effects} states and {mails} sets of mails compared")
    print(f"by rule: {result.replay.comparer.rules_used}")
    assert compared == EXCHANGES[version]
    assert result.replay.alignments == DEDUCED[version]
    steps = {
        (version, recording["scenario"], exchange["step"])
        for recording in scenarios(version)
        for exchange in recording["exchanges"]
    }
    assert {key for key in EXCEPTIONS if key[0] == version} <= steps
