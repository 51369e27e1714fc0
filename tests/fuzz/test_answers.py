# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a server says, the client answers with a result or its own error, in time, and writes only on order."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.directory import all_users, users_with_roles
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted, look_up
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.ledger import Ledger
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.rooms import Fate, Rooms
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User, with_rooms
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.caller import read_caller
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client, Reply
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import RESET_TOTP
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.options import Connection, SecondFactor
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.rate_limit import RateLimit
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import read_version
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.transport import Answer, Transport
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.two_factor import TwoFactor
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import Workspace
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.result import Taken
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.totp import Totp

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.fuzz.conftest import SaysAnything

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TOKEN = "caller-token-Xq7Zt4"
TIMEOUT = 2.0
RETRIES = 1
# Every try may take the whole time, and a loaded machine is slow besides.
LONGEST = (RETRIES + 3) * (TIMEOUT + 1.0)
TARGET = User(user_id="targetId", username="target", active=True, federated=False)

# --- what a server may say ---------------------------------------------------------------------------------------

texts = st.text(max_size=40)
codes = st.sampled_from(
    [
        "totp-required",
        "totp-invalid",
        "totp-max-attempts",
        "totp-",
        "error-not-allowed",
        "error-invalid-user",
        "error-too-many-requests",
        "error-unauthorized",
        "invalid-params",
        "error-two-factor-not-enabled",
    ]
)
words = st.one_of(
    texts,
    codes,
    codes.map(lambda code: f"Something [{code}]"),
    st.integers(0, 10**400).map(lambda number: f"You must wait {number} seconds before [error-too-many-requests]"),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    words,
    st.sampled_from(["password", "email", "totp", "targetId", "2026-03-01T12:00:00.000Z", "\ud800", "6.5.0"]),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
_KEYS = [
    "success",
    "status",
    "error",
    "errorType",
    "message",
    "details",
    "method",
    "availableMethods",
    "codeGenerated",
    "emailOrUsername",
    "codeExpires",
    "function",
    "done",
    "outcome",
    "user",
    "users",
    "_id",
    "username",
    "roles",
    "services",
    "totp",
    "email2fa",
    "password",
    "enabled",
    "emails",
    "address",
    "verified",
    "active",
    "federated",
    "lastLogin",
    "createdAt",
    "customFields",
    "canViewAllInfo",
    "total",
    "count",
    "offset",
    "update",
    "settings",
    "value",
    "info",
    "version",
    "data",
    "userId",
    "authToken",
]


def _object(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(_KEYS), inner, max_size=6)


documents = st.one_of(_object(st.one_of(values, _object(values), st.lists(_object(values), max_size=2))), values)
envelopes = st.fixed_dictionaries(
    {"success": st.sampled_from([False, False, None, True])},
    optional={
        "error": st.one_of(words, values),
        "errorType": st.one_of(codes, values),
        "message": words,
        "details": st.one_of(_object(values), values),
        "status": st.sampled_from(["error", "success"]),
    },
)
bodies = st.one_of(
    st.one_of(documents, envelopes).map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=200),
    st.sampled_from(
        [
            b"",
            b"<html><body>502</body></html>",
            b'{"success": tr',
            b"\xef\xbb\xbf{}",
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b'{"error": ' + b"9" * 5000 + b"}",
            b'{"success": true, "success": false}',
            b"\xff\xfe{\x00}\x00",
            b"NaN",
            b"null",
        ]
    ),
)
statuses = st.one_of(
    st.sampled_from([200, 200, 400, 400, 401, 403, 404, 405, 429, 500, 502, 204, 302, 304]), st.integers(100, 999)
)
_NAMES = [
    "Content-Type",
    "Content-Encoding",
    "Transfer-Encoding",
    "Content-Length",
    "Date",
    "Location",
    "Set-Cookie",
    "X-RateLimit-Reset",
    "Retry-After",
    "Connection",
    "Content-Disposition",
]
_VALUES = [
    "application/json",
    "application/json; charset=nonsense",
    "text/html; charset=\xff",
    "gzip",
    "deflate, gzip, br, zstd",
    "chunked",
    "-1",
    "0",
    "5",
    "9" * 30,
    "Mon, 02 Mar 2026 10:00:00 GMT",
    "Mon, 02 Mar 2026 10:00:00 -0000",
    "Mon, 02 Mar 2026 10:00:00 +9999999999",
    "Mon, 99 Mar 99999999999 10:00:00 GMT",
    "http://127.0.0.2:9/elsewhere?token=x",
    "//[",
    "a=b; Expires=Mon, 99 Nonsense",
    "close",
    "keep-alive",
]
_line = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=30)
headers = st.lists(st.tuples(st.sampled_from(_NAMES) | _line, st.sampled_from(_VALUES) | _line), max_size=4)


@st.composite
def answers(draw: Callable[..., Any]) -> bytes:
    """Something like an HTTP answer, often with the length that its body has."""
    body = draw(bodies)
    lines = [f"HTTP/1.1 {draw(statuses)} {draw(_line)}"]
    lines += [f"{name}: {value}" for name, value in draw(headers)]
    if draw(st.integers(0, 3)):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body


@st.composite
def cut(draw: Callable[..., Any]) -> bytes:
    """The beginning of one."""
    whole = draw(answers())[:2000]
    return whole[: draw(st.integers(0, len(whole)))]


_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
raw = st.one_of(
    answers(),
    cut(),
    st.binary(max_size=300),
    st.binary(max_size=60).map(lambda rest: b"HTTP/1.1 200 OK\r\n" + rest),
    st.binary(max_size=60).map(lambda rest: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + rest),
    st.sampled_from(
        [
            _CONTINUE * 50 + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 150 + b"\r\n{}",
            b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 70_000 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00nonsense",
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
            b"HTTP/9.9 200 OK\r\n\r\n{}",
            b"HTTP/1.1 99999999999999999999 OK\r\n\r\n{}",
            b"\x15\x03\x01\x00\x02\x02\x28",
        ]
    ),
)

# --- what is asked of the client ---------------------------------------------------------------------------------


def _connection(url: str) -> Connection:
    return Connection(
        url=url,
        verify=True,
        client_cert=None,
        timeout=TIMEOUT,
        use_proxy=False,
        http_agent="fuzz",
        retries=RETRIES,
        rate_limit_wait=5.0,
        plain_text=False,
    )


@contextmanager
def client_of(url: str) -> Iterator[Client]:
    """A client with everything to answer a challenge with, for which waiting takes no time."""
    passed = [0.0]

    def sleep(seconds: float) -> None:
        passed[0] += seconds

    limit = RateLimit(5.0, clock=lambda: passed[0], sleep=sleep)
    two_factor = TwoFactor(SecondFactor(seed=SEED, password="pw"), clock=lambda: 1_000_000.0)
    client = Client(Transport(_connection(url)), two_factor, limit, retries=RETRIES, sleep=sleep)
    client.identify("callerId", TOKEN)
    try:
        yield client
    finally:
        client.close()


def outcome(work: Callable[[], Any]) -> Any:
    """The result or the typed error; anything else fails the test, and so does a hang."""
    start = time.monotonic()
    try:
        return work()
    except RocketChatError as error:
        check_error(error)
        return error
    finally:
        assert time.monotonic() - start < LONGEST


def check_error(error: RocketChatError) -> None:
    """An error is a code and a message, can be written as JSON, and tells nothing that is secret."""
    shown = error.as_dict()
    assert isinstance(shown["code"], str)
    assert shown["code"]
    assert isinstance(shown["message"], str)
    assert shown["message"]
    assert all(isinstance(key, str) for key in shown["details"])
    # What a run reports has to be JSON, which knows neither NaN nor infinity.
    assert TOKEN not in json.dumps(shown, allow_nan=False)


def _whole(body: Any) -> bytes:
    """Return an answer of 200 with this body."""
    content = json.dumps(body).encode()
    return f"HTTP/1.1 200 x\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


def _look_up_with_rooms(client: Client) -> User:
    return look_up(client, Wanted("user_id", "targetId"), with_rooms((8, 6)))


READS: dict[str, Callable[[Client], Any]] = {
    "version": read_version,
    "caller": read_caller,
    "user": lambda client: look_up(client, Wanted("user_id", "targetId")),
    "users": all_users,
    "administrators": lambda client: users_with_roles(client, (8, 6), ["admin"]),
    "rooms": lambda client: _look_up_with_rooms(client).rooms,
    "settings": lambda client: Workspace(client).settings(),
    "permissions": lambda client: Workspace(client).permissions(),
    "ledger": lambda client: Ledger(client, "access-ledger", ["callerId"]).read(30),
}


@given(answer=raw)
def test_an_exchange_ends_with_an_answer_or_an_error(talker: SaysAnything, answer: bytes) -> None:
    talker.say(answer)
    transport = Transport(_connection(talker.url))
    try:
        result = outcome(lambda: transport.exchange("GET", "/api/info"))
    finally:
        transport.close()
    assert isinstance(result, Answer | RocketChatError)
    if isinstance(result, Answer):
        assert isinstance(result.body, bytes)
        result.json_object()
        result.looks_like_html()


@pytest.mark.parametrize("name", READS)
@settings(max_examples=max(20, settings().max_examples // 4))
@given(said=st.lists(st.one_of(answers(), raw), min_size=1, max_size=3))
def test_reading_sends_nothing_that_changes_anything(talker: SaysAnything, name: str, said: list[bytes]) -> None:
    talker.say(*said)
    with client_of(talker.url) as client:
        outcome(lambda: READS[name](client))
    assert talker.requests
    assert talker.sent(b"GET") == talker.requests


# Nearly what a server says: what is far from it is refused before a forecast begins.
roles = st.one_of(st.just(["owner"]), scalars, st.lists(scalars, max_size=2))
rooms = st.lists(
    st.fixed_dictionaries(
        {"rid": st.one_of(texts, scalars), "t": st.sampled_from("cp"), "roles": roles, "name": texts}
    ),
    min_size=1,
    max_size=2,
)
people = st.one_of(scalars, st.just({}), st.fixed_dictionaries({"_id": scalars}))
said_of_rooms = st.fixed_dictionaries(
    {
        "roles": st.lists(st.fixed_dictionaries({"roles": roles, "u": people}), max_size=2),
        "total": st.one_of(st.integers(0, 3), scalars),
        "usersCount": st.one_of(st.integers(0, 3), scalars),
    }
)


@given(listed=rooms, said=st.lists(said_of_rooms, min_size=1, max_size=6))
def test_a_forecast_of_rooms_ends_with_a_fate_or_an_error(
    talker: SaysAnything, listed: Any, said: list[dict[str, Any]]
) -> None:
    talker.say(*(_whole(body) for body in ({"user": {"_id": "targetId", "rooms": listed}}, *said, {})))

    def fate(client: Client) -> Fate:
        return Rooms(client, (8, 6), {"targetId": _look_up_with_rooms(client).rooms}).fate("targetId", [])

    with client_of(talker.url) as client:
        result = outcome(lambda: fate(client))
    assert talker.sent(b"GET") == talker.requests
    if isinstance(result, Fate):
        names = [*result.deleted, *result.new_owner, *(name for name, _why in result.open)]
        assert all(isinstance(name, str) for name in names)
        assert not result.unseen


@given(said=st.lists(st.one_of(answers(), raw), min_size=1, max_size=4))
@example(said=[b"HTTP/1.1 200 x\r\nContent-Length: -1\r\nContent-Length: 2\r\n\r\n{}"])
@example(said=[b"HTTP/1.1 429 x\r\n\r\n" + json.dumps({"error": f"must wait {'9' * 400} seconds"}).encode()])
def test_a_write_is_sent_to_its_target_alone_and_a_bounded_number_of_times(
    talker: SaysAnything, said: list[bytes]
) -> None:
    talker.say(*said)
    with client_of(talker.url) as client:
        client.know_caller("callerId")
        result = outcome(lambda: client.act(RESET_TOTP, TARGET))
    sent = talker.requests
    # Each of three answers to a challenge may be tried again, and the budget of the rate limit holds ten short waits.
    assert 1 <= len(sent) <= 3 * (RETRIES + 1) + 10
    for request in sent:
        head, _mark, body = request.partition(b"\r\n\r\n")
        assert head.startswith(b"POST /api/v1/users.resetTOTP HTTP/1.1\r\n")
        assert json.loads(body) == {"userId": "targetId"}
        assert b"content-type: application/json" in head.lower()
    if isinstance(result, Reply):
        assert result.attempts == len(sent)
        assert result.date is None or result.date.tzinfo is not None
    else:
        assert result.attempts == len(sent)
        # Whatever was answered, a request that was sent is not one that could not be formed.
        assert result.code != "invalid-input"


def _success(answer: dict[str, Any]) -> bool:
    return answer.get("success") is not False and answer.get("status") != "error"


@given(status=statuses.filter(lambda status: status >= 200), body=st.one_of(envelopes, documents))
@example(status=400, body={"success": False, "errorType": "x", "details": {"done": True}})
@example(status=400, body={"success": False, "errorType": "x", "details": {"outcome": "unknown"}})
@example(status=400, body={"success": False, "errorType": "x", "details": {"reason": math.nan}})
def test_only_a_success_of_the_server_is_a_success(talker: SaysAnything, status: int, body: Any) -> None:
    """What is not a whole answer of 2xx that claims no failure is an error, and an error never counts as done."""
    content = json.dumps(body).encode()
    talker.say(f"HTTP/1.1 {status} x\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
    with client_of(talker.url) as client:
        client.know_caller("callerId")
        result = outcome(lambda: client.act(RESET_TOTP, TARGET))
    if isinstance(result, Reply):
        assert 200 <= status < 300
        assert isinstance(body, dict)
        assert _success(body)
        return
    step = Totp(lambda _words: None)
    taken = Taken(step, step.plan(TARGET, None))
    taken.fail(result)
    assert taken.changed is False
    if 400 <= status < 500 and isinstance(body, dict) and b"NaN" not in content and b"Infinity" not in content:
        # A refusal in the server's own envelope: nothing was done, whatever details it gives.
        assert result.details.get("outcome") != "unknown"


@given(user=st.one_of(_object(values), documents), by=st.sampled_from(["username", "user_id"]))
def test_a_look_up_finds_whom_it_was_asked_for(talker: SaysAnything, user: Any, by: str) -> None:
    content = json.dumps({"success": True, "user": user}).encode()
    talker.say(f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
    with client_of(talker.url) as client:
        result = outcome(lambda: look_up(client, Wanted(by, "targetId")))
    if isinstance(result, User):
        assert result.user_id.strip()
        assert (result.username.casefold() if by == "username" else result.user_id) == (
            "targetid" if by == "username" else "targetId"
        )


@given(said=st.lists(st.one_of(answers(), raw), min_size=1, max_size=3))
def test_signing_in_sends_the_password_to_the_login_alone(talker: SaysAnything, said: list[bytes]) -> None:
    talker.say(*said)
    with client_of(talker.url) as client:
        result = outcome(lambda: client.sign_in("svc", "a-password"))
    for request in talker.requests:
        head, _mark, body = request.partition(b"\r\n\r\n")
        assert head.startswith(b"POST /api/v1/login HTTP/1.1\r\n")
        assert set(json.loads(body)) <= {"user", "password", "code"}
    if not isinstance(result, RocketChatError):
        user_id, token = result
        assert user_id
        assert token


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
        _CONTINUE,
    ],
    ids=["nothing", "half-a-header", "half-a-body", "half-a-chunk", "continue"],
)
def test_a_server_that_stops_half_way_and_holds_the_line_is_not_waited_for(talker: SaysAnything, said: bytes) -> None:
    talker.say(said, hold=True)
    transport = Transport(_connection(talker.url))
    try:
        error = outcome(lambda: transport.exchange("GET", "/api/info"))
    finally:
        transport.close()
    assert isinstance(error, RocketChatError)
    assert error.code == "timeout"
