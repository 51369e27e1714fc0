# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is left alone whatever the list says, and whoever might be one of them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.exempt import Exempt
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=timezone.utc)
RULES = Exempt("svcId", {"admin": "admin", "r4nd0m": "works council"}, frozenset({"boss"}))


def user(**more: Any) -> User:
    """An ordinary person of whom everything is known, but for what is told otherwise."""
    given: dict[str, Any] = {
        "active": True,
        "federated": False,
        "full_view": True,
        "kind": "user",
        "roles": ("user",),
        "created_at": NOW - timedelta(days=400),
        **more,
    }
    return User(given.pop("user_id", "aliceId"), given.pop("username", "alice"), **given)


def test_an_ordinary_person_is_not_left_alone() -> None:
    assert RULES.why(user()) == ""
    assert RULES.why_on_closer_look(user(), NOW) == ""


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"user_id": "svcId"}, "the calling account"),
        ({"username": "BOSS"}, "named in exempt"),
        ({"kind": "bot"}, "(type bot)"),
        ({"kind": "app"}, "(type app)"),
        ({"kind": None}, "shows no type"),
        ({"username": ""}, "no user name yet"),
        ({"federated": True}, "federated"),
        ({"username": "@x:elsewhere.org"}, "federated"),
        ({"roles": None}, "does not show its roles"),
        ({"roles": ("user", "bot")}, "the role bot"),
        ({"roles": ("guest",)}, "a guest"),
        ({"roles": ("user", "admin")}, "the role admin"),
        ({"roles": ("user", "r4nd0m")}, "the role works council"),
        ({"active": None}, "does not show whether it is active"),
    ],
)
def test_who_is_left_alone(more: dict[str, Any], words: str) -> None:
    assert words in RULES.why(user(**more))
    assert words in RULES.why_on_closer_look(user(**more), NOW)


def test_guests_where_they_are_asked_for() -> None:
    assert Exempt("svcId", {}, guests=True).why(user(roles=("guest",))) == ""


@pytest.mark.parametrize(
    ("more", "now", "words"),
    [
        ({"created_at": NOW - timedelta(days=6, hours=23)}, NOW, "within the last 7 days"),
        ({"created_at": None}, NOW, "does not show when it was made"),
        ({"full_view": False}, NOW, "does not show when it was made"),
        ({}, None, "does not show when it was made"),
        ({"created_at": NOW - timedelta(days=7)}, NOW, ""),
    ],
    ids=["young", "no time", "hidden", "no clock", "old enough"],
)
def test_the_age_of_an_account(more: dict[str, Any], now: datetime | None, words: str) -> None:
    why = RULES.why_on_closer_look(user(**more), now)
    assert (words in why) if words else why == ""
