# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which day it is depends on where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.chatops.rocketchat.plugins.filter.day_in import FilterModule, day_in

# Half an hour before midnight, without a zone as Ansible's now(utc=true) gives it.
LATE = datetime(2026, 3, 31, 23, 30)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", "2026-03-31"),
        ("Europe/Berlin", "2026-04-01"),
        ("America/New_York", "2026-03-31"),
        ("Pacific/Kiritimati", "2026-04-01"),
    ],
)
def test_a_moment_without_a_zone_is_utc(zone: str, day: str) -> None:
    assert FilterModule().filters()["day_in"](LATE, zone) == day
    assert day_in(LATE.replace(tzinfo=UTC), zone) == day


def test_a_moment_with_a_zone_is_what_it_is() -> None:
    there = LATE.replace(tzinfo=timezone(timedelta(hours=-3)))
    assert day_in(there, "UTC") == "2026-04-01"


def test_winter_and_summer_differ() -> None:
    assert day_in(datetime(2026, 1, 31, 22, 30), "Europe/Berlin") == "2026-01-31"
    assert day_in(datetime(2026, 7, 31, 22, 30), "Europe/Berlin") == "2026-08-01"


@pytest.mark.parametrize("zone", ["Europe/Bielefeld", "", "../etc/passwd", "/etc/localtime", "a\x00b", "Europe"])
def test_a_zone_that_is_none_is_named(zone: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        day_in(LATE, zone)
    assert f"There is no time zone {zone!r}." in str(caught.value)
