# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One-time codes: TOTP, backup codes, random ids and tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct

from tests.emulator.cast import ID_ALPHABET

STEP_SECONDS = 30
_TOKEN_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def totp_at(secret: str, step: int) -> str:
    """The six digits of RFC 6238 (SHA-1) for one 30 second step."""
    padded = secret.upper() + "=" * (-len(secret) % 8)
    digest = hmac.digest(base64.b32decode(padded), struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def step_of(now: float) -> int:
    """The number of the step that a moment falls into."""
    return int(now // STEP_SECONDS)


def new_seed() -> str:
    """A fresh TOTP seed in base 32."""
    return base64.b32encode(secrets.token_bytes(32)).decode().rstrip("=")


def new_backup_codes() -> list[str]:
    """Twelve backup codes of eight characters."""
    return [random_id(8) for _nth in range(12)]


def new_email_code() -> str:
    """Six digits for a mail."""
    return f"{secrets.randbelow(1_000_000):06d}"


def random_id(length: int = 17) -> str:
    """An id in the manner of Meteor."""
    return "".join(secrets.choice(ID_ALPHABET) for _nth in range(length))


def object_id() -> str:
    """An id in the manner of MongoDB."""
    return secrets.token_hex(12)


def new_token() -> str:
    """A login token."""
    return "".join(secrets.choice(_TOKEN_ALPHABET) for _nth in range(43))


def sha256_hex(text: str) -> str:
    """Lower-case hexadecimal SHA-256, which is also the code of the password method."""
    return hashlib.sha256(text.encode()).hexdigest()


def hashed_token(token: str) -> str:
    """How the server stores a login token."""
    return base64.b64encode(hashlib.sha256(token.encode()).digest()).decode()


def fake_bcrypt(digest: str) -> str:
    """Something that looks like a bcrypt hash, for answers that leak one."""
    body = base64.b64encode(hashlib.sha512(digest.encode()).digest()).decode()
    return "$2b$10$" + body.replace("+", ".").replace("=", "")[:53]
