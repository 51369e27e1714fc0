# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A result in lines for people: what is the same for several people is said once, and a line is one line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import NOT_LOOKED_AT

# So many names of those who left the same thing behind are told, of more their number.
_NAMES = 3


def run_told(title: str, result: Mapping[str, Any], *, warnings: bool, unseen: Collection[str]) -> list[str]:
    """Tell of a run.

    :arg title: what the job is called
    :arg result: of a module with targets
    :arg warnings: what is left behind is nobody's property, but what may still happen
    :arg unseen: steps that were taken and of which the server shows nothing afterwards
    """
    users, run = result["users"], result["run"]
    return [
        _head(title, run),
        *(user["said"] for user in users),
        *notes(users, warnings=warnings),
        _counts(users, result["summary"]) if users else "Nothing was done to anybody.",
        *(f"TO BE TOLD to {user['username']}: {user['to_tell']}" for user in users if user.get("to_tell")),
        *_last(users, result, unseen),
    ]


def notes(users: Sequence[Mapping[str, Any]], *, warnings: bool = False) -> list[str]:
    """Tell what is left behind, and what is kept."""
    whose: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for user in users:
        for thing in user["left_behind"]:
            names = whose.setdefault(tuple(thing.items()), [])
            if user["username"] not in names:
                names.append(user["username"])
    lines = [_left(dict(thing), names, warnings=warnings) for thing, names in whose.items()]
    for user in users:
        kept = ", ".join(f"{thing['kind']} {thing['name']}" for thing in user.get("kept", ()))
        lines += [f"KEPT ({user['username']}): {kept}"] if kept else []
    return [line.replace("\n", " ") for line in lines]


def _left(thing: Mapping[str, str], names: Sequence[str], *, warnings: bool) -> str:
    if warnings:
        return f"WARNING: {thing['cure']}"
    if thing["name"] == NOT_LOOKED_AT:
        return f"NOT LOOKED AT: {thing['cure']}"
    who = ", ".join(names) if len(names) <= _NAMES else f"{len(names)} people"
    return f"LEFT BEHIND ({who}): {thing['kind'].replace('_', ' ')} {thing['name']}: {thing['cure']}"


def _head(title: str, run: Mapping[str, Any]) -> str:
    return (
        ("CHECK MODE, nothing was changed. " if run["check_mode"] else "")
        + f"{title} on {run['workspace']}"
        + (f" as {run['account']}" if "account" in run else "")
        + (f", ticket {run['ticket']}" if run["ticket"] else "")
    )


def _counts(users: Sequence[Any], summary: Mapping[str, int]) -> str:
    counts = ", ".join(f"{outcome.replace('_', ' ')} {number}" for outcome, number in sorted(summary.items()))
    return f"In all {len(users)}: {counts}."


def _last(users: Sequence[Any], result: Mapping[str, Any], unseen: Collection[str]) -> Iterator[str]:
    run = result["run"]
    if users and list(result["summary"]) == ["nothing_to_do"]:
        yield "Nothing was to be done: nothing was changed, and nobody was mailed."
    if not unseen or run["ledger"]:
        return
    words = "NOT REMEMBERED: there is no ledger, so another run would"
    if run["job"] == "offboard":
        yield (
            f"{words} end the sessions of the same people once more. Who is deactivated and half done is finished only"
            " with force: true."
        )
    elif set(unseen) == {"sessions"}:
        yield f"{words} end the sessions of the same people once more."
    else:
        yield f"{words} do the same again, and mail again."
