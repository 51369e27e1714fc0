# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the recorder did between two steps without recording it.

The replay does the same. Where the recorded state before a step tells of it, the replay works it out by itself;
``DEDUCED`` lists what it must come to, so that a fault of the emulator cannot pass for a doing of the recorder.
"""

from __future__ import annotations

from typing import Any

Step = tuple[str, str]

# Settings to make before a step …
SETTINGS: dict[Step, dict[str, Any]] = {
    ("28-TOTP-method-setting-disabled", "login-of-totp-user"): {
        "Accounts_TwoFactorAuthentication_By_TOTP_Enabled": False
    },
    ("43-failed-login-block", "wrong-01"): {"Block_Multiple_Failed_Logins_Enabled": True},
    ("43-failed-login-block", "after-unblock"): {"Block_Multiple_Failed_Logins_Enabled": False},
    ("44-rate-limit", "plain-user-resetTOTP-01"): {"API_Enable_Rate_Limiter": True},
}
# … and after the last step of a scenario.
SETTINGS_AFTER: dict[str, dict[str, Any]] = {
    "28-TOTP-method-setting-disabled": {"Accounts_TwoFactorAuthentication_By_TOTP_Enabled": True},
}
# Permissions to make before a step.
PERMISSIONS: dict[Step, dict[str, list[str]]] = {
    ("44-rate-limit", "admin-without-bypass-users.info-01"): {"api-bypass-rate-limit": ["bot", "app"]},
}
# Accounts to change before a step.
USERS: dict[Step, dict[str, dict[str, Any]]] = {
    ("50-schema-details", "users.list with query (default setting)"): {
        "erin": {
            "emails": [
                {"address": "erin@example.test", "verified": True},
                {"address": "erin2@example.test", "verified": True},
                {"address": "erin3@example.test", "verified": False},
            ]
        }
    },
}

# What follows from the recorded states, by version.
DEDUCED: dict[str, list[str]] = {
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
}
