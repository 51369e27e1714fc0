# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a profile: what is refused, and how an account gets another name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.emulator.envelopes import ApiError
from tests.emulator.state import User

if TYPE_CHECKING:
    from tests.emulator.server import Server

_SIZES = {"bio": 260, "nickname": 120}


def check_profile(data: dict[str, Any]) -> None:
    """Refuse a bio or a nickname that is too long."""
    for key, size in _SIZES.items():
        if len(str(data.get(key) or "").strip()) > size:
            raise ApiError(
                f"error-{key}-size-exceeded",
                f"{key.capitalize()} size exceeds {size} characters",
                {"method": "saveUserProfile"},
            )


def address_refused(server: Server, address: str, unless: str | None) -> None:
    """Refuse what is no address, and one that anybody has, the same person included; ``unless`` is taken."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        details = {"function": "RocketChat.validateEmailDomain", "email": address}
        raise ApiError("error-invalid-email", f"Invalid email {address}", details)
    if address != unless and address.lower() in server.state.by_email:
        details = {"function": "_setEmail", "field": address}
        raise ApiError("error-field-unavailable", f"{address} is already in use :(", details)


def identity_refused(server: Server, username: str) -> None:
    """Refuse a user name that is not formed as the workspace wants it, or that somebody has."""
    if not re.fullmatch(str(server.settings["UTF8_User_Names_Validation"]), username):
        details = {"method": "insertOrUpdateUser", "input": username, "field": "Username"}
        raise ApiError("error-input-is-not-a-valid-field", f"{username} is not a valid username", details)
    if username.lower() in server.state.by_lower_name:
        raise ApiError("error-could-not-save-identity", "Could not save user identity", {"method": "saveUser"})


def rename(server: Server, user: User, name: str, username: str) -> None:
    """Give an account another display name, another user name, or both."""
    state = server.state
    user.name = name
    if username != user.username:
        state.by_name.pop(user.username, None)
        state.by_lower_name.pop(user.username.lower(), None)
        user.username = username
        state.add_user(user)
