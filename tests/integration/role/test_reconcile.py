# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The complete list of people as the desired state: a plan first, brakes, and a plan that is carried out later."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.emulator.testing import Emulator
from tests.integration.role.play import Play, Player, person, rename, workspace

RECONCILE = "chatops.rocketchat.reconcile"
TOLD, FAILED = "Tell the plan", "Fail where there is no plan, or one that a brake stops"
OLD = "2020-01-01T00:00:00Z"
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
STAFF = [f"p{number:02}" for number in range(20)]
# What HR exports: its own names of columns, and more than anybody needs to know.
HEAD = "Name;E-MAIL;Salary\r\n"

Reconcile = Callable[..., Play]


def colleague(name: str, **more: Any) -> dict[str, Any]:
    """Somebody who has been here for long."""
    return person(name, email=f"{name}@example.test", createdAt=OLD, **more)


def table(*names: str) -> str:
    """A list with these people."""
    return HEAD + "".join(f"{name.title()};{name.upper()}@Example.test;1\r\n" for name in names)


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    """Where the plan goes."""
    return tmp_path / "plan.json"


@pytest.fixture
def reconcile(play: Player, tmp_path: Path, plan_file: Path) -> Reconcile:
    """Runs the playbook with a table, or with the plan alone."""

    def run(text: str | None, *arguments: str, encoding: str = "utf-8", **given: Any) -> Play:
        variables: dict[str, Any] = {"plan_file": str(plan_file), "people_columns": {"email": "E-Mail"}, **given}
        if text is not None:
            file = tmp_path / "people.csv"
            file.write_bytes(text.encode(encoding))
            variables["people_file"] = str(file)
        return play(RECONCILE, "-e", json.dumps(variables), *arguments)

    return run


def active(server: Emulator) -> set[str]:
    """Who of the people is active."""
    return {name for name, user in server.state()["users"].items() if user["active"]}


class TestPlan:
    """From a rehearsal to the run that carries out what it showed."""

    world: ClassVar = workspace(
        *(colleague(name) for name in STAFF),
        colleague("harry"),
        colleague("erin", roles=["admin"]),
        colleague("guest1", roles=["guest"]),
        colleague("builds", type="bot", roles=["bot"]),
        colleague("elsewhere", federated=True),
        colleague("carol", active=False),
        person("newcomer", email="newcomer@example.test", createdAt=YESTERDAY),
    )

    def test_check_mode_shows_and_writes_the_plan_and_the_plan_is_carried_out(
        self, reconcile: Reconcile, server: Emulator, plan_file: Path
    ) -> None:
        before = active(server)
        listed = table(*STAFF, "carol", "nobody")
        run = reconcile("\ufeff" + listed, "--check", reconcile_max_percent=10)
        assert run.rc == 0, run.output
        assert {entry["method"] for entry in run.requests} == {"GET"}
        assert active(server) == before
        told = run.message(TOLD)
        assert "1 of 26 active accounts would be offboarded by a list of 22 people" in told[0]
        (line,) = [line for line in told if line.startswith("harry ")]
        assert "email harry@example.test is not on the list" in line
        assert "NO ACCOUNT row 23: NOBODY@Example.test" in told
        assert any(line.startswith("DEACTIVATED row 22: carol (") for line in told)
        for name, why in {
            "erin": "it has the role admin",
            "guest1": "it is a guest",
            "builds": "it is no account of a person (type bot)",
            "elsewhere": "it is federated",
            "newcomer": "it was made on",
        }.items():
            assert any(line.startswith(f"LEFT ALONE {name} (") and why in line for line in told), name
        assert "Salary" not in run.output
        plan = json.loads(plan_file.read_text(encoding="utf-8"))
        assert stat.S_IMODE(plan_file.stat().st_mode) == 0o600
        assert [entry["username"] for entry in plan["accounts"]] == ["harry"]
        # Whoever shrinks the list later is not asked: there is none.
        done = reconcile(None, reconcile_max_percent=10)
        assert done.rc == 0, done.output
        assert before - active(server) == {"harry"}
        assert set(done.people) == {"harry"}
        # It was carried out: nobody is as it was shown any more.
        again = reconcile(None, reconcile_max_percent=10)
        assert again.rc != 0
        assert "is inactive now" in again.message(FAILED)
        assert again.writes == []

    def test_whom_the_list_names_stays_and_its_length_is_remembered(
        self, reconcile: Reconcile, server: Emulator
    ) -> None:
        before = active(server)
        everybody = [*STAFF, "harry"]
        first = reconcile(table(*everybody), reconcile_max_accounts=0)
        assert (first.rc, active(server)) == (0, before), first.output
        # 18 of 21 are less than nine tenths.
        shrunk = reconcile(table(*everybody[:18]), "--check", reconcile_max_accounts=100, reconcile_max_percent=100)
        assert shrunk.rc != 0
        assert "The list names 18 people, and the last one that was accepted" in shrunk.message(FAILED)
        assert shrunk.writes == []
        # Check mode has not made it the one to compare with.
        assert reconcile(table(*everybody[:19]), "--check", reconcile_max_percent=100).rc == 0


class TestBrakes:
    """What stops a run before anything is written."""

    world: ClassVar = workspace(*(colleague(name) for name in STAFF), colleague("harry"), colleague("erin"))

    @pytest.mark.parametrize(
        ("text", "given", "words"),
        [
            (
                table(*STAFF),
                {"reconcile_max_accounts": 1, "reconcile_max_percent": 100},
                "2 of 23 active accounts (8.7 %) would be offboarded, and one run may offboard 1"
                " (reconcile_max_accounts)",
            ),
            (table(*STAFF, "harry"), {}, "1 of 23 active accounts (4.3 %) would be offboarded"),
        ],
        ids=["too many", "too large a part"],
    )
    def test_too_many(
        self, reconcile: Reconcile, plan_file: Path, text: str, given: dict[str, Any], words: str
    ) -> None:
        run = reconcile(text, **given)
        assert run.rc != 0
        assert words in run.message(FAILED)
        assert run.writes == []
        # The plan is there to be looked at.
        assert any(line.startswith("erin ") for line in run.message(TOLD))
        assert plan_file.exists()

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (HEAD, "The list of people is empty"),
            (f"{HEAD}\r\nHarry;n/a;1\r\n", "Row 3 of the list of people, column 'E-Mail': 'n/a' is no e-mail address."),
            ("Name;Mail\r\nHarry;h@example.test\r\n", "Row 2 of the list of people has no column 'E-Mail'."),
        ],
        ids=["nobody", "no address", "no such column"],
    )
    def test_a_list_that_is_none(self, reconcile: Reconcile, text: str, words: str) -> None:
        run = reconcile(text)
        assert run.rc != 0
        assert words in run.output
        assert run.requests == []

    def test_an_option_that_there_is_not(self, reconcile: Reconcile) -> None:
        run = reconcile(table(*STAFF), reconcile_exmept="harry")
        assert run.rc != 0
        assert "there is no variable reconcile_exmept" in run.output
        assert run.requests == []

    def test_no_ticket_where_one_is_mandatory(self, reconcile: Reconcile) -> None:
        run = reconcile(table(*STAFF), user_access_ticket_required=True)
        assert run.rc != 0
        assert run.message(FAILED).startswith("A ticket is mandatory here (user_access_ticket_required).")
        assert run.requests == []


class TestOutdated:
    """A plan is bound to the people whom it showed, and to the file that was written."""

    world: ClassVar = workspace(
        *(colleague(name) for name in STAFF), colleague("harry"), colleague("erin"), colleague("boss", roles=["admin"])
    )

    def test_a_plan_that_was_changed_or_does_not_hold_any_more(
        self, reconcile: Reconcile, server: Emulator, plan_file: Path
    ) -> None:
        more = {"reconcile_max_percent": 100}
        assert reconcile(table(*STAFF, "erin"), "--check", **more).rc == 0
        text = plan_file.read_text(encoding="utf-8")
        plan_file.write_text(text.replace(server.user("harry")["_id"], server.user("erin")["_id"]), encoding="utf-8")
        forged = reconcile(None, **more)
        assert forged.rc != 0
        assert "is not as it was written" in forged.message(FAILED)
        assert forged.requests == []
        plan_file.write_text(text, encoding="utf-8")
        plan_file.chmod(0o644)
        open_to_all = reconcile(None, **more)
        assert "could have been written or replaced by others" in open_to_all.message(FAILED)
        assert open_to_all.requests == []
        plan_file.chmod(0o600)
        rename(server, "harry", "harriet")
        renamed = reconcile(None, **more)
        assert renamed.rc != 0
        assert "is called harriet now" in renamed.message(FAILED)
        assert renamed.writes == []
        assert {"harriet", "erin"} <= active(server)
