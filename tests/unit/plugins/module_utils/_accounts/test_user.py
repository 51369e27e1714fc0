# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is taken from the server's description of an account, and what stays behind."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import (
    Membership,
    User,
    user_from,
    with_rooms,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import UnexpectedAnswer

RECORD = {"_id": "aliceId", "username": "alice", "active": True}


def test_secrets_of_a_description_stay_behind() -> None:
    record = {**RECORD, "services": {"totp": {"secret": "s3cret"}, "password": {"bcrypt": "s3cret"}}}
    assert "s3cret" not in repr(user_from(record))


def test_without_the_full_view_nothing_is_known_of_logins_and_fields() -> None:
    user = user_from(RECORD)
    assert not user.never_logged_in
    assert (user.last_login, user.emails, user.require_password_change, user.custom_fields) == (None,) * 4


@pytest.mark.parametrize(
    ("more", "never"),
    [
        ({"canViewAllInfo": True}, True),
        ({"canViewAllInfo": True, "lastLogin": None}, True),
        ({"canViewAllInfo": True, "lastLogin": "2026-03-01T12:00:00.000Z"}, False),
        ({"canViewAllInfo": True, "lastLogin": "some other form"}, False),
        ({"canViewAllInfo": True, "lastLogin": {"$date": 1}}, False),
        ({"canViewAllInfo": False}, False),
        ({"canViewAllInfo": "yes"}, False),
        ({}, False),
    ],
)
def test_never_logged_in_takes_the_full_view_and_no_trace_of_a_login(more: dict[str, Any], never: bool) -> None:
    assert user_from({**RECORD, **more}).never_logged_in is never


def test_the_full_view_tells_empty_from_unknown() -> None:
    user = user_from({**RECORD, "canViewAllInfo": True, "lastLogin": "2026-03-01T12:00:00.000Z"})
    assert user.last_login == datetime(2026, 3, 1, 12, tzinfo=timezone.utc)  # noqa: UP017
    assert (user.emails, user.require_password_change, user.custom_fields) == ((), False, {})


@pytest.mark.parametrize("record", [None, [], "alice", {}, {"_id": None}, {"_id": "", "username": "alice"}])
def test_a_description_without_an_id_is_none(record: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        user_from(record)


FULL = {
    "_id": "aliceId",
    "username": "alice",
    "active": False,
    "federated": True,
    "canViewAllInfo": True,
    "lastLogin": "2026-03-01T12:00:00.000Z",
    "createdAt": "2025-05-01T08:00:00.000Z",
    "name": "Alice A.",
    "type": "bot",
    "roles": ["user", "auditor"],
    "emails": [{"address": "alice@example.com", "verified": True}, {"address": "a@example.com"}],
    "requirePasswordChange": True,
    "customFields": {"desk": "4"},
    "bio": "Alice's bio",
    "nickname": "Ali",
}


def test_every_field_of_a_description_is_taken() -> None:
    assert dataclasses.asdict(user_from(FULL)) == {
        "user_id": "aliceId",
        "username": "alice",
        "active": False,
        "federated": True,
        "full_view": True,
        "last_login": datetime(2026, 3, 1, 12, tzinfo=timezone.utc),  # noqa: UP017
        "created_at": datetime(2025, 5, 1, 8, tzinfo=timezone.utc),  # noqa: UP017
        "logged_in_ever": True,
        "name": "Alice A.",
        "kind": "bot",
        "roles": ("user", "auditor"),
        "emails": (("alice@example.com", True), ("a@example.com", False)),
        "require_password_change": True,
        "custom_fields": {"desk": "4"},
        "bio": "Alice's bio",
        "nickname": "Ali",
        "reason": None,
        "seen_at": None,
        "rooms": None,
    }


@pytest.mark.parametrize(
    ("key", "field", "value"),
    [
        ("active", "active", "yes"),
        ("requirePasswordChange", "require_password_change", "yes"),
        ("customFields", "custom_fields", ["desk"]),
        ("roles", "roles", "admin"),
        ("emails", "emails", "alice@example.com"),
        ("name", "name", 5),
        ("type", "kind", ""),
        ("createdAt", "created_at", {"$date": 1}),
    ],
)
def test_a_field_of_another_form_is_unknown(key: str, field: str, value: Any) -> None:
    record = {**FULL, "canViewAllInfo": False, key: value}
    assert getattr(user_from(record), field) is None


@pytest.mark.parametrize(
    ("key", "field", "value", "taken"),
    [
        ("roles", "roles", ["user", None, 5], ("user",)),
        (
            "emails",
            "emails",
            ["x", None, {"verified": True}, {"address": "a@example.com"}],
            (("a@example.com", False),),
        ),
    ],
)
def test_an_entry_of_another_form_is_left_out(key: str, field: str, value: Any, taken: Any) -> None:
    assert getattr(user_from({**FULL, key: value}), field) == taken


@pytest.mark.parametrize("make", [lambda: user_from({}), lambda: User(" ", "alice", active=True, federated=False)])
def test_a_description_without_an_id_is_called_no_answer_of_rocketchat(make: Callable[[], Any]) -> None:
    with pytest.raises(UnexpectedAnswer, match="without an id") as caught:
        make()
    assert caught.value.code == "not-rocketchat"


# --- the rooms of an account -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "parameters"),
    [
        ((6, 13), {"fields": '{"userRooms":1}'}),
        ((7, 0), {"includeUserRooms": "true"}),
        ((8, 6), {"includeUserRooms": "true"}),
    ],
)
def test_rooms_are_asked_for_as_the_version_takes_it(version: tuple[int, int], parameters: dict[str, str]) -> None:
    assert with_rooms(version) == parameters


def test_rooms_are_taken_as_the_server_lists_them() -> None:
    """Direct messages, Omnichannel's rooms, and what has another form are none."""
    rows = [
        {"rid": "r1", "name": "general", "t": "c", "roles": ["owner", "leader"]},
        {"rid": "r2", "t": "p", "roles": ["moderator"]},
        {"rid": "r3", "name": "alice", "t": "d"},
        {"rid": "r4", "name": "chat", "t": "l", "roles": ["owner"]},
        {"name": "without an id", "t": "c"},
        "general",
    ]
    assert user_from({**RECORD, "rooms": rows}).rooms == (
        Membership("r1", "general", private=False, owner=True),
        Membership("r2", "r2", private=True, owner=False),
    )


@pytest.mark.parametrize("more", [{}, {"rooms": None}, {"rooms": {}}])
def test_rooms_that_are_not_shown_are_unknown(more: dict[str, Any]) -> None:
    assert user_from({**RECORD, **more}).rooms is None


def test_why_somebody_waits_to_be_let_in_is_taken() -> None:
    assert user_from({**RECORD, "reason": "I am new here"}).reason == "I am new here"
    assert user_from({**RECORD, "reason": ""}).reason is None
