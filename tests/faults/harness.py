# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the real module process against the emulator while something goes wrong, and checks what it says afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.emulator.cast import SVC_BYPASS_TOKEN, SVC_HELPDESK_TOKEN, crowd, default_world, id_of
from tests.emulator.testing import Emulator
from tests.module_process import start_module

HELPDESK = "svc-helpdesk"
USERS = 300
NAMES = [f"user{number:05d}" for number in range(1, USERS + 1)]
RESET = "/api/v1/users.resetTOTP"
# Whoever waits longer than this for a process has found a hang.
LIMIT = 60.0
_TICK = 0.02
_FIXED_SEED = 20260301


def seeds() -> list[int]:
    """The seeds of this session: one fixed, one new; ``FAULTS_SEED=1,2`` repeats others.

    The workers of pytest-xdist have to agree on the new one, so it is made from what they have in common.
    """
    given = os.environ.get("FAULTS_SEED", "")
    if given:
        return [int(seed) for seed in given.split(",")]
    shared = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    new = int(hashlib.sha256(shared.encode()).hexdigest()[:6], 16) if shared else random.SystemRandom().randrange(2**24)
    return [_FIXED_SEED, new]


def rounds(seeds: list[int]) -> list[tuple[int, int]]:
    """Pairs of a concurrency and a seed: each with one of the session's own seeds, or all where seeds are given."""
    if os.environ.get("FAULTS_SEED"):
        return [(concurrency, seed) for concurrency in (1, 4) for seed in seeds]
    return [(1, seeds[0]), (4, seeds[1])]


def position(seed: int, *salt: object) -> int:
    """Where in the run the fault strikes: not the first request, which goes alone, and not among the last."""
    return random.Random(f"{seed}{salt}").randint(2, USERS - 8)


@dataclass(frozen=True)
class Result:
    """What one run of the module left behind."""

    rc: int
    data: dict[str, Any]

    @property
    def users(self) -> list[dict[str, Any]]:
        """The entries, one a target."""
        return list(self.data["users"])

    @property
    def failed(self) -> bool:
        """Whether the run failed."""
        return bool(self.data.get("failed"))

    @property
    def code(self) -> str | None:
        """The code of what the run failed with."""
        error = self.data.get("error")
        return str(error["code"]) if error else None

    def names(self, wanted: Callable[[dict[str, Any]], bool]) -> set[str]:
        """The user names of the entries that fit."""
        return {entry["username"] for entry in self.users if wanted(entry)}

    @property
    def done(self) -> set[str]:
        """Who is reported as reset."""
        return self.names(lambda entry: bool(entry["changed"]))

    @property
    def unknown(self) -> set[str]:
        """Whose reset may have taken effect or not."""
        return self.names(lambda entry: entry.get("error", {}).get("details", {}).get("outcome") == "unknown")

    @property
    def not_attempted(self) -> set[str]:
        """Whose turn did not come."""
        return self.names(lambda entry: entry.get("error", {}).get("code") == "not-attempted")

    @property
    def broken(self) -> set[str]:
        """Who has an error of their own."""
        return self.names(lambda entry: "error" in entry) - self.not_attempted


def read_result(rc: int, stdout: str, stderr: str) -> Result:
    """One JSON document and nothing else, whatever happened."""
    assert "Traceback" not in stdout + stderr, stdout[-3000:] + stderr[-3000:]
    assert stderr == "", stderr[-3000:]
    data = json.loads(stdout, parse_constant=_refuse_constant)
    assert rc == (1 if data.get("failed") else 0)
    assert SVC_BYPASS_TOKEN not in stdout
    assert SVC_HELPDESK_TOKEN not in stdout
    return Result(rc, data)


def _refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON.")


@dataclass
class Case:
    """A server, and the module that is run against it."""

    home: Path
    server: Emulator = field(init=False)
    _at_first: dict[str, Any] = field(init=False)
    _runs: int = 0
    _last: dict[str, Any] | None = None

    def __enter__(self) -> Case:
        self.server = Emulator("8.6", "--users", str(USERS))
        self.server.start()
        self._at_first = self.state()["users"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.stop()

    def state(self) -> dict[str, Any]:
        """The state of the server, or the last one before it went down."""
        if self.server.running:
            self._last = self.server.state()
        assert self._last is not None
        return self._last

    def reset_ones(self) -> set[str]:
        """Who has no TOTP any more, on the server."""
        users = self.state()["users"]
        return {name for name in NAMES if users[name]["totp"] is None}

    # The module

    def start(self, names: list[str] | None = None, **options: Any) -> subprocess.Popen[str]:
        """Start the module as Ansible does, with its arguments in a file."""
        arguments = {
            "api_url": self.server.url,
            "api_user_id": id_of(HELPDESK),
            "api_token": SVC_BYPASS_TOKEN,
            "usernames": NAMES if names is None else names,
            "timeout": 10,
            "retries": 0,
            **options,
        }
        return start_module("rocketchat_user_totp_reset", self.home, arguments)

    def finish(self, process: subprocess.Popen[str]) -> Result:
        """Wait for the module and read what it says."""
        try:
            stdout, stderr = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise AssertionError(f"The module has not ended within {LIMIT} seconds.") from None
        return read_result(process.returncode, stdout, stderr)

    def run(self, names: list[str] | None = None, **options: Any) -> Result:
        """Run the module."""
        return self.finish(self.start(names, **options))

    def until_struck(self, process: subprocess.Popen[str]) -> None:
        """Return when the only fault rule has struck for the first time."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            [rule] = self.server.control("faults")
            if rule["seen"] >= rule["nth"]:
                return
            try:
                stdout, stderr = process.communicate(timeout=_TICK)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"The module ended before the fault struck.\n{stdout[-2000:]}\n{stderr[-2000:]}")
        process.kill()
        raise AssertionError("The fault never struck.")

    # The server

    def take_down(self) -> None:
        """Stop the server; its last state is kept."""
        self.state()
        self.server.stop()

    def bring_up(self) -> None:
        """Start a fresh process on the same port, which goes on with the state that the last one had."""
        users = self.state()["users"]
        world = default_world()
        world["users"] += [{**user, "totp": user["totp"] and users[user["username"]]["totp"]} for user in crowd(USERS)]
        for entry in world["users"]:
            if entry["username"] in NAMES and users[entry["username"]]["totp"] is None:
                entry["totp"] = None
        url, port = self.server.url, self.server.url.rpartition(":")[2]
        self.server = Emulator("8.6", "--port", port, world=world)
        self.server.start()
        assert self.server.url == url

    def ask_to_end(self, process: subprocess.Popen[str]) -> None:
        """Ask the module to end, as a job's cancellation does."""
        process.send_signal(signal.SIGTERM)

    # What must be true whatever happened

    def check(self, result: Result, names: list[str] | None = None, before: set[str] | None = None) -> None:
        """Hold a report against the server: everybody once, nothing unreported, nothing made up."""
        asked = NAMES if names is None else names
        assert [entry["username"] for entry in result.users] == asked
        for entry in result.users:
            _check_entry(entry)
        reset = self.reset_ones() - (before or set())
        invented = result.done - reset
        assert not invented, f"reported as reset, but not reset: {sorted(invented)}"
        silent = reset - result.done - result.unknown
        assert not silent, f"reset, but not reported: {sorted(silent)}"
        self._nobody_else_was_touched()
        errors = result.broken | result.not_attempted
        assert bool(errors) is result.failed
        assert result.data["changed"] is bool(result.done)
        if result.failed:
            assert result.data["error"]["code"]
            _check_sum(result, len(asked))

    def _nobody_else_was_touched(self) -> None:
        now = self.state()["users"]
        assert set(now) == set(self._at_first)
        for name in set(now) - set(NAMES):
            assert now[name]["totp"] == self._at_first[name]["totp"], name

    def finish_the_rest(self, result: Result, **options: Any) -> None:
        """Run again with those who are not done, and see everybody done once."""
        before = self.reset_ones()
        rest = [entry["username"] for entry in result.users if not entry["changed"]]
        if not rest:
            assert before == set(NAMES)
            return
        again = self.run(rest, **options)
        assert not again.failed, again.data.get("msg")
        assert again.done == set(rest)
        assert self.reset_ones() == set(NAMES)
        self.check(again, rest, before=before - set(rest))

    def resets_after(self, status: int | None) -> int:
        """How many resets were answered with this status."""
        return sum(entry["path"] == RESET and entry["status"] == status for entry in self.server.requests())

    @property
    def resets_seen(self) -> int:
        """How many resets reached the server."""
        return sum(entry["path"] == RESET for entry in self.server.requests())


def _check_entry(entry: dict[str, Any]) -> None:
    error = entry.get("error")
    if error is None:
        assert entry["changed"] is True
        assert entry["attempts"] >= 1
        return
    assert entry["changed"] is False
    assert set(error) == {"code", "message", "details"}
    assert error["code"]
    assert error["message"]
    if error["code"] == "not-attempted":
        assert entry["attempts"] == 0
        assert error["details"] == {}
    if error["details"].get("outcome") == "unknown":
        assert entry["attempts"] >= 1
        assert entry["sessions_ended"] is None
    else:
        assert entry["sessions_ended"] is False


def _check_sum(result: Result, total: int) -> None:
    """The message counts what the entries say."""
    counts = re.match(r"(\d+) of (\d+) accounts reset, (\d+) failed, (\d+) not attempted\.", result.data["msg"])
    if counts is None:
        # The run ended before the first reset.
        assert not result.done
        return
    expected = [len(result.done), total, len(result.broken), len(result.not_attempted)]
    assert [int(count) for count in counts.groups()] == expected
