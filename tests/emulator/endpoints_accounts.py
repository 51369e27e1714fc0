# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing accounts: create, update."""

from __future__ import annotations

from collections.abc import Iterable

from tests.emulator import codes, custom_fields
from tests.emulator.call import Call
from tests.emulator.envelopes import ApiError, Reply, success
from tests.emulator.membership import join_default_rooms
from tests.emulator.profiles import record
from tests.emulator.registry import endpoint
from tests.emulator.schema import check_object, coerce_boolean
from tests.emulator.state import User
from tests.emulator.versions import Speak

_CREATE_KEYS = {
    "email", "name", "password", "username", "active", "bio", "nickname", "statusText", "roles",
    "joinDefaultChannels", "requirePasswordChange", "setRandomPassword", "sendWelcomeEmail",
    "verified", "customFields", "fields",
}  # fmt: skip


def save_refused(action: str, reason: str) -> ApiError:
    """What an account is told that may not be saved by this caller."""
    details = {"method": "insertOrUpdateUser", "action": action}
    return ApiError("error-action-not-allowed", reason, details)


def _check_create(call: Call) -> None:
    check_object(call.body, ["email", "name", "password", "username"], _CREATE_KEYS)


@endpoint("POST", "users.create", check=_check_create)
def create(call: Call) -> Reply:
    """Make an account."""
    server, data = call.server, call.fields
    if not call.may("create-user"):
        raise save_refused("Adding_user", "Adding user is not allowed")
    name = str(data["username"])
    if name.lower() in server.state.by_lower_name:
        details = {"method": "insertOrUpdateUser", "field": name}
        raise ApiError("error-field-unavailable", f"{name} is already in use :(", details)
    if str(data["email"]).lower() in server.state.by_email:
        raise _address_in_use(server.speak, str(data["email"]))
    check_roles(call, data.get("roles") or [])
    fields = data.get("customFields")
    if fields is not None:
        custom_fields.check(server.settings, fields)
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
    if user.active:
        server.licence.check_seat(user, server.state.by_id.values())
    server.state.add_user(user)
    if coerce_boolean(data.get("joinDefaultChannels", True)):
        join_default_rooms(server, user)
    if fields is not None:
        custom_fields.store(server.speak, server.settings, user, fields)
    return success({"user": record(call, user)})


def _address_in_use(speak: Speak, address: str) -> ApiError:
    if not speak.new:
        return ApiError(403, "Email already exists.")
    details = {"method": "insertOrUpdateUser", "field": address}
    return ApiError("error-field-unavailable", f"{address} is already in use :(", details)


def check_roles(call: Call, roles: Iterable[str]) -> None:
    """Refuse roles that do not exist."""
    for role in roles:
        if not call.server.permissions.has_role(role):
            raise save_refused("Assign_role", "The field Roles consist invalid role id")
