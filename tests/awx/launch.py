# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts job templates as a controller does: ansible-runner, in a directory laid out like that of a job."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tests.awx.data import CREDENTIAL_TYPE, INVENTORY, JOB_TEMPLATES
from tests.awx.injection import inject
from tests.awx.surveys import answer_problems, defaults
from tests.emulator.testing import Emulator
from tests.integration.role.play import REMEMBERING
from tests.module_cache.sharing import shared_modules

BIN = Path(sys.executable).parent


class _Dumper(yaml.SafeDumper):
    """Writes variables as a controller does: no text in them may be a template, be it a name or a value."""

    def represent_data(self, data: Any) -> yaml.Node:
        """Mark every text."""
        return self.represent_scalar("!unsafe", data) if isinstance(data, str) else super().represent_data(data)


@dataclass(frozen=True)
class Job:
    """What a job left."""

    rc: int
    directory: Path
    ident: str
    requests: list[dict[str, Any]]

    @property
    def artifacts(self) -> Path:
        """What the controller gets to see of it."""
        return self.directory / "artifacts" / self.ident

    @cached_property
    def stdout(self) -> str:
        """The output that a person reads."""
        return (self.artifacts / "stdout").read_text(encoding="utf-8")

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """The events that a controller keeps."""
        files = sorted((self.artifacts / "job_events").glob("*.json"))
        return [json.loads(file.read_text(encoding="utf-8")) for file in files]

    @property
    def handed_on(self) -> dict[str, Any]:
        """What the nodes of a workflow that come after this one are given as variables."""
        (stats,) = [event for event in self.events if event["event"] == "playbook_on_stats"]
        return dict(stats["event_data"]["artifact_data"])

    @cached_property
    def everything(self) -> str:
        """All that a controller keeps, so without the file in which the runner notes the whole environment."""
        files = [file for file in self.artifacts.rglob("*") if file.is_file() and file.name != "command"]
        assert len(files) > 5
        return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files)

    @property
    def verbs(self) -> set[str]:
        """Which HTTP methods the server saw."""
        return {entry["method"] for entry in self.requests}

    @property
    def done(self) -> list[str]:
        """What was done to accounts: sent but for reading, and not answered with a challenge for the second factor."""
        sent = [
            entry["path"].rsplit("/", 1)[-1]
            for entry in self.requests
            if entry["method"] != "GET" and entry["status"] == 200
        ]
        return [endpoint for endpoint in sent if endpoint not in REMEMBERING]

    def message(self, task: str) -> Any:
        """What a task said last."""
        results = [
            event["event_data"]["res"]
            for event in self.events
            if event["event"].startswith("runner_on_") and event["event_data"].get("task") == task
            if "res" in event["event_data"]
        ]
        assert results, f"There was no task {task!r}.\n{self.stdout}"
        return results[-1]["msg"]


class Launcher:
    """Launches job templates against one server, with one credential."""

    def __init__(self, server: Emulator, credential: Mapping[str, Any], project: Path, collections: Path, root: Path):
        self._server = server
        self._credential = credential
        self._project = project
        self._collections = collections
        self._root = root
        self._jobs = 0

    def __call__(
        self,
        template: str,
        *,
        check: bool = False,
        verbosity: int = 0,
        extra_vars: Mapping[str, Any] | None = None,
        after: Job | None = None,
        workflow: bool = False,
        environment: Mapping[str, str] | None = None,
        **answers: Any,
    ) -> Job:
        """Launch a job template with answers to its survey, which are checked as a controller checks them.

        :arg extra_vars: those of the job template itself
        :arg after: the job of the node before this one in a workflow, whatever approval is between them
        :arg workflow: whether it is the first node of one
        :arg environment: what further credentials put into the environment
        """
        thing = JOB_TEMPLATES[template]
        prefix = "setup" if template == "setup" else "user_access"
        given = {f"{prefix}_{name}": value for name, value in answers.items()}
        if thing["survey_enabled"]:
            problems = answer_problems(thing["survey_spec"], given)
            assert not problems, problems
            given = {**defaults(thing["survey_spec"]), **given}
        else:
            assert not given, "A job template without a survey takes no answers."
        assert not check or thing["ask_job_type_on_launch"]

        self._jobs += 1
        ident = str(self._jobs)
        directory = self._root / f"job{ident}"
        handed_on = after.handed_on if after else {}
        variables = {**(extra_vars or {}), **given, **handed_on}
        own = self._layout(directory, thing, variables, environment or {}, ident, workflow or after is not None)
        options = [f"--forks={thing['forks']}", *(["--check"] if check else [])]
        options += [f"-{'v' * verbosity}"] if verbosity else []
        (directory / "env" / "cmdline").write_text(shlex.join(options), encoding="utf-8")
        before = len(self._server.requests()) if self._server.running else 0
        done = subprocess.run(
            [
                *(str(BIN / "ansible-runner"), "run", str(directory), "--omit-env-files", "--quiet"),
                *("--playbook", thing["playbook"], "--ident", ident),
                *("--inventory", str(directory / "inventory" / "hosts")),
            ],
            env=own,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert (directory / "artifacts" / ident / "stdout").exists(), done.stdout + done.stderr
        requests = self._server.requests()[before:] if self._server.running else []
        return Job(done.returncode, directory, ident, requests)

    def _layout(
        self,
        directory: Path,
        thing: Mapping[str, Any],
        extra_vars: Mapping[str, Any],
        environment: Mapping[str, str],
        ident: str,
        in_workflow: bool,
    ) -> dict[str, str]:
        """Make the directory of a job; return the environment that the runner itself is started in."""
        for name in ("env", "inventory", "home"):
            (directory / name).mkdir(parents=True)
        (directory / "project").symlink_to(self._project)
        (directory / "requirements_collections").symlink_to(self._collections)
        envvars = {
            "ANSIBLE_FORCE_COLOR": "True",
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_COLLECTIONS_PATH": str(directory / "requirements_collections"),
            "ANSIBLE_HOME": str(directory / "home" / ".ansible"),
            # A controller leaves it off; it halves the time, and changes nothing that is looked at here.
            "ANSIBLE_PIPELINING": "True",
            **shared_modules(),
            "AWX_PRIVATE_DATA_DIR": str(directory),
            "JOB_ID": ident,
            **inject(CREDENTIAL_TYPE, self._credential, directory),
            **environment,
        }
        (directory / "env" / "envvars").write_text(json.dumps(envvars), encoding="utf-8")
        meta = {
            "job_id": int(ident),
            "job_launch_type": "manual",
            "job_template_name": thing["name"],
            "user_name": "maria",
            **({"workflow_job_id": 7} if in_workflow else {}),
        }
        variables = {
            **{f"{prefix}_{key}": value for prefix in ("awx", "tower") for key, value in meta.items()},
            **extra_vars,
        }
        (directory / "env" / "extravars").write_text(yaml.dump(variables, Dumper=_Dumper), encoding="utf-8")
        hosts = {host["name"]: {**host["variables"], "remote_tower_enabled": "true"} for host in INVENTORY["hosts"]}
        listing = json.dumps({"all": {"hosts": sorted(hosts)}, "_meta": {"hostvars": hosts}})
        script = directory / "inventory" / "hosts"
        script.write_text(f"#! /usr/bin/env python3\nprint({listing!r})\n", encoding="utf-8")
        script.chmod(0o700)
        return {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(directory / "home"), "LANG": "C.UTF-8"}
