# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the holder of an account changes: profile, status, and the mails that are asked for without an administrator."""

from __future__ import annotations

from typing import Any

from tests.emulator import custom_fields
from tests.emulator.call import Call
from tests.emulator.endpoints_methods import method
from tests.emulator.envelopes import ApiError, Reply, success
from tests.emulator.mails import RECOVERY_SUBJECT, VERIFICATION_SUBJECT
from tests.emulator.profile_parts import check_profile, identity_refused, rename
from tests.emulator.profiles import own_record
from tests.emulator.registry import endpoint
from tests.emulator.schema import check_object
from tests.emulator.settings import ALLOW_PROFILE_CHANGE

# The address and the password, which ask for the present password, are not among them here.
_DATA_KEYS = {"name", "username", "bio", "nickname", "statusText", "statusType"}


def _check(call: Call) -> None:
    check_object(call.body, ["data"], ["data", "customFields"])
    check_object(call.body["data"], (), _DATA_KEYS)


@endpoint("POST", "users.updateOwnBasicInfo", check=_check)
def update_own(call: Call) -> Reply:
    """Change one's own profile; no second factor is asked."""
    _save(call, call.fields["data"], call.fields.get("customFields"))
    return success({"user": own_record(call, call.user)})


@method("saveUserProfile")
def save_user_profile(call: Call, params: list[Any]) -> Any:
    """The same as a method."""
    profile, fields = [*params, None, None][:2]
    _save(call, profile or {}, fields)
    return True


def _save(call: Call, data: dict[str, Any], fields: dict[str, Any] | None) -> None:
    server, user = call.server, call.user
    if not server.settings[ALLOW_PROFILE_CHANGE]:
        raise ApiError("error-not-allowed", "Not allowed", {"method": "saveUserProfile"})
    name, username = data.get("name") or user.name, data.get("username") or user.username
    if username != user.username:
        identity_refused(server, username)
    check_profile(data)
    if fields is not None:
        custom_fields.check(server.settings, fields)
    rename(server, user, name, username)
    for key in ("bio", "nickname"):
        text = str(data.get(key) or "").strip()
        # Unlike users.update, this leaves alone what is left out.
        if text or (key in data and server.speak.blank_profile_erases):
            setattr(user, key, text or None)
    if "statusText" in data:
        user.status_text = data["statusText"] or None
    if "statusType" in data:
        user.status = data["statusType"]
    if fields is not None:
        custom_fields.store(server.speak, server.settings, user, fields)
    user.settings = {**user.settings, "profile": {}}


@endpoint("POST", "users.setStatus")
def set_status(call: Call) -> Reply:
    """Say what one is doing."""
    if "message" in call.fields:
        call.user.status_text = str(call.fields["message"]).strip() or None
    if "status" in call.fields:
        call.user.status = call.fields["status"]
    return success()


def _check_email(call: Call) -> None:
    check_object(call.body, ["email"], ["email"])


@endpoint("POST", "users.sendConfirmationEmail", check=_check_email)
def send_confirmation_email(call: Call) -> Reply:
    """Mail a link that verifies an address; the answer does not tell whether anybody has it."""
    address = str(call.fields["email"])
    if address.lower() in call.server.state.by_email:
        call.server.mailbox.send([address], VERIFICATION_SUBJECT)
    return success()


@endpoint("POST", "users.forgotPassword", login=False)
def forgot_password(call: Call) -> Reply:
    """Mail a link that sets a password; the answer does not tell whether anybody has the address."""
    address = str(call.fields.get("email", ""))
    if address.lower() in call.server.state.by_email:
        call.server.mailbox.send([address], RECOVERY_SUBJECT)
    return success()
