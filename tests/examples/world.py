# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workspace in which the examples play: whom they name, what their variables hold, who the service account is.

All that a reader has to bring along is here, and nothing of it is anywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.emulator.cast import password_of, seed_of
from tests.emulator.testing import REPO_ROOT, Emulator
from tests.integration.role.play import HELPDESK, HELPDESK_ID, PERMISSIONS, SEED, TOKEN, person

URL = "https://chat.example.com"
PASSWORD = "a-password-of-the-service-account-Pd3"
PEOPLE = ("alice", "bob", "carol", "erin", "harry")
WORKSPACES = REPO_ROOT / "examples" / "workspaces"
FIELDS = '{"totpReset": {"type": "text"}}'

# How the service account answers for its second factor. An example that brings something for it gets an account that is
# asked, and the others get a token that is not.
SETUPS: Mapping[str, dict[str, Any]] = {
    "mailed code": {"email2fa": True},
    "password": {"email2fa": False},
    "totp": {"email2fa": False, "totp": {"secret": SEED}},
    "bypass": {"email2fa": False, "totp": {"secret": SEED}},
}
_SIGNS = {
    "mailed code": r"two_factor_method: email",
    "password": r"two_factor_password|2FA_PASSWORD",
    "totp": r"two_factor_secret|two_factor_code|2FA_SECRET|2FA_CODE",
}

VARIABLES: Mapping[str, Any] = {
    "rocketchat_user_id": HELPDESK_ID,
    "rocketchat_token": TOKEN,
    "rocketchat_totp_seed": SEED,
    "rocketchat_password": PASSWORD,
    "dave_password": password_of("dave"),
    "dave_totp_seed": seed_of("dave"),
    "first_day_password": "Kettle-and-7-Spoons",
    "people": list(PEOPLE),
}

ENVIRONMENT: Mapping[str, str] = {
    "ROCKETCHAT_URL": URL,
    "ROCKETCHAT_USER_ID": HELPDESK_ID,
    "ROCKETCHAT_TOKEN": TOKEN,
}


def invented(text: str) -> list[str]:
    """The variables that a command sets to what only stands for a value: three dots, or a code."""
    return re.findall(r"\b([A-Z][A-Z0-9_]*)=(?:\.\.\.|123456)(?=\s|$)", text)


def real_value(server: Emulator, name: str) -> str | None:
    """What a reader puts where an example invents a value; None where nothing here reads it."""
    if name == "ROCKETCHAT_2FA_CODE":
        return server.totp_code(HELPDESK)
    known = {**ENVIRONMENT, "ROCKETCHAT_2FA_SECRET": SEED, "ROCKETCHAT_2FA_PASSWORD": PASSWORD}
    return known.get(name) or (_token_of(name) if name.startswith("CHAT_TOKEN_") else None)


def _token_of(name: str) -> str:
    return f"{TOKEN}-{name.lower()}"


def setup_for(text: str) -> str:
    """Which of the set-ups an example, or a part of it, is written for."""
    return next((setup for setup, sign in _SIGNS.items() if re.search(sign, text)), "bypass")


def people_in(text: str) -> frozenset[str]:
    """Who is named in a text."""
    return frozenset(name for name in PEOPLE if re.search(rf"\b{name}\b", text))


def left_before(text: str) -> frozenset[str]:
    """Who is out already: an example that lets somebody in again is for somebody who has left."""
    lets_in = "state: active" in text and "state: inactive" not in text
    return people_in(text) if lets_in else frozenset()


def _branches() -> list[dict[str, Any]]:
    """The service accounts of the inventory with many workspaces; all of those are one server here."""
    inventory = yaml.safe_load((WORKSPACES / "inventory.yml").read_text(encoding="utf-8"))
    return [
        {
            "username": f"svc-{host}",
            "_id": settings["user_access_api_user_id"],
            # Permissions are held by a role that no other account has.
            "roles": ["user", f"helpdesk-{host}"],
            "email2fa": False,
            "tokens": [{"kind": "pat", "token": _token_of(f"CHAT_TOKEN_{host.upper()}"), "bypassTwoFactor": True}],
        }
        for host, settings in inventory["rocketchat"]["hosts"].items()
    ]


def addresses() -> list[str]:
    """The address of everybody in the workspace but of who is no matter of a list of people."""
    return [*(f"{name}@example.com" for name in PEOPLE), *(f"{one['username']}@example.test" for one in _branches())]


def _service(setup: str) -> dict[str, Any]:
    token = {"kind": "pat", "name": "ansible", "token": TOKEN, "bypassTwoFactor": setup == "bypass"}
    account = {"username": HELPDESK, "_id": HELPDESK_ID, "roles": ["user", "helpdesk"], "password": PASSWORD}
    return {**account, "tokens": [token], **SETUPS[setup]}


class Workspace:
    """An emulator that is put into order before each example."""

    def __init__(self, server: Emulator, authority: Path, mailed_code: Path) -> None:
        self.server = server
        self._authority = authority
        self._mailed_code = mailed_code
        self._skipped = 0

    def prepare(self, setup: str = "bypass", *, fields: str = FIELDS, inactive: frozenset[str] = frozenset()) -> None:
        """Begin anew: everybody has TOTP, sessions and an end-to-end key, and nobody has asked for anything."""
        people = [
            person(name, _id=f"id-of-{name}", e2e_key=True, active=name not in inactive, email=f"{name}@example.com")
            for name in PEOPLE
        ]
        branches = _branches()
        roles = ["helpdesk", *(account["roles"][1] for account in branches)]
        world = {
            "roles": roles,
            "permissions": {permission: ["admin", *roles] for permission in PERMISSIONS},
            "settings": {"Accounts_CustomFields": fields},
            "users": [_service(setup), *branches, person("dave", roles=["admin"]), *people],
        }
        self.server.control("world", world)
        if setup == "mailed code":
            self._have_a_code_mailed()
        self._skipped = len(self.server.requests())

    def change_setup(self, setup: str) -> None:
        """Give the service account another second factor, and leave everything else as it is."""
        service = _service(setup)
        self.server.control(f"users/{HELPDESK}/tokens", method="DELETE")
        self.server.change_user(HELPDESK, **{key: service.get(key) for key in ("email2fa", "totp", "tokens")})

    def _have_a_code_mailed(self) -> None:
        """Do what the reader did before: one reset that the server answered with a challenge."""
        answer = requests.post(
            f"{self.server.url}/api/v1/users.resetTOTP",
            json={"userId": "id-of-alice"},
            headers={"X-User-Id": HELPDESK_ID, "X-Auth-Token": TOKEN},
            verify=str(self._authority),
            timeout=30,
        )
        code = self.server.email_code(HELPDESK)
        assert code, answer.text
        self._mailed_code.write_text(code, encoding="utf-8")

    def requests(self) -> list[dict[str, Any]]:
        """What was asked since the last preparation."""
        return self.server.requests()[self._skipped :]

    def people(self) -> dict[str, Any]:
        """The accounts as they are."""
        return dict(self.server.state()["users"])
