# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left behind of leavers: in the sum-up, as a checklist on the page, and as a report of its own."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from tests.emulator.testing import Emulator
from tests.integration.role.play import LEFTOVERS, OFFBOARD, PERMISSIONS, Play, Player, person, workspace

HOOKS = (
    "manage-incoming-integrations",
    "manage-outgoing-integrations",
    "manage-own-incoming-integrations",
    "manage-own-outgoing-integrations",
)
TOKEN = "hook-token-Kq7Zt4"


def with_webhooks(*people: dict[str, Any], **hooks: str) -> dict[str, Any]:
    """A workspace whose service account may close webhooks; each of these posts as somebody."""
    world = workspace(*people)
    world["permissions"] |= {hook: ["admin", "helpdesk"] for hook in HOOKS}
    world["rooms"] = [{"name": "work", "owners": [people[0]["username"]]}]
    rows = [{"name": name, "username": who, "channel": "#work", "token": TOKEN} for name, who in hooks.items()]
    return {**world, "integrations": rows}


def told(run: Play, task: str, word: str) -> list[str]:
    """The lines of a task that begin with a word."""
    return [line for line in run.message(task) if line.startswith(word)]


@pytest.fixture(scope="class")
def run(play: Player) -> Play:
    """An offboarding of the one whose webhook is closed."""
    first = play(OFFBOARD, usernames="erin")
    assert first.rc == 0, first.output
    return first


class TestOffboarding:
    """One webhook that is closed, one that the task leaves, and a role that is kept."""

    world: ClassVar = with_webhooks(
        person("boss"), person("erin", roles=["user", "bot"]), person("frank"), builds="erin", alarm="frank"
    )

    def test_what_was_closed_is_a_step_on_the_page(self, run: Play, server: Emulator) -> None:
        assert run.results("erin")["integrations"] == "done"
        assert server.integrations()["builds"]["enabled"] is False
        assert "Webhooks" in run.page
        assert TOKEN not in run.output + run.page

    def test_what_was_not_looked_at_and_what_is_kept_is_told(self, run: Play) -> None:
        (unseen,) = told(run, "Sum up", "NOT LOOKED AT: ")
        assert "manage-oauth-apps" in unseen
        assert told(run, "Sum up", "KEPT ") == ["KEPT (erin): role bot"]
        assert not told(run, "Sum up", "LEFT BEHIND")

    def test_the_page_is_a_checklist_that_can_be_signed(self, run: Play) -> None:
        for words in (
            "Looked at: ldap, login service, memberships, omnichannel, roles, rooms, teams, webhooks.",
            "role bot:",
            "Checked by",
            "Signature",
        ):
            assert words in run.page
        assert run.page.count('<li class="open">') == 1
        assert run.page.count('<li class="kept">') == 1

    def test_what_stays_is_told_and_open_on_the_page(self, play: Player, server: Emulator) -> None:
        run = play(OFFBOARD, usernames="frank", integrations="report")
        assert run.rc == 0, run.output
        (line,) = told(run, "Sum up", "LEFT BEHIND ")
        assert line.startswith("LEFT BEHIND (frank): webhook alarm (incoming, posts as frank, id ")
        assert server.integrations()["alarm"]["enabled"] is True
        assert "webhook alarm" in run.page

    def test_a_survey_that_was_left_blank_means_the_default(self, play: Player) -> None:
        run = play(OFFBOARD, "--check", usernames="erin", integrations="", roles="")
        assert run.rc == 0, run.output


class TestReport:
    """The playbook that only reads."""

    world: ClassVar = with_webhooks(
        person("boss"), person("erin", active=False), person("frank", active=False), builds="erin"
    )

    def test_it_tells_of_all_who_are_inactive(self, play: Player) -> None:
        run = play(LEFTOVERS, report=False)
        assert run.rc == 0, run.output
        lines = run.message("Tell what was found")
        assert [line for line in lines if "webhook builds (incoming, posts as erin" in line]
        assert lines[-1].startswith("In all 2 accounts were looked at, and 2 left something.")
        assert {entry["method"] for entry in run.requests} == {"GET"}
        assert TOKEN not in run.output

    def test_it_tells_of_who_is_named(self, play: Player) -> None:
        run = play(LEFTOVERS, report=False, usernames="erin, nobody")
        assert run.rc == 0, run.output
        assert told(run, "Tell what was found", "UNKNOWN: ")
        assert "In all 1 accounts were looked at" in run.message("Tell what was found")[-1]


def test_the_service_account_of_these_tests_lacks_something() -> None:
    """Or nothing would be left to look at by hand."""
    assert not {*HOOKS, "manage-oauth-apps"} & set(PERMISSIONS)
