# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One replay a start, shared by the tests of its scenarios."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest

from tests.contract.replay import Outcome, Replay
from tests.contract.starts import STARTS
from tests.emulator.testing import Emulator


@dataclass(frozen=True)
class Replayed:
    """A finished replay."""

    replay: Replay
    outcomes: dict[str, Outcome]


@pytest.fixture(scope="session")
def replayed() -> Callable[[str], Replayed]:
    """The replay of a start, by its name, run when its first test asks for it."""
    starts = {start.name: start for start in STARTS}

    @cache
    def run(name: str) -> Replayed:
        with Emulator(starts[name].version) as emulator:
            replay = Replay(emulator, starts[name])
            return Replayed(replay, replay.run())

    return run
