# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""users.update: every call is the whole profile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.emulator import codes, custom_fields, settings
from tests.emulator.call import Call
from tests.emulator.endpoints_accounts import check_roles, save_refused
from tests.emulator.endpoints_status import set_active
from tests.emulator.envelopes import ApiError, Reply, success
from tests.emulator.mails import EMAIL_CHANGED_SUBJECT, PASSWORD_SUBJECT
from tests.emulator.passwords import check_policy
from tests.emulator.profile_parts import address_refused, check_profile, identity_refused, rename
from tests.emulator.profiles import record
from tests.emulator.registry import endpoint
from tests.emulator.schema import check_object, coerce_boolean
from tests.emulator.second_factor import Demand
from tests.emulator.state import User

_DATA_KEYS = {
    "email", "name", "password", "username", "active", "bio", "nickname", "statusText", "roles",
    "requirePasswordChange", "setRandomPassword", "sendWelcomeEmail", "verified", "customFields", "status",
}  # fmt: skip
_KEYS_8 = {"freeSwitchExtension"}


def _check(call: Call) -> None:
    check_object(call.body, ["userId", "data"], ["userId", "data", "confirmRelinquish"])
    check_object(call.body["data"], (), _DATA_KEYS | (_KEYS_8 if call.server.speak.since(8) else set()))


@endpoint("POST", "users.update", demand=Demand.REMEMBERED, check=_check)
def update(call: Call) -> Reply:
    """Change an account; what the caller may not change is partly ignored without a word."""
    # A null reads as left out.
    data = {key: value for key, value in call.fields["data"].items() if value is not None}
    user = call.server.state.by_id.get(str(call.fields["userId"]))
    if user is None:
        if call.server.speak.new:
            raise ApiError("error-user-not-found", "User not found", {"method": "saveUser"})
        raise ApiError(None, "Cannot read property 'roles' of null")
    if user.federated and call.server.speak.refuses_federated:
        raise ApiError("Edit_Federated_User_Not_Allowed", "Not possible to edit a federated user")
    _refuse_caller(call, user, data)
    _Update(call, user, data).run()
    if "active" in data:
        relinquish = coerce_boolean(call.fields.get("confirmRelinquish"))
        set_active(call, user, coerce_boolean(data["active"]), relinquish)
    return success({"user": record(call, user)})


def _refuse_caller(call: Call, user: User, data: dict[str, Any]) -> None:
    own = user is call.caller
    if own and coerce_boolean(data.get("verified")):
        raise save_refused("Editing_user", "Editing email verification is not allowed")
    if not own and not call.may("edit-other-user-info"):
        raise save_refused("Editing_user", "Editing user is not allowed")
    roles = data.get("roles")
    if roles is None:
        return
    check_roles(call, roles)
    if "admin" in roles and not call.may("assign-admin-role"):
        raise save_refused("Assign_admin", "Assigning admin is not allowed")
    if set(roles) != set(user.roles) and not call.may("assign-roles"):
        raise save_refused("Assign_role", "Assign roles is not allowed")


class _Update:
    """The parts of one change, in the server's order.

    Each part first looks at what it was given and returns how to write it. Up to 6.x it is written at once, so that
    a refused part leaves the earlier ones behind; later versions write when no part was refused.
    """

    def __init__(self, call: Call, user: User, data: dict[str, Any]) -> None:
        self._call = call
        self._server = call.server
        self._user = user
        self._data = data

    def run(self) -> None:
        """Check and write."""
        writes = []
        for part in (self._identity, self._status_text, self._email, self._password, self._profile, self._fields):
            write = part()
            if self._server.speak.writes_all_or_nothing:
                writes.append(write)
            else:
                write()
        for write in writes:
            write()

    def _count(self, part: str) -> None:
        if self._server.speak.limits_persons:
            self._server.person_limits.count(self._user.id, part)

    def _identity(self) -> Callable[[], None]:
        user = self._user
        name, username = str(self._data.get("name", user.name)), str(self._data.get("username", user.username))
        if username != user.username:
            identity_refused(self._server, username)
            self._count("username")
        if name != user.name:
            self._count("name")

        def write() -> None:
            rename(self._server, user, name, username)

        return write

    def _status_text(self) -> Callable[[], None]:
        if "statusText" not in self._data:
            return _nothing
        self._count("statusText")

        def write() -> None:
            self._user.status_text = str(self._data["statusText"]).strip() or None

        return write

    def _email(self) -> Callable[[], None]:
        user = self._user
        address = str(self._data.get("email", "")).strip()
        if not address:
            return _nothing
        # Counted whether or not anything comes of it.
        self._count("email")
        first = user.emails[0]["address"] if user.emails else None
        address_refused(self._server, address, unless=first)
        if address == first:
            return _nothing

        def write() -> None:
            self._server.state.set_emails(user, [{"address": address, "verified": False}])
            if first is not None:
                self._server.mailbox.send([first], EMAIL_CHANGED_SUBJECT)

        return write

    def _password(self) -> Callable[[], None]:
        server, data = self._server, self._data
        random = coerce_boolean(data.get("setRandomPassword"))
        if random:
            # Whether or not the caller may change the password.
            data["requirePasswordChange"] = True
        if not self._call.may("edit-other-user-password") and self._user is not self._call.caller:
            # No error: the server saves the rest and keeps the password.
            return _nothing
        password = codes.random_id(24) if random else str(data.get("password", "")).strip()
        if not password:
            return _nothing
        if not random and server.settings[settings.PASSWORD_POLICY]:
            check_policy(password, int(server.settings[settings.PASSWORD_MIN_LENGTH]))

        def write() -> None:
            self._user.password_digest = codes.sha256_hex(password)
            server.state.drop_tokens(self._user, unset=True)
            if random:
                self._user.require_password_change = True
                self._tell_password(password)

        return write

    def _tell_password(self, password: str) -> None:
        if self._data.get("email"):
            self._server.mailbox.send([str(self._data["email"])], PASSWORD_SUBJECT, password=password)
        elif not self._server.speak.new:
            # The trap: the password is another one by now.
            text = "[invalid email]"
            details = {"function": "RocketChat.saveUser", "message": text}
            raise ApiError("error-email-send-failed", f"Error trying to send email: {text}", details)

    def _profile(self) -> Callable[[], None]:
        user, data = self._user, self._data
        check_profile(data)

        def write() -> None:
            # What is left out is erased.
            user.bio = str(data.get("bio", "")).strip() or None
            user.nickname = str(data.get("nickname", "")).strip() or None
            if "roles" in data:
                user.roles = list(data["roles"])
            if "requirePasswordChange" in data:
                user.require_password_change = coerce_boolean(data["requirePasswordChange"])
            if "verified" in data and user.emails:
                # Always the first address.
                user.emails[0] = {**user.emails[0], "verified": coerce_boolean(data["verified"])}

        return write

    def _fields(self) -> Callable[[], None]:
        given = self._data.get("customFields")
        if not isinstance(given, dict):
            return _nothing
        custom_fields.check(self._server.settings, given)

        def write() -> None:
            custom_fields.store(self._server.speak, self._server.settings, self._user, given)

        return write


def _nothing() -> None:
    """Nothing to write."""
