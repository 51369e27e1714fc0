# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server knows: users and their tokens, with quick look-ups; rooms and webhooks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.emulator import codes
from tests.emulator.rooms import Rooms


@dataclass
class Totp:
    """The ``services.totp`` of an account."""

    enabled: bool = False
    secret: str | None = None
    pending_secret: str | None = None
    backup_codes: list[str] = field(default_factory=list)


@dataclass
class EmailCode:
    """A code that was mailed and is not used up yet."""

    code: str
    expires: float
    attempts: int = 0


@dataclass(eq=False)
class Token:
    """A login token: a session or a personal access token."""

    token: str
    user_id: str
    created: float
    personal: bool = False
    name: str = ""
    bypass_two_factor: bool = False
    # Until when, and for which User-Agent, the second factor counts as given.
    authorized_until: float = 0.0
    authorized_agent: str = ""


@dataclass(eq=False)
class User:
    """One account."""

    id: str
    username: str
    name: str
    created: float
    emails: list[dict[str, Any]] = field(default_factory=list)
    roles: list[str] = field(default_factory=lambda: ["user"])
    type: str = "user"
    status: str = "offline"
    active: bool = True
    federated: bool = False
    # Hexadecimal SHA-256 of the password; None for accounts without a local one (LDAP, SAML).
    password_digest: str | None = None
    totp: Totp | None = None
    email2fa: bool = True
    email2fa_changed: float = 0.0
    # None until the first code was ever mailed: the server then has no such field at all.
    email_codes: list[EmailCode] | None = None
    last_login: float | None = None
    require_password_change: bool | None = None
    inactive_reason: str | None = None
    e2e_key: bool = False
    custom_fields: dict[str, Any] | None = None
    bio: str | None = None
    nickname: str | None = None
    status_text: str | None = None
    language: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    # Why somebody who registered wants in, as long as nobody has approved it.
    reason: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    # None until the first login, and again after a password change.
    tokens: list[Token] | None = None
    failed_logins: int = 0
    failed_login_at: float = 0.0

    @property
    def verified_emails(self) -> list[str]:
        """Addresses that codes and notices go to."""
        return [mail["address"] for mail in self.emails if mail.get("verified")]

    @property
    def totp_enabled(self) -> bool:
        """Whether TOTP is switched on, not merely begun."""
        return self.totp is not None and self.totp.enabled

    def live_codes(self, now: float) -> list[EmailCode]:
        """E-mail codes that have not expired."""
        return [code for code in self.email_codes or [] if code.expires > now]


class State:
    """All accounts, rooms and webhooks, found by id, name and token."""

    def __init__(self) -> None:
        self.by_id: dict[str, User] = {}
        self.by_name: dict[str, User] = {}
        self.by_lower_name: dict[str, User] = {}
        self.by_email: dict[str, User] = {}
        self.by_token: dict[str, tuple[User, Token]] = {}
        self.rooms = Rooms()
        # Webhooks by id, as the server shows them.
        self.integrations: dict[str, dict[str, Any]] = {}
        # What outgoing webhooks would have sent, oldest first.
        self.outgoing_calls: list[dict[str, Any]] = []

    def add_user(self, user: User) -> None:
        """Add an account to all indexes."""
        self.by_id[user.id] = user
        self.by_name[user.username] = user
        self.by_lower_name[user.username.lower()] = user
        self.index_emails(user)

    def index_emails(self, user: User) -> None:
        """Make the account findable by its addresses."""
        for mail in user.emails:
            self.by_email[mail["address"].lower()] = user

    def set_emails(self, user: User, emails: list[dict[str, Any]]) -> None:
        """Replace the addresses of an account."""
        for mail in user.emails:
            self.by_email.pop(mail["address"].lower(), None)
        user.emails = emails
        self.index_emails(user)

    def remove_user(self, user: User) -> None:
        """Delete an account with its tokens."""
        self.drop_tokens(user)
        self.by_id.pop(user.id, None)
        self.by_name.pop(user.username, None)
        self.by_lower_name.pop(user.username.lower(), None)
        for mail in user.emails:
            self.by_email.pop(mail["address"].lower(), None)
        self.rooms.forget(user.id)

    def find_by_login(self, name: str) -> User | None:
        """Find by user name, exactly or else ignoring case."""
        return self.by_name.get(name) or self.by_lower_name.get(name.lower())

    def add_token(self, user: User, token: Token) -> None:
        """Give an account a login token."""
        if user.tokens is None:
            user.tokens = []
        user.tokens.append(token)
        self.by_token[token.token] = (user, token)

    def drop_tokens(self, user: User, keep: Iterable[Token] = (), unset: bool = False) -> None:
        """Delete login tokens; ``unset`` removes the whole list, as a password change does."""
        kept = list(keep)
        for token in user.tokens or ():
            if token not in kept:
                self.by_token.pop(token.token, None)
        user.tokens = None if unset else [t for t in user.tokens or () if t in kept]

    def password_fits(self, user: User, digest: str) -> bool:
        """Whether a password digest is the account's."""
        return user.password_digest is not None and digest.lower() == user.password_digest


def password_digest(password: Any) -> str | None:
    """The digest of a password given in clear or as {"digest", "algorithm"}."""
    if isinstance(password, str):
        return codes.sha256_hex(password)
    if isinstance(password, dict) and isinstance(password.get("digest"), str):
        return str(password["digest"])
    return None
