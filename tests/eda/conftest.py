# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A collections path with this collection alone, and a Java for those who need one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.eda.rulebook import java
from tests.emulator.testing import REPO_ROOT


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collections path that holds this collection alone."""
    root = tmp_path_factory.mktemp("collections")
    home = root / "ansible_collections" / "chatops"
    home.mkdir(parents=True)
    (home / "rocketchat").symlink_to(REPO_ROOT)
    return root


@pytest.fixture(scope="session")
def needs_java() -> None:
    """The rules engine of ansible-rulebook is written in Java."""
    if java() is None:
        pytest.skip("ansible-rulebook needs Java 17 or later, and there is none: install it, or set JAVA_HOME")
