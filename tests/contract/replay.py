# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replaying the recordings of one version against one emulator, in their order and on one state."""

from __future__ import annotations

import http.client
import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.contract import unrecorded
from tests.contract.codes import Codes
from tests.contract.compare import Comparer
from tests.contract.sessions import Sessions
from tests.emulator.cast import bootstrap_users
from tests.emulator.testing import Emulator

HERE = Path(__file__).parent
VERSIONS = ("6.5", "8.6")

_USER_AGENT = "contract/1.0"
_LIMIT_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining")
_PLACEHOLDER = re.compile(r"<(id:[^>]+|token-\d+)>")
_STATE_KEYS = ("totp", "active", "email2fa", "requirePasswordChange", "e2e_key")


@dataclass
class Outcome:
    """What came of replaying one scenario."""

    compared: int = 0
    effects: int = 0
    mail_checks: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass
class Answer:
    """An answer as it came over the wire."""

    status: int
    content_type: str | None
    headers: dict[str, str]
    body: bytes


def scenarios(version: str) -> list[dict[str, Any]]:
    """The recordings of one version, in order."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((HERE / version).glob("*.json"))]


class Replay:
    """Replays one version; the state goes on from scenario to scenario."""

    def __init__(self, emulator: Emulator, version: str) -> None:
        self._emulator = emulator
        self._recordings = scenarios(version)
        self.comparer = Comparer()
        self._codes = Codes(emulator)
        self._sessions = Sessions(emulator, self._recordings, self.comparer.bindings)
        # What was done to make the state before a step that of the recording.
        self.alignments: list[str] = []
        self._connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc, timeout=30)
        self._unclaimed: list[tuple[str, str]] = []

    def run(self) -> dict[str, Outcome]:
        """Replay everything; an outcome for each scenario."""
        self._emulator.control("world", {"users": bootstrap_users()})
        for name in ("rcadmin", "rocket.cat"):
            self.comparer.bindings[f"id:{name}"] = self._emulator.user(name)["_id"]
        outcomes = {}
        for recording in self._recordings:
            name = recording["scenario"]
            self._unclaimed.clear()
            outcomes[name] = outcome = Outcome()
            for exchange in recording["exchanges"]:
                problems = self._exchange(name, exchange, outcome)
                outcome.problems.extend(f"{exchange['step']}: {problem}" for problem in problems)
            self._emulator.settings(unrecorded.SETTINGS_AFTER.get(name, {}))
        self._connection.close()
        return outcomes

    def _exchange(self, scenario: str, exchange: dict[str, Any], outcome: Outcome) -> list[str]:
        step, request, recorded = exchange["step"], exchange["request"], exchange["response"]
        self._emulator.settings(unrecorded.SETTINGS.get((scenario, step), {}))
        self._emulator.permissions(unrecorded.PERMISSIONS.get((scenario, step), {}))
        for user, changes in unrecorded.USERS.get((scenario, step), {}).items():
            self._emulator.change_user(user, **changes)
        before = _by_user(exchange.get("state_before"))
        self._sessions.prepare(step, request, recorded, before)
        problems = self._align(f"{scenario}: {step}", before)
        self._emulator.control("mails", method="DELETE")
        answer = self._send(scenario, step, request)
        self._codes.learn(request, answer.body)
        problems += [f"answer: {problem}" for problem in self._compare(request, recorded, answer)]
        outcome.compared += 1
        after = _by_user(exchange.get("state_after"))
        for user, expected in after.items():
            problems += [f"state of {user}: {problem}" for problem in self._state_differences(user, expected)]
            outcome.effects += 1
        problems += self._mails(exchange.get("mails"))
        outcome.mail_checks += "mails" in exchange
        return problems

    # Requests

    def _send(self, scenario: str, step: str, request: dict[str, Any]) -> Answer:
        path = self._fill(request["path"])
        headers = self._headers(step, request)
        body = self._body(scenario, step, request, headers)
        for name, value in request.get("two_factor", {}).items():
            is_code = name == "x-2fa-code"
            headers[name] = self._codes.header(scenario, step, request, value) if is_code else value
        if "lower-case" in step:
            headers = {name.lower(): value for name, value in headers.items()}
        elif "upper-case" in step:
            headers = {name.upper(): value for name, value in headers.items()}
        self._connection.request(request["method"], path, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        received = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, received.get("content-type"), received, content)

    def _headers(self, step: str, request: dict[str, Any]) -> dict[str, str]:
        """The headers, with what only the name of a step tells of them."""
        headers = {"User-Agent": "another/2.0" if "other-user-agent" in step else _USER_AGENT}
        if "as" in request:
            headers["X-User-Id"] = self.comparer.bindings[f"id:{request['as']}"]
        if "token" in request:
            token = self.comparer.bindings[request["token"]]
            headers["X-Auth-Token"] = f" {token} \t" if "padding" in step else token
        admin = (self.comparer.bindings["id:rcadmin"], self._sessions.last_of("rcadmin"))
        if step.startswith("bearer"):
            headers["Authorization"] = f"Bearer {admin[1]}"
        elif step.startswith("cookie"):
            headers["Cookie"] = f"rc_uid={admin[0]}; rc_token={admin[1]}"
        elif step == "gzip":
            headers["Accept-Encoding"] = "gzip"
        return headers

    def _body(self, scenario: str, step: str, request: dict[str, Any], headers: dict[str, str]) -> bytes | None:
        if "body" not in request:
            return None
        if not step.startswith("no-content-type"):
            headers["Content-Type"] = request.get("content_type", "application/json")
        body = self._fill(request["body"])
        if isinstance(body, str):
            return body.encode()
        return json.dumps(self._codes.in_body(scenario, step, request, body)).encode()

    def _fill(self, value: Any) -> Any:
        """Put in what the placeholders stand for."""
        if isinstance(value, str):
            cut = re.fullmatch(r"(.)\1*… <(\d+) characters>", value)
            if cut is not None:
                return cut[1] * int(cut[2])
            return _PLACEHOLDER.sub(lambda match: self.comparer.bindings[match[1]], value)
        if isinstance(value, dict):
            return {key: self._fill(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._fill(inner) for inner in value]
        return value

    # Comparisons

    def _compare(self, request: dict[str, Any], recorded: dict[str, Any], answer: Answer) -> list[str]:
        problems = []
        if answer.status != recorded["status"]:
            problems.append(f"status {answer.status}; recorded: {recorded['status']} ({answer.body[:200]!r})")
        expected_type = _main_part(recorded.get("content-type"))
        if _main_part(answer.content_type) != expected_type:
            problems.append(f"content type {answer.content_type}; recorded: {expected_type}")
        problems += [
            f"{name}: {answer.headers.get(name)}; recorded: {recorded.get(name)}"
            for name in _LIMIT_HEADERS
            if answer.headers.get(name) != recorded.get(name)
        ]
        if ("x-ratelimit-reset" in recorded) != ("x-ratelimit-reset" in answer.headers):
            problems.append("x-ratelimit-reset is there or missing, unlike the recording")
        elif "x-ratelimit-reset" in recorded:
            left = int(answer.headers["x-ratelimit-reset"]) / 1000 - time.time()
            if not 0 < left <= 60:
                problems.append(f"x-ratelimit-reset is {left} s away")
        expected = recorded["body"]
        actual: Any = answer.body.decode()
        if not isinstance(expected, str):
            try:
                actual = json.loads(actual)
            except ValueError:
                return [*problems, f"no JSON: {actual[:200]!r}"]
        return problems + self.comparer.differences(expected, actual)

    def _state_differences(self, user: str, expected: dict[str, Any]) -> list[str]:
        actual = self._emulator.user(user)
        problems = [
            f"{key} is {actual[key]!r}; recorded: {expected[key]!r}"
            for key in _STATE_KEYS
            if actual[key] != expected[key]
        ]
        tokens = actual["tokens"] if actual["has_token_list"] else {}
        if tokens != expected["tokens"]:
            problems.append(f"tokens are {tokens}; recorded: {expected['tokens']}")
        return problems

    def _align(self, where: str, before: dict[str, dict[str, Any]]) -> list[str]:
        """Make up for what the recorder did unrecorded; anything else that differs is a problem."""
        problems = []
        for user, expected in before.items():
            actual = self._emulator.user(user)
            # Logins to look at: they only ever add sessions.
            missing = expected["tokens"].get("total", 0) - actual["tokens"]["total"]
            for _nth in range(missing):
                self._sessions.add(user)
            if missing > 0:
                self.alignments.append(f"{where}: {missing} login(s) of {user}")
            # A fresh start for the next enrolment, straight in the database: the sessions stay.
            if expected["totp"] is None and actual["totp"] is not None:
                self._emulator.change_user(user, totp=None)
                self.alignments.append(f"{where}: TOTP of {user} removed")
            if expected["e2e_key"] and not actual["e2e_key"]:
                self._emulator.change_user(user, e2e_key=True)
                self.alignments.append(f"{where}: {user} got an E2E key")
            problems += [f"state of {user} before: {problem}" for problem in self._state_differences(user, expected)]
        return problems

    def _mails(self, expected: list[dict[str, Any]] | None) -> list[str]:
        """Compare mails where the recorder looked at them; some showed up late, never early."""
        sent = [(mail["to"], mail["subject"]) for mail in self._emulator.mails()]
        if expected is None:
            self._unclaimed += sent
            return []
        problems = []
        for mail in expected:
            key = (mail["to"][0].strip("<>"), mail["subject"])
            if key in sent:
                sent.remove(key)
            elif key in self._unclaimed:
                self._unclaimed.remove(key)
            else:
                problems.append(f"mail was not sent: {key}")
        problems += [f"mail was not recorded: {key}" for key in sent]
        return problems


def _main_part(content_type: str | None) -> str | None:
    return None if content_type is None else content_type.partition(";")[0].strip().lower()


def _by_user(state: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
    """A recorded state by user name: it is that of one user, or of several by name, or missing."""
    if not state:
        return {}
    if isinstance(state.get("user"), str):
        return {state["user"]: state}
    return state
