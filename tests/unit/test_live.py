# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the live suite says before it touches a server, what it tests, and the table that it leaves in the guide."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.live.images import choose
from tests.live.report import BEGIN, END, GUIDE, HOLDS, merged, table, written_into
from tests.live.sweep import ANY_RUN
from tests.live.target import EMULATED, NO_SERVER, UsageError, targets

SUITE = Path(__file__).resolve().parents[1] / "live"
ADMIN = {"LIVE_URL": "https://chat.example.test/", "LIVE_USERNAME": "olga", "LIVE_PASSWORD": "secret"}


def scenarios() -> set[str]:
    """What the scenarios are called: the first line of what each says of itself."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in SUITE.glob("test_*.py")]
    tests = [node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    # The others are about the suite itself, and run once.
    tests = [node for node in tests if {"workspace", "service", "leaving"} & {arg.arg for arg in node.args.args}]
    said = [str(ast.get_docstring(node)) for node in tests if node.name.startswith("test_")]
    return {text.splitlines()[0].rstrip(".") for text in said}


def committed() -> list[list[str]]:
    """The rows of the guide's table, its head first."""
    text = GUIDE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = re.findall(r"^   \* - (.*)\n((?:     - .*\n)*)", text, re.MULTILINE)
    return [[first, *re.findall(r"^     - (.*)$", rest, re.MULTILINE)] for first, rest in rows]


class TestGuide:
    """The table is of these scenarios, and says what it is of."""

    def test_it_has_a_row_for_each_scenario_and_no_others(self) -> None:
        _head, *rows = committed()
        assert {row[0] for row in rows} == scenarios()
        assert len(rows) == len(scenarios())

    def test_it_is_of_every_emulated_version(self) -> None:
        assert {f"emulator {version}" for version in EMULATED} <= set(committed()[0])

    def test_nothing_in_it_fails_or_did_not_run(self) -> None:
        assert {cell for row in committed()[1:] for cell in row[1:]} == {HOLDS}

    def test_the_guide_calls_runs_of_the_emulator_by_their_name(self) -> None:
        """Once there is a run of a real server, the sentence has to go."""
        only_emulators = all(column.startswith("emulator ") for column in committed()[0][1:])
        assert (
            "no such run is in this table yet" in " ".join(GUIDE.read_text(encoding="utf-8").split())
        ) == only_emulators


class TestReport:
    """Several reports become one table."""

    def test_reports_of_several_runs(self) -> None:
        rows = merged([{"a": {"server 6.13": HOLDS}}, {"a": {"server 8.9": "fails"}, "b": {"server 8.9": HOLDS}}])
        assert table(rows).splitlines()[4:] == [
            "   * - what was done and read back",
            "     - server 6.13",
            "     - server 8.9",
            "   * - a",
            "     - holds",
            "     - fails",
            "   * - b",
            "     - did not run",
            "     - holds",
        ]

    def test_what_stands_around_the_table_stays(self) -> None:
        guide = f"before\n{BEGIN}\nan earlier table\n{END}\nafter\n"
        new = written_into(guide, {"a": {"server 8.9": HOLDS}})
        assert new.startswith(f"before\n{BEGIN}\n\n.. list-table::")
        assert new.endswith(f"\n{END}\nafter\n")
        assert "an earlier table" not in new


class TestTargets:
    """What the environment can say, and what it is told where it says nothing of use."""

    def test_a_real_workspace(self) -> None:
        [target] = targets(ADMIN)
        assert (target.url, target.name) == ("https://chat.example.test", "chat.example.test")
        assert (target.admin.username, target.admin.password) == ("olga", "secret")

    def test_a_token_and_a_seed(self) -> None:
        given = {"LIVE_URL": "http://localhost:3000", "LIVE_USER_ID": "id", "LIVE_TOKEN": "t", "LIVE_TOTP_SECRET": "S"}
        [target] = targets(given)
        assert (target.admin.user_id, target.admin.token, target.admin.secret) == ("id", "t", "S")

    def test_emulators(self) -> None:
        assert [target.emulates for target in targets({"LIVE": "emulator"})] == list(EMULATED)
        assert [target.emulates for target in targets({"LIVE": "emulator", "LIVE_VERSIONS": "8.6"})] == ["8.6"]

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({}, NO_SERVER),
            ({"LIVE": "real"}, "LIVE is 'real', and can only be 'emulator'."),
            ({**ADMIN, "LIVE": "emulator"}, "LIVE=emulator and LIVE_URL exclude each other"),
            ({**ADMIN, "LIVE_URL": "chat.example.test"}, "LIVE_URL has to begin with https:// or http://"),
            ({**ADMIN, "LIVE_PASSWORD": ""}, "An administrator is missing"),
        ],
    )
    def test_what_cannot_be_meant(self, given: dict[str, str], said: str) -> None:
        with pytest.raises(UsageError) as error:
            targets(given)
        assert str(error.value).startswith(said)


class TestImages:
    """The newest patch of a line, and the newest MongoDB that its notes name."""

    RELEASES = (
        {"tag_name": "8.9.0-rc.5", "body": "- MongoDB: 8.0"},
        {
            "tag_name": "8.9.1",
            "body": "### Engine versions\n- Node: `22.22.3`\n- MongoDB: `8.0`\n- Apps-Engine: `1.67.0`",
        },
        {"tag_name": "8.10.0", "body": "- MongoDB: `8.2`"},
        {"tag_name": "8.9.10", "body": "- MongoDB: 8.0"},
        {"tag_name": "8.11.0", "body": ""},
        {"tag_name": "6.13.1", "body": "- Node: 14.21.3\n- MongoDB: 4.4, 5.0, 6.0\n- Apps-Engine: 1.46.0"},
    )

    @pytest.mark.parametrize(
        ("major", "back", "chosen"),
        [(8, 0, ("8.10.0", "8.2")), (8, 1, ("8.9.10", "8.0")), (6, 0, ("6.13.1", "6.0"))],
    )
    def test_choice(self, major: int, back: int, chosen: tuple[str, str]) -> None:
        assert choose(self.RELEASES, major, back) == chosen

    def test_nothing_to_choose_from(self) -> None:
        with pytest.raises(LookupError, match=r"There are 1 minor versions of 6\.x"):
            choose(self.RELEASES, 6, 1)


@pytest.mark.parametrize(
    "name", ["rclive", "rclive-team", "my-rclive-0123abcd-x", "rclive-0123abcd", "rclive-0123ABCD-x"]
)
def test_names_that_no_run_made_are_left_alone(name: str) -> None:
    assert ANY_RUN.match(name) is None
