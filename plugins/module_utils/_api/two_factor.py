# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The caller's second factor: where a code comes from, and how one challenge of the server is answered."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Callable

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import TwoFactorChallenge
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.options import SecondFactor

# RFC 6238 with the parameters Rocket.Chat fixes: SHA-1, 6 digits, 30 seconds.
TOTP_STEP = 30
# The server takes exactly this many characters for a backup code.
BACKUP_CODE_LENGTH = 8

_HOW_TO_ANSWER = {
    "totp": "two_factor_secret (the TOTP seed), or two_factor_code with two_factor_method=totp",
    "email": "two_factor_code with two_factor_method=email",
    "password": "two_factor_method=password with two_factor_password",
}


@dataclass(frozen=True, repr=False)
class Code:
    """One answer to a challenge.

    ``once``: the server takes it a single time. ``steps_ahead``: time steps between now and the code of a seed.
    """

    method: str
    value: str
    once: bool
    steps_ahead: int = 0

    def headers(self) -> dict[str, str]:
        """Return the headers that carry the code."""
        return {"x-2fa-method": self.method, "x-2fa-code": self.value}


class TwoFactor:
    """Answers challenges from what the task gave; a code is computed at the moment it is asked for."""

    def __init__(self, given: SecondFactor, *, clock: Callable[[], float] = time.time) -> None:
        self._given = given
        self._clock = clock
        self._asked: str | None = None
        self._used_up = False
        self.ahead = 0.0
        """Seconds that the server's clock is ahead of this host's, where that is more than a step."""

    def hear(self, server_time: datetime) -> None:
        """Note the time of an answer: codes are for the server's clock, where the two differ by more than a step."""
        ahead = server_time.timestamp() - self._clock()
        self.ahead = ahead if self._given.seed and abs(ahead) > TOTP_STEP else 0.0

    def can_answer(self, method: str) -> bool:
        """Tell whether the task gave what this method needs."""
        given = self._given
        if given.method not in (None, method):
            return False
        return {
            "totp": bool(given.seed) or (given.method == "totp" and bool(given.code)),
            "email": given.method == "email" and bool(given.code),
            "password": bool(given.password),
        }.get(method, False)

    def single_use(self, method: str) -> bool:
        """Tell whether the answer to this method is used up by one request."""
        code = self._given.code
        return bool(code) and (method == "email" or (method == "totp" and len(code or "") == BACKUP_CODE_LENGTH))

    @property
    def has_single_use_code(self) -> bool:
        """Tell whether the code that the task gave is used up by one request."""
        return self._given.code is not None and self.single_use(self._given.method or "totp")

    def code(self, method: str, *, steps_ahead: int = 0) -> Code:
        """Return the answer to ``method`` for this moment.

        :arg steps_ahead: with a seed, the code of a later time step, for a server whose clock is ahead
        """
        given = self._given
        if method == "password":
            # The server compares with the lower-case hex SHA-256 of the password in UTF-8.
            value = hashlib.sha256((given.password or "").encode()).hexdigest()
        elif method == "totp" and given.seed:
            import pyotp

            value = pyotp.TOTP(given.seed, interval=TOTP_STEP).at(
                int(self._clock() + self.ahead) + steps_ahead * TOTP_STEP
            )
        else:
            value = given.code or ""
        return Code(method, value, self.single_use(method), steps_ahead)

    def renewed(self, code: Code) -> Code:
        """Return the same answer for this moment, for a request that is sent again."""
        return code if code.once else self.code(code.method, steps_ahead=code.steps_ahead)

    def opening(self) -> Code | None:
        """Return the code to send with a request at once, or ``None`` to wait for the challenge.

        The method is never guessed: the first challenge of a run tells it, and a token that bypasses the second factor
        is never challenged. (Naming e-mail for an account without it fails, and mails a code all the same.)
        """
        method = self._asked
        return None if method is None or self.single_use(method) else self.code(method)

    def answer(self, challenge: TwoFactorChallenge) -> Code:
        """Return the code for a challenge ``totp-required``.

        :raises TwoFactorChallenge: when the task gave nothing that answers the method the server asks for
        """
        method = str(challenge.details.get("method", ""))
        if self.can_answer(method) and self._used_up:
            raise explained(
                challenge,
                "two_factor_code works only once and was used in this run already. Run again with a fresh one.",
            )
        if self.can_answer(method):
            self._asked = method
            self._used_up = self.single_use(method)
            return self.code(method)
        raise explained(challenge, self._unanswerable(method, challenge.details))

    def second_try(self, tried: Code, challenge: TwoFactorChallenge) -> Code | None:
        """Return the next step's code where a code from a seed was called invalid, else ``None``."""
        if tried.method == "totp" and self._given.seed and challenge.code == "totp-invalid":
            return self.code("totp", steps_ahead=1)
        return None

    def rejected(self, tried: Code, challenge: TwoFactorChallenge) -> TwoFactorChallenge:
        """Explain why the server may have called this code invalid, and what to do."""
        if challenge.code == "totp-required":
            return explained(
                challenge,
                "A code was sent, yet the server saw none: check that no proxy removes the"
                " headers x-2fa-code and x-2fa-method.",
            )
        if challenge.code != "totp-invalid":
            return challenge
        asked = str(challenge.details.get("method", tried.method))
        if asked != tried.method:
            return explained(challenge, self._unanswerable(asked, challenge.details))
        if tried.method == "totp" and self._given.seed:
            hint = (
                "The code from two_factor_secret was refused, and so was the next one. Check that the seed is that"
                " of the calling account, and that the clocks of this host and of the server agree."
            )
        elif tried.method == "totp":
            hint = (
                "The code in two_factor_code was refused: it is wrong, has expired, or was a backup code already"
                " used. Give a fresh one, or use two_factor_secret."
            )
        elif tried.method == "email":
            hint = (
                "The e-mail code in two_factor_code was refused: it works once, and for one hour. Use the newest"
                " mail, or run without a code to have one sent."
            )
        else:
            hint = (
                "The password was refused as second factor. Check two_factor_password (default: api_password); it"
                " must be the calling account's own password."
            )
        return explained(challenge, hint)

    def _unanswerable(self, method: str, details: Mapping[str, Any]) -> str:
        offered = details.get("availableMethods")
        available = [str(name) for name in offered] if isinstance(offered, list) and offered else [method]
        given = self._given.method or ("totp" if self._given.seed else None)
        asked = f"It asks for the method {method} (available: {', '.join(available)})"
        if given and given != method:
            asked += f", but the task answers {given}"
        if method == "email":
            mailed = (
                "A code was mailed"
                if details.get("codeGenerated")
                else "A code mailed earlier is still valid; it was sent"
            )
            to = details.get("emailOrUsername")
            return (
                f"{asked}. {mailed} to {to or 'the addresses of the calling account'}: run again with that code in"
                " two_factor_code and two_factor_method=email. It works once, for one account; for unattended runs"
                " use a TOTP seed or a personal access token that bypasses two-factor authentication."
            )
        return f"{asked}. Give {_HOW_TO_ANSWER.get(method, 'an answer to it')}."


def explained(challenge: TwoFactorChallenge, hint: str) -> TwoFactorChallenge:
    """Return the same refusal with a hint put in front of the server's words."""
    first = challenge.message.split(" The server said: ", 1)[0]
    return TwoFactorChallenge(
        challenge.code,
        f"{first} {hint} The server said: {challenge.words}",
        challenge.details,
        ends_run=True,
        words=challenge.words,
    )
