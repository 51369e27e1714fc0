# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long runs in the background: async and poll, as people put them on tasks that may outlive a connection."""

from __future__ import annotations

import pytest

from tests.emulator.testing import Emulator
from tests.integration.runner import Ansible, Run, Task, bypassing, changed, codes, names, requests_of
from tests.integration.test_neighbours_common import offboard

TO_OFFBOARD = ("logout-other-user", "edit-other-user-active-status")


@pytest.fixture(scope="class")
def run(modern: Emulator, ansible: Ansible) -> Run:
    """A reset, a job of several steps, and what goes wrong."""
    modern.permissions({permission: ["admin", "helpdesk"] for permission in TO_OFFBOARD})
    return ansible(
        {
            "reset": Task(bypassing(modern, usernames=["user00001", "user00002"]), background=True),
            "offboard": offboard(bypassing(modern, username="user00003"), background=True),
            "unknown": offboard(bypassing(modern, usernames=["user00004", "nobody"]), background=True),
            "mistake": Task(bypassing(modern, usernames=[]), background=True),
        }
    )


class TestBackground:
    """The same as in the foreground, without lines that tell how far it is."""

    def test_reset(self, modern: Emulator, run: Run) -> None:
        """Everybody is done and accounted for."""
        result = run.results["reset"]
        assert (names(result), changed(result)) == (["user00001", "user00002"], [True, True])
        assert [modern.user(name)["totp"] for name in ("user00001", "user00002")] == [None, None]

    def test_offboard(self, modern: Emulator, run: Run) -> None:
        """All of its steps."""
        assert run.results["offboard"]["summary"] == {"done": 1}
        assert modern.user("user00003")["active"] is False

    def test_failure(self, modern: Emulator, run: Run) -> None:
        """With an entry for each, and nothing done."""
        result = run.results["unknown"]
        assert (result["failed"], codes(result)) == (True, ["not-attempted", "user-not-found"])
        assert modern.user("user00004")["active"] is True

    def test_mistake(self, modern: Emulator, run: Run) -> None:
        """A task that cannot be right sends nothing."""
        assert run.results["mistake"]["error"]["code"] == "invalid-input"
        assert requests_of(modern, "mistake") == []

    def test_no_traceback(self, run: Run) -> None:
        """None of the failures is an exception of Python."""
        assert "Traceback" not in run.everything
