# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three workspaces behind the example inventory, which is used as it stands."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator.testing import REPO_ROOT, Emulator
from tests.integration.role.play import HELPDESK, person, workspace
from tests.module_cache.sharing import shared_configuration
from tests.playbook_process import run_playbook

EXAMPLE = REPO_ROOT / "examples" / "workspaces"
HOSTS: tuple[str, ...] = tuple(
    yaml.safe_load((EXAMPLE / "inventory.yml").read_text(encoding="utf-8"))["rocketchat"]["hosts"]
)


def token_of(host: str) -> str:
    """Each workspace has a token of its own, and no other takes it."""
    return f"token-of-{host}-Wq7Lk2vB4nXc"


def world_of(host: str) -> dict[str, Any]:
    """Alice is another person in each workspace; Nora is in the first one alone."""
    people = [person("alice", name=f"Alice of {host}"), person("bystander")]
    world = workspace(*people, *([person("nora")] if host == HOSTS[0] else []))
    (service,) = [user for user in world["users"] if user["username"] == HELPDESK]
    service["_id"] = f"svcHelpdesk{host.title()}"
    # Only who may have such tokens may see that one of them skips the second factor.
    service["roles"] = ["user", "helpdesk"]
    service["tokens"] = [{"kind": "pat", "name": "ansible", "token": token_of(host), "bypassTwoFactor": True}]
    return world


class Workspaces:
    """A server for each host of the inventory, on ports that are known before they start."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._ports = {host: _free_port() for host in HOSTS}
        self._servers: dict[str, Emulator] = {}

    def __getitem__(self, host: str) -> Emulator:
        return self._servers[host]

    def url(self, host: str) -> str:
        """Where the workspace of a host is, or will be."""
        return f"http://{self.address(host)}"

    def address(self, host: str) -> str:
        """The same without the scheme, as failures name it."""
        return f"127.0.0.1:{self._ports[host]}"

    def start(self, *hosts: str) -> None:
        """Start the servers of these hosts."""
        for host in hosts:
            server = Emulator("8.6", "--port", str(self._ports[host]), world=world_of(host))
            self._servers[host] = self._stack.enter_context(server)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Run:
    """What one run over all workspaces left."""

    rc: int
    output: str
    reports: list[Path]

    @property
    def recap(self) -> dict[str, dict[str, int]]:
        """The counts of each host in the recap."""
        lines = self.output.partition("PLAY RECAP")[2].splitlines()
        found = [re.match(r"(\S+)\s+: (ok=.*)", line) for line in lines]
        return {
            match[1]: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", match[2])}
            for match in found
            if match
        }

    @property
    def failed(self) -> set[str]:
        """The hosts that the recap calls failed."""
        return {host for host, counts in self.recap.items() if counts["failed"] or counts["unreachable"]}

    @property
    def records(self) -> dict[str, list[dict[str, Any]]]:
        """The records of each report, by the name of its file."""
        files = [file for file in self.reports if file.suffix == ".jsonl"]
        return {
            file.name: [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] for file in files
        }


class Player:
    """Runs playbooks over the example inventory; only the addresses are replaced."""

    def __init__(self, root: Path, collections: Path, workspaces: Workspaces) -> None:
        self._root = root
        self._collections = collections
        self._workspaces = workspaces
        self._runs = 0

    def __call__(
        self,
        playbook: str,
        *more_hosts: str,
        environment: Mapping[str, str] | None = None,
        **variables: Any,
    ) -> Run:
        """Run a playbook on every workspace of the inventory, and on more hosts of which nothing is known."""
        self._runs += 1
        home = self._root / f"run{self._runs}"
        home.mkdir()
        hosts: dict[str, dict[str, str]] = {
            **{host: {"user_access_api_url": self._workspaces.url(host)} for host in HOSTS},
            **{host: {} for host in more_hosts},
        }
        (home / "addresses.yml").write_text(yaml.safe_dump({"rocketchat": {"hosts": hosts}}), encoding="utf-8")
        reports = home / "evidence"
        given = {"rocketchat_hosts": "rocketchat", "user_access_report_dir": str(reports), "user_access_retries": 0}
        done = run_playbook(
            [
                *("-i", str(EXAMPLE / "inventory.yml"), "-i", "addresses.yml"),
                playbook,
                *("-e", json.dumps({**given, **variables})),
            ],
            home,
            {**self._environment(home), **(environment or {})},
        )
        return Run(done.returncode, done.stdout + done.stderr, sorted(reports.iterdir()) if reports.exists() else [])

    def _environment(self, home: Path) -> dict[str, str]:
        return {
            **shared_configuration(),
            "HOME": str(home),
            "ANSIBLE_COLLECTIONS_PATH": str(self._collections),
            **{f"CHAT_TOKEN_{host.upper()}": token_of(host) for host in HOSTS},
        }


@pytest.fixture(scope="class")
def workspaces() -> Iterator[Workspaces]:
    """Workspaces that are gone with the class, also when its tests fail."""
    with ExitStack() as stack:
        yield Workspaces(stack)


@pytest.fixture(scope="class")
def play(tmp_path_factory: pytest.TempPathFactory, collections: Path, workspaces: Workspaces) -> Player:
    """Runs playbooks over all workspaces."""
    return Player(tmp_path_factory.mktemp("play"), collections, workspaces)
