# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoints that change an account, and what each of them demands of the caller."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """One endpoint that acts on one account.

    ``path``: below ``/api/v1/``. ``permission``: what the caller needs to act on others. ``deed``: completes "may
    not ...". ``since``: first server version that has it. ``two_factor``: whether the caller's second factor is asked
    for.
    """

    path: str
    permission: str
    deed: str
    since: tuple[int, int] = (0, 0)
    two_factor: bool = False


# First shipped in 3.8.0; the public reference's 3.6.0 is the version of users.resetE2EKey.
RESET_TOTP = Action(
    path="users.resetTOTP",
    permission="edit-other-user-totp",
    deed="reset the TOTP of other users",
    since=(3, 8),
    two_factor=True,
)
