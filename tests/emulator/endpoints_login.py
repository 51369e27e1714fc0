# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/login, /logout and /me."""

from __future__ import annotations

from typing import Any

from tests.emulator import codes, settings
from tests.emulator.call import Call
from tests.emulator.envelopes import JSON_TYPE, Reply, json_reply, login_refused, success
from tests.emulator.profiles import own_profile
from tests.emulator.registry import endpoint
from tests.emulator.state import Token, User, password_digest

_FUNCTION = {"function": "Accounts.validateLoginAttempt"}
_LOGIN_KEYS = {"user", "username", "email", "password", "code"}


@endpoint("POST", "login", login=False)
def login(call: Call) -> Reply:
    """Log in with a password (and a code), or resume with a token."""
    body = _normalise(call.fields)
    if isinstance(body.get("resume"), str):
        return _resume(call, body["resume"])
    code: Any = call.headers.get("x-2fa-code", "")
    if isinstance(body.get("totp"), dict):
        code = body["totp"].get("code") or code
        body = body["totp"].get("login") or {}
    if not isinstance(body.get("user"), dict) or "password" not in body:
        return _refuse(call, 400, "Unrecognized options for login request")
    user = _find(call, body["user"])
    if user is None:
        return _refuse(call, "Unauthorized", "Unauthorized")
    digest = password_digest(body["password"])
    right = digest is not None and call.server.state.password_fits(user, digest)
    # Only the name that was typed is blocked: by address the sign-in goes on.
    if "username" in body["user"] and _blocked(call, user):
        message = "Login has been temporarily blocked For User"
        return _refuse(call, "error-login-blocked-for-user", message, _FUNCTION)
    return _judge(call, user, right, code)


def _blocked(call: Call, user: User) -> bool:
    values = call.server.settings
    if not values[settings.BLOCK_LOGINS] or user.failed_logins < int(values[settings.BLOCK_AFTER]):
        return False
    return call.server.clock.now() <= user.failed_login_at + 60 * float(values[settings.BLOCK_MINUTES])


def _judge(call: Call, user: User, right: bool, code: Any) -> Reply:
    """Wrong, an app, inactive, unverified, in need of a code, or welcome: in the server's order."""
    server = call.server
    if not right:
        _note_failure(call, user)
        return _refuse(call, 403, "Incorrect password")
    if user.type == "app":
        message = "App user is not allowed to login"
        return _refuse(call, "error-app-user-is-not-allowed-to-login", message, _FUNCTION)
    if not user.active:
        return _refuse(call, "error-user-is-not-activated", "User is not activated", _FUNCTION)
    if user.lacks_roles:
        return _refuse(call, "error-user-has-no-roles", "User has no roles", _FUNCTION)
    if server.settings[settings.EMAIL_VERIFICATION] and "admin" not in user.roles and not user.verified_emails:
        return _refuse(call, "error-invalid-email", "Invalid email __email__")
    problem = server.second_factor.challenge(
        user,
        code,
        call.headers.get("x-2fa-method", ""),
        fallback=False,
        shown_name=user.username,
    )
    if problem is not None:
        if problem.code != "totp-required":
            _note_failure(call, user)
        return _refuse(call, problem.code, problem.reason, problem.details)
    user.failed_logins = 0
    user.last_login = server.clock.now()
    token = Token(codes.new_token(), user.id, user.last_login)
    server.state.add_token(user, token)
    return _welcome(call, user, token)


def _note_failure(call: Call, user: User) -> None:
    if call.server.settings[settings.BLOCK_LOGINS]:
        user.failed_logins += 1
        user.failed_login_at = call.server.clock.now()


def _resume(call: Call, token: str) -> Reply:
    found = call.server.state.by_token.get(token)
    if found is None:
        message = "You've been logged out by the server. Please log in again."
        return _refuse(call, 403, message)
    return _welcome(call, *found)


def _normalise(body: dict[str, Any]) -> dict[str, Any]:
    """Turn the convenient form into that of the login handlers; other keys prevent it."""
    if body.get("password") is None or set(body) - _LOGIN_KEYS:
        return body
    who: dict[str, str]
    if isinstance(body.get("user"), str):
        who = {"email" if "@" in body["user"] else "username": body["user"]}
    elif body.get("username"):
        who = {"username": str(body["username"])}
    elif body.get("email"):
        who = {"email": str(body["email"])}
    else:
        return body
    plain = {"user": who, "password": body["password"]}
    return {"totp": {"code": body["code"], "login": plain}} if body.get("code") else plain


def _find(call: Call, who: dict[str, Any]) -> User | None:
    state = call.server.state
    if isinstance(who.get("email"), str):
        return state.by_email.get(who["email"].lower())
    if isinstance(who.get("username"), str):
        return state.find_by_login(who["username"])
    return None


def _refuse(call: Call, error: Any, message: str, details: Any = None) -> Reply:
    return login_refused(call.server.speak, error, message, details)


def _welcome(call: Call, user: User, token: Token) -> Reply:
    body: dict[str, Any] = {
        "status": "success",
        "data": {
            "userId": user.id,
            "authToken": token.token,
            "me": own_profile(call, user, at_login=True),
        },
    }
    return success(body) if call.server.speak.new else json_reply(body)


@endpoint("POST", "logout")
@endpoint("GET", "logout")
def logout(call: Call) -> Reply:
    """End the session that the call came with."""
    state, user = call.server.state, call.user
    state.drop_tokens(user, keep=[t for t in user.tokens or [] if t is not call.token])
    if call.server.speak.new:
        return Reply(200, b"", JSON_TYPE)
    message = "You've been logged out!"
    return json_reply({"status": "success", "data": {"message": message}})


@endpoint("GET", "me")
def me(call: Call) -> Reply:
    """The caller's own account."""
    return success(own_profile(call, call.user))
