# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replaying the recordings of one start against one emulator, in their order and on one state."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tests.contract import unplayed
from tests.contract.codes import Codes
from tests.contract.compare import Comparer
from tests.contract.placeholders import Names, UnknownName
from tests.contract.recordings import left_out, number
from tests.contract.sessions import Sessions
from tests.contract.starts import Doing, Start
from tests.contract.states import States, by_user, others
from tests.emulator.testing import Emulator

_USER_AGENT = "contract/1.0"
_LIMIT_HEADERS = ("x-ratelimit-limit", "x-ratelimit-remaining")
_NOTHING = Doing()
# Who asks without an account.
_NOBODY = "nobody"


@dataclass
class Outcome:
    """What came of replaying one scenario."""

    compared: int = 0
    unplayed: int = 0
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


class Replay:
    """Replays what was recorded on one database; the state goes on from scenario to scenario."""

    def __init__(self, emulator: Emulator, start: Start) -> None:
        self._emulator = emulator
        self._start = start
        self._recordings = start.scenarios()
        self.names = Names(emulator)
        self.comparer = Comparer(self.names.bindings)
        self._codes = Codes(emulator)
        self._sessions = Sessions(emulator, self.names.bindings)
        self.states = States(emulator, self.comparer, self._sessions, prepared=start.prepared)
        self._connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc, timeout=30)
        self._unclaimed: list[tuple[str, str]] = []

    def run(self) -> dict[str, Outcome]:
        """Replay everything; an outcome for each scenario."""
        self._begin()
        outcomes = {}
        for recording in self._recordings:
            name = recording["scenario"]
            if number(name) in self._start.renumbered:
                self._begin_run(number(name))
            self._unclaimed.clear()
            self.comparer.begin_scenario()
            self.comparer.left_out = left_out(recording)
            outcomes[name] = outcome = Outcome()
            for exchange in recording["exchanges"]:
                if unplayed.reason(exchange["request"]) is not None:
                    outcome.unplayed += 1
                    continue
                try:
                    problems = self._exchange(name, exchange, outcome)
                except UnknownName as error:
                    problems = [str(error)]
                outcome.problems.extend(f"{exchange['step']}: {problem}" for problem in problems)
            self._start.after.get(name, _NOTHING).apply(self._emulator)
        self._connection.close()
        return outcomes

    def _begin(self) -> None:
        """Make the world, and bind the names of who and what is in it."""
        self._emulator.control("world", dict(self._start.world))
        users = self._emulator.state()["users"]
        for name, user in users.items():
            self.names.bindings[f"id:{name}"] = user["_id"]
        self._sessions.adopt(users)
        self._begin_run(self._start.first)
        for name in users:
            totp = self._emulator.control(f"users/{quote(name, safe='')}/totp")
            if totp["secret"] is not None:
                self._codes.know(name, totp["secret"], totp["backup_codes"])

    def _begin_run(self, first: int) -> None:
        """Begin the scenarios whose tokens are numbered together."""
        later = [other for other in self._start.renumbered if other > first]
        last = min(later, default=self._start.last + 1) - 1
        numbered = [recording for recording in self._recordings if first <= number(recording["scenario"]) <= last]
        self._sessions.begin(numbered)
        self._sessions.give(self._start.tokens.get(first, {}))

    def _exchange(self, scenario: str, exchange: dict[str, Any], outcome: Outcome) -> list[str]:
        step, request, recorded = exchange["step"], exchange["request"], exchange["response"]
        self._start.before.get((scenario, step), _NOTHING).apply(self._emulator)
        before = exchange.get("state_before") or {}
        self._sessions.prepare(step, request, recorded, by_user(before))
        problems = self.states.align(f"{scenario}: {step}", before)
        self._emulator.control("mails", method="DELETE")
        self._emulator.control("outgoing-calls", method="DELETE")
        answer = self._send(scenario, step, request)
        self._codes.learn(request, answer.body)
        problems += [f"answer: {problem}" for problem in self._compare(recorded, answer)]
        outcome.compared += 1
        after = exchange.get("state_after") or {}
        problems += self.states.differences(after)
        outcome.effects += len(by_user(after)) + len(others(after))
        problems += self._mails(exchange.get("mails"))
        if "effect" in exchange:
            problems += self._effect(request, exchange["effect"])
        outcome.mail_checks += "mails" in exchange
        return problems

    # Requests

    def _send(self, scenario: str, step: str, request: dict[str, Any]) -> Answer:
        path = self.names.fill_path(request["path"])
        if "query" in request:
            path += "?" + urlencode(self.names.fill_query(request["query"]))
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
        if request.get("as", _NOBODY) != _NOBODY:
            headers["X-User-Id"] = self.names[f"id:{request['as']}"]
        if "token" in request:
            token = self.names[request["token"]]
            headers["X-Auth-Token"] = f" {token} \t" if "padding" in step else token
        admin = (self.names["id:rcadmin"], self._sessions.last_of("rcadmin"))
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
        body = self.names.fill(request["body"])
        if isinstance(body, str):
            return body.encode()
        return json.dumps(self._codes.in_body(scenario, step, request, body)).encode()

    # Comparisons

    def _compare(self, recorded: dict[str, Any], answer: Answer) -> list[str]:
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

    def _effect(self, request: dict[str, Any], expected: dict[str, Any]) -> list[str]:
        """Compare what a webhook call or a message led to: what stands in the room, and whom it set off."""
        actual: dict[str, Any] = {"outgoing_calls": len(self._emulator.outgoing_calls())}
        if "message" in expected:
            text = request["body"]["text"]
            rooms = self._emulator.state()["rooms"]
            said = [entry for room in rooms for entry in self._emulator.messages(room["_id"]) if entry["msg"] == text]
            actual["message"] = None
            if said:
                actual["message"] = {"by": said[0]["u"]["username"], "alias": said[0]["alias"], "msg": text}
        return self.comparer.differences(expected, actual, " effect")

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
