# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A record of every API request, for tests that assert what a client sent."""

from __future__ import annotations

from typing import Any


class RequestLog:
    """Requests in the order in which they came."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

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
        return entry

    def clear(self) -> None:
        """Forget all requests."""
        self.entries.clear()
