# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A workspace, a controller, and the project as a controller checks it out."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.awx.controller import Controller, running
from tests.awx.fetch_collection import fetch
from tests.awx.launch import BIN, Launcher
from tests.emulator.testing import REPO_ROOT, Emulator
from tests.integration.role.play import HELPDESK_ID, SEED, TOKEN

StartLauncher = Callable[..., Launcher]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of one class on one worker: they look at one run of a playbook."""
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False
    return LoadScopeScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: not re.search("::Test(Setup|TwoOrganizations)::", item.nodeid))


@pytest.fixture(scope="session")
def awx_collection() -> Path:
    """A collections path with awx.awx."""
    return fetch()


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as a controller checks it out."""
    root = tmp_path_factory.mktemp("checkout")
    subprocess.run([REPO_ROOT / ".ci" / "tree", root], check=True)
    return root / "ansible_collections" / "chatops" / "rocketchat"


@pytest.fixture(scope="session")
def collections(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a controller installs for the project, from collections/requirements.yml; nothing is fetched."""
    root = tmp_path_factory.mktemp("collections")
    done = subprocess.run(
        [
            *(BIN / "ansible-galaxy", "collection", "install"),
            *("-r", project / "collections" / "requirements.yml", "--collections-path", root),
        ],
        cwd=project,
        env={
            "PATH": f"{BIN}:/usr/bin:/bin",
            "HOME": str(tmp_path_factory.mktemp("home")),
            "LANG": "C.UTF-8",
            # Nobody answers there: what is fetched after all fails.
            "ANSIBLE_GALAXY_SERVER": "http://127.0.0.1:9",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.fixture(scope="class")
def server(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A server with the ``world`` of the class, gone with the class, also when its tests fail."""
    with Emulator("8.6", world=request.cls.world) as emulator:
        yield emulator


@pytest.fixture(scope="class")
def launcher(
    server: Emulator, project: Path, collections: Path, tmp_path_factory: pytest.TempPathFactory
) -> StartLauncher:
    """Makes what launches jobs, with changes to the credential. A value of None leaves the field out."""

    def start(**changes: Any) -> Launcher:
        credential = {
            "url": server.url,
            "user_id": HELPDESK_ID,
            "token": TOKEN,
            "totp_seed": SEED,
            **changes,
        }
        given = {key: value for key, value in credential.items() if value is not None}
        return Launcher(server, given, project, collections, tmp_path_factory.mktemp("jobs"))

    return start


@pytest.fixture(scope="class")
def launch(launcher: StartLauncher) -> Launcher:
    """Launches jobs with a token and a seed; all other fields of the credential are empty."""
    return launcher(username="", password="", second_factor_password="", ca_certificate="")


@pytest.fixture(scope="class")
def controller(project: Path) -> Iterator[Controller]:
    """A controller that is as good as new."""
    playbooks = [str(path.relative_to(project)) for path in (project / "playbooks").glob("*.yml")]
    with running(playbooks) as started:
        yield started
