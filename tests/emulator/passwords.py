# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The password policy that newer servers have by default."""

from __future__ import annotations

import re

from tests.emulator.envelopes import ApiError

_PREFIX = "error-password-policy-not-met"


def check_policy(password: str, minimum: int) -> None:
    """Refuse a password that is too weak, naming each rule that it breaks."""
    rules = [
        (
            len(password) >= minimum,
            "minLength",
            "The password does not meet the minimum length password policy.",
        ),
        (
            not re.search(r"(.)\1{3,}", password),
            "repeatingCharacters",
            "The password contains repeating characters which is against the password policy.",
        ),
        (
            re.search("[a-z]", password) is not None,
            "oneLowercase",
            "The password does not contain at least one lowercase character which is against the password policy.",
        ),
        (
            re.search("[A-Z]", password) is not None,
            "oneUppercase",
            "The password does not contain at least one uppercase character which is against the password policy.",
        ),
        (
            re.search("[0-9]", password) is not None,
            "oneNumber",
            "The password does not contain at least one numerical character which is against the password policy.",
        ),
        (
            re.search("[^A-Za-z0-9]", password) is not None,
            "oneSpecial",
            "The password does not contain at least one special character which is against the password policy.",
        ),
    ]
    broken = [{"error": f"{_PREFIX}-{name}", "message": text} for kept, name, text in rules if not kept]
    if broken:
        text = "The password provided does not meet the server's password policy."
        raise ApiError(_PREFIX, details=broken, text=text)
