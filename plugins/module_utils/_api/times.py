# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times as the server writes them and as tasks give them: ISO 8601, always with an offset."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

# Python before 3.11 knows neither Z nor fractions of any length.
_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?[0-5]\d)", re.IGNORECASE
)


def parse_time(text: str) -> datetime | None:
    """Return an ISO 8601 time with an offset as an aware datetime in UTC, or ``None`` when it is none."""
    match = _FORM.fullmatch(text.strip())
    if not match:
        return None
    day, clock, fraction, offset = match.groups()
    clock = clock if clock.count(":") == 2 else f"{clock}:00"
    offset = "+00:00" if offset in "Zz" else f"{offset[:3]}:{offset[-2:]}"
    micros = (fraction or "0")[:6].ljust(6, "0")
    try:
        return datetime.fromisoformat(f"{day}T{clock}.{micros}{offset}").astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def parse_http_date(text: str) -> datetime | None:
    """Return the time of a ``Date`` header as an aware datetime, or ``None`` when it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError, IndexError):
        # Python 3.9 and 3.10 raise the first and the last as well.
        return None
    return moment if moment.tzinfo else None


def iso(moment: datetime) -> str:
    """Return a time as the server writes it: UTC, milliseconds, ``Z``."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
