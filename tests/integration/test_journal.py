# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that says what is about to be done, and what was."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.cast import id_of
from tests.emulator.testing import Emulator
from tests.integration.runner import Ansible, Run, Task, bypassing, changed, missing, requests_of
from tests.integration.test_neighbours_common import TO_OFFBOARD, caller, offboard


@pytest.fixture(scope="class")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the journals lie."""
    return tmp_path_factory.mktemp("journals")


@pytest.fixture(scope="class")
def run(modern: Emulator, ansible: Ansible, home: Path) -> Run:
    """Good places and bad ones."""
    desk = caller(modern, "user00040", *TO_OFFBOARD, concurrency=1)
    (home / "file").write_text("kept", encoding="utf-8")
    (home / "link").symlink_to(home / "file")
    os.mkfifo(home / "pipe")
    two = {**desk, "usernames": ["user00001", "user00002"], "ticket": "HR-17", "operator": "Olga"}
    return ansible(
        {
            "check": offboard({**two, "journal": f"{home}/check.jsonl"}, check=True),
            "run": offboard({**two, "journal": f"{home}/of a year/2026 03.jsonl"}),
            "again": offboard({**two, "journal": f"{home}/of a year/2026 03.jsonl"}),
            "tilde": Task(bypassing(modern, username="user00003", journal="~/evidence/journal.jsonl")),
            "refused": offboard({**desk, "usernames": ["nobody"], "journal": f"{home}/refused.jsonl"}),
            "link": Task(bypassing(modern, username="user00004", journal=f"{home}/link")),
            "pipe": Task(bypassing(modern, username="user00004", journal=f"{home}/pipe")),
            "below": Task(bypassing(modern, username="user00004", journal=f"{home}/file/journal.jsonl")),
        },
        environment={"HOME": str(home)},
    )


def lines(file: Path) -> list[dict[str, Any]]:
    """What a journal holds."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


class TestJournal:
    """One server, since it is none of the server's business."""

    def test_lines(self, home: Path, run: Run) -> None:
        """The run, then person by person what is about to be done and what was, and the end."""
        written = lines(home / "of a year" / "2026 03.jsonl")[:14]
        person = ["intent", "step", "step", "step"]
        assert [line["type"] for line in written] == ["run", "begin", *person * 2, "person", "person", "end", "run"]
        assert {(line["job"], line["ticket"], line["operator"]) for line in written} == {("offboard", "HR-17", "Olga")}
        assert {line["run_id"] for line in written[:-1]} == {run.results["run"]["run"]["run_id"]}
        intent, first = written[2:4]
        assert (intent["username"], intent["user_id"]) == ("user00001", id_of("user00001"))
        assert intent["steps"] == ["sessions", "status", "totp"]
        assert (first["username"], first["step"], first["result"]) == ("user00001", "status", "done")
        assert written[-2]["summary"] == {"done": 2}

    def test_appended(self, home: Path, run: Run) -> None:
        """The next run writes to the end of the same file."""
        runs = [line["run_id"] for line in lines(home / "of a year" / "2026 03.jsonl")]
        assert list(dict.fromkeys(runs)) == [run.results[task]["run"]["run_id"] for task in ("run", "again")]

    def test_private(self, home: Path, run: Run) -> None:
        """Its owner alone may read it."""
        file = home / "of a year" / "2026 03.jsonl"
        assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)

    def test_check_mode(self, home: Path, run: Run) -> None:
        """It says what would be done, and intends nothing."""
        written = lines(home / "check.jsonl")
        assert [line["type"] for line in written] == ["run", "begin", "person", "person", "end"]
        assert {line["check_mode"] for line in written} == {True}
        assert [line["outcome"] for line in written[2:4]] == ["would_be_done"] * 2

    def test_refused(self, home: Path, run: Run) -> None:
        """A run that nothing came of says why."""
        written = lines(home / "refused.jsonl")
        assert [line["type"] for line in written] == ["run", "begin", "person", "end"]
        assert "nobody" in written[-1]["failure"]

    def test_tilde(self, home: Path, run: Run) -> None:
        """It is the home of whoever runs the module."""
        assert changed(run.results["tilde"]) == [True]
        assert lines(home / "evidence" / "journal.jsonl")[-1]["type"] == "end"

    @pytest.mark.parametrize(
        ("task", "advice"),
        [("link", ["is a link"]), ("pipe", ["journal"]), ("below", ["cannot be written", "not a directory"])],
    )
    def test_bad_place(self, modern: Emulator, home: Path, run: Run, task: str, advice: list[str]) -> None:
        """Where nothing could be written safely, nothing is sent."""
        result = run.results[task]
        assert result["error"]["code"] == "invalid-input"
        assert missing(result["msg"], advice) == []
        assert requests_of(modern, task) == []
        assert (home / "file").read_text(encoding="utf-8") == "kept"
