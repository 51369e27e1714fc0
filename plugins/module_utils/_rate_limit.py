# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting as long as the server says, within the budget of the task."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from typing import Callable

from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import Refused, refusal
from ansible_collections.chatops.rocketchat.plugins.module_utils._stop import pause

_WAIT_TEXT = re.compile(r"must wait (\d+) seconds")
# Where the server names no time at all: the length of its default window.
_DEFAULT_WAIT = 60.0
# The server rounds to whole seconds: "wait 0 seconds" is up to half of one, and must not become a loop without end.
_SHORTEST_WAIT = 0.5
# No budget allows it, and it can still be written as JSON.
_LONGEST_WAIT = 1e9


def wait_seconds(words: str, headers: Mapping[str, str], now: float) -> float:
    """Return how long the server wants the caller to wait.

    The text of the refusal is the authority; ``X-RateLimit-Reset`` (epoch milliseconds) stands in where it has none.
    """
    named = _WAIT_TEXT.search(words)
    if named:
        return min(float(named.group(1)), _LONGEST_WAIT)
    reset = headers.get("x-ratelimit-reset", "")
    if reset.isascii() and reset.isdigit():
        return min(max(0.0, float(reset) / 1000 - now), 3600.0)
    return _DEFAULT_WAIT


class RateLimit:
    """One gate for all workers of a client: whoever is told to wait makes everybody wait."""

    def __init__(
        self,
        budget: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = pause,
    ) -> None:
        self._left = budget
        self._clock = clock
        self._sleep = sleep
        self._opens = 0.0
        self._lock = threading.Lock()

    def pass_gate(self) -> None:
        """Return when the server may be asked again."""
        while True:
            with self._lock:
                rest = self._opens - self._clock()
            if rest <= 0:
                return
            self._sleep(rest)

    def hold(self, seconds: float, words: str) -> None:
        """Close the gate for ``seconds``.

        :raises Refused: ``error-too-many-requests`` when the budget does not cover the wait
        """
        with self._lock:
            opens = self._clock() + max(seconds, _SHORTEST_WAIT)
            longer = opens - max(self._opens, self._clock())
            if longer > self._left:
                raise self._refusal(seconds, words)
            if longer > 0:
                self._left -= longer
                self._opens = opens

    def _refusal(self, seconds: float, words: str) -> Refused:
        return refusal(
            "error-too-many-requests", words, {"wait_seconds": seconds, "wait_left": max(0.0, round(self._left, 1))}
        )
