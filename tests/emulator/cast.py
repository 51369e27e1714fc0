# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The default cast: who lives in the emulator when no world is given.

Only the standard library is used here, so that any test may import the constants.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

ADMIN_PASSWORD = "adminpw-1"
"""Password of ``rcadmin``; everybody else's is ``<username>-pw-1``."""

ALICE_SEED = "MFWGSY3FFVZWKZLEFVTG64RNMFWGSY3F"
"""TOTP seed of ``alice``."""

DAVE_SEED = "MRQXMZJNONSWKZBNMZXXELLEMF3GKLLE"
"""TOTP seed of ``dave``."""

SVC_HELPDESK_TOKEN = "svc-helpdesk-token-0123456789abcdefghijklmn"
"""A personal access token of ``svc-helpdesk``, without bypassTwoFactor."""

SVC_BYPASS_TOKEN = "svc-helpdesk-bypass-0123456789abcdefghijklm"
"""A personal access token of ``svc-helpdesk`` that skips the second factor."""

# The alphabet of Meteor's Random.id(): no characters that look alike.
ID_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"


def password_of(username: str) -> str:
    """The password that a user of a world has unless the world says otherwise."""
    return ADMIN_PASSWORD if username == "rcadmin" else f"{username}-pw-1"


def seed_of(username: str) -> str:
    """The TOTP seed that a user of a world has unless the world says otherwise."""
    known = {"alice": ALICE_SEED, "dave": DAVE_SEED}
    if username in known:
        return known[username]
    return base64.b32encode(hashlib.sha1(f"seed:{username}".encode()).digest()).decode()


def id_of(username: str) -> str:
    """The ``_id`` that a user of a world has unless the world says otherwise."""
    if username == "rocket.cat":
        return username
    digest = hashlib.sha256(f"id:{username}".encode()).digest()
    return "".join(ID_ALPHABET[byte % len(ID_ALPHABET)] for byte in digest[:17])


def bootstrap_users() -> list[dict[str, Any]]:
    """The two accounts that a freshly set up server has."""
    return [
        {
            "username": "rcadmin",
            "name": "Admin",
            "roles": ["admin"],
            "emails": [{"address": "admin@example.test", "verified": True}],
            # The first administrator is made before the automatic opt-in to e-mail codes.
            "email2fa": False,
            "extra": {"statusDefault": "online", "avatarOrigin": "none", "utcOffset": 0},
        },
        {
            "username": "rocket.cat",
            "name": "Rocket.Cat",
            "roles": ["bot"],
            "type": "bot",
            "emails": [],
            "email2fa": False,
            "password": None,
            "status": "online",
            "lastLogin": None,
            "extra": {"utcOffset": 0},
        },
    ]


def general(members: list[str]) -> dict[str, Any]:
    """The channel that a freshly set up server has, which nobody owns and every new account joins."""
    return {"_id": "GENERAL", "name": "general", "default": True, "members": members}


def default_world() -> dict[str, Any]:
    """Everybody the recordings know, and a few for tests of their own."""
    world: dict[str, Any] = {
        "roles": ["helpdesk"],
        "permissions": {
            "edit-other-user-totp": ["admin", "helpdesk"],
            "view-full-other-user-info": ["admin", "helpdesk"],
        },
        "users": [
            *bootstrap_users(),
            {"username": "alice", "name": "Alice", "totp": {"enabled": True, "secret": ALICE_SEED}},
            {"username": "bob", "name": "Bob", "verified": False},
            {"username": "carol", "name": "Carol"},
            {
                "username": "dave",
                "name": "Dave",
                "roles": ["admin"],
                "totp": {"enabled": True, "secret": DAVE_SEED},
            },
            {"username": "erin", "name": "Erin", "verified": False},
            {"username": "Frank.Case", "name": "Frank.Case"},
            {"username": "gina", "name": "Gina", "roles": ["admin"]},
            {"username": "harry", "name": "Harry", "verified": False},
            {"username": "fred", "name": "Fred", "federated": True},
            {"username": "ned", "name": "Ned", "verified": False, "lastLogin": None},
            {"username": "ina", "name": "Ina", "verified": False, "active": False},
            {
                "username": "svc-helpdesk",
                "name": "Helpdesk service account",
                "roles": ["user", "helpdesk"],
                "email2fa": False,
                "tokens": [
                    {"token": SVC_HELPDESK_TOKEN, "kind": "pat", "name": "ansible"},
                    {
                        "token": SVC_BYPASS_TOKEN,
                        "kind": "pat",
                        "name": "ansible-bypass",
                        "bypassTwoFactor": True,
                    },
                ],
            },
        ],
    }
    world["rooms"] = [general([user["username"] for user in world["users"]])]
    return world


def crowd(count: int) -> list[dict[str, Any]]:
    """Users user00001, user00002, … with TOTP on and no e-mail 2FA in the way."""
    return [
        {
            "username": f"user{number:05d}",
            "name": f"User {number}",
            "verified": False,
            "totp": {"enabled": True},
        }
        for number in range(1, count + 1)
    ]
