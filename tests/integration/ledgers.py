# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of a ledger as they look, written by whoever a test wants."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.emulator.cast import id_of
from tests.emulator.testing import Emulator

LEDGER = "access-ledger"


def message(record: object) -> str:
    """A sentence, and a line of JSON in its frame."""
    line = record if isinstance(record, str) else json.dumps(record)
    return f"TOTP reset by somebody.\n```json\n{line}\n```"


def records(run: str, *names: str, job: str = "totp", steps: str = "totp sessions", **more: Any) -> list[Any]:
    """What a run wrote that took these steps for these people: its beginning and its end."""
    both = {"v": 1, "run": run, "job": job, "ticket": None, "operator": "somebody", "process": "elsewhere/1.1", **more}
    ids = {id_of(name): name for name in names}
    return [
        {**both, "phase": "begin", "users": ids},
        {**both, "phase": "end", "last": True, "done": {steps: list(ids)}},
    ]


def tell(server: Emulator, author: str, told: Sequence[Any], room: str = LEDGER, **keys: Any) -> None:
    """Put messages into a ledger past all rules."""
    for record in told:
        server.add_message(room, u=author, msg=message(record), **keys)


def said(server: Emulator, room: str = LEDGER) -> list[dict[str, Any]]:
    """The records of a ledger, oldest first."""
    return [
        json.loads(one["msg"].split("```json\n")[1].split("\n```")[0])
        for one in server.messages(room)
        if "t" not in one and "```json" in one["msg"]
    ]
