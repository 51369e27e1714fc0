# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom a task names, and whom an approved rehearsal binds it to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.shown import Shown, read_shown
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.targets import (
    Targets,
    bound,
    check_approved,
    named_targets,
    read_targets,
)

Params = Callable[..., dict[str, Any]]


def targets(*wanted: tuple[str, str], approved: dict[str, str] | None = None) -> Targets:
    """Return targets, given as (by, value)."""
    named = [Wanted(*one) for one in wanted]
    return Targets(named, keep_going=False, check_mode=False, approved_ids=read_shown(approved))


def test_options_are_taken_as_given(params: Params) -> None:
    given = params(usernames=["alice"], user_ids=["bobId"], on_error="continue", concurrency=7)
    read = named_targets(given, check_mode=True)
    assert read.wanted == [Wanted("username", "alice"), Wanted("user_id", "bobId")]
    assert (read.keep_going, read.check_mode, read.concurrency, read.approved_ids) == (True, True, 7, None)
    assert (read.skip_unknown, read.most, read.protected) == (False, 0, [])
    other = read_targets(
        params(emails=["a@example.com"], unknown="skip", max_accounts=20, protected_roles=["admin ", ""]),
        check_mode=False,
    )
    assert other.wanted == [Wanted("email", "a@example.com")]
    assert (other.keep_going, other.skip_unknown, other.most, other.protected) == (False, True, 20, ["admin"])


def test_a_brake_below_nothing_is_refused(params: Params) -> None:
    with pytest.raises(InputError, match=r"^max_accounts is -1\. Give a number from 0; 0 stands for no limit\.$"):
        read_targets(params(usernames=["alice"], max_accounts=-1), check_mode=False)


def test_nobody_may_be_named_only_where_that_means_something(params: Params) -> None:
    assert read_targets(params(), check_mode=False).wanted == []
    with pytest.raises(InputError, match="Nobody is named"):
        named_targets(params(), check_mode=False)


@pytest.mark.parametrize(("concurrency", "taken"), [(0, False), (1, True), (32, True), (33, False)])
def test_how_many_at_a_time(params: Params, concurrency: int, taken: bool) -> None:
    given = params(usernames=["alice"], concurrency=concurrency)
    if taken:
        assert named_targets(given, check_mode=False).concurrency == concurrency
    else:
        with pytest.raises(InputError, match=f"concurrency is {concurrency}"):
            named_targets(given, check_mode=False)


@pytest.mark.parametrize(
    "approved",
    [["alice"], "alice", {"alice": 5}, {"alice": ""}, {"alice": " "}, {"": "aliceId"}, {5: "aliceId"}, {"alice": None}],
)
def test_an_approval_that_is_no_mapping_of_names_to_ids_is_refused(params: Params, approved: Any) -> None:
    with pytest.raises(InputError, match="approved_ids must be a mapping"):
        named_targets(params(usernames=["alice"], approved_ids=approved), check_mode=False)


def test_an_approval_is_taken_as_given(params: Params) -> None:
    given = params(usernames=["alice"], approved_ids={"alice": "aliceId"})
    assert named_targets(given, check_mode=False).approved_ids == {"alice": Shown("aliceId")}


def test_without_an_approval_everybody_is_looked_up_as_named() -> None:
    assert bound(targets(("username", "alice"), ("user_id", "bobId"))) == [
        Wanted("username", "alice"),
        Wanted("user_id", "bobId"),
    ]


def test_whoever_bears_an_address_is_compared_with_the_approval_when_known() -> None:
    assert bound(targets(("email", "a@example.com"), approved={})) == [Wanted("email", "a@example.com")]


@pytest.mark.parametrize(
    ("approved", "through"),
    [
        (None, True),
        ({"alice": "aliceId", "bob": "bobId"}, True),
        ({}, False),
        ({"bob": "bobId"}, False),
        ({"alice": "otherId"}, False),
        ({"Alice": "aliceId"}, False),
    ],
)
def test_who_was_not_shown_by_name_and_id_is_not_touched(approved: dict[str, str] | None, through: bool) -> None:
    alice = User("aliceId", "alice", active=True, federated=False)
    if through:
        check_approved(alice, read_shown(approved))
        return
    with pytest.raises(TargetError, match=r"^alice \(aliceId\) is not among those who were shown") as caught:
        check_approved(alice, read_shown(approved))
    assert caught.value.code == "not-approved"


def test_with_one_everybody_is_looked_up_by_the_id_that_was_shown() -> None:
    approved = {"alice": "aliceId", "bob": "bobId"}
    assert bound(targets(("username", "alice"), ("user_id", "bobId"), approved=approved)) == [
        Wanted("user_id", "aliceId", "alice"),
        Wanted("user_id", "bobId", "bob"),
    ]


@pytest.mark.parametrize(
    ("wanted", "approved", "says"),
    [
        (("username", "carol"), {"alice": "aliceId"}, "carol is not among those who were shown (alice)"),
        (("user_id", "carolId"), {"alice": "aliceId"}, "The account carolId is not among those who were shown (alice)"),
        # An empty approval binds the run to nobody.
        (("username", "alice"), {}, "alice is not among those who were shown (nobody)"),
        # A name is not an id, and an id is not a name.
        (("username", "aliceId"), {"alice": "aliceId"}, "aliceId is not among those"),
        (("user_id", "alice"), {"alice": "aliceId"}, "The account alice is not among those"),
        (("username", "Alice"), {"alice": "aliceId"}, "Alice is not among those"),
    ],
)
def test_nobody_else_may_be_touched(wanted: tuple[str, str], approved: dict[str, str], says: str) -> None:
    (error,) = bound(targets(wanted, approved=approved))
    assert isinstance(error, TargetError)
    assert error.code == "not-approved"
    assert says in error.message
