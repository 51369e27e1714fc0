# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rate limiter: calls per address, route and verb in a window; of methods, per account and per token."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.emulator import settings
from tests.emulator.envelopes import ApiError, Reply, too_many_requests

if TYPE_CHECKING:
    from tests.emulator.call import Call
    from tests.emulator.server import Server

_METHOD_CALLS_A_USER = 20
_METHOD_CALLS_A_TOKEN = 10
_METHOD_SECONDS = 10.0


@dataclass
class _Window:
    started: float
    calls: int = 0


class RateLimiter:
    """Counts calls; answers in place of the endpoint when there were too many."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._windows: dict[tuple[str, str, str], _Window] = {}

    def reset(self) -> None:
        """Forget all counts."""
        self._windows.clear()

    def check(self, call: Call, route: str) -> Reply | None:
        """Count one call; an answer when it is refused. Adds the headers either way."""
        values = self._server.settings
        if not values[settings.RATE_LIMITER] or not self._server.speak.limits_requests:
            return None
        if route.startswith("method.call/"):
            return None
        if route != "login" and call.may("api-bypass-rate-limit"):
            return None
        limit = int(values[settings.RATE_LIMIT_CALLS])
        length = float(values[settings.RATE_LIMIT_TIME]) / 1000
        now = self._server.clock.now()
        key = (call.remote, route, call.method)
        window = self._windows.get(key)
        if window is None or now >= window.started + length:
            window = self._windows[key] = _Window(now)
        window.calls += 1
        reset_at = window.started + length
        if values[settings.RATE_LIMIT_HEADERS]:
            call.extra_headers.update(
                {
                    "X-RateLimit-Limit": str(limit),
                    "X-RateLimit-Remaining": str(max(0, limit - window.calls)),
                    "X-RateLimit-Reset": str(int(reset_at * 1000)),
                }
            )
        if window.calls <= limit:
            return None
        left = max(0.0, reset_at - now)
        return too_many_requests(math.ceil(left), int(left * 1000), bool(values[settings.RATE_LIMIT_OLD_FORM]))

    def check_method(self, call: Call) -> None:
        """Count one call of a method, which has limits of its own; no permission lifts them."""
        if not self._server.settings[settings.RATE_LIMITER] or call.token is None:
            return
        now = self._server.clock.now()
        for holder, limit in ((call.user.id, _METHOD_CALLS_A_USER), (call.token.token, _METHOD_CALLS_A_TOKEN)):
            key = (holder, call.argument, "method")
            window = self._windows.get(key)
            if window is None or now >= window.started + _METHOD_SECONDS:
                window = self._windows[key] = _Window(now)
            window.calls += 1
            if window.calls > limit:
                left = window.started + _METHOD_SECONDS - now
                text = f"You must wait {math.ceil(left)} seconds before trying again."
                reason = f"Error, too many requests. Please slow down. {text}"
                raise ApiError("too-many-requests", reason, {"timeToReset": int(left * 1000)})
