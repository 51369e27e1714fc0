# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading back many people: by the page, among the inactive alone, so that a large workspace costs no more."""

from __future__ import annotations

from typing import ClassVar

from tests.emulator.testing import Emulator
from tests.integration.role.play import OFFBOARD, Player, person, workspace

LEAVERS = [f"leaver{number:02}" for number in range(30)]


class TestMany:
    """Thirty leave, and more than one page full stays."""

    world: ClassVar = workspace(
        *(person(name) for name in LEAVERS), *(person(f"stays{number:03}") for number in range(150))
    )

    def test_many_are_read_back_in_one_request(self, play: Player, server: Emulator) -> None:
        run = play(OFFBOARD, usernames=LEAVERS)
        assert run.rc == 0, run.output
        assert not any(server.user(name)["active"] for name in LEAVERS)
        assert run.summary[-2].startswith("In all 30: done 30."), run.summary
        last_write = max(entry["n"] for entry in run.requests if "users.resetTOTP" in entry["path"])
        after = [entry for entry in run.requests if entry["n"] > last_write and "chat." not in entry["path"]]
        assert [(entry["path"], "status=deactivated" in entry["query"]) for entry in after] == [
            ("/api/v1/users.listByStatus", True)
        ]
