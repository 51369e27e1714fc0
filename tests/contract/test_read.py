# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nobody recorded but what stands in the servers' own source: between the recorded versions, and after a while."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.emulator.testing import Emulator

FIELDS = {
    "department": {"type": "text", "required": True},
    "shown": {"type": "text", "public": True},
}
CROWD = 130

Answer = tuple[int, dict[str, Any]]
Serve = Callable[..., "Server"]


class Server:
    """An emulator, and requests to it by an administrator whom no second factor is asked of."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        emulator.settings({"Accounts_CustomFields": json.dumps(FIELDS)})
        emulator.change_user("alice", bio="A bio", nickname="Al", customFields={"department": "D", "shown": "S"})
        self._admin = emulator.token("rcadmin", kind="pat", bypassTwoFactor=True)

    def call(self, method: str, path: str, body: Any = None, caller: dict[str, str] | None = None) -> Answer:
        """Status and body of an answer."""
        who = caller or self._admin
        headers = {"X-Auth-Token": who["token"], "X-User-Id": who["userId"], "Content-Type": "application/json"}
        connection = HTTPConnection(urlsplit(self.emulator.url).netloc, timeout=30)
        connection.request(method, f"/api/v1/{path}", None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        answer = response.status, json.loads(response.read())
        connection.close()
        return answer

    def update(self, name: str, /, **data: Any) -> Answer:
        """A users.update."""
        return self.call("POST", "users.update", {"userId": self.emulator.user(name)["_id"], "data": data})

    def sign_in(self, name: str, password: str) -> int:
        """The status of a sign-in."""
        return self.call("POST", "login", {"user": name, "password": password})[0]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server of a version."""
    with ExitStack() as stack:
        yield lambda version, *options: Server(stack.enter_context(Emulator(version, *options)))


@pytest.mark.parametrize(
    ("version", "name", "bio"), [("6.13", "Another", None), ("7.0", "Alice", "A bio"), ("8.6", "Alice", "A bio")]
)
def test_before_7_what_comes_earlier_is_written_although_a_field_is_refused(
    serve: Serve, version: str, name: str, bio: str | None
) -> None:
    """The bio is gone then, and the name is another one."""
    server = serve(version)
    status, body = server.update("alice", name="Another", customFields={"shown": "T"})
    assert (status, body["error"]) == (400, "Field department is required [error-user-registration-custom-field]")
    alice = server.emulator.user("alice")
    assert (alice["name"], alice["bio"], alice["customFields"]) == (name, bio, {"department": "D", "shown": "S"})


@pytest.mark.parametrize(
    ("version", "shown"), [("6.5", "S"), ("7.4", "S"), ("7.5", None), ("7.9", None), ("7.10", "S"), ("8.6", "S")]
)
def test_from_7_5_to_7_9_custom_fields_replace_each_other(serve: Serve, version: str, shown: str | None) -> None:
    """Otherwise those that are left out stay."""
    server = serve(version)
    assert server.update("alice", customFields={"department": "E"})[0] == 200
    assert server.emulator.user("alice")["customFields"] == {"department": "E", "shown": shown}


@pytest.mark.parametrize(("version", "second"), [("6.13", 429), ("7.12", 429), ("8.0", 200)])
@pytest.mark.parametrize("part", ["email", "name"])
def test_before_8_a_part_changes_once_in_a_minute(serve: Serve, version: str, second: int, part: str) -> None:
    """For one person; somebody else's may be changed."""
    server = serve(version)
    assert server.update("alice", **{part: "one@example.test"})[0] == 200
    assert server.update("alice", **{part: "two@example.test"})[0] == second
    assert server.update("bob", **{part: "three@example.test"})[0] == 200
    server.emulator.control("clock", {"offset_seconds": 61})
    assert server.update("alice", **{part: "four@example.test"})[0] == 200


def test_null_reads_as_left_out(serve: Serve) -> None:
    """So it erases the bio, and nothing else."""
    server = serve("8.6")
    before = server.emulator.user("alice")
    keys = ("bio", "nickname", "email", "name", "roles", "customFields", "verified", "password", "active")
    assert server.update("alice", **dict.fromkeys(keys))[0] == 200
    assert server.emulator.user("alice") == {**before, "bio": None, "nickname": None}


@pytest.mark.parametrize(
    ("username", "code"), [("bob", "error-could-not-save-identity"), ("a b", "error-input-is-not-a-valid-field")]
)
def test_a_user_name_that_cannot_be(serve: Serve, username: str, code: str) -> None:
    """It is refused, and nothing is erased."""
    server = serve("8.6")
    status, body = server.update("alice", username=username)
    assert (status, body["errorType"]) == (400, code)
    assert server.emulator.user("alice")["bio"] == "A bio"


def test_others_see_public_fields_only(serve: Serve) -> None:
    """Administrators see all that are defined."""
    server = serve("8.6")
    harry = server.emulator.token("harry")
    lesser = server.call("GET", "users.info?username=alice", caller=harry)[1]["user"]
    assert (lesser["bio"], lesser["customFields"]) == ("A bio", {"shown": "S"})
    full = server.call("GET", "users.info?username=alice")[1]["user"]
    assert full["customFields"] == {"department": "D", "shown": "S"}


@pytest.mark.parametrize(("version", "bio"), [("7.12", "A bio"), ("7.13", None)])
def test_from_7_13_a_blank_bio_of_ones_own_erases(serve: Serve, version: str, bio: str | None) -> None:
    """What is left out stays."""
    server = serve(version)
    alice = server.emulator.token("alice")
    assert server.call("POST", "users.updateOwnBasicInfo", {"data": {"bio": " "}}, alice)[0] == 200
    changed = server.emulator.user("alice")
    assert (changed["bio"], changed["nickname"]) == (bio, "Al")


def test_a_block_ends_by_itself(serve: Serve) -> None:
    """After five minutes; one more failure then brings it back."""
    server = serve("8.6")
    server.emulator.settings({"Block_Multiple_Failed_Logins_Enabled": True})
    assert [server.sign_in("bob", "wrong") for _nth in range(10)] == [401] * 10
    assert server.sign_in("bob", "bob-pw-1") == 401
    server.emulator.control("clock", {"offset_seconds": 301})
    assert server.sign_in("bob", "wrong") == 401
    assert server.sign_in("bob", "bob-pw-1") == 401
    server.emulator.control("clock", {"offset_seconds": 603})
    assert server.sign_in("bob", "bob-pw-1") == 200


@pytest.mark.parametrize("path", ["users.list", "users.listByStatus"])
def test_a_page_has_a_hundred_rows_at_most(serve: Serve, path: str) -> None:
    """Unless nothing is asked for, and the workspace allows that."""
    server = serve("8.6", "--users", str(CROWD))

    def rows(count: int) -> int:
        body = server.call("GET", f"{path}?count={count}")[1]
        assert body["total"] > CROWD
        return int(body["count"])

    assert (rows(7), rows(500)) == (7, 100)
    assert rows(0) > CROWD
    server.emulator.settings({"API_Allow_Infinite_Count": False})
    assert rows(0) == 100


@pytest.mark.parametrize(
    ("version", "young", "totp", "status"),
    [
        ("7.7", True, False, 400),
        ("8.6", True, False, 200),
        ("8.6", True, True, 400),
        ("8.6", False, False, 400),
    ],
)
def test_the_grace_of_the_first_half_hour(serve: Serve, version: str, young: bool, totp: bool, status: int) -> None:
    """On 8.6 it covers the reset of somebody's TOTP, for callers without a second factor of their own."""
    server = serve(version)
    changes: dict[str, Any] = {"roles": ["admin"], "totp": {"enabled": True} if totp else None}
    if young:
        changes["createdAt"] = datetime.now(UTC).isoformat()
    server.emulator.change_user("bob", **changes)
    bob = server.emulator.token("bob", kind="pat")
    target = {"userId": server.emulator.user("alice")["_id"]}
    assert server.call("POST", "users.resetTOTP", target, bob)[0] == status
