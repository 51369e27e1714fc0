# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be found out about a server, the caller and its rights, and what a new user should make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._endpoints import RESET_TOTP
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
from ansible_collections.chatops.rocketchat.plugins.module_utils._inquiry import if_allowed
from ansible_collections.chatops.rocketchat.plugins.module_utils._options import TokenLogin
from ansible_collections.chatops.rocketchat.plugins.module_utils._roles import EVERYBODYS, names_of
from ansible_collections.chatops.rocketchat.plugins.module_utils._session import Session

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


def about_server(session: Session) -> dict[str, Any]:
    """Return what ``rocketchat_info`` returns: ``server``, ``settings``, ``caller``, ``second_factor``, ``jobs``,
    ``rate_limit_bypass`` and ``advice``."""
    settings = if_allowed(lambda: read_settings(session.client))
    permissions = if_allowed(lambda: read_permissions(session.client))
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
            "roles": sorted(names_of(session.client, caller.roles).values()),
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
