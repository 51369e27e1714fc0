# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios 90 to 94 of 7.7: setting up a service account."""

from __future__ import annotations

import json

from tests.contract.starts.people_7_7 import CUSTOM_FIELDS, administrators, person, signed_in, weak
from tests.contract.starts.start import Doing, Start

_LAST_WEEK = "2024-01-15T09:00:00.000Z"

STARTS = (
    Start(
        "7.7",
        90,
        93,
        {
            "users": [*administrators(), weak(), person("aron", **signed_in()), person("boris", **signed_in())],
            "settings": {"Accounts_CustomFields": json.dumps(CUSTOM_FIELDS)},
        },
        before={
            ("92-set-up-a-service-account", "token-nothing-account-of-last-week"): Doing(
                users={"robot": {"createdAt": _LAST_WEEK}}
            ),
        },
    ),
)
