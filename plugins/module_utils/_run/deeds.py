# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes as a list: planned whole, shown in check mode, made one after another, and told of as far as they came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import Action
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError


@dataclass(frozen=True)
class Deed:
    """One change.

    ``says`` it in words. ``do`` makes it, and returns what was made of it in words where only then it is known, else
    ``None``. ``needs`` are the endpoints whose permission the caller needs for it.
    """

    says: str
    do: Callable[[], Sequence[str] | None]
    needs: Sequence[Action] = ()


@dataclass
class Outcome:
    """The result of a run, in the form that a module returns.

    ``state``: lines that describe what was found, for the diff.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    state: list[str] = field(default_factory=list)
    credentials: dict[str, str] | None = None
    failure: RocketChatError | None = None
    message: str = ""

    def make(self, deeds: Sequence[Deed], *, check_mode: bool) -> None:
        """Make the changes, and note each that was made; in check mode note them all.

        :raises RocketChatError: of the change that failed; none after it is made
        """
        for deed in deeds:
            made = None if check_mode else deed.do()
            self.changes += [deed.says] if made is None else made

    def as_dict(self) -> dict[str, Any]:
        """Return the module's result without ``msg``."""
        result = {"changed": bool(self.changes), **self.facts, "changes": self.changes}
        if self.credentials is not None:
            result["credentials"] = self.credentials
        if self.failure is not None:
            result["error"] = self.failure.as_dict()
        return result

    def diff(self) -> list[dict[str, str]]:
        """Return what was found, and the same with what was changed."""
        before = "".join(f"{line}\n" for line in self.state)
        after = before + "".join(f"{line}\n" for line in self.changes)
        return [{"before": before, "after": after}] if self.changes else []
