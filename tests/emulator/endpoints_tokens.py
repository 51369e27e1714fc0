# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Personal access tokens, and ending sessions."""

from __future__ import annotations

from tests.emulator import codes
from tests.emulator.call import Call
from tests.emulator.clock import iso
from tests.emulator.envelopes import ApiError, Reply, success
from tests.emulator.registry import endpoint
from tests.emulator.schema import check_object
from tests.emulator.second_factor import Demand
from tests.emulator.state import Token

_DAYS_90 = 90 * 86400
_DUPLICATE = "A token with this name already exists"


def _check_name(call: Call) -> None:
    if call.server.speak.new_schemas:
        check_object(call.body, ["tokenName"], ["tokenName", "bypassTwoFactor"])
    elif not call.fields.get("tokenName"):
        raise ApiError(None, "The 'tokenName' param is required")


def _own_tokens(call: Call) -> list[Token]:
    return [token for token in call.user.tokens or [] if token.personal]


def _named(call: Call) -> Token | None:
    name = call.fields["tokenName"]
    return next((token for token in _own_tokens(call) if token.name == name), None)


def _demand_permission(call: Call, method: str) -> None:
    if not call.may("create-personal-access-tokens"):
        raise ApiError("not-authorized", "Not Authorized", {"method": method})


def _issue(call: Call, name: str, bypass: bool) -> Reply:
    now = call.server.clock.now()
    token = Token(codes.new_token(), call.user.id, now, personal=True, name=name, bypass_two_factor=bypass)
    call.server.state.add_token(call.user, token)
    return success({"token": token.token})


def _revoke(call: Call, revoked: Token) -> None:
    user = call.user
    call.server.state.drop_tokens(user, keep=[t for t in user.tokens or [] if t is not revoked])


@endpoint("POST", "users.generatePersonalAccessToken", demand=Demand.REMEMBERED, check=_check_name)
def generate(call: Call) -> Reply:
    """Make a personal access token."""
    method = "personalAccessTokens:generateToken"
    _demand_permission(call, method)
    if _named(call) is not None:
        raise ApiError("error-token-already-exists", _DUPLICATE, {"method": method})
    bypass = call.fields.get("bypassTwoFactor") is True
    return _issue(call, str(call.fields["tokenName"]), bypass)


@endpoint("POST", "users.regeneratePersonalAccessToken", demand=Demand.REMEMBERED, check=_check_name)
def regenerate(call: Call) -> Reply:
    """Replace a personal access token by a new one of the same name."""
    method = "personalAccessTokens:regenerateToken"
    _demand_permission(call, method)
    token = _named(call)
    if token is None:
        reason = "Token does not exist"
        raise ApiError("error-token-does-not-exists", reason, {"method": method})
    _revoke(call, token)
    return _issue(call, token.name, token.bypass_two_factor)


@endpoint("POST", "users.removePersonalAccessToken", demand=Demand.REMEMBERED, check=_check_name)
def remove(call: Call) -> Reply:
    """Revoke a personal access token."""
    method = "personalAccessTokens:removeToken"
    _demand_permission(call, method)
    token = _named(call)
    if token is None:
        reason = "Token does not exist"
        raise ApiError("error-token-does-not-exists", reason, {"method": method})
    _revoke(call, token)
    return success()


@endpoint("GET", "users.getPersonalAccessTokens", permission="create-personal-access-tokens")
def listing(call: Call) -> Reply:
    """The caller's own personal access tokens."""
    tokens = [
        {
            "name": token.name,
            "createdAt": iso(token.created),
            "lastTokenPart": token.token[-6:],
            "bypassTwoFactor": token.bypass_two_factor,
        }
        for token in _own_tokens(call)
    ]
    return success({"tokens": tokens})


@endpoint("POST", "users.logout")
def logout(call: Call) -> Reply:
    """End all sessions of an account. Any key but userId is ignored: the caller is meant."""
    user_id = call.fields.get("userId") or call.user.id
    if user_id != call.user.id and not call.may("logout-other-user"):
        # This endpoint words it the same in all versions.
        raise ApiError(None, "unauthorized", status=403)
    user = call.server.state.by_id.get(str(user_id))
    if user is not None:
        call.server.state.drop_tokens(user)
    return success({"message": f"User {user_id} has been logged out!"})


@endpoint("POST", "users.logoutOtherClients")
def logout_other_clients(call: Call) -> Reply:
    """End the caller's other sessions; personal access tokens stay."""
    assert call.token is not None
    keep = [token for token in call.user.tokens or [] if token.personal or token is call.token]
    call.server.state.drop_tokens(call.user, keep=keep)
    return success({"token": call.token.token, "tokenExpires": iso(call.token.created + _DAYS_90)})


@endpoint("POST", "users.removeOtherTokens")
def remove_other_tokens(call: Call) -> Reply:
    """Delete all tokens of the caller but the present one."""
    assert call.token is not None
    call.server.state.drop_tokens(call.user, keep=[call.token])
    return success()


def _check_create_token(call: Call) -> None:
    if call.server.speak.new_schemas:
        check_object(call.body, ["secret"], None)


@endpoint("POST", "users.createToken", check=_check_create_token)
def create_token(call: Call) -> Reply:
    """Log in as somebody else: never allowed here."""
    details = None if call.server.speak.new_schemas else {"method": "createToken"}
    raise ApiError("error-not-authorized", "Not authorized", details)
