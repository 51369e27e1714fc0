# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is ended from outside leaves nothing, or what the next run removes. Each has an emulator of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.emulator.testing import REPO_ROOT, Emulator
from tests.live.client import Account
from tests.live.shared_role import ROLE
from tests.live.target import Target, UsageError
from tests.live.workspace import MOST_PEOPLE, Workspace

BOSS = Account(username="boss", password="boss-pw-1")
HELD = {"view-l-room", "view-livechat-manager"}


@pytest.fixture
def server() -> Iterator[Emulator]:
    """A workspace without a licence."""
    people = [{"username": "boss", "roles": ["user", "admin"], "email2fa": False}, {"username": "bystander"}]
    with Emulator("8.6", world={"users": people}) as server:
        yield server


def _interrupt(server: Emulator, endpoint: str, number: signal.Signals) -> int:
    """Start a run, end it in the middle of a request; the exit status."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIVE")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.live", "-k", "test_sessions"],
        cwd=REPO_ROOT,
        env={**kept, "LIVE_URL": server.url, "LIVE_USERNAME": BOSS.username, "LIVE_PASSWORD": BOSS.password},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        server.wait_for(endpoint)
        process.send_signal(number)
        return process.wait(timeout=60)
    finally:
        process.kill()
        process.wait()


def _left(server: Emulator) -> list[str]:
    """What bears the name of a run, whatever it is."""
    rooms = server.control("rooms")
    names = list(server.state()["users"])
    names += [room["fname"] for room in rooms["rooms"]] + [team["name"] for team in rooms["teams"]]
    return [name for name in (*names, *server.integrations()) if name.startswith("rclive-")]


def _busy(server: Emulator) -> list[str]:
    """The processes that still have the address of the server, by their ids."""
    url, found = f"ROCKETCHAT_URL={server.url}".encode(), []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if url in environment.read_bytes():
                found.append(environment.parent.name)
    return found


def _held(server: Emulator) -> set[str]:
    return {permission for permission, roles in server.control("permissions").items() if ROLE in roles}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_in_the_middle_of_the_set_up(server: Emulator, number: signal.Signals) -> None:
    """Nothing is left, and the built-in role is as it was."""
    assert _interrupt(server, "permissions.update", number) == 2
    assert _busy(server) == []
    assert _left(server) == []
    assert _held(server) == HELD


def test_killed(server: Emulator) -> None:
    """The next run removes it, and nothing else."""
    _interrupt(server, "users.create", signal.SIGKILL)
    assert _left(server) != []
    workspace = Workspace(Target(server.url, BOSS), server.url)
    workspace.open(any_size=False, mail_domain="example.test")
    assert _left(server) == []
    workspace.close()
    assert set(server.state()["users"]) == {"boss", "bystander"}


def test_too_many_people() -> None:
    """A workspace that people live in is left alone."""
    with Emulator("8.6", "--users", str(MOST_PEOPLE)) as server:
        admin = Target(server.url, Account(username="rcadmin", password="adminpw-1"))
        with pytest.raises(UsageError, match=r"^Nothing was done: .* accounts"):
            Workspace(admin, server.url).open(any_size=False, mail_domain="example.test")
        assert {entry["method"] for entry in server.requests() if not entry["path"].endswith("login")} == {"GET"}
