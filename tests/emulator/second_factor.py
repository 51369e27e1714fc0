# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second factor: which method is asked for, and whether a code fits."""

from __future__ import annotations

import hmac
from enum import Enum
from typing import TYPE_CHECKING, Any

from tests.emulator import codes, settings
from tests.emulator.clock import iso
from tests.emulator.envelopes import ApiError
from tests.emulator.mails import CODE_SUBJECT
from tests.emulator.state import EmailCode, Token, User

if TYPE_CHECKING:
    from tests.emulator.call import Call
    from tests.emulator.server import Server

_MAX_EMAIL_TRIES = 5
_NEW_CODE_WHEN_LEFT = 300


class Demand(Enum):
    """How an endpoint asks for the second factor."""

    NEVER = "never"
    REMEMBERED = "remembered"
    EVERY_CALL = "every call"


class SecondFactor:
    """Checks codes for one server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    # Methods

    def totp_active(self, user: User) -> bool:
        """Whether the account's TOTP counts."""
        values = self._server.settings
        return bool(values[settings.TWO_FACTOR] and values[settings.BY_TOTP] and user.totp_enabled)

    def email_active(self, user: User) -> bool:
        """Whether the account is asked for mailed codes."""
        values = self._server.settings
        return bool(
            values[settings.TWO_FACTOR] and values[settings.BY_EMAIL] and user.email2fa and user.verified_emails
        )

    def password_active(self, user: User) -> bool:
        """Whether the password may stand in as a second factor."""
        return bool(self._server.settings[settings.PASSWORD_FALLBACK] and user.password_digest is not None)

    def available(self, user: User) -> list[str]:
        """Names of the methods that are enabled for the account."""
        names = ["totp"] if self.totp_active(user) else []
        return [*names, "email"] if self.email_active(user) else names

    # Checks

    def check_call(self, call: Call, demand: Demand) -> None:
        """Let an API call pass or raise totp-required, totp-invalid, totp-max-attempts."""
        server, user, token = self._server, call.user, call.token
        if demand is Demand.NEVER or not server.settings[settings.TWO_FACTOR]:
            return
        agent = call.headers.get("user-agent", "")
        if token is not None and self._authorized(user, token, demand, agent):
            return
        code = call.headers.get("x-2fa-code", "")
        method = call.headers.get("x-2fa-method", "")
        verified = user.verified_emails
        problem = self.challenge(
            user, code, method, fallback=True, shown_name=verified[0] if verified else user.username
        )
        if problem is not None:
            raise problem
        if demand is Demand.REMEMBERED and token is not None:
            token.authorized_until = server.clock.now() + server.settings[settings.REMEMBER_FOR]
            token.authorized_agent = agent

    def challenge(self, user: User, code: Any, method: str, *, fallback: bool, shown_name: str) -> ApiError | None:
        """None when the code is right or none is needed, else what to answer."""
        if not self._server.settings[settings.TWO_FACTOR]:
            return None
        available = self.available(user)
        # A method that is not known, "password" included, means the active one.
        selected = method if method in ("totp", "email") else (available[0] if available else "")
        if not selected:
            if not (fallback and self.password_active(user)):
                return None
            selected = "password"
        details: dict[str, Any] = {"method": selected}
        if selected == "email":
            # The server prepares for a wrong code before it looks at the one that was sent.
            details.update(self._prepare_email(user, shown_name))
        else:
            details["codeGenerated"] = False
        details["availableMethods"] = available
        if code in ("", None):
            return ApiError("totp-required", "TOTP Required", details)
        if self._fits(user, str(code), selected):
            return None
        if selected == "email" and self._server.speak.limits_email_tries and self._worn_out(user):
            return ApiError("totp-max-attempts", "TOTP Maximun Failed Attempts Reached", details)
        return ApiError("totp-invalid", "TOTP Invalid", details)

    def _authorized(self, user: User, token: Token, demand: Demand, agent: str) -> bool:
        server = self._server
        if token.bypass_two_factor and server.speak.bypass_tokens_work:
            return True
        now = server.clock.now()
        young = user.created + server.settings[settings.REMEMBER_FOR] > now
        if server.speak.grace_minds_methods and young and not self.available(user):
            return True
        if demand is Demand.EVERY_CALL:
            return False
        if young and not server.speak.grace_minds_methods:
            return True
        same_agent = not server.speak.remembers_user_agent or token.authorized_agent == agent
        return token.authorized_until > now and same_agent

    def _fits(self, user: User, code: str, method: str) -> bool:
        if method == "totp":
            return self.totp_active(user) and self.totp_fits(user, code)
        if method == "email":
            return self.email_active(user) and self._email_fits(user, code)
        return hmac.compare_digest(code.lower().encode(), (user.password_digest or "").encode())

    def totp_fits(self, user: User, code: str) -> bool:
        """Whether a code is one of the account's TOTP or backup codes; uses the latter up."""
        totp = user.totp
        if totp is None or totp.secret is None:
            return False
        if len(code) == 8:
            if code not in totp.backup_codes:
                return False
            totp.backup_codes.remove(code)
            return True
        return self.secret_fits(totp.secret, code)

    def secret_fits(self, secret: str, code: str) -> bool:
        """Whether a code belongs to a seed, within the window of the settings."""
        step = codes.step_of(self._server.clock.now())
        delta = int(self._server.settings[settings.MAX_DELTA])
        return any(codes.totp_at(secret, step + n) == code for n in range(-delta, delta + 1))

    # E-mail codes

    def send_email_code(self, user: User) -> None:
        """Mail a new code to all verified addresses."""
        code = codes.new_email_code()
        expires = self._server.clock.now() + self._server.settings[settings.EMAIL_CODE_EXPIRES]
        kept = [] if self._server.speak.single_email_code else user.email_codes or []
        user.email_codes = [*kept, EmailCode(code, expires)]
        self._server.mailbox.send(user.verified_emails, CODE_SUBJECT, code=code)

    def _prepare_email(self, user: User, shown_name: str) -> dict[str, Any]:
        live = user.live_codes(self._server.clock.now() + _NEW_CODE_WHEN_LEFT)
        if not live:
            self.send_email_code(user)
            return {"codeGenerated": True, "emailOrUsername": shown_name}
        details: dict[str, Any] = {"emailOrUsername": shown_name, "codeGenerated": False}
        if self._server.speak.single_email_code:
            return {**details, "codeExpires": iso(live[0].expires)}
        expiries = [iso(code.expires) for code in live]
        return {**details, "codeCount": len(live), "codeExpires": expiries}

    def _email_fits(self, user: User, text: str) -> bool:
        digits = "".join(char for char in text if char.isdigit())
        for code in user.live_codes(self._server.clock.now()):
            if code.code == digits:
                assert user.email_codes is not None
                user.email_codes.remove(code)
                return True
            code.attempts += 1
        return False

    def _worn_out(self, user: User) -> bool:
        if any(code.attempts >= _MAX_EMAIL_TRIES for code in user.email_codes or []):
            # The code is dead from here on; the next challenge mails another.
            user.email_codes = []
            return True
        return False
