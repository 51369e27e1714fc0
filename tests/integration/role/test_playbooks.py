# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor, and the role's interface."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from tests.emulator.testing import Emulator
from tests.integration.role.play import DOCTOR, OFFBOARD, RECOVER, SEED, TOKEN, Player, person, workspace


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
    """What the modules refuse of the role's variables, without telling secrets."""

    world: ClassVar = workspace(person("alice"), person("anna.helpdesk"))

    @pytest.mark.parametrize(
        ("variable", "value"), [("on_error", "perhaps"), ("two_factor_method", "carrier-pigeon"), ("force", "perhaps")]
    )
    def test_it_refuses(self, play: Player, variable: str, value: str) -> None:
        gate = {"X-Gate": "g4te-s3cret-Kq"}
        run = play(
            OFFBOARD,
            "-vvv",
            report=False,
            usernames="alice",
            api_token="t0p-s3cret-Kq",
            http_headers=gate,
            **{variable: value},
        )
        assert run.rc != 0
        assert run.requests == []
        assert variable in run.failure
        assert value in run.failure
        assert "s3cret-Kq" not in run.output

    def test_nothing_is_handed_on_of_what_never_began(self, play: Player) -> None:
        """One sentence says what is missing, and nothing else fails after it."""
        run = play(RECOVER, report=False, usernames="alice", environment={"ROCKETCHAT_URL": ""})
        assert run.failure == "user_access_api_url is missing. Set it, or the environment variable ROCKETCHAT_URL."
        assert "failed=1 " in run.stdout

    def test_a_secret_that_is_a_word_would_spoil_the_evidence(self, play: Player, server: Emulator) -> None:
        """Ansible hides it wherever it stands, in names too."""
        word = "helpdesk"
        server.control("users", {"username": "svc-pw", "password": word, "roles": ["helpdesk"], "email2fa": False})
        login = {"USERNAME": "svc-pw", "PASSWORD": word, "USER_ID": "", "TOKEN": "", "2FA_SECRET": ""}
        environment = {f"ROCKETCHAT_{name}": value for name, value in login.items()}
        run = play(OFFBOARD, usernames="anna.helpdesk", environment=environment)
        assert run.rc != 0
        assert set(run.writes) == {"login", "logout"}
        assert "user_access_api_password stands in" in run.failure
        assert word not in run.failure
        assert server.user("anna.helpdesk")["active"] is True
        # It is of no account whether somebody else has such a name.
        assert play(OFFBOARD, "--check", usernames="alice", environment=environment).rc == 0

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
