# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a long run is: written by the module to a file, read and shown by the action plugin."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable

# Names the file; set by the action plugin, and by nobody else.
VARIABLE = "_ROCKETCHAT_PROGRESS_FILE"
# Seconds; a run that is over before the first is not worth a line.
_FIRST = 3.0
_EVERY = 2.0
_writing = threading.Lock()


def line(phase: str, done: int, total: int, failed: int, seconds: float, step: str = "") -> str:
    """Return one line for a person: how far, how fast, what failed, how long it will take.

    >>> line("reset", 500, 2000, 2, 5.0)
    '500 of 2000 reset (100 a second, 2 failed), about 15 s left'
    """
    rate = done / seconds if seconds > 0 else 0.0
    left = f"about {(total - done) / rate:.0f} s left" if rate > 0 else "no estimate yet"
    pace = f"{rate:.0f} a second" if rate >= 1 else f"{rate * 60:.0f} a minute"
    failures = f", {failed} failed" if failed else ""
    at = f", at: {step}" if step else ""
    return f"{done} of {total} {phase} ({pace}{failures}), {left}{at}"


def tell(text: str) -> None:
    """Show one line at once, where somebody looks."""
    path = _path()
    if path:
        with _writing, open(path, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(text) + "\n")


def _path() -> str:
    path = os.environ.get(VARIABLE, "")
    return path if path and os.access(path, os.W_OK) else ""


class Progress:
    """Counts what is done in one phase of a run, and writes a line now and then."""

    def __init__(self, phase: str, total: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._shown = bool(_path())
        self._phase = phase
        self._total = total
        self._clock = clock
        self._start = clock()
        self._due = self._start + _FIRST
        self._done = self._failed = 0
        self._step = ""
        self._lock = threading.Lock()

    def at(self, step: str) -> None:
        """Note which step is being taken; with several people at a time, by the last who began one."""
        self._step = step

    def count(self, *, failed: bool) -> None:
        """Note that one more is done."""
        with self._lock:
            self._done += 1
            self._failed += failed
            now = self._clock()
            if not self._shown or now < self._due or self._done == self._total:
                return
            self._due = now + _EVERY
            tell(line(self._phase, self._done, self._total, self._failed, now - self._start, self._step))
