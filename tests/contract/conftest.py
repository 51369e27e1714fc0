# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One replay a version, shared by the tests of its scenarios."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest

from tests.contract.replay import Outcome, Replay
from tests.emulator.testing import Emulator


@dataclass(frozen=True)
class Replayed:
    """A finished replay."""

    replay: Replay
    outcomes: dict[str, Outcome]


@pytest.fixture(scope="session")
def replayed() -> Callable[[str], Replayed]:
    """The replay of a version, run when its first test asks for it."""

    @cache
    def run(version: str) -> Replayed:
        with Emulator(version) as emulator:
            replay = Replay(emulator, version)
            return Replayed(replay, replay.run())

    return run
