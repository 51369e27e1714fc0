# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Workspaces, the service account in each, and the report."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.live.client import Refused
from tests.live.jobs import Jobs
from tests.live.report import Report, write_report
from tests.live.service import Service
from tests.live.target import Target, UsageError, targets
from tests.live.workspace import Workspace, note_directory

_LAST = "taken_back"
_report = Report()


def pytest_configure(config: pytest.Config) -> None:
    """Let a plea to end be what an interruption is: everything that was made goes first."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # What a shell starts in the background does not hear an interrupt by itself.
        signal.signal(number, signal.default_int_handler)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every scenario in each workspace."""
    if "target" in metafunc.fixturenames:
        try:
            found = targets()
        except UsageError as error:
            raise pytest.UsageError(str(error)) from error
        metafunc.parametrize("target", found, ids=lambda target: target.name, scope="session", indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Finish one workspace before the next, and take its service account back when nobody needs it any more."""
    order: dict[str, int] = {}

    def place(item: pytest.Item) -> tuple[int, bool]:
        target = getattr(item, "callspec", None) and item.callspec.params.get("target")  # type: ignore[attr-defined]
        return order.setdefault(target.name if target else "", len(order)), _LAST in item.name

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Note what became of each scenario."""
    found = yield
    _report.note(item, found)
    return found


def pytest_sessionfinish() -> None:
    """Leave the report, also of a run that was interrupted."""
    if _report.rows:
        write_report(_report, note_directory())


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Target:
    """Which workspace."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def workspace(target: Target) -> Iterator[Workspace]:
    """The workspace, with everything removed in the end, whatever happens."""
    with target.running() as url:
        try:
            workspace = Workspace(target, url)
            workspace.open(
                any_size=os.environ.get("LIVE_ANY_SIZE") == "1",
                mail_domain=os.environ.get("LIVE_MAIL_DOMAIN", "example.test"),
            )
        except UsageError as error:
            pytest.exit(str(error), returncode=2)
        except Refused as error:
            pytest.exit(f"Nothing was done: the administrator cannot prepare {url} ({error}).", returncode=2)
        except requests.RequestException as error:
            pytest.exit(f"Nothing was done: {url} does not answer ({type(error).__name__}).", returncode=2)
        try:
            yield workspace
        finally:
            workspace.close()


@pytest.fixture(scope="session")
def service(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory, collections: Path) -> Service:
    """The service account, made by the set-up."""
    root = tmp_path_factory.mktemp("live")
    service = Service(
        workspace,
        Jobs(root, collections),
        workspace.person("auditor"),
        root / "rocketchat.env",
        workspace.why_no_roles(),
    )
    service.set_up()
    return service
