# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of endpoints: which paths exist, and what each demands before it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.emulator.call import Call
from tests.emulator.envelopes import Reply
from tests.emulator.second_factor import Demand
from tests.emulator.versions import Speak

Handler = Callable[[Call], Reply]
Check = Callable[[Call], None]


@dataclass(frozen=True)
class Endpoint:
    """One verb on one path below /api/v1/."""

    method: str
    route: str
    handler: Handler
    login: bool
    demand: Demand
    permission: str | None
    check: Check | None
    since: tuple[int, int]
    before: tuple[int, int]

    def spoken_by(self, speak: Speak) -> bool:
        """Whether a version has this endpoint."""
        return speak.since(*self.since) and not speak.since(*self.before)


_ENDPOINTS: list[Endpoint] = []


def endpoint(
    method: str,
    route: str,
    *,
    login: bool = True,
    demand: Demand = Demand.NEVER,
    permission: str | None = None,
    check: Check | None = None,
    since: tuple[int, int] = (0, 0),
    before: tuple[int, int] = (99, 0),
) -> Callable[[Handler], Handler]:
    """Register a function for a verb and a path. ``{}`` stands for an argument: the last part, or the one before."""

    def register(handler: Handler) -> Handler:
        _ENDPOINTS.append(Endpoint(method, route, handler, login, demand, permission, check, since, before))
        return handler

    return register


class Routes:
    """The endpoints of one version, found by path."""

    def __init__(self, speak: Speak) -> None:
        self._exact: dict[str, dict[str, Endpoint]] = {}
        self._patterns: dict[str, dict[str, Endpoint]] = {}
        for entry in _ENDPOINTS:
            if not entry.spoken_by(speak):
                continue
            table = self._patterns if "{}" in entry.route else self._exact
            table.setdefault(entry.route, {})[entry.method] = entry

    def find(self, name: str) -> tuple[dict[str, Endpoint], str] | None:
        """Endpoints by verb and the argument of the path; None for an unknown path."""
        found = self._exact.get(name)
        if found is not None:
            return found, ""
        parts = name.split("/")
        for place in range(-1, -min(len(parts), 3), -1):
            argument = parts[place]
            found = self._patterns.get("/".join([*parts[:place], "{}", *parts[len(parts) + place + 1 :]]))
            if found is not None and argument:
                return found, argument
        return None
