# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers and playbooks for the integration tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.testing import Emulator
from tests.integration.runner import Ansible

# One of them where the same tests run several times over, on other versions of everything else.
DIALECTS = tuple(os.environ.get("DIALECTS", "6.5 8.6").split())
_NEWEST = "8.6"
# Of profiles and rooms 7.7 makes and shows something else than both.
WITH_7_7 = (*DIALECTS, "7.7") if _NEWEST in DIALECTS else DIALECTS
# Where the newest server is left out, what is tested with it alone is so too, but for what Ansible takes part in.
_ABOUT_ANSIBLE = ("role", "test_async.py", "test_environment.py", "test_input.py", "test_targets.py")

StartEmulator = Callable[..., Emulator]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of one class on one worker: they look at one run of a playbook."""
    from xdist.scheduler import LoadScopeScheduling

    return LoadScopeScheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what another run tests with the newest server."""
    if _NEWEST in DIALECTS:
        return
    here = Path(__file__).parent

    def stays(item: pytest.Item) -> bool:
        about_ansible = item.path.is_relative_to(here) and item.path.relative_to(here).parts[0] in _ABOUT_ANSIBLE
        return about_ansible or "modern" not in getattr(item, "fixturenames", ())

    config.hook.pytest_deselected(items=[item for item in items if not stays(item)])
    items[:] = [item for item in items if stays(item)]


@pytest.fixture(scope="class")
def ansible(tmp_path_factory: pytest.TempPathFactory, collections: Path) -> Ansible:
    """Runs playbooks."""
    return Ansible(tmp_path_factory.mktemp("ansible"), collections)


@pytest.fixture(scope="class")
def emulators() -> Iterator[StartEmulator]:
    """Starts servers that are gone with the class, also when its tests fail."""
    with ExitStack() as stack:

        def start(speak: str = "8.6", *options: str, **more: Any) -> Emulator:
            return stack.enter_context(Emulator(speak, "--users", "40", *options, **more))

        yield start


@pytest.fixture(scope="class", params=DIALECTS)
def server(request: pytest.FixtureRequest, emulators: StartEmulator) -> Emulator:
    """A server of each dialect."""
    return emulators(request.param)


@pytest.fixture(scope="class")
def modern(emulators: StartEmulator) -> Emulator:
    """One server, for what does not depend on the dialect."""
    return emulators(_NEWEST)
