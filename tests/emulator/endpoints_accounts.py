# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing accounts: create, update, activate, delete."""

from __future__ import annotations

import json
from typing import Any

from tests.emulator import codes, settings
from tests.emulator.call import Call
from tests.emulator.endpoints_reset import find_target
from tests.emulator.envelopes import ApiError, Reply, success
from tests.emulator.mails import ACTIVATED_SUBJECT, DEACTIVATED_SUBJECT, PASSWORD_SUBJECT
from tests.emulator.passwords import check_policy
from tests.emulator.profiles import record
from tests.emulator.registry import endpoint
from tests.emulator.schema import check_object, coerce_boolean
from tests.emulator.second_factor import Demand
from tests.emulator.state import User

_CREATE_KEYS = {
    "email", "name", "password", "username", "active", "bio", "nickname", "statusText", "roles",
    "joinDefaultChannels", "requirePasswordChange", "setRandomPassword", "sendWelcomeEmail",
    "verified", "customFields", "fields",
}  # fmt: skip
_DATA_KEYS = _CREATE_KEYS | {"language", "statusType"}


def _save_refused(action: str, reason: str) -> ApiError:
    details = {"method": "insertOrUpdateUser", "action": action}
    return ApiError("error-action-not-allowed", reason, details)


def _check_create(call: Call) -> None:
    check_object(call.body, ["email", "name", "password", "username"], _CREATE_KEYS)


@endpoint("POST", "users.create", check=_check_create)
def create(call: Call) -> Reply:
    """Make an account."""
    server, data = call.server, call.fields
    if not call.may("create-user"):
        raise _save_refused("Adding_user", "Adding user is not allowed")
    name = str(data["username"])
    if name.lower() in server.state.by_lower_name:
        details = {"method": "insertOrUpdateUser", "field": name}
        raise ApiError("error-field-unavailable", f"{name} is already in use :(", details)
    if str(data["email"]).lower() in server.state.by_email:
        new = server.speak.new
        reason = "Something went wrong. Please check your credentials."
        raise ApiError(403, reason if new else "Email already exists.")
    _check_roles(call, data)
    now = server.clock.now()
    user = User(
        id=codes.random_id(),
        username=name,
        name=str(data["name"]),
        created=now,
        emails=[{"address": data["email"], "verified": bool(data.get("verified", False))}],
        roles=list(data.get("roles") or ["user"]),
        active=bool(data.get("active", True)),
        password_digest=codes.sha256_hex(str(data["password"])),
        email2fa_changed=now,
    )
    if "requirePasswordChange" in data:
        user.require_password_change = coerce_boolean(data["requirePasswordChange"])
    server.state.add_user(user)
    _save_custom_fields(call, user, data)
    return success({"user": record(call, user)})


def _check_update(call: Call) -> None:
    check_object(call.body, ["userId", "data"], ["userId", "data", "confirmRelinquish"])
    check_object(call.body["data"], (), _DATA_KEYS)


@endpoint("POST", "users.update", demand=Demand.REMEMBERED, check=_check_update)
def update(call: Call) -> Reply:
    """Change an account; what the caller may not change is partly ignored without a word."""
    state, data = call.server.state, call.fields["data"]
    user = state.by_id.get(str(call.fields["userId"]))
    if user is None:
        if call.server.speak.new:
            raise ApiError("error-user-not-found", "User not found", {"method": "saveUser"})
        raise ApiError(None, "Cannot read property 'roles' of null")
    if user is not call.caller and not call.may("edit-other-user-info"):
        raise _save_refused("Editing_user", "Editing user is not allowed")
    _check_roles(call, data)
    _save_password(call, user, data)
    if "name" in data:
        user.name = data["name"]
    if "username" in data and data["username"] != user.username:
        state.by_name.pop(user.username, None)
        state.by_lower_name.pop(user.username.lower(), None)
        user.username = data["username"]
        state.add_user(user)
    _save_email(call, user, data)
    if "roles" in data:
        user.roles = list(data["roles"])
    if "requirePasswordChange" in data:
        user.require_password_change = coerce_boolean(data["requirePasswordChange"])
    _save_custom_fields(call, user, data)
    if "active" in data:
        relinquish = coerce_boolean(call.fields.get("confirmRelinquish"))
        _set_active(call, user, coerce_boolean(data["active"]), relinquish)
    return success({"user": record(call, user)})


def _check_roles(call: Call, data: dict[str, Any]) -> None:
    for role in data.get("roles") or []:
        if not call.server.permissions.has_role(role):
            raise _save_refused("Assign_role", "The field Roles consist invalid role id")


def _save_password(call: Call, user: User, data: dict[str, Any]) -> None:
    server = call.server
    random = coerce_boolean(data.get("setRandomPassword"))
    if not random and not data.get("password"):
        return
    if user is not call.caller and not call.may("edit-other-user-password"):
        # No error: the server saves the rest and keeps the password.
        return
    password = codes.random_id(24) if random else str(data["password"])
    if not random and server.settings[settings.PASSWORD_POLICY]:
        check_policy(password, int(server.settings[settings.PASSWORD_MIN_LENGTH]))
    user.password_digest = codes.sha256_hex(password)
    server.state.drop_tokens(user, unset=True)
    if not random:
        return
    user.require_password_change = True
    if data.get("email"):
        server.mailbox.send([str(data["email"])], PASSWORD_SUBJECT)
    elif not server.speak.new:
        # The trap: the password is another one by now.
        text = "[invalid email]"
        details = {"function": "RocketChat.saveUser", "message": text}
        reason = f"Error trying to send email: {text}"
        raise ApiError("error-email-send-failed", reason, details)


def _save_email(call: Call, user: User, data: dict[str, Any]) -> None:
    if "email" not in data:
        return
    old = user.emails[0] if user.emails else {"address": "", "verified": False}
    kept = old["verified"] if old["address"] == data["email"] else False
    verified = coerce_boolean(data["verified"]) if "verified" in data else kept
    call.server.state.set_emails(user, [{"address": data["email"], "verified": verified}])


def _save_custom_fields(call: Call, user: User, data: dict[str, Any]) -> None:
    """Keep the fields that the workspace defines; others are dropped without a word."""
    given = data.get("customFields")
    if not isinstance(given, dict):
        return
    try:
        defined = json.loads(call.server.settings[settings.CUSTOM_FIELDS] or "{}")
    except ValueError:
        defined = {}
    kept = {key: value for key, value in given.items() if key in defined}
    if kept:
        user.custom_fields = {**(user.custom_fields or {}), **kept}


def _check_status(call: Call) -> None:
    keys = ["userId", "activeStatus"]
    check_object(call.body, keys, [*keys, "confirmRelinquish"])


@endpoint(
    "POST",
    "users.setActiveStatus",
    check=_check_status,
    permission="edit-other-user-active-status",
)
def set_active_status(call: Call) -> Reply:
    """Activate or deactivate an account."""
    user = call.server.state.by_id.get(str(call.fields["userId"]))
    if user is None:
        raise ApiError(None, "User not found")
    active = coerce_boolean(call.fields["activeStatus"])
    _set_active(call, user, active, coerce_boolean(call.fields.get("confirmRelinquish")))
    return success({"user": {"_id": user.id, "active": user.active}})


def _set_active(call: Call, user: User, active: bool, relinquish: bool) -> None:
    server = call.server
    if not active:
        _refuse_last_owner(call, user, relinquish)
        server.state.relinquish(user)
        server.state.drop_tokens(user)
        user.inactive_reason = "deactivated"
    else:
        user.inactive_reason = None
    user.active = active
    subject = ACTIVATED_SUBJECT if active else DEACTIVATED_SUBJECT
    server.mailbox.send([mail["address"] for mail in user.emails], subject)


def _refuse_last_owner(call: Call, user: User, relinquish: bool) -> None:
    removed, handed_over = call.server.state.sole_ownership(user)
    if relinquish or not (removed or handed_over):
        return
    details = {
        "shouldBeRemoved": [room.name for room in removed],
        "shouldChangeOwner": [room.name for room in handed_over],
    }
    raise ApiError("user-last-owner", "", details)


@endpoint("POST", "users.delete", permission="delete-user")
def delete(call: Call) -> Reply:
    """Delete an account."""
    user = find_target(call)
    _refuse_last_owner(call, user, coerce_boolean(call.fields.get("confirmRelinquish")))
    deleted = call.server.state.relinquish(user)
    call.server.state.remove_user(user)
    return success({"deletedRooms": deleted} if call.server.speak.new else None)
