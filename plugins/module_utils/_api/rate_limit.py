# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting as long as the server says, within the budget of the task."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Callable

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, refusal
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.progress import tell
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.stop import pause
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.times import parse_http_date

_WAIT_TEXT = re.compile(r"must wait (\d+) seconds")
# Where the server names no time at all: the length of its default window.
_DEFAULT_WAIT = 60.0
# The server rounds to whole seconds: "wait 0 seconds" is up to half of one, and must not become a loop without end.
_SHORTEST_WAIT = 0.5
# No budget allows it, and it can still be written as JSON.
_LONGEST_WAIT = 1e9
# Headers that tell of more seconds come from a clock that is far off.
_LONGEST_WINDOW = 3600.0
_MANY_DIGITS = 18
# Ends of one and the same window differ by what the two clocks and the network add.
_SAME_WINDOW = 1.5


@dataclass
class _Window:
    """What an endpoint has left, and until when (by the monotonic clock), as far as its answers told."""

    left: int
    ends: float


@dataclass(frozen=True)
class Allowance:
    """How many requests the server allows for each endpoint in so many seconds, by its own headers."""

    requests: int
    seconds: float


def wait_seconds(words: str, headers: Mapping[str, str], now: float) -> float:
    """Return how long the server wants the caller to wait.

    The text of the refusal is the authority; where it has none, ``Retry-After`` (seconds or a date, which a proxy in
    front of the server sends) and ``X-RateLimit-Reset`` (epoch milliseconds) stand in.
    """
    named = _WAIT_TEXT.search(words)
    if named:
        return min(float(named.group(1)), _LONGEST_WAIT)
    rest = _retry_after(headers, now)
    rest = _until_reset(headers, now) if rest is None else rest
    return _DEFAULT_WAIT if rest is None else min(max(0.0, rest), _LONGEST_WINDOW)


def _retry_after(headers: Mapping[str, str], now: float) -> float | None:
    seconds = _number(headers, "retry-after")
    if seconds is not None:
        return float(seconds)
    moment = parse_http_date(headers.get("retry-after", ""))
    if moment is None:
        return None
    date = parse_http_date(headers.get("date", ""))
    return moment.timestamp() - (date.timestamp() if date else now)


def _until_reset(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds until the endpoint's window ends, or ``None`` where the server does not say."""
    reset = _number(headers, "x-ratelimit-reset")
    if reset is None:
        return None
    date = parse_http_date(headers.get("date", ""))
    if date is None:
        return reset / 1000 - now
    said = date.timestamp()
    # The time to reset is by the server's clock, whose header tells no fractions: the own clock may only fill those in.
    return reset / 1000 - min(max(now, said), said + 1)


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MANY_DIGITS else None


class RateLimit:
    """One gate for all workers of a client: whoever is told to wait makes everybody wait.

    What the server says is left of an endpoint's requests paces the workers, so that it need not refuse any. These
    headers are a hint: the refusal is the fact, and only it can end a run.
    """

    def __init__(
        self,
        budget: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = pause,
        tell: Callable[[str], None] = tell,
    ) -> None:
        self._left = budget
        self._tell = tell
        self._clock = clock
        self._sleep = sleep
        self._opens = 0.0
        self._paid_until = 0.0
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()
        self.allowance: Allowance | None = None
        self.waited = 0.0

    def pass_gate(self, route: str) -> None:
        """Return when the server may be asked for ``route`` again."""
        while True:
            with self._lock:
                rest = self._rest(route, self._clock())
            if rest <= 0:
                return
            self._sleep(rest)

    def hear(self, route: str, headers: Mapping[str, str], now: float) -> None:
        """Note what an answer says is left of the requests for ``route``.

        :arg now: seconds since the epoch
        """
        limit, left = _number(headers, "x-ratelimit-limit"), _number(headers, "x-ratelimit-remaining")
        rest = _until_reset(headers, now)
        if not limit or left is None or rest is None or not 0 < rest <= _LONGEST_WINDOW:
            return
        with self._lock:
            ends = self._clock() + rest
            window = self._windows.get(route)
            if window is not None and ends < window.ends + _SAME_WINDOW:
                # Answers overtake each other: the least of what they say is left is true.
                left = min(left, window.left)
            self._windows[route] = _Window(left, ends)
            longest = max(rest, self.allowance.seconds) if self.allowance else rest
            self.allowance = Allowance(limit, longest)

    def hold(self, seconds: float, words: str) -> None:
        """Close the gate for ``seconds``.

        :raises Refused: ``error-too-many-requests`` when the budget does not cover the wait
        """
        with self._lock:
            opens = self._clock() + max(seconds, _SHORTEST_WAIT)
            if not self._pay(opens):
                raise self._refusal(seconds, words)
            self._opens = max(self._opens, opens)

    def _rest(self, route: str, now: float) -> float:
        """Return how long to wait; when that is nothing, one request of the window is taken."""
        if self._opens > now:
            return self._opens - now
        window = self._windows.get(route)
        if window is None or self.allowance is None:
            return 0.0
        if now >= window.ends:
            # The next window begins with this request; as long as the last one, until an answer tells its end.
            window = self._windows[route] = _Window(self.allowance.requests, now + self.allowance.seconds)
        # Where the budget does not cover the wait, the server's refusal is what the run shall end with.
        if window.left <= 0 and self._pay(window.ends):
            return window.ends - now
        window.left -= 1
        return 0.0

    def _pay(self, until: float) -> bool:
        """Take a wait from the budget; workers that wait together pay once."""
        longer = until - max(self._paid_until, self._clock())
        if longer > self._left:
            return False
        if longer > 0:
            self._left -= longer
            self._paid_until = until
            self.waited += longer
            # Workers that are refused one after another add moments, which are no news.
            if longer > _SAME_WINDOW:
                self._tell(f"the server's rate limit is reached: waiting {longer:.0f} s, as it says")
        return True

    def _refusal(self, seconds: float, words: str) -> Refused:
        return refusal(
            "error-too-many-requests", words, {"wait_seconds": seconds, "wait_left": max(0.0, round(self._left, 1))}
        )
