# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which day it is somewhere."""

from __future__ import annotations

DOCUMENTATION = r"""
name: day_in
short_description: Tell which day a moment is in a time zone
version_added: 2.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Returns the day of a moment in a time zone, in the form that the test P(chatops.rocketchat.day#test) takes.
positional: _input, zone
options:
  _input:
    description: A moment, as C(now(utc=true\)) gives it.
    type: raw
    required: true
  zone:
    description: Name of the zone in the database of time zones, such as V(Europe/Berlin).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Tell which day it is in Berlin
  ansible.builtin.debug:
    msg: "{{ now(utc=true) | chatops.rocketchat.day_in('Europe/Berlin') }}"
"""

RETURN = r"""
_value:
  description: The day, such as V(2026-03-31).
  type: str
"""

from collections.abc import Callable
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from ansible.errors import AnsibleFilterError


def day_in(moment: datetime, zone: str) -> str:
    """Take a moment without a zone for UTC, as Ansible's now(utc=true) means it."""
    try:
        there = ZoneInfo(str(zone))
    except (OSError, ValueError, KeyError):
        raise AnsibleFilterError(
            f"There is no time zone {zone!r}. Name one such as Europe/Berlin; the controller needs a database of time"
            " zones (tzdata) for it."
        ) from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return aware.astimezone(there).date().isoformat()


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return it by name."""
        return {"day_in": day_in}
