# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs many examples in one ansible-playbook, watches each, and says what does not hold."""

from __future__ import annotations

import json
import re
import shutil
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.emulator.testing import REPO_ROOT
from tests.examples.extract import Example
from tests.examples.shapes import Promise, promise_of, sheet_of
from tests.examples.world import PEOPLE, VARIABLES, Workspace, left_before, people_in, setup_for
from tests.module_cache.sharing import shared_modules
from tests.playbook_process import run_playbook

HERE = Path(__file__).parent
MODULE = "chatops.rocketchat."
_READING = ("rocketchat_info", "rocketchat_people_plan", "rocketchat_user_info", "rocketchat_user_leftovers")
READING = frozenset(MODULE + name for name in _READING)

# An example that is about nothing happening says so in the name of its task.
_NOTHING = re.compile(r"\bnothing\b", re.IGNORECASE)
# One that only foretells does so too.
_FORETOLD = re.compile(r"\bwould\b", re.IGNORECASE)


@dataclass(frozen=True)
class Step:
    """One task with a module of the collection: what it said, and what it did."""

    name: str
    action: str
    values: Mapping[str, Any]
    methods: tuple[str, ...]
    touched: frozenset[str]


@dataclass
class Story:
    """What became of one example."""

    example: Example
    own_file: str
    steps: list[Step] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    touched: frozenset[str] = frozenset()
    begun: bool = False
    ended: bool = False
    output: str = ""

    def complaints(self) -> list[str]:
        """Everything about the example that is not as it says."""
        if not self.begun or not self.ended:
            return [*self.failures, f"It did not run to its end.\n{self.output}"]
        if self.failures:
            return self.failures
        promise = promise_of(self.example.text)
        found = [f"{name!r}: this task did not run." for name in self._missing(promise)]
        for step in self.steps:
            found += [f"{step.name!r}: {words}" for words in _complaints_about(step)]
        if (promise.modules or promise.role) and not self.methods:
            found.append("The server saw no request.")
        if promise.role:
            found += self._complaints_about_role(promise.role)
        return found

    def _missing(self, promise: Promise) -> Iterator[str]:
        left = [step.name for step in self.steps]
        for name in promise.modules:
            if name in left:
                left.remove(name)
            else:
                yield name

    def _complaints_about_role(self, entry: str) -> Iterator[str]:
        if entry == "doctor":
            if set(self.methods) - {"GET"}:
                yield "The doctor wrote something."
        elif not self.touched:
            yield "The role did nothing to anybody."
        elif (named := people_in(self.example.text)) and named != self.touched & set(PEOPLE):
            yield f"It names {sorted(named)}, and the role touched {sorted(self.touched)}."


def _complaints_about(step: Step) -> Iterator[str]:
    wrote = set(step.methods) - {"GET"}
    if not step.methods:
        yield "the server saw no request of it."
    if step.action in READING:
        if wrote or step.touched:
            yield "it reads, and yet wrote."
    elif _NOTHING.search(step.name):
        if step.values.get("changed") or wrote or step.touched:
            yield "nothing should have happened, but something did."
    elif _FORETOLD.search(step.name):
        if wrote or step.touched or not step.values.get("changed"):
            yield "it should have foretold a change, and written nothing."
    elif not (step.values.get("changed") and wrote and step.touched):
        yield f"it changed nobody (changed: {step.values.get('changed')}, touched: {sorted(step.touched)})."
    else:
        told = {entry["username"] for entry in step.values["users"] if entry["changed"]} & set(PEOPLE)
        if told != step.touched & set(PEOPLE):
            yield f"it says that it changed {sorted(told)}, and touched {sorted(step.touched)}."


class Witness:
    """Takes note of what ansible-playbook does, and puts the workspace into order before each example."""

    def __init__(self, workspace: Workspace, stories: Mapping[str, Story]) -> None:
        self._workspace = workspace
        self._stories = stories
        self._at_begin: dict[str, Any] = {}
        self._at_task: dict[str, Any] = {}
        self.troubles: list[BaseException] = []

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Listen for the callback plugin until the block ends; gives the address."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=self._serve, args=(listener,), daemon=True)
            thread.start()
            try:
                yield f"127.0.0.1:{listener.getsockname()[1]}"
            finally:
                listener.shutdown(socket.SHUT_RDWR)
                thread.join()

    def _serve(self, listener: socket.socket) -> None:
        try:
            connection, _address = listener.accept()
        except OSError:
            return
        with connection, connection.makefile("rw", encoding="utf-8") as stream:
            for line in stream:
                try:
                    self._note(json.loads(line))
                except Exception as error:  # noqa: BLE001 - it is raised again where the test waits
                    self.troubles.append(error)
                stream.write("\n")
                stream.flush()

    def _note(self, event: dict[str, Any]) -> None:
        story = self._stories[event["playbook"]]
        own = story.own_file == event.get("place", "").rsplit(":", 1)[0].rsplit("/", 1)[-1]
        match event["event"]:
            case "begin":
                story.begun = True
                self._workspace.prepare(setup_for(story.example.text), inactive=left_before(story.example.text))
                self._at_begin = self._workspace.people()
            case "task" if own and event["action"].startswith(MODULE):
                self._before_module(story, event["options"])
            case "result":
                self._after_task(story, event, own)
            case "end":
                story.methods += self._methods()
                story.touched = _differing(self._at_begin, self._workspace.people())
                story.ended = True

    def _methods(self) -> list[str]:
        return [entry["method"] for entry in self._workspace.requests()]

    def _before_module(self, story: Story, options: Sequence[str]) -> None:
        """Between two tasks everybody has enrolled again; only who is active stays as it was."""
        story.methods += self._methods()
        # A task that brings its own connection brings its own second factor, too.
        told = " ".join(options) if "api_url" in options else story.example.text
        inactive = frozenset(name for name, account in self._workspace.people().items() if not account["active"])
        self._workspace.prepare(setup_for(told), inactive=inactive)
        self._at_task = self._workspace.people()

    def _after_task(self, story: Story, event: dict[str, Any], own: bool) -> None:
        if event["how"] in ("failed", "unreachable"):
            story.failures.append(f"{event['name']!r}: {event['values'].get('msg', event['how'])}")
        elif own and event["how"] == "ok" and event["action"].startswith(MODULE):
            touched = _differing(self._at_task, self._workspace.people())
            story.steps.append(Step(event["name"], event["action"], event["values"], tuple(self._methods()), touched))


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for name in after if before.get(name) != after[name])


def run_examples(
    examples: Sequence[Example], workspace: Workspace, root: Path, environment: Mapping[str, str], mailed_code: Path
) -> list[Story]:
    """Run them all, each whatever became of those before it; one start of ansible-playbook where nothing fails."""
    for files in (HERE / "files", REPO_ROOT / "examples" / "offboard-from-csv"):
        shutil.copytree(files, root, dirs_exist_ok=True)
    (root / "group_vars").mkdir()
    mailed = {"code_from_the_mail": "{{ lookup('ansible.builtin.file', '" + str(mailed_code) + "') }}"}
    (root / "group_vars" / "all.yml").write_text(yaml.safe_dump({**VARIABLES, **mailed}), encoding="utf-8")
    stories = {}
    for number, example in enumerate(examples):
        tasks_file = f"tasks-{number}.yml"
        sheet = sheet_of(example, tasks_file)
        (root / f"play-{number}.yml").write_text(sheet.playbook, encoding="utf-8")
        if sheet.tasks is not None:
            (root / tasks_file).write_text(sheet.tasks, encoding="utf-8")
        stories[f"play-{number}.yml"] = Story(example, tasks_file if sheet.tasks is not None else f"play-{number}.yml")
    pending = list(stories)
    while pending:
        witness = Witness(workspace, stories)
        with witness.listening() as address:
            done = run_playbook(
                pending,
                root,
                {**environment, **shared_modules(HERE / "callback_plugins"), "EXAMPLES_WITNESS": address},
                timeout=280,
            )
        if witness.troubles:
            raise witness.troubles[0]
        if done.returncode == 0:
            break
        # What failed ended the run; the examples after it are still to come.
        begun = [name for name in pending if stories[name].begun]
        bad = next((name for name in begun if stories[name].failures or not stories[name].ended), None)
        bad = bad or pending[len(begun)]
        stories[bad].output = done.stdout + done.stderr
        pending = pending[pending.index(bad) + 1 :]
    return list(stories.values())
