# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios 60 to 69 of 7.7: profiles, locks, and finding people."""

from __future__ import annotations

from typing import Any

from tests.contract.starts.people_7_7 import administrators, alice, example, people, person, signed_in, weak, world
from tests.contract.starts.start import Doing, Start

_A_MINUTE_LATER = Doing(control=(("DELETE", "rate-limit", None),))


def _two_addresses(name: str) -> dict[str, Any]:
    addresses = (f"{name}@example.test", f"{name}.second@example.test")
    return person(name, emails=[{"address": address, "verified": True} for address in addresses])


_PROFILES = Start(
    "7.7",
    60,
    61,
    world(people()),
    before={
        ("60-users.update-profile", "stored-field-that-is-not-defined-is-not-shown"): Doing(
            users={
                "alice": {
                    "customFields": {
                        "department": "Assembly",
                        "employee_no": "4711",
                        "site": "North",
                        "totp_receipt": "r1",
                        "ldap_dn": "cn=alice",
                    }
                }
            }
        )
    },
)

_VERIFIED = Start(
    "7.7",
    62,
    62,
    world([*administrators(), person("hugo", verified=True), _two_addresses("ilse")]),
    deduced=("62-users.update-verified: the-holder-asks-for-verification-again: emails of hugo",),
)

_LOCKS = Start(
    "7.7",
    63,
    66,
    world(
        [
            *administrators(),
            weak(),
            example(
                "bob",
                customFields={"cost_centre": "K12", "totp_receipt": "r1"},
                totp={"enabled": True},
                **signed_in({}),
            ),
            _two_addresses("judy"),
            person("ken", verified=True),
            # May edit other people, but neither see all of them nor change their passwords.
            person("lena", roles=["user", "livechat-manager"], **signed_in({})),
            person("mike"),
            person("nora"),
            person(
                "olga",
                bio="Olga's bio",
                nickname="O",
                customFields={"department": "Lab", "employee_no": "1", "site": "South", "totp_receipt": ""},
                **signed_in({}),
            ),
            person("sven", roles=["user", "admin"], verified=True, totp={"enabled": True}, **signed_in({})),
        ],
    )
    | {"permissions": {"edit-other-user-info": ["admin", "livechat-manager"]}},
    before={
        ("63-users.update-email-and-password", "new-address-verified"): _A_MINUTE_LATER,
        ("63-users.update-email-and-password", "new-address-unverified"): _A_MINUTE_LATER,
        ("63-users.update-email-and-password", "setRandomPassword-with-email"): _A_MINUTE_LATER,
        ("65-login-block", "wrong-password-1"): Doing(settings={"Block_Multiple_Failed_Logins_Enabled": True}),
        ("65-login-block", "eleven-wrong-by-address-then-right-by-address"): Doing(
            users={"nora": {"failedLogins": 11}}
        ),
    },
)


def _crowd() -> list[dict[str, Any]]:
    """People of other scenarios, of whom only the number shows."""
    return [
        *(person(f"inactive{number:02d}", active=False, **signed_in()) for number in range(23)),
        *(person(f"new{number:02d}") for number in range(11)),
        *(person(f"old{number:02d}", **signed_in()) for number in range(11)),
    ]


_FINDING = Start(
    "7.7",
    67,
    67,
    world(
        [
            *administrators(),
            weak(),
            alice(),
            person("anna", roles=["user", "bot"], **signed_in()),
            person("aron", roles=["user", "bot"], **signed_in()),
            person("automation", roles=["user", "admin"], **signed_in()),
            example("bob", **signed_in()),
            person("boris"),
            example("carol", **signed_in()),
            example("dave"),
            person("gus", active=False, **signed_in()),
            person("hugo", active=False, **signed_in()),
            person("robot", roles=["user", "admin"], **signed_in()),
            example("svc", roles=["user", "admin"], verified=False, **signed_in()),
            person("sven", roles=["user", "admin"], verified=True, **signed_in()),
            *_crowd(),
        ]
    ),
)

STARTS = (_PROFILES, _VERIFIED, _LOCKS, _FINDING)
