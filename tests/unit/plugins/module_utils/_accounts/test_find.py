# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resolver: the account that comes back is the one that was asked for, or nothing happens to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import (
    Resolved,
    Wanted,
    resolve,
    wanted_targets,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User, user_from
from ansible_collections.chatops.rocketchat.plugins.module_utils._api import progress
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.caller import Caller
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    InputError,
    RocketChatError,
    TargetError,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.progress import VARIABLE

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer, Workspace

Connect = Callable[..., Any]

SVC = Caller(
    "callerId",
    "svc",
    roles=frozenset({"admin"}),
    totp_enabled=False,
    email_enabled=False,
    has_password=True,
)
RECORD = {"_id": "aliceId", "username": "alice", "active": True}


def resolved(workspace: Workspace, connect: Connect, *wanted: tuple[str, str], **more: Any) -> list[Resolved]:
    """Resolve targets, given as (by, value)."""
    return resolve(connect(workspace.server).client, [Wanted(*one) for one in wanted], SVC, **more)


def problem(workspace: Workspace, connect: Connect, by: str, value: str) -> RocketChatError:
    """Return what is wrong with the only target."""
    (only,) = resolved(workspace, connect, (by, value))
    assert only.error is not None
    # Who was found and is refused can be named; whom nobody was found for cannot.
    assert (only.user is None) is (only.error.code in ("user-not-found", "user-mismatch"))
    assert not only.error.ends_run
    return only.error


# --- what the task names ---------------------------------------------------------------------------------------------


def test_names_and_ids_are_taken_in_order_and_each_once() -> None:
    targets = wanted_targets(["bob", "alice", "bob"], ["aliceId", "aliceId"])
    assert [(one.by, one.value) for one in targets] == [
        ("username", "bob"),
        ("username", "alice"),
        ("user_id", "aliceId"),
    ]


def test_addresses_come_after_names_and_ids() -> None:
    targets = wanted_targets(["bob"], ["aliceId"], ["a@example.com", "A@example.com", "a@example.com"])
    assert [(one.by, one.value) for one in targets] == [
        ("username", "bob"),
        ("user_id", "aliceId"),
        ("email", "a@example.com"),
        ("email", "A@example.com"),
    ]


@pytest.mark.parametrize("given", ["alice", "@alice", "alice@", "a b@example.com", "a@b@c", "a@ex ample"])
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(InputError) as caught:
        wanted_targets(None, None, ["ok@example.com", given])
    assert f"emails: entry 2 ({given!r}) is no e-mail address" in caught.value.message
    assert "usernames" in caught.value.message


def test_who_is_not_mentioned_is_no_target() -> None:
    assert wanted_targets(None, None) == []


@pytest.mark.parametrize(
    ("names", "position"),
    [
        ([""], 1),
        (["alice", " "], 2),
        (["alice", "bob", "\t\n"], 3),
        (["alice", None], 2),
        ([" alice"], 1),
        (["alice "], 1),
        (["ali\nce"], 1),
        (["alice\x00"], 1),
        (["alice\u200b"], 1),
        ([5], 1),
    ],
)
@pytest.mark.parametrize("option", ["usernames", "user_ids"])
def test_an_entry_that_is_empty_or_has_blanks_around_it_is_named_by_its_place(
    option: str, names: list[Any], position: int
) -> None:
    with pytest.raises(InputError) as caught:
        wanted_targets(**{"usernames": None, "user_ids": None, option: names})
    assert f"{option}: entry {position}" in caught.value.message


@pytest.mark.parametrize(("names", "ids"), [([], None), (None, []), ([], ["aliceId"]), (["alice"], [])])
def test_an_empty_list_is_refused_since_it_may_be_a_failed_look_up(
    names: list[str] | None, ids: list[str] | None
) -> None:
    with pytest.raises(InputError, match="empty list"):
        wanted_targets(names, ids)
    with pytest.raises(InputError, match="emails is an empty list"):
        wanted_targets(None, None, [])


# --- comparing what came back ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "value", "query"),
    [("username", "alice", {"username": "alice"}), ("user_id", "aliceId", {"userId": "aliceId"})],
)
def test_a_target_is_looked_up_by_what_the_task_gave(
    workspace: Workspace, connect: Connect, by: str, value: str, query: dict[str, str]
) -> None:
    workspace.add("alice")
    (only,) = resolved(workspace, connect, (by, value))
    assert only.user is not None
    assert (only.user.user_id, only.user.username) == ("aliceId", "alice")
    assert [seen.query for seen in workspace.server.sent("GET", "/api/v1/users.info")] == [query]


def test_a_name_that_is_the_id_of_another_account_is_a_mismatch(workspace: Workspace, connect: Connect) -> None:
    workspace.add("mallory", _id="alice")
    error = problem(workspace, connect, "username", "alice")
    assert error.code == "user-mismatch"
    assert "user_ids" in error.message


def test_an_id_that_is_the_name_of_another_account_is_a_mismatch(workspace: Workspace, connect: Connect) -> None:
    workspace.add("mallory", _id="xyz")
    error = problem(workspace, connect, "user_id", "mallory")
    assert error.code == "user-mismatch"
    assert "usernames" in error.message


@pytest.mark.parametrize(("by", "value"), [("username", "alice"), ("user_id", "aliceId")])
def test_quite_another_account_in_the_answer_is_a_mismatch(
    server: ScriptedServer, connect: Connect, by: str, value: str
) -> None:
    server.script({"user": {"_id": "bobId", "username": "bob"}, "success": True})
    (only,) = resolve(connect(server).client, [Wanted(by, value)], SVC)
    assert only.user is None
    assert only.error is not None
    assert only.error.code == "user-mismatch"


def test_a_name_in_another_case_is_the_account_where_the_server_says_so(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script({"user": RECORD})
    (only,) = resolve(connect(server).client, [Wanted("username", "Alice")], SVC)
    assert only.user is not None
    assert only.user.username == "alice"


def test_an_id_in_another_case_is_another_account(server: ScriptedServer, connect: Connect) -> None:
    server.script({"user": RECORD})
    (only,) = resolve(connect(server).client, [Wanted("user_id", "ALICEID")], SVC)
    assert only.user is None


@pytest.mark.parametrize(
    "answer",
    [
        (400, {"success": False, "error": "User not found."}),
        (400, {"success": False, "error": "Sorry: user not found"}),
        (400, {"success": False, "error": "The required x is invalid [error-invalid-user]"}),
        (400, {"success": False, "error": "No", "errorType": "error-invalid-user"}),
        (400, {"success": False, "error": "No", "errorType": "error-user-not-found"}),
    ],
)
def test_an_unknown_user_is_told_in_every_dialect_of_the_server(
    server: ScriptedServer, connect: Connect, answer: Any
) -> None:
    server.script(answer)
    (only,) = resolve(connect(server).client, [Wanted("username", "nobody")], SVC)
    assert only.error is not None
    assert only.error.code == "user-not-found"
    assert "'nobody'" in only.error.message


@pytest.mark.parametrize(
    ("by", "value", "hint"),
    [
        ("username", "nobody", "case-sensitive"),
        ("username", "@alice", "Leave out the @"),
        ("username", "alice@example.com", "e-mail address"),
        ("user_id", "nobody", "usernames"),
    ],
)
def test_an_unknown_user_comes_with_a_hint_that_fits(
    workspace: Workspace, connect: Connect, by: str, value: str, hint: str
) -> None:
    assert hint in problem(workspace, connect, by, value).message


@pytest.mark.parametrize(("by", "value"), [("username", "svc"), ("user_id", "callerId"), ("username", "SVC")])
def test_the_caller_is_refused_by_whatever_name(server: ScriptedServer, connect: Connect, by: str, value: str) -> None:
    server.script({"user": {"_id": "callerId", "username": "svc"}})
    (only,) = resolve(connect(server).client, [Wanted(by, value)], SVC)
    assert only.error is not None
    assert only.error.code == "own-account"
    assert "the calling account itself" in only.error.message


def test_the_caller_is_known_by_id_even_when_renamed_since(server: ScriptedServer, connect: Connect) -> None:
    server.script({"user": {"_id": "callerId", "username": "renamed"}})
    (only,) = resolve(connect(server).client, [Wanted("username", "renamed")], SVC)
    assert only.error is not None
    assert only.error.code == "own-account"


def test_a_federated_user_is_refused_before_the_server_would_mail_anybody(
    workspace: Workspace, connect: Connect
) -> None:
    workspace.add("fay", federated=True)
    assert problem(workspace, connect, "username", "fay").code == "federated-user"


def test_two_names_for_one_account_are_one_target(workspace: Workspace, connect: Connect) -> None:
    workspace.add("alice")
    workspace.add("bob")
    results = resolved(
        workspace, connect, ("username", "alice"), ("username", "bob"), ("user_id", "aliceId"), ("user_id", "bobId")
    )
    assert [one.user and one.user.username for one in results] == ["alice", "bob"]
    assert [one.wanted.by for one in results] == ["username", "username"]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_everything_that_is_wrong_is_found_in_one_run_and_in_order(
    workspace: Workspace, connect: Connect, concurrency: int
) -> None:
    workspace.add("alice")
    workspace.add("fay", federated=True)
    workspace.add("mallory", _id="xyz")
    workspace.add("svc", _id="callerId")
    wanted = ("nobody", "alice", "fay", "svc", "xyz", "nowhere")
    results = resolved(workspace, connect, *(("username", name) for name in wanted), concurrency=concurrency)
    assert [one.wanted.value for one in results] == list(wanted)
    assert [one.error and one.error.code for one in results] == [
        "user-not-found",
        None,
        "federated-user",
        "own-account",
        "user-mismatch",
        "user-not-found",
    ]


@pytest.mark.parametrize(
    "answer",
    [
        (401, {"status": "error", "message": "You must be logged in to do this."}),
        (403, {"success": False, "error": "unauthorized"}),
        (200, "<html>"),
        {"success": True},
        {"user": None},
        {"user": {"username": "alice"}},
        {"user": {"_id": "", "username": "alice"}},
        {"user": {"_id": " ", "username": "alice"}},
        {"user": {"_id": 5, "username": "alice"}},
    ],
)
def test_what_is_no_answer_about_one_user_ends_the_look_up(
    server: ScriptedServer, connect: Connect, answer: Any
) -> None:
    server.script(answer)
    with pytest.raises(RocketChatError) as caught:
        resolve(connect(server).client, [Wanted("username", "alice"), Wanted("username", "bob")], SVC)
    assert caught.value.ends_run


# --- what goes into and comes out of a look-up -----------------------------------------------------------------------


def test_an_account_is_as_old_as_the_servers_answer(server: ScriptedServer, connect: Connect) -> None:
    server.script((200, {"user": RECORD}, {"Date": "Mon, 02 Mar 2026 10:00:00 GMT"}))
    (only,) = resolve(connect(server).client, [Wanted("username", "alice")], SVC)
    assert only.user is not None
    assert only.user.seen_at == datetime(2026, 3, 2, 10, tzinfo=timezone.utc)  # noqa: UP017


@pytest.mark.parametrize(
    ("by", "record", "message"),
    [
        (
            "username",
            {"_id": "thing", "username": "mallory"},
            "'thing' is the id of an account, not its user name. Give it in user_ids.",
        ),
        (
            "user_id",
            {"_id": "xyz", "username": "thing"},
            "'thing' is the user name of an account, not its id. Give it in usernames.",
        ),
        (
            "username",
            {"_id": "xyz", "username": "mallory"},
            "Asked for the username 'thing', the server described another account ('mallory'). Nothing is done to"
            " either.",
        ),
    ],
)
def test_a_mismatch_says_what_was_mixed_up(
    server: ScriptedServer, connect: Connect, by: str, record: dict[str, str], message: str
) -> None:
    server.script({"user": record})
    (only,) = resolve(connect(server).client, [Wanted(by, "thing")], SVC)
    assert only.error is not None
    assert only.error.message == message


def test_who_is_refused_is_named_as_the_task_did_and_with_the_way_out(workspace: Workspace, connect: Connect) -> None:
    workspace.add("svc", _id="callerId")
    workspace.add("fay", federated=True)
    results = resolved(
        workspace, connect, ("user_id", "callerId"), ("username", "fay"), own_account_hint="Ask a friend."
    )
    own, federated = (one.error.message for one in results if one.error)
    assert own.startswith("The user_id 'callerId' is the calling account itself")
    assert own.endswith(" Ask a friend.")
    assert federated.startswith("The username 'fay' is a federated user")


def test_a_job_may_refuse_an_account_and_is_shown_it(workspace: Workspace, connect: Connect) -> None:
    workspace.add("alice")
    workspace.add("bob")

    def check(user: User) -> None:
        if user.username == "bob":
            raise TargetError("no-bobs", f"{user.user_id} will not do.")

    results = resolved(workspace, connect, ("username", "alice"), ("username", "bob"), check=check)
    assert [one.error and one.error.message for one in results] == [None, "bobId will not do."]


def test_who_is_known_already_is_not_asked_for(workspace: Workspace, connect: Connect) -> None:
    workspace.add("bob")
    known = {Wanted("username", "alice"): user_from(RECORD)}
    results = resolved(workspace, connect, ("username", "alice"), ("username", "bob"), known=known.get)
    assert [one.user and one.user.username for one in results] == ["alice", "bob"]
    assert [seen.query for seen in workspace.server.requests] == [{"username": "bob"}]


@pytest.mark.parametrize(("more", "together"), [({}, 1), ({"concurrency": 1}, 1), ({"concurrency": 2}, 2)])
def test_no_more_requests_are_in_flight_than_the_task_allows(
    workspace: Workspace, connect: Connect, more: dict[str, int], together: int
) -> None:
    in_flight, most, lock, second = set(), [0], threading.Lock(), threading.Event()

    def answer(seen: Any) -> Any:
        with lock:
            in_flight.add(seen.query["username"])
            most[0] = max(most[0], len(in_flight))
            if len(in_flight) > 1:
                second.set()
        # The first always goes alone. Where no other shall come in while one is answered, it gets a moment to try.
        if seen.query["username"] != "user0":
            second.wait(10 if together > 1 else 0.1)
        with lock:
            in_flight.discard(seen.query["username"])
        return {"user": {"_id": seen.query["username"], "username": seen.query["username"]}}

    workspace.server.route("/api/v1/users.info", answer)
    resolved(workspace, connect, *(("username", f"user{number}") for number in range(5)), **more)
    assert most == [together]


def test_a_long_look_up_is_told_of(
    workspace: Workspace, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "progress"
    path.touch()
    monkeypatch.setenv(VARIABLE, str(path))
    for name in ("_FIRST", "_EVERY"):
        monkeypatch.setattr(progress, name, 0.0)
    workspace.add("alice")
    resolved(workspace, connect, ("username", "alice"), ("username", "nobody"), ("username", "noone"))
    lines = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
    assert [text.split(" (")[0] for text in lines] == ["1 of 3 checked", "2 of 3 checked"]
    assert "1 failed" in lines[1]


# --- accounts that no task may touch ---------------------------------------------------------------------------------


@pytest.mark.parametrize("record", [{"username": "poll.bot", "type": "app"}, {"username": "cat", "_id": "rocket.cat"}])
def test_an_account_of_an_app_or_of_the_workspace_is_refused(
    workspace: Workspace, connect: Connect, record: dict[str, Any]
) -> None:
    workspace.add(**record)
    error = problem(workspace, connect, "username", record["username"])
    assert error.code == "app-user"
    assert record["username"] in error.message


@pytest.mark.parametrize("kind", ["user", "bot", None])
def test_an_account_that_a_bot_of_ones_own_signs_in_with_is_like_any_other(
    workspace: Workspace, connect: Connect, kind: str | None
) -> None:
    workspace.add("robot", type=kind)
    (only,) = resolved(workspace, connect, ("username", "robot"))
    assert only.error is None


# --- addresses -------------------------------------------------------------------------------------------------------


def test_name_id_and_addresses_of_one_account_are_one_target(workspace: Workspace, connect: Connect) -> None:
    workspace.add("alice")
    named = [("username", "alice"), ("email", "a@example.com"), ("user_id", "aliceId"), ("email", "second@example.com")]

    def bearer(wanted: Wanted) -> Wanted:
        assert wanted.by == "email"
        return Wanted("user_id", "aliceId")

    (only,) = resolved(workspace, connect, *named, addresses=bearer)
    assert only.wanted == Wanted("username", "alice")
    assert only.user is not None


def test_an_address_that_is_nobodys_is_told_with_the_others(workspace: Workspace, connect: Connect) -> None:
    workspace.add("alice")

    def nobody(wanted: Wanted) -> Wanted:
        raise TargetError("user-not-found", f"There is no account with the {wanted}.")

    first, second = resolved(workspace, connect, ("email", "x@example.com"), ("username", "alice"), addresses=nobody)
    assert first.error is not None
    assert (first.error.code, second.error) == ("user-not-found", None)


def test_the_calling_account_is_refused_by_its_address_too(workspace: Workspace, connect: Connect) -> None:
    workspace.add("svc", _id="callerId")
    (only,) = resolved(
        workspace, connect, ("email", "svc@example.com"), addresses=lambda _wanted: Wanted("user_id", "callerId")
    )
    assert only.error is not None
    assert only.error.code == "own-account"
    assert "email 'svc@example.com'" in only.error.message


@pytest.mark.parametrize(
    ("user_id", "words"),
    [
        ("goneId", "alice was shown as the account goneId, but that one is gone."),
        ("bobId", "alice was shown as the account bobId, but that one is called bob now."),
    ],
)
def test_whom_a_rehearsal_showed_must_bear_the_name_still(
    workspace: Workspace, connect: Connect, user_id: str, words: str
) -> None:
    workspace.add("bob", _id="bobId")
    (only,) = resolve(connect(workspace.server).client, [Wanted("user_id", user_id, shown="alice")], SVC)
    assert only.error is not None
    assert only.error.code == "not-approved"
    assert only.error.message == f"{words} Rehearse again, and have that approved."


def test_who_bears_the_name_that_was_shown_is_found(workspace: Workspace, connect: Connect) -> None:
    workspace.add("alice", _id="aliceId")
    wanted = Wanted("user_id", "aliceId", shown="alice")
    (only,) = resolve(connect(workspace.server).client, [wanted], SVC)
    assert only.error is None


def test_what_else_is_to_be_shown_is_asked_for(workspace: Workspace, connect: Connect) -> None:
    resolved(workspace, connect, ("username", "alice"), show={"includeUserRooms": "true"})
    assert workspace.server.requests[-1].query == {"username": "alice", "includeUserRooms": "true"}


@pytest.mark.parametrize(("name", "decomposed"), [("zoe\u0308", True), ("zo\u00eb", False)])
def test_a_name_of_two_spellings_comes_with_its_own_hint_beside_the_other(
    workspace: Workspace, connect: Connect, name: str, decomposed: bool
) -> None:
    message = problem(workspace, connect, "username", name).message
    assert "case-sensitive" in message
    assert ("decomposed Unicode" in message) is decomposed
