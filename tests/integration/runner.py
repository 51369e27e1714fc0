# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs real playbooks with ansible-playbook, in an environment made from scratch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible.release import __version__

from tests.emulator.cast import SVC_BYPASS_TOKEN, id_of
from tests.emulator.testing import Emulator
from tests.module_cache.sharing import shared_configuration
from tests.playbook_process import run_playbook

MODULE = "chatops.rocketchat.rocketchat_user_totp_reset"
RESET = "/api/v1/users.resetTOTP"
HELPDESK = "svc-helpdesk"
# An option that is written, with nothing in it; one of None is left out.
NULL: Any = object()
# The ansible-core that runs the playbooks.
CORE = tuple(int(part) for part in __version__.split(".")[:2])
HERE = "{{ ansible_playbook_python }}"


@dataclass(frozen=True)
class Task:
    """One task with a module; ``check`` and ``diff`` are the keywords of the task. An option of None is left out.

    ``background``: run it with ``async``, and look each second whether it is over.
    """

    options: Mapping[str, Any]
    check: bool = False
    diff: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    python: str = HERE
    module: str = MODULE
    background: bool = False


@dataclass(frozen=True)
class Run:
    """What a run of ansible-playbook left behind; ``results`` by the name of the task, failed ones whole too."""

    rc: int
    stdout: str
    stderr: str
    log: str
    results: dict[str, dict[str, Any]]
    result_text: str

    @property
    def everything(self) -> str:
        """All text that a person or a log collector could get to see."""
        return "\n".join((self.stdout, self.stderr, self.log, self.result_text))


class Ansible:
    """Writes a playbook of tasks and runs it."""

    def __init__(self, root: Path, collections: Path) -> None:
        self._root = root
        self._collections = collections
        self._log = Path(shared_configuration()["ANSIBLE_HOME"]).with_name("ansible.log")
        self._runs = 0

    def __call__(
        self,
        tasks: Mapping[str, Task],
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        module_defaults: Mapping[str, Any] | None = None,
    ) -> Run:
        """Run the tasks one after another, each whatever became of those before it."""
        self._runs += 1
        home = self._root / f"run{self._runs}"
        home.mkdir()
        results = home / "results.json"
        play: dict[str, Any] = {
            "name": "Integration test",
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [*_blocks(tasks), _writing(tasks, results)],
        }
        if module_defaults is not None:
            play["module_defaults"] = dict(module_defaults)
        (home / "playbook.yml").write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        (home / "inventory.yml").write_text(
            yaml.safe_dump(
                {"all": {"hosts": {"localhost": {"ansible_connection": "local", "ansible_python_interpreter": HERE}}}}
            ),
            encoding="utf-8",
        )
        given = ["-i", "inventory.yml", "playbook.yml", *arguments]
        # Ansible appends to the file that it had open when it was imported.
        self._log.write_bytes(b"")
        done = run_playbook(given, home, {**self._environment(home), **(environment or {})})
        text = results.read_text(encoding="utf-8") if results.exists() else ""
        assert text, f"The playbook ended with {done.returncode} and left no results.\n{done.stdout}\n{done.stderr}"
        log = self._log.read_text(encoding="utf-8")
        # In the words of a newer and an older ansible-core: only warnings tell of it.
        broken = [words for words in ("Callback dispatch", "Failure using method") if words in log]
        assert not broken, f"A callback plugin of the tests failed.\n{log}"
        return Run(done.returncode, done.stdout, done.stderr, log, json.loads(text), text)

    def _environment(self, home: Path) -> dict[str, str]:
        """Nothing of the caller's: no configuration, no credentials, no proxy."""
        return {
            **shared_configuration(),
            "HOME": str(home),
            "ANSIBLE_COLLECTIONS_PATH": str(self._collections),
            "ANSIBLE_ACTION_PLUGINS": str(Path(__file__).parent / "action_plugins"),
            "ANSIBLE_LOG_PATH": str(self._log),
            # From 2.21 on Ansible shows the options of a task only where it is asked to; none of them may be a secret.
            "ANSIBLE_INJECT_INVOCATION": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "0",
        }


def _blocks(tasks: Mapping[str, Task]) -> list[dict[str, Any]]:
    blocks = []
    # What is registered stays as it is, also of a task that failed.
    failed = {"name": "Go on", "ansible.builtin.debug": {"msg": ""}}
    for number, (name, task) in enumerate(tasks.items()):
        # The agent tells the tasks apart in the server's record of requests.
        given = {"http_agent": name, **task.options}
        options = {option: None if value is NULL else value for option, value in given.items() if value is not None}
        call: dict[str, Any] = {"name": name, task.module: options, "register": f"result_{number}"}
        if task.check:
            call["check_mode"] = True
        if task.diff:
            call["diff"] = True
        if task.background:
            call |= {"async": 200, "poll": 1}
        if task.environment:
            call["environment"] = dict(task.environment)
        if task.python != HERE:
            call["vars"] = {"ansible_python_interpreter": task.python}
        blocks.append({"name": f"Case {name}", "block": [call], "rescue": [failed]})
    return blocks


def _writing(tasks: Mapping[str, Task], file: Path) -> dict[str, Any]:
    pairs = ", ".join(f"{json.dumps(name)}: result_{number}" for number, name in enumerate(tasks))
    return {
        "name": "Write the results",
        "keep_results": {"file": str(file), "results": "{{ {" + pairs + "} | to_json }}"},
        "no_log": True,
    }


def bypassing(server: Emulator, **options: Any) -> dict[str, Any]:
    """Options of a helpdesk account whose token skips the second factor."""
    return {"api_url": server.url, "api_user_id": id_of(HELPDESK), "api_token": SVC_BYPASS_TOKEN, **options}


def with_token(server: Emulator, name: str, *, bypass: bool = False, **options: Any) -> dict[str, Any]:
    """Options with a fresh personal access token of an account."""
    given = server.token(name, kind="pat", name="test", bypassTwoFactor=bypass)
    return {"api_url": server.url, "api_user_id": given["userId"], "api_token": given["token"], **options}


def requests_of(server: Emulator, task: str) -> list[dict[str, Any]]:
    """What a task sent."""
    return [entry for entry in server.requests() if entry["headers"].get("user-agent") == task]


def verbs(server: Emulator, task: str) -> set[str]:
    """Which HTTP methods a task used."""
    return {entry["method"] for entry in requests_of(server, task)}


def writes(server: Emulator, task: str) -> list[dict[str, Any]]:
    """What a task sent but for reading."""
    return [entry for entry in requests_of(server, task) if entry["method"] != "GET"]


def resets(server: Emulator, task: str) -> list[dict[str, Any]]:
    """The resets that a task sent."""
    return [entry for entry in writes(server, task) if entry["path"] == RESET]


def changed(result: Mapping[str, Any]) -> list[bool]:
    """Which targets a result calls changed."""
    return [entry["changed"] for entry in result["users"]]


def codes(result: Mapping[str, Any]) -> list[str | None]:
    """The error code of each target, None where it has none."""
    return [entry["error"]["code"] if "error" in entry else None for entry in result["users"]]


def names(result: Mapping[str, Any]) -> list[str | None]:
    """The user names in a result, in order."""
    return [entry["username"] for entry in result["users"]]


def warnings_of(result: Mapping[str, Any]) -> str:
    """The warnings of a result as one text."""
    return "\n".join(str(warning) for warning in result.get("warnings", []))


def missing(text: str, fragments: Sequence[str]) -> list[str]:
    """Those fragments that are not in a text."""
    return [fragment for fragment in fragments if fragment not in text]
