# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator for tests: a process that goes away with the ``with`` block.

Only the standard library is used here, so that any test or script may import it.
"""

from __future__ import annotations

import functools
import json
import multiprocessing
import os
import ssl
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

REPO_ROOT = Path(__file__).resolve().parents[2]


class EmulatorError(RuntimeError):
    """The emulator did not start, or refused a control request."""


@functools.cache
def _forks() -> ForkServerContext:
    """A process that has imported what emulators need, and ends with the one that asked for it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.emulator.__main__"])
    return context


def _run(arguments: Sequence[str], lifeline: Connection, greeting: Connection) -> None:
    """What a forked process does: the command's ``main``, with the pipes as standard input and output."""
    os.dup2(lifeline.fileno(), 0)
    os.dup2(greeting.fileno(), 1)
    lifeline.close()
    greeting.close()
    from tests.emulator.__main__ import main

    raise SystemExit(main(arguments))


class Emulator:
    """Starts an emulator and talks to its control API.

    ``with Emulator("6.5", "--users", "100") as server: …``
    """

    def __init__(self, speak: str = "8.6", *options: str, world: dict[str, Any] | None = None) -> None:
        self._arguments = ("--exit-with-stdin", "--speak", speak, *options)
        self._world = world
        self._process: ForkServerProcess | None = None
        self._lifeline: Connection | None = None
        # Proxies of the environment are none of the emulator's business, and it is on loopback,
        # so its certificate is not checked here.
        context = ssl._create_unverified_context()
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
        self.url = ""
        self.pid = 0

    def __enter__(self) -> Emulator:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and wait until it listens."""
        its_lifeline, self._lifeline = multiprocessing.Pipe(duplex=False)
        answer, its_answer = multiprocessing.Pipe(duplex=False)
        self._process = _forks().Process(target=_run, args=(self._arguments, its_lifeline, its_answer), daemon=True)
        self._process.start()
        its_lifeline.close()
        its_answer.close()
        with answer, open(answer.fileno(), encoding="utf-8", closefd=False) as greetings:
            line = greetings.readline()
        if not line:
            self._process.join()
            status = self._process.exitcode
            self.stop()
            raise EmulatorError(f"The emulator ended with status {status} before it listened.")
        greeting = json.loads(line)
        self.url, self.pid = greeting["url"], greeting["pid"]
        if self._world is not None:
            self.control("world", self._world)

    def stop(self) -> None:
        """End the process; does nothing when it is gone already."""
        process, self._process = self._process, None
        if process is None:
            return
        if self._lifeline is not None:
            self._lifeline.close()
        process.terminate()
        process.join(5)
        if process.is_alive():
            process.kill()
            process.join()

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.is_alive()

    def control(self, path: str, body: Any = None, method: str | None = None, *, timeout: float = 30) -> Any:
        """Call the control API: POST with a body, GET without, or the method that is given."""
        data = None if body is None else json.dumps(body).encode()
        verb = method or ("GET" if data is None else "POST")
        request = Request(
            f"{self.url}/_emulator/{path}",
            data=data,
            method=verb,
            headers={"Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=timeout) as answer:
                return json.load(answer)
        except HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            raise EmulatorError(f"{verb} {path}: {error.code} {text}") from error

    def state(self) -> dict[str, Any]:
        """Everything: users, mails, settings, clock."""
        return dict(self.control("state"))

    def user(self, name: str) -> dict[str, Any]:
        """One account."""
        return dict(self.control(f"users/{quote(name, safe='')}"))

    def room(self, name: str) -> dict[str, Any]:
        """One room by its name or, for discussions, the name that people see."""
        rooms = self.control("rooms")["rooms"]
        return dict(next(room for room in rooms if name in (room["name"], room["fname"])))

    def team(self, name: str) -> dict[str, Any]:
        """One team."""
        return dict(next(team for team in self.control("rooms")["teams"] if team["name"] == name))

    def messages(self, room: str) -> list[dict[str, Any]]:
        """The messages of a room, oldest first, as answers show them."""
        return list(self.control(f"rooms/{quote(room, safe='')}/messages"))

    def add_message(self, room: str, /, **message: Any) -> dict[str, Any]:
        """Put a message into a room past all rules; the keys are those of a record, ``u`` may be a user name."""
        return dict(self.control(f"rooms/{quote(room, safe='')}/messages", message))

    def delete_message(self, room: str, message_id: str) -> None:
        """Take a message out of a room, as a retention policy does."""
        self.control(f"rooms/{quote(room, safe='')}/messages/{quote(message_id, safe='')}", method="DELETE")

    def change_user(self, name: str, /, **changes: Any) -> dict[str, Any]:
        """Change an account; the keys are those of a world."""
        return dict(self.control(f"users/{quote(name, safe='')}", changes, "PATCH"))

    def totp_code(self, name: str) -> str:
        """The present TOTP code of an account."""
        return str(self.control(f"users/{quote(name, safe='')}/totp")["code"])

    def email_code(self, name: str) -> str | None:
        """The mailed code of an account that is still good."""
        code = self.control(f"users/{quote(name, safe='')}/email-code")["code"]
        return None if code is None else str(code)

    def token(self, name: str, /, **options: Any) -> dict[str, str]:
        """Give an account a token; returns token and userId."""
        return dict(self.control(f"users/{quote(name, safe='')}/tokens", options))

    def tokens(self, name: str) -> list[str]:
        """The login tokens that an account has, oldest first."""
        return list(self.control(f"users/{quote(name, safe='')}/tokens"))

    def settings(self, values: dict[str, Any]) -> None:
        """Change settings."""
        self.control("settings", values, "PATCH")

    def permissions(self, values: Mapping[str, Sequence[str]]) -> None:
        """Give permissions to roles."""
        self.control("permissions", dict(values), "PATCH")

    def roles(self, names: Mapping[str, str]) -> None:
        """Make roles with these names, by their ids."""
        self.control("roles", dict(names), "PATCH")

    def fault(self, kind: str, match: dict[str, Any] | None = None, **arguments: Any) -> None:
        """Add a fault rule."""
        self.control("faults", {"kind": kind, "match": match or {}, **arguments})

    def integrations(self) -> dict[str, dict[str, Any]]:
        """All webhooks by name, as answers show them."""
        return {entry["name"]: entry for entry in self.control("integrations")}

    def outgoing_calls(self) -> list[dict[str, Any]]:
        """What outgoing webhooks would have sent so far."""
        return list(self.control("outgoing-calls"))

    def sign_in(self, login: str, password: str, code: str | None = None) -> tuple[int, dict[str, Any]]:
        """What a person meets who signs in by user name or address: status and body."""
        given = {"user": login, "password": password} | ({} if code is None else {"code": code})
        headers = {"Content-Type": "application/json"}
        request = Request(f"{self.url}/api/v1/login", json.dumps(given).encode(), headers)
        try:
            with self._opener.open(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, json.load(error)

    def mails(self) -> list[dict[str, Any]]:
        """All mails so far."""
        return list(self.control("mails"))

    def wait_for(self, endpoint: str) -> None:
        """Wait until there is a request of an endpoint, answered or not; it must come within two minutes."""
        self.control(f"requests/{endpoint}", timeout=120)

    def requests(self) -> list[dict[str, Any]]:
        """All API requests so far."""
        return list(self.control("requests"))
