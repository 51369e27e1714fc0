# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other playbooks, the example, the role's interface."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import pytest

from tests.emulator.testing import REPO_ROOT, Emulator
from tests.integration.role.play import DOCTOR, OFFBOARD, RECOVER, SEED, SHOWN, TOKEN, Player, person, workspace

NIGHTLY = "chatops.rocketchat.nightly_offboard"
LIST = REPO_ROOT / "examples" / "offboard-from-csv" / "leavers.csv"


class TestDoctor:
    """Advice that a new user can act on."""

    world: ClassVar = workspace()

    def test_a_good_account(self, play: Player) -> None:
        run = play(DOCTOR, report=False)
        assert run.rc == 0, run.output
        told = run.message("Tell what was found")
        assert "ok       svc-helpdesk may reset TOTP." in told
        assert not [line for line in told if line.startswith("PROBLEM")]
        assert {entry["method"] for entry in run.requests} == {"GET"}

    def test_one_that_lacks_something(self, play: Player, server: Emulator) -> None:
        server.permissions({"edit-other-user-totp": ["admin"], "create-personal-access-tokens": ["helpdesk"]})
        run = play(DOCTOR, report=False, environment={"ROCKETCHAT_2FA_SECRET": ""})
        server.permissions({"edit-other-user-totp": ["admin", "helpdesk"]})
        assert run.rc != 0
        problems = [line for line in run.message("Tell what was found") if line.startswith("PROBLEM")]
        assert len(problems) == 2
        assert any("edit-other-user-totp" in line for line in problems)
        assert any("ROCKETCHAT_2FA_SECRET" in line for line in problems)
        assert "Not ready. " in str(run.message("Fail where something will not work"))

    def test_variables_come_before_the_environment(self, play: Player) -> None:
        run = play(DOCTOR, report=False, api_token="a-token-that-nobody-has", retries=0, validate_certs=True)
        assert run.rc != 0
        assert "a-token-that-nobody-has" not in run.output

    def test_hosts_of_an_inventory(self, play: Player, tmp_path: Path) -> None:
        """A localhost is reached without SSH, whoever lists it; each workspace can have a host of its own."""
        inventory = tmp_path / "hosts"
        inventory.write_text(
            "localhost\n[chat]\n"
            "bastion ansible_connection=local ansible_python_interpreter='{{ ansible_playbook_python }}'\n",
            encoding="utf-8",
        )
        run = play(DOCTOR, "-i", str(inventory), "-e", "rocketchat_hosts=chat:localhost", report=False)
        assert run.rc == 0, run.output
        assert "ok: [bastion]" in run.stdout
        assert "ok: [localhost]" in run.stdout


class TestInterface:
    """What the argument specification refuses, without telling secrets."""

    world: ClassVar = workspace(person("alice"))

    def test_it_refuses(self, play: Player) -> None:
        wrong = {"on_error": "perhaps", "two_factor_method": "carrier-pigeon", "api_token": "t0p-s3cret-Kq"}
        run = play(OFFBOARD, "-vvv", report=False, usernames="alice", **wrong)
        assert run.rc != 0
        assert run.requests == []
        for words in ("user_access_on_error", "user_access_two_factor_method"):
            assert words in run.output
        assert "t0p-s3cret-Kq" not in run.output

    def test_credentials_as_variables_stay_secret(self, play: Player) -> None:
        run = play(
            RECOVER,
            "-vvv",
            "--check",
            usernames="alice",
            api_token=TOKEN,
            two_factor_secret=SEED,
            environment={"ROCKETCHAT_TOKEN": "", "ROCKETCHAT_2FA_SECRET": ""},
        )
        assert run.rc == 0, run.output
        everything = run.output + "".join(file.read_text(encoding="utf-8") for file in run.reports)
        assert TOKEN not in everything
        assert SEED not in everything

    def test_the_bare_reset(self, play: Player, server: Emulator, tmp_path: Path) -> None:
        playbook = tmp_path / "bare.yml"
        playbook.write_text(
            "- hosts: localhost\n  gather_facts: false\n  roles:\n    - chatops.rocketchat.user_access\n",
            encoding="utf-8",
        )
        run = play(str(playbook), user_ids=[server.user("alice")["_id"]])
        assert run.rc == 0, run.output
        assert run.done == ["users.resetTOTP"]
        assert run.results("alice") == {"totp": "done"}


class TestLeavers:
    """A table from another department, every night: the example's."""

    world: ClassVar = workspace(person("harry"), person("erin"), person("carol"))

    def test_those_whose_day_has_come_once_and_for_all(self, play: Player, server: Emulator) -> None:
        day = ("-e", f"leavers_file={LIST}", "-e", "leavers_today=2026-03-15")
        run = play(NIGHTLY, *day, environment=SHOWN)
        assert run.rc == 0, run.output
        assert {name for name in ("harry", "erin", "carol") if not server.user(name)["active"]} == {"harry", "erin"}
        assert run.handed_on["user_access_result"]["summary"] == {"done": 2}
        # The next night, from another controller: whom the ledger knows is left alone.
        again = play(NIGHTLY, *day, "-e", "leavers_at_most=0")
        assert (again.rc, again.changed, again.writes, again.mails) == (0, 0, [], [])
        assert set(again.people) == {"harry", "erin"}

    def test_nobody_is_due(self, play: Player) -> None:
        run = play(NIGHTLY, "-e", f"leavers_file={LIST}", "-e", "leavers_today=2026-01-01")
        assert run.rc == 0, run.output
        assert run.requests == []

    @pytest.mark.parametrize(
        "table",
        [
            "username,leaves_on\ncarol,30.06.2026\n",
            "username,leaves_on\n,2026-01-01\n",
        ],
    )
    def test_a_table_with_mistakes(self, play: Player, server: Emulator, tmp_path: Path, table: str) -> None:
        file = tmp_path / "leavers.csv"
        file.write_text(table, encoding="utf-8")
        run = play(NIGHTLY, "-e", f"leavers_file={file}", "-e", "leavers_today=2026-12-31")
        assert run.rc != 0
        assert run.requests == []
        assert server.user("carol")["active"] is True

    @pytest.mark.parametrize("day", ["26.11.2026", "2026-02-29", ""])
    def test_a_day_that_is_none(self, play: Player, day: str) -> None:
        run = play(NIGHTLY, "--check", "-e", f"leavers_file={LIST}", "-e", f"leavers_today='{day}'")
        assert run.rc != 0
        assert run.requests == []
        assert run.message("Refuse a day that is none") == (
            f'leavers_today is "{day}", and must be a day such as 2026-03-31. Nothing was done.'
        )

    @pytest.mark.parametrize("number", ["many", "1.5", ""])
    def test_a_brake_that_is_no_number(self, play: Player, number: str) -> None:
        run = play(NIGHTLY, "--check", "-e", f"leavers_file={LIST}", "-e", f"leavers_at_most='{number}'")
        assert run.rc != 0
        assert run.requests == []
        assert run.message("Refuse a brake that is no number") == (
            f'leavers_at_most is "{number}", and must be a number, 0 or more. Nothing was done.'
        )


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
        file.write_text("username,leaves_on\np00,2026-03-31\np01,2026-04-01\n", encoding="utf-8")
        read = f"echo >>{nights}; [ $(wc -l <{nights}) = 1 ] && echo 2026-03-31 || echo 2026-04-01"
        day = {"leavers_today": f"{{{{ lookup('ansible.builtin.pipe', '{read}') }}}}"}
        run = play(NIGHTLY, "-e", f"leavers_file={file}", "-e", json.dumps(day))
        assert run.rc == 0, run.output
        assert (server.user("p00")["active"], server.user("p01")["active"]) == (False, True)
