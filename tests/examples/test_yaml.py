# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Examples in YAML: ansible-playbook runs each to the letter, and the server says whether it did what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from tests.emulator.testing import REPO_ROOT
from tests.examples.conftest import MoveIn
from tests.examples.exceptions import excepted
from tests.examples.extract import Example, find_examples
from tests.examples.playbooks import Story, run_examples
from tests.examples.shapes import PLAYED, shape_of
from tests.examples.world import ENVIRONMENT, Workspace

# What stands in several places is run for one of them.
EXAMPLES = list(
    {
        example.text: example
        for example in reversed(find_examples(REPO_ROOT))
        if example.language == "yaml" and not excepted(example.text) and shape_of(example) in PLAYED
    }.values()
)[::-1]
WITH_CONNECTION = [example for example in EXAMPLES if "api_url:" in example.text]
WITHOUT_CONNECTION = [example for example in EXAMPLES if example not in WITH_CONNECTION]
# Tasks, wrong in a way of their own, and a word of what is said of them.
BROKEN = {
    "- {name: Borrow, ansible.builtin.debug: {msg: '{{ kept.users }}'}}": "kept",
    "- {name: Fail, chatops.rocketchat.rocketchat_user_logout: {username: nobody}}": "nobody",
    "- {name: Parse, chatops.rocketchat.rocketchat_user_logoff: {username: bob}}": "rocketchat_user_logoff",
    "- {name: Skip, chatops.rocketchat.rocketchat_user_logout: {username: bob}, when: false}": "did not run",
    "- {name: Idle, chatops.rocketchat.rocketchat_user_totp_reset: {username: bob, last_reset: '2026-01-01T00:00:00Z'}}"
    "": "changed nobody",
    "- {name: Do nothing, chatops.rocketchat.rocketchat_user_logout: {username: bob}}": "nothing should have happened",
    "- {name: Wait, hosts: nowhere, tasks: [{name: Look, chatops.rocketchat.rocketchat_info: {}}]}": "did not run",
}
FINE = "- {name: Look, chatops.rocketchat.rocketchat_user_info: {username: alice}, register: kept}"


def _play(
    examples: list[Example], root: Path, workspace: Workspace, moved_in: MoveIn, code: Path, more: Mapping[str, str]
) -> dict[str, Story]:
    environment = {**moved_in(root / "home"), **more}
    (root / "playbooks").mkdir()
    stories = run_examples(examples, workspace, root / "playbooks", environment, code)
    return {story.example.place: story for story in stories}


class Shown:
    """What the collection shows."""

    examples: ClassVar[list[Example]]
    environment: ClassVar[Mapping[str, str]] = {}

    @pytest.fixture(scope="class")
    @classmethod
    def stories(
        cls, tmp_path_factory: pytest.TempPathFactory, workspace: Workspace, moved_in: MoveIn, mailed_code: Path
    ) -> dict[str, Story]:
        """What became of all of them, in one run of ansible-playbook."""
        root = tmp_path_factory.mktemp("shown")
        return _play(cls.examples, root, workspace, moved_in, mailed_code, cls.environment)

    def _judge(self, story: Story) -> None:
        complaints = story.complaints()
        assert not complaints, "\n".join([story.example.place, *complaints])


class TestWithItsOwnConnection(Shown):
    """Those that say which server they mean get nothing from the environment."""

    examples = WITH_CONNECTION

    @pytest.mark.parametrize("place", [example.place for example in WITH_CONNECTION])
    def test_it_does_what_it_shows(self, stories: dict[str, Story], place: str) -> None:
        self._judge(stories[place])


class TestWithTheEnvironment(Shown):
    """The others are for readers who have set the variables."""

    examples = WITHOUT_CONNECTION
    environment = ENVIRONMENT

    @pytest.mark.parametrize("place", [example.place for example in WITHOUT_CONNECTION])
    def test_it_does_what_it_shows(self, stories: dict[str, Story], place: str) -> None:
        self._judge(stories[place])


class TestBroken:
    """An example that does not do what it shows is found, and hides no other."""

    @pytest.fixture(scope="class")
    @classmethod
    def stories(
        cls, tmp_path_factory: pytest.TempPathFactory, workspace: Workspace, moved_in: MoveIn, mailed_code: Path
    ) -> dict[str, Story]:
        """What became of examples that are wrong, and of one that is right before and after them."""
        wrong = [Example("wrong", number, "yaml", text) for number, text in enumerate(BROKEN)]
        examples = [Example("right", 1, "yaml", FINE), *wrong, Example("right", 2, "yaml", FINE)]
        return _play(examples, tmp_path_factory.mktemp("broken"), workspace, moved_in, mailed_code, ENVIRONMENT)

    @pytest.mark.parametrize("number", range(len(BROKEN)))
    def test_it_is_found(self, stories: dict[str, Story], number: int) -> None:
        assert list(BROKEN.values())[number] in "\n".join(stories[f"wrong:{number}"].complaints())

    @pytest.mark.parametrize("number", [1, 2])
    def test_it_hides_no_other(self, stories: dict[str, Story], number: int) -> None:
        assert stories[f"right:{number}"].complaints() == []
