# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: rules that make chosen requests fail in chosen ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# Whether a request takes effect before its fault, unless the rule says otherwise.
KINDS: dict[str, bool] = {
    "close-before": False,
    "close-after": True,
    "hang": False,
    "hang-after": True,
    "slow-headers": True,
    "slow-body": True,
    "cut-body": True,
    "invalid-json": False,
    "html": False,
    "redirect": False,
    "status": False,
    "rate-limit": False,
    "delay-until-next-totp-step": True,
    "latency": True,
    "huge-body": False,
    "revoke-token": True,
    "drop-permission": True,
    "set-setting": True,
    "exit": False,
}


@dataclass
class Fault:
    """One rule, and how many matching requests it has seen."""

    kind: str
    apply: bool
    method: str | None
    path: str | None
    nth: int
    count: int
    arguments: dict[str, Any] = field(default_factory=dict)
    seen: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is about this verb and path."""
        if self.method is not None and self.method.upper() != method:
            return False
        if self.path is None:
            return True
        if self.path.startswith("/"):
            return path == self.path
        return path.removeprefix("/api/v1/").removeprefix("/api/") == self.path

    def strikes(self) -> bool:
        """Count one matching request; whether it is one that the rule breaks."""
        self.seen += 1
        if self.seen < self.nth:
            return False
        return self.count == 0 or self.seen < self.nth + self.count


class Faults:
    """All rules, the first that strikes wins."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []

    def add(self, data: dict[str, Any]) -> None:
        """Add a rule from its JSON form."""
        arguments = dict(data)
        match = arguments.pop("match", {})
        kind = arguments.pop("kind", None)
        if kind not in KINDS:
            raise ValueError(f"'{kind}' is no kind of fault; there are {', '.join(KINDS)}.")
        unknown = set(match) - {"method", "path", "nth", "count"}
        if unknown:
            raise ValueError(f"A fault cannot match by '{min(unknown)}'.")
        self._rules.append(
            Fault(
                kind=kind,
                apply=bool(arguments.pop("apply", KINDS[kind])),
                method=match.get("method"),
                path=match.get("path"),
                nth=int(match.get("nth", 1)),
                count=int(match.get("count", 1)),
                arguments=arguments,
            )
        )

    def clear(self) -> None:
        """Remove all rules."""
        self._rules.clear()

    def describe(self) -> list[dict[str, Any]]:
        """The rules and how often each has matched."""
        return [{"kind": rule.kind, "path": rule.path, "nth": rule.nth, "seen": rule.seen} for rule in self._rules]

    def strike(self, method: str, path: str) -> Fault | None:
        """The rule that breaks this request, if any; all matching rules count it."""
        if not self._rules:
            return None
        struck = None
        for rule in self._rules:
            if rule.matches(method, path) and rule.strikes() and struck is None:
                struck = rule
        return struck
