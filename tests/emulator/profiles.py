# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How accounts look in answers: to themselves, to administrators, to anybody else."""

from __future__ import annotations

from typing import Any

from tests.emulator import codes, custom_fields
from tests.emulator.call import Call
from tests.emulator.clock import iso
from tests.emulator.room_views import subscription_views
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
    profile["settings"] = {"profile": {}, "calendar": {}} if call.server.speak.since(8) else {"profile": {}}
    profile["roles"] = user.roles
    profile["active"] = user.active
    profile |= _about(user)
    if user.language is not None:
        profile["language"] = user.language
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


def _about(user: User) -> dict[str, Any]:
    """What people write about themselves, as far as there is any; everybody may read it."""
    texts = {"bio": user.bio, "nickname": user.nickname, "statusText": user.status_text, "reason": user.reason}
    return {key: text for key, text in texts.items() if text is not None}


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
        **_about(user),
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
        if not user.lacks_roles:
            profile["roles"] = user.roles
    fields = custom_fields.shown(call.server.settings, user, full=full)
    if fields is not None:
        profile["customFields"] = fields
    if own:
        profile["services"] = _secret_services(call, user)
    profile["canViewAllInfo"] = full
    if with_rooms and (own or call.may("view-other-user-channels")):
        profile["rooms"] = subscription_views(call, user)
    return profile


def _secret_services(call: Call, user: User) -> dict[str, Any]:
    """The whole ``services`` object, secrets included, as the server really returns it."""
    services: dict[str, Any] = {}
    if user.password_digest is not None:
        services["password"] = True
    if user.email2fa:
        services["email2fa"] = {"enabled": True, "changedAt": iso(user.email2fa_changed)}
    speak = call.server.speak
    if not speak.hides_own_secrets:
        if user.email_codes is not None and not speak.single_email_code:
            services["emailCode"] = [
                {"code": codes.fake_bcrypt(code.code), "expire": iso(code.expires)} for code in user.email_codes
            ]
        elif user.email_codes:
            code = user.email_codes[0]
            services["emailCode"] = {
                "code": codes.fake_bcrypt(code.code),
                "expire": iso(code.expires),
                "attempts": code.attempts,
            }
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
        **_about(user),
    }
    fields = custom_fields.in_record(call.server.settings, user, full=full)
    if fields is not None:
        shown["customFields"] = fields
    if not full:
        return shown
    shown |= _full_record(user)
    for key, value in user.extra.items():
        if key != "roomRolePriorities" or call.server.speak.new:
            shown[key] = value
    if call.server.speak.keeps_inactive_reason and user.inactive_reason is not None:
        shown["inactiveReason"] = user.inactive_reason
    return shown


def _full_record(user: User) -> dict[str, Any]:
    """The part of a record that lesser callers do not see."""
    shown: dict[str, Any] = {
        "createdAt": iso(user.created),
        "emails": user.emails,
        "roles": user.roles,
        "settings": user.settings,
    }
    if user.language is not None:
        shown["language"] = user.language
    if user.last_login is not None:
        shown["lastLogin"] = iso(user.last_login)
    if user.require_password_change is not None:
        shown["requirePasswordChange"] = user.require_password_change
    return shown


def own_record(call: Call, user: User) -> dict[str, Any]:
    """What users.updateOwnBasicInfo returns: up to 7.x the whole record, secrets included."""
    shown = {**record(call, user), **_full_record(user), "customFields": user.custom_fields}
    if user.custom_fields is None:
        del shown["customFields"]
    if not call.server.speak.hides_own_secrets:
        return {**shown, "services": _secret_services(call, user) | _password_hash(user)}
    profile = own_profile(call, user)
    extra = {key: profile[key] for key in ("services", "settings", "avatarUrl", "isOAuthUser")}
    return {**shown, **extra}


def _password_hash(user: User) -> dict[str, Any]:
    if user.password_digest is None:
        return {}
    return {"password": {"bcrypt": codes.fake_bcrypt(user.password_digest)}}


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
