# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run would meet, found out by GET alone: permission, workspace settings, the caller's second factor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._endpoints import RESET_TOTP, Action
from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import (
    ADVICE,
    Refused,
    RocketChatError,
    TwoFactorChallenge,
    refusal,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._options import TokenLogin
from ansible_collections.chatops.rocketchat.plugins.module_utils._session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._users import Caller

TWO_FACTOR_ON = "Accounts_TwoFactorAuthentication_Enabled"
BY_TOTP = "Accounts_TwoFactorAuthentication_By_TOTP_Enabled"
BY_EMAIL = "Accounts_TwoFactorAuthentication_By_Email_Enabled"
PASSWORD_FALLBACK = "Accounts_TwoFactorAuthentication_Enforce_Password_Fallback"  # noqa: S105 (a name, no password)
SETTINGS = (TWO_FACTOR_ON, BY_TOTP, BY_EMAIL, PASSWORD_FALLBACK)

RATE_LIMIT_BYPASS = "api-bypass-rate-limit"
# The server's default: so many requests a minute, for each address and endpoint. Its headers tell the number alone.
RATE_LIMIT = 10

# The version whose servers challenge tokens that should bypass the second factor.
BYPASS_BROKEN = (8, 5)
# How much of a personal access token the server shows.
_LAST_PART = 6


def read_settings(client: Client) -> dict[str, bool]:
    """Return those of ``SETTINGS`` that the workspace publishes.

    Servers from 7.0 on filter by ``_id``; older ones ignore it and send everything, in pages unless ``count`` is 0.
    """
    found: dict[str, bool] = {}
    offset = 0
    while True:
        page = client.get("v1/settings.public", {"_id": ",".join(SETTINGS), "count": "0", "offset": str(offset)})
        rows = page.get("settings")
        rows = rows if isinstance(rows, list) else []
        for row in rows:
            if isinstance(row, dict) and row.get("_id") in SETTINGS and isinstance(row.get("value"), bool):
                found[row["_id"]] = row["value"]
        offset += len(rows)
        total = page.get("total")
        if not rows or len(found) == len(SETTINGS) or not isinstance(total, int) or offset >= total:
            return found


def read_permissions(client: Client) -> dict[str, frozenset[str]]:
    """Return the roles that hold each permission, for all permissions that the server lists."""
    rows = client.get("v1/permissions.listAll").get("update")
    return {
        str(row.get("_id")): frozenset(str(role) for role in row["roles"])
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and isinstance(row.get("roles"), list)
    }


def asked_method(caller: Caller, settings: dict[str, bool]) -> str | None:
    """Return the method that the server will ask this caller for, ``None`` for none: the first that is enabled."""
    if settings.get(TWO_FACTOR_ON) is False:
        return None
    if caller.totp_enabled and settings.get(BY_TOTP, True):
        return "totp"
    if caller.email_enabled and settings.get(BY_EMAIL, True):
        return "email"
    if caller.has_password and settings.get(PASSWORD_FALLBACK, True):
        return "password"
    return None


def token_bypasses(session: Session) -> bool | None:
    """Tell whether the token in use skips the second factor; ``None`` when the server does not let the caller know."""
    login = session.access.login
    if not isinstance(login, TokenLogin):
        return False
    if session.version == BYPASS_BROKEN:
        return False
    try:
        rows: Any = session.client.get("v1/users.getPersonalAccessTokens").get("tokens")
    except RocketChatError:
        return None
    ours = [
        row.get("bypassTwoFactor") is True
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and row.get("lastTokenPart") == login.token[-_LAST_PART:]
    ]
    return any(ours)


def forecast(
    session: Session, actions: Sequence[Action], warn: Callable[[str], None], *, optional: Sequence[Action] = ()
) -> None:
    """Raise what a run that does ``actions`` to others would fail with; warn of what cannot be known.

    :arg optional: actions whose failure the run would only warn of

    :raises Refused: permission missing, or two-factor authentication off in the workspace
    :raises TwoFactorChallenge: the second factor could not be answered
    """
    settings = _settings(session, warn)
    for action in actions:
        check_permission(session, action, warn)
    for action in optional:
        try:
            check_permission(session, action, warn)
        except Refused as error:
            warn(error.message)
    if RESET_TOTP in actions:
        _forecast_workspace(session, settings)
    if any(action.two_factor for action in (*actions, *optional)):
        _forecast_second_factor(session, settings, warn)


def forecast_own(session: Session, warn: Callable[[str], None]) -> None:
    """Do the same for a reset of the calling account, which needs no permission and no setting of the workspace.

    :raises TwoFactorChallenge: the second factor could not be answered
    """
    _forecast_second_factor(session, _settings(session, warn), warn)


def announce_rate_limit(session: Session, accounts: int, warn: Callable[[str], None]) -> None:
    """Warn at the start of a run on many accounts when the server's rate limit will slow it down, or end it."""
    if accounts <= (session.client.requests_allowed or RATE_LIMIT):
        return
    try:
        roles = read_permissions(session.client).get(RATE_LIMIT_BYPASS)
    except Refused:
        return
    if roles is None or roles & session.caller.roles:
        return
    heard = session.client.requests_allowed
    limit = heard or RATE_LIMIT
    minutes = (accounts - 1) // limit
    allowed = session.access.connection.rate_limit_wait
    enough = (
        "rate_limit_wait allows that"
        if minutes * 60 <= allowed
        else f"rate_limit_wait allows {allowed:g} seconds, so that it would stop half way"
    )
    whose = "this server's" if heard else "the default"
    warn(
        f"The calling account lacks the permission {RATE_LIMIT_BYPASS}. With {whose} limit of {limit} requests a"
        f" minute for each endpoint, {accounts} accounts take at least {minutes}"
        f" {'minute' if minutes == 1 else 'minutes'}; {enough}."
    )


def _settings(session: Session, warn: Callable[[str], None]) -> dict[str, bool]:
    return _optional(lambda: read_settings(session.client), "the workspace's two-factor settings", warn) or {}


def _optional(read: Callable[[], Any], what: str, warn: Callable[[str], None]) -> Any:
    try:
        return read()
    except Refused as error:
        warn(f"Check mode could not read {what} ({error.words or error.code}), so it does not vouch for them.")
        return None


def check_permission(session: Session, action: Action, warn: Callable[[str], None]) -> None:
    """Raise when the caller holds no role with the permission of ``action``; warn when nobody can tell.

    :raises Refused: ``error-not-allowed``
    """
    what = f"whether the calling account holds the permission {action.permission}"
    permissions = _optional(lambda: read_permissions(session.client), what, warn)
    if permissions is None:
        return
    roles = permissions.get(action.permission)
    if roles is None:
        warn(f"Check mode could not find out {what}: the server does not list it.")
    elif not roles & session.caller.roles:
        raise _permission_missing(session, action, roles)


def check_permission_for_certain(session: Session, action: Action) -> None:
    """Raise unless it is certain that the caller holds the permission of ``action``.

    For actions that the server does not refuse without it, but answers with success and leaves undone.

    :raises Refused: ``error-not-allowed``
    """
    roles = read_permissions(session.client).get(action.permission, frozenset())
    if not roles & session.caller.roles:
        raise _permission_missing(session, action, roles)


def _permission_missing(session: Session, action: Action, roles: frozenset[str]) -> Refused:
    return refusal(
        "error-not-allowed",
        "",
        {
            "permission": action.permission,
            "roles_with_permission": sorted(roles),
            "roles_of_caller": sorted(session.caller.roles),
        },
        permission=action.permission,
        deed=action.deed,
    )


def _forecast_workspace(session: Session, settings: dict[str, bool]) -> None:
    # Before 6.4 the server demanded the fallback setting instead.
    setting, code = (
        (TWO_FACTOR_ON, "error-two-factor-not-enabled")
        if session.version >= (6, 4)
        else (PASSWORD_FALLBACK, "error-not-allowed")
    )
    if settings.get(setting) is False:
        raise refusal(
            code, "", {"setting": setting}, permission=RESET_TOTP.permission, deed=RESET_TOTP.deed, note=RESET_TOTP.note
        )


def _forecast_second_factor(session: Session, settings: dict[str, bool], warn: Callable[[str], None]) -> None:
    method = asked_method(session.caller, settings)
    if method is None or session.two_factor.can_answer(method):
        return
    bypass = token_bypasses(session)
    if bypass:
        return
    if bypass is None:
        warn(
            f"Check mode could not find out whether the token bypasses two-factor authentication. If it does not, the"
            f" server will ask for the method {method}, and the task gives no answer to it."
        )
        return
    hint = f"It will ask for the method {method}, and the task gives no answer to it."
    if method == "email":
        hint += (
            " Run without check mode to have a code mailed, then again with two_factor_code and"
            " two_factor_method=email; or use a TOTP seed or a token that bypasses two-factor authentication."
        )
    elif method == "totp":
        hint += " Give two_factor_secret, or two_factor_code with two_factor_method=totp."
    else:
        hint += " Give two_factor_method=password with two_factor_password."
    if isinstance(session.access.login, TokenLogin) and session.version == BYPASS_BROKEN:
        hint += " (Rocket.Chat 8.5 asks even where the token was made to bypass it.)"
    raise TwoFactorChallenge(
        "totp-required",
        f"{ADVICE['totp-required'].sentence} {hint}",
        {"method": method, "availableMethods": [method]},
        ends_run=True,
        words="",
    )
