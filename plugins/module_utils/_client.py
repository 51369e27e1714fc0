# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one client: envelopes, retries, rate limit, the caller's second factor. JSON comes back, or a typed error.

A request that changes an account can only be made from a :class:`User` that the resolver vouches for, or from the
:class:`Caller` itself; there is no way to send one without.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Callable

from ansible_collections.chatops.rocketchat.plugins.module_utils._endpoints import Action
from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import (
    ConnectionFailed,
    InputError,
    Refused,
    RocketChatError,
    TwoFactorChallenge,
    UnexpectedAnswer,
    refusal,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._rate_limit import RateLimit, wait_seconds
from ansible_collections.chatops.rocketchat.plugins.module_utils._stop import pause
from ansible_collections.chatops.rocketchat.plugins.module_utils._transport import Answer, Transport
from ansible_collections.chatops.rocketchat.plugins.module_utils._two_factor import Code, TwoFactor

if TYPE_CHECKING:
    from datetime import datetime

    from ansible_collections.chatops.rocketchat.plugins.module_utils._users import Caller, User

_CODE_IN_TEXT = re.compile(r"\[([a-z0-9-]+)\]\s*$")
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 16.0


@dataclass(frozen=True)
class Reply:
    """What a write came to: the server's JSON, how often it was sent, and the server's time (aware, UTC)."""

    body: Mapping[str, Any]
    attempts: int
    date: datetime | None


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

    def close(self) -> None:
        """Close the connections; signing out is the session's part."""
        self._transport.close()

    def identify(self, user_id: str, token: str) -> None:
        """Send these credentials with every request from now on."""
        self._identity = {"X-User-Id": user_id, "X-Auth-Token": token}

    def know_caller(self, caller_id: str) -> None:
        """Note whose account calls: nothing but :meth:`act_on_caller` will ever touch it."""
        self._caller_id = caller_id

    def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Read ``/api/<path>`` and return its JSON object.

        :raises RocketChatError: one of its kinds, when there is none
        """
        answer, attempts = self._send("GET", path, params=params)
        return self._opened(answer, Action(path, "", "read this"), attempts)

    def sign_in(self, username: str, password: str) -> tuple[str, str]:
        """Start a session; return its user id and token, which from now on go with every request.

        A challenge is answered from the same sources as all others, unless the answer works only once: it would then
        be missing for the request that the task is about.

        :raises TwoFactorChallenge: when the challenge is not answered
        :raises Refused: ``login-failed`` and its kin
        """
        # `user` takes a name or an address. Any key beside these changes the meaning of the body.
        body: dict[str, Any] = {"user": username, "password": password}
        action = Action("v1/login", "", "sign in")
        tries = 0
        code: Code | None = None
        while True:
            answer, _attempts = self._send("POST", action.path, body=body, repeatable=code is None or not code.once)
            try:
                data = self._opened(answer, action, 1).get("data")
                break
            except TwoFactorChallenge as challenge:
                tries += 1
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
                raise refusal(
                    "single-use-code",
                    challenge.words,
                    challenge.details,
                )
            return code
        second = self._two_factor.second_try(tried, challenge) if tried and tries == 2 else None
        if second is None:
            raise self._two_factor.rejected(tried, challenge) if tried else challenge
        return second

    def sign_out(self) -> None:
        """End the session that :meth:`sign_in` started."""
        answer, attempts = self._send("POST", "v1/logout", body={})
        # 8.6 answers 200 with an empty body.
        if not (answer.status == 200 and not answer.body):
            self._opened(answer, Action("v1/logout", "", "sign out"), attempts)

    def act(self, action: Action, target: User, extra: Mapping[str, Any] | None = None) -> Reply:
        """Do ``action`` to another account: one POST with its resolved id.

        :raises InputError: when the target is the caller, whom only :meth:`act_on_caller` may touch
        :raises RocketChatError: with ``attempts``, and ``details.outcome`` = ``unknown`` where it may have happened
        """
        if self._caller_id is None or target.user_id == self._caller_id:
            raise InputError(f"{target.username} is the calling account itself; nothing was sent.")
        return self._write(action, {"userId": target.user_id, **(extra or {})})

    def act_on_caller(self, action: Action, caller: Caller) -> Reply:
        """Do ``action`` to the calling account, which is what the server does with an empty body.

        The own id in the body would go the way of another user: permission needed, mail sent.
        """
        if self._caller_id is None or caller.user.user_id != self._caller_id:
            raise InputError("The calling account is not known; nothing was sent.")
        return self._write(action, {})

    def _write(self, action: Action, body: Mapping[str, Any]) -> Reply:
        """Send one write, answering a challenge once, and a code called invalid once more where that can help."""
        path = f"v1/{action.path}"
        code = self._two_factor.opening() if action.two_factor else None
        attempts = 0
        answered = code is not None
        second_try = False
        while True:
            try:
                answer, sent = self._send("POST", path, body=body, code=code)
                attempts += sent
                return Reply(self._opened(answer, action, sent), attempts, _server_time(answer))
            except TwoFactorChallenge as challenge:
                following = self._next_code(challenge, code, answered=answered, second_try=second_try)
                if isinstance(following, RocketChatError):
                    following.attempts = attempts
                    raise following from None
                second_try = code is not None and challenge.code == "totp-invalid"
                code, answered = following, True
            except RocketChatError as error:
                error.attempts += attempts
                raise

    def _next_code(
        self, challenge: TwoFactorChallenge, tried: Code | None, *, answered: bool, second_try: bool
    ) -> Code | TwoFactorChallenge:
        if challenge.code == "totp-required" and not answered:
            try:
                return self._two_factor.answer(challenge)
            except TwoFactorChallenge as unanswered:
                return unanswered
        if tried is None:
            return challenge
        second = None if second_try else self._two_factor.second_try(tried, challenge)
        return second or self._two_factor.rejected(tried, challenge)

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        code: Code | None = None,
        repeatable: bool = True,
    ) -> tuple[Answer, int]:
        """Send a request until an answer of the server itself is there; return it and the number of tries."""
        once = code is not None and code.once
        tries = failures = 0
        maybe_done = False
        while True:
            self._rate_limit.pass_gate()
            tries += 1
            if code is not None and not code.once and tries > 1:
                code = self._two_factor.code(code.method)
            headers = {**self._identity, **(code.headers() if code else {})}
            try:
                answer = self._transport.exchange(method, f"/api/{path}", params=params, body=body, headers=headers)
                words = _too_many_requests(answer)
                if words is None:
                    _reject_gateway(answer)
                    return answer, tries
                self._rate_limit.hold(wait_seconds(words, answer.headers, time.time()), words)
            except (ConnectionFailed, UnexpectedAnswer) as error:
                maybe_done = maybe_done or getattr(error, "sent", True)
                failures += 1
                final = not error.retryable or failures > self._retries or (once and maybe_done) or not repeatable
                if final:
                    if maybe_done and method != "GET":
                        error.mark_unknown()
                    error.attempts = tries
                    raise
                # Spread, so that several workers do not come back at the same moment.
                spread = random.uniform(0.5, 1.0)  # noqa: S311
                self._sleep(min(_FIRST_PAUSE * 2 ** (failures - 1), _LONGEST_PAUSE) * spread)
            except Refused as error:
                error.attempts = tries
                if maybe_done and method != "GET":
                    error.mark_unknown()
                raise

    def _opened(self, answer: Answer, action: Action, attempts: int) -> dict[str, Any]:
        """Take the JSON out of the server's envelope, or raise what it says."""
        body = answer.json_object()
        if body is None:
            error: RocketChatError = _not_json(answer, action)
            if not action.deed.startswith("read"):
                error.mark_unknown()
        elif answer.status < 300 and body.get("success") is not False and body.get("status") != "error":
            return body
        else:
            error = _error_in(answer, body, action)
        error.attempts = attempts
        raise error


def _server_time(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError):
        return None


def _too_many_requests(answer: Answer) -> str | None:
    """Return the server's words when it says to slow down: 429, or 400 with that code on some versions."""
    if answer.status not in (400, 429):
        return None
    body = answer.json_object() or {}
    words = str(body.get("error") or body.get("message") or "")
    if answer.status == 429 or "error-too-many-requests" in (body.get("errorType"), *_CODE_IN_TEXT.findall(words)):
        return words
    return None


def _reject_gateway(answer: Answer) -> None:
    if answer.status in (502, 503, 504):
        raise UnexpectedAnswer(
            "bad-gateway",
            f"A proxy in front of the server answered {answer.status}: Rocket.Chat itself is down or starting. Try"
            " again when it is up.",
            retryable=True,
            status=answer.status,
        )


def _not_json(answer: Answer, action: Action) -> UnexpectedAnswer:
    if answer.status == 404 or answer.status == 405:
        return UnexpectedAnswer(
            "no-such-endpoint",
            f"There is no /api/{action.path} at this address ({answer.status}). Check that api_url is the address of a"
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
        f"/api/{action.path} answered with {kind} ({answer.status}) instead of JSON. Check that api_url is the address"
        " of a Rocket.Chat workspace, and that no sign-in page, proxy or maintenance page stands in front of it.",
        status=answer.status,
    )


def _error_in(answer: Answer, body: Mapping[str, Any], action: Action) -> RocketChatError:
    """Find code and words in one of the server's several envelopes."""
    error_type, error, message = body.get("errorType"), body.get("error"), body.get("message")
    words = " ".join(dict.fromkeys(part for part in (error, message) if isinstance(part, str) and part))
    details = body.get("details")
    details = dict(details) if isinstance(details, dict) else {}
    named = _CODE_IN_TEXT.search(words)
    if answer.status == 401:
        known = isinstance(error, str) and (error.startswith(("totp-", "error-")))
        code = str(error) if known else "login-failed" if action.path == "v1/login" else "not-authenticated"
    elif isinstance(error_type, str) and error_type:
        code = error_type
    elif named:
        code = named.group(1)
    elif answer.status == 403:
        code = "unauthorized"
    elif answer.status >= 500:
        code = "server-error"
    else:
        code = "refused"
    if code == "error-unauthorized":
        code = "unauthorized"
    if code == "error-not-allowed" and details.get("function") == "resetTOTP":
        code = "federated-user"
    result = refusal(code, words, details, permission=action.permission, deed=action.deed)
    if answer.status >= 500:
        result.mark_unknown()
    return result
