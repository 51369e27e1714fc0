# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can keep somebody out: each lock with what shows it, and what opens it.

The table is the whole knowledge. What is certain is told first, then what is possible, then what nobody sees, and what
is excluded last; within each, the order of the table counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.addresses import masked
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.roles import demanding_two_factors
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import (
    BY_EMAIL,
    BY_TOTP,
    EMAIL_VERIFICATION,
    LDAP_ON,
    LOGIN_FORM,
    OAUTH_CODES,
    PASSWORD_RESET,
    TWO_FACTOR_ON,
    if_allowed,
)

CERTAIN, POSSIBLE, NOT_VISIBLE, EXCLUDED = "certain", "possible", "not_visible", "excluded"
_RANK = {CERTAIN: 0, POSSIBLE: 1, NOT_VISIBLE: 2, EXCLUDED: 3}
_WORDS = {CERTAIN: "Certain", POSSIBLE: "Possible", NOT_VISIBLE: "To be asked", EXCLUDED: "Excluded"}
_LACKS_VIEW = "The calling account lacks the permission view-full-other-user-info, by which this would be seen."


@dataclass(frozen=True)
class Surroundings:
    """What is known of the workspace. ``mandatory``: roles that demand a second factor, by id, with their names."""

    settings: Mapping[str, bool] = field(default_factory=dict)
    mandatory: Mapping[str, str] | None = None

    def on(self, setting: str) -> bool | None:
        """Tell whether a setting is on, ``None`` where that is not known."""
        return self.settings.get(setting)


def look_around(session: Session, *, ask: bool) -> Surroundings:
    """Return what the workspace says of itself; without ``ask`` only what was read on this run anyway."""
    if not ask:
        return Surroundings(session.workspace.settings_so_far)
    settings = if_allowed(session.workspace.settings) or {}
    return Surroundings(settings, demanding_two_factors(session.client))


@dataclass(frozen=True)
class Finding:
    """One lock of one person: how certain it is, and what shows that."""

    certainty: str
    shows: str


@dataclass(frozen=True)
class Lock:
    """One lock: ``cure`` says in words what opens it, ``options`` are those of the recovery that do."""

    name: str
    find: Callable[[User, Surroundings], Finding]
    cure: str
    options: tuple[str, ...] = ()


def diagnose(user: User, around: Surroundings) -> list[dict[str, object]]:
    """Say of every lock whether it keeps somebody out, most likely first."""
    found = [(lock, lock.find(user, around)) for lock in LOCKS]
    found.sort(key=lambda pair: _RANK[pair[1].certainty])
    return [_told(lock, finding) for lock, finding in found]


def _told(lock: Lock, finding: Finding) -> dict[str, object]:
    found = finding.certainty != EXCLUDED
    cure = lock.cure if found else ""
    return {
        "lock": lock.name,
        "certainty": finding.certainty,
        "shows": finding.shows,
        "cure": cure,
        "options": list(lock.options) if found else [],
        "said": f"{_WORDS[finding.certainty]}: {finding.shows} {cure}".rstrip(),
    }


def _hidden(user: User) -> Finding:
    """Say why something of an account is not known."""
    return Finding(NOT_VISIBLE, "The server does not say." if user.full_view else _LACKS_VIEW)


def _deactivated(user: User, _around: Surroundings) -> Finding:
    if user.active is None:
        return Finding(NOT_VISIBLE, "The server does not say whether the account is active.")
    if user.active:
        return Finding(EXCLUDED, "The account is active.")
    if user.reason:
        return Finding(CERTAIN, "The account is not active: nobody has approved the registration yet.")
    return Finding(CERTAIN, "The account is deactivated.")


def _app(user: User, _around: Surroundings) -> Finding:
    if user.kind == "app":
        return Finding(CERTAIN, "The account belongs to an app of the workspace, and nobody can ever sign in to it.")
    if user.kind == "bot":
        return Finding(POSSIBLE, "The account belongs to a bot, so it may be that no person ever signs in to it.")
    return Finding(EXCLUDED, "It is no account of an app or a bot.")


def _federated(user: User, _around: Surroundings) -> Finding:
    if user.federated:
        return Finding(CERTAIN, "The account belongs to another server (federated).")
    return Finding(EXCLUDED, "The account belongs to this server.")


def _no_roles(user: User, _around: Surroundings) -> Finding:
    if user.roles is not None:
        return Finding(EXCLUDED, "The account has a list of roles.")
    if user.full_view:
        return Finding(CERTAIN, "The account has no list of roles at all, as after a broken import.")
    return _hidden(user)


def _unverified(user: User, around: Surroundings) -> Finding:
    demanded = around.on(EMAIL_VERIFICATION)
    if demanded is False:
        return Finding(EXCLUDED, "The workspace does not demand a verified address (Accounts_EmailVerification).")
    if user.emails is None:
        return _hidden(user)
    if any(verified for _address, verified in user.emails):
        return Finding(EXCLUDED, "The account has a verified address.")
    if "admin" in (user.roles or ()):
        return Finding(EXCLUDED, "No address is verified, but administrators get in without.")
    if demanded:
        return Finding(CERTAIN, "No address is verified, and the workspace demands one (Accounts_EmailVerification).")
    return Finding(POSSIBLE, "No address is verified; whether the workspace demands one was not asked.")


def _totp(user: User, around: Surroundings) -> Finding:
    for setting in (TWO_FACTOR_ON, BY_TOTP):
        if around.on(setting) is False:
            return Finding(EXCLUDED, f"The workspace has switched it off ({setting}).")
    if user.never_logged_in:
        return Finding(EXCLUDED, "Nobody ever signed in to the account, so nobody has set it up.")
    return Finding(NOT_VISIBLE, "No server tells whether somebody else has TOTP, so ask whether a code is asked for.")


def _email_codes(user: User, around: Surroundings) -> Finding:
    for setting in (TWO_FACTOR_ON, BY_EMAIL):
        if around.on(setting) is False:
            return Finding(EXCLUDED, f"The workspace has switched them off ({setting}).")
    if user.emails is None:
        return _hidden(user)
    verified = [masked(address) for address, is_verified in user.emails if is_verified]
    if not verified:
        return Finding(EXCLUDED, "No address is verified, so no code is mailed.")
    exempt = f" Whoever signs in by OAuth is asked for none ({OAUTH_CODES})." if around.on(OAUTH_CODES) is False else ""
    return Finding(
        POSSIBLE,
        f"Codes may go to {', '.join(verified)}; whether the person has switched that off is not visible.{exempt}",
    )


def _password(user: User, around: Surroundings) -> Finding:
    closed = around.on(PASSWORD_RESET) is False
    alone = f" The sign-in page has no link for a forgotten password ({PASSWORD_RESET})." if closed else ""
    if user.never_logged_in:
        return Finding(POSSIBLE, f"Nobody ever signed in, so perhaps the first password never arrived.{alone}")
    return Finding(NOT_VISIBLE, f"No server tells whether somebody knows their password.{alone}")


def _never_logged_in(user: User, _around: Surroundings) -> Finding:
    if user.never_logged_in:
        return Finding(CERTAIN, "Nobody ever signed in to the account.")
    if user.last_login:
        return Finding(EXCLUDED, "Somebody has signed in before.")
    return _hidden(user)


def _mailbox(user: User, _around: Surroundings) -> Finding:
    if user.emails is None:
        return _hidden(user)
    if not user.emails:
        return Finding(CERTAIN, "The account has no e-mail address, so no mail can reach the person.")
    addresses = ", ".join(masked(address) for address, _verified in user.emails)
    return Finding(NOT_VISIBLE, f"Mail goes to {addresses}; only the person knows whether they can read it.")


def _blocked(_user: User, _around: Surroundings) -> Finding:
    return Finding(NOT_VISIBLE, "No server tells whether too many wrong passwords have blocked the user name.")


def _elsewhere(_user: User, around: Surroundings) -> Finding:
    if around.on(LDAP_ON):
        return Finding(POSSIBLE, "The workspace takes passwords from a directory (LDAP_Enable).")
    if around.on(LOGIN_FORM) is False:
        return Finding(POSSIBLE, "The workspace hides the form for passwords (Accounts_ShowFormLogin).")
    return Finding(NOT_VISIBLE, "No server tells whether an account signs in by LDAP, SAML or OAuth.")


def _change_demanded(user: User, _around: Surroundings) -> Finding:
    if user.require_password_change is None:
        return _hidden(user)
    if user.require_password_change:
        return Finding(CERTAIN, "The password has to be changed (requirePasswordChange).")
    return Finding(EXCLUDED, "No change of the password is demanded.")


def _role_demands(user: User, around: Surroundings) -> Finding:
    if user.roles is None or around.mandatory is None:
        return Finding(NOT_VISIBLE, "Whether a role demands a second factor was not asked, or is not visible.")
    names = sorted(name for role, name in around.mandatory.items() if role in user.roles)
    if names:
        return Finding(CERTAIN, f"This role demands a second factor: {', '.join(names)}.")
    return Finding(EXCLUDED, "No role of the person demands a second factor.")


def _two_factor_off(_user: User, around: Surroundings) -> Finding:
    on = around.on(TWO_FACTOR_ON)
    if on is None:
        return Finding(NOT_VISIBLE, "Whether the workspace uses second factors was not asked.")
    if on:
        return Finding(EXCLUDED, f"The workspace uses second factors ({TWO_FACTOR_ON}).")
    return Finding(CERTAIN, f"The workspace uses no second factor ({TWO_FACTOR_ON}): nobody is asked for a code.")


def _seats(user: User, _around: Surroundings) -> Finding:
    if user.active:
        return Finding(EXCLUDED, "The account is active, and has a seat.")
    return Finding(NOT_VISIBLE, "Whether the licence has a seat left shows when the account is activated.")


def _e2e_key(_user: User, _around: Surroundings) -> Finding:
    return Finding(
        NOT_VISIBLE,
        "No server tells whether the password of the end-to-end key is lost; it keeps out of encrypted rooms only.",
    )


_IN_THE_BROWSER = "The person signs in in the browser once and does what is asked for there; apps do not ask."

# As often as helpdesks meet them; but first what makes all else pointless.
LOCKS: Sequence[Lock] = (
    Lock("deactivated", _deactivated, "Set activate: true.", ("activate",)),
    Lock("app", _app, "None: the person needs an account of their own."),
    Lock("federated", _federated, "The administrators of the other server have to help."),
    Lock("totp", _totp, "The recovery resets TOTP (reset_totp).", ("reset_totp",)),
    Lock(
        "password_lost",
        _password,
        "Set reset_password: true, or password: print_once where the person cannot read their mail.",
        ("reset_password", "password"),
    ),
    Lock(
        "email_codes",
        _email_codes,
        "If the person cannot read that mail, give new_email; where the account has one address, email_factor:"
        " switch_off does as well.",
        ("new_email", "email_factor"),
    ),
    Lock("mailbox_lost", _mailbox, "Give new_email.", ("new_email",)),
    Lock("login_blocked", _blocked, "Wait for five minutes, or sign in by e-mail address, which is not blocked."),
    Lock(
        "unverified_address",
        _unverified,
        "Set verify_email: true if the address is the person's own, or give new_email.",
        ("verify_email", "new_email"),
    ),
    Lock("never_logged_in", _never_logged_in, "Set reset_password: true.", ("reset_password", "password")),
    Lock(
        "password_elsewhere",
        _elsewhere,
        "Have the password changed where it belongs, or sign in by the button of that service; it cannot be done here.",
    ),
    Lock(
        "no_roles",
        _no_roles,
        "Give the account the role user (Administration > Workspace > Permissions, or roles.addUserToRole).",
    ),
    Lock("password_change_demanded", _change_demanded, _IN_THE_BROWSER),
    Lock("role_demands_second_factor", _role_demands, _IN_THE_BROWSER),
    Lock(
        "two_factor_off",
        _two_factor_off,
        "Something else keeps the person out. Set reset_totp: false, since the server refuses the reset.",
        ("reset_totp",),
    ),
    Lock("licence_seats", _seats, "Deactivate an account that nobody needs, or extend the licence."),
    Lock(
        "e2e_key_lost",
        _e2e_key,
        "Set reset_e2ekey and confirm_message_loss to true; old encrypted messages are lost.",
        ("reset_e2ekey", "confirm_message_loss"),
    ),
)
