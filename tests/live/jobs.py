# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the collection as an administrator does: its playbooks, and its modules in a playbook of one task."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.module_cache.sharing import shared_modules

_COLLECTION = "chatops.rocketchat"
_SECRETS = ("ROCKETCHAT_TOKEN", "ROCKETCHAT_PASSWORD", "ROCKETCHAT_2FA_SECRET", "ROCKETCHAT_2FA_PASSWORD")
# A real server may make a run wait for a minute, more than once.
_LONGEST = 900


@dataclass(frozen=True)
class Outcome:
    """How a run of ansible-playbook ended."""

    rc: int
    output: str

    @property
    def changed(self) -> int:
        """The number of changed tasks in the recap."""
        found = re.search(r"changed=(\d+)", self.output)
        assert found, self.output
        return int(found[1])


def _end(process: subprocess.Popen[str]) -> None:
    """Kill a run with all that it started; newer versions of Ansible put each worker into a session of its own."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = [(int(pid), int(parent)) for pid, parent in (line.split() for line in listed.splitlines())]
    family = [process.pid]
    for member in family:
        family += [pid for pid, parent in parents if parent == member]
    for member in family:
        with suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)
    process.wait()


class Jobs:
    """Runs jobs on one workspace, with credentials from the environment alone."""

    def __init__(self, root: Path, collections: Path) -> None:
        self._root = root
        self._collections = collections
        self._runs = 0

    def playbook(self, name: str, environment: Mapping[str, str], **variables: Any) -> Outcome:
        """Run a playbook of the collection; it must not fail."""
        done = self._run([f"{_COLLECTION}.{name}", "-e", json.dumps(variables)], self._home(), environment)
        assert done.rc == 0, done.output
        return done

    def module(
        self, name: str, environment: Mapping[str, str], *, check: bool = False, **options: Any
    ) -> dict[str, Any]:
        """Run one task with a module, which must not fail; returns its result."""
        home = self._home()
        file = home / "result.json"
        write = {"dest": str(file), "content": "{{ result | to_json }}", "mode": "0600"}
        tasks = [
            {"name": "Do it", f"{_COLLECTION}.{name}": options, "register": "result", "check_mode": check},
            {"name": "Tell", "ansible.builtin.copy": write, "no_log": True},
        ]
        play = {"name": "Live suite", "hosts": "localhost", "gather_facts": False, "tasks": tasks}
        (home / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
        done = self._run(["play.yml"], home, environment)
        assert done.rc == 0, done.output
        return dict(json.loads(file.read_text(encoding="utf-8")))

    def _home(self) -> Path:
        self._runs += 1
        home = self._root / f"run{self._runs}"
        home.mkdir()
        (home / "ansible.cfg").touch()
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        inventory = {"all": {"hosts": {"localhost": local}}}
        (home / "inventory.yml").write_text(json.dumps(inventory), encoding="utf-8")
        return home

    def _run(self, arguments: list[str], home: Path, environment: Mapping[str, str]) -> Outcome:
        playbook = str(Path(sys.executable).parent / "ansible-playbook")
        process = subprocess.Popen(
            [playbook, "-i", "inventory.yml", *arguments],
            cwd=home,
            env={**self._environment(home), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # An interruption is for this process first, which ends the others before it removes what they made.
            start_new_session=True,
        )
        try:
            output, _none = process.communicate(timeout=_LONGEST)
        except BaseException:
            _end(process)
            raise
        shown = [name for name in _SECRETS if environment.get(name) and environment[name] in output]
        assert not shown, f"The output shows what {', '.join(shown)} holds."
        return Outcome(process.returncode, output)

    def _environment(self, home: Path) -> dict[str, str]:
        """Nothing of the caller's."""
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "ANSIBLE_CONFIG": str(home / "ansible.cfg"),
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_LOCAL_TEMP": str(home / "tmp"),
            "ANSIBLE_REMOTE_TMP": str(home / "tmp"),
            "ANSIBLE_COLLECTIONS_PATH": str(self._collections),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PIPELINING": "1",
            **shared_modules(),
        }
