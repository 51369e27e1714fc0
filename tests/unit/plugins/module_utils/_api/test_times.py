# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times: whatever is no exact moment is no time, since a wrong one would decide that nothing is sent."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.times import iso, parse_http_date, parse_time

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=timezone.utc)  # noqa: UP017


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T12:00:00Z",
        "2026-03-01t12:00:00z",
        "2026-03-01T12:00Z",
        "2026-03-01 12:00:00Z",
        "2026-03-01 12:00:00 +00:00",
        "2026-03-01T12:00:00+00:00",
        "2026-03-01T12:00:00-00:00",
        "2026-03-01T13:00:00+01:00",
        "2026-03-01T13:00:00+0100",
        "2026-03-01T07:00:00-05:00",
        "2026-03-01T17:30:00+05:30",
        "2026-03-02T00:00:00+12:00",
        "2026-02-28T23:00:00-13:00",
        "  2026-03-01T12:00:00Z\n",
    ],
)
def test_an_offset_of_any_form_leads_to_the_same_moment(text: str) -> None:
    assert parse_time(text) == NOON


@pytest.mark.parametrize(
    ("fraction", "micros"),
    [
        (".1", 100000),
        (".12", 120000),
        (".123", 123000),
        (".123456", 123456),
        (".123456789", 123456),
        (",5", 500000),
        (".000001", 1),
    ],
)
def test_a_fraction_of_any_length_is_read(fraction: str, micros: int) -> None:
    assert parse_time(f"2026-03-01T12:00:00{fraction}Z") == NOON + timedelta(microseconds=micros)


def test_what_is_read_is_in_utc() -> None:
    moment = parse_time("2026-03-01T13:00:00+01:00")
    assert moment is not None
    assert moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T12:00:00",
        "2026-03-01 12:00",
        "2026-03-01",
        "12:00:00Z",
    ],
)
def test_a_time_without_an_offset_is_none(text: str) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29T12:00:00Z",
        "2026-02-30T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-00-10T12:00:00Z",
        "2026-03-01T25:00:00Z",
        "2026-03-01T12:60:00Z",
        "2026-03-01T12:00:61Z",
        "2026-03-01T12:00:00+25:00",
        "2026-03-01T12:00:00+01:99",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+10:00",
        "9999-12-31T23:00:00-10:00",
    ],
)
def test_a_time_that_cannot_be_is_none(text: str) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "yesterday",
        "now",
        "1772366400",
        "1772366400000",
        "01/03/2026 12:00 Z",
        "2026-3-1T12:00:00Z",
        "2026-03-01T12:00:00.Z",
        "2026-03-01T12:00:00.1234567890Z",
        "2026-03-01T12:00:00ZZ",
        "2026-03-01T12:00:00Z extra",
        "x2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00 UTC",
        "2026-W09-7T12:00:00Z",
        "20260301T120000Z",
        "２０２６-03-01T12:00:00Z",
    ],
)
def test_garbage_is_none(text: str) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize("hours", [0, 5, -8])
def test_a_time_is_written_as_the_server_writes_it(hours: int) -> None:
    there = NOON.replace(microsecond=45000).astimezone(timezone(timedelta(hours=hours)))
    assert iso(there) == "2026-03-01T12:00:00.045Z"


def test_a_written_time_is_read_back_as_the_same_moment() -> None:
    moment = NOON.replace(microsecond=7000)
    assert parse_time(iso(moment)) == moment


def test_a_date_header_is_a_moment() -> None:
    assert parse_http_date("Sun, 01 Mar 2026 12:00:00 GMT") == NOON


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "Sun, 01 Mar 2026 12:00:00",
        "Sun, 01 Mar 2026 12:00:00 -0000",
        "Sun, 99 Mar 2026 12:00:00 GMT",
        "Sun, 01 Mar 99999999999 12:00:00 GMT",
        "12:00 Mar , 12:00 01 12:00 12:00:00",
    ],
)
def test_a_date_header_that_is_no_moment_is_none(text: str) -> None:
    assert parse_http_date(text) is None
