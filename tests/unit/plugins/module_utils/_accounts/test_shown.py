# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is kept of an account that somebody approves, and what counts as changed since."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.shown import Shown, read_shown
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User, user_from
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, TargetError


def dora(**changes: Any) -> User:
    """Return an account as the server describes it to who may see everything."""
    mail = [{"address": "Dora@example.com", "verified": True}, {"address": "d@example.org", "verified": False}]
    record = {"_id": "doraId", "username": "dora", "active": True, "emails": mail, "canViewAllInfo": True}
    return user_from({**record, **changes})


def test_no_address_is_told_and_none_can_be_compared_across_accounts() -> None:
    kept = Shown.of(dora()).as_dict()
    assert (kept["id"], kept["state"], kept["email"]) == ("doraId", "active", "D***@example.com")
    assert "ora@" not in json.dumps(kept)
    assert kept["digest"] != Shown.of(dora(_id="otherId")).digest


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"name": "Dora Duck", "roles": ["user"]},
        {"emails": [{"address": "d@example.org", "verified": True}, {"address": "dora@EXAMPLE.com"}]},
    ],
)
def test_what_is_as_shown_passes(changes: dict[str, Any]) -> None:
    Shown.of(dora()).check(dora(**changes))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"active": False}, "dora (doraId) was shown as active and is inactive now. Rehearse again, and have that"),
        ({"active": None}, "was shown as active and is unknown now"),
        ({"emails": [{"address": "dora@example.net"}]}, "has another e-mail address than when it was shown"),
        ({"emails": [{"address": "Dora@example.com"}]}, "has another e-mail address"),
        ({"emails": []}, "has another e-mail address"),
        # Whoever may see addresses no more does not pass for who has the same.
        ({"emails": None, "canViewAllInfo": False}, "has another e-mail address"),
    ],
)
def test_what_changed_is_told(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(TargetError) as raised:
        Shown.of(dora()).check(dora(**changes))
    assert raised.value.code == "not-approved"
    assert says in raised.value.message


def test_a_list_shows_who_has_no_address_as_a_record_does() -> None:
    Shown.of(dora(emails=[])).check(dora(emails=None, canViewAllInfo=False))


def test_its_own_doing_does_not_stop_a_run_but_another_address_does() -> None:
    shown = Shown.of(dora())
    shown.check(dora(active=False), own_doing=True)
    with pytest.raises(TargetError, match="another e-mail address"):
        shown.check(dora(active=False, emails=[]), own_doing=True)


def test_an_id_alone_is_compared_with_nothing_else() -> None:
    Shown("doraId").check(dora(active=False, emails=[]))


def test_it_is_read_as_it_was_written() -> None:
    shown = Shown.of(dora(emails=[]))
    assert shown.email == ""
    assert read_shown({"dora": shown.as_dict(), "erin": "erinId"}) == {"dora": shown, "erin": Shown("erinId")}
    assert read_shown(None) is None
    assert read_shown({}) == {}


@pytest.mark.parametrize(
    "value",
    [
        "dora",
        ["dora"],
        {5: "doraId"},
        {"dora": {}},
        {"dora": {"id": "doraId"}},
        {"dora": {**Shown.of(dora()).as_dict(), "digest": ""}},
        {"dora": {**Shown.of(dora()).as_dict(), "email": None}},
        {"dora": {**Shown.of(dora()).as_dict(), "more": ""}},
    ],
)
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match="approved_ids must be a mapping from user name to user id, or to id, state"):
        read_shown(value)
