# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one client: envelopes, retries, rate limit, the caller's second factor. JSON comes back, or a typed error.

A request that changes an account can only be made from an :class:`Account` that the server described on this run; there
is no way to send one without.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Callable
from urllib.parse import quote

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.account import Account
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import MAKE_ACCOUNT, Action
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    ConnectionFailed,
    InputError,
    RocketChatError,
    TwoFactorChallenge,
    UnexpectedAnswer,
    refusal,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.rate_limit import RateLimit, wait_seconds
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.stop import pause
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.times import parse_http_date
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.transport import Answer, Transport
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.two_factor import Code, TwoFactor

# Below this, methods of the server's own clients are called; what they answer is JSON inside JSON.
_METHODS = "method.call/"
_CODE_IN_TEXT = re.compile(r"\[([a-z0-9-]+)\]\s*$")
# Answers of servers that did not act on the request.
_NOT_DONE = ("no-such-endpoint", "redirect")
# How servers say without a code that an account does not exist (measured on 6.5 and 8.6).
_NO_SUCH_USER = re.compile(r"^User not found|Cannot read property 'roles' of null", re.IGNORECASE)
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 16.0


@dataclass(frozen=True)
class Reply:
    """What a write came to: the server's JSON, how often it was sent, and the server's time (aware, UTC)."""

    body: Mapping[str, Any]
    attempts: int
    date: datetime | None


@dataclass
class _Tally:
    """What became of a write so far: how often it was sent, and whether it may have taken effect."""

    attempts: int = 0
    maybe_done: bool = False


class Client:
    """Talks to one workspace as one account."""

    def __init__(
        self,
        transport: Transport,
        two_factor: TwoFactor,
        rate_limit: RateLimit,
        *,
        retries: int,
        sleep: Callable[[float], None] = pause,
    ) -> None:
        self._transport = transport
        self._two_factor = two_factor
        self._rate_limit = rate_limit
        self._retries = retries
        self._sleep = sleep
        self._identity: dict[str, str] = {}
        self._caller_id: str | None = None
        self.server_time: datetime | None = None

    def close(self) -> None:
        """Close the connections; signing out is the session's part."""
        self._transport.close()

    @property
    def requests_allowed(self) -> int | None:
        """How many requests the server allows for each endpoint in a window of time, where its answers told that."""
        return self._rate_limit.allowance.requests if self._rate_limit.allowance else None

    @property
    def seconds_waited(self) -> float:
        """How long the server's rate limit made this run wait."""
        return self._rate_limit.waited

    def identify(self, user_id: str, token: str) -> None:
        """Send these credentials with every request from now on."""
        self._identity = {"X-User-Id": user_id, "X-Auth-Token": token}

    def know_caller(self, caller_id: str) -> None:
        """Note whose account calls: nothing but :meth:`act_on_caller` will ever touch it."""
        self._caller_id = caller_id

    def get(
        self, path: str, params: Mapping[str, str] | None = None, *, action: Action | None = None
    ) -> dict[str, Any]:
        """Read ``/api/<path>`` and return its JSON object.

        :arg action: names the permission that it takes, where it takes one
        :raises RocketChatError: one of its kinds, when there is none
        """
        return _opened(self._send("GET", path, _Tally(), params=params), path, action)

    def sign_in(self, username: str, password: str) -> tuple[str, str]:
        """Start a session; return its user id and token, which from now on go with every request.

        A challenge is answered from the same sources as all others, unless the answer works only once: it would then
        be missing for the request that the task is about.

        :raises TwoFactorChallenge: when the challenge is not answered
        :raises Refused: ``login-failed`` and its kin
        """
        # `user` takes a name or an address. Any key beside these changes the meaning of the body.
        body: dict[str, Any] = {"user": username, "password": password}
        code: Code | None = None
        for tries in itertools.count(1):
            try:
                data = _opened(self._send("POST", "v1/login", _Tally(), body=body), "v1/login").get("data")
                break
            except TwoFactorChallenge as challenge:
                code = self._login_code(challenge, code, tries)
                body["code"] = code.value
        user_id, token = (data.get("userId"), data.get("authToken")) if isinstance(data, dict) else (None, None)
        if not (isinstance(user_id, str) and isinstance(token, str) and user_id and token):
            raise UnexpectedAnswer("not-rocketchat", "The answer to the sign-in has no user id and token in it.")
        self.identify(user_id, token)
        return user_id, token

    def _login_code(self, challenge: TwoFactorChallenge, tried: Code | None, tries: int) -> Code:
        if tried is None and challenge.code == "totp-required":
            code = self._two_factor.answer(challenge)
            if code.once:
                raise refusal("single-use-code", challenge.words, challenge.details)
            return code
        second = self._two_factor.second_try(tried, challenge) if tried and tries == 2 else None
        if second is None:
            raise self._two_factor.rejected(tried, challenge) if tried else challenge
        return second

    def sign_out(self) -> None:
        """End the session that :meth:`sign_in` started."""
        answer = self._send("POST", "v1/logout", _Tally(), body={})
        # 8.6 answers 200 with an empty body.
        if not (answer.status == 200 and not answer.body):
            _opened(answer, "v1/logout")

    def act(self, action: Action, target: Account, extra: Mapping[str, Any] | None = None) -> Reply:
        """Do ``action`` to another account, or to something of its: one request, with the id that was resolved, or the
        name that the server gave with it.

        :raises InputError: when the target is the caller, whom only :meth:`act_on_caller` may touch
        :raises RocketChatError: with ``attempts``, and ``details.outcome`` = ``unknown`` where it may have happened
        """
        if self._caller_id is None or target.user_id == self._caller_id:
            raise InputError(f"{target.username} is the calling account itself; nothing was sent.")
        if action.names == "path":
            return self._write(action, None, f"v1/{action.path}/{quote(target.user_id, safe='')}")
        if action.names == "username":
            return self._write(action, {**(extra or {}), "username": target.username})
        named = {"userId": target.user_id} if action.names == "body" else {}
        return self._write(action, {**(extra or {}), **named})

    def act_on_caller(self, action: Action, caller: Account, extra: Mapping[str, Any] | None = None) -> Reply:
        """Do ``action`` to the calling account, which is what the server does with a body that names none.

        The own id in the body would go the way of another user: permission needed, mail sent.

        :arg extra: what else the body holds, which can never name an account
        """
        if self._caller_id is None or caller.user_id != self._caller_id:
            raise InputError("The calling account is not known; nothing was sent.")
        if {"userId", "username", "user"} & (extra or {}).keys():
            raise InputError(f"{action.path} is for the calling account, and another is named; nothing was sent.")
        return self._write(action, dict(extra or {}))

    def make_account(self, profile: Mapping[str, Any]) -> Reply:
        """Make an account: the one endpoint of accounts that is sent without one, for there is none yet."""
        return self._write(MAKE_ACCOUNT, profile)

    def post(self, action: Action, body: Mapping[str, Any]) -> Reply:
        """Send a write that is about no account, such as a message.

        :raises InputError: for an endpoint that acts on accounts; those take :meth:`act`
        """
        if action.path.startswith("users.") or action.names == "username":
            raise InputError(f"{action.path} acts on an account, and none is named; nothing was sent.")
        return self._write(action, body)

    def _write(self, action: Action, body: Mapping[str, Any] | None, path: str = "") -> Reply:
        """Send one write, and say of a failure how often it was sent and whether it may have taken effect."""
        tally = _Tally()
        try:
            answer, opened = self._answered(action, path or f"v1/{action.path}", body, tally)
        except RocketChatError as error:
            error.attempts = tally.attempts
            if tally.maybe_done:
                error.mark_unknown()
            raise
        return Reply(opened, tally.attempts, _server_time(answer))

    def _answered(
        self, action: Action, path: str, body: Mapping[str, Any] | None, tally: _Tally
    ) -> tuple[Answer, dict[str, Any]]:
        """Send one write, answering a challenge once, and a code called invalid once more where that can help."""
        code = self._two_factor.opening() if action.two_factor else None
        retried = False
        while True:
            answer = self._send(action.method, path, tally, body=body, code=code)
            try:
                return answer, _opened(answer, path, action)
            except TwoFactorChallenge as challenge:
                if code is None and challenge.code == "totp-required":
                    code = self._two_factor.answer(challenge)
                    continue
                second = self._two_factor.second_try(code, challenge) if code and not retried else None
                if second is None:
                    raise self._two_factor.rejected(code, challenge) if code else challenge from None
                code, retried = second, True
            except UnexpectedAnswer as error:
                tally.maybe_done = tally.maybe_done or error.code not in _NOT_DONE
                raise

    def _send(
        self,
        method: str,
        path: str,
        tally: _Tally,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        code: Code | None = None,
    ) -> Answer:
        """Send a request until an answer of the server itself is there, and note in ``tally`` what that took."""
        failures = 0
        route = f"{method} {path}"
        while True:
            self._rate_limit.pass_gate(route)
            if code is not None:
                code = self._two_factor.renewed(code)
            tally.attempts += 1
            headers = {**self._identity, **(code.headers() if code else {})}
            try:
                answer = self._transport.exchange(method, f"/api/{path}", params=params, body=body, headers=headers)
                _reject_gateway(answer)
            except (ConnectionFailed, UnexpectedAnswer) as error:
                arrived = error.sent if isinstance(error, ConnectionFailed) else error.code not in _NOT_DONE
                tally.maybe_done = tally.maybe_done or arrived
                failures += 1
                used_up = code is not None and code.once and arrived
                if not error.retryable or failures > self._retries or used_up:
                    raise
                # Spread, so that several workers do not come back at the same moment.
                spread = random.uniform(0.5, 1.0)  # noqa: S311
                self._sleep(min(_FIRST_PAUSE * 2 ** (failures - 1), _LONGEST_PAUSE) * spread)
                continue
            moment = _server_time(answer)
            if moment:
                # Only the time of this answer: an earlier one says nothing of the clocks by now.
                self.server_time = moment
                self._two_factor.hear(moment)
            self._rate_limit.hear(route, answer.headers, time.time())
            words = _too_many_requests(answer, path)
            if words is None:
                tally.maybe_done = tally.maybe_done or answer.status >= 500
                return answer
            self._rate_limit.hold(wait_seconds(words, answer.headers, time.time()), words)


def _opened(answer: Answer, path: str, action: Action | None = None) -> dict[str, Any]:
    """Take the JSON out of the server's envelope, or raise what it says."""
    body = answer.json_object()
    if body is None:
        raise _not_json(answer, path)
    if path.startswith(f"v1/{_METHODS}"):
        body = _method_result(body)
    if answer.status < 300 and body.get("success") is not False and body.get("status") != "error":
        return body
    raise _error_in(answer, body, path, action)


def _server_time(answer: Answer) -> datetime | None:
    return parse_http_date(answer.headers.get("date", ""))


def _too_many_requests(answer: Answer, path: str) -> str | None:
    """Return the server's words when it says to slow down: 429, or 400 with that code on some versions.

    Methods have a limit of their own, and say so in their own envelope.
    """
    if path.startswith(f"v1/{_METHODS}"):
        told = _method_result(answer.json_object() or {})
        if told.get("errorType") == "too-many-requests":
            return str(told.get("error"))
    if answer.status not in (400, 429):
        return None
    body = answer.json_object() or {}
    words = str(body.get("error") or body.get("message") or "")
    if answer.status == 429 or "error-too-many-requests" in (body.get("errorType"), *_CODE_IN_TEXT.findall(words)):
        return words
    return None


def _method_result(body: dict[str, Any]) -> dict[str, Any]:
    """Take what a method answered out of its envelope, in the form of all other answers.

    Whether it failed tells its own text alone: up to 7.x the status of a failure is 200.
    """
    text = body.get("message")
    try:
        inner = json.loads(text) if isinstance(text, str) and text.startswith("{") else None
    except ValueError:
        inner = None
    error = inner.get("error") if isinstance(inner, dict) else None
    if not isinstance(error, dict):
        return {**inner, "success": True} if isinstance(inner, dict) else body
    return {
        "success": False,
        "error": error.get("message"),
        "errorType": str(error.get("error")),
        "details": error.get("details"),
    }


def _reject_gateway(answer: Answer) -> None:
    if answer.status in (502, 503, 504):
        raise UnexpectedAnswer(
            "bad-gateway",
            f"A proxy in front of the server answered {answer.status}: Rocket.Chat itself is down or starting. Try"
            " again when it is up.",
            retryable=True,
            status=answer.status,
        )


def _not_json(answer: Answer, path: str) -> UnexpectedAnswer:
    if answer.status == 404 or answer.status == 405:
        return UnexpectedAnswer(
            "no-such-endpoint",
            f"There is no /api/{path} at this address ({answer.status}). Check that api_url is the address of a"
            " Rocket.Chat workspace, with its path if it has one.",
            status=answer.status,
        )
    if answer.status >= 500:
        return UnexpectedAnswer(
            "server-error",
            f"The server failed with {answer.status} and no JSON. Look into its log.",
            status=answer.status,
        )
    kind = "a web page" if answer.looks_like_html() else "something that is not JSON"
    return UnexpectedAnswer(
        "not-json",
        f"/api/{path} answered with {kind} ({answer.status}) instead of JSON. Check that api_url is the address"
        " of a Rocket.Chat workspace, and that no sign-in page, proxy or maintenance page stands in front of it.",
        status=answer.status,
    )


def _error_in(answer: Answer, body: Mapping[str, Any], path: str, action: Action | None) -> RocketChatError:
    """Find code and words in one of the server's several envelopes."""
    error_type, error, message = body.get("errorType"), body.get("error"), body.get("message")
    words = " ".join(dict.fromkeys(part for part in (error, message) if isinstance(part, str) and part))
    details = body.get("details")
    details = {"reasons": details} if isinstance(details, list) else details if isinstance(details, dict) else {}
    # These two are ours: what the server sends must not pass for them.
    details = {key: value for key, value in details.items() if key not in ("outcome", "done")}
    named = _CODE_IN_TEXT.search(words)
    if answer.status == 401:
        known = isinstance(error, str) and (error.startswith(("totp-", "error-")))
        code = str(error) if known else "login-failed" if path == "v1/login" else "not-authenticated"
    elif isinstance(error_type, str) and error_type:
        code = error_type
    elif named:
        code = named.group(1)
    elif answer.status == 403:
        code = "unauthorized"
    elif answer.status >= 500:
        code = "server-error"
    elif _NO_SUCH_USER.search(words):
        code = "error-user-not-found"
    else:
        code = "refused"
    if code == "error-unauthorized":
        code = "unauthorized"
    if code == "error-not-allowed" and details.get("function") == "resetTOTP":
        code = "federated-user"
    if code == "error-action-not-allowed" and details.get("action") == "Remove_last_admin":
        code = "last-admin"
    if action is None:
        return refusal(code, words, details)
    return refusal(code, words, details, permission=action.permission, deed=action.deed, note=action.note)
