# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A result in lines: each thing once, each line one line, and nothing that is not in the result."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._run.told import notes, run_told

RUN = {
    "job": "offboard",
    "check_mode": False,
    "ticket": "INC-1",
    "workspace": "https://chat.example.com",
    "account": "svc",
    "ledger": "access-ledger",
}


def thing(name: str, kind: str = "webhook", cure: str = "Switch it off.") -> dict[str, str]:
    return {"kind": kind, "name": name, "cure": cure, "permission": ""}


def user(name: str, *left_behind: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"username": name, "said": f"{name}: deactivated", "left_behind": list(left_behind), **more}


def told(*users: dict[str, Any], warnings: bool = False, **run: Any) -> list[str]:
    summary, unseen = run.pop("summary", {"done": len(users)} if users else {}), run.pop("unseen", ())
    result = {"users": list(users), "run": {**RUN, **run}, "summary": summary}
    return run_told("Offboarding", result, warnings=warnings, unseen=unseen)


def test_says_what_was_done_where_by_whom_and_for_what() -> None:
    assert told(user("alice"), user("bob"), summary={"half_done": 1, "done": 1}) == [
        "Offboarding on https://chat.example.com as svc, ticket INC-1",
        "alice: deactivated",
        "bob: deactivated",
        "In all 2: done 1, half done 1.",
    ]


def test_check_mode_says_so_first() -> None:
    assert told(user("alice"), check_mode=True, ticket=None)[0] == (
        "CHECK MODE, nothing was changed. Offboarding on https://chat.example.com as svc"
    )


def test_a_run_that_met_nobody() -> None:
    run = {key: value for key, value in RUN.items() if key != "account"}
    lines = run_told("Offboarding", {"users": [], "run": run, "summary": {}}, warnings=False, unseen=())
    assert lines == ["Offboarding on https://chat.example.com, ticket INC-1", "Nothing was done to anybody."]


@pytest.mark.parametrize(
    ("number", "who"), [(1, "user0"), (3, "user0, user1, user2"), (4, "4 people")], ids=["one", "three", "more"]
)
def test_what_several_left_behind_is_told_once(number: int, who: str) -> None:
    people = [user(f"user{i}", thing("builds", "oauth_app"), thing("builds", "oauth_app")) for i in range(number)]
    assert notes(people) == [f"LEFT BEHIND ({who}): oauth app builds: Switch it off."]


def test_a_name_with_a_line_break_stays_in_its_line() -> None:
    assert notes([user("alice", thing("a\nb"))]) == ["LEFT BEHIND (alice): webhook a b: Switch it off."]


def test_what_was_not_looked_at_what_is_kept_and_what_may_happen() -> None:
    blind = user("alice", thing("not looked at", cure="Look."), kept=[thing("bot", "role"), thing("a", "role")])
    assert notes([blind]) == ["NOT LOOKED AT: Look.", "KEPT (alice): role bot, role a"]
    assert notes([user("alice", thing("", cure="Mind."))], warnings=True) == ["WARNING: Mind."]


def test_what_is_to_be_told_to_people() -> None:
    lines = told(user("alice", to_tell="Sign in."), user("bob", to_tell=""))
    assert [line for line in lines if line.startswith("TO BE TOLD")] == ["TO BE TOLD to alice: Sign in."]


def test_a_second_run_says_that_nothing_was_to_be_done() -> None:
    assert told(user("alice"), summary={"nothing_to_do": 1})[-1].startswith("Nothing was to be done:")
    assert not told(user("alice"), summary={"nothing_to_do": 1, "skipped": 1})[-1].startswith("Nothing was")


@pytest.mark.parametrize(
    ("run", "unseen", "words"),
    [
        ({"ledger": None}, {"sessions", "totp"}, "end the sessions of the same people once more. Who is deactivated"),
        ({"ledger": None, "job": "recover"}, {"sessions", "totp"}, "do the same again, and mail again."),
        ({"ledger": None, "job": "sessions"}, {"sessions"}, "would end the sessions of the same people once more."),
        ({"ledger": None, "job": "status"}, set(), ""),
        ({}, {"totp"}, ""),
    ],
    ids=["offboarding", "another job", "sessions alone", "what the server shows", "a ledger"],
)
def test_what_the_next_run_will_not_know(run: dict[str, Any], unseen: set[str], words: str) -> None:
    last = told(user("alice"), unseen=unseen, **run)[-1]
    assert last.startswith("NOT REMEMBERED: ") is bool(words)
    assert words in last
