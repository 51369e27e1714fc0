# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines on a long run: seldom, true, and only where the action plugin asked for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.progress import VARIABLE, Progress, line, tell

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Clock


@pytest.mark.parametrize(
    ("done", "failed", "seconds", "text"),
    [
        (500, 2, 5.0, "500 of 2000 reset (100 a second, 2 failed), about 15 s left"),
        (500, 0, 5.0, "500 of 2000 reset (100 a second), about 15 s left"),
        (5, 0, 5.0, "5 of 2000 reset (1 a second), about 1995 s left"),
        (5, 0, 10.0, "5 of 2000 reset (30 a minute), about 3990 s left"),
        (0, 0, 5.0, "0 of 2000 reset (0 a minute), no estimate yet"),
        (5, 0, 0.0, "5 of 2000 reset (0 a minute), no estimate yet"),
    ],
)
def test_a_line_says_how_far_and_how_long(done: int, failed: int, seconds: float, text: str) -> None:
    assert line("reset", done, 2000, failed, seconds) == text


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file that the action plugin reads."""
    path = tmp_path / "progress"
    path.touch()
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def lines(path: Path) -> list[str]:
    """Return what the action plugin would show."""
    return [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]


def test_a_short_run_writes_nothing(file: Path, clock: Clock) -> None:
    progress = Progress("reset", 3, clock=clock)
    for _number in range(3):
        clock.sleep(0.9)
        progress.count(failed=False)
    assert lines(file) == []


def test_a_long_run_writes_after_three_seconds_and_then_every_two(file: Path, clock: Clock) -> None:
    progress = Progress("checked", 100, clock=clock)
    for number in range(8):
        clock.sleep(1)
        progress.count(failed=number == 3)
    assert [text.split(", about")[0] for text in lines(file)] == [
        "3 of 100 checked (1 a second)",
        "5 of 100 checked (1 a second, 1 failed)",
        "7 of 100 checked (1 a second, 1 failed)",
    ]


def test_the_last_one_is_left_to_the_result(file: Path, clock: Clock) -> None:
    progress = Progress("reset", 1, clock=clock)
    clock.sleep(60)
    progress.count(failed=False)
    assert lines(file) == []


@pytest.mark.parametrize("name", ["", "no-such-file"])
def test_without_a_file_that_can_be_written_nothing_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock, name: str
) -> None:
    monkeypatch.setenv(VARIABLE, name and str(tmp_path / name))
    progress = Progress("reset", 10, clock=clock)
    clock.sleep(60)
    progress.count(failed=False)
    tell("waiting")
    assert list(tmp_path.iterdir()) == []


def test_what_is_told_is_shown_at_once(file: Path) -> None:
    tell("waiting 42 s")
    tell('a "second" line')
    assert lines(file) == ["waiting 42 s", 'a "second" line']


def test_a_line_says_at_which_step_the_run_is(file: Path, clock: Clock) -> None:
    progress = Progress("offboarded", 9, clock=clock)
    for step in ("Sessions", "TOTP"):
        clock.sleep(4)
        progress.at(step)
        progress.count(failed=False)
    assert [text.rpartition(", ")[2] for text in lines(file)] == ["at: Sessions", "at: TOTP"]
