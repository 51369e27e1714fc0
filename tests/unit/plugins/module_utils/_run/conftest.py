# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a job on a scripted workspace, from a task's options to its result."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import END_SESSIONS
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import access
from ansible_collections.chatops.rocketchat.plugins.module_utils._run import totp_reset
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.engine import run
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.evidence import Evidence, read_options
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.journal import Journal
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.targets import named_targets
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Done, Plan, Step

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
    from ansible_collections.chatops.rocketchat.plugins.module_utils._run.job import Job
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace


class Result:
    """What one run reported, and what it warned of."""

    def __init__(self, report: Any, warnings: list[str]) -> None:
        self.report = report
        self.warnings = warnings
        self.all: dict[str, Any] = report.as_dict()
        self.users: list[dict[str, Any]] = self.all["users"]
        self.message: str = report.message
        # Whatever is returned can be written as JSON.
        self.text = json.dumps(self.all) + json.dumps(report.diff()) + self.message + " ".join(warnings)

    @property
    def error(self) -> Any:
        """Return the code of the failure, or ``None``."""
        return self.all["error"]["code"] if "error" in self.all else None

    def column(self, key: str) -> list[Any]:
        """Return one value of every entry."""
        return [user[key] for user in self.users]

    @property
    def errors(self) -> list[str | None]:
        """Return the code of every entry's error."""
        return [user["error"]["code"] if "error" in user else None for user in self.users]

    def steps(self, number: int = 0) -> dict[str, str]:
        """Return what became of each step of one person."""
        return {step["step"]: step["result"] for step in self.users[number]["steps"]}


@pytest.fixture
def evidence_of() -> Callable[..., Evidence]:
    """Return a function that makes the evidence of a run from a task's options."""

    def make(job: Job, given: dict[str, Any], warn: Callable[[str], None], *, check_mode: bool = False) -> Evidence:
        journal = Journal(given["journal"]) if given["journal"] else None
        return Evidence(job, read_options(given), journal, warn, check_mode=check_mode)

    return make


@pytest.fixture
def do(
    workspace: Workspace, params: Callable[..., dict[str, Any]], evidence_of: Callable[..., Evidence]
) -> Callable[..., Result]:
    """Return a function that does a job for people on the workspace."""

    def run_it(job: Job, *usernames: str, check_mode: bool = False, **changes: Any) -> Result:
        given = params(workspace.server.url, **({"usernames": list(usernames)} if usernames else {}), **changes)
        warnings: list[str] = []
        evidence = evidence_of(job, given, warnings.append, check_mode=check_mode)
        targets = named_targets(given, check_mode=check_mode)
        return Result(run(job, targets, access(given), warnings.append, evidence), warnings)

    return run_it


@pytest.fixture
def reset(
    workspace: Workspace, params: Callable[..., dict[str, Any]], evidence_of: Callable[..., Evidence]
) -> Callable[..., Result]:
    """Return a function that runs the task that resets TOTP on the workspace."""

    def run_it(*usernames: str, check_mode: bool = False, **changes: Any) -> Result:
        given = params(changes.pop("url", workspace.server.url), **changes)
        if usernames:
            given["usernames"] = list(usernames)
        asked = totp_reset.task(given, check_mode=check_mode)
        warnings: list[str] = []
        evidence = evidence_of(totp_reset.job_of(asked, warnings.append), given, warnings.append, check_mode=check_mode)
        return Result(totp_reset.run(asked, access(given), warnings.append, evidence), warnings)

    return run_it


class Deed(Step):
    """A step that notes whom it was done to, and fails where a test says so.

    ``fails``: errors by user name. ``spares``: who needs nothing. ``objects``: to whom there is an objection.
    """

    deed = "done it"
    blank: ClassVar[dict[str, Any]] = {"evidence": "none"}

    def __init__(self, name: str, log: list[tuple[str, str]], **more: Any) -> None:
        self.name = self.label = name
        self.actions = more.get("actions", (END_SESSIONS,))
        self._log = log
        self._fails: dict[str, RocketChatError] = more.get("fails", {})
        self._spares: Sequence[str] = more.get("spares", ())
        self._objects: Sequence[str] = more.get("objects", ())
        self._contradicts: Sequence[str] = more.get("contradicts", ())
        self.meanwhile: Callable[[str], Any] = more.get("meanwhile", lambda _name: None)

    def plan(self, user: User, _seen: Any) -> Plan:
        """Do it to everybody but those who need nothing."""
        self._log.append(("plan", user.username))
        if user.username in self._spares:
            return Plan(changed=False, reason="it was so already", evidence="already")
        objection = TargetError("objection", f"{user.username} objects.") if user.username in self._objects else None
        was = {self.name: [user.username]}
        return Plan(changed=True, before="off\n", after="on\n", objection=objection, was=was)

    def act(self, _session: Any, user: User) -> Done:
        """Note it, or fail."""
        self._log.append((self.name, user.username))
        self.meanwhile(user.username)
        if user.username in self._fails:
            raise self._fails[user.username]
        return Done(1)

    def contradicts(self, now: User) -> str:
        """Say so where a test wants that."""
        return "it is not so" if now.username in self._contradicts else ""


@pytest.fixture
def log() -> list[tuple[str, str]]:
    """Return what steps were planned for and done to whom, in order."""
    return []


@pytest.fixture
def deed(log: list[tuple[str, str]]) -> Callable[..., Deed]:
    """Return a maker of steps that note what they do."""

    def make(name: str, **more: Any) -> Deed:
        return Deed(name, log, **more)

    return make
