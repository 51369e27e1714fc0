# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Those who are compared: each resets the same users on the same server, and says how long it took."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulator.cast import SVC_BYPASS_TOKEN, id_of
from tests.emulator.testing import REPO_ROOT, Emulator

HERE = Path(__file__).parent
COLLECTIONS = REPO_ROOT / "build" / "collections"
RESET = "rocketchat_user_totp_reset"
MODULE = f"chatops.rocketchat.{RESET}"
USER_ID = id_of("svc-helpdesk")
# Users of the workspace; whoever is reset is spread over all of it, so that no page of a list is better than another.
WORKSPACE = 10_000
_LIMIT = 900


@dataclass(frozen=True)
class Sample:
    """One run: seconds as seen from outside, within the program itself, and megabytes at most."""

    whole: float
    inside: float | None = None
    peak: float | None = None


def names(count: int) -> list[str]:
    """So many users of the workspace, spread evenly."""
    return [f"user{1 + position * WORKSPACE // count:05d}" for position in range(count)]


def in_turn(repeats: int, *makers: Callable[[], Sample]) -> list[list[Sample]]:
    """Run several, one after the other, and that several times; the samples of each."""
    rounds = [[make() for make in makers] for _nth in range(repeats)]
    return [list(samples) for samples in zip(*rounds, strict=True)]


@dataclass(frozen=True)
class Bench:
    """A server, and a directory for what the contenders are given."""

    server: Emulator
    home: Path

    def module(self, count: int, *, concurrency: int = 4, name: str = RESET, **options: str) -> Sample:
        """This collection's module in a process of its own, without Ansible around it."""
        measured = self.home / "measured.json"
        given = {**self._options(names(count)), "concurrency": concurrency, **options}
        arguments = self._file("arguments.json", {"ANSIBLE_MODULE_ARGS": given})
        output, whole = self._run([sys.executable, str(HERE / "inside.py"), name, str(arguments), str(measured)])
        result = json.loads(output)
        assert len(result["users"]) == count
        assert all(entry["outcome"] == "done" for entry in result["users"])
        return Sample(whole, **json.loads(measured.read_text(encoding="utf-8")))

    def plan(self, leavers: int) -> Sample:
        """The module that plans, for a list of everybody but a few, in a process of its own."""
        measured = self.home / "measured.json"
        people = [
            {"row": row, "keys": [f"{name}@example.test"]} for row, name in enumerate(names(WORKSPACE)[leavers:], 2)
        ]
        options = {"people": people, "plan_file": str(self.home / "plan.json")}
        connection = {key: value for key, value in self._options([]).items() if key != "usernames"}
        arguments = self._file(
            "arguments.json", {"ANSIBLE_MODULE_ARGS": {**connection, **options, "max_accounts": 100}}
        )
        script = [sys.executable, str(HERE / "inside.py"), "rocketchat_people_plan", str(arguments), str(measured)]
        output, whole = self._run(script)
        # The emulator's own cast is in the workspace as well.
        assert leavers <= len(json.loads(output)["plan"]["accounts"]) < 2 * leavers
        return Sample(whole, **json.loads(measured.read_text(encoding="utf-8")))

    def pages(self) -> Sample:
        """A script with ``requests`` that reads all accounts by the page, and does nothing with them."""
        script = [sys.executable, str(HERE / "pages.py"), self.server.url, USER_ID, SVC_BYPASS_TOKEN, str(WORKSPACE)]
        output, whole = self._run(script)
        return Sample(whole, **json.loads(output))

    def bare(self, count: int) -> Sample:
        """A script with ``requests``, and nothing but the two calls for each user."""
        file = self._file("names.json", names(count))
        script = [sys.executable, str(HERE / "bare.py"), self.server.url, USER_ID, SVC_BYPASS_TOKEN, str(file)]
        output, whole = self._run(script)
        return Sample(whole, **json.loads(output))

    def nothing(self) -> Sample:
        """A playbook that does nothing: what is to be taken off the next three."""
        return self._play([{"name": "Nothing", "ansible.builtin.meta": "noop"}])

    def task(self, count: int, **options: str) -> Sample:
        """One task with this collection's module for everybody."""
        return self._play([{"name": "Reset", MODULE: {**self._options(names(count)), **options}}])

    def task_loop(self, count: int) -> Sample:
        """A task that calls the module once for each user, as modules for one account are used."""
        options = {key: value for key, value in self._options([]).items() if key != "usernames"}
        return self._play([{"name": "Reset", MODULE: {**options, "username": "{{ item }}"}, "loop": names(count)}])

    def uri_loop(self, count: int) -> Sample:
        """Two tasks with ``ansible.builtin.uri``, each in a loop: look up, then reset."""
        headers = {"X-User-Id": USER_ID, "X-Auth-Token": SVC_BYPASS_TOKEN}
        address = f"{self.server.url}/api/v1"
        look_up = {"url": f"{address}/users.info?username={{{{ item }}}}", "headers": headers}
        reset = {
            "url": f"{address}/users.resetTOTP",
            "method": "POST",
            "body_format": "json",
            "body": {"userId": "{{ item.json.user._id }}"},
            "headers": headers,
        }
        return self._play(
            [
                {"name": "Look up", "ansible.builtin.uri": look_up, "loop": names(count), "register": "found"},
                {"name": "Reset", "ansible.builtin.uri": reset, "loop": "{{ found.results }}"},
            ]
        )

    def playbook(self, playbook: str, **variables: Any) -> Sample:
        """A whole playbook as it is, by its name or path."""
        host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        # JSON is YAML.
        inventory = self._file("inventory.yml", {"all": {"hosts": {"localhost": host}}})
        given = self._file("variables.json", variables)
        program = str(Path(sys.executable).parent / "ansible-playbook")
        return Sample(self._run([program, "-i", str(inventory), "-e", f"@{given}", playbook])[1])

    def _options(self, targets: Sequence[str]) -> dict[str, Any]:
        return {
            "api_url": self.server.url,
            "api_user_id": USER_ID,
            "api_token": SVC_BYPASS_TOKEN,
            "usernames": list(targets),
        }

    def _play(self, tasks: list[dict[str, Any]]) -> Sample:
        play = {"name": "Bench", "hosts": "localhost", "gather_facts": False, "tasks": tasks}
        return self.playbook(str(self._file("playbook.yml", [play])))

    def _empty_configuration(self) -> Path:
        file = self.home / "ansible.cfg"
        file.touch()
        return file

    def _file(self, name: str, content: Any) -> Path:
        file = self.home / name
        file.write_text(json.dumps(content), encoding="utf-8")
        return file

    def _run(self, command: list[str]) -> tuple[str, float]:
        """Run a program in an environment of its own and return what it wrote and how long it took."""
        self.server.control("requests", method="DELETE")
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(COLLECTIONS),
            "ANSIBLE_CONFIG": str(self._empty_configuration()),
            "ANSIBLE_HOME": str(self.home / "ansible"),
            "ANSIBLE_LOCAL_TEMP": str(self.home / "tmp"),
            "ANSIBLE_REMOTE_TMP": str(self.home / "tmp"),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            # The faster way for all of them.
            "ANSIBLE_PIPELINING": "1",
        }
        start = time.perf_counter()
        done = subprocess.run(
            command,
            cwd=self.home,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
        )
        whole = time.perf_counter() - start
        assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr}"
        return done.stdout, whole


@contextmanager
def bench(latency: int = 0, users: int = WORKSPACE) -> Iterator[Bench]:
    """A server with so much latency, in a process of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as home,
        Emulator("8.6", "--users", str(users), "--latency-ms", str(latency)) as server,
    ):
        yield Bench(server, Path(home))
