# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An event filter for ansible-rulebook that says of each message whether it was sent just now.

Who records a message could otherwise send it again when the person is back. A condition cannot tell the time, and a
workflow of AWX looks at nothing but its survey.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

# That of playbooks/tasks/check_request.yml.
_LONGEST = timedelta(minutes=10)


def main(event: dict[str, Any]) -> dict[str, Any]:
    """Set ``sent_just_now``, by this machine's clock; whatever is no time such as 2026-03-31T17:00:00Z was not."""
    payload = event.get("payload")
    sent = payload.get("sent") if isinstance(payload, dict) else None
    event["sent_just_now"] = isinstance(sent, str) and _is_recent(sent)
    return event


def _is_recent(sent: str) -> bool:
    try:
        moment = datetime.strptime(sent, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(datetime.now(UTC) - moment) < _LONGEST
