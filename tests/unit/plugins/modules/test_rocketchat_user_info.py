# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts on users: who was asked for or all, what the caller sees of them, never what is secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

Run = Callable[..., dict[str, Any]]
LIST = "/api/v1/users.list"


@pytest.fixture
def ask(workspace: Workspace, run_module: Run) -> Run:
    """Return a function that asks for facts."""

    def run(**arguments: Any) -> dict[str, Any]:
        result = run_module("rocketchat_user_info", **arguments)
        assert not result.get("changed")
        assert {seen.method for seen in workspace.server.requests} <= {"GET"}
        return result

    return run


def names(result: dict[str, Any]) -> list[str]:
    """Return the names of who was found."""
    return [user["username"] for user in result["users"]]


def test_all_that_the_caller_sees_of_a_user_is_told(workspace: Workspace, ask: Run) -> None:
    workspace.add(
        "alice",
        name="Alice A.",
        type="user",
        roles=["user", "auditor"],
        emails=[{"address": "alice@example.com", "verified": True}, {"address": "a@example.com"}],
        createdAt="2025-05-01T08:00:00.000Z",
        requirePasswordChange=True,
        customFields={"desk": "4"},
        services={"password": {"bcrypt": "s3cret-hash"}},
    )
    assert ask(username="alice")["users"] == [
        {
            "username": "alice",
            "user_id": "aliceId",
            "name": "Alice A.",
            "active": True,
            "type": "user",
            "federated": False,
            "roles": ["user", "auditor"],
            "emails": [
                {"address": "alice@example.com", "verified": True},
                {"address": "a@example.com", "verified": False},
            ],
            "last_login": "2026-03-01T12:00:00.000Z",
            "never_logged_in": False,
            "created_at": "2025-05-01T08:00:00.000Z",
            "require_password_change": True,
            "custom_fields": {"desk": "4"},
            "totp_enabled": None,
        }
    ]


def test_what_the_caller_does_not_see_is_null_and_not_empty(workspace: Workspace, ask: Run) -> None:
    workspace.accounts.append({"_id": "aliceId", "username": "alice"})
    (user,) = ask(username="alice")["users"]
    unknown = {key for key, value in user.items() if value is None}
    assert unknown == set(user) - {"username", "user_id", "federated"}


def test_of_who_never_logged_in_only_a_caller_who_sees_all_can_tell(workspace: Workspace, ask: Run) -> None:
    workspace.add("ned", lastLogin=None)
    workspace.add("nora", lastLogin=None, canViewAllInfo=False)
    result = ask(usernames=["ned", "nora"])
    assert [user["never_logged_in"] for user in result["users"]] == [True, None]
    assert [user["last_login"] for user in result["users"]] == [None, None]


@pytest.mark.parametrize("enabled", [True, False])
def test_only_of_itself_the_caller_learns_whether_totp_is_on(workspace: Workspace, ask: Run, enabled: bool) -> None:
    workspace.me["services"] = {"totp": {"enabled": enabled}}
    workspace.add("svc", _id="callerId")
    workspace.add("alice")
    result = ask(usernames=["alice", "svc"])
    assert [user["totp_enabled"] for user in result["users"]] == [None, enabled]


def test_who_does_not_exist_is_missing_and_the_rest_is_there(workspace: Workspace, ask: Run) -> None:
    workspace.add("alice")
    result = ask(usernames=["nobody", "alice"], user_ids=["goneId"])
    assert names(result) == ["alice"]
    assert [{key: entry[key] for key in entry if key != "message"} for entry in result["missing"]] == [
        {"username": "nobody"},
        {"user_id": "goneId"},
    ]
    assert "There is no account with the username 'nobody'" in result["missing"][0]["message"]


def test_an_account_named_twice_is_told_once(workspace: Workspace, ask: Run) -> None:
    workspace.add("alice")
    assert names(ask(username="alice", user_id="aliceId")) == ["alice"]


def test_everybody_takes_a_word_of_its_own(workspace: Workspace, ask: Run) -> None:
    rows = [workspace.add(name) for name in ("alice", "bob", "carl")]

    def page(seen: Any) -> Any:
        offset = int(seen.query["offset"])
        return {"users": rows[offset : offset + 2], "total": 3, "success": True}

    workspace.server.route(LIST, page)
    assert names(ask(all=True)) == ["alice", "bob", "carl"]
    assert [seen.query["offset"] for seen in workspace.server.sent("GET", LIST)] == ["0", "2"]


@pytest.mark.parametrize(
    ("only", "found"),
    [
        ({"active": True}, ["alice", "rob"]),
        ({"active": False}, ["ina"]),
        ({"roles": ["admin", "auditor"]}, ["alice", "ina"]),
        ({"roles": []}, []),
        ({"type": "bot"}, ["rob"]),
        ({"active": True, "roles": ["admin"], "type": "user"}, ["alice"]),
        ({"active": True, "roles": ["admin"], "type": "bot"}, []),
    ],
)
def test_filters_all_have_to_fit(
    workspace: Workspace, ask: Run, warned: list[str], only: dict[str, Any], found: list[str]
) -> None:
    rows = [
        workspace.add("alice", roles=["user", "admin"], type="user"),
        workspace.add("ina", roles=["auditor"], type="user", active=False),
        workspace.add("rob", roles=["bot"], type="bot"),
    ]
    workspace.server.route(LIST, {"users": rows, "total": 3, "success": True})
    assert names(ask(all=True, **only)) == found
    assert warned == []
    assert names(ask(usernames=["alice", "ina", "rob"], **only)) == found


def test_roles_whose_names_nobody_tells_are_taken_as_ids(workspace: Workspace, ask: Run) -> None:
    workspace.server.route("/api/v1/roles.list", (403, {"success": False, "error": "unauthorized"}))
    workspace.add("alice", roles=["679398c4f7ca7be1b5fcf5b7"])
    workspace.add("bob", roles=["user"])
    result = ask(usernames=["alice", "bob"], roles=["679398c4f7ca7be1b5fcf5b7"])
    assert [(user["username"], user["roles"]) for user in result["users"]] == [("alice", ["679398c4f7ca7be1b5fcf5b7"])]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_many_are_looked_up_at_a_time_and_told_in_the_order_given(
    workspace: Workspace, ask: Run, concurrency: int
) -> None:
    order = [f"user{number}" for number in range(20)]
    for name in order[::-1]:
        workspace.add(name)
    wanted = [*order[:10], "nobody", *order[10:], "noone", order[0]]
    result = ask(usernames=wanted, concurrency=concurrency)
    assert names(result) == order
    assert [entry["username"] for entry in result["missing"]] == ["nobody", "noone"]


@pytest.mark.parametrize(("accounts", "told"), [(10, 0), (11, 1)])
def test_more_than_the_rate_limit_allows_is_announced(
    workspace: Workspace, ask: Run, warned: list[str], accounts: int, told: int
) -> None:
    workspace.me["roles"] = ["helpdesk"]
    workspace.permissions["api-bypass-rate-limit"] = ["admin"]
    for number in range(accounts):
        workspace.add(f"user{number}")
    result = ask(usernames=[f"user{number}" for number in range(accounts)])
    assert len(names(result)) == accounts
    assert len(warned) == told
    assert all("11 accounts take at least 1 minute; rate_limit_wait" in words for words in warned)


@pytest.mark.parametrize("concurrency", [0, 33])
def test_a_concurrency_that_cannot_be_is_refused(workspace: Workspace, ask: Run, concurrency: int) -> None:
    result = ask(username="alice", concurrency=concurrency)
    assert (result["failed"], result["msg"]) == (True, f"concurrency is {concurrency}. Give a number from 1 to 32.")
    assert workspace.server.requests == []


def test_roles_that_cannot_be_seen_are_warned_of(workspace: Workspace, ask: Run, warned: list[str]) -> None:
    workspace.add("alice", roles=["admin"])
    workspace.add("bob")
    result = ask(usernames=["alice", "bob"], roles=["admin"])
    assert names(result) == ["alice"]
    assert len(warned) == 1
    assert "view-full-other-user-info" in warned[0]


def test_a_caller_who_may_not_list_is_told_the_permission(workspace: Workspace, ask: Run) -> None:
    workspace.server.route(LIST, (403, {"success": False, "error": "unauthorized"}))
    result = ask(all=True)
    assert (result["failed"], result["error"]["code"]) == (True, "unauthorized")
    assert "view-d-room" in result["msg"]
    assert "users" not in result


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"usernames": []}, "usernames is an empty list"),
        ({}, "Nobody is named. Give usernames, user_ids or emails, or all: true"),
        ({"all": False, "active": True}, "Nobody is named"),
        ({"usernames": None}, "usernames is null"),
        ({"user_id": None, "all": True}, "user_id is null"),
        ({"username": 83}, "83 is no text but a number"),
        ({"username": "alice", "all": True}, "give it without usernames, user_ids and emails"),
        ({"user_ids": ["aliceId"], "all": True}, "give it without usernames, user_ids and emails"),
    ],
)
def test_nobody_is_a_mistake_and_not_everybody(
    workspace: Workspace, ask: Run, arguments: dict[str, Any], says: str
) -> None:
    result = ask(**arguments)
    assert (result["failed"], result["error"]["code"]) == (True, "invalid-input")
    assert says in result["msg"]
    assert workspace.server.requests == []


def bears(*addresses: str) -> list[dict[str, Any]]:
    """Return addresses as the server shows them."""
    return [{"address": address, "verified": True} for address in addresses]


@pytest.mark.parametrize("version", ["6.5", "8.6"])
def test_people_are_found_by_their_addresses(workspace: Workspace, ask: Run, version: str) -> None:
    workspace.version = version
    workspace.add("alice", emails=bears("alice@example.com", "second@example.com"), customFields={"desk": "4"})
    workspace.add("bob", emails=bears("shared@example.com"))
    workspace.add("carol", emails=bears("shared@example.com"))
    workspace.show_lists()
    result = ask(emails=["ALICE@example.com", "second@example.com", "shared@example.com", "x@example.com"])
    assert [(user["username"], user["custom_fields"]) for user in result["users"]] == [("alice", {"desk": "4"})]
    assert [entry["email"] for entry in result["missing"]] == ["shared@example.com", "x@example.com"]
    assert "stands in several accounts" in result["missing"][0]["message"]
    assert names(ask(email="alice@example.com", username="alice", user_id="aliceId")) == ["alice"]


@pytest.mark.parametrize(("number", "told"), [(100, True), (101, False)])
def test_of_many_who_are_named_a_list_is_read_which_leaves_facts_out(
    workspace: Workspace, ask: Run, number: int, told: bool
) -> None:
    order = [f"user{each}" for each in range(number)]
    for name in order[::-1]:
        workspace.add(name, createdAt="2025-05-01T08:00:00.000Z")
    rows = [{key: value for key, value in one.items() if key != "createdAt"} for one in workspace.accounts]
    workspace.server.route(LIST, {"users": rows, "total": number, "success": True})
    result = ask(usernames=order)
    assert names(result) == order
    assert {user["created_at"] is not None for user in result["users"]} == {told}
    assert len(workspace.server.sent("GET", "/api/v1/users.info")) == (number if told else 0)
