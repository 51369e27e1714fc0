# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other playbooks, the example, the role's interface."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.emulator.testing import REPO_ROOT, Emulator
from tests.integration.role.play import DOCTOR, OFFBOARD, RECOVER, SEED, TOKEN, Player, person, workspace

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

    def test_a_localhost_of_an_inventory_is_reached_without_ssh(self, play: Player) -> None:
        run = play(DOCTOR, "-i", "localhost,", report=False)
        assert run.rc == 0, run.output

    def test_other_hosts_of_an_inventory(self, play: Player, tmp_path: Path) -> None:
        inventory = tmp_path / "hosts"
        inventory.write_text(
            "[chat]\nbastion ansible_connection=local ansible_python_interpreter='{{ ansible_playbook_python }}'\n",
            encoding="utf-8",
        )
        run = play(DOCTOR, "-i", str(inventory), "-e", "rocketchat_hosts=chat", report=False)
        assert run.rc == 0, run.output
        assert "ok: [bastion]" in run.stdout


class TestInterface:
    """What the argument specification refuses, without telling secrets."""

    world: ClassVar = workspace(person("alice"))

    @pytest.mark.parametrize(
        ("variables", "words"),
        [
            ({"on_error": "perhaps"}, "user_access_on_error"),
            ({"two_factor_method": "carrier-pigeon", "api_token": "t0p-s3cret-Kq"}, "user_access_two_factor_method"),
        ],
    )
    def test_it_refuses(self, play: Player, variables: dict[str, Any], words: str) -> None:
        run = play(OFFBOARD, "-vvv", report=False, usernames="alice", **variables)
        assert run.rc != 0
        assert run.requests == []
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
        assert run.results("alice") == {"check": "done", "totp": "done"}


class TestLeavers:
    """A table from another department, every night: the example's."""

    world: ClassVar = workspace(person("harry"), person("erin"), person("carol"))

    def test_those_whose_day_has_come(self, play: Player, server: Emulator) -> None:
        run = play(NIGHTLY, "-e", f"leavers_file={LIST}", "-e", "leavers_today=2026-03-15")
        assert run.rc == 0, run.output
        assert {name for name in ("harry", "erin", "carol") if not server.user(name)["active"]} == {"harry", "erin"}

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
