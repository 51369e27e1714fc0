# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be found out by GET alone: about the server, the caller and its rights, and about users."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._directory import all_users
from ansible_collections.chatops.rocketchat.plugins.module_utils._endpoints import RESET_TOTP, Action
from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import Refused, RocketChatError, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._forecast import (
    BYPASS_BROKEN,
    RATE_LIMIT,
    RATE_LIMIT_BYPASS,
    SETTINGS,
    TWO_FACTOR_ON,
    asked_method,
    read_permissions,
    read_settings,
    token_bypasses,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._options import TokenLogin
from ansible_collections.chatops.rocketchat.plugins.module_utils._session import Access, Session, open_session
from ansible_collections.chatops.rocketchat.plugins.module_utils._times import iso
from ansible_collections.chatops.rocketchat.plugins.module_utils._users import (
    User,
    Wanted,
    look_up,
)

Warn = Callable[[str], None]

# Looking at a server needs no particular version of it.
_LOOK = Action("users.info", "", "read this")

# What each job of this collection takes; an account needs the permissions of the jobs it does, and no more.
JOBS: Mapping[str, tuple[str, Sequence[str]]] = {
    "reset_totp": ("reset TOTP", ["edit-other-user-totp"]),
    "see_logins": ("see who never logged in, and e-mail addresses", ["view-full-other-user-info"]),
    "end_sessions": ("end sessions", ["logout-other-user"]),
    "change_status": ("deactivate and activate", ["edit-other-user-active-status"]),
    "reset_password": (
        "set passwords",
        ["edit-other-user-info", "edit-other-user-password", "view-full-other-user-info"],
    ),
    "leave_receipts": ("leave receipts", ["edit-other-user-info", "view-full-other-user-info"]),
    "reset_e2e_key": ("reset end-to-end keys", ["edit-other-user-e2ee"]),
    "list_users": ("list all users", ["view-d-room"]),
}


# Built-in roles that accounts have without anybody having chosen them for it (recorded on 6.5 and 8.6).
EVERYBODYS = frozenset({"user", "guest", "anonymous", "federated-external"})


@dataclass
class Inquiry:
    """The result of an inquiry, in the form that a module returns."""

    facts: dict[str, Any] = field(default_factory=dict)
    failure: RocketChatError | None = None
    message: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the module's result without ``msg``."""
        result = {"changed": False, **self.facts}
        if self.failure is not None:
            result["error"] = self.failure.as_dict()
        return result

    def diff(self) -> list[dict[str, str]]:
        """Return nothing: nothing changes."""
        return []


def inquire(access: Access, warn: Warn, ask: Callable[[Session], dict[str, Any]]) -> Inquiry:
    """Sign in, ask, sign out; this never raises for what a server or a network can do."""
    try:
        with open_session(access, _LOOK, warn) as session:
            return Inquiry(ask(session))
    except RocketChatError as error:
        return Inquiry(failure=error, message=error.message)


def about_server(session: Session) -> dict[str, Any]:
    """Return what ``rocketchat_info`` returns: ``server``, ``settings``, ``caller``, ``second_factor``, ``jobs``,
    ``rate_limit_bypass`` and ``advice``."""
    settings = _if_allowed(lambda: read_settings(session.client))
    permissions = _if_allowed(lambda: read_permissions(session.client))
    method = asked_method(session.caller, settings or {})
    bypass = token_bypasses(session) if isinstance(session.access.login, TokenLogin) else False
    can_answer = bypass is True or method is None or session.two_factor.can_answer(method)
    caller = session.caller
    facts: dict[str, Any] = {
        "server": {"url": session.access.connection.url, "version": "{}.{}".format(*session.version)},
        "settings": {name: (settings or {}).get(name) for name in SETTINGS},
        "caller": {
            "username": caller.user.username,
            "user_id": caller.user.user_id,
            "roles": sorted(caller.roles),
            "totp_enabled": caller.totp_enabled,
        },
        "second_factor": {
            "method": None if bypass else method,
            "token_bypasses": bypass,
            "answerable": True if can_answer else None if bypass is None else False,
        },
        "jobs": {name: _job(needs, permissions, caller.roles) for name, (_what, needs) in JOBS.items()},
        "rate_limit_bypass": _holds(RATE_LIMIT_BYPASS, permissions, caller.roles),
    }
    return {**facts, "advice": advice(session.version, facts)}


def _if_allowed(read: Callable[[], Any]) -> Any:
    """Return what was read, or ``None`` where the server does not let this caller read it."""
    try:
        return read()
    except Refused as error:
        if error.code == "not-authenticated":
            raise
        return None


def _holds(permission: str, permissions: Mapping[str, frozenset[str]] | None, roles: frozenset[str]) -> bool | None:
    if permissions is None or permission not in permissions:
        return None
    return bool(permissions[permission] & roles)


def _job(
    needs: Sequence[str], permissions: Mapping[str, frozenset[str]] | None, roles: frozenset[str]
) -> dict[str, Any]:
    holds = {permission: _holds(permission, permissions, roles) for permission in needs}
    missing = [permission for permission, held in holds.items() if held is False]
    unknown = any(held is None for held in holds.values())
    return {
        "possible": False if missing else None if unknown else True,
        "held": [permission for permission, held in holds.items() if held],
        "missing": missing,
    }


def advice(version: tuple[int, int], facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """Turn facts into sentences a new user can act on: a list of ``{"level": "ok|hint|problem", "message": str}``."""
    told: list[dict[str, str]] = []

    def tell(level: str, message: str) -> None:
        told.append({"level": level, "message": message})

    name = facts["caller"]["username"]
    tell("ok", f"{facts['server']['url']} is Rocket.Chat {facts['server']['version']}, and accepts {name}.")
    if version < RESET_TOTP.since:
        tell("problem", "Resetting TOTP needs Rocket.Chat 3.8 or later. Upgrade the server.")
    if facts["settings"][TWO_FACTOR_ON] is False:
        tell(
            "problem",
            f"Two-factor authentication is switched off in the workspace. Switch on the setting {TWO_FACTOR_ON}.",
        )
    _advise_second_factor(version, facts["second_factor"], name, tell)
    for job, (what, _needs) in JOBS.items():
        state = facts["jobs"][job]
        if state["possible"]:
            tell("ok", f"{name} may {what}.")
        elif state["missing"]:
            level = "problem" if job == "reset_totp" else "hint"
            tell(
                level,
                f"{name} may not {what}. If it is to do this, give {_own_role(facts['caller']['roles'])}:"
                f" {', '.join(state['missing'])}.",
            )
        else:
            tell("hint", f"Whether {name} may {what} could not be found out.")
    if "admin" in facts["caller"]["roles"]:
        tell(
            "hint",
            f"{name} is an administrator, which is more than any job of this collection needs. Make a role of"
            " its own for the service account, with the permissions above and no others.",
        )
    if facts["rate_limit_bypass"]:
        tell("ok", "The server's rate limit does not apply.")
    elif facts["rate_limit_bypass"] is False:
        tell(
            "hint",
            f"The server's rate limit applies: {RATE_LIMIT} requests a minute for each endpoint unless changed. For"
            f" many accounts, give {_own_role(facts['caller']['roles'])}: {RATE_LIMIT_BYPASS}.",
        )
    return told


def _own_role(roles: Sequence[str]) -> str:
    """Name the roles that may be given more: what goes to one of everybody's, everybody can do."""
    own = [role for role in roles if role not in EVERYBODYS]
    if not own:
        return "it a role of its own (not user, which everybody has) with"
    return f"its role {own[0]}" if len(own) == 1 else f"one of its roles ({', '.join(own)})"


def _advise_second_factor(
    version: tuple[int, int], second: Mapping[str, Any], name: str, tell: Callable[[str, str], None]
) -> None:
    if second["token_bypasses"]:
        tell("ok", "The token bypasses two-factor authentication.")
    elif second["method"] is None:
        tell("ok", f"{name} is not asked for a second factor.")
    elif second["answerable"]:
        tell("ok", f"{name} is asked for its second factor ({second['method']}) on every reset, and can answer.")
    elif second["answerable"] is None:
        tell(
            "hint",
            f"{name} cannot see whether its token bypasses two-factor authentication (that takes the permission"
            f" create-personal-access-tokens). If it does not, {name} is asked for its second factor"
            f" ({second['method']}) on every reset, and nothing was given to answer it.",
        )
    else:
        how = {
            "totp": "Give its TOTP seed as two_factor_secret (ROCKETCHAT_2FA_SECRET)",
            "email": "Switch its e-mail codes off, or set TOTP up for it and give the seed as two_factor_secret",
            "password": "Give its password as two_factor_password (ROCKETCHAT_2FA_PASSWORD)",
        }[second["method"]]
        tell(
            "problem",
            f"{name} is asked for its second factor ({second['method']}) on every reset, and nothing was"
            f" given to answer it. {how}, or use a personal access token that bypasses it.",
        )
    if version == BYPASS_BROKEN:
        tell("hint", "Rocket.Chat 8.5 asks for the second factor even where a token was made to bypass it.")


@dataclass(frozen=True)
class Filter:
    """Which users to return; ``None`` stands for all."""

    active: bool | None = None
    roles: frozenset[str] | None = None
    kind: str | None = None

    def lets_pass(self, user: User) -> bool:
        """Tell whether a user is among those asked for."""
        return (
            (self.active is None or user.active is self.active)
            and (self.roles is None or bool(self.roles & set(user.roles or ())))
            and (self.kind is None or user.kind == self.kind)
        )


def about_users(session: Session, wanted: Sequence[Wanted], only: Filter, warn: Warn) -> dict[str, Any]:
    """Return what ``rocketchat_user_info`` returns: ``users`` and ``missing``.

    :arg wanted: whom to look up; nobody in particular means all users of the workspace
    """
    missing: list[dict[str, str]] = []
    found: dict[str, User] = {}
    if wanted:
        for target in wanted:
            try:
                user = look_up(session.client, target)
                found.setdefault(user.user_id, user)
            except TargetError as error:
                missing.append({target.by: target.value, "message": error.message})
    else:
        found = {user.user_id: user for user in all_users(session.client)}
    if only.roles is not None and any(user.roles is None for user in found.values()):
        warn(
            "The calling account does not see the roles of other users, so nobody is found by role. That takes the"
            " permission view-full-other-user-info."
        )
    return {
        "users": [_described(user, session) for user in found.values() if only.lets_pass(user)],
        "missing": missing,
    }


def _described(user: User, session: Session) -> dict[str, Any]:
    caller = session.caller
    return {
        "username": user.username,
        "user_id": user.user_id,
        "name": user.name,
        "active": user.active,
        "type": user.kind,
        "federated": user.federated,
        "roles": None if user.roles is None else list(user.roles),
        "emails": None
        if user.emails is None
        else [{"address": address, "verified": verified} for address, verified in user.emails],
        "last_login": iso(user.last_login) if user.last_login else None,
        "never_logged_in": True if user.never_logged_in else False if user.last_login else None,
        "created_at": iso(user.created_at) if user.created_at else None,
        "require_password_change": user.require_password_change,
        "custom_fields": None if user.custom_fields is None else dict(user.custom_fields),
        "totp_enabled": caller.totp_enabled if user.user_id == caller.user.user_id else None,
    }
