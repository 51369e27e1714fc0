# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios 00 to 51, which went on from an empty database."""

from __future__ import annotations

from tests.contract.starts.start import Doing, Start, Step
from tests.emulator.cast import bootstrap_users, general

_OLD = "2024-01-15T09:00:00.000Z"
# A name had been changed less than a minute before; the recorder must have waited.
# Signing in had left a code that was still good.
_A_CODE_IN_THE_MAIL = Doing(users={"alice": {"emailCodes": ["246810"]}})
_A_MINUTE_LATER = Doing(control=(("DELETE", "rate-limit", None),))

_BEFORE: dict[Step, Doing] = {
    ("28-TOTP-method-setting-disabled", "login-of-totp-user"): Doing(
        settings={"Accounts_TwoFactorAuthentication_By_TOTP_Enabled": False}
    ),
    ("43-failed-login-block", "wrong-01"): Doing(settings={"Block_Multiple_Failed_Logins_Enabled": True}),
    ("43-failed-login-block", "after-unblock"): Doing(settings={"Block_Multiple_Failed_Logins_Enabled": False}),
    ("44-rate-limit", "plain-user-resetTOTP-01"): Doing(settings={"API_Enable_Rate_Limiter": True}),
    ("44-rate-limit", "admin-without-bypass-users.info-01"): Doing(
        permissions={"api-bypass-rate-limit": ["bot", "app"]}
    ),
    ("50-schema-details", "users.list with query (default setting)"): Doing(
        users={
            "erin": {
                "emails": [
                    {"address": "erin@example.test", "verified": True},
                    {"address": "erin2@example.test", "verified": True},
                    {"address": "erin3@example.test", "verified": False},
                ]
            }
        }
    ),
}
_AFTER = {
    "28-TOTP-method-setting-disabled": Doing(settings={"Accounts_TwoFactorAuthentication_By_TOTP_Enabled": True}),
}

# The recorder gave one placeholder to several tokens in 44.
_RENUMBERED = {"7.7": (46,)}

# What was done for one version only.
_BEFORE_OF: dict[str, dict[Step, Doing]] = {
    "7.7": {
        ("28-TOTP-method-setting-disabled", "login-of-totp-user"): Doing(
            users=_A_CODE_IN_THE_MAIL.users,
            settings={"Accounts_TwoFactorAuthentication_By_TOTP_Enabled": False},
        ),
        ("33-users.info", "self-by-id"): _A_CODE_IN_THE_MAIL,
        ("51-2fa-endpoints", "users.2fa.disableEmail"): _A_CODE_IN_THE_MAIL,
        ("31-remember-me", "users.update-with-2fa"): _A_MINUTE_LATER,
        ("38-users.update", "name"): _A_MINUTE_LATER,
    },
    "8.6": {
        # By then the accounts were older than half an hour: the grace was over.
        ("24-resetTOTP-auth", "2fa:enable"): Doing(
            users={name: {"createdAt": _OLD} for name in ("bob", "erin", "harry")},
        ),
    },
}

# What follows from the recorded states, by version.
_DEDUCED: dict[str, list[str]] = {
    "6.5": [
        "20-resetTOTP-2fa-headers: no-2fa-headers: 1 login(s) of alice",
        "21-resetTOTP-success-variants: repeat-while-user-is-logged-in-without-totp: 1 login(s) of alice",
        "35-users.logout: plain-logs-out-other: 1 login(s) of harry",
        "35-users.logout: own-empty-body (all sessions): 2 login(s) of bob",
        "37-users.resetE2EKey: no-2fa: alice got an E2E key",
        "37-users.resetE2EKey: again-while-logged-in (no e2e key): sessions dropped?: 1 login(s) of alice",
        "38-users.update: name: 1 login(s) of harry",
        "39-logout-and-tokens: generate-PAT-of-bob-no-permission?: 2 login(s) of bob",
        "39-logout-and-tokens: removeOtherTokens: 1 login(s) of bob",
        "39-logout-and-tokens: logout-POST: 1 login(s) of bob",
        "44-rate-limit: 2fa:enable: TOTP of alice removed",
        "47-http-details: no-content-type (body ignored => SELF reset): 1 login(s) of rcadmin",
    ],
    "8.6": [
        "20-resetTOTP-2fa-headers: no-2fa-headers: 1 login(s) of alice",
        "21-resetTOTP-success-variants: repeat-while-user-is-logged-in-without-totp: 1 login(s) of alice",
        "21-resetTOTP-success-variants: 2fa:enable: TOTP of alice removed",
        "24-resetTOTP-auth: 2fa:enable: TOTP of alice removed",
        "35-users.logout: plain-logs-out-other: 1 login(s) of harry",
        "35-users.logout: own-empty-body (all sessions): 2 login(s) of bob",
        "36-users.setActiveStatus: 2fa:enable: TOTP of alice removed",
        "37-users.resetE2EKey: no-2fa: alice got an E2E key",
        "37-users.resetE2EKey: again-while-logged-in (no e2e key): sessions dropped?: 1 login(s) of alice",
        "38-users.update: name: 1 login(s) of harry",
        "38-users.update: password: 1 login(s) of harry",
        "38-users.update: 2fa:enable: TOTP of alice removed",
        "39-logout-and-tokens: generate-PAT-of-bob-no-permission?: 2 login(s) of bob",
        "39-logout-and-tokens: removeOtherTokens: 1 login(s) of bob",
        "39-logout-and-tokens: logout-POST: 1 login(s) of bob",
        "44-rate-limit: 2fa:enable: TOTP of alice removed",
        "47-http-details: no-content-type (body ignored => SELF reset): 1 login(s) of rcadmin",
        "49-2fa-enable-already-enabled: 2fa:enable: TOTP of alice removed",
        "50-schema-details: users.resetTOTP: userId+extra: 1 login(s) of rcadmin",
    ],
    "7.7": [
        "20-resetTOTP-2fa-headers: no-2fa-headers: 1 login(s) of alice",
        "20-resetTOTP-2fa-headers: no-2fa-headers: 1 login(s) of rcadmin",
        "21-resetTOTP-success-variants: repeat-while-user-is-logged-in-without-totp: 1 login(s) of alice",
        "21-resetTOTP-success-variants: 2fa:enable: 1 login(s) of alice",
        "22-resetTOTP-bad-target: text-plain-body: 1 login(s) of rcadmin",
        "24-resetTOTP-auth: 2fa:enable: TOTP of alice removed",
        "30-personal-access-tokens: generate-plain: 1 login(s) of rcadmin",
        "35-users.logout: plain-logs-out-other: 1 login(s) of harry",
        "35-users.logout: username-instead-of-userId: 1 login(s) of rcadmin",
        "36-users.setActiveStatus: 2fa:enable: TOTP of alice removed",
        "37-users.resetE2EKey: no-2fa: alice got an E2E key",
        "37-users.resetE2EKey: again-while-logged-in (no e2e key): sessions dropped?: 1 login(s) of alice",
        "38-users.update: name: 1 login(s) of harry",
        "38-users.update: password-meeting-default-policy (8.x): 2 login(s) of harry",
        "38-users.update: password: 1 login(s) of harry",
        "38-users.update: 2fa:enable: TOTP of alice removed",
        "39-logout-and-tokens: generate-PAT-of-bob-no-permission?: 2 login(s) of bob",
        "39-logout-and-tokens: removeOtherTokens: 1 login(s) of bob",
        "39-logout-and-tokens: logout-POST: 1 login(s) of bob",
        "44-rate-limit: 2fa:enable: TOTP of alice removed",
        "47-http-details: no-content-type (body ignored => SELF reset): 1 login(s) of rcadmin",
        "49-2fa-enable-already-enabled: 2fa:enable: TOTP of alice removed",
        "50-schema-details: users.resetTOTP: userId+extra: 1 login(s) of rcadmin",
    ],
}

_WORLD = {"users": bootstrap_users(), "rooms": [general(["rcadmin", "rocket.cat"])]}

STARTS = tuple(
    Start(
        version,
        0,
        51,
        _WORLD,
        {**_BEFORE, **_BEFORE_OF.get(version, {})},
        _AFTER,
        renumbered=_RENUMBERED.get(version, ()),
        deduced=deduced,
        prepared=False,
    )
    for version, deduced in _DEDUCED.items()
)
