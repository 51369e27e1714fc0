# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A record of every API request, for tests that assert what a client sent."""

from __future__ import annotations

import asyncio
from typing import Any


class RequestLog:
    """Requests in the order in which they came."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self._came = asyncio.Event()

    def add(
        self,
        method: str,
        path: str,
        query: str,
        headers: dict[str, str],
        body: bytes,
        caller: str | None,
    ) -> dict[str, Any]:
        """Note a request; its status is filled in when an answer leaves."""
        entry: dict[str, Any] = {
            "n": len(self.entries) + 1,
            "method": method,
            "path": path,
            "query": query,
            "headers": headers,
            "body": body.decode("utf-8", "replace"),
            "as": caller,
            "status": None,
            "two_factor_code": headers.get("x-2fa-code"),
            "two_factor_method": headers.get("x-2fa-method"),
        }
        self.entries.append(entry)
        self._came.set()
        self._came = asyncio.Event()
        return entry

    async def come(self, endpoint: str) -> None:
        """Wait until there is a request of an endpoint."""
        while not any(entry["path"].endswith(f"/{endpoint}") for entry in self.entries):
            await self._came.wait()

    def clear(self) -> None:
        """Forget all requests."""
        self.entries.clear()
