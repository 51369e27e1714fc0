# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios 60 to 69 of 8.6: profiles and locks."""

from __future__ import annotations

from tests.contract.starts.people_8_6 import world
from tests.contract.starts.start import Doing, Start

_BLOCK = {"Block_Multiple_Failed_Logins_Enabled": True}

_PROFILES = Start(
    "8.6",
    60,
    61,
    world(),
    deduced=(
        "60-users.update-profile: with-bio-and-nickname: bio, nickname, customFields of alice",
        "60-users.update-profile: bio-only-sent-back: customFields of alice",
        "60-users.update-profile: blank-bio: nickname of alice",
        "60-users.update-profile: name-only: bio, nickname of alice",
        "60-users.update-profile: name-back: bio, nickname of alice",
        "60-users.update-profile: customFields-undefined-name: bio, nickname, customFields of alice",
        "60-users.update-profile: customFields-empty-object: bio, nickname of alice",
        "60-users.update-profile: bio-261-characters: bio, nickname, customFields of alice",
        "60-users.update-profile: nickname-121-characters: bio, nickname of alice",
        "60-users.update-profile: empty-data: bio, nickname, statusText of alice",
        "60-users.update-profile: unknown-key: bio, nickname of alice",
        "61-users.update-required-custom-fields: field-not-defined-in-the-workspace: customFields of harry",
    ),
)

# For a while harry may edit other people, but neither see all of them nor change their passwords.
_HARRY_EDITS = Doing(
    users={"harry": {"roles": ["user", "livechat-manager"]}},
    permissions={"edit-other-user-info": ["admin", "livechat-manager"]},
)
_HARRY_EDITS_NO_MORE = Doing(users={"harry": {"roles": ["user"]}}, permissions={"edit-other-user-info": ["admin"]})

_LOCKS = Start(
    "8.6",
    62,
    67,
    world(svc={"totp": {"enabled": True, "backupCodes": ["BACKUP01", "BACKUP02"]}}),
    before={
        ("64-users.update-password", "password-by-a-caller-without-edit-other-user-password"): _HARRY_EDITS,
        ("66-login-block", "wrong-password-1"): Doing(settings=_BLOCK),
        # The sign-ins between are all alike and were not kept.
        ("66-login-block", "wrong-password-9"): Doing(users={"harry": {"failedLogins": 8}}),
        ("66-login-block", "gina-blocked"): Doing(users={"gina": {"failedLogins": 10}}),
    },
    after={"64-users.update-password": _HARRY_EDITS_NO_MORE},
    renumbered=(65,),
    tokens={
        65: {
            "token-1": {"as": "svc", "kind": "pat", "name": "strict"},
            "token-8": {"as": "weak", "kind": "pat", "name": "bypass", "bypassTwoFactor": True},
        }
    },
    deduced=(
        "63-users.update-email: same-first-address: emails of alice",
        "64-users.update-password: setRandomPassword-with-profile: bio, nickname of alice",
        "67-updateOwnBasicInfo-custom-fields: receipt-without-code: 1 login(s) of carol",
        "67-updateOwnBasicInfo-custom-fields: receipt-without-code: bio, nickname, customFields of carol",
    ),
)

_NEWCOMER = {
    "username": "newcomer",
    "name": "New Comer",
    "verified": False,
    "password": "Str0ng-Passw0rd-of-New!",
    "lastLogin": None,
    "active": False,
    "reason": "I work here now",
    "inactiveReason": "pending_approval",
}

_SIGN_IN = Start(
    "8.6",
    68,
    68,
    world(),
    before={
        ("68-locks-at-sign-in", "login-waiting-for-approval"): Doing(new_users=(_NEWCOMER,)),
        ("68-locks-at-sign-in", "roles.list-mandatory2fa"): Doing(control=(("POST", "roles/user/mandatory2fa", {}),)),
        ("68-locks-at-sign-in", "login-without-a-local-password"): Doing(users={"weak": {"password": None}}),
        ("68-locks-at-sign-in", "users.info-federated"): Doing(users={"frank": {"federated": True}}),
    },
)

STARTS = (_PROFILES, _LOCKS, _SIGN_IN)
