# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One-time codes of the replay, derived from the name of a step and from what the server handed out.

The TOTP codes are computed by pyotp, which the emulator does not use.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pyotp

from tests.emulator.testing import Emulator

UNKNOWN = "<code, see step>"
_STEP = 30
_MARGIN = 2


class Codes:
    """Stands in for the authenticator apps and mailboxes of the recorded users."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._seeds: dict[str, str] = {}
        self._backup: dict[str, list[str]] = {}
        self._used_backup: dict[str, str] = {}
        # A code that occurs twice in a scenario is the same code twice.
        self._known: dict[tuple[str, str, str], str] = {}
        self._offset = 0.0

    def know(self, user: str, seed: str, backup: list[str]) -> None:
        """Keep the seed and the backup codes that a user of a world has from the start."""
        self._seeds[user] = seed
        self._backup[user] = list(backup)

    def learn(self, request: dict[str, Any], answer: bytes) -> None:
        """Keep the seed or the backup codes that a method call returned."""
        if "/method.call/2fa:" not in request["path"] or not answer.startswith(b'{"message"'):
            return
        result = json.loads(json.loads(answer)["message"]).get("result")
        if isinstance(result, dict) and "secret" in result:
            self._seeds[request["as"]] = result["secret"]
        elif isinstance(result, dict) and "codes" in result:
            self._backup[request["as"]] = result["codes"]

    def header(self, scenario: str, step: str, request: dict[str, Any], recorded: str) -> str:
        """The value of x-2fa-code."""
        user = request.get("as") or request["body"].get("user", "")
        method = request["two_factor"].get("x-2fa-method", "")
        return self._code(scenario, step, user, method, recorded)

    def in_body(self, scenario: str, step: str, request: dict[str, Any], body: Any) -> Any:
        """A body with the codes of this run: of /login and of method calls."""
        if not isinstance(body, dict):
            return body
        if request["path"].endswith("/login"):
            return self._in_login(scenario, step, body)
        if "/method.call/2fa:" in request["path"]:
            message = json.loads(body["message"])
            user = request.get("as", "")
            message["params"] = [self._code(scenario, step, user, "totp", code) for code in message["params"]]
            return {"message": json.dumps(message)}
        return body

    def _in_login(self, scenario: str, step: str, body: dict[str, Any]) -> dict[str, Any]:
        if isinstance(body.get("code"), str):
            return {**body, "code": self._code(scenario, step, self._named(body["user"]), "", body["code"])}
        if "totp" in body:
            login = body["totp"]["login"]
            code = self._code(scenario, step, login["user"]["username"], "totp", body["totp"]["code"])
            return {"totp": {"code": code, "login": login}}
        return body

    def _code(self, scenario: str, step: str, user: str, method: str, recorded: str) -> str:
        key = (scenario, user, recorded)
        if recorded != UNKNOWN and key in self._known:
            return self._known[key]
        code = self._derive(step, user, method, recorded)
        self._known[key] = code
        return code

    def _derive(self, step: str, user: str, method: str, recorded: str) -> str:
        if "backup-code" in step:
            if "used" not in step:
                self._used_backup[user] = self._backup[user].pop(0)
            return self._used_backup[user]
        if re.fullmatch(r"\d{3}-\d{3}", recorded):
            mailed = self._mailed(user)
            return f"{mailed[:3]}-{mailed[3:]}"
        if recorded == UNKNOWN:
            if "sendEmailCode" in step:
                return self._mailed(user)
            if "wrong" in step or "has-none" in step:
                return self._wrong(user)
            return self._totp(user, 0) if self._has_totp(user) else self._mailed(user)
        if not re.fullmatch(r"\d{6}", recorded) or recorded in ("000000", "123456"):
            # Digests and codes that were made up.
            return recorded
        age = re.search(r"(\d+)s-old", step)
        return self._totp(user, -int(age[1]) // _STEP if age else 0)

    def _named(self, login: str) -> str:
        """The user name of somebody who signs in, perhaps by an address."""
        users = self._emulator.state()["users"].items() if "@" in login else ()
        return next((name for name, user in users if login in str(user["emails"])), login)

    def _has_totp(self, user: str) -> bool:
        totp = self._emulator.user(user)["totp"]
        return totp is not None and totp["enabled"]

    def _mailed(self, user: str) -> str:
        return self._emulator.email_code(user) or "no code was mailed"

    def _wrong(self, user: str) -> str:
        """A code that the account's seed does not give at present."""
        right = {self._totp(user, step) for step in (-1, 0, 1)} if user in self._seeds else set()
        return next(code for code in ("111111", "222222", "333333", "444444") if code not in right)

    def _totp(self, user: str, steps: int) -> str:
        """The code of the user's app, now or some steps away."""
        now = time.time() + self._offset
        if _STEP - now % _STEP < _MARGIN:
            # The next step is about to begin: stay in this one, or a code might go stale on its way.
            self._offset -= 2 * _MARGIN
            now -= 2 * _MARGIN
            self._emulator.control("clock", {"offset_seconds": self._offset})
        return pyotp.TOTP(self._seeds[user]).at(int(now) + steps * _STEP)
