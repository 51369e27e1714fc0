# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that sets everything up, from nothing to the first recovery by the account that it made."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.emulator.testing import Emulator
from tests.integration.conftest import WITH_7_7
from tests.integration.role.administrator import NAME, Administrator, kept
from tests.integration.role.play import DOCTOR, RECOVER
from tests.integration.service_accounts import LEDGER, SHARED, role_of, roles, workspace, written

VAULT_PASSWORD = "Pa55word-of-the-vault"
TRIED = ("chat.sendMessage", "users.resetTOTP", "users.logout")


def opened(file: Path, password: Path) -> dict[str, str]:
    """The variables of a vault."""
    vault = str(Path(sys.executable).parent / "ansible-vault")
    done = subprocess.run(
        [vault, "decrypt", "--output=-", "--vault-password-file", str(password), str(file)],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(yaml.safe_load(done.stdout))


@pytest.fixture
def password(tmp_path: Path) -> Path:
    """A file with the password of a vault."""
    file = tmp_path / "vault-password"
    file.write_text(f"{VAULT_PASSWORD}\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("enterprise", [True, False], ids=["enterprise", "community"])
@pytest.mark.parametrize("speak", WITH_7_7)
class TestFromNothing:
    """Each version, with and without roles of one's own."""

    @pytest.fixture
    def server(self, speak: str, enterprise: bool) -> Iterator[Emulator]:
        """A workspace where nothing is set up."""
        with workspace(speak, enterprise=enterprise) as server:
            yield server

    @pytest.fixture
    def play(self, server: Emulator, tmp_path: Path, collections: Path) -> Administrator:
        """Runs playbooks against it."""
        return Administrator(server, tmp_path, collections)

    def test_to_the_first_recovery(
        self, server: Emulator, play: Administrator, enterprise: bool, tmp_path: Path, password: Path
    ) -> None:
        """Check mode, the run, the run again, a recovery by the new account, and everything taken back."""
        env, vault = tmp_path / "rocketchat.env", tmp_path / "rocketchat.yml"
        given = {
            "env_file": str(env),
            "vault_file": str(vault),
            "vault_id": f"chat@{password}",
            "auditors": "ann",
            **({} if enterprise else {"shared_role": SHARED}),
        }
        before = server.control("permissions")

        rehearsed = play.setup("--check", **given)
        assert rehearsed.rc == 0, rehearsed.output
        assert written(server) == []
        assert not env.exists()
        assert f"account {NAME}: made" in rehearsed.message("Tell what was made")

        done = play.setup("-vvv", **given)
        assert done.rc == 0, done.output
        environment = kept(env)
        assert (env.stat().st_mode & 0o777, vault.stat().st_mode & 0o777) == (0o600, 0o600)
        assert vault.read_text(encoding="utf-8").startswith("$ANSIBLE_VAULT;1.2;AES256;chat\n")
        assert opened(vault, password) == {
            "user_access_api_url": server.url,
            "user_access_api_user_id": environment["ROCKETCHAT_USER_ID"],
            "user_access_api_token": environment["ROCKETCHAT_TOKEN"],
            "user_access_two_factor_password": environment["ROCKETCHAT_2FA_PASSWORD"],
        }
        secrets = (
            environment["ROCKETCHAT_TOKEN"],
            environment["ROCKETCHAT_2FA_PASSWORD"],
            VAULT_PASSWORD,
            "boss-pw-1",
        )
        assert [secret for secret in secrets if secret in done.output] == []
        assert f"{NAME} may reset TOTP." in done.output
        assert server.user(NAME)["roles"] == ["user", roles(server)[role_of(enterprise=enterprise)]]

        written(server)
        again = play.setup(**given)
        assert (again.rc, again.changed, written(server)) == (0, 0, [])

        recovered = play.as_service(RECOVER, environment, usernames="alice", ticket="INC-1")
        assert recovered.rc == 0, recovered.output
        assert server.user("alice")["totp"] is None
        assert set(written(server)) == set(TRIED)
        assert len(server.messages(LEDGER)) >= 2

        from_vault = ("-e", f"@{vault}", "--vault-id", f"chat@{password}")
        assert play.as_service(DOCTOR, {}, *from_vault).rc == 0

        ended = play.setup(**given, state="absent")
        assert ended.rc == 0, ended.output
        assert server.control("permissions") == before
        assert play.as_service(DOCTOR, environment).rc != 0

    def test_without_a_role(self, server: Emulator, play: Administrator, enterprise: bool, tmp_path: Path) -> None:
        """Where none can be made, nothing is, until one is named."""
        done = play.setup(env_file=str(tmp_path / "rocketchat.env"))
        assert (done.rc == 0) is enterprise
        assert (NAME in server.state()["users"]) is enterprise
        assert ("livechat-agent (held by nobody)" in done.output) is not enterprise


class TestPlaces:
    """Where the token goes, and what comes of a place that does not take it."""

    @pytest.fixture
    def server(self) -> Iterator[Emulator]:
        """A workspace where nothing is set up."""
        with workspace("8.6") as server:
            yield server

    @pytest.fixture
    def play(self, server: Emulator, tmp_path: Path, collections: Path) -> Administrator:
        """Runs playbooks against it."""
        return Administrator(server, tmp_path, collections)

    def test_where_the_command_is_typed(self, play: Administrator, tmp_path: Path) -> None:
        """Without any place, a file there."""
        done = play.setup()
        [file] = tmp_path.rglob("rocketchat.env")
        assert kept(file)["ROCKETCHAT_TOKEN"]
        assert done.message("Tell what comes next")[1] == f"set -a; . {file}; set +a"

    def test_other_lines_stay(self, play: Administrator, tmp_path: Path, password: Path) -> None:
        """Of an env file and of a vault; the label of a vault without one is that of all."""
        env, vault = tmp_path / "env", tmp_path / "vault.yml"
        env.write_text("OTHER=1\n", encoding="utf-8")
        play.setup(env_file=str(env), vault_file=str(vault), vault_password_file=str(password))
        renewed = play.setup(env_file=str(env), vault_file=str(vault), vault_password_file=str(password), token="renew")
        assert renewed.rc == 0, renewed.output
        assert kept(env)["OTHER"] == "1"
        assert kept(env)["ROCKETCHAT_TOKEN"] == opened(vault, password)["user_access_api_token"]
        assert play.as_service(DOCTOR, kept(env)).rc == 0

    def test_lost(self, server: Emulator, play: Administrator, tmp_path: Path) -> None:
        """A finished account whose token nobody has: said, with the way out, and nothing ended."""
        first = tmp_path / "first.env"
        play.setup(env_file=str(first))
        written(server)
        lost = play.setup(env_file=str(tmp_path / "second.env"))
        assert lost.rc != 0
        assert "setup_token=renew" in lost.output
        assert written(server) == []
        assert play.as_service(DOCTOR, kept(first)).rc == 0

    @pytest.mark.parametrize("variables", [{"username": "svc-second"}, {}], ids=["account", "workspace"])
    def test_of_somebody_else(
        self, server: Emulator, play: Administrator, tmp_path: Path, variables: dict[str, str]
    ) -> None:
        """What is there is neither tried nor overwritten: it is shown only once."""
        env = tmp_path / "first.env"
        play.setup(env_file=str(env))
        if not variables:
            env.write_text(env.read_text(encoding="utf-8").replace(server.url, "https://chat.example.com"))
        before = env.read_text(encoding="utf-8")
        written(server)
        refused = play.setup(env_file=str(env), **variables)
        assert refused.rc != 0
        assert "holds the token of another account" in refused.output
        assert (env.read_text(encoding="utf-8"), written(server)) == (before, [])

    @pytest.mark.parametrize(
        "variables",
        [{"jobs": "end_sessions"}, {"shared_role": SHARED, "shared_role_accepted": "true"}],
        ids=["without TOTP", "shared"],
    )
    def test_what_was_asked_for_is_no_failure(
        self, server: Emulator, play: Administrator, variables: dict[str, str]
    ) -> None:
        """The doctor advises against it, and the next command is told all the same."""
        server.change_user("alice", roles=["user", SHARED])
        done = play.setup(**variables)
        assert done.rc == 0, done.output
        assert "PROBLEM" in str(done.message("Tell what was found"))
        assert done.message("Tell what comes next")[0].startswith("Next")

    @pytest.mark.parametrize(
        ("variables", "words"),
        [
            ({"env_file": "/proc/nowhere/rocketchat.env"}, "nobody may write there"),
            # Who is root may write anywhere, by the look of it.
            ({"env_file": "/proc/rocketchat.env"}, "nobody may write there"),
            ({"vault_file": "vault.yml"}, "setup_vault_password_file"),
            ({"vault_file": "vault.yml", "vault_id": "chat@prompt"}, "label@file"),
            ({"vault_file": "vault.yml", "vault_id": "chat@nowhere"}, "ansible-vault says"),
            ({"vaultfile": "vault.yml"}, "there is no variable setup_vaultfile"),
            ({"admin_method": "sms"}, "has to be totp, email or password"),
            ({"permissions": "access-permissions"}, "never given"),
            ({"email": ""}, "email is missing"),
        ],
        ids=lambda value: str(value) if isinstance(value, str) else "",
    )
    def test_refused(self, server: Emulator, play: Administrator, variables: dict[str, str], words: str) -> None:
        """Before anything is made, since what is made is told only once."""
        refused = play.setup(**variables)
        assert refused.rc != 0
        assert words in refused.output
        assert written(server) == []

    def test_a_vault_of_somebody_else(
        self, server: Emulator, play: Administrator, tmp_path: Path, password: Path
    ) -> None:
        """One that does not open is left as it is."""
        vault = tmp_path / "vault.yml"
        vault.write_text("user_access_api_url: https://chat.example.com\n", encoding="utf-8")
        refused = play.setup(vault_file=str(vault), vault_password_file=str(password))
        assert refused.rc != 0
        assert "ansible-vault says" in refused.output
        assert written(server) == []
        assert vault.read_text(encoding="utf-8").startswith("user_access_api_url")
