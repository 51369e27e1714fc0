# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Worlds: descriptions of users, settings, permissions and rooms, and how they come to life."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.emulator import codes
from tests.emulator.cast import id_of, password_of, seed_of
from tests.emulator.clock import parse_iso
from tests.emulator.integration_worlds import add_integration
from tests.emulator.room_worlds import add_rooms
from tests.emulator.settings import EMAIL_CODE_EXPIRES
from tests.emulator.state import EmailCode, Token, Totp, User, password_digest

if TYPE_CHECKING:
    from tests.emulator.server import Server

# Long ago: a younger account is not asked for its second factor everywhere.
_CREATED = "2024-01-15T09:00:00.000Z"
_LAST_LOGIN = "2025-06-02T07:30:00.000Z"

_KNOWN_KEYS = frozenset(
    {
        "username", "_id", "id", "name", "email", "emails", "verified", "roles", "type", "status",
        "active", "federated", "password", "totp", "email2fa", "lastLogin", "createdAt",
        "customFields", "e2e_key", "requirePasswordChange", "extra", "tokens", "rooms",
        "emailCodes", "bio", "nickname", "statusText", "language", "settings", "preferences", "reason",
        "inactiveReason", "failedLogins",
    }
)  # fmt: skip


class WorldError(ValueError):
    """A world that makes no sense, with a sentence that says why."""


def load_world(server: Server, world: dict[str, Any]) -> None:
    """Add everything that a description names to an empty server."""
    if not isinstance(world, dict):
        raise WorldError("A world is a JSON object.")
    unknown = set(world) - {"users", "settings", "permissions", "roles", "rooms", "integrations", "enterprise", "seats"}
    if unknown:
        raise WorldError(f"A world has no '{min(unknown)}'.")
    server.settings.update(world.get("settings", {}))
    server.licence.change(world)
    for role in world.get("roles", []):
        server.permissions.define_role(role)
    for permission, roles in world.get("permissions", {}).items():
        server.permissions.allow(permission, roles)
    owned: list[dict[str, Any]] = []
    for entry in world.get("users", []):
        user = add_user(server, entry)
        owned.extend({**room, "owners": [user.username, *room.get("owners", [])]} for room in entry.get("rooms", []))
    # Rooms last: their members have to exist.
    add_rooms(server, [*world.get("rooms", []), *owned])
    for entry in world.get("integrations", []):
        add_integration(server, entry)


def add_user(server: Server, entry: dict[str, Any]) -> User:
    """Make one account from its description."""
    if not isinstance(entry.get("username"), str):
        raise WorldError("Each user of a world is an object with a 'username'.")
    name = str(entry["username"])
    if name.lower() in server.state.by_lower_name:
        raise WorldError(f"There is a user '{name}' already.")
    user = User(
        id=entry.get("_id") or entry.get("id") or id_of(name),
        username=name,
        name=str(entry.get("name", name)),
        created=parse_iso(entry.get("createdAt", _CREATED)),
        password_digest=password_digest(entry.get("password", password_of(name))),
        last_login=parse_iso(_LAST_LOGIN) if "lastLogin" not in entry else None,
    )
    address = entry.get("email", f"{name.lower()}@example.test")
    user.emails = [{"address": address, "verified": entry.get("verified", True)}]
    server.state.add_user(user)
    if user.last_login is not None:
        user.tokens = []
    changes = {key: value for key, value in entry.items() if key in _KNOWN_KEYS}
    unknown = set(entry) - _KNOWN_KEYS
    if unknown:
        raise WorldError(f"A user has no '{min(unknown)}'.")
    change_user(server, user, changes)
    return user


def change_user(server: Server, user: User, changes: dict[str, Any]) -> None:
    """Apply a description's keys to an account; unknown keys are refused."""
    unknown = set(changes) - _KNOWN_KEYS
    if unknown:
        raise WorldError(f"A user has no '{min(unknown)}'.")
    if "totp" in changes:
        user.totp = _totp_from(changes["totp"], user.username)
    if "emails" in changes:
        server.state.set_emails(user, [dict(mail) for mail in changes["emails"]])
    if "roles" in changes:
        user.roles = list(changes["roles"])
        for role in user.roles:
            server.permissions.define_role(role)
    if "password" in changes:
        user.password_digest = password_digest(changes["password"])
    if "lastLogin" in changes:
        user.last_login = None if changes["lastLogin"] is None else parse_iso(changes["lastLogin"])
    if "createdAt" in changes:
        user.created = parse_iso(changes["createdAt"])
    if "customFields" in changes:
        user.custom_fields = changes["customFields"]
    if "emailCodes" in changes:
        expires = server.clock.now() + server.settings[EMAIL_CODE_EXPIRES]
        user.email_codes = [EmailCode(code, expires) for code in changes["emailCodes"]]
    if "failedLogins" in changes:
        user.failed_logins = changes["failedLogins"]
        user.failed_login_at = server.clock.now()
    if "settings" in changes:
        user.settings = dict(changes["settings"])
    if "preferences" in changes:
        user.settings = {**user.settings, "preferences": dict(changes["preferences"])}
    if "extra" in changes:
        user.extra = dict(changes["extra"])
    for key, attribute in (
        ("name", "name"),
        ("type", "type"),
        ("status", "status"),
        ("active", "active"),
        ("federated", "federated"),
        ("email2fa", "email2fa"),
        ("e2e_key", "e2e_key"),
        ("requirePasswordChange", "require_password_change"),
        ("bio", "bio"),
        ("nickname", "nickname"),
        ("statusText", "status_text"),
        ("language", "language"),
        ("reason", "reason"),
        ("inactiveReason", "inactive_reason"),
    ):
        if key in changes:
            setattr(user, attribute, changes[key])
    for token in changes.get("tokens", []):
        give_token(server, user, token)


def give_token(server: Server, user: User, entry: dict[str, Any]) -> Token:
    """Give an account a session or a personal access token."""
    kind = entry.get("kind", "session")
    if kind not in ("session", "pat"):
        raise WorldError("The kind of a token is 'session' or 'pat'.")
    token = Token(
        token=entry.get("token") or codes.new_token(),
        user_id=user.id,
        created=server.clock.now(),
        personal=kind == "pat",
        name=entry.get("name", "pat" if kind == "pat" else ""),
        bypass_two_factor=bool(entry.get("bypassTwoFactor", False)),
    )
    server.state.add_token(user, token)
    return token


def _totp_from(entry: dict[str, Any] | None, username: str) -> Totp | None:
    if entry is None:
        return None
    if not isinstance(entry, dict):
        raise WorldError("The 'totp' of a user is an object or null.")
    secret = entry.get("secret") or seed_of(username)
    enabled = bool(entry.get("enabled", True))
    return Totp(
        enabled=enabled,
        secret=secret if enabled else None,
        pending_secret=None if enabled else secret,
        backup_codes=list(entry.get("backupCodes", [])),
    )
