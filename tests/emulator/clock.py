# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's clock: real time plus an offset that tests may move."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import formatdate


class Clock:
    """Wall clock with an offset in seconds."""

    def __init__(self) -> None:
        self.offset = 0.0
        # Added to the offset right after the next successful resetTOTP.
        self.advance_after_next_reset = 0.0

    def now(self) -> float:
        """Seconds since the epoch, as the server sees them."""
        return time.time() + self.offset

    def iso(self) -> str:
        """The present moment in the server's own notation."""
        return iso(self.now())

    def http_date(self) -> str:
        """The value of a Date header."""
        return formatdate(self.now(), usegmt=True)

    def note_reset(self) -> None:
        """Apply an advance that was asked for, once."""
        self.offset += self.advance_after_next_reset
        self.advance_after_next_reset = 0.0


def iso(seconds: float) -> str:
    """Seconds since the epoch as ISO 8601 with milliseconds, in UTC."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse_iso(text: str) -> float:
    """The reverse of :func:`iso`; also takes other ISO 8601 forms."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()
