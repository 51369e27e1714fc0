# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong between the controller and the server, over real sockets."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

import pytest

from tests.emulator.cast import SVC_BYPASS_TOKEN
from tests.emulator.testing import Emulator
from tests.integration.runner import (
    Ansible,
    Run,
    Task,
    bypassing,
    changed,
    codes,
    missing,
    requests_of,
    resets,
    warnings_of,
    with_token,
)
from tests.integration.servers import Proxy, closed_port, recording_proxy

StartEmulator = Callable[..., Emulator]
PROXY_PASSWORD = "pr0xy-p4ssw0rd"
SOCKS = "socks5://127.0.0.1:1080"
GATEWAY = {"CF-Access-Client-Id": "gate-1d.access", "CF-Access-Client-Secret": "g4te-s3cret"}


class TestUnreachable:
    """Nothing there, or something else there."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, modern: Emulator, ansible: Ansible) -> Iterator[Run]:
        """A closed port, a wrong path, and a page in place of the API."""
        modern.fault("html", {"path": "info", "nth": 2}, status=200)
        modern.fault("html", {"path": "info", "nth": 3}, status=503)
        with closed_port() as port:
            yield ansible(
                {
                    "count": Task(bypassing(modern, username="ned")),
                    "page": Task(bypassing(modern, username="alice")),
                    "down": Task(bypassing(modern, username="alice", retries=0)),
                    "path": Task(bypassing(modern, username="alice", api_url=f"{modern.url}/chat")),
                    "closed": Task(bypassing(modern, username="alice", api_url=f"http://127.0.0.1:{port}", retries=0)),
                    "name": Task(
                        bypassing(modern, username="alice", api_url="https://no-such-host.invalid", retries=0)
                    ),
                }
            )

    @pytest.mark.parametrize(
        ("task", "code", "advice"),
        [
            ("page", "not-json", ["web page", "api_url"]),
            ("down", "bad-gateway", ["503", "proxy"]),
            ("path", "not-json", ["web page", "api_url"]),
            ("closed", "unreachable", ["127.0.0.1", "refused", "api_url"]),
            ("name", "unreachable", ["no-such-host.invalid", "api_url"]),
        ],
    )
    def test_says_what_to_check(self, run: Run, task: str, code: str, advice: list[str]) -> None:
        """The error names the address and what to look at."""
        result = run.results[task]
        assert result["error"]["code"] == code
        assert missing(result["msg"], advice) == []

    @pytest.mark.parametrize("task", ["page", "down", "path", "closed", "name"])
    def test_target_is_accounted_for(self, run: Run, task: str) -> None:
        """The account that was asked for is in the result, not attempted."""
        assert codes(run.results[task]) == ["not-attempted"]
        assert changed(run.results[task]) == [False]

    @pytest.mark.parametrize("task", ["page", "down", "path"])
    def test_no_secret_is_sent(self, modern: Emulator, run: Run, task: str) -> None:
        """Before Rocket.Chat has answered, no token leaves."""
        sent = requests_of(modern, task)
        assert sent
        assert SVC_BYPASS_TOKEN not in str(sent)

    def test_no_traceback(self, run: Run) -> None:
        """None of the failures is an exception of Python."""
        assert "Traceback" not in run.everything


@dataclass(frozen=True)
class Redirected:
    """A run against servers that redirect, and the server that they redirect to."""

    run: Run
    other: Emulator


REDIRECTING = ("info", "me", "users.info", "users.resetTOTP")


@pytest.fixture(scope="class")
def redirected(modern: Emulator, emulators: StartEmulator, ansible: Ansible) -> Redirected:
    """Each task is redirected at another request."""
    other = emulators("8.6")
    tasks = {}
    for path in REDIRECTING:
        modern.fault("redirect", {"path": path}, location=f"{other.url}/x", status=307)
        tasks[path] = Task(bypassing(modern, username="alice"))
    return Redirected(ansible(tasks), other)


class TestRedirects:
    """A redirect would carry the token to another host."""

    @pytest.mark.parametrize("path", REDIRECTING)
    def test_refused(self, redirected: Redirected, path: str) -> None:
        """The error names the new address, and where to write it."""
        result = redirected.run.results[path]
        assert result["error"]["code"] == "redirect"
        assert missing(result["msg"], [redirected.other.url, "api_url"]) == []

    @pytest.mark.parametrize("path", REDIRECTING)
    def test_happened_there(self, modern: Emulator, redirected: Redirected, path: str) -> None:
        """Each run ended with the request that was redirected."""
        last = requests_of(modern, path)[-1]
        assert (last["path"].rpartition("/")[2], last["status"]) == (path, 307)

    def test_nothing_arrives(self, redirected: Redirected) -> None:
        """The other server is sent nothing at all."""
        assert redirected.other.requests() == []


@pytest.fixture(scope="class")
def retried(modern: Emulator, ansible: Ansible) -> Run:
    """Each first reset fails in its own way; the second is answered."""
    tasks = {}
    for number, (name, (kind, arguments)) in enumerate(FLAWS.items(), 1):
        modern.fault(kind, {"path": "users.resetTOTP", "nth": 2 * number - 1}, **arguments)
        options = bypassing(modern, username=f"user{number:05d}", retries=1, timeout=0.5)
        tasks[name] = Task(options)
    return ansible(tasks)


FLAWS: dict[str, tuple[str, dict[str, Any]]] = {
    "dropped": ("close-before", {}),
    "answer-lost": ("close-after", {}),
    "gateway": ("html", {"status": 502}),
    "unavailable": ("html", {"status": 503}),
    "silent": ("hang", {}),
    "silent-after": ("hang-after", {}),
    "cut": ("cut-body", {}),
    "slow": ("slow-body", {"interval_ms": 200}),
}


class TestRetries:
    """What may pass is tried again."""

    @pytest.mark.parametrize("task", FLAWS)
    def test_done(self, modern: Emulator, retried: Run, task: str) -> None:
        """The second try does it, and the entry tells of both."""
        (entry,) = retried.results[task]["users"]
        assert (entry["changed"], entry["attempts"]) == (True, 2)
        assert modern.user(entry["username"])["totp"] is None

    @pytest.mark.parametrize("task", FLAWS)
    def test_same_request(self, modern: Emulator, retried: Run, task: str) -> None:
        """It is the same request, to the same account."""
        first, second = resets(modern, task)
        assert first["body"] == second["body"]


class TestNoAnswer:
    """Where trying again does not help, or may not be done."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, modern: Emulator, ansible: Ansible) -> Run:
        """A server that says nothing, and one that drips, with short patience."""
        modern.fault("hang", {"path": "users.resetTOTP", "nth": 1})
        modern.fault("slow-body", {"path": "users.resetTOTP", "nth": 2}, interval_ms=200)
        modern.fault("close-after", {"path": "users.resetTOTP", "nth": 4})
        modern.change_user("carol", roles=["admin"])
        carol = with_token(modern, "carol")
        first = ansible(
            {
                "hang": Task(bypassing(modern, username="alice", timeout=0.5, retries=0)),
                "drip": Task(bypassing(modern, username="user00001", timeout=0.5, retries=0)),
                "mail": Task({**carol, "username": "user00002"}),
            }
        )
        given = {"two_factor_method": "email", "two_factor_code": modern.email_code("carol")}
        modern.control("faults", method="DELETE")
        modern.fault("close-after", {"path": "users.resetTOTP", "nth": 2})
        second = ansible({"once": Task({**carol, **given, "username": "user00002", "retries": 3})})
        first.results.update(second.results)
        return first

    @pytest.mark.parametrize("task", ["hang", "drip"])
    def test_timeout(self, run: Run, task: str) -> None:
        """The limit and its option are named, and that nobody knows what happened."""
        result = run.results[task]
        assert codes(result) == ["timeout"]
        assert missing(result["msg"], ["0.5 seconds", "timeout"]) == []
        assert result["users"][0]["error"]["details"]["outcome"] == "unknown"

    def test_one_time_code_is_not_repeated(self, modern: Emulator, run: Run) -> None:
        """A code that works once may have arrived: the request is not sent again."""
        assert codes(run.results["once"]) == ["connection-lost"]
        assert [entry["two_factor_code"] is None for entry in resets(modern, "once")] == [True, False]


class TestProxy:
    """The proxy that the environment names."""

    @pytest.fixture(scope="class")
    @classmethod
    def proxy(cls) -> Iterator[Proxy]:
        """A proxy that keeps a record."""
        with recording_proxy() as proxy:
            yield proxy

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, modern: Emulator, proxy: Proxy, ansible: Ansible) -> Iterator[Run]:
        """With it, around it, and with one that is down."""
        through = {"HTTP_PROXY": f"http://joe:{PROXY_PASSWORD}@{proxy.address}"}
        with closed_port() as port:
            down = {"http_proxy": f"http://joe:{PROXY_PASSWORD}@127.0.0.1:{port}"}
            yield ansible(
                {
                    "around": Task(bypassing(modern, username="user00001", use_proxy=False), environment=through),
                    "excepted": Task(
                        bypassing(modern, username="user00002"), environment={**through, "NO_PROXY": "127.0.0.1"}
                    ),
                    "nobody": Task(bypassing(modern, usernames=["nobody"], use_proxy=False), environment=through),
                    "through": Task(bypassing(modern, username="user00003"), environment=through),
                    "down": Task(bypassing(modern, username="user00004", retries=0), environment=down),
                    "around-down": Task(bypassing(modern, username="user00005", use_proxy=False), environment=down),
                    "socks": Task(bypassing(modern, username="user00006"), environment={"ALL_PROXY": SOCKS}),
                    "socks-here": Task(bypassing(modern, username="user00006"), environment={"http_proxy": SOCKS}),
                    "around-socks": Task(
                        bypassing(modern, username="user00006", use_proxy=False), environment={"ALL_PROXY": SOCKS}
                    ),
                    # The one for the scheme is taken.
                    "both": Task(bypassing(modern, username="user00007"), environment={"ALL_PROXY": SOCKS, **through}),
                }
            )

    @pytest.mark.parametrize("task", ["around", "excepted", "through", "around-down", "around-socks", "both"])
    def test_reaches_the_server(self, run: Run, task: str) -> None:
        """With a proxy and without, the work is done."""
        assert changed(run.results[task]) == [True]

    def test_only_two_went_through(self, modern: Emulator, run: Run, proxy: Proxy) -> None:
        """All requests of those tasks, and none of the others."""
        sent = [(entry["method"], entry["path"]) for name in ("through", "both") for entry in requests_of(modern, name)]
        seen = [(verb, url.removeprefix(modern.url).partition("?")[0]) for verb, url, _auth in proxy.seen]
        assert seen == sent

    def test_proxy_gets_its_password(self, run: Run, proxy: Proxy) -> None:
        """User and password of the proxy's address go to the proxy."""
        basic = "Basic " + base64.b64encode(f"joe:{PROXY_PASSWORD}".encode()).decode()
        assert {auth for _verb, _url, auth in proxy.seen} == {basic}

    def test_down(self, run: Run) -> None:
        """A proxy that is down is named as what it is, without its password."""
        result = run.results["down"]
        assert result["error"]["code"] == "proxy"
        assert missing(result["msg"], ["proxy", "use_proxy", "NO_PROXY"]) == []
        assert PROXY_PASSWORD not in str(result)

    @pytest.mark.parametrize(("task", "variable"), [("socks", "ALL_PROXY"), ("socks-here", "http_proxy")])
    def test_socks(self, modern: Emulator, run: Run, task: str, variable: str) -> None:
        """Said at once where the library for it is missing, with the variable, and nothing is sent past it."""
        result = run.results[task]
        assert result["error"]["code"] == "invalid-input"
        assert missing(result["msg"], [variable, "SOCKS", "PySocks", "use_proxy"]) == []
        assert requests_of(modern, task) == []


class TestGateway:
    """What stands before the workspace and wants headers of its own, or says itself when to come back."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, modern: Emulator, ansible: Ansible) -> Run:
        """Headers as a mapping, as text and from the environment; and 429 with seconds or a date to wait."""
        modern.fault("html", {"path": "users.resetTOTP", "nth": 4}, status=429, headers={"Retry-After": "2"})
        soon = formatdate(time.time() + 3600, usegmt=True)
        modern.fault("status", {"path": "users.resetTOTP", "nth": 6}, status=429, headers={"Retry-After": soon})
        text = json.dumps(GATEWAY)
        return ansible(
            {
                # The order matters: three resets, then the faults.
                "mapping": Task(bypassing(modern, username="user00011", http_headers=GATEWAY)),
                "text": Task(bypassing(modern, username="user00012", http_headers=text)),
                "environment": Task(
                    bypassing(modern, username="user00013"), environment={"ROCKETCHAT_HTTP_HEADERS": text}
                ),
                "two-seconds": Task(bypassing(modern, username="user00014", rate_limit_wait=5)),
                "an-hour": Task(bypassing(modern, username="user00015", rate_limit_wait=5)),
            }
        )

    @pytest.mark.parametrize("task", ["mapping", "text", "environment"])
    def test_headers_go_with_each_request(self, modern: Emulator, run: Run, task: str) -> None:
        """From the first one on, beside those of the collection."""
        assert changed(run.results[task]) == [True]
        wanted = {name.lower(): value for name, value in GATEWAY.items()}
        sent = [{name: entry["headers"].get(name) for name in wanted} for entry in requests_of(modern, task)]
        assert len(sent) > 3
        assert [headers for headers in sent if headers != wanted] == []

    def test_no_longer_than_the_gateway_says(self, modern: Emulator, run: Run) -> None:
        """A page with two seconds to wait: within five the reset is done."""
        assert changed(run.results["two-seconds"]) == [True]
        assert [entry["status"] for entry in resets(modern, "two-seconds")] == [429, 200]
        assert "made this run wait" in warnings_of(run.results["two-seconds"])

    def test_a_date_beyond_the_budget(self, run: Run) -> None:
        """What is not covered ends the run at once."""
        assert codes(run.results["an-hour"]) == ["error-too-many-requests"]
        assert "rate_limit_wait" in run.results["an-hour"]["msg"]


class TestRateLimit:
    """A server that says to slow down, by 429 and by 400."""

    @pytest.fixture(scope="class", params=["429", "400"])
    @classmethod
    def limited(cls, request: pytest.FixtureRequest, emulators: StartEmulator) -> Emulator:
        """Three calls a second and route, for whoever has no privilege."""
        server = emulators("8.6" if request.param == "429" else "6.5", "--rate-limit")
        server.settings(
            {
                "API_Enable_Rate_Limiter_Limit_Calls_Default": 3,
                "API_Enable_Rate_Limiter_Limit_Time_Default": 1000,
                "_Emulator_Rate_Limit_Answers_400": request.param == "400",
                "_Emulator_Rate_Limit_Headers": False,
            }
        )
        return server

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, limited: Emulator, ansible: Ansible) -> Run:
        """Four accounts, each looked up and reset."""
        targets = [f"user{number:05d}" for number in range(1, 5)]
        return ansible({"waits": Task(bypassing(limited, usernames=targets, concurrency=1))})

    def test_waits_and_finishes(self, limited: Emulator, run: Run) -> None:
        """Everybody is done in the end."""
        assert changed(run.results["waits"]) == [True] * 4
        assert [limited.user(f"user{number:05d}")["totp"] for number in range(1, 5)] == [None] * 4

    def test_was_told_to_wait(self, limited: Emulator, run: Run) -> None:
        """The limit was really met, and the request after the wait was answered."""
        statuses = [entry["status"] for entry in resets(limited, "waits")]
        refused = 400 if limited.state()["settings"]["_Emulator_Rate_Limit_Answers_400"] else 429
        assert statuses == [200, 200, 200, refused, 200]

    def test_attempts_count_the_wait(self, run: Run) -> None:
        """The entry tells that its request was sent twice."""
        assert [entry["attempts"] for entry in run.results["waits"]["users"]] == [1, 1, 1, 2]

    def test_paced_by_the_headers(self, modern: Emulator, ansible: Ansible) -> None:
        """Where the server tells what is left, nobody needs to be refused, however many requests are in flight."""
        limits = {"Enable_Rate_Limiter": True}
        limits |= {"Enable_Rate_Limiter_Limit_Calls_Default": 5, "Enable_Rate_Limiter_Limit_Time_Default": 1000}
        modern.settings({f"API_{name}": value for name, value in limits.items()})
        targets = [f"user{number:05d}" for number in range(11, 31)]
        run = ansible({"paced": Task(bypassing(modern, usernames=targets, concurrency=8))})
        modern.settings({"API_Enable_Rate_Limiter": False})
        assert changed(run.results["paced"]) == [True] * 20
        assert {entry["status"] for entry in requests_of(modern, "paced")} == {200}
        assert "limit of 5 requests a minute" in warnings_of(run.results["paced"])

    def test_budget(self, modern: Emulator, ansible: Ansible) -> None:
        """A wait that the budget does not cover ends the run; the rest is not attempted."""
        modern.fault("rate-limit", {"path": "users.resetTOTP", "nth": 2}, seconds=30)
        targets = ["user00001", "user00002", "user00003"]
        run = ansible({"hurry": Task(bypassing(modern, usernames=targets, rate_limit_wait=5, concurrency=1))})
        result = run.results["hurry"]
        assert changed(result) == [True, False, False]
        assert codes(result) == [None, "error-too-many-requests", "not-attempted"]
        assert missing(result["msg"], ["rate_limit_wait", "You must wait 30 seconds"]) == []
