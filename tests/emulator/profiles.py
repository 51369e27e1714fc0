# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How accounts look in answers: to themselves, to administrators, to anybody else."""

from __future__ import annotations

from typing import Any

from tests.emulator import codes
from tests.emulator.call import Call
from tests.emulator.clock import iso
from tests.emulator.state import User


def own_profile(call: Call, user: User, *, at_login: bool = False) -> dict[str, Any]:
    """What /me and /login tell an account about itself."""
    new = call.server.speak.new
    profile: dict[str, Any] = {
        "_id": user.id,
        "name": user.name,
        "username": user.username,
        "emails": user.emails,
        "status": user.status,
    }
    for key in ("statusDefault", "avatarOrigin", "utcOffset"):
        if key in user.extra:
            profile[key] = user.extra[key]
    profile["settings"] = {"profile": {}, "calendar": {}} if new else {"profile": {}}
    profile["roles"] = user.roles
    profile["active"] = user.active
    if user.require_password_change is not None:
        profile["requirePasswordChange"] = user.require_password_change
    if user.custom_fields is not None:
        profile["customFields"] = user.custom_fields
    profile["services"] = _own_services(user, new, at_login)
    if user.verified_emails:
        profile["email"] = user.verified_emails[0]
    profile["avatarUrl"] = f"{call.url}/avatar/{user.username}"
    if new:
        profile["isOAuthUser"] = False
    return profile


def _own_services(user: User, new: bool, at_login: bool) -> dict[str, Any]:
    services: dict[str, Any] = {}
    if user.password_digest is not None:
        # The older servers hand out the bcrypt hash at login.
        leak = at_login and not new
        services["password"] = {"bcrypt": codes.fake_bcrypt(user.password_digest)} if leak else {"exists": True}
    if user.totp is not None and (user.totp.enabled or not new):
        services["totp"] = {"enabled": user.totp.enabled}
    if user.email2fa:
        services["email2fa"] = {"enabled": True}
    return services


def public_profile(call: Call, user: User, *, with_rooms: bool) -> dict[str, Any]:
    """What users.info tells the caller about an account."""
    own = call.caller is user
    full = own or call.may("view-full-other-user-info")
    profile: dict[str, Any] = {
        "_id": user.id,
        "name": user.name,
        "username": user.username,
        "status": user.status,
        "type": user.type,
        "active": user.active,
    }
    if user.federated:
        profile["federated"] = True
    if full:
        if user.emails:
            profile["emails"] = user.emails
        profile["createdAt"] = iso(user.created)
        if user.last_login is not None:
            profile["lastLogin"] = iso(user.last_login)
        if user.require_password_change is not None:
            profile["requirePasswordChange"] = user.require_password_change
        if user.custom_fields is not None:
            profile["customFields"] = user.custom_fields
        profile["roles"] = user.roles
    if own:
        profile["services"] = _secret_services(call, user)
    profile["canViewAllInfo"] = full
    if full and with_rooms:
        profile["rooms"] = _subscriptions(call, user)
    return profile


def _secret_services(call: Call, user: User) -> dict[str, Any]:
    """The whole ``services`` object, secrets included, as the server really returns it."""
    services: dict[str, Any] = {}
    if user.password_digest is not None:
        services["password"] = True
    if user.email2fa:
        services["email2fa"] = {"enabled": True, "changedAt": iso(user.email2fa_changed)}
    if not call.server.speak.new:
        if user.email_codes is not None:
            services["emailCode"] = [
                {"code": codes.fake_bcrypt(code.code), "expire": iso(code.expires)} for code in user.email_codes
            ]
        if user.tokens is not None:
            services["resume"] = {
                "loginTokens": [
                    {"when": iso(token.created), "hashedToken": codes.hashed_token(token.token)}
                    for token in user.tokens
                ]
            }
    if user.totp is not None:
        totp: dict[str, Any] = {"enabled": user.totp.enabled}
        if user.totp.secret is not None:
            totp["secret"] = user.totp.secret
            totp["hashedBackup"] = [codes.sha256_hex(code) for code in user.totp.backup_codes]
        if user.totp.pending_secret is not None:
            totp["tempSecret"] = user.totp.pending_secret
        services["totp"] = totp
    return services


def _subscriptions(call: Call, user: User) -> list[dict[str, Any]]:
    rooms: list[dict[str, Any]] = []
    for room in call.server.state.rooms_of(user):
        entry: dict[str, Any] = {
            "_id": codes.sha256_hex(f"{room.id}:{user.id}")[:24],
            "rid": room.id,
            "name": room.name,
            "t": room.type,
        }
        if user.id in room.owners:
            entry["roles"] = ["owner"]
        rooms.append({**entry, "unread": 0})
    general = {
        "_id": codes.sha256_hex(f"GENERAL:{user.id}")[:24],
        "rid": "GENERAL",
        "name": "general",
        "t": "c",
        "unread": 1,
    }
    return [*rooms, general]


def record(call: Call, user: User) -> dict[str, Any]:
    """What users.create and users.update return about an account."""
    full = call.may("view-full-other-user-info")
    shown: dict[str, Any] = {
        "_id": user.id,
        "username": user.username,
        "type": user.type,
        "status": user.status,
        "active": user.active,
        "name": user.name,
    }
    if not full:
        return shown
    shown = {
        "createdAt": iso(user.created),
        **shown,
        "emails": user.emails,
        "roles": user.roles,
        "settings": {},
    }
    if user.last_login is not None:
        shown["lastLogin"] = iso(user.last_login)
    if user.require_password_change is not None:
        shown["requirePasswordChange"] = user.require_password_change
    if user.custom_fields is not None:
        shown["customFields"] = user.custom_fields
    for key, value in user.extra.items():
        if key != "roomRolePriorities" or call.server.speak.new:
            shown[key] = value
    if call.server.speak.new and user.inactive_reason is not None:
        shown["inactiveReason"] = user.inactive_reason
    return shown


def list_entry(user: User, *, full: bool, insensitive: bool) -> dict[str, Any]:
    """One line of users.list."""
    entry: dict[str, Any] = {"_id": user.id, "name": user.name, "username": user.username}
    if full:
        if user.emails:
            entry["emails"] = user.emails
        entry["roles"] = user.roles
    entry["status"] = user.status
    entry["active"] = user.active
    if user.federated:
        entry["federated"] = True
    if full and user.last_login is not None:
        entry["lastLogin"] = iso(user.last_login)
    entry["type"] = user.type
    if insensitive:
        entry["nameInsensitive"] = user.name.lower()
    return entry
