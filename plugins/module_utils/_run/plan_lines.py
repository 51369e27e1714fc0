# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as lines for a person: a table of who would be offboarded and why, then what else is worth a look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# The file has all of them.
_MOST = 20
_WIDEST = 40
_HEAD = ("USER NAME", "ID", "NAME", "E-MAIL", "WHY")


def lines_of(plan: Mapping[str, Any], path: str) -> list[str]:
    """Return the lines.

    :arg plan: as :func:`people_plan.work_out` makes it
    :arg path: where it lies
    """
    accounts = plan["accounts"]
    head = (
        f"{plan['workspace']}: {len(accounts)} of {plan['active']} active accounts would be offboarded by a list of"
        f" {plan['people']} people (plan of {plan['made']})."
    )
    return [
        head,
        *(_table(accounts) if accounts else []),
        *_some("LEFT ALONE", [f"{_who(entry)}: {entry['reason']}" for entry in plan["left_alone"]]),
        *_some("NO ACCOUNT", [f"row {entry['row']}: {_plain(', '.join(entry['keys']))}" for entry in plan["missing"]]),
        *_some("DEACTIVATED", [f"row {entry['row']}: {_who(entry)}" for entry in plan["deactivated"]]),
        *_some("NOTE", [_plain(words) for words in plan["told"]]),
        f"Plan: {path} (digest {plan['digest'][:12]})",
    ]


def _table(accounts: Sequence[Mapping[str, Any]]) -> list[str]:
    rows = [
        (entry["username"], entry["user_id"], entry["name"], ", ".join(entry["emails"]), entry["reason"])
        for entry in accounts
    ]
    # Cut, but for the last column: one long name must not push all others out of sight.
    cells = [_HEAD, *([_cut(value) for value in row[:-1]] + [_plain(row[-1])] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEAD) - 1)]
    return ["  ".join([*(value.ljust(width) for value, width in zip(row, widths)), row[-1]]) for row in cells]


def _who(entry: Mapping[str, Any]) -> str:
    return f"{_plain(entry['username'])} ({entry['user_id']})"


def _some(title: str, entries: Sequence[str]) -> list[str]:
    rest = len(entries) - _MOST
    more = [f"{title} ... and {rest} more, all of them in the file"] if rest > 0 else []
    return [f"{title} {entry}" for entry in entries[:_MOST]] + more


def _plain(text: str) -> str:
    """Return a text as one line: a name may hold any sign."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _cut(text: str) -> str:
    plain = _plain(text)
    return plain if len(plain) <= _WIDEST else f"{plain[: _WIDEST - 3]}..."
