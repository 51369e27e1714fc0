# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names as a survey, an extra variable or a list gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.chatops.rocketchat.plugins.filter.names import FilterModule, names


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("alice", ["alice"]),
        ("alice,bob;harry carol\nned\r\n\tina", ["alice", "bob", "harry", "carol", "ned", "ina"]),
        (" alice ,, ;\n alice ", ["alice"]),
        ("", []),
        (" \n", []),
        (None, []),
        ([], []),
        (("alice", "bob"), ["alice", "bob"]),
        ([" alice ", "", "alice", "Alice"], ["alice", "Alice"]),
        ("zoë.müller", ["zoë.müller"]),
    ],
)
def test_names(value: Any, expected: list[str]) -> None:
    assert FilterModule().filters()["names"](value) == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"alice": 1}, "people must be a list of names, or one string"),
        (True, "but it is the truth value true."),
        (12345, "but it is the number 12345."),
        ([12345], "people: entry 1 must be a name, but it is the number 12345. Put it in quotes."),
        (["alice", None], "people: entry 2 must be a name, but it is empty."),
        ([["alice"]], "people: entry 1 must be a name, but it is a list."),
        # A full name must not become two accounts.
        (["Alice Smith"], "people: entry 1 ('Alice Smith') has a blank, comma or semicolon in it."),
        (["alice,bob"], "has a blank, comma or semicolon in it."),
        ("ali\u200bce", "people has a character in 'ali\\u200bce' that cannot be seen."),
        (["al\x00ice"], "cannot be seen"),
    ],
)
def test_anything_else_fails_with_one_sentence(value: Any, words: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        names(value, "people")
    assert words in str(caught.value)


@given(st.lists(st.text("abcXYZ._-09", min_size=1)), st.sampled_from([",", ";", " ", "\n", " , ", "\r\n"]))
def test_a_string_says_the_same_as_a_list(listed: list[str], separator: str) -> None:
    assert names(separator.join(listed)) == names(listed) == list(dict.fromkeys(listed))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('["alice", "bob"]', ["alice", "bob"]),
        ('\n [" alice ", "alice", ""]', ["alice"]),
        ("[]", []),
        ("# leavers of March\nalice\n  # bob stays\ncarol, dave\n", ["alice", "carol", "dave"]),
        ("alice\r\n#bob\r\n", ["alice"]),
    ],
)
def test_lists_as_text_and_comments(value: str, expected: list[str]) -> None:
    assert names(value) == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("[alice, bob]", "people begins like JSON and is no list of names."),
        ('{"alice": "aliceId"}', "people begins like JSON and is no list of names."),
        ("[", "people begins like JSON and is no list of names."),
        ('["alice", 83]', "people: entry 2 must be a name, but it is the number 83."),
        ('["Alice Smith"]', "has a blank, comma or semicolon in it."),
        # One line alone may be a name that somebody mistyped.
        ("#alice", "people has a # that does not begin a line of its own"),
        ("alice # bob\ncarol", "people has a # that does not begin a line of its own"),
        ("alice\nbob#2", "people has a # that does not begin a line of its own"),
    ],
)
def test_what_may_name_somebody_else_fails(value: str, words: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        names(value, "people")
    assert words in str(caught.value)


class Vaulted(Sequence[str]):
    """What a vaulted variable is before ansible-core 2.19: no text, only like one."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __len__(self) -> int:
        return len(self._text)

    def __getitem__(self, index: Any) -> Any:
        return self._text[index]


def test_vaulted_names_are_names() -> None:
    assert names(Vaulted("alice, bob")) == ["alice", "bob"]
    assert names(Vaulted('["alice"]')) == ["alice"]
    assert names([Vaulted("alice"), "bob"]) == ["alice", "bob"]
