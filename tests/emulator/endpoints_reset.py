# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""users.resetTOTP and users.resetE2EKey."""

from __future__ import annotations

from tests.emulator import settings
from tests.emulator.call import Call
from tests.emulator.envelopes import ApiError, Reply, success
from tests.emulator.mails import E2E_RESET_SUBJECT, TOTP_RESET_SUBJECT
from tests.emulator.registry import endpoint
from tests.emulator.schema import check_object, coerce_string
from tests.emulator.second_factor import Demand
from tests.emulator.state import User

_TARGET_KEYS = ("userId", "username", "user")


def _check_target(call: Call) -> None:
    """The newer servers' schema; a missing body still means the caller."""
    if not call.server.speak.strict_bodies:
        return
    check_object(call.body, (), _TARGET_KEYS)
    for key in _TARGET_KEYS:
        if key in call.body:
            call.body[key] = coerce_string(call.body[key])


def _names_somebody(call: Call) -> bool:
    """Whether the body names a target; if not, the caller is meant."""
    if call.server.speak.refuses_empty_target:
        return any(key in call.fields for key in _TARGET_KEYS)
    return any(call.fields.get(key) for key in _TARGET_KEYS)


def find_target(call: Call) -> User:
    """The account that the body names, by id or by name in any case."""
    state = call.server.state
    for key in _TARGET_KEYS:
        value = call.fields.get(key)
        if value is None:
            continue
        if not isinstance(value, str):
            # The server calls String.prototype.trim on whatever it was sent.
            shown = f"params.{key}?" if call.server.speak.new else f"_params${key}"
            raise ApiError(None, f"{shown}.trim is not a function")
        if not value.strip():
            continue
        user = state.by_id.get(value) if key == "userId" else state.by_lower_name.get(value.lower())
        if user is None:
            raise ApiError(
                "error-invalid-user",
                'The required "userId" or "username" param provided does not match any users',
            )
        return user
    raise ApiError(
        "error-user-param-not-provided",
        'The required "userId" or "username" param was not provided',
    )


@endpoint("POST", "users.resetTOTP", demand=Demand.EVERY_CALL, check=_check_target, since=(3, 8))
def reset_totp(call: Call) -> Reply:
    """Take TOTP from another account, or from the caller when no target is named."""
    server = call.server
    if not _names_somebody(call):
        _unset_totp(call, call.user)
        return success()
    if not call.may("edit-other-user-totp"):
        raise ApiError("error-not-allowed", "Not allowed")
    if server.speak.tells_two_factor_disabled:
        if not server.settings[settings.TWO_FACTOR]:
            reason = "Two factor authentication is not enabled"
            raise ApiError("error-two-factor-not-enabled", reason)
    elif not server.settings[settings.PASSWORD_FALLBACK]:
        raise ApiError("error-not-allowed", "Not allowed")
    target = find_target(call)
    server.mailbox.send(target.verified_emails, TOTP_RESET_SUBJECT)
    if target.federated and server.speak.refuses_federated:
        # The notice has left by now, as it has on the real server.
        reason = "Federated Users cant have TOTP"
        raise ApiError("error-not-allowed", reason, {"function": "resetTOTP"})
    _unset_totp(call, target)
    return success()


def _unset_totp(call: Call, user: User) -> None:
    if user.totp is not None:
        user.totp = None
        call.server.state.drop_tokens(user)
    call.server.clock.note_reset()


@endpoint("POST", "users.resetE2EKey", demand=Demand.EVERY_CALL, check=_check_target)
def reset_e2e_key(call: Call) -> Reply:
    """Delete the keys of another account, or of the caller when no target is named."""
    user = call.user
    if _names_somebody(call):
        # Unlike users.resetTOTP, the target is looked up before the permission is.
        user = find_target(call)
        if not call.may("edit-other-user-e2ee"):
            raise ApiError("error-not-allowed", "Not allowed")
        call.server.mailbox.send(user.verified_emails, E2E_RESET_SUBJECT)
    user.e2e_key = False
    call.server.state.drop_tokens(user)
    return success()
