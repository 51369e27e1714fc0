# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rate limit: waiting exactly as long as the server says, and no longer than the task allows in sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import Refused
from ansible_collections.chatops.rocketchat.plugins.module_utils._rate_limit import RateLimit, wait_seconds

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Clock

WORDS = (
    "Error, too many requests. Please slow down. You must wait 42 seconds before trying this endpoint again."
    " [error-too-many-requests]"
)
NOW = 1_772_366_400.0


def test_the_servers_words_are_the_authority() -> None:
    assert wait_seconds(WORDS, {"x-ratelimit-reset": str(int(NOW + 7) * 1000)}, NOW) == 42


@pytest.mark.parametrize(("milliseconds", "seconds"), [(7_000, 7), (1_500, 1.5)])
def test_the_reset_header_in_milliseconds_stands_in_where_the_words_name_no_time(
    milliseconds: int, seconds: float
) -> None:
    headers = {"x-ratelimit-reset": str(int(NOW * 1000) + milliseconds)}
    assert wait_seconds("Too many requests", headers, NOW) == pytest.approx(seconds)


def test_a_reset_header_from_a_clock_that_is_years_off_is_not_waited_for() -> None:
    headers = {"x-ratelimit-reset": str(int(NOW * 1000) * 2)}
    assert wait_seconds("", headers, NOW) <= 3600


@pytest.mark.parametrize("headers", [{}, {"x-ratelimit-reset": ""}, {"x-ratelimit-reset": "soon"}])
def test_one_window_is_waited_for_where_the_server_names_no_time(headers: dict[str, str]) -> None:
    assert wait_seconds("", headers, NOW) == 60


def test_an_open_gate_makes_nobody_wait(clock: Clock) -> None:
    RateLimit(10, clock=clock, sleep=clock.sleep).pass_gate()
    assert clock.slept == []


def test_a_held_gate_opens_after_exactly_the_time_said(clock: Clock) -> None:
    limit = RateLimit(100, clock=clock, sleep=clock.sleep)
    limit.hold(42, WORDS)
    limit.pass_gate()
    assert sum(clock.slept) == 42


def test_workers_told_to_wait_at_the_same_time_wait_together_and_are_charged_once(clock: Clock) -> None:
    limit = RateLimit(50, clock=clock, sleep=clock.sleep)
    for _worker in range(3):
        limit.hold(42, WORDS)
    limit.pass_gate()
    assert sum(clock.slept) == 42


def test_a_shorter_wait_does_not_open_the_gate_earlier(clock: Clock) -> None:
    limit = RateLimit(100, clock=clock, sleep=clock.sleep)
    limit.hold(42, WORDS)
    limit.hold(5, WORDS)
    limit.pass_gate()
    assert sum(clock.slept) == 42


def test_a_wait_that_uses_up_the_budget_to_the_second_is_made(clock: Clock) -> None:
    limit = RateLimit(42, clock=clock, sleep=clock.sleep)
    limit.hold(42, WORDS)
    limit.pass_gate()
    assert sum(clock.slept) == 42


def test_a_wait_beyond_the_budget_is_refused_at_once(clock: Clock) -> None:
    limit = RateLimit(41, clock=clock, sleep=clock.sleep)
    with pytest.raises(Refused) as caught:
        limit.hold(42, WORDS)
    assert caught.value.code == "error-too-many-requests"
    assert caught.value.details == {"wait_seconds": 42, "wait_left": 41}
    assert caught.value.ends_run
    assert "rate_limit_wait" in caught.value.message
    limit.pass_gate()
    assert clock.slept == []


def test_the_budget_is_for_all_waits_of_a_task_together(clock: Clock) -> None:
    limit = RateLimit(100, clock=clock, sleep=clock.sleep)
    for _window in range(2):
        limit.hold(42, WORDS)
        limit.pass_gate()
    with pytest.raises(Refused) as caught:
        limit.hold(42, WORDS)
    assert caught.value.details["wait_left"] == 16
    assert sum(clock.slept) == 84


def test_a_server_that_always_says_wait_no_time_is_not_asked_for_ever(clock: Clock) -> None:
    limit = RateLimit(10, clock=clock, sleep=clock.sleep)
    with pytest.raises(Refused):
        for _answer in range(1000):
            limit.hold(0, WORDS)
            limit.pass_gate()
