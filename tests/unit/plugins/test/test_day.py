# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Days that may be compared as texts."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.test.day import TestModule as Plugin

day = Plugin().tests()["day"]


@pytest.mark.parametrize("value", ["2026-03-31", "2024-02-29", "0001-01-01"])
def test_a_day(value: str) -> None:
    assert day(value) is True


@pytest.mark.parametrize(
    "value",
    [
        *("31.03.2026", "03/31/2026", "2026-3-31", "20260331", "2026-W14-2", "2026-02-29", "2026-13-01", "0000-01-01"),
        *("2026-03-31 ", "2026-03-31\n", "2026-03-31T00:00:00", "٢٠٢٦-٠٣-٣١", "", None, 20260331),
    ],
)
def test_no_day(value: Any) -> None:
    assert day(value) is False
