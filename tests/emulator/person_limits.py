# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often parts of one person's profile may be changed, whoever changes them and whether the rate limiter is on."""

from __future__ import annotations

import math
from collections import defaultdict

from tests.emulator.clock import Clock
from tests.emulator.envelopes import ApiError

_WINDOW = 60.0
_CALLS = {"email": 1, "name": 1, "username": 1, "statusText": 5}


class PersonLimits:
    """Counts attempts by person and part; refused ones count as well."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._attempts: dict[tuple[str, str], list[float]] = defaultdict(list)

    def reset(self) -> None:
        """Forget all counts, as a minute does."""
        self._attempts.clear()

    def count(self, user_id: str, part: str) -> None:
        """Count one attempt, or refuse it."""
        now = self._clock.now()
        recent = [at for at in self._attempts[user_id, part] if at + _WINDOW > now]
        if len(recent) >= _CALLS[part]:
            seconds = math.ceil(recent[0] + _WINDOW - now)
            text = (
                "Error, too many requests. Please slow down. "
                f"You must wait {seconds} seconds before trying again. [error-too-many-requests]"
            )
            raise ApiError(None, text, status=429)
        self._attempts[user_id, part] = [*recent, now]
