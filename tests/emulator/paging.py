# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long lists, a page at a time."""

from __future__ import annotations

from typing import Any, TypeVar

from tests.emulator.call import Call

Row = TypeVar("Row")

_DEFAULT_COUNT = 50
_MOST = 100


def page_of(call: Call, rows: list[Row]) -> tuple[list[Row], dict[str, Any]]:
    """The rows that a request asks for, and what the answer says about them; ``count=0`` means all."""
    offset = number_of(call, "offset", 0)
    count = min(number_of(call, "count", _DEFAULT_COUNT), _MOST) or len(rows)
    page = rows[offset : offset + count]
    return page, {"count": len(page), "offset": offset, "total": len(rows)}


def number_of(call: Call, name: str, default: int) -> int:
    """A number in the query; the default where there is none."""
    text = call.query.get(name, "")
    return int(text) if text.isdigit() else default
