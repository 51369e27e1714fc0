# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Login tokens of the replay: which of them the recorder had from logins that were not recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.emulator.testing import Emulator


class Sessions:
    """Binds the placeholders of tokens to sessions of the emulator."""

    def __init__(self, emulator: Emulator, bindings: dict[str, str]) -> None:
        self._emulator = emulator
        self._bindings = bindings
        # Sessions that stand for unrecorded logins and have no placeholder yet.
        self._live: dict[str, list[str]] = {}
        self._ended: dict[str, list[str]] = {}
        self._last: dict[str, str] = {}
        self._owners: dict[str, str] = {}

    def begin(self, recordings: list[dict[str, Any]]) -> None:
        """Begin a run of scenarios whose tokens are numbered together."""
        self._owners = _owners(recordings)
        for name in [name for name in self._bindings if name.startswith("token-")]:
            del self._bindings[name]

    def adopt(self, users: Iterable[str]) -> None:
        """Sessions that the accounts of a world have from the start; their tokens may be used later."""
        for user in users:
            self._live[user] = self._emulator.tokens(user)

    def give(self, tokens: Mapping[str, Mapping[str, Any]]) -> None:
        """Make tokens that are not simply sessions; ``as`` tells whose they are."""
        for name, options in tokens.items():
            wanted = {key: value for key, value in options.items() if key != "as"}
            self._bindings[name] = self._emulator.token(options["as"], **wanted)["token"]

    def prepare(
        self, step: str, request: dict[str, Any], recorded: dict[str, Any], before: dict[str, dict[str, Any]]
    ) -> None:
        """Bind the token of a request when it is met for the first time."""
        name = request.get("token")
        if name is None or name in self._bindings:
            return
        owner = self._owners.get(name)
        if "padding" in step:
            # The token of the step before, with blanks around it.
            self._bindings[name] = self._last[request["as"]]
        elif owner is None or (recorded["status"] == 401 and request.get("as") == owner):
            user = request.get("as", "")
            self._sort_out(user)
            ended = self._ended.get(user)
            self._bindings[name] = ended.pop() if ended else f"never-a-token-{name}"
        else:
            self._bindings[name] = self._take(owner, before.get(owner))

    def _take(self, user: str, state: dict[str, Any] | None) -> str:
        """A session of the user: one that is waiting, unless the recorded state asks for one more."""
        self._sort_out(user)
        waiting = self._live.get(user)
        total = self._emulator.user(user)["tokens"]["total"]
        one_more = state is not None and total < state["tokens"].get("total", 0)
        token = waiting.pop() if waiting and not one_more else self._login(user)
        self._last[user] = token
        return token

    def add(self, user: str) -> None:
        """An unrecorded login, whose token may be used later."""
        self._live.setdefault(user, []).append(self._login(user))

    def _login(self, user: str) -> str:
        return self._emulator.token(user, login=True)["token"]

    def _sort_out(self, user: str) -> None:
        """Tell the waiting sessions that are alive from those that have ended."""
        waiting = self._live.pop(user, [])
        if waiting:
            alive = set(self._emulator.tokens(user))
            self._live[user] = [token for token in waiting if token in alive]
            self._ended.setdefault(user, []).extend(token for token in waiting if token not in alive)

    def last_of(self, user: str) -> str:
        """The session that a user took up last."""
        return self._last.get(user, "")


def _owners(recordings: list[dict[str, Any]]) -> dict[str, str]:
    """Whose token each placeholder is: that of whoever was let in with it."""
    owners: dict[str, str] = {}
    for recording in recordings:
        for exchange in recording["exchanges"]:
            request = exchange["request"]
            if "token" in request and "as" in request and exchange["response"]["status"] != 401:
                owners.setdefault(request["token"], request["as"])
    return owners
