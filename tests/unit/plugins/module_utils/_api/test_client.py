# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client: who is written to, the second factor, retries, the rate limit, and every envelope of the server."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.account import Account
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.caller import Caller
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    ADD_OWNER,
    END_SESSIONS,
    GIVE_ROLE,
    LIST_USERS,
    REMOVE_AGENT,
    RESET_TOTP,
    SAY,
    SET_ACTIVE,
    UPDATE_INTEGRATION,
    Action,
    by_method,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    ConnectionFailed,
    InputError,
    Refused,
    RocketChatError,
    TwoFactorChallenge,
    UnexpectedAnswer,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.options import SecondFactor
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.rate_limit import RateLimit
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.stop import Stopped
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.transport import Transport
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.two_factor import TwoFactor

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

Connect = Callable[..., Any]
Challenge = Callable[..., Any]

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OK = {"success": True}
ALICE = User("aliceId", "alice", active=True, federated=False)
BOB = User("bobId", "bob", active=True, federated=False)
SVC = User("callerId", "svc", active=True, federated=False)
PAGE = "<!DOCTYPE html><html><body>Sign in</body></html>"
TOO_MANY = "Error, too many requests. Please slow down. You must wait {} seconds before trying this endpoint again."


def caller(user: User = SVC) -> Caller:
    """Return the calling account as ``/me`` shows it."""
    return Caller(
        user.user_id,
        user.username,
        roles=frozenset({"admin"}),
        totp_enabled=False,
        email_enabled=False,
        has_password=True,
    )


def failed(work: Callable[[], Any]) -> Any:
    """Return the error with which a call ends."""
    with pytest.raises(RocketChatError) as caught:
        work()
    return caught.value


def refuse(code: str | None, words: str = "No", status: int = 400, **more: Any) -> Any:
    """Return one of the server's refusals."""
    body = {"success": False, "error": f"{words} [{code}]" if code else words}
    return status, {**body, **({"errorType": code} if code else {}), **more}


# --- who is written to -----------------------------------------------------------------------------------------------


def test_a_reset_is_one_post_with_exactly_the_resolved_id(server: ScriptedServer, connect: Connect) -> None:
    server.script(OK)
    reply = connect(server).client.act(RESET_TOTP, ALICE)
    (seen,) = server.requests
    assert (seen.method, seen.path, seen.query) == ("POST", "/api/v1/users.resetTOTP", {})
    assert seen.json == {"userId": "aliceId"}
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["x-user-id"] == "callerId"
    assert seen.headers["x-auth-token"] == "caller-token-Xq7Zt4"
    assert (reply.body, reply.attempts) == (OK, 1)


def test_what_an_action_needs_beside_the_id_goes_along(server: ScriptedServer, connect: Connect) -> None:
    server.script(OK)
    connect(server).client.act(SET_ACTIVE, ALICE, {"activeStatus": False, "confirmRelinquish": False})
    assert server.requests[0].path == "/api/v1/users.setActiveStatus"
    assert server.requests[0].json == {"userId": "aliceId", "activeStatus": False, "confirmRelinquish": False}


def test_an_account_may_be_named_by_the_path_or_by_what_is_its(server: ScriptedServer, connect: Connect) -> None:
    server.script(OK, OK)
    client = connect(server).client
    client.act(REMOVE_AGENT, Account("a/../b", "odd"))
    client.act(UPDATE_INTEGRATION, ALICE, {"integrationId": "inId"})
    removed, updated = server.requests
    assert (removed.method, removed.path, removed.body) == ("DELETE", "/api/v1/livechat/users/agent/a%2F..%2Fb", b"")
    assert "content-type" not in removed.headers
    assert (updated.method, updated.json) == ("PUT", {"integrationId": "inId"})


@pytest.mark.parametrize("caller_id", ["callerId", None], ids=["the caller", "a caller not known yet"])
def test_nothing_is_sent_when_the_target_is_or_may_be_the_caller(
    server: ScriptedServer, connect: Connect, caller_id: str | None
) -> None:
    error = failed(lambda: connect(server, caller_id=caller_id).client.act(RESET_TOTP, SVC))
    assert isinstance(error, InputError)
    assert "nothing was sent" in error.message
    assert server.requests == []


def test_nothing_is_sent_to_anybody_while_the_caller_is_unknown(server: ScriptedServer, connect: Connect) -> None:
    error = failed(lambda: connect(server, caller_id=None).client.act(RESET_TOTP, ALICE))
    assert isinstance(error, InputError)
    assert server.requests == []


@pytest.mark.parametrize("user_id", ["", " ", "\t\n"])
def test_an_account_without_an_id_cannot_even_be_described(user_id: str) -> None:
    with pytest.raises(UnexpectedAnswer):
        User(user_id, "alice", active=True, federated=False)


def test_the_calling_account_is_reset_with_an_empty_object(server: ScriptedServer, connect: Connect) -> None:
    server.script(OK)
    connect(server).client.act_on_caller(RESET_TOTP, caller())
    assert server.requests[0].body == b"{}"
    assert server.requests[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize(("caller_id", "user"), [("callerId", ALICE), (None, SVC)])
def test_the_empty_body_is_not_sent_when_another_account_was_meant(
    server: ScriptedServer, connect: Connect, caller_id: str | None, user: User
) -> None:
    error = failed(lambda: connect(server, caller_id=caller_id).client.act_on_caller(RESET_TOTP, caller(user)))
    assert isinstance(error, InputError)
    assert server.requests == []


def test_the_servers_time_comes_with_the_reply(server: ScriptedServer, connect: Connect) -> None:
    server.script(OK, (200, OK, {"Date": "sometime"}))
    client = connect(server).client
    assert client.act(RESET_TOTP, ALICE).date == datetime(2026, 3, 2, 10, tzinfo=timezone.utc)  # noqa: UP017
    assert client.act(RESET_TOTP, ALICE).date is None


# --- the second factor -----------------------------------------------------------------------------------------------


def test_no_code_is_sent_unasked_and_then_the_method_asked_for_is_answered_once(
    server: ScriptedServer, connect: Connect, challenge: Challenge
) -> None:
    server.script(challenge("password"), OK)
    reply = connect(server, SecondFactor(password="pässword")).client.act(RESET_TOTP, ALICE)
    digest = hashlib.sha256("pässword".encode()).hexdigest()
    assert [seen.code for seen in server.requests] == [None, ("password", digest)]
    assert [seen.json for seen in server.requests] == [{"userId": "aliceId"}] * 2
    assert reply.attempts == 2


def test_after_the_first_challenge_every_write_carries_a_fresh_code_at_once(
    server: ScriptedServer, connect: Connect, challenge: Challenge
) -> None:
    server.script(challenge("totp"), OK, OK, OK)
    there = connect(server, SecondFactor(seed=SEED))
    totp = pyotp.TOTP(SEED)
    expected: list[Any] = [None]
    for user in (ALICE, BOB, ALICE):
        there.client.act(RESET_TOTP, user)
        expected.append(("totp", totp.at(int(there.clock.now))))
        there.clock.now += 30
    assert [seen.code for seen in server.requests] == expected
    assert len({code for code in expected if code}) == 3


def test_a_code_is_not_sent_with_requests_that_are_never_challenged(
    server: ScriptedServer, connect: Connect, challenge: Challenge
) -> None:
    server.script(challenge("totp"), OK, OK, OK)
    client = connect(server, SecondFactor(seed=SEED)).client
    client.act(RESET_TOTP, ALICE)
    client.act(END_SESSIONS, ALICE)
    client.get("v1/me")
    assert [seen.code is None for seen in server.requests] == [True, False, True, True]


def test_a_seeds_code_called_invalid_is_followed_by_the_next_steps_and_no_more(
    server: ScriptedServer, connect: Connect, challenge: Challenge
) -> None:
    server.script(challenge("totp"), challenge("totp", "totp-invalid"), challenge("totp", "totp-invalid"))
    there = connect(server, SecondFactor(seed=SEED))
    error = failed(lambda: there.client.act(RESET_TOTP, ALICE))
    totp, now = pyotp.TOTP(SEED), int(there.clock.now)
    assert [seen.code for seen in server.requests] == [None, ("totp", totp.at(now)), ("totp", totp.at(now + 30))]
    assert error.code == "totp-invalid"
    assert error.attempts == 3
    assert "outcome" not in error.details
    assert SEED not in str(error.as_dict())


def test_the_next_steps_code_may_be_the_right_one(
    server: ScriptedServer, connect: Connect, challenge: Challenge
) -> None:
    server.script(challenge("totp"), challenge("totp", "totp-invalid"), OK)
    assert connect(server, SecondFactor(seed=SEED)).client.act(RESET_TOTP, ALICE).attempts == 3


def test_a_code_that_expired_between_two_accounts_gets_its_second_try_again(
    server: ScriptedServer, connect: Connect, challenge: Challenge
) -> None:
    server.script(challenge("totp"), OK, challenge("totp", "totp-invalid"), OK)
    client = connect(server, SecondFactor(seed=SEED)).client
    client.act(RESET_TOTP, ALICE)
    assert client.act(RESET_TOTP, BOB).attempts == 2


def test_the_second_try_stays_the_next_steps_code_when_its_connection_is_lost(
    server: ScriptedServer, connect: Connect, challenge: Challenge
) -> None:
    server.script(challenge("totp"), challenge("totp", "totp-invalid"), server.DROP, OK)
    there = connect(server, SecondFactor(seed=SEED), retries=1)
    there.client.act(RESET_TOTP, ALICE)
    following = pyotp.TOTP(SEED).at(int(there.clock.now) + 30)
    assert [seen.code for seen in server.requests[2:]] == [("totp", following)] * 2


@pytest.mark.parametrize(
    ("given", "method"),
    [
        (SecondFactor(method="totp", code="918273"), "totp"),
        (SecondFactor(method="totp", code="ABCD1827"), "totp"),
        (SecondFactor(method="email", code="918273"), "email"),
        (SecondFactor(password="918273-pw"), "password"),
    ],
    ids=["code", "backup code", "e-mail code", "password"],
)
def test_a_refused_answer_that_no_waiting_mends_is_not_sent_again(
    server: ScriptedServer, connect: Connect, challenge: Challenge, given: SecondFactor, method: str
) -> None:
    server.script(challenge(method), challenge(method, "totp-invalid"))
    error = failed(lambda: connect(server, given, retries=3).client.act(RESET_TOTP, ALICE))
    assert error.code == "totp-invalid"
    assert len(server.requests) == 2
    assert "918273" not in str(error.as_dict())
    assert "ABCD1827" not in str(error.as_dict())


def test_a_challenge_that_nothing_answers_is_reported_after_one_request(
    server: ScriptedServer, connect: Connect, challenge: Challenge
) -> None:
    server.script(challenge("email", codeGenerated=True, emailOrUsername="svc@example.com"))
    error = failed(lambda: connect(server, SecondFactor(password="pw")).client.act(RESET_TOTP, ALICE))
    assert isinstance(error, TwoFactorChallenge)
    assert (error.code, error.attempts, error.ends_run) == ("totp-required", 1, True)
    assert "svc@example.com" in error.message
    assert "outcome" not in error.details


def test_too_many_wrong_codes_end_the_run(server: ScriptedServer, connect: Connect, challenge: Challenge) -> None:
    server.script(challenge("email"), challenge("email", "totp-max-attempts"))
    error = failed(lambda: connect(server, SecondFactor("email", "123456")).client.act(RESET_TOTP, ALICE))
    assert (error.code, error.ends_run) == ("totp-max-attempts", True)
    assert len(server.requests) == 2


def test_headers_that_a_proxy_removes_do_not_lead_to_an_endless_dialogue(
    server: ScriptedServer, connect: Connect, challenge: Challenge
) -> None:
    server.script(challenge("password"), challenge("password"))
    error = failed(lambda: connect(server, SecondFactor(password="pw")).client.act(RESET_TOTP, ALICE))
    assert "x-2fa-code" in error.message
    assert len(server.requests) == 2


ONCE = [
    pytest.param(SecondFactor(method="email", code="918273"), "email", id="e-mail code"),
    pytest.param(SecondFactor(method="totp", code="ABCD1827"), "totp", id="backup code"),
]


@pytest.mark.parametrize("loss", ["drop", "hang", "502"])
@pytest.mark.parametrize(("given", "method"), ONCE)
def test_a_single_use_code_that_may_have_arrived_is_never_sent_again(
    server: ScriptedServer, connect: Connect, challenge: Challenge, given: SecondFactor, method: str, loss: str
) -> None:
    server.script(challenge(method), {"drop": server.DROP, "hang": server.HANG, "502": (502, PAGE)}[loss])
    there = connect(server, given, retries=3, timeout=0.25)
    error = failed(lambda: there.client.act(RESET_TOTP, ALICE))
    assert len(server.requests) == 2
    assert there.pauses == []
    assert error.details["outcome"] == "unknown"
    assert error.attempts == 2


@pytest.mark.parametrize(("given", "method"), ONCE)
def test_a_single_use_code_is_sent_again_after_a_refusal_that_came_before_it_was_looked_at(
    server: ScriptedServer, connect: Connect, challenge: Challenge, given: SecondFactor, method: str
) -> None:
    server.script(challenge(method), (429, {"success": False, "error": TOO_MANY.format(5)}), OK)
    assert connect(server, given).client.act(RESET_TOTP, ALICE).attempts == 3


@pytest.mark.parametrize(("given", "method"), ONCE)
def test_a_single_use_code_never_reached_a_server_that_is_down_so_it_is_tried_again(
    make_server: Callable[[], ScriptedServer], connect: Connect, challenge: Challenge, given: SecondFactor, method: str
) -> None:
    server = make_server()
    there = connect(server, given, retries=2)

    def challenge_and_go_down(_seen: Any) -> Any:
        server.go_down()
        return (*challenge(method), {"Connection": "close"})

    server.script(challenge_and_go_down)
    error = failed(lambda: there.client.act(RESET_TOTP, ALICE))
    assert error.code == "unreachable"
    assert len(there.pauses) == 2
    assert "outcome" not in error.details


@pytest.mark.parametrize(("given", "method"), ONCE)
def test_a_single_use_code_that_was_used_up_is_not_sent_for_another_account(
    server: ScriptedServer, connect: Connect, challenge: Challenge, given: SecondFactor, method: str
) -> None:
    server.script(challenge(method), OK, challenge(method), challenge(method, "totp-invalid"))
    client = connect(server, given).client
    client.act(RESET_TOTP, ALICE)
    error = failed(lambda: client.act(RESET_TOTP, BOB))
    assert isinstance(error, TwoFactorChallenge)
    assert [seen.code is not None for seen in server.requests] == [False, True, False]


# --- signing in ------------------------------------------------------------------------------------------------------

SIGNED_IN = {"status": "success", "data": {"userId": "callerId", "authToken": "session-token"}}


def test_signing_in_sends_name_and_password_and_nothing_else(server: ScriptedServer, connect: Connect) -> None:
    server.script(SIGNED_IN, OK)
    client = connect(server).client
    client.sign_in("svc", "pw")
    client.get("v1/me")
    assert (server.requests[0].method, server.requests[0].path) == ("POST", "/api/v1/login")
    assert server.requests[0].json == {"user": "svc", "password": "pw"}
    assert server.requests[1].headers["x-user-id"] == "callerId"
    assert server.requests[1].headers["x-auth-token"] == "session-token"


def login_challenge(code: str, method: str = "totp") -> Any:
    """Return the challenge of the sign-in, whose form differs from all others."""
    details = {"method": method, "codeGenerated": False, "availableMethods": [method]}
    return 401, {"status": "error", "error": code, "message": "TOTP", "details": details}


def test_the_code_of_a_seed_is_given_for_signing_in(server: ScriptedServer, connect: Connect) -> None:
    server.script(login_challenge("totp-required"), login_challenge("totp-invalid"), SIGNED_IN)
    there = connect(server, SecondFactor(seed=SEED))
    there.client.sign_in("svc", "pw")
    totp, now = pyotp.TOTP(SEED), int(there.clock.now)
    assert [seen.json.get("code") for seen in server.requests] == [None, totp.at(now), totp.at(now + 30)]


def test_signing_in_gives_up_after_the_next_steps_code(server: ScriptedServer, connect: Connect) -> None:
    server.script(login_challenge("totp-required"), *[login_challenge("totp-invalid")] * 2)
    error = failed(lambda: connect(server, SecondFactor(seed=SEED)).client.sign_in("svc", "s3cret-pw"))
    assert error.code == "totp-invalid"
    assert "clocks" in error.message
    assert "s3cret-pw" not in str(error.as_dict())
    assert SEED not in str(error.as_dict())


@pytest.mark.parametrize(("given", "method"), ONCE)
def test_a_single_use_code_is_never_used_for_signing_in(
    server: ScriptedServer, connect: Connect, given: SecondFactor, method: str
) -> None:
    server.script(login_challenge("totp-required", method))
    error = failed(lambda: connect(server, given).client.sign_in("svc", "pw"))
    assert error.code == "single-use-code"
    assert len(server.requests) == 1
    assert "was not used" in error.message
    assert "918273" not in str(error.as_dict())
    assert "ABCD1827" not in str(error.as_dict())


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((401, {"status": "error", "error": 403, "message": "Incorrect password"}), "login-failed"),
        ((401, {"status": "error", "error": "Unauthorized", "message": "Unauthorized"}), "login-failed"),
        (
            (401, {"status": "error", "error": "error-login-blocked-for-user", "message": "Blocked"}),
            "error-login-blocked-for-user",
        ),
        (
            (401, {"status": "error", "error": "error-user-is-not-activated", "message": "Not active"}),
            "error-user-is-not-activated",
        ),
        (login_challenge("totp-required"), "totp-required"),
        (OK, "not-rocketchat"),
        ({"data": {"userId": "", "authToken": "t"}}, "not-rocketchat"),
        ({"data": {"userId": 1, "authToken": "t"}}, "not-rocketchat"),
        ({"data": []}, "not-rocketchat"),
        ((200, PAGE), "not-json"),
    ],
)
def test_a_sign_in_that_fails_says_why_and_shows_no_password(
    server: ScriptedServer, connect: Connect, answer: Any, code: str
) -> None:
    server.script(answer)
    error = failed(lambda: connect(server).client.sign_in("svc", "s3cret-pw"))
    assert error.code == code
    assert "s3cret-pw" not in str(error.as_dict())


@pytest.mark.parametrize("trouble", ["drop", "502", "500", "page"])
def test_a_sign_in_that_fails_leaves_no_doubt_about_any_reset(
    server: ScriptedServer, connect: Connect, trouble: str
) -> None:
    answers = {"drop": server.DROP, "502": (502, PAGE), "500": (500, {"error": "Oops"}), "page": (200, PAGE)}
    server.script(answers[trouble])
    assert "outcome" not in failed(lambda: connect(server).client.sign_in("svc", "pw")).details


@pytest.mark.parametrize("answer", [{"status": "success", "data": {"message": "Bye"}}, (200, "")])
def test_signing_out_takes_the_answers_of_old_and_new_servers(
    server: ScriptedServer, connect: Connect, answer: Any
) -> None:
    server.script(answer)
    connect(server).client.sign_out()
    assert (server.requests[0].method, server.requests[0].path) == ("POST", "/api/v1/logout")


def test_signing_out_says_what_it_sends_so_that_the_server_takes_it_for_what_it_is(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script(OK)
    connect(server).client.sign_out()
    assert server.requests[0].headers["content-type"] == "application/json"
    assert server.requests[0].json == {}


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ((500, ""), "server-error", "500"),
        ({"status": "error", "message": "Not now"}, "refused", "Not now"),
        ((404, PAGE), "no-such-endpoint", "/api/v1/logout "),
    ],
)
def test_a_session_that_may_still_be_there_is_not_called_ended(
    server: ScriptedServer, connect: Connect, answer: Any, code: str, words: str
) -> None:
    server.script(answer)
    error = failed(connect(server).client.sign_out)
    assert error.code == code
    assert words in error.message


def test_a_sign_in_without_a_session_in_its_answer_is_told_apart(server: ScriptedServer, connect: Connect) -> None:
    server.script(OK)
    assert "sign-in" in failed(lambda: connect(server).client.sign_in("svc", "pw")).message


@pytest.mark.parametrize("code", ["totp-invalid", "totp-max-attempts"])
def test_a_sign_in_refused_before_any_code_was_sent_is_not_answered(
    server: ScriptedServer, connect: Connect, code: str
) -> None:
    server.script(login_challenge(code))
    assert failed(lambda: connect(server, SecondFactor(seed=SEED)).client.sign_in("svc", "pw")).code == code
    assert len(server.requests) == 1


def test_a_sign_in_whose_code_gets_lost_is_no_endless_dialogue(server: ScriptedServer, connect: Connect) -> None:
    server.script(*[login_challenge("totp-required")] * 2)
    error = failed(lambda: connect(server, SecondFactor(seed=SEED)).client.sign_in("svc", "pw"))
    assert "A code was sent, yet the server saw none" in error.message
    assert len(server.requests) == 2


def test_a_single_use_code_kept_back_comes_with_what_the_server_asked_for(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script(login_challenge("totp-required", "email"))
    error = failed(lambda: connect(server, SecondFactor(method="email", code="918273")).client.sign_in("svc", "pw"))
    assert error.details["method"] == "email"
    assert error.message.endswith("The server said: totp-required TOTP")


# --- retries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", ["drop", "hang", "502", "503", "504"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_may_pass_is_tried_again_and_counted(
    server: ScriptedServer, connect: Connect, trouble: str, method: str
) -> None:
    answer = {"drop": server.DROP, "hang": server.HANG}.get(trouble) or (int(trouble), PAGE)
    server.script(answer, answer, OK)
    there = connect(server, retries=2, timeout=0.25)
    if method == "POST":
        assert there.client.act(RESET_TOTP, ALICE).attempts == 3
    else:
        assert there.client.get("v1/me") == OK
    assert [seen.method for seen in server.requests] == [method] * 3
    assert len(there.pauses) == 2
    assert all(0 < pause <= 16 for pause in there.pauses)


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_retries_are_bounded_by_the_option(server: ScriptedServer, connect: Connect, retries: int) -> None:
    server.script(*[(503, PAGE)] * (retries + 1))
    there = connect(server, retries=retries)
    error = failed(lambda: there.client.act(RESET_TOTP, ALICE))
    assert len(server.requests) == error.attempts == retries + 1
    assert len(there.pauses) == retries
    assert error.code == "bad-gateway"
    assert "503" in error.message
    assert error.details["status"] == 503


def test_a_server_that_is_down_is_tried_again_and_nothing_was_done(dead_port: int, connect: Connect) -> None:
    there = connect(f"http://127.0.0.1:{dead_port}", retries=2)
    error = failed(lambda: there.client.act(RESET_TOTP, ALICE))
    assert isinstance(error, ConnectionFailed)
    assert (error.code, error.attempts, len(there.pauses)) == ("unreachable", 3, 2)
    assert "outcome" not in error.details


def test_each_pause_is_up_to_twice_the_one_before_and_spread_over_its_second_half(
    server: ScriptedServer, connect: Connect
) -> None:
    server.script(*[(503, PAGE)] * 8)
    there = connect(server, retries=7)
    failed(lambda: there.client.get("v1/me"))
    assert len(set(there.pauses)) == 7
    # No strict= here: the oldest Python for modules does not know it.
    assert all(most / 2 <= pause <= most for pause, most in zip(there.pauses, (1, 2, 4, 8, 16, 16, 16)))  # noqa: B905


def test_pauses_grow_but_never_beyond_a_bound(server: ScriptedServer, connect: Connect) -> None:
    server.script(*[(503, PAGE)] * 9)
    there = connect(server, retries=8)
    failed(lambda: there.client.get("v1/me"))
    assert there.pauses[0] <= 1
    assert there.pauses[3] > 2 * there.pauses[0]
    assert max(there.pauses) <= 16


@pytest.mark.parametrize(
    "answer",
    [
        (200, PAGE),
        (404, "404 Not Found"),
        (500, {"success": False, "error": "Oops"}),
        (500, "Internal Server Error"),
        refuse("error-invalid-user"),
        (401, {"status": "error", "message": "You must be logged in to do this."}),
        (302, "moved", {"Location": "/login"}),
    ],
)
def test_what_trying_again_does_not_mend_is_not_tried_again(
    server: ScriptedServer, connect: Connect, answer: Any
) -> None:
    server.script(answer)
    there = connect(server, retries=3)
    failed(lambda: there.client.act(RESET_TOTP, ALICE))
    assert len(server.requests) == 1
    assert there.pauses == []


def test_a_fresh_code_goes_with_every_retry(server: ScriptedServer, connect: Connect, challenge: Challenge) -> None:
    there = connect(server, SecondFactor(seed=SEED), retries=1)

    def half_a_minute_later(_seen: Any) -> Any:
        there.clock.now += 30
        return 503, PAGE

    start = int(there.clock.now)
    server.script(challenge("totp"), half_a_minute_later, OK)
    there.client.act(RESET_TOTP, ALICE)
    totp = pyotp.TOTP(SEED)
    assert [seen.code for seen in server.requests[1:]] == [("totp", totp.at(start)), ("totp", totp.at(start + 30))]


# --- what is known of the outcome ------------------------------------------------------------------------------------

UNAUTHENTICATED = (401, {"status": "error", "message": "You must be logged in to do this."})
MAY_HAVE_HAPPENED = {
    "dropped": ["DROP"],
    "timeout": ["HANG"],
    "502": [(502, PAGE)],
    "504": [(504, PAGE)],
    "500 JSON": [(500, {"success": False, "error": "Oops"})],
    "500 text": [(500, "Internal Server Error")],
    "200 page": [(200, PAGE)],
    "200 empty": [(200, "")],
    "200 list": [(200, [])],
    "200 cut": [(200, '{"success"')],
    "200 of two lengths": [[b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\nContent-Length: 2\r\n\r\n{"success":true}']],
    "dropped, then refused": ["DROP", refuse("error-not-allowed")],
    "dropped, then signed out": ["DROP", UNAUTHENTICATED],
    "timeout, then signed out": ["HANG", UNAUTHENTICATED],
    "502, then gone": [(502, PAGE), refuse("error-invalid-user")],
    "dropped, then an invalid code": ["DROP", refuse("totp-invalid", details={"method": "totp"})],
    "dropped, then a page": ["DROP", (200, PAGE)],
    "dropped, then too many": ["DROP", (429, {"error": TOO_MANY.format(9999)})],
}
HAS_NOT_HAPPENED = {
    "400": [refuse("error-invalid-user")],
    "400 without a code": [refuse(None, "User not found.")],
    "401": [UNAUTHENTICATED],
    "403": [(403, {"success": False, "error": "unauthorized"})],
    "404": [(404, "404 Not Found")],
    "404 page": [(404, PAGE)],
    "405": [(405, "Method Not Allowed")],
    "405 JSON": [(405, {"status": "error", "message": "API endpoint does not exist"})],
    "429": [(429, {"error": TOO_MANY.format(9999)})],
    "challenge": [refuse("totp-required", details={"method": "totp"})],
    "redirect": [(302, "moved", {"Location": "https://chat.example.com/"})],
}


def answers(server: ScriptedServer, names: list[Any]) -> list[Any]:
    """Return a script with the server's constants put in."""
    constants = {"DROP": server.DROP, "HANG": server.HANG}
    return [constants[name] if isinstance(name, str) else name for name in names]


@pytest.mark.parametrize("own", [False, True], ids=["another account", "own account"])
@pytest.mark.parametrize("script", MAY_HAVE_HAPPENED.values(), ids=MAY_HAVE_HAPPENED.keys())
def test_a_write_that_may_have_taken_effect_is_reported_as_unknown(
    server: ScriptedServer, connect: Connect, script: list[Any], own: bool
) -> None:
    server.script(*answers(server, script))
    client = connect(server, retries=len(script) - 1, timeout=0.25).client
    error = failed(lambda: client.act_on_caller(RESET_TOTP, caller()) if own else client.act(RESET_TOTP, ALICE))
    assert error.details.get("outcome") == "unknown"
    assert len(server.requests) == len(script)


@pytest.mark.parametrize("loss", ["drop", "502"])
def test_a_run_that_is_asked_to_end_between_two_tries_does_not_forget_the_first(
    server: ScriptedServer, connect: Connect, loss: str
) -> None:
    server.script(server.DROP if loss == "drop" else (502, PAGE))

    def end(_seconds: float) -> None:
        raise Stopped

    error = failed(lambda: connect(server, retries=3, sleep=end).client.act(RESET_TOTP, ALICE))
    assert (error.code, error.details.get("outcome"), error.attempts) == ("stopped", "unknown", 1)


@pytest.mark.parametrize("script", HAS_NOT_HAPPENED.values(), ids=HAS_NOT_HAPPENED.keys())
def test_a_write_that_the_server_turned_down_is_not_called_unknown(
    server: ScriptedServer, connect: Connect, script: list[Any]
) -> None:
    server.script(*answers(server, script))
    error = failed(lambda: connect(server).client.act(RESET_TOTP, ALICE))
    assert "outcome" not in error.details


@pytest.mark.parametrize(
    "script", [*MAY_HAVE_HAPPENED.values(), *HAS_NOT_HAPPENED.values()], ids=[*MAY_HAVE_HAPPENED, *HAS_NOT_HAPPENED]
)
def test_a_failed_read_leaves_no_doubt_about_any_write(
    server: ScriptedServer, connect: Connect, script: list[Any]
) -> None:
    server.script(*answers(server, script))
    client = connect(server, retries=len(script) - 1, timeout=0.25).client
    assert "outcome" not in failed(lambda: client.get("v1/me")).details


@pytest.mark.parametrize("before", [0, 1, 2])
@pytest.mark.parametrize("code", ["error-invalid-user", "error-not-allowed", "error-of-a-later-version"])
def test_the_attempts_of_a_refused_write_are_the_requests_that_were_sent(
    server: ScriptedServer, connect: Connect, before: int, code: str
) -> None:
    server.script(*[(503, PAGE)] * before, refuse(code))
    error = failed(lambda: connect(server, retries=2).client.act(RESET_TOTP, ALICE))
    assert error.attempts == len(server.requests) == before + 1


def test_the_attempts_of_a_write_refused_after_its_challenge_are_the_requests_that_were_sent(
    server: ScriptedServer, connect: Connect, challenge: Challenge
) -> None:
    server.script(challenge("totp"), refuse("error-not-allowed"))
    error = failed(lambda: connect(server, SecondFactor(seed=SEED)).client.act(RESET_TOTP, ALICE))
    assert error.attempts == len(server.requests) == 2


# --- the rate limit --------------------------------------------------------------------------------------------------

SLOW_DOWN = {
    "429": (429, {"success": False, "error": TOO_MANY.format(7) + " [error-too-many-requests]"}),
    "429 without the code": (429, {"success": False, "error": TOO_MANY.format(7)}),
    "429 with a message": (429, {"status": "error", "message": TOO_MANY.format(7)}),
    "400 with errorType": (400, {"error": TOO_MANY.format(7), "errorType": "error-too-many-requests"}),
    "400 with the code in its text": (400, {"error": TOO_MANY.format(7) + " [error-too-many-requests]"}),
}


@pytest.mark.parametrize("answer", SLOW_DOWN.values(), ids=SLOW_DOWN.keys())
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_client_waits_exactly_as_long_as_the_server_says(
    server: ScriptedServer, connect: Connect, answer: Any, method: str
) -> None:
    server.script(answer, answer, OK)
    there = connect(server, retries=0, budget=14)
    if method == "POST":
        assert there.client.act(RESET_TOTP, ALICE).attempts == 3
    else:
        assert there.client.get("v1/me") == OK
    assert sum(there.clock.slept) == 14
    assert there.pauses == []


@pytest.mark.parametrize("answer", SLOW_DOWN.values(), ids=SLOW_DOWN.keys())
def test_a_wait_beyond_the_budget_fails_at_once_and_tells_both_figures(
    server: ScriptedServer, connect: Connect, answer: Any
) -> None:
    server.script(answer)
    there = connect(server, retries=3, budget=6)
    error = failed(lambda: there.client.act(RESET_TOTP, ALICE))
    assert isinstance(error, Refused)
    assert (error.code, error.ends_run, error.attempts) == ("error-too-many-requests", True, 1)
    assert error.details == {"wait_seconds": 7, "wait_left": 6}
    assert f"The server said: {TOO_MANY.format(7)}" in error.message
    assert there.clock.slept == []


def test_a_server_that_says_no_word_is_not_quoted(server: ScriptedServer, connect: Connect) -> None:
    server.script((429, ""))
    error = failed(lambda: connect(server, budget=1).client.get("v1/me"))
    assert error.code == "error-too-many-requests"
    assert "The server said" not in error.message


@pytest.mark.parametrize("body", [{"success": False}, "slow down", PAGE])
def test_the_reset_header_is_used_when_the_words_name_no_time(
    server: ScriptedServer, connect: Connect, body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 1_772_366_400.0)
    server.script((429, body, {"X-RateLimit-Reset": "1772366409500", "Date": "Sun, 01 Mar 2026 12:00:00 GMT"}), OK)
    there = connect(server)
    there.client.get("v1/me")
    assert sum(there.clock.slept) == pytest.approx(9.5)


def test_an_ordinary_refusal_that_speaks_of_waiting_is_not_waited_for(server: ScriptedServer, connect: Connect) -> None:
    server.script(refuse("error-invalid-user", "You must wait 7 seconds"))
    there = connect(server)
    failed(lambda: there.client.act(RESET_TOTP, ALICE))
    assert there.clock.slept == []


# --- envelopes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "code", "ends_run"),
    [
        (refuse("error-invalid-user"), "error-invalid-user", False),
        (refuse("error-two-factor-not-enabled"), "error-two-factor-not-enabled", True),
        (refuse("error-user-param-not-provided"), "error-user-param-not-provided", True),
        ((400, {"success": False, "errorType": "invalid-params", "error": "must have x"}), "invalid-params", True),
        ((400, {"success": False, "error": "No such user [error-invalid-user]"}), "error-invalid-user", False),
        (
            (400, {"success": False, "error": "Not allowed [error-not-allowed]", "errorType": "error-not-allowed"}),
            "error-not-allowed",
            True,
        ),
        (
            refuse("error-not-allowed", details={"function": "resetTOTP", "method": "resetTOTP"}),
            "federated-user",
            False,
        ),
        ((400, {"success": False, "error": "_params$userId.trim is not a function"}), "refused", False),
        ((400, {"success": False}), "refused", False),
        ((200, {"success": False, "error": "No"}), "refused", False),
        ((200, {"status": "error", "message": "No"}), "refused", False),
        ((400, {"success": False, "error": {"a": 1}, "errorType": 5, "details": "x"}), "refused", False),
        ((403, {"success": False, "error": "unauthorized"}), "unauthorized", True),
        (
            (403, {"success": False, "error": "User does not have the permissions [error-unauthorized]"}),
            "unauthorized",
            True,
        ),
        ((401, {"status": "error", "message": "You must be logged in to do this."}), "not-authenticated", True),
        (
            (401, {"success": False, "status": "error", "error": "You must be logged in to do this."}),
            "not-authenticated",
            True,
        ),
        ((500, {"success": False, "error": "Oops"}), "server-error", False),
        ((500, "Internal Server Error"), "server-error", True),
    ],
)
def test_every_envelope_of_the_server_leads_to_its_error(
    server: ScriptedServer, connect: Connect, answer: Any, code: str, ends_run: bool
) -> None:
    server.script(answer)
    error = failed(lambda: connect(server).client.act(RESET_TOTP, ALICE))
    assert (error.code, error.ends_run) == (code, ends_run)
    words = answer[1].get("error") or answer[1].get("message") if isinstance(answer[1], dict) else None
    assert not isinstance(words, str) or words in error.message


@pytest.mark.parametrize(
    "answer", [refuse("error-not-allowed"), (403, {"success": False, "error": "unauthorized"})], ids=["400", "403"]
)
def test_a_refused_permission_is_named(server: ScriptedServer, connect: Connect, answer: Any) -> None:
    server.script(answer)
    message = failed(lambda: connect(server).client.act(RESET_TOTP, ALICE)).message
    assert "edit-other-user-totp" in message
    assert "reset the TOTP of other users" in message


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        ((200, PAGE), "not-json", "a web page (200)"),
        ((400, PAGE), "not-json", "a web page (400)"),
        ((407, PAGE), "not-json", "a web page (407)"),
        ((200, ""), "not-json", "something that is not JSON (200)"),
        ((200, "{"), "not-json", "something that is not JSON (200)"),
        ((200, [OK]), "not-json", "something that is not JSON (200)"),
        ((404, "404 Not Found"), "no-such-endpoint", "(404)"),
        ((404, PAGE), "no-such-endpoint", "(404)"),
        ((405, "Method Not Allowed"), "no-such-endpoint", "(405)"),
        ((500, PAGE), "server-error", "500 and no JSON"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_not_rocketchats_json_names_status_and_address(
    server: ScriptedServer, connect: Connect, answer: Any, code: str, says: str, method: str
) -> None:
    server.script(answer)
    client = connect(server).client
    error = failed(lambda: client.get("v1/me") if method == "GET" else client.act(RESET_TOTP, ALICE))
    assert isinstance(error, UnexpectedAnswer)
    assert error.code == code
    assert says in error.message
    assert error.details["status"] == answer[0]
    if code != "server-error":
        assert ("/api/v1/me" if method == "GET" else "/api/v1/users.resetTOTP") in error.message
        assert "api_url" in error.message


@pytest.mark.parametrize("names", [None, "totp", 5, {}])
def test_odd_details_of_a_challenge_do_not_break_the_client(
    server: ScriptedServer, connect: Connect, challenge: Challenge, names: Any
) -> None:
    server.script(challenge("email", availableMethods=names, codeExpires=["2026-03-01T12:00:00Z"]))
    assert failed(lambda: connect(server).client.act(RESET_TOTP, ALICE)).code == "totp-required"


@pytest.mark.parametrize("details", [None, [], "x", {"method": None}])
def test_a_challenge_without_a_method_is_reported_and_not_guessed(
    server: ScriptedServer, connect: Connect, details: Any
) -> None:
    server.script(refuse("totp-required", details=details))
    given = SecondFactor(seed=SEED, password="pw")
    assert failed(lambda: connect(server, given).client.act(RESET_TOTP, ALICE)).code == "totp-required"
    assert len(server.requests) == 1


def test_the_token_is_in_no_error_of_the_client(server: ScriptedServer, connect: Connect) -> None:
    server.script(UNAUTHENTICATED, (200, PAGE), server.DROP, (302, "moved", {"Location": "https://x.example.com/"}))
    client = connect(server).client
    for _trouble in range(4):
        error = failed(lambda: client.act(RESET_TOTP, ALICE))
        assert "caller-token-Xq7Zt4" not in f"{error.as_dict()} {error!r}"


# --- what is told of a refusal ---------------------------------------------------------------------------------------


def test_a_read_that_takes_a_permission_names_it_when_refused(server: ScriptedServer, connect: Connect) -> None:
    server.script((403, {"success": False, "error": "unauthorized"}))
    error = failed(lambda: connect(server).client.get("v1/users.list", action=LIST_USERS))
    assert "may not list users" in error.message
    assert "view-d-room" in error.message


def test_the_words_of_the_server_are_kept_each_once(server: ScriptedServer, connect: Connect) -> None:
    server.script(
        (400, {"success": False, "error": "Nope", "message": "Because"}),
        (400, {"success": False, "error": "Nope", "message": "Nope"}),
        (400, {"success": False, "error": "", "message": "Because"}),
    )
    client = connect(server).client
    messages = [failed(lambda: client.act(RESET_TOTP, ALICE)).message for _number in range(3)]
    assert [message.rpartition(" said: ")[2] for message in messages] == ["Nope Because", "Nope", "Because"]


def test_details_that_are_a_list_are_kept_as_reasons(server: ScriptedServer, connect: Connect) -> None:
    server.script(refuse("error-password-policy-not-met", details=[{"error": "too-short"}]))
    assert failed(lambda: connect(server).client.act(RESET_TOTP, ALICE)).details == {
        "reasons": [{"error": "too-short"}]
    }


def test_the_server_cannot_say_in_our_name_that_a_write_was_done(server: ScriptedServer, connect: Connect) -> None:
    server.script(refuse("error-x", details={"outcome": "unknown", "done": ["users.resetTOTP"], "room": "a"}))
    assert failed(lambda: connect(server).client.act(RESET_TOTP, ALICE)).details == {"room": "a"}


@pytest.mark.parametrize("words", ["User not found.", "Cannot read property 'roles' of null"])
def test_an_account_that_has_gone_meanwhile_concerns_nobody_else(
    server: ScriptedServer, connect: Connect, words: str
) -> None:
    server.script((400, {"success": False, "error": words}))
    error = failed(lambda: connect(server).client.act(RESET_TOTP, ALICE))
    assert (error.code, error.ends_run) == ("error-user-not-found", False)


def test_what_else_a_missing_permission_may_mean_is_told(server: ScriptedServer, connect: Connect) -> None:
    server.script(refuse("error-not-allowed"))
    message = failed(lambda: connect(server).client.act(RESET_TOTP, ALICE)).message
    assert "Accounts_TwoFactorAuthentication_Enforce_Password_Fallback" in message


def test_a_caller_who_is_not_known_is_not_reset_and_the_message_says_so(
    server: ScriptedServer, connect: Connect
) -> None:
    error = failed(lambda: connect(server, caller_id=None).client.act_on_caller(RESET_TOTP, caller()))
    assert "nothing was sent" in error.message
    assert server.requests == []


@pytest.mark.parametrize("date", ["Mon, 02 Mar 2026 10:00:00 -0000", "Mon, 02 Mar 99999999999 10:00:00 GMT"])
def test_a_time_that_is_none_does_no_harm(server: ScriptedServer, connect: Connect, date: str) -> None:
    server.script((200, OK, {"Date": date}))
    assert connect(server).client.act(RESET_TOTP, ALICE).date is None


# --- before anybody has signed in ------------------------------------------------------------------------------------


def test_a_client_without_credentials_can_ask_who_is_there(server: ScriptedServer, options: Callable[..., Any]) -> None:
    server.script(OK)
    client = Client(Transport(options(server.url)), TwoFactor(SecondFactor()), RateLimit(0), retries=0)
    assert client.get("info") == OK
    assert {name for name in server.requests[0].headers if name.startswith("x-")} == set()
    client.close()


# --- what the client keeps of the answers ----------------------------------------------------------------------------


def test_the_servers_time_is_that_of_its_last_answer_that_told_one(server: ScriptedServer, connect: Connect) -> None:
    dates = ["Mon, 02 Mar 2026 10:00:00 GMT", "nonsense", "Mon, 02 Mar 2026 10:00:07 GMT"]
    server.script(*[(200, OK, {"Date": date}) for date in dates])
    client = connect(server).client
    assert client.server_time is None
    seconds = []
    for _number in range(3):
        client.get("v1/me")
        seconds.append(client.server_time.second)
    assert seconds == [0, 0, 7]


def test_an_endpoint_that_has_nothing_left_holds_up_no_other(server: ScriptedServer, connect: Connect) -> None:
    reset = int(datetime(2026, 3, 2, 10, 0, 31, tzinfo=timezone.utc).timestamp() * 1000)  # noqa: UP017
    used_up = {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    server.script((200, OK, used_up), OK, OK, OK)
    there = connect(server)
    there.client.act(RESET_TOTP, ALICE)
    there.client.act(END_SESSIONS, ALICE)
    there.client.get("v1/users.resetTOTP")
    assert there.clock.slept == []
    there.client.act(RESET_TOTP, BOB)
    assert there.clock.slept == [30.0]


def test_only_an_answer_that_bears_a_date_tells_of_the_servers_clock(server: ScriptedServer, connect: Connect) -> None:
    there = connect(server, SecondFactor(seed=SEED))
    server.clock = lambda: there.clock.now + 90
    server.script(OK, (200, OK, {"Date": ""}), (200, OK, {"Date": ""}))
    there.client.get("info")
    assert there.two_factor.ahead == 90
    # An earlier answer's time says nothing of the clocks by now.
    there.clock.now += 600
    there.client.get("info")
    assert there.two_factor.ahead == 90
    assert there.client.server_time == datetime.fromtimestamp(there.clock.now - 600 + 90, tz=timezone.utc)  # noqa: UP017


# --- methods of the server's own clients -----------------------------------------------------------------------------

ADD = by_method(ADD_OWNER, "addRoomOwner")


def method_answer(status: int = 200, **inner: Any) -> tuple[int, dict[str, Any]]:
    """Return what a method answers: JSON inside JSON (recorded on 7.7 and 8.6)."""
    return status, {"message": json.dumps({"msg": "result", "id": "1", **inner}), "success": status == 200}


def call_method(there: Any) -> Any:
    """Call one."""
    return there.client.act(ADD, ALICE, {"message": "{}"})


@pytest.mark.parametrize("status", [200, 400])
def test_whether_a_method_failed_tells_its_own_text(server: ScriptedServer, connect: Connect, status: int) -> None:
    """Up to 7.x the status of a failure is 200."""
    inner = {"error": "error-not-allowed", "message": "Not allowed [error-not-allowed]", "details": {"method": "x"}}
    server.script(method_answer(status, error=inner))
    error = failed(lambda: call_method(connect(server)))
    assert isinstance(error, Refused)
    assert (error.code, error.details) == ("error-not-allowed", {"method": "x"})
    assert "set-owner" in error.message


def test_the_result_of_a_method_is_taken_out_of_its_text(server: ScriptedServer, connect: Connect) -> None:
    server.script(method_answer(result=True))
    assert call_method(connect(server)).body == {"msg": "result", "id": "1", "result": True, "success": True}
    assert server.requests[0].json == {"message": "{}"}


@pytest.mark.parametrize("text", ["{broken", "[]", "You must be logged in to do this."])
def test_a_method_that_answers_something_else_is_read_like_any_endpoint(
    server: ScriptedServer, connect: Connect, text: str
) -> None:
    server.script((401, {"status": "error", "message": text}))
    assert failed(lambda: call_method(connect(server))).code == "not-authenticated"


def test_a_method_that_answers_without_a_text_is_read_so_too(server: ScriptedServer, connect: Connect) -> None:
    server.script(OK)
    assert call_method(connect(server)).body == OK


@pytest.mark.parametrize("status", [200, 400])
def test_the_limit_of_a_method_is_waited_for(server: ScriptedServer, connect: Connect, status: int) -> None:
    inner = {"error": "too-many-requests", "message": TOO_MANY.format(7), "details": {"timeToReset": 7000}}
    server.script(method_answer(status, error=inner), method_answer(result=True))
    there = connect(server, retries=0, budget=14)
    assert call_method(there).attempts == 2
    assert sum(there.clock.slept) == 7


def test_an_account_is_made_without_one(server: ScriptedServer, connect: Callable[..., Any]) -> None:
    server.route("/api/v1/users.create", {"user": {"_id": "newId"}, "success": True}, method="POST")
    connect(server).client.make_account({"username": "svc"})
    assert [seen.json for seen in server.sent("POST")] == [{"username": "svc"}]


def test_an_endpoint_that_takes_names_gets_that_of_the_account(
    server: ScriptedServer, connect: Callable[..., Any]
) -> None:
    server.route("/api/v1/roles.addUserToRole", {"success": True}, method="POST")
    connect(server).client.act(GIVE_ROLE, ALICE, {"roleId": "desk", "username": "somebody else"})
    assert [seen.json for seen in server.sent("POST")] == [{"roleId": "desk", "username": "alice"}]


@pytest.mark.parametrize("action", [GIVE_ROLE, SET_ACTIVE, RESET_TOTP])
def test_nor_is_it_sent_without_an_account(server: ScriptedServer, connect: Callable[..., Any], action: Action) -> None:
    error = failed(lambda: connect(server).client.post(action, {"roleId": "desk", "username": "alice"}))
    assert (error.code, server.requests) == ("invalid-input", [])
    assert "acts on an account, and none is named" in error.message


def test_what_is_about_no_account_is_sent_as_it_is(server: ScriptedServer, connect: Callable[..., Any]) -> None:
    server.script(OK)
    connect(server).client.post(SAY, {"message": {"rid": "r1", "msg": "x"}})
    assert [(seen.path, seen.json) for seen in server.requests] == [
        (f"/api/v1/{SAY.path}", {"message": {"rid": "r1", "msg": "x"}})
    ]


@pytest.mark.parametrize(
    ("code", "action", "said"),
    [
        ("error-action-not-allowed", "Remove_last_admin", "last-admin"),
        ("error-action-not-allowed", "Another", "error-action-not-allowed"),
        ("error-other", "Remove_last_admin", "error-other"),
    ],
)
def test_the_last_administrator_has_a_code_of_his_own(
    server: ScriptedServer, connect: Connect, code: str, action: str, said: str
) -> None:
    server.script(refuse(code, details={"action": action}))
    assert failed(lambda: connect(server).client.act(SET_ACTIVE, ALICE)).code == said


@pytest.mark.parametrize("key", ["userId", "username", "user"])
def test_nobody_else_is_named_where_the_caller_is_meant(
    server: ScriptedServer, connect: Callable[..., Any], key: str
) -> None:
    error = failed(lambda: connect(server).client.act_on_caller(RESET_TOTP, caller(), {key: "aliceId"}))
    assert (error.code, server.requests) == ("invalid-input", [])
