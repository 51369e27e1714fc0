# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A list of people held against accounts."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.roster import (
    Comparison,
    Listed,
    compare,
    keys_of,
    read_people,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError


def user(name: str, *addresses: str, active: bool | None = True, **more: Any) -> User:
    emails = tuple((address, True) for address in addresses) if addresses else None
    return User(f"{name}Id", name, active=active, federated=False, emails=emails, **more)


def by_email(users: list[User], *rows: str) -> Comparison:
    """Compare with rows of one address each, the first of which is row 2."""
    return compare(users, [Listed(row, (key,) if key else ()) for row, key in enumerate(rows, 2)], "email")


def test_who_is_on_no_row_is_absent() -> None:
    alice, bob = user("alice", "alice@example.com"), user("bob", "bob@example.com")
    found = by_email([alice, bob], "alice@example.com")
    assert (found.absent, found.keyless, found.missing, found.deactivated, found.told) == ([bob], [], [], [], [])


@pytest.mark.parametrize(
    ("shown", "listed"),
    [
        ("Alice@Example.COM", "aLICE@example.com"),
        ("jos\u00e9@example.com", "JOSE\u0301@example.com"),
        ("stra\u00dfe@example.com", "STRASSE@example.com"),
        ("alice@example.com", " alice@example.com "),
    ],
    ids=["case", "accents", "sharp s", "blanks"],
)
def test_how_a_key_is_written_does_not_matter(shown: str, listed: str) -> None:
    assert by_email([user("alice", shown)], listed).absent == []


def test_one_of_several_addresses_is_enough() -> None:
    assert by_email([user("alice", "private@example.org", "alice@example.com")], "alice@example.com").absent == []
    people = [Listed(2, ("old@example.com", "alice@example.com"))]
    assert compare([user("alice", "alice@example.com")], people, "email").missing == []


def test_who_has_no_key_is_not_absent() -> None:
    alice = user("alice")
    found = by_email([alice], "bob@example.com")
    assert (found.absent, found.keyless) == ([], [alice])


def test_the_other_way_round() -> None:
    left, here = user("left", "l@example.com", active=False), user("here", "h@example.com")
    found = by_email([left, here], "l@example.com", "h@example.com", "new@example.com")
    assert [(person.row, one.username) for person, one in found.deactivated] == [(2, "left")]
    assert [person.row for person in found.missing] == [4]


def test_who_has_another_account_that_works_is_not_deactivated() -> None:
    found = by_email([user("a", "x@example.com", active=False), user("b", "x@example.com")], "x@example.com")
    assert found.deactivated == []


def test_whoever_is_ambiguous_is_on_the_list_and_told() -> None:
    users = [user("a", "x@example.com"), user("b", "X@example.com"), user("c", "y@example.com", "z@example.com")]
    found = by_email(users, "x@example.com", "X@Example.com", "", "y@example.com", "z@example.com", "")
    assert found.absent == []
    assert found.told == [
        "There is no email in rows 4, 7 of the list: whose account it is about is not known.",
        "'x@example.com' stands in rows 2, 3 of the list, as if it were several people.",
        "'x@example.com' (rows 2, 3 of the list) stands in several accounts, all of which count as on the list:"
        " a (aId), b (bId).",
        "Rows 5, 6 of the list are about one account, c (cId).",
    ]


@pytest.mark.parametrize(
    ("match", "keys"),
    [("email", ("a@example.com",)), ("username", ("alice",)), ("number", ("4711",)), ("none", ()), ("flag", ())],
)
def test_what_an_account_is_found_by(match: str, keys: tuple[str, ...]) -> None:
    fields = {"number": 4711, "none": " ", "flag": True}
    assert keys_of(user("alice", "a@example.com", custom_fields=fields), match) == keys


def test_custom_fields_that_are_not_shown_are_no_key() -> None:
    assert keys_of(user("alice", custom_fields=None), "number") == ()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "The list of people is empty"),
        ([{"row": 2, "keys": []}, {"row": 3, "keys": [" "]}], "No row of the list says whose account it is about."),
        ([{"row": 2, "keys": ["a"]}, {"keys": ["b"]}], "entry 2 must have a number as row"),
        ([{"row": 2, "keys": "a"}], "entry 1 must have"),
        (["alice"], "entry 1 must have"),
    ],
)
def test_a_list_of_nobody_or_of_another_form_is_refused(rows: list[Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_people(rows)
