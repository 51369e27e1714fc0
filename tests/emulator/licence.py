# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a workspace paid for: roles of its own, and how many people may be active."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.emulator.envelopes import ApiError
from tests.emulator.state import User


@dataclass
class Licence:
    """A licence; there is none by default."""

    enterprise: bool = False
    # How many accounts may be active; None where nobody counts.
    seats: int | None = None

    def change(self, given: Mapping[str, Any]) -> None:
        """Take over what a description says."""
        self.enterprise = bool(given.get("enterprise", self.enterprise))
        self.seats = given.get("seats", self.seats)

    def check_seat(self, user: User, users: Iterable[User]) -> None:
        """Refuse one more active account where the seats are taken; an account that is active is no exception."""
        if self.seats is None or not _takes_a_seat(user):
            return
        if sum(other.active and _takes_a_seat(other) for other in users) >= self.seats:
            reason = "The maximum number of users has been reached."
            raise ApiError("error-license-user-limit-reached", reason)


def _takes_a_seat(user: User) -> bool:
    """Apps and guests do not count."""
    return user.type != "app" and user.roles != ["guest"]
