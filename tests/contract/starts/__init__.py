# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the recordings began with: the databases that they were made on, and what was done there between two steps."""

from __future__ import annotations

from tests.contract.starts import (
    finding_8_6,
    first_part,
    integrations_7_7,
    integrations_8_6,
    ledger,
    profiles_7_7,
    profiles_8_6,
    rooms_7_7,
    rooms_8_6,
    set_up_7_7,
    set_up_8_6,
)
from tests.contract.starts.start import Doing, Start, Step

STARTS: tuple[Start, ...] = (
    *first_part.STARTS,
    *profiles_7_7.STARTS,
    *profiles_8_6.STARTS,
    *rooms_7_7.STARTS,
    *rooms_8_6.STARTS,
    *integrations_7_7.STARTS,
    *integrations_8_6.STARTS,
    *set_up_7_7.STARTS,
    *set_up_8_6.STARTS,
    *finding_8_6.STARTS,
    *ledger.STARTS,
)

__all__ = ["STARTS", "Doing", "Start", "Step"]
