# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many targets over one connection: order kept, one outcome each, what stops all and what fails one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.progress import Progress
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.stop import stopping

Item = TypeVar("Item")
Value = TypeVar("Value")

# A message that lists more problems than this is not read; the entries of the result have them all.
_LISTED = 10


@dataclass(frozen=True)
class Outcome(Generic[Value]):
    """What became of one item: a value, an error, or neither when it was not attempted."""

    value: Value | None = None
    error: RocketChatError | None = None


def each(
    items: Sequence[Item],
    work: Callable[[Item], Value],
    *,
    keep_going: bool,
    concurrency: int = 1,
    progress: Progress | None = None,
) -> list[Outcome[Value]]:
    """Do ``work`` for every item, several at a time.

    The first item goes alone: what would fail for everybody fails once, and the server says which second factor it
    asks for.

    :arg keep_going: go on after an error that concerns one item alone; one that all others would meet too ends the
        run always. What is under way then is finished, and nothing new is begun.
    :arg concurrency: how many items are worked on at a time
    :arg progress: told of each item that is done
    :returns: one outcome an item, in the order of ``items``
    """
    outcomes: list[Outcome[Value]] = [Outcome()] * len(items)
    halt = threading.Event()

    def one(position: int) -> None:
        if halt.is_set() or stopping():
            return
        try:
            outcomes[position] = Outcome(value=work(items[position]))
        except RocketChatError as error:
            outcomes[position] = Outcome(error=error)
            if error.ends_run or not keep_going:
                halt.set()
        if progress:
            progress.count(failed=outcomes[position].error is not None)

    if items:
        one(0)
    if in_order(items, concurrency):
        for position in range(1, len(items)):
            one(position)
    else:
        with ThreadPoolExecutor(max_workers=concurrency) as pool:
            for future in [pool.submit(one, position) for position in range(1, len(items))]:
                future.result()
    return outcomes


def in_order(items: Sequence[Item], concurrency: int) -> bool:
    """Tell whether :func:`each` takes the items one after another, and not just the first one before all others."""
    return concurrency == 1 or len(items) < 3


def listed(messages: Sequence[str]) -> str:
    """Join messages for a person, the first few of many."""
    rest = len(messages) - _LISTED
    shown = " ".join(messages[:_LISTED])
    return f"{shown} ... and {rest} more, each in its entry of users." if rest > 0 else shown


def named(names: Sequence[str]) -> str:
    """Join names for a person, the first few of many."""
    rest = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {rest} more" if rest > 0 else "")
