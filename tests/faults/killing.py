# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module that offboards in a process group of its own, and kills that."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulator.cast import SVC_BYPASS_TOKEN, id_of
from tests.emulator.testing import Emulator
from tests.faults.harness import HELPDESK, LIMIT, Result, read_result
from tests.module_process import start_module

LEDGER = "access-ledger"
# What the helpdesk's role lacks in the emulator's cast.
_PERMISSIONS = ("logout-other-user", "edit-other-user-active-status", "view-other-user-channels")
_FOR_ROOMS_AND_WEBHOOKS = (
    "set-owner",
    "add-user-to-any-c-room",
    "manage-incoming-integrations",
    "manage-outgoing-integrations",
    "manage-own-incoming-integrations",
    "manage-own-outgoing-integrations",
)
_TICK = 0.005


def people(first: int, count: int) -> list[str]:
    """Names of accounts that the emulator has with ``--users``."""
    return [f"user{number:05d}" for number in range(first, first + count)]


def prepare(server: Emulator, names: Sequence[str]) -> None:
    """Let the helpdesk offboard, and give each account a session that can be seen to end."""
    held = server.control("permissions")
    server.permissions({permission: [*held[permission], "helpdesk"] for permission in _PERMISSIONS})
    for name in names:
        server.token(name)


def give_rooms_and_webhooks(server: Emulator, names: Sequence[str]) -> None:
    """Give each account a channel that it alone owns, and a webhook, and let the helpdesk see to both."""
    server.permissions({permission: ["admin", "helpdesk"] for permission in _FOR_ROOMS_AND_WEBHOOKS})
    for name in names:
        server.change_user(name, roles=["user", "bot"])
        server.control("rooms", {"name": f"of-{name}", "owners": [name], "members": ["bob"]})
        server.control("integrations", {"name": f"in-{name}", "username": name, "channel": f"#of-{name}"})


@dataclass
class Offboarding:
    """The module for some people of a server, with ledger and journal; it may be started as often as wanted."""

    server: Emulator
    home: Path
    names: list[str]
    ledger: str = LEDGER
    journal: str = "journal.jsonl"

    def start(self, **options: Any) -> subprocess.Popen[str]:
        """Start it."""
        arguments = {
            "api_url": self.server.url,
            "api_user_id": id_of(HELPDESK),
            "api_token": SVC_BYPASS_TOKEN,
            "usernames": self.names,
            "ledger": self.ledger,
            "ledger_required": True,
            "journal": str(self.home / self.journal),
            "ticket": "HR-17",
            "retries": 0,
            **options,
        }
        return start_module("rocketchat_user_offboard", self.home, arguments)

    def finish(self, process: subprocess.Popen[str]) -> Result:
        """Wait for it and read what it says."""
        stdout, stderr = process.communicate(timeout=LIMIT)
        return read_result(process.returncode, stdout, stderr)

    def run(self, **options: Any) -> Result:
        """Run it to its end."""
        return self.finish(self.start(**options))

    def lines(self) -> list[dict[str, Any]]:
        """What the journal holds; every line of it is whole."""
        return [json.loads(line) for line in (self.home / self.journal).read_text(encoding="utf-8").splitlines()]

    def intended(self) -> set[str]:
        """Whom the journal says that something is about to be done to."""
        return {line["username"] for line in self.lines() if line["type"] == "intent"}

    def records(self, phase: str) -> list[dict[str, Any]]:
        """What the ledger holds of one kind."""
        rooms = {room["name"] for room in self.server.control("rooms")["rooms"]}
        said = self.server.messages(self.ledger) if self.ledger in rooms else []
        records = [json.loads(one["msg"].split("```json\n")[1].split("\n```")[0]) for one in said if "t" not in one]
        return [record for record in records if record["phase"] == phase]

    def announced(self) -> set[str]:
        """Whom the ledger says that something is about to be done to."""
        return {name for record in self.records("begin") for name in record["users"].values()}

    def changed(self) -> set[str]:
        """Whose account is not as it was."""
        users = self.server.state()["users"]
        return {name for name in self.names if not _untouched(users[name])}

    def finished(self) -> bool:
        """Whether everybody is without access and without a second factor."""
        users = self.server.state()["users"]
        return all(
            (users[name]["active"], users[name]["totp"], users[name]["tokens"]["total"]) == (False, None, 0)
            for name in self.names
        )

    def left(self) -> list[str]:
        """Rooms that nobody owns who could use them, and webhooks that are alive."""
        rooms, webhooks = self.server.control("rooms")["rooms"], self.server.integrations()
        lost = [room["name"] for room in rooms if room["name"].startswith("of-") and room["owners"] != ["bob"]]
        return lost + [name for name, webhook in webhooks.items() if webhook["enabled"]]

    def notices(self) -> Counter[str]:
        """How many notices of a deactivation went to each address."""
        return Counter(mail["to"] for mail in self.server.mails() if "deactivated" in mail["subject"])


def _untouched(user: dict[str, Any]) -> bool:
    """Whether an account is as :func:`prepare` left it."""
    return bool(user["active"] and user["totp"] and user["tokens"]["total"])


def kill(process: subprocess.Popen[str]) -> None:
    """End the whole process group without a word."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=LIMIT)


def wait_for_strike(server: Emulator, process: subprocess.Popen[str]) -> None:
    """Return when the only rule has struck for the first time, or the run is over."""
    end = time.monotonic() + LIMIT
    while process.poll() is None:
        [rule] = server.control("faults")
        if rule["seen"] >= rule["nth"]:
            return
        assert time.monotonic() < end, "Nothing was struck."
        time.sleep(_TICK)


def kill_at(server: Emulator, process: subprocess.Popen[str], choice: random.Random) -> None:
    """Kill a run where :func:`strike` chose: in the middle of a write, or wherever it is a little after one."""
    wait_for_strike(server, process)
    if server.control("faults")[0]["kind"] == "latency":
        time.sleep(choice.random() * 0.1)
    kill(process)
    server.control("faults", method="DELETE")


def strike(server: Emulator, choice: random.Random, *, writes: int) -> None:
    """Choose the write at which a run is to be killed.

    Half of the time that one hangs, before or after the server obeyed; otherwise nothing happens to it, and the run
    goes on until it is killed.
    """
    kind = choice.choice(["hang", "hang-after", "latency", "latency"])
    more = {"ms": 1} if kind == "latency" else {}
    match = {"method": "POST", "nth": choice.randint(1, writes), "count": 1 if kind == "latency" else 0}
    server.fault(kind, match, **more)
