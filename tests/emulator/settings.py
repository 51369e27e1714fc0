# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Workspace settings: defaults by version, and which of them are public."""

from __future__ import annotations

from typing import Any

from tests.emulator.versions import Speak

TWO_FACTOR = "Accounts_TwoFactorAuthentication_Enabled"
BY_TOTP = "Accounts_TwoFactorAuthentication_By_TOTP_Enabled"
BY_EMAIL = "Accounts_TwoFactorAuthentication_By_Email_Enabled"
PASSWORD_FALLBACK = "Accounts_TwoFactorAuthentication_Enforce_Password_Fallback"
REMEMBER_FOR = "Accounts_TwoFactorAuthentication_RememberFor"
MAX_DELTA = "Accounts_TwoFactorAuthentication_MaxDelta"
EMAIL_CODE_EXPIRES = "Accounts_twoFactorAuthentication_email_code_expires"
CUSTOM_FIELDS = "Accounts_CustomFields"
ALLOW_PROFILE_CHANGE = "Accounts_AllowUserProfileChange"
EMAIL_VERIFICATION = "Accounts_EmailVerification"
BLOCK_LOGINS = "Block_Multiple_Failed_Logins_Enabled"
BLOCK_AFTER = "Block_Multiple_Failed_Logins_Attempts_Until_Block_by_User"
BLOCK_MINUTES = "Block_Multiple_Failed_Logins_Time_To_Unblock_By_User_In_Minutes"
UPPER_COUNT_LIMIT = "API_Upper_Count_Limit"
ALLOW_INFINITE_COUNT = "API_Allow_Infinite_Count"
E2E = "E2E_Enable"
E2E_PRIVATE_ROOMS = "E2E_Enabled_Default_PrivateRooms"
E2E_ALLOW_PLAIN = "E2E_Allow_Unencrypted_Messages"
ALLOW_DELETING = "Message_AllowDeleting"
ALLOW_EDITING = "Message_AllowEditing"
LONGEST_MESSAGE = "Message_MaxAllowedSize"
ROOM_NAMES = "UTF8_Channel_Names_Validation"
RATE_LIMITER = "API_Enable_Rate_Limiter"
RATE_LIMIT_CALLS = "API_Enable_Rate_Limiter_Limit_Calls_Default"
RATE_LIMIT_TIME = "API_Enable_Rate_Limiter_Limit_Time_Default"
PASSWORD_POLICY = "Accounts_Password_Policy_Enabled"
PASSWORD_MIN_LENGTH = "Accounts_Password_Policy_MinLength"
MAIL_ACTIVATED = "Accounts_Send_Email_When_Activating"
MAIL_DEACTIVATED = "Accounts_Send_Email_When_Deactivating"

# Not a setting of the real server: makes the limiter answer 400 as some versions did.
RATE_LIMIT_OLD_FORM = "_Emulator_Rate_Limit_Answers_400"
RATE_LIMIT_HEADERS = "_Emulator_Rate_Limit_Headers"

# How many public settings servers from a major version on have.
_PUBLIC_TOTALS = {8: 380, 7: 397, 0: 380}

_PUBLIC: dict[str, Any] = {
    "API_Apply_permission_view-outside-room_on_users-list": False,
    "API_Drupal_URL": "",
    "API_Embed": True,
    "API_Gitlab_URL": "https://gitlab.com",
    "API_Wordpress_URL": "",
    "Accounts_AllowAnonymousRead": False,
    "Accounts_AllowDeleteOwnAccount": False,
    "Accounts_AllowEmailChange": True,
    "Accounts_AllowPasswordChange": True,
    ALLOW_PROFILE_CHANGE: True,
    "Accounts_AllowUsernameChange": True,
    CUSTOM_FIELDS: "",
    EMAIL_VERIFICATION: False,
    "Accounts_LoginExpiration": 90,
    "Accounts_ManuallyApproveNewUsers": False,
    "Accounts_OAuth_Google": False,
    "Accounts_PasswordReset": True,
    "Accounts_RegistrationForm": "Public",
    "Accounts_RequireNameForSignUp": True,
    "Accounts_RequirePasswordConfirmation": True,
    "Accounts_ShowFormLogin": True,
    BY_EMAIL: True,
    BY_TOTP: True,
    TWO_FACTOR: True,
    PASSWORD_FALLBACK: True,
    E2E: False,
    E2E_ALLOW_PLAIN: False,
    E2E_PRIVATE_ROOMS: False,
    "CAS_enabled": False,
    "FileUpload_Enabled": True,
    "Language": "en",
    "Livechat_enabled": False,
    "LDAP_Enable": False,
    ALLOW_DELETING: True,
    ALLOW_EDITING: True,
    LONGEST_MESSAGE: 5000,
    "Site_Name": "Rocket.Chat",
    "Site_Url": "http://127.0.0.1:3000",
    ROOM_NAMES: "[0-9a-zA-Z-_.]+",
    "UTF8_User_Names_Validation": "[0-9a-zA-Z-_.]+",
}

_PRIVATE: dict[str, Any] = {
    REMEMBER_FOR: 1800,
    MAX_DELTA: 1,
    EMAIL_CODE_EXPIRES: 3600,
    BLOCK_LOGINS: False,
    BLOCK_AFTER: 10,
    BLOCK_MINUTES: 5,
    UPPER_COUNT_LIMIT: 100,
    ALLOW_INFINITE_COUNT: True,
    RATE_LIMITER: True,
    RATE_LIMIT_CALLS: 10,
    RATE_LIMIT_TIME: 60000,
    RATE_LIMIT_OLD_FORM: False,
    RATE_LIMIT_HEADERS: True,
    PASSWORD_MIN_LENGTH: 14,
    MAIL_ACTIVATED: True,
    MAIL_DEACTIVATED: True,
}


class Settings:
    """All settings; ids of public ones are kept sorted."""

    def __init__(self, speak: Speak) -> None:
        self.values: dict[str, Any] = {**_PUBLIC, **_PRIVATE, PASSWORD_POLICY: speak.password_policy_by_default}
        total = next(number for major, number in _PUBLIC_TOTALS.items() if speak.since(major))
        fillers = total - len(_PUBLIC)
        names = [f"theme-emulated-{number:03d}" for number in range(1, fillers + 1)]
        self.values.update(dict.fromkeys(names, ""))
        self.public_ids = sorted([*_PUBLIC, *names])

    def __getitem__(self, setting: str) -> Any:
        return self.values[setting]

    def __contains__(self, setting: object) -> bool:
        return setting in self.values

    def update(self, values: dict[str, Any]) -> None:
        """Set several at once; unknown ids become new, private settings."""
        self.values.update(values)

    def public(self) -> list[dict[str, Any]]:
        """Public settings as the API lists them."""
        return [self.entry(setting) for setting in self.public_ids]

    def entry(self, setting: str) -> dict[str, Any]:
        """One public setting as the API shows it."""
        return {"_id": setting, "value": self.values[setting], "enterprise": False}
