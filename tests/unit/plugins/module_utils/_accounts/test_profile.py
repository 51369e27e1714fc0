# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one way through ``users.update``: what would be erased is sent back, and what was changed besides is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.profile import check_profile, update_profile
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User, user_from
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    Refused,
    TargetError,
    UnexpectedAnswer,
)

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

RECORDINGS = Path(__file__).parents[4] / "contract"
INFO, UPDATE = "/api/v1/users.info", "/api/v1/users.update"
PROFILE = {
    "name": "Alice A.",
    "bio": "Writes things down.",
    "nickname": "Al",
    "statusText": "at the desk",
    "emails": [{"address": "alice@example.com", "verified": True}, {"address": "a@example.com", "verified": False}],
    "roles": ["user", "auditor"],
    "customFields": {"desk": "4", "site": None},
}
CHANGE = {"password": "tulip-Harbour-41", "requirePasswordChange": True}

Update = Callable[..., Any]


def server_that_keeps(record: dict[str, Any], *, loses: tuple[str, ...] = (), **becomes: Any) -> Callable[[Any], Any]:
    """Return what a server answers that takes each call for the whole profile (recorded on 7.7 and 8.6)."""

    def answer(seen: Any) -> Any:
        sent = seen.json["data"]
        kept = {key: value for key, value in record.items() if key not in ("bio", "nickname", "canViewAllInfo", *loses)}
        back = {key: sent[key] for key in ("bio", "nickname") if sent.get(key)}
        return {"user": {**kept, **back, **becomes}, "success": True}

    return answer


@pytest.fixture
def alice(workspace: Workspace) -> dict[str, Any]:
    """Return the record of somebody with every field filled, whose server keeps what it is sent."""
    record = workspace.add("alice", **PROFILE)
    workspace.server.route(UPDATE, server_that_keeps(record), method="POST")
    return record


@pytest.fixture
def update(workspace: Workspace, connect: Callable[..., Any]) -> Update:
    """Return a function that changes the profile of alice."""

    def change(data: dict[str, Any] | None = None, **more: Any) -> Any:
        user = User("aliceId", "alice", active=True, federated=False, full_view=True)
        return update_profile(connect(workspace.server).client, user, data or CHANGE, **more)

    return change


def sent(workspace: Workspace) -> list[Any]:
    """Return the bodies of the updates."""
    return [seen.json for seen in workspace.server.sent("POST", UPDATE)]


def test_what_would_be_erased_is_sent_back_and_nothing_else(
    workspace: Workspace, alice: dict[str, Any], update: Update
) -> None:
    reply = update()
    assert sent(workspace) == [
        {"userId": "aliceId", "data": {"bio": "Writes things down.", "nickname": "Al", **CHANGE}},
    ]
    assert reply.attempts == 1


@pytest.mark.parametrize("blank", [None, ""])
def test_what_is_not_there_is_not_sent(workspace: Workspace, alice: dict[str, Any], update: Update, blank: Any) -> None:
    alice["bio"] = blank
    del alice["nickname"]
    update()
    assert sent(workspace)[0]["data"] == CHANGE


def test_it_is_read_right_before_and_not_taken_from_an_earlier_look(
    workspace: Workspace, alice: dict[str, Any], update: Update
) -> None:
    """Between the look-up of the first and the write to the last of ten thousand people, people change."""
    update()
    assert [seen.path for seen in workspace.server.requests] == [INFO, UPDATE]
    assert workspace.server.requests[0].query == {"userId": "aliceId"}


def test_a_change_may_be_of_what_is_kept(workspace: Workspace, alice: dict[str, Any], update: Update) -> None:
    workspace.server.route(UPDATE, server_that_keeps(alice, nickname="Ally"), method="POST")
    update({"nickname": "Ally"}, becomes=["nickname"])
    assert sent(workspace)[0]["data"] == {"bio": "Writes things down.", "nickname": "Ally"}


@pytest.mark.parametrize("view", [False, None])
def test_who_does_not_see_everything_changes_nothing(
    workspace: Workspace, alice: dict[str, Any], update: Update, view: bool | None
) -> None:
    """The right may have been lost since the account was looked up."""
    alice["canViewAllInfo"] = view
    with pytest.raises(Refused) as caught:
        update()
    assert caught.value.code == "profile-not-visible"
    assert caught.value.details == {"permission": "view-full-other-user-info"}
    assert "does not see the whole profile of other users" in caught.value.message
    assert "view-full-other-user-info" in caught.value.message
    assert caught.value.ends_run
    assert workspace.server.sent("POST") == []


@pytest.mark.parametrize("answer", [{"_id": "bobId", "username": "bob", "canViewAllInfo": True}, {}, None])
def test_another_account_than_the_one_asked_for_is_not_described_to_be_sent_back(
    workspace: Workspace, alice: dict[str, Any], update: Update, answer: Any
) -> None:
    workspace.server.route(INFO, {"user": answer, "success": True})
    with pytest.raises(UnexpectedAnswer):
        update()
    assert workspace.server.sent("POST") == []


@pytest.mark.parametrize(
    ("loses", "becomes", "before"),
    [
        (("statusText",), {}, {"statusText": "at the desk"}),
        ((), {"name": "Alice"}, {"name": "Alice A."}),
        ((), {"roles": ["user"]}, {"roles": ["user", "auditor"]}),
        ((), {"emails": PROFILE["emails"][:1]}, {"emails": PROFILE["emails"]}),
        ((), {"active": False}, {"active": True}),
        ((), {"customFields": {"site": None}}, {"customFields": {"desk": "4"}}),
        (("customFields",), {}, {"customFields": {"desk": "4"}}),
        ((), {"bio": None, "nickname": ""}, {"bio": "Writes things down.", "nickname": "Al"}),
    ],
)
def test_a_server_that_changes_more_is_told_of_with_what_was_there(
    workspace: Workspace,
    alice: dict[str, Any],
    update: Update,
    loses: tuple[str, ...],
    becomes: dict[str, Any],
    before: dict[str, Any],
) -> None:
    workspace.server.route(UPDATE, server_that_keeps(alice, loses=loses, **becomes), method="POST")
    with pytest.raises(TargetError) as caught:
        update()
    assert caught.value.code == "profile-changed"
    assert caught.value.details == {"before": before, "done": ["users.update"]}
    assert all(field in caught.value.message for field in ("alice", *before))
    assert (caught.value.attempts, caught.value.ends_run) == (1, False)


@pytest.mark.parametrize(
    "becomes",
    [
        {"customFields": {"desk": "4", "hidden": "x"}},
        {"customFields": {"desk": "4", "site": "Porto"}},
        {"requirePasswordChange": True},
        {"inactiveReason": "deactivated"},
    ],
)
def test_what_the_answer_shows_besides_is_nothing_lost(
    workspace: Workspace, alice: dict[str, Any], update: Update, becomes: dict[str, Any]
) -> None:
    workspace.server.route(UPDATE, server_that_keeps(alice, **becomes), method="POST")
    assert update().body["success"]


def test_what_is_to_become_another_is_nothing_lost(workspace: Workspace, alice: dict[str, Any], update: Update) -> None:
    emails = [{"address": "new@example.com", "verified": True}]
    workspace.server.route(UPDATE, server_that_keeps(alice, emails=emails), method="POST")
    change = {"email": "new@example.com", "verified": True}
    assert update(change, becomes=["emails"]).attempts == 1
    with pytest.raises(TargetError, match="emails"):
        update(change)


@pytest.mark.parametrize("body", [{"success": True}, {"success": True, "user": None}])
def test_an_answer_that_tells_nothing_tells_of_no_loss(
    workspace: Workspace, alice: dict[str, Any], update: Update, body: dict[str, Any]
) -> None:
    workspace.server.route(UPDATE, body, method="POST")
    assert update().body == body


@pytest.mark.parametrize(("key", "longest"), [("bio", 260), ("nickname", 120)])
@pytest.mark.parametrize(("letter", "units"), [("b", 1), ("ü", 1), ("\U0001f980", 2)])
def test_what_the_server_would_not_take_back_is_named_before_anything_is_sent(
    workspace: Workspace, alice: dict[str, Any], update: Update, key: str, longest: int, letter: str, units: int
) -> None:
    """6.x says so only after it has changed the password."""
    alice[key] = letter * (longest // units)
    update()
    alice[key] += "."
    for work in (update, lambda: check_profile(user_from(alice))):
        with pytest.raises(TargetError) as caught:
            work()
        assert (caught.value.code, caught.value.details) == (f"error-{key}-size-exceeded", {})
        assert caught.value.message.startswith(
            f"'alice' cannot be changed. The account's {key} is longer than the {longest} characters"
        )
    assert len(sent(workspace)) == 1


def test_a_lone_surrogate_is_counted_and_no_traceback(alice: dict[str, Any]) -> None:
    alice["bio"] = json.loads('"\\ud800"')
    check_profile(user_from(alice))


@pytest.mark.parametrize("code", ["error-bio-size-exceeded", "error-nickname-size-exceeded"])
def test_a_server_with_another_limit_stops_this_account_alone(
    workspace: Workspace, alice: dict[str, Any], update: Update, code: str
) -> None:
    refusal = (400, {"success": False, "error": f"Too long [{code}]", "errorType": code})
    workspace.server.route(UPDATE, refusal, method="POST")
    with pytest.raises(Refused) as caught:
        update()
    assert (caught.value.code, caught.value.ends_run) == (code, False)


def test_the_view_is_checked_for_an_account_that_was_looked_up() -> None:
    check_profile(user_from({"_id": "x", "username": "x", "canViewAllInfo": True}))
    with pytest.raises(Refused, match="view-full-other-user-info"):
        check_profile(user_from({"_id": "x", "username": "x"}))


# What of a record each key of the body makes another.
MAKES = {"email": "emails", "verified": "emails"}
RECORDED = ("name", "bio", "nickname", "statusText", "emails", "roles", "active", "customFields")


def recorded_updates() -> Iterator[Any]:
    """Return the recorded updates that succeeded and were answered with the whole record."""
    for version in ("7.7", "8.6"):
        for file in sorted((RECORDINGS / version).glob("6[0-9]-*.json")):
            for exchange in json.loads(file.read_text(encoding="utf-8"))["exchanges"]:
                answer = exchange["response"]
                if exchange["request"]["path"] == "/api/v1/users.update" and "createdAt" in str(answer["body"]):
                    before, after = exchange.get("state_before", {}), exchange.get("state_after", {})
                    if "bio" in before and before["user"] == after["user"] == answer["body"]["user"]["username"]:
                        yield pytest.param(exchange, id=f"{version}-{file.name[:2]}-{exchange['step']}")


@pytest.mark.parametrize("exchange", list(recorded_updates()))
def test_what_recorded_servers_lost_is_seen_and_nothing_else(
    workspace: Workspace, connect: Callable[..., Any], exchange: dict[str, Any]
) -> None:
    """The servers' own databases tell what was lost; the body that was recorded sent nothing back."""
    before, after = exchange["state_before"], exchange["state_after"]
    user_id = exchange["request"]["body"]["userId"]
    record = {key: before[key] for key in RECORDED if before.get(key) is not None}
    workspace.server.route(
        INFO, {"user": {"_id": user_id, "username": before["user"], **record, "canViewAllInfo": True}, "success": True}
    )
    workspace.server.route(UPDATE, exchange["response"]["body"], method="POST")
    becomes = {MAKES.get(key, key) for key in exchange["request"]["body"]["data"]}
    lost = {
        key: before[key] for key in RECORDED if key not in becomes and before.get(key) and before[key] != after[key]
    }
    user = User(user_id, before["user"], active=True, federated=False, full_view=True)
    try:
        update_profile(connect(workspace.server).client, user, {}, becomes=becomes)
    except TargetError as error:
        assert error.details["before"] == lost != {}
    else:
        assert lost == {}


def test_recorded_servers_did_lose_something() -> None:
    """Otherwise the test above would show nothing."""
    losers = [
        one.id
        for one in recorded_updates()
        for exchange in one.values
        if exchange["state_before"]["bio"] and not exchange["state_after"]["bio"]
    ]
    assert {one[:3] for one in losers} == {"7.7", "8.6"}
    assert len(losers) > 5
