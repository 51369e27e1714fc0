# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mails that the server would send; they are kept instead."""

from __future__ import annotations

from typing import Any

from tests.emulator.clock import Clock

CODE_SUBJECT = "Authentication code"
TOTP_RESET_SUBJECT = "Two Factor TOTP Reset Notification"
E2E_RESET_SUBJECT = "E2E Key Reset Notification"
PASSWORD_SUBJECT = "Rocket.Chat - Password Changed"
DEACTIVATED_SUBJECT = "[Rocket.Chat] Account deactivated"
ACTIVATED_SUBJECT = "[Rocket.Chat] Account approved"
EMAIL_CHANGED_SUBJECT = "Rocket.Chat - Email address has been changed"
VERIFICATION_SUBJECT = "Rocket.Chat - Email address verification"
RECOVERY_SUBJECT = "Rocket.Chat - Password Recovery"


class Mailbox:
    """Everything that was sent, in order."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.sent: list[dict[str, Any]] = []

    def send(self, addresses: list[str], subject: str, code: str | None = None, *, password: str | None = None) -> None:
        """Send one mail to each address, with the code or password that stands in it."""
        for address in addresses:
            mail: dict[str, Any] = {"to": address, "subject": subject, "at": self._clock.iso()}
            if code is not None:
                mail["code"] = code
            if password is not None:
                mail["password"] = password
            self.sent.append(mail)

    def clear(self) -> None:
        """Forget all mails."""
        self.sent.clear()
