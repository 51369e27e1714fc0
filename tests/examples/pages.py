# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a page from top to bottom, does what it says, and says what does not hold."""

from __future__ import annotations

import doctest
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tests.examples.exceptions import excepted
from tests.examples.extract import Example
from tests.examples.shell import Bash, Command, Done, commands_of
from tests.examples.world import Workspace, invented, real_value, setup_for

# Playbooks that never write.
READING = ("diagnose", "doctor")
PLAYBOOK = re.compile(r"chatops\.rocketchat\.(?P<name>\w+)")


@dataclass(frozen=True)
class Call:
    """A command that runs a playbook: which, for whom, and whether only to try."""

    playbook: str
    people: tuple[str, ...]
    check: bool

    @classmethod
    def of(cls, command: str) -> Call | None:
        """Read it from the command, if it is one."""
        words = shlex.split(command, comments=True)
        if "ansible-playbook" not in words:
            return None
        names = re.findall(r"user_access_usernames=([\w.,-]+)", command)
        found = PLAYBOOK.search(command)
        return cls(
            found["name"] if found else "",
            tuple(name for group in names for name in group.split(",")),
            "--check" in words or "-C" in words,
        )


class Reader:
    """Reads one page, and does what it says."""

    def __init__(self, workspace: Workspace, shell: Bash) -> None:
        self._workspace = workspace
        self._shell = shell
        self._ran: set[str] = set()

    def do(self, example: Example) -> Iterator[str]:
        """Do one example of the page; gives what does not hold."""
        if re.search(r"2FA|two_factor", example.text):
            self._workspace.change_setup(setup_for(example.text))
        if example.language == "json":
            yield from self._define(example)
            return
        for command in commands_of(example.text, example.line):
            if not excepted(command.text):
                for complaint in self._type(command):
                    yield f"{example.file}:{command.line}: {command.text}\n{complaint}"

    def _define(self, example: Example) -> Iterator[str]:
        """JSON is for a setting or for somebody's eyes; custom fields become those of the workspace."""
        try:
            value = json.loads(example.text)
        except ValueError as error:
            yield f"{example.place}: {error}"
            return
        if isinstance(value, dict) and all(isinstance(field, dict) and "type" in field for field in value.values()):
            self._workspace.server.settings({"Accounts_CustomFields": example.text})

    def _type(self, command: Command) -> Iterator[str]:
        before = len(self._workspace.requests())
        done = self._shell.run(command.text)
        for name in invented(command.text):
            value = real_value(self._workspace.server, name)
            if value is not None:
                self._shell.export(name, value)
        if done.status != 0:
            yield f"It ended with {done.status}.\n{done.output}"
            return
        if command.output and not _shows(command.output, done.output):
            yield f"It shows\n{command.output}but printed\n{done.output}"
        call = Call.of(command.text)
        if call is not None:
            requests = self._workspace.requests()[before:]
            yield from self._look(call, [entry["method"] for entry in requests], done, command.text in self._ran)
        self._ran.add(command.text)

    def _look(self, call: Call, methods: list[str], done: Done, again: bool) -> Iterator[str]:
        writes = [method for method in methods if method != "GET"]
        if not methods:
            yield f"The server saw no request.\n{done.output}"
        reads = call.check or call.playbook in READING
        if (reads or again) and writes:
            yield "It wrote, which it should not."
        if reads:
            return
        people = self._workspace.people()
        for name in call.people:
            account = people[name]
            if account["totp"] is not None or account["tokens"]["total"]:
                yield f"{name} still has TOTP or sessions."
            if call.playbook == "offboard" and account["active"]:
                yield f"{name} is still active."


def _shows(wanted: str, got: str) -> bool:
    """Whether an output has the lines that an example shows; three dots stand for anything."""
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(f"...{wanted}...", f"\n{got}\n", options)
