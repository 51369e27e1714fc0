# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rate limit: waiting exactly as long as the server says, and no longer than the task allows in sum."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.rate_limit import RateLimit, wait_seconds

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Clock

WORDS = (
    "Error, too many requests. Please slow down. You must wait 42 seconds before trying this endpoint again."
    " [error-too-many-requests]"
)
NOW = 1_772_366_400.0
DATE = "Sun, 01 Mar 2026 12:00:00 GMT"
ROUTE = "POST v1/users.resetTOTP"


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


@pytest.mark.parametrize(
    ("own_clock", "seconds"),
    [
        pytest.param(NOW + 0.4, 6.6, id="the own clock knows the fraction that the header lacks"),
        pytest.param(NOW + 300, 6, id="a clock that is ahead is not believed"),
        pytest.param(NOW - 300, 7, id="nor is one that is behind"),
    ],
)
def test_the_time_to_reset_is_by_the_servers_clock(own_clock: float, seconds: float) -> None:
    headers = {"x-ratelimit-reset": str(int(NOW + 7) * 1000), "date": DATE}
    assert wait_seconds("", headers, own_clock) == pytest.approx(seconds)


def test_an_open_gate_makes_nobody_wait(clock: Clock) -> None:
    RateLimit(10, clock=clock, sleep=clock.sleep).pass_gate(ROUTE)
    assert clock.slept == []


def test_a_held_gate_opens_after_exactly_the_time_said(clock: Clock) -> None:
    limit = RateLimit(100, clock=clock, sleep=clock.sleep)
    limit.hold(42, WORDS)
    limit.pass_gate(ROUTE)
    assert sum(clock.slept) == 42


def test_workers_told_to_wait_at_the_same_time_wait_together_and_are_charged_once(clock: Clock) -> None:
    limit = RateLimit(50, clock=clock, sleep=clock.sleep)
    for _worker in range(3):
        limit.hold(42, WORDS)
    limit.pass_gate(ROUTE)
    assert sum(clock.slept) == 42


def test_a_shorter_wait_does_not_open_the_gate_earlier(clock: Clock) -> None:
    limit = RateLimit(100, clock=clock, sleep=clock.sleep)
    limit.hold(42, WORDS)
    limit.hold(5, WORDS)
    limit.pass_gate(ROUTE)
    assert sum(clock.slept) == 42


def test_a_wait_that_uses_up_the_budget_to_the_second_is_made(clock: Clock) -> None:
    limit = RateLimit(42, clock=clock, sleep=clock.sleep)
    limit.hold(42, WORDS)
    limit.pass_gate(ROUTE)
    assert sum(clock.slept) == 42


def test_a_wait_beyond_the_budget_is_refused_at_once(clock: Clock) -> None:
    limit = RateLimit(41, clock=clock, sleep=clock.sleep)
    with pytest.raises(Refused) as caught:
        limit.hold(42, WORDS)
    assert caught.value.code == "error-too-many-requests"
    assert caught.value.details == {"wait_seconds": 42, "wait_left": 41}
    assert caught.value.ends_run
    assert "rate_limit_wait" in caught.value.message
    limit.pass_gate(ROUTE)
    assert clock.slept == []


def test_the_budget_is_for_all_waits_of_a_task_together(clock: Clock) -> None:
    limit = RateLimit(100, clock=clock, sleep=clock.sleep)
    for _window in range(2):
        limit.hold(42, WORDS)
        limit.pass_gate(ROUTE)
    with pytest.raises(Refused) as caught:
        limit.hold(42, WORDS)
    assert caught.value.details["wait_left"] == 16
    assert sum(clock.slept) == 84


def test_a_server_that_always_says_wait_no_time_is_not_asked_for_ever(clock: Clock) -> None:
    limit = RateLimit(10, clock=clock, sleep=clock.sleep)
    with pytest.raises(Refused):
        for _answer in range(1000):
            limit.hold(0, WORDS)
            limit.pass_gate(ROUTE)


def told(remaining: int, *, limit: int = 10, rest: float = 60) -> dict[str, str]:
    """Headers of an answer."""
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(int((NOW + rest) * 1000)),
    }


def test_who_has_used_up_what_is_left_waits_for_the_next_window(clock: Clock) -> None:
    limit = RateLimit(100, clock=clock, sleep=clock.sleep)
    limit.hear(ROUTE, told(2), NOW)
    for _request in range(2):
        limit.pass_gate(ROUTE)
    assert clock.slept == []
    limit.pass_gate(ROUTE)
    assert sum(clock.slept) == 60


def test_the_next_window_has_as_many_requests_as_the_server_allows(clock: Clock) -> None:
    limit = RateLimit(1000, clock=clock, sleep=clock.sleep)
    limit.hear(ROUTE, told(9), NOW)
    for _request in range(9 + 10 + 10):
        limit.pass_gate(ROUTE)
    assert sum(clock.slept) == 120


def test_answers_that_overtake_each_other_do_not_give_requests_back(clock: Clock) -> None:
    limit = RateLimit(100, clock=clock, sleep=clock.sleep)
    limit.hear(ROUTE, told(1), NOW)
    limit.hear(ROUTE, told(5), NOW)
    limit.pass_gate(ROUTE)
    assert clock.slept == []
    limit.pass_gate(ROUTE)
    assert sum(clock.slept) == 60


def test_each_endpoint_has_a_window_of_its_own(clock: Clock) -> None:
    limit = RateLimit(100, clock=clock, sleep=clock.sleep)
    limit.hear(ROUTE, told(0), NOW)
    limit.pass_gate("GET v1/me")
    assert clock.slept == []


def test_workers_that_wait_for_the_same_window_are_charged_once(clock: Clock) -> None:
    # The clock stands still until all three have asked, as if they had come at the same moment.
    barrier = threading.Barrier(3, action=lambda: clock.sleep(60))
    limit = RateLimit(61, clock=clock, sleep=lambda _seconds: None if clock.slept else ignore(barrier.wait(10)))
    limit.hear(ROUTE, told(0), NOW)
    with ThreadPoolExecutor(3) as pool:
        for worker in [pool.submit(limit.pass_gate, ROUTE) for _worker in range(3)]:
            worker.result()
    with pytest.raises(Refused) as caught:
        limit.hold(2, WORDS)
    assert caught.value.details["wait_left"] == 1


def ignore(_value: object) -> None:
    """Return nothing, whatever is given."""


def test_where_the_budget_does_not_cover_the_next_window_the_server_shall_refuse(clock: Clock) -> None:
    limit = RateLimit(59, clock=clock, sleep=clock.sleep)
    limit.hear(ROUTE, told(0), NOW)
    limit.pass_gate(ROUTE)
    assert clock.slept == []
    with pytest.raises(Refused) as caught:
        limit.hold(60, WORDS)
    assert caught.value.details["wait_left"] == 59


def test_the_wait_for_a_window_and_a_refusal_in_it_are_charged_once(clock: Clock) -> None:
    limit = RateLimit(60, clock=clock, sleep=clock.sleep)
    limit.hear(ROUTE, told(0), NOW)
    limit.pass_gate(ROUTE)
    assert sum(clock.slept) == 60
    with pytest.raises(Refused) as caught:
        limit.hold(1, WORDS)
    assert caught.value.details["wait_left"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        told(0, rest=-5),
        told(0, rest=7200),
        told(0, limit=0),
        {**told(0), "x-ratelimit-remaining": "few"},
        {**told(0), "x-ratelimit-reset": "9" * 400},
        {**told(0), "x-ratelimit-limit": "-1"},
    ],
)
def test_headers_that_make_no_sense_make_nobody_wait(clock: Clock, headers: dict[str, str]) -> None:
    limit = RateLimit(10_000, clock=clock, sleep=clock.sleep)
    limit.hear(ROUTE, headers, NOW)
    limit.pass_gate(ROUTE)
    assert clock.slept == []
    assert limit.allowance is None


def limit_that_tells(clock: Clock, told: list[str], budget: float = 1000) -> RateLimit:
    """Return a limit, and keep what it tells."""
    return RateLimit(budget, clock=clock, sleep=clock.sleep, tell=told.append)


def test_a_wait_is_told_before_it_begins_and_counted(clock: Clock) -> None:
    heard: list[str] = []
    limit = limit_that_tells(clock, heard)
    limit.hold(42, WORDS)
    assert heard == ["the server's rate limit is reached: waiting 42 s, as it says"]
    assert clock.slept == []
    limit.pass_gate(ROUTE)
    assert limit.waited == 42


def test_a_wait_for_the_next_window_is_told_as_well(clock: Clock) -> None:
    """A server that tells what is left is never made to refuse, and keeps everybody waiting all the same."""
    heard: list[str] = []
    limit = limit_that_tells(clock, heard)
    limit.hear(ROUTE, told(0), NOW)
    limit.pass_gate(ROUTE)
    assert heard == ["the server's rate limit is reached: waiting 60 s, as it says"]
    assert limit.waited == 60


def test_workers_that_are_refused_one_after_another_tell_once(clock: Clock) -> None:
    heard: list[str] = []
    limit = limit_that_tells(clock, heard)
    for seconds in (42, 42, 41):
        limit.hold(seconds, WORDS)
        clock.now += 0.4
    assert len(heard) == 1
    assert limit.waited == pytest.approx(42.4)


def test_each_longer_wait_is_told(clock: Clock) -> None:
    heard: list[str] = []
    limit = limit_that_tells(clock, heard)
    for _window in range(2):
        limit.hold(42, WORDS)
        limit.pass_gate(ROUTE)
    limit.hold(0, WORDS)
    assert len(heard) == 2
    assert limit.waited == 84.5


def test_what_the_budget_does_not_cover_is_neither_waited_for_nor_told(clock: Clock) -> None:
    heard: list[str] = []
    limit = limit_that_tells(clock, heard, budget=41)
    with pytest.raises(Refused):
        limit.hold(42, WORDS)
    assert (heard, limit.waited) == ([], 0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "17"}, 17),
        ({"retry-after": "0"}, 0),
        # What a proxy says of its own limit is nearer than what the server said of its window.
        ({"retry-after": "17", "x-ratelimit-reset": str(int(NOW + 7) * 1000)}, 17),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:21 GMT"}, 21),
        ({"retry-after": "Sun, 01 Mar 2026 12:05:21 GMT", "date": "Sun, 01 Mar 2026 12:05:00 GMT"}, 21),
        ({"retry-after": "Sun, 01 Mar 2026 11:59:00 GMT"}, 0),
        ({"retry-after": "999999999"}, 3600),
        ({"retry-after": "Sun, 01 Mar 2099 12:00:00 GMT"}, 3600),
        ({"retry-after": "soon", "x-ratelimit-reset": str(int(NOW + 7) * 1000)}, 7),
        ({"retry-after": "soon"}, 60),
        ({"retry-after": ""}, 60),
    ],
)
def test_a_proxy_says_when_to_come_back_in_seconds_or_as_a_date(headers: dict[str, str], seconds: float) -> None:
    assert wait_seconds("slow down", headers, NOW) == pytest.approx(seconds)


def test_the_servers_words_go_before_what_a_proxy_says() -> None:
    assert wait_seconds(WORDS, {"retry-after": "17"}, NOW) == 42
