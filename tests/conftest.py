# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several suites need."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emulator.testing import REPO_ROOT


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collections path that holds this collection alone."""
    root = tmp_path_factory.mktemp("collections")
    home = root / "ansible_collections" / "chatops"
    home.mkdir(parents=True)
    (home / "rocketchat").symlink_to(REPO_ROOT)
    return root
