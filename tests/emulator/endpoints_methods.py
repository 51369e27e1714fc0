# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Methods over REST, those of 2fa:* among them, and the REST endpoints around e-mail codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.emulator import codes
from tests.emulator.call import Call
from tests.emulator.envelopes import ApiError, Reply, json_reply, success
from tests.emulator.registry import endpoint
from tests.emulator.schema import check_object
from tests.emulator.second_factor import Demand
from tests.emulator.state import Totp

Method = Callable[[Call, list[Any]], Any]

_METHODS: dict[str, Method] = {}
_NOTHING = object()
_VERIFY_FIRST = "You need to verify your emails before setting up 2FA"


def method(name: str) -> Callable[[Method], Method]:
    """Register a function for a method."""

    def register(function: Method) -> Method:
        _METHODS[name] = function
        return function

    return register


@endpoint("POST", "method.call/{}")
def method_call(call: Call) -> Reply:
    """Call a method; its result or error is JSON inside "message"."""
    try:
        message = json.loads(call.fields["message"])
        params = list(message.get("params", []))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ApiError("error-invalid-params", "Invalid method call message") from None
    answer: dict[str, Any] = {"msg": "result", "id": message.get("id")}
    found = _METHODS.get(call.argument)
    failed = False
    try:
        if found is None:
            raise ApiError(404, f"Method '{call.argument}' not found")
        call.server.limiter.check_method(call)
        result = found(call, params)
        if result is not _NOTHING:
            answer["result"] = result
    except ApiError as error:
        failed = True
        answer["error"] = _method_error(error)
    refused = failed and call.server.speak.method_status_tells
    body = {"message": json.dumps(answer, separators=(",", ":")), "success": not refused}
    return json_reply(body, 400 if refused else 200)


def _method_error(error: ApiError) -> dict[str, Any]:
    shown: dict[str, Any] = {"isClientSafe": True, "error": error.code}
    if error.reason:
        shown["reason"] = error.reason
    if error.details is not None:
        shown["details"] = error.details
    return {**shown, "message": error.message(), "errorType": "Meteor.Error"}


@method("2fa:enable")
def _enable(call: Call, _params: list[Any]) -> Any:
    user, speak = call.user, call.server.speak
    if not speak.enrols_unverified and not user.verified_emails:
        raise ApiError("error-invalid-user", _VERIFY_FIRST, {"method": "2fa:enable"})
    if speak.new and user.totp_enabled:
        raise ApiError("error-2fa-already-enabled")
    seed = codes.new_seed()
    user.totp = Totp(enabled=False, pending_secret=seed)
    url = f"otpauth://totp/Rocket.Chat:{user.username}?secret={seed}"
    return {"secret": seed, "url": url}


@method("2fa:validateTempToken")
def _validate(call: Call, params: list[Any]) -> Any:
    totp = call.user.totp
    code = str(params[0]) if params else ""
    if totp is None or totp.pending_secret is None:
        raise ApiError("invalid-totp")
    if not call.server.second_factor.secret_fits(totp.pending_secret, code):
        if call.server.speak.new:
            raise ApiError("invalid-totp")
        return _NOTHING
    backup = codes.new_backup_codes()
    call.user.totp = Totp(enabled=True, secret=totp.pending_secret, backup_codes=list(backup))
    return {"codes": backup}


@method("2fa:disable")
def _disable(call: Call, params: list[Any]) -> Any:
    code = str(params[0]) if params else ""
    user = call.user
    if not user.totp_enabled or not call.server.second_factor.totp_fits(user, code):
        return False
    user.totp = Totp(enabled=False)
    return True


@method("2fa:checkCodesRemaining")
def _codes_remaining(call: Call, _params: list[Any]) -> Any:
    totp = call.user.totp
    if totp is None or not totp.enabled:
        raise ApiError("invalid-totp")
    return {"remaining": len(totp.backup_codes)}


@method("2fa:regenerateCodes")
def _regenerate(call: Call, params: list[Any]) -> Any:
    user, totp = call.user, call.user.totp
    code = str(params[0]) if params else ""
    if totp is None or not call.server.second_factor.totp_fits(user, code):
        raise ApiError("invalid-totp")
    totp.backup_codes = codes.new_backup_codes()
    return {"codes": list(totp.backup_codes)}


def _check_send_code(call: Call) -> None:
    if call.server.speak.new_schemas:
        check_object(call.body, ["emailOrUsername"], ["emailOrUsername"])


@endpoint("POST", "users.2fa.sendEmailCode", login=False, check=_check_send_code)
def send_email_code(call: Call) -> Reply:
    """Mail a code to an account; the answer does not tell whether there is such an account."""
    name = call.fields.get("emailOrUsername")
    if not name:
        raise ApiError("error-parameter-required", "emailOrUsername is required")
    state = call.server.state
    user = state.by_email.get(str(name).lower()) or state.find_by_login(str(name))
    if user is not None:
        call.server.second_factor.send_email_code(user)
    return success()


@endpoint("POST", "users.2fa.enableEmail")
def enable_email(call: Call) -> Reply:
    """Opt in to e-mail codes; other clients are logged out."""
    user = call.user
    if not call.server.speak.enrols_unverified and not user.verified_emails:
        raise ApiError("error-invalid-user", _VERIFY_FIRST)
    user.email2fa = True
    user.email2fa_changed = call.server.clock.now()
    if call.token is not None:
        call.server.state.drop_tokens(user, keep=[call.token])
    return success()


@endpoint("POST", "users.2fa.disableEmail", demand=Demand.EVERY_CALL)
def disable_email(call: Call) -> Reply:
    """Opt out of e-mail codes."""
    call.user.email2fa = False
    call.user.email2fa_changed = call.server.clock.now()
    return success()
