# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks of the collection, run by name against a small workspace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.testing import Emulator
from tests.integration.role.play import Player


@pytest.fixture(scope="class")
def server(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A server with the ``world`` of the class, gone with the class, also when its tests fail."""
    with Emulator("8.6", world=request.cls.world) as emulator:
        yield emulator


@pytest.fixture(scope="class")
def play(server: Emulator, tmp_path_factory: pytest.TempPathFactory, collections: Path) -> Player:
    """Runs playbooks against the server."""
    return Player(server, tmp_path_factory.mktemp("play"), collections)
