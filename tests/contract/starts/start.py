# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A start: one database, and the scenarios that were recorded on it one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.contract import recordings
from tests.emulator.testing import Emulator

Step = tuple[str, str]
"""A scenario and a step of it."""


@dataclass(frozen=True)
class Doing:
    """What the recorder did without a request, by the keys of the control channel."""

    users: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Changes of accounts by user name."""
    new_users: Sequence[Mapping[str, Any]] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    permissions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    control: Sequence[tuple[str, str, Any]] = ()
    """Anything else: verb, path and body."""

    def apply(self, emulator: Emulator) -> None:
        """Do it."""
        for user in self.new_users:
            emulator.control("users", dict(user))
        for name, changes in self.users.items():
            emulator.change_user(name, **changes)
        if self.settings:
            emulator.settings(dict(self.settings))
        if self.permissions:
            emulator.permissions(self.permissions)
        for verb, path, body in self.control:
            emulator.control(path, body, verb)


@dataclass(frozen=True)
class Start:
    """One database and what was recorded on it."""

    version: str
    first: int
    last: int
    """Numbers of the first and the last scenario."""
    world: Mapping[str, Any]
    before: Mapping[Step, Doing] = field(default_factory=dict)
    """Done before a step."""
    after: Mapping[str, Doing] = field(default_factory=dict)
    """Done after the last step of a scenario."""
    renumbered: Sequence[int] = ()
    """Scenarios from which on the tokens are numbered anew."""
    tokens: Mapping[int, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    """Placeholders of tokens that are not simply sessions, by the scenario from which on they are numbered: whose
    they are (``as``), and what else the control channel is asked for to get one."""
    deduced: Sequence[str] = ()
    """What the replay works out from the recorded states, so that a fault of the emulator cannot pass for it."""
    prepared: bool = True
    """Whether the database was written to between two steps, profiles and all; else there were only logins."""

    @property
    def name(self) -> str:
        """How tests call it."""
        return f"{self.version}: {self.first:02d}-{self.last:02d}"

    def scenarios(self) -> list[dict[str, Any]]:
        """Its recordings, in order."""
        return [
            recording
            for recording in recordings.scenarios(self.version)
            if self.first <= recordings.number(recording["scenario"]) <= self.last
        ]
