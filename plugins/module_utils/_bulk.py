# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many targets over one connection: order kept, one outcome each, what stops all and what fails one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Callable, Generic, TypeVar

from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import RocketChatError

Item = TypeVar("Item")
Value = TypeVar("Value")

# A message that lists more problems than this is not read; the entries of the result have them all.
_LISTED = 10


@dataclass(frozen=True)
class Outcome(Generic[Value]):
    """What became of one item: a value, an error, or neither when it was not attempted."""

    value: Value | None = None
    error: RocketChatError | None = None

    @property
    def attempted(self) -> bool:
        """Tell whether the item's turn came."""
        return self.value is not None or self.error is not None


def each(items: Iterable[Item], work: Callable[[Item], Value], *, keep_going: bool) -> list[Outcome[Value]]:
    """Do ``work`` for every item, in order.

    :arg keep_going: go on after an error that concerns one item alone; one that all others would meet too ends the
        run always
    :returns: one outcome an item, in the order of ``items``
    """
    outcomes: list[Outcome[Value]] = []
    stopped = False
    for item in items:
        if stopped:
            outcomes.append(Outcome())
            continue
        try:
            outcomes.append(Outcome(value=work(item)))
        except RocketChatError as error:
            outcomes.append(Outcome(error=error))
            stopped = error.ends_run or not keep_going
    return outcomes


def listed(messages: Sequence[str]) -> str:
    """Join messages for a person, the first few of many."""
    rest = len(messages) - _LISTED
    shown = " ".join(messages[:_LISTED])
    return f"{shown} ... and {rest} more, each in its entry of users." if rest > 0 else shown
