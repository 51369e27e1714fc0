# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A collections path with this collection alone, and a Java for those who need one."""

from __future__ import annotations

import pytest

from tests.eda.rulebook import java


@pytest.fixture(scope="session")
def needs_java() -> None:
    """The rules engine of ansible-rulebook is written in Java."""
    if java() is None:
        pytest.skip("ansible-rulebook needs Java 17 or later, and there is none: install it, or set JAVA_HOME")
