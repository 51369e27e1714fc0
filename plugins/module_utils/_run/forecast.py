# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run would meet, found out by GET alone: permission, workspace settings, the caller's second factor."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.caller import Caller
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import RESET_TOTP, Action
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    ADVICE,
    Refused,
    RocketChatError,
    TwoFactorChallenge,
    refusal,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.options import TokenLogin
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import (
    BY_EMAIL,
    BY_TOTP,
    PASSWORD_FALLBACK,
    TWO_FACTOR_ON,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Step

RATE_LIMIT_BYPASS = "api-bypass-rate-limit"
# The server's default: so many requests a minute, for each address and endpoint. Its headers tell the number alone.
RATE_LIMIT = 10

# The version whose servers challenge tokens that should bypass the second factor.
BYPASS_BROKEN = (8, 5)
# How much of a personal access token the server shows.
_LAST_PART = 6


def asked_method(caller: Caller, settings: Mapping[str, bool]) -> str | None:
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


def token_bypasses(session: Session, *, proven: bool = False) -> bool | None:
    """Tell whether the token in use skips the second factor; ``None`` when the server does not let the caller know.

    :arg proven: an earlier run of this account was not asked for one, or answered
    """
    login = session.access.login
    if not isinstance(login, TokenLogin):
        return False
    if session.version == BYPASS_BROKEN:
        return False
    if proven:
        return True
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


def foresee(
    session: Session,
    steps: Sequence[Step],
    warn: Callable[[str], None],
    *,
    check_mode: bool,
    reset_early: bool = False,
    answered: Collection[str] = (),
) -> None:
    """Raise what a run that takes these steps for others would fail with.

    Check mode asks for all that a server lets it know, and warns of what cannot be known. A run that writes asks for
    what it would find out too late: a permission that only a later step needs, and a second factor that the first write
    does not ask for. All else the server itself says best, at the first write.

    :arg reset_early: find out what a reset of TOTP would be refused for before other steps, not after them
    :arg answered: steps that earlier runs of this account took, as the ledger knows them. A run that writes asks for
        no permission and no second factor that those needed as well; where that has changed since, the step fails, and
        a rerun takes it once that is mended.
    :raises Refused: permission missing, or two-factor authentication off in the workspace
    :raises TwoFactorChallenge: the second factor could not be answered
    """
    actions = [action for step in steps for action in step.actions]
    for step in steps:
        if step.certain:
            check_permission_for_certain(session, step.certain)
    resets_late = reset_early and RESET_TOTP in actions and actions[0] is not RESET_TOTP
    settings = _settings(session, warn) if check_mode or resets_late else {}
    if check_mode or len({action.path for action in actions}) > 1:
        known = () if check_mode or session.workspace.has_listed_permissions else answered
        for action in (action for step in steps if step.known_as not in known for action in step.actions):
            check_permission(session, action, warn)
    if resets_late or (check_mode and RESET_TOTP in actions):
        _forecast_workspace(session, settings)
    late = not check_mode and actions and not actions[0].two_factor
    guarded = [step.known_as for step in steps if any(action.two_factor for action in step.actions)]
    if guarded and (check_mode or late):
        proven = not check_mode and set(guarded) <= set(answered)
        _forecast_second_factor(session, warn, settings, proven=proven)


def forecast_own(session: Session, warn: Callable[[str], None]) -> None:
    """Do the same for a reset of the calling account, which needs no permission and no setting of the workspace.

    :raises TwoFactorChallenge: the second factor could not be answered
    """
    _forecast_second_factor(session, warn, _settings(session, warn))


def announce_rate_limit(session: Session, accounts: int, warn: Callable[[str], None]) -> None:
    """Warn at the start of a run on many accounts when the server's rate limit will slow it down, or end it."""
    if accounts <= (session.client.requests_allowed or RATE_LIMIT):
        return
    try:
        roles = session.workspace.permissions().get(RATE_LIMIT_BYPASS)
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
    return _optional(session.workspace.settings, "the workspace's two-factor settings", warn) or {}


def _optional(read: Callable[[], Any], what: str, warn: Callable[[str], None]) -> Any:
    try:
        return read()
    except Refused as error:
        warn(f"The server does not tell {what} ({error.words or error.code}), so nothing is foreseen of that.")
        return None


def check_permission(session: Session, action: Action, warn: Callable[[str], None]) -> None:
    """Raise when the caller holds no role with the permission of ``action``; warn when nobody can tell.

    :raises Refused: ``error-not-allowed``
    """
    what = f"whether the calling account holds the permission {action.permission}"
    permissions = _optional(session.workspace.permissions, what, warn)
    if permissions is None:
        return
    roles = permissions.get(action.permission)
    if roles is None:
        warn(f"It could not be found out {what}: the server does not list it.")
    elif not roles & session.caller.roles:
        raise _permission_missing(session, action, roles)


def check_permission_for_certain(session: Session, action: Action) -> None:
    """Raise unless it is certain that the caller holds the permission of ``action``.

    For actions that the server does not refuse without it, but answers with success and leaves undone.

    :raises Refused: ``error-not-allowed``
    """
    roles = session.workspace.permissions().get(action.permission, frozenset())
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


def _forecast_workspace(session: Session, settings: Mapping[str, bool]) -> None:
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


def _forecast_second_factor(
    session: Session, warn: Callable[[str], None], settings: Mapping[str, bool], *, proven: bool = False
) -> None:
    """Find out whether the second factor could be answered.

    :arg settings: of the workspace; where none were read, they are only when it depends on them
    """
    method = asked_method(session.caller, settings)
    if method is None or session.two_factor.can_answer(method):
        return
    bypass = token_bypasses(session, proven=proven)
    if bypass:
        return
    method = asked_method(session.caller, settings or _settings(session, warn))
    if method is None or session.two_factor.can_answer(method):
        return
    if bypass is None:
        warn(
            f"It could not be found out whether the token bypasses two-factor authentication. If it does not, the"
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
