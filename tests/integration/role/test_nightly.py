# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table from another department, every night."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest

from tests.emulator.testing import REPO_ROOT, Emulator
from tests.integration.role.play import SHOWN, Play, Player, person, workspace

NIGHTLY = "chatops.rocketchat.nightly_offboard"
LIST = REPO_ROOT / "examples" / "offboard-from-csv" / "leavers.csv"
TOLD = "Tell who is due"
REFUSED = "Refuse a list with gaps, with days that are none, or with two days for one person"
# The fiftieth person of a long list is as easily out as the first.
GONE = [f"gone{number:03}" for number in range(100)]

Nightly = Callable[..., Play]


@pytest.fixture
def nightly(play: Player, tmp_path: Path) -> Nightly:
    """Runs the playbook with a table and a day, and more variables and arguments where needed."""

    def run(table: str, today: str = "2026-11-26", *arguments: str, environment: Any = None, **leavers: Any) -> Play:
        file = tmp_path / "leavers.csv"
        file.write_text(table, encoding="utf-8")
        given = {"leavers_file": str(file), "leavers_today": today}
        given |= {f"leavers_{name}": value for name, value in leavers.items()}
        return play(NIGHTLY, "-e", json.dumps(given), *arguments, environment=environment)

    return run


class TestLeavers:
    """The example's table."""

    world: ClassVar = workspace(person("harry"), person("erin"), person("carol"))

    def test_those_whose_last_day_is_over_once_and_for_all(self, play: Player, server: Emulator) -> None:
        day = ("-e", f"leavers_file={LIST}", "-e", "leavers_today=2026-03-15")
        run = play(NIGHTLY, *day, environment=SHOWN)
        assert run.rc == 0, run.output
        # Erin has access on her last day.
        assert run.message(TOLD) == "Today is 2026-03-15 (UTC). 1 of 3 are due: harry"
        assert {name for name in ("harry", "erin", "carol") if not server.user(name)["active"]} == {"harry"}
        assert run.handed_on["user_access_result"]["summary"] == {"done": 1}
        # Unless it is said otherwise; and whom the ledger knows is left alone.
        morning = play(NIGHTLY, *day, "-e", "leavers_on_the_day=true", environment=SHOWN)
        assert morning.rc == 0, morning.output
        assert {name for name in ("harry", "erin", "carol") if not server.user(name)["active"]} == {"harry", "erin"}
        assert morning.handed_on["user_access_result"]["summary"] == {"done": 1, "nothing_to_do": 1}
        # The next night, from another controller.
        again = play(NIGHTLY, *day[:2], "-e", "leavers_today=2026-03-16", "-e", "leavers_at_most=0")
        assert (again.rc, again.changed, again.writes, again.mails) == (0, 0, [], [])
        assert set(again.people) == {"harry", "erin"}

    def test_nobody_is_due(self, play: Player) -> None:
        run = play(NIGHTLY, "-e", f"leavers_file={LIST}", "-e", "leavers_today=2026-01-01")
        assert run.rc == 0, run.output
        assert run.message(TOLD) == "Today is 2026-01-01 (UTC). 0 of 3 are due: nobody"
        assert run.requests == []

    @pytest.mark.parametrize("day", ["26.11.2026", "2026-02-29"])
    def test_a_day_that_is_none(self, play: Player, day: str) -> None:
        run = play(NIGHTLY, "--check", "-e", f"leavers_file={LIST}", "-e", f"leavers_today='{day}'")
        assert run.rc != 0
        assert run.requests == []
        assert run.message("Refuse a day that is none") == (
            f'leavers_today is "{day}", and must be a day such as 2026-03-31. Nothing was done.'
        )

    @pytest.mark.parametrize("number", ["many", "1.5"])
    def test_a_brake_that_is_no_number(self, play: Player, number: str) -> None:
        run = play(NIGHTLY, "--check", "-e", f"leavers_file={LIST}", "-e", f"leavers_at_most='{number}'")
        assert run.rc != 0
        assert run.requests == []
        assert run.message("Refuse a brake that is no number") == (
            f'leavers_at_most is "{number}", and must be a number, 0 or more. Nothing was done.'
        )


class TestTables:
    """What comes from another department, and what is wrong with it."""

    world: ClassVar = workspace(person("harry"), person("erin"), person("carol"))

    @pytest.mark.parametrize(
        ("table", "words"),
        [
            ("username,leaves_on\ncarol,2026-06-30\nerin,30.06.2026\n", "no day such as 2026-03-31 in leaves_on: 2."),
            ("username,leaves_on\n,2026-01-01\n", "neither a username nor an email: 1."),
            ("username,email,leaves_on\nerin,,2026-01-01\n , ,2026-01-01\n", "neither a username nor an email: 2."),
            # A new contract, or an export of all of them.
            (
                "username,leaves_on\nharry,2026-03-31\nerin,2026-03-31\nharry,2027-12-31\n",
                "days of these people disagree, so which one counts is not known: harry (entries 1, 3).",
            ),
        ],
        ids=["a day as elsewhere", "nobody", "nobody at all", "two contracts"],
    )
    def test_a_mistake_stops_it_and_is_named(self, nightly: Nightly, server: Emulator, table: str, words: str) -> None:
        run = nightly(table)
        assert run.rc != 0
        assert words in run.message(REFUSED)
        assert run.requests == []
        assert all(server.user(name)["active"] for name in ("harry", "erin", "carol"))

    @pytest.mark.parametrize(
        ("table", "task", "words"),
        [
            (
                "username,email,leaves_on\nharry,,2026-03-31\n,HARRY@example.test,2027-12-31\n",
                "Refuse two days for one person who is named in two ways",
                "harry (entries 1, 2)",
            ),
            # The zero of Unix time, as databases have it for "none".
            (
                "username,leaves_on\ncarol,2026-03-31\nharry,1970-01-01\n",
                "Refuse a last day before the account was made",
                "harry (1970-01-01, entries 2)",
            ),
            (
                "username,leaves_on\nharry,2026-03-31\nerin,2026-03-31\ncarol,2026-03-31\n",
                "Refuse to offboard more people at once than a list in order would name",
                "3 people with a working account are due, and one run may offboard 2.",
            ),
        ],
        ids=["named in two ways", "no day", "too many"],
    )
    def test_what_shows_when_the_accounts_are_known(self, nightly: Nightly, table: str, task: str, words: str) -> None:
        run = nightly(table, at_most=2)
        assert run.rc != 0
        assert words in run.message(task)
        assert run.writes == []

    def test_who_has_no_day_stays_where_that_is_said(self, nightly: Nightly) -> None:
        table = "username,leaves_on\ncarol,\nerin,2027-01-01\n"
        assert "no day such as 2026-03-31 in leaves_on: 1." in nightly(table).message(REFUSED)
        stays = nightly(table, blank="stays")
        assert stays.rc == 0, stays.output
        assert stays.message(TOLD) == "Today is 2026-11-26 (UTC). 0 of 2 are due: nobody"
        # Two contracts, of which one goes on.
        both = nightly(f"{table}carol,2026-01-01\n", blank="stays")
        assert "disagree, so which one counts is not known: carol (entries 1, 3)." in both.message(REFUSED)
        other = nightly(table, blank="leaves").message("Refuse a meaning of blank days that there is not")
        assert other == 'leavers_blank is "leaves", and can only be stays. Nothing was done.'

    def test_a_zone_decides_which_day_it_is(self, nightly: Nightly) -> None:
        """A blank day is today's, where it is said to be."""
        kiritimati = ZoneInfo("Pacific/Kiritimati")
        days = {str(datetime.now(kiritimati).date())}
        run = nightly("username,leaves_on\ncarol,2999-01-01\n", "", time_zone="Pacific/Kiritimati")
        days.add(str(datetime.now(kiritimati).date()))
        assert run.rc == 0, run.output
        assert run.message(TOLD) in {f"Today is {day} (Pacific/Kiritimati). 0 of 1 are due: nobody" for day in days}

    def test_a_zone_that_is_none(self, nightly: Nightly) -> None:
        run = nightly("username,leaves_on\ncarol,2026-01-01\n", "", time_zone="Europe/Atlantis")
        assert run.rc != 0
        assert "Europe/Atlantis" in run.output
        assert run.requests == []

    def test_the_same_twice_addresses_strangers_and_a_line_of_excel(self, nightly: Nightly, server: Emulator) -> None:
        """Who has no account, or no longer one, is told, and hinders nobody."""
        table = (
            "sep=;\nusername;email;leaves_on\nharry;;2026-11-20\nharry;;2026-11-20\n"
            ";ERIN@example.test;2026-11-20\nghost;;2026-01-31\n{{'own'~'ed'}};;2026-01-31\n"
        )
        run = nightly(table, environment=SHOWN)
        assert run.rc == 0, run.output
        assert {name for name in ("harry", "erin", "carol") if not server.user(name)["active"]} == {"harry", "erin"}
        assert run.handed_on["user_access_result"]["summary"] == {"done": 2}
        skipped = run.message("Tell who has no account")
        assert skipped.startswith("Skipped, for they have no account: There is no account with the username 'ghost'.")
        # What another department writes is text, and no template.
        assert "owned" not in run.output


class TestLongList:
    """Who left long ago stays on the list, the server limits the rate, and the service account is no exception."""

    world: ClassVar = workspace(
        person("harry"), *(person(name, active=False) for name in GONE), without="api-bypass-rate-limit"
    )

    def test_the_one_who_leaves_is_done_without_waiting(self, nightly: Nightly, server: Emulator) -> None:
        server.settings({"API_Enable_Rate_Limiter": True})
        table = "username,leaves_on\n" + "".join(f"{name},2025-01-01\n" for name in GONE) + "harry,2026-11-20\n"
        run = nightly(table, environment={"ROCKETCHAT_RATE_LIMIT_WAIT": "0"})
        assert run.rc == 0, run.output
        assert server.user("harry")["active"] is False
        assert set(run.people) == {"harry"}
        # Ten requests a minute for each endpoint are what a server takes.
        calls = Counter((entry["method"], entry["path"]) for entry in run.requests)
        assert {call: number for call, number in calls.items() if number > 10} == {}
        assert 429 not in {entry["status"] for entry in run.requests}


class TestMovingList:
    """The file is written anew while the run is under way."""

    world: ClassVar = workspace(person("harry"), *(person(f"p{number:02}") for number in range(30)))

    def test_the_list_is_read_once(self, play: Player, server: Emulator, tmp_path: Path) -> None:
        file, later = tmp_path / "leavers.csv", tmp_path / "later.csv"
        file.write_text("username,leaves_on\nharry,2026-03-31\n", encoding="utf-8")
        lines = "".join(f"p{number:02},2026-03-31\n" for number in range(30))
        later.write_text(f"username,leaves_on\n{lines}", encoding="utf-8")
        # The role's variables are read once the leavers were looked up and the brake was tried.
        ticket = f"{{{{ lookup('ansible.builtin.pipe', 'cp {later} {file}; echo HR-1') }}}}"
        run = play(NIGHTLY, "-e", f"leavers_file={file}", "-e", "leavers_today=2026-11-26", ticket=ticket)
        assert run.rc == 0, run.output
        assert [name for name, user in server.state()["users"].items() if not user["active"]] == ["harry"]

    def test_the_day_is_read_once(self, play: Player, server: Emulator, tmp_path: Path) -> None:
        """A run that begins before midnight ends with those of its own day."""
        file, nights = tmp_path / "leavers.csv", tmp_path / "nights"
        file.write_text("username,leaves_on\np00,2026-03-30\np01,2026-03-31\n", encoding="utf-8")
        read = f"echo >>{nights}; [ $(wc -l <{nights}) = 1 ] && echo 2026-03-31 || echo 2026-04-01"
        day = {"leavers_today": f"{{{{ lookup('ansible.builtin.pipe', '{read}') }}}}"}
        run = play(NIGHTLY, "-e", f"leavers_file={file}", "-e", json.dumps(day))
        assert run.rc == 0, run.output
        assert (server.user("p00")["active"], server.user("p01")["active"]) == (False, True)
