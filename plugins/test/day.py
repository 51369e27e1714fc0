# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Days as they are compared: texts that sort by the calendar."""

from __future__ import annotations

DOCUMENTATION = r"""
name: day
short_description: Is this a day of the calendar, such as 2026-03-31
version_added: 2.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Tells whether a text is a day that exists, written as year, month and day with four, two and two digits and hyphens
    between them, and nothing around it.
  - Two texts of this form may be compared as texts. With one in another form, such as V(31.03.2026), that goes wrong
    without a word.
positional: _input
options:
  _input:
    description: What may be a day.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Make sure that the day can be compared
  ansible.builtin.assert:
    that: leaves_on is chatops.rocketchat.day
  vars:
    leaves_on: "2026-03-31"
"""

RETURN = r"""
_value:
  description: Whether it is one.
  type: bool
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day(value: Any) -> bool:
    """Tell whether a text is a day of the calendar, in the one form that sorts."""
    if not isinstance(value, str) or not _FORM.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


class TestModule:
    """The test of this file."""

    def tests(self) -> dict[str, Callable[..., bool]]:
        """Return it by name."""
        return {"day": day}
