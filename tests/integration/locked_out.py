# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""People who are locked out, one of each kind, what lets each in again, and how they sign in then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.emulator.cast import password_of
from tests.emulator.testing import Emulator

VERIFIED, UNVERIFIED = True, False
IN = "signed in"


@dataclass(frozen=True)
class Case:
    """Somebody who is locked out.

    ``account``: what the world says of them beside the name. ``refused``: what the server says to their attempts.
    ``lock``: what the diagnosis must not exclude, with ``certainty``. ``cure``: options of the recovery, ``None`` where
    only people can help. ``knows``: whether they know their password. ``reads``: whose mail they can read. ``by``: what
    they type as their name afterwards, the address where that is ``email``.
    """

    account: Mapping[str, Any]
    refused: str
    lock: str
    certainty: str
    cure: Mapping[str, Any] | None = field(default_factory=dict)
    knows: bool = True
    reads: tuple[str, ...] = ()
    by: str = "username"


def own(name: str) -> str:
    """The address that somebody has unless the case says otherwise."""
    return f"{name}@example.test"


def mailboxes(*entries: tuple[str, bool]) -> dict[str, Any]:
    """What a world says of addresses."""
    return {"emails": [{"address": address, "verified": verified} for address, verified in entries]}


TOTP = {"totp": {"enabled": True}}
PLAIN = {"email2fa": False}

# In a workspace of the usual settings.
USUAL: Mapping[str, Case] = {
    "phone": Case({**TOTP, **PLAIN}, "totp-required", "totp", "not_visible"),
    # The mailed code is none of the app, which is asked for first.
    "phone.mailed": Case(TOTP, "totp-invalid", "totp", "not_visible", reads=("phone.mailed@example.test",)),
    "mailbox": Case({}, "totp-required", "email_codes", "possible", {"email_factor": "switch_off"}),
    "mailboxes": Case(
        {
            **mailboxes(("mailboxes@example.test", VERIFIED), ("second@example.test", VERIFIED)),
            # Still good, and mailed to where nobody reads it.
            "emailCodes": ["123456"],
        },
        "totp-required",
        "mailbox_lost",
        "not_visible",
        {"new_email": "new.mailboxes@example.test"},
        reads=("new.mailboxes@example.test",),
    ),
    "password": Case(
        {},
        "wrong",
        "password_lost",
        "not_visible",
        {"reset_password": True, "reset_totp": False},
        knows=False,
        reads=("password@example.test",),
    ),
    "phone.password": Case(
        TOTP,
        "wrong",
        "password_lost",
        "not_visible",
        {"reset_password": True},
        knows=False,
        reads=("phone.password@example.test",),
    ),
    "everything": Case(
        TOTP,
        "wrong",
        "mailbox_lost",
        "not_visible",
        {"new_email": "new.everything@example.test", "reset_password": True},
        knows=False,
        reads=("new.everything@example.test",),
    ),
    "no.mailbox": Case(
        TOTP,
        "wrong",
        "password_lost",
        "not_visible",
        {"email_factor": "switch_off", "password": "print_once"},
        knows=False,
    ),
    "restored": Case(
        {**TOTP, **mailboxes(("restored@example.test", UNVERIFIED))},
        "totp-required",
        "totp",
        "not_visible",
        {"email_factor": "restore"},
        reads=("restored@example.test",),
    ),
    "deactivated": Case(
        {**PLAIN, "active": False, "inactiveReason": "deactivated"},
        "error-user-is-not-activated",
        "deactivated",
        "certain",
        {"activate": True, "reset_totp": False},
    ),
    "never.approved": Case(
        {**PLAIN, "active": False, "reason": "I work here.", "inactiveReason": "pending_approval", "lastLogin": None},
        "error-user-is-not-activated",
        "deactivated",
        "certain",
        {"activate": True},
    ),
    "idle": Case(
        {**TOTP, "active": False, "inactiveReason": "idle_too_long"},
        "wrong",
        "deactivated",
        "certain",
        {"activate": True, "reset_password": True},
        knows=False,
        reads=("idle@example.test",),
    ),
    "newcomer": Case(
        {**mailboxes(("newcomer@example.test", UNVERIFIED)), "lastLogin": None},
        "wrong",
        "never_logged_in",
        "certain",
        {"verify_email": True, "reset_password": True, "reset_totp": False},
        knows=False,
        reads=("newcomer@example.test",),
    ),
    "blocked": Case(
        {**PLAIN, "failedLogins": 10}, "error-login-blocked-for-user", "login_blocked", "not_visible", None, by="email"
    ),
    "change.demanded": Case({**PLAIN, "requirePasswordChange": True}, IN, "password_change_demanded", "certain", None),
    "role.demands": Case({**PLAIN, "roles": ["user", "auditor"]}, IN, "role_demands_second_factor", "certain", None),
    "e2e.key": Case(
        {**PLAIN, "e2e_key": True},
        IN,
        "e2e_key_lost",
        "not_visible",
        {"reset_e2ekey": True, "confirm_message_loss": True, "reset_totp": False},
    ),
}
# Where nobody gets in without a verified address.
STRICT: Mapping[str, Case] = {
    "unverified": Case(
        {**PLAIN, **mailboxes(("unverified@example.test", UNVERIFIED))},
        "error-invalid-email",
        "unverified_address",
        "certain",
        {"verify_email": True, "reset_totp": False},
    ),
    "no.address": Case(
        {**PLAIN, "emails": []},
        "error-invalid-email",
        "unverified_address",
        "certain",
        {"new_email": "new.no.address@example.test"},
    ),
}
# Whom nothing of this collection lets in.
HELPLESS: Mapping[str, Case] = {
    "an.app": Case({"type": "app"}, "error-app-user-is-not-allowed-to-login", "app", "certain", None),
    "a.bot": Case({**PLAIN, "type": "bot"}, IN, "app", "possible", None),
    "no.roles": Case({**PLAIN, "roles": None}, "error-user-has-no-roles", "no_roles", "certain", None),
    "directory": Case({**PLAIN, "password": None}, "wrong", "password_elsewhere", "possible", None),
    "foreign": Case({**PLAIN, "federated": True}, IN, "federated", "certain", None),
}


def people(cases: Mapping[str, Case]) -> list[dict[str, Any]]:
    """What a world says of them; each has something in their profile that must not be lost."""
    return [{"username": name, "bio": f"I am {name}.", "nickname": "N", **case.account} for name, case in cases.items()]


def options(name: str, case: Case, directory: Path) -> dict[str, Any]:
    """The options of the task that helps."""
    given = {"username": name, **(case.cure or {})}
    return {**given, "password_file": str(directory / name)} if "password" in given else given


class Holder:
    """Somebody in front of the sign-in page, who knows what they remember and what mail and helpdesk tell them."""

    def __init__(self, server: Emulator, name: str, case: Case, directory: Path) -> None:
        self._server, self._name, self._case, self._directory = server, name, case, directory
        self._who = name

    def sign_in(self, by: str = "username") -> str:
        """Try it with all that is to hand; says what the server said in the end."""
        self._who = own(self._name) if by == "email" else self._name
        said = self._try()
        # A code that went to a mailbox of before keeps others from being mailed, until somebody asks for one.
        for get_code in (self._mailed_code, self._another_code):
            code = get_code() if said == "totp-required" else None
            said = self._try(code) if code else said
        return said

    def _try(self, code: str | None = None) -> str:
        body = {"user": self._who, "password": self._password(), **({"code": code} if code else {})}
        answer = self._post("login", body)
        if answer.status_code == 200:
            return IN
        error = answer.json().get("error")
        return "wrong" if error in (403, "Unauthorized") else str(error)

    def _post(self, path: str, body: Mapping[str, Any]) -> requests.Response:
        return requests.post(f"{self._server.url}/api/v1/{path}", json=body, timeout=30)

    def _password(self) -> str:
        file = self._directory / self._name
        if file.exists():
            return file.read_text(encoding="utf-8").strip()
        mailed = self._mail("password")
        return mailed or (password_of(self._name) if self._case.knows else "never heard of")

    def _mailed_code(self) -> str | None:
        return self._mail("code")

    def _another_code(self) -> str | None:
        self._post("users.2fa.sendEmailCode", {"emailOrUsername": self._name})
        return self._mail("code")

    def _mail(self, key: str) -> str | None:
        found = [mail[key] for mail in self._server.mails() if mail["to"] in self._case.reads and key in mail]
        return str(found[-1]) if found else None
