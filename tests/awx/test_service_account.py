# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token of a new service account, put into a controller that remembers what it was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.awx.controller import PLATFORM, TOKEN, Controller
from tests.awx.data import CREDENTIAL_TYPE, SETUP_VARIABLES
from tests.awx.injection import inject
from tests.awx.launch import Launcher
from tests.emulator.testing import Emulator
from tests.integration.role.administrator import ADDRESS, NAME, Administrator
from tests.integration.service_accounts import workspace, written

CREDENTIAL = "Rocket.Chat - service account"


@pytest.fixture
def server() -> Iterator[Emulator]:
    """A workspace where nothing is set up."""
    with workspace("8.6") as server:
        yield server


@pytest.fixture
def play(server: Emulator, tmp_path: Path, collections: Path, awx_collection: Path) -> Administrator:
    """Runs the set-up with both collections."""
    return Administrator(server, tmp_path, Path(f"{collections}:{awx_collection}"))


class TestInAwx:
    """The controller is the only place that the token goes to."""

    def test_kept_and_left_alone(self, server: Emulator, play: Administrator, controller: Controller) -> None:
        """The credential has address and token; a second run finds it there, and changes nothing."""
        environment = {"CONTROLLER_HOST": controller.url, "CONTROLLER_OAUTH_TOKEN": TOKEN}
        done = play.setup("-vvv", environment=environment, awx_credential=CREDENTIAL)
        assert done.rc == 0, done.output
        credential = controller.get("credentials", CREDENTIAL)
        assert credential["credential_type"] == CREDENTIAL_TYPE["name"]
        assert credential["inputs"]["url"] == server.url
        assert credential["inputs"]["user_id"] == server.user(NAME)["_id"]
        assert controller.secrets(CREDENTIAL)["token"] in server.tokens(NAME)
        assert [token for token in server.tokens(NAME) if token in done.output] == []
        written(server)
        since = len(controller.requests)
        again = play.setup(environment=environment, awx_credential=CREDENTIAL)
        assert (again.rc, again.changed, written(server), controller.writes(since)) == (0, 0, [], [])

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            (
                {"CONTROLLER_OAUTH_TOKEN": ""},
                "variable CONTROLLER_OAUTH_TOKEN, a token for it, is missing.",
            ),
            ({"CONTROLLER_OAUTH_TOKEN": "revoked-Xy"}, "does not accept the token in CONTROLLER_OAUTH_TOKEN"),
            ({"CONTROLLER_HOST": "http://127.0.0.1:9"}, "http://127.0.0.1:9 does not answer as a controller does"),
        ],
    )
    def test_a_controller_that_takes_nothing(
        self, server: Emulator, play: Administrator, controller: Controller, given: dict[str, str], words: str
    ) -> None:
        """Before anything is made, for the token is told only once."""
        environment = {"CONTROLLER_HOST": controller.url, "CONTROLLER_OAUTH_TOKEN": TOKEN, **given}
        run = play.setup(environment=environment, awx_credential=CREDENTIAL)
        assert run.rc != 0
        assert words in run.output
        assert written(server) == []

    def test_by_a_job(
        self,
        server: Emulator,
        tmp_path: Path,
        project: Path,
        collections: Path,
        awx_collection: Path,
        controller: Controller,
    ) -> None:
        """The administrator's credential makes it, nothing is asked for, and no secret stays with the job."""
        installed = tmp_path / "installed"
        (installed / "ansible_collections").mkdir(parents=True)
        for root, name in ((collections, "chatops"), (awx_collection, "awx")):
            (installed / "ansible_collections" / name).symlink_to(root / "ansible_collections" / name)
        administrator = {"url": server.url, "username": "boss", "password": "boss-pw-1"}
        launch = Launcher(server, administrator, project, installed, tmp_path / "jobs")
        own = {"host": controller.url, "oauth_token": TOKEN, "verify_ssl": True}
        given = {
            "extra_vars": {**SETUP_VARIABLES, "setup_awx_credential": "by a job"},
            "environment": inject(PLATFORM, own, tmp_path),
            "email": ADDRESS,
        }
        rehearsed = launch("setup", check=True, **given)
        assert rehearsed.rc == 0, rehearsed.stdout
        assert written(server) == []
        job = launch("setup", verbosity=3, **given)
        assert job.rc == 0, job.stdout
        assert controller.secrets("by a job")["token"] in server.tokens(NAME)
        secrets = [*server.tokens(NAME), TOKEN, administrator["password"]]
        assert [secret for secret in secrets if secret in job.everything] == []
        assert "codes by e-mail ended" in job.stdout
