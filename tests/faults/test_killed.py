# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed leaves nobody changed whom ledger and journal do not both name, and the next one finishes.

The seed stands in the name of each test; ``FAULTS_SEED=<seed>`` repeats it.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.testing import Emulator
from tests.faults.harness import LIMIT, seeds
from tests.faults.killing import (
    Offboarding,
    give_rooms_and_webhooks,
    kill_at,
    people,
    prepare,
    strike,
    wait_for_strike,
)

_PEOPLE = 40
# Two messages, three writes for each person, and the channel itself.
_WRITES = 3 * _PEOPLE + 3
_KILLS = 3
_OWNERS = 6
SEEDS = [seed + number for seed in seeds() for number in range(5)]


@pytest.fixture
def server() -> Iterator[Emulator]:
    """A server with people enough for some runs."""
    with Emulator("8.6", "--users", str(_KILLS * _PEOPLE)) as server:
        prepare(server, people(1, _KILLS * _PEOPLE))
        yield server


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: f"seed{seed}")
def test_killed_at_any_moment(server: Emulator, tmp_path: Path, seed: int) -> None:
    """Each time other people, with a ledger and a journal of their own."""
    choice = random.Random(seed)
    for number in range(_KILLS):
        names = people(1 + number * _PEOPLE, _PEOPLE)
        job = Offboarding(server, tmp_path, names, f"ledger-{number}", f"journal-{number}.jsonl")
        strike(server, choice, writes=_WRITES)
        kill_at(server, job.start(concurrency=choice.choice([1, 4])), choice)
        changed = job.changed()
        assert changed <= job.intended()
        assert changed <= job.announced()
        open_end = bool(job.records("begin")) and not job.records("end")
        _check_finished(job, job.run(), told=open_end)


def _check_finished(job: Offboarding, again: Any, *, told: bool) -> None:
    """The run after it has done everything, says what it found, and has mailed nobody who was mailed before."""
    assert not again.failed, again.data["msg"]
    assert job.finished()
    assert {entry["outcome"] for entry in again.users} <= {"done", "nothing_to_do"}
    assert ("never ended" in str(again.data.get("warnings", ""))) is told
    assert {job.notices()[f"{name}@example.test"] for name in job.names} == {1}


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: f"seed{seed}")
def test_killed_while_rooms_are_handed_over(server: Emulator, tmp_path: Path, seed: int) -> None:
    """Two writes for each room, one for each webhook: no room is lost, no webhook stays alive."""
    choice, names = random.Random(seed), people(1, _OWNERS)
    give_rooms_and_webhooks(server, names)
    job = Offboarding(server, tmp_path, names)
    strike(server, choice, writes=6 * _OWNERS + 2)
    kill_at(server, job.start(successor="bob"), choice)
    assert job.changed() <= job.intended()
    again = job.run(successor="bob")
    assert not again.failed, again.data["msg"]
    assert job.finished()
    assert job.left() == []
    assert {job.notices()[f"{name}@example.test"] for name in names} == {1}


def test_two_runs_at_once(server: Emulator, tmp_path: Path) -> None:
    """Who begins while another run is at work on the same people is told so, and does nothing to them."""
    first = Offboarding(server, tmp_path, people(1, _PEOPLE), journal="first.jsonl")
    second = Offboarding(server, tmp_path, people(1, _PEOPLE), journal="second.jsonl")
    server.fault("latency", {"path": "users.setActiveStatus", "nth": 5}, ms=3000)
    at_work = first.start(concurrency=4)
    end = time.monotonic() + LIMIT
    while not first.records("begin") and time.monotonic() < end:
        time.sleep(0.01)
    refused = second.run(ticket="HR-18")
    done = first.finish(at_work)
    assert (refused.failed, refused.code) == (True, "bad-targets")
    assert {entry["error"]["code"] for entry in refused.users} == {"another-run"}
    assert second.intended() == set()
    assert not done.failed, done.data["msg"]
    assert first.finished()
    assert {first.notices()[f"{name}@example.test"] for name in first.names} == {1}
    after = second.run()
    assert not after.failed
    assert {first.notices()[f"{name}@example.test"] for name in first.names} == {1}


def test_a_journal_that_vanishes(server: Emulator, tmp_path: Path) -> None:
    """The directory goes while somebody is being deactivated: they are finished, nobody further is begun."""
    job = Offboarding(server, tmp_path, people(1, _PEOPLE), journal="evidence/journal.jsonl")
    server.fault("latency", {"path": "users.setActiveStatus", "nth": 5}, ms=1000)
    process = job.start(concurrency=1)
    wait_for_strike(server, process)
    shutil.rmtree(tmp_path / "evidence")
    result = job.finish(process)
    assert (result.failed, result.code) == (True, "journal-failed")
    assert result.data["summary"] == {"done": 5, "not_attempted": _PEOPLE - 5}
    assert job.changed() == set(job.names[:5])
    again = job.run()
    assert not again.failed, again.data["msg"]
    assert job.finished()
