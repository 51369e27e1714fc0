# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorded states around a request, and those of the emulator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.contract import integration_states, room_states, workspace_states
from tests.contract.compare import Comparer
from tests.contract.sessions import Sessions
from tests.emulator.testing import Emulator

State = dict[str, Any]

# Other things that a state may tell of, by the key or by how it begins: what the emulator has for it
# now, in the form of what was recorded.
READERS: dict[str, Callable[[Emulator, str, Any], Any]] = {
    **room_states.READERS,
    **integration_states.READERS,
    **workspace_states.READERS,
}

# Where the recorded database was written to between two steps, these are made as the state before a step has them.
_PREPARED = (
    "name",
    "bio",
    "nickname",
    "statusText",
    "emails",
    "roles",
    "customFields",
    "active",
    "email2fa",
    "requirePasswordChange",
)


class States:
    """Holds the emulator's accounts, and whatever else a state tells of, against the recording."""

    def __init__(self, emulator: Emulator, comparer: Comparer, sessions: Sessions, *, prepared: bool) -> None:
        self._emulator = emulator
        self._comparer = comparer
        self._sessions = sessions
        self._prepared = prepared
        # What was done to make the state before a step that of the recording.
        self.alignments: list[str] = []

    def differences(self, expected: State) -> list[str]:
        """How the emulator's state differs; what the recording does not look at may be anything."""
        problems = []
        for user, account in by_user(expected).items():
            actual = self._account(user)
            wanted = {key: value for key, value in account.items() if key != "user"}
            known = {key: actual[key] for key in wanted if key in actual}
            found = self._comparer.differences(wanted, known)
            problems += [f"state of {user}: {problem}" for problem in found]
        for key, value in others(expected).items():
            reader = next((read for prefix, read in READERS.items() if key.startswith(prefix)), None)
            if reader is None:
                problems.append(f"state: nobody looks at {key}")
            else:
                found = self._comparer.differences(value, reader(self._emulator, key, value), f" {key}")
                problems += [f"state: {problem}" for problem in found]
        return problems

    def align(self, where: str, before: State) -> list[str]:
        """Make up for what the recorder did unrecorded; anything else that differs is a problem."""
        for user, expected in by_user(before).items():
            actual = self._account(user)
            # Logins to look at: they only ever add sessions.
            missing = expected["tokens"].get("total", 0) - actual["tokens"].get("total", 0)
            for _nth in range(missing):
                self._sessions.add(user)
            if missing > 0:
                self.alignments.append(f"{where}: {missing} login(s) of {user}")
            # A fresh start for the next enrolment, straight in the database: the sessions stay.
            if expected["totp"] is None and actual["totp"] is not None:
                self._emulator.change_user(user, totp=None)
                self.alignments.append(f"{where}: TOTP of {user} removed")
            if expected["e2e_key"] and not actual["e2e_key"]:
                self._emulator.change_user(user, e2e_key=True)
                self.alignments.append(f"{where}: {user} got an E2E key")
            if self._prepared:
                self._prepare(where, user, expected, actual)
        return [f"before: {problem}" for problem in self.differences(before)]

    def _prepare(self, where: str, user: str, expected: State, actual: State) -> None:
        changes = {key: expected[key] for key in _PREPARED if key in expected and expected[key] != actual[key]}
        if changes:
            self._emulator.change_user(user, **changes)
            self.alignments.append(f"{where}: {', '.join(changes)} of {user}")

    def _account(self, name: str) -> State:
        """An account of the emulator in the form of the recordings."""
        actual = self._emulator.user(name)
        return {
            **actual,
            # A password change removes the list itself, which the later recordings do not tell from an empty one.
            "tokens": actual["tokens"] if actual["has_token_list"] or self._prepared else {},
            "password": actual["password_sha256"],
        }


def by_user(state: State) -> dict[str, State]:
    """The accounts in a recorded state by user name: it is that of one user, or of several by name, or missing."""
    if isinstance(state.get("user"), str):
        return {state["user"]: {key: value for key, value in state.items() if not _is_other(key)}}
    return {name: value for name, value in state.items() if isinstance(value, dict) and "totp" in value}


def others(state: State) -> State:
    """What a recorded state tells of that is no account."""
    if isinstance(state.get("user"), str):
        return {key: value for key, value in state.items() if _is_other(key)}
    accounts = by_user(state)
    return {key: value for key, value in state.items() if key not in accounts}


def _is_other(key: str) -> bool:
    return any(key.startswith(prefix) for prefix in READERS)
