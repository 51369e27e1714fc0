# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every answer recorded from a real server, to the endpoints that the client uses, given to the client itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted, look_up
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.roles import BUILT_IN
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.caller import read_caller
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    END_SESSIONS,
    RESET_E2E_KEY,
    RESET_TOTP,
    SET_ACTIVE,
    UPDATE_USER,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    ADVICE,
    Refused,
    RocketChatError,
    TargetError,
    UnexpectedAnswer,
)

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

RECORDINGS = Path(__file__).parents[4] / "contract"
VERSIONS = ("6.5", "7.7", "8.6")
WRITES = {action.path: action for action in (RESET_TOTP, RESET_E2E_KEY, END_SESSIONS, SET_ACTIVE, UPDATE_USER)}
TARGET = User("targetId", "target", active=True, federated=False)
# What answers without an errorType mean, by status and words.
UNTYPED = {
    (400, "User not found"): "error-user-not-found",
    (400, "Cannot read property 'roles' of null"): "error-user-not-found",
    (400, "_params$userId.trim is not a function"): "refused",
    (400, "params.userId?.trim is not a function"): "refused",
    (401, "You must be logged in to do this."): "not-authenticated",
    (403, "unauthorized"): "unauthorized",
    (403, "User does not have the permissions required for this action [error-unauthorized]"): "unauthorized",
}
# Codes for which a module has words of its own, or of requests that no module makes. What is wrong with a profile the
# server says well enough itself.
WITHOUT_ADVICE = {
    "user-last-owner",
    "refused",
    "error-user-is-federated",
    "error-user-registration-custom-field",
    "error-invalid-customfield-json",
    "Edit_Federated_User_Not_Allowed",
}

Connect = Callable[..., Any]


def exchanges(version: str, method: str, path: str) -> Iterator[dict[str, Any]]:
    """The recorded exchanges with one endpoint."""
    for file in sorted((RECORDINGS / version).glob("*.json")):
        for exchange in json.loads(file.read_text(encoding="utf-8"))["exchanges"]:
            request = exchange["request"]
            if request["method"] == method and urlsplit(request["path"]).path == f"/api/v1/{path}":
                yield exchange


def script(server: ScriptedServer, exchange: dict[str, Any]) -> Any:
    """Answer the next request as it was recorded; return what to say of a failed comparison."""
    answer = exchange["response"]
    kind = answer.get("content-type")
    server.script((answer["status"], answer["body"] or "", {"Content-Type": kind} if kind else {}))
    return exchange["step"], answer


def outcome(work: Callable[[], Any]) -> Any:
    """The result, or the error."""
    try:
        return work()
    except RocketChatError as error:
        return error


def words(body: dict[str, Any]) -> str:
    """What the server wrote."""
    return str(body.get("error") or body["message"])


def meaning(answer: dict[str, Any]) -> str | None:
    """The code of a recorded failure, or nothing for a success."""
    body = answer["body"]
    if not isinstance(body, dict):
        return "not-json"
    if answer["status"] == 429:
        return "error-too-many-requests"
    if answer["status"] == 200 and body["success"]:
        return None
    if words(body).startswith("Federated Users"):
        return "federated-user"
    if isinstance(body.get("details"), dict) and body["details"].get("action") == "Remove_last_admin":
        return "last-admin"
    return body.get("errorType") or UNTYPED[answer["status"], words(body)]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", WRITES)
def test_a_write_ends_as_the_server_said(server: ScriptedServer, connect: Connect, version: str, path: str) -> None:
    recorded = list(exchanges(version, "POST", path))
    assert len(recorded) > 8
    for exchange in recorded:
        said = script(server, exchange)
        result = outcome(lambda: connect(server, budget=0.0).client.act(WRITES[path], TARGET))
        code = meaning(exchange["response"])
        if code is None:
            assert result.body == exchange["response"]["body"], said
            continue
        assert result.code == code, said
        assert result.attempts == 1, said
        if isinstance(result, UnexpectedAnswer):
            assert result.details["outcome"] == "unknown", said
            continue
        assert isinstance(result, Refused), said
        assert "outcome" not in result.details, said
        assert words(exchange["response"]["body"]) in result.message, said
        assert code in ADVICE or code in WITHOUT_ADVICE, said
        # The one failure after which something has changed says so.
        before, after = exchange.get("state_before"), exchange.get("state_after")
        if before and after.get(before.get("user"), after) != before:
            assert code == "error-email-send-failed", said
            assert "may have been made" in result.message
    assert len(server.requests) == len(recorded)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_look_up_finds_the_account_that_was_asked_for(server: ScriptedServer, connect: Connect, version: str) -> None:
    found, missed = [], []
    for exchange in exchanges(version, "GET", "users.info"):
        query = parse_qsl(urlsplit(exchange["request"]["path"]).query, keep_blank_values=True)
        if len(query) != 1 or query[0][0] not in ("userId", "username"):
            continue
        key, value = query[0]
        wanted = Wanted("username" if key == "username" else "user_id", value)
        said = script(server, exchange)
        result = outcome(lambda wanted=wanted: look_up(connect(server, budget=0.0).client, wanted))
        if isinstance(result, User):
            record = exchange["response"]["body"]["user"]
            assert value == (result.username if key == "username" else result.user_id), said
            assert (result.user_id, result.username, result.active) == (
                record["_id"],
                record["username"],
                record["active"],
            )
            # Whoever sees all is told so by the server; without it nothing may be concluded from what is missing.
            assert result.full_view is (exchange["request"]["as"] in ("rcadmin", record["username"])), said
            found.append(value)
        else:
            status = exchange["response"]["status"]
            expected = {400: "user-not-found", 401: "not-authenticated", 429: "error-too-many-requests"}[status]
            if "Invalid search" in str(exchange["response"]["body"]):
                expected = "refused"
            assert result.code == expected, said
            assert isinstance(result, TargetError) is (expected == "user-not-found"), said
            missed.append(value)
    assert {"alice", "<id:alice>", "bob", "harry"} <= set(found)
    assert {"nope", "ALICE", "@alice", "<id:zoe>"} <= set(missed)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_account_that_is_looked_up_turns_out_to_be_another(
    server: ScriptedServer, connect: Connect, version: str
) -> None:
    """The server finds by name or id whichever is given: each recorded account is refused under the other's name."""
    tried = 0
    for exchange in exchanges(version, "GET", "users.info"):
        if exchange["response"]["status"] != 200:
            continue
        record = exchange["response"]["body"]["user"]
        for wanted in (
            Wanted("user_id", record["username"]),
            Wanted("username", record["_id"]),
            Wanted("username", "bo"),
        ):
            said = script(server, exchange)
            result = outcome(lambda wanted=wanted: look_up(connect(server).client, wanted))
            assert getattr(result, "code", result) == "user-mismatch", said
            tried += 1
    assert tried > 50


@pytest.mark.parametrize("version", VERSIONS)
def test_the_caller_is_whom_the_server_describes(server: ScriptedServer, connect: Connect, version: str) -> None:
    callers = []
    for exchange in exchanges(version, "GET", "me"):
        said = script(server, exchange)
        result = outcome(lambda: read_caller(connect(server, budget=0.0).client))
        if exchange["response"]["status"] != 200:
            expected = "not-authenticated" if exchange["response"]["status"] == 401 else "error-too-many-requests"
            assert result.code == expected, said
            continue
        if "as" not in exchange["request"]:
            # Asked with a token that was given to an application; this collection has none.
            continue
        assert (result.user_id, result.username) == (
            f"<id:{exchange['request']['as']}>",
            exchange["request"]["as"],
        )
        callers.append((result.username, result.totp_enabled, result.email_enabled, "admin" in result.roles))
        assert result.has_password, said
    # Who has which second factor is what the recordings' README says of their cast.
    assert ("rcadmin", False, False, True) in callers
    assert ("alice", True, True, False) in callers
    assert ("dave", True, True, True) in callers
    assert ("bob", False, False, False) in callers


@pytest.mark.parametrize("version", VERSIONS)
def test_signing_in_ends_as_the_server_said(server: ScriptedServer, connect: Connect, version: str) -> None:
    codes = set()
    for exchange in exchanges(version, "POST", "login"):
        answer = exchange["response"]
        said = script(server, exchange)
        result = outcome(lambda: connect(server, budget=0.0).client.sign_in("svc", "a-password"))
        if answer["status"] == 200:
            assert result == (answer["body"]["data"]["userId"], answer["body"]["data"]["authToken"]), said
            continue
        assert isinstance(result, Refused if isinstance(answer["body"], dict) else UnexpectedAnswer), said
        codes.add(result.code)
        error = answer["body"].get("error") if isinstance(answer["body"], dict) else None
        if str(error).startswith(("totp-", "error-")):
            assert result.code == error, said
    assert codes == {
        "login-failed",
        "totp-required",
        "totp-invalid",
        "error-user-is-not-activated",
        "error-login-blocked-for-user",
        # The rate limiter of 7.7 does nothing.
        *([] if version == "7.7" else ["error-too-many-requests"]),
        *(["not-json"] if version == "6.5" else ["error-invalid-email"]),
    }


def test_built_in_roles_are_those_that_were_recorded_and_their_ids_are_their_names() -> None:
    recorded = set()
    for version in VERSIONS:
        for exchange in exchanges(version, "GET", "roles.list"):
            roles = exchange["response"]["body"]["roles"]
            assert all(role["_id"] == role["name"] for role in roles)
            recorded |= {role["_id"] for role in roles}
    assert recorded == BUILT_IN
