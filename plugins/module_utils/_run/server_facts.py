# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be found out about a server, the caller and its rights, and what a new user should make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.directory import users_with_roles
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.roles import GIVEN_BY_ITSELF, names_of
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.bulk import named
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import RESET_TOTP
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.options import TokenLogin
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import (
    TWO_FACTOR_ON,
    TWO_FACTOR_SETTINGS,
    if_allowed,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.credential_form import with_fields
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.forecast import (
    BYPASS_BROKEN,
    RATE_LIMIT,
    RATE_LIMIT_BYPASS,
    asked_method,
    token_bypasses,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.needs import JOBS, POWERS

_ADMIN = "admin"


def about_server(session: Session) -> dict[str, Any]:
    """Return what ``rocketchat_info`` returns: ``server``, ``settings``, ``caller``, ``second_factor``, ``jobs``,
    ``shared_with``, ``rate_limit_bypass`` and ``advice``."""
    settings = if_allowed(session.workspace.settings)
    permissions = if_allowed(session.workspace.permissions)
    method = asked_method(session.caller, settings or {})
    bypass = token_bypasses(session) if isinstance(session.access.login, TokenLogin) else False
    can_answer = bypass is True or method is None or session.two_factor.can_answer(method)
    caller = session.caller
    facts: dict[str, Any] = {
        "server": {"url": session.access.connection.url, "version": "{}.{}".format(*session.version)},
        "settings": {name: (settings or {}).get(name) for name in TWO_FACTOR_SETTINGS},
        "caller": {
            "username": caller.username,
            "user_id": caller.user_id,
            "roles": sorted(names_of(session.client, caller.roles).values()),
            "totp_enabled": caller.totp_enabled,
        },
        "second_factor": {
            "method": None if bypass else method,
            "token_bypasses": bypass,
            "answerable": True if can_answer else None if bypass is None else False,
        },
        "jobs": {name: _job(needs, permissions, caller.roles) for name, (_what, needs) in JOBS.items()},
        "shared_with": _shared_with(session, permissions),
        "rate_limit_bypass": _holds(RATE_LIMIT_BYPASS, permissions, caller.roles),
    }
    return {**facts, "advice": advice(session.version, facts)}


def _shared_with(session: Session, permissions: Mapping[str, frozenset[str]] | None) -> list[dict[str, Any]] | None:
    """Return who else holds what the caller can do to others, by role; ``None`` where that is not shown."""
    if permissions is None:
        return None
    caller = session.caller
    powers = [power for power in POWERS if permissions.get(power, frozenset()) & caller.roles]
    roles = sorted({role for power in powers for role in permissions[power]} - {_ADMIN})
    holders = users_with_roles(session.client, session.version, roles)
    if holders is None:
        return None
    names = names_of(session.client, roles)
    shared: list[dict[str, Any]] = []
    for role in roles:
        others = sorted(user.username for user in holders[role] if user.user_id != caller.user_id)
        if others or role in GIVEN_BY_ITSELF:
            held = [power for power in powers if role in permissions[power]]
            shared.append({"role": names[role], "permissions": held, "usernames": others})
    return shared


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
        told.append({"level": level, "message": with_fields(message)})

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
    _advise_sharing(facts["shared_with"], facts["caller"], tell)
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
    own = [role for role in roles if role not in GIVEN_BY_ITSELF and role != _ADMIN]
    if not own:
        return "it a role of its own (neither user, which everybody has, nor bot, which webhooks give) with"
    return f"its role {own[0]}" if len(own) == 1 else f"one of its roles ({', '.join(own)})"


def _advise_sharing(
    shared: Sequence[Mapping[str, Any]] | None, caller: Mapping[str, Any], tell: Callable[[str, str], None]
) -> None:
    name = caller["username"]
    if shared is None:
        tell("hint", f"Who else holds the permissions of {name} could not be found out.")
        return
    for entry in shared:
        role, others = entry["role"], entry["usernames"]
        what = ", ".join(entry["permissions"])
        if role in GIVEN_BY_ITSELF:
            tell(
                "problem",
                f"The role {role}, which accounts come to have without anybody choosing them, holds {what}"
                f"{_others(others)}. Take these permissions from it, and give them to a role that {name} alone has.",
            )
        elif role in caller["roles"]:
            tell(
                "problem",
                f"The role {role} holds {what}{_others(others)}. Take the role from them, or give these permissions to"
                f" a role that {name} alone has.",
            )
        else:
            # As it should be where several accounts do different jobs.
            tell("hint", f"The role {role} holds {what} too{_others(others)}. Make sure that this is meant.")


def _others(usernames: Sequence[str]) -> str:
    """Say who else has a role; of a long list, the first few."""
    if not usernames:
        return ""
    have = "accounts have" if len(usernames) > 1 else "account has"
    return f", and {len(usernames)} other {have} it: {named(usernames)}"


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
