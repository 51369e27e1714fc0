# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token of a new service account, put into a controller that remembers what it was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.awx.controller import TOKEN, Controller
from tests.awx.data import CREDENTIAL_TYPE
from tests.emulator.testing import Emulator
from tests.integration.role.administrator import NAME, Administrator
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
