# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task says of people, as it was written: nothing but text names somebody, and null names nobody."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError
from ansible_collections.chatops.rocketchat.plugins.module_utils._run import argspec
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.argspec import check_names

NAMING = ("usernames", "username", "user_ids", "user_id", "emails", "email")


def check(monkeypatch: pytest.MonkeyPatch, gone: dict[str, str] | None = None, **given: Any) -> dict[str, Any]:
    """Check a task with these options, and return the lists that were put back."""
    monkeypatch.setattr(argspec, "_load_params", lambda: given)
    params: dict[str, Any] = {}
    check_names(params, gone)
    return params


@pytest.mark.parametrize("option", NAMING)
@pytest.mark.parametrize("value", ["alice", ["alice", "0123"], [], "", ["", " "], "alice,bob"])
def test_text_is_left_to_those_who_look_people_up(monkeypatch: pytest.MonkeyPatch, option: str, value: Any) -> None:
    assert check(monkeypatch, **{option: value}) == {}


@pytest.mark.parametrize(
    ("option", "target"), [(name, NAMING[number - number % 2]) for number, name in enumerate(NAMING)]
)
def test_a_list_that_became_text_is_a_list_again(monkeypatch: pytest.MonkeyPatch, option: str, target: str) -> None:
    assert check(monkeypatch, **{option: ' ["alice", "a b,c"]'}) == {target: ["alice", "a b,c"]}
    assert check(monkeypatch, **{option: "[]"}) == {target: []}


@pytest.mark.parametrize("text", ["[alice, bob]", "[", "{alice", '{"alice": 1}', "['alice']", '["alice"] x'])
def test_text_that_only_begins_like_a_list_names_nobody(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    with pytest.raises(InputError, match=r"^username begins like JSON and is no list of names"):
        check(monkeypatch, username=text)


def test_a_list_that_became_text_holds_text_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="83 is no text but a number"):
        check(monkeypatch, usernames='["alice", 83]')


@pytest.mark.parametrize("option", NAMING)
@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (83, "no text but a number"),
        (0, "no text but a number"),
        (750.5, "no text but a number"),
        (True, "no text but a boolean"),
        (False, "no text but a boolean"),
        ({"name": "alice"}, "no text but a structure"),
    ],
)
def test_what_is_no_text_names_nobody(monkeypatch: pytest.MonkeyPatch, option: str, value: Any, kind: str) -> None:
    for given in (value, [value], ["alice", value]):
        with pytest.raises(InputError) as caught:
            check(monkeypatch, **{option: given})
        assert caught.value.message.startswith(f"{option}: {value!r} is {kind}, ")
        assert "Put it in quotes" in caught.value.message


@pytest.mark.parametrize("value", [83, True, ["dave"]])
def test_a_successor_is_text_or_nobody(monkeypatch: pytest.MonkeyPatch, value: Any) -> None:
    with pytest.raises(InputError, match=r"^successor: .* is no text"):
        check(monkeypatch, successor=value)
    assert check(monkeypatch, successor=None) == check(monkeypatch, successor="dave") == {}


@pytest.mark.parametrize("entry", [None, ["alice"]])
def test_an_entry_that_is_no_name_is_named(monkeypatch: pytest.MonkeyPatch, entry: Any) -> None:
    with pytest.raises(InputError, match=r"no text but (null|a structure)"):
        check(monkeypatch, usernames=["alice", entry])


@pytest.mark.parametrize("option", NAMING)
def test_null_is_no_list_that_nobody_wrote(monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    with pytest.raises(InputError, match=f"^{option} is null: .* names nobody"):
        check(monkeypatch, **{option: None})
    check(monkeypatch, other=None)


def test_an_option_that_is_gone_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = {"receipt_field": "it proved nothing."}
    with pytest.raises(InputError, match=r"^receipt_field is gone: it proved nothing\.$"):
        check(monkeypatch, gone, receipt_field="note")
    # A survey or a role hands on what nobody filled in.
    for blank in (None, ""):
        check(monkeypatch, gone, receipt_field=blank)
    check(monkeypatch, gone, usernames=["alice"])
