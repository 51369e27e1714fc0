# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the unit tests share: a scripted HTTP server on a real socket, a clock that nobody waits for, plain options."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api import stop
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.options import Connection, SecondFactor
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.rate_limit import RateLimit
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.transport import Transport
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.two_factor import TwoFactor

# Secrets that tests hand in; none of them may ever come out again.
TOKEN = "caller-token-Xq7Zt4"
PASSWORD = "caller-pässword-9Gk2"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CALLER_ID = "callerId"
# When it is on a scripted server, unless its test has a clock: 2026-03-02, 10:00 UTC.
THE_DAY = 1_772_445_600.0


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the shell of the person who runs the tests has set out of them."""
    for name in list(os.environ):
        if name.upper() in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY") or name.startswith("ROCKETCHAT_"):
            monkeypatch.delenv(name)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take SIGTERM for a request to end, and forget it after the test."""
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(stop, "_asked", threading.Event())
    stop.listen()
    yield
    signal.signal(signal.SIGTERM, before)


def terminate(_seen: Any) -> dict[str, Any]:
    """Ask this process to end while it waits for an answer, which comes all the same."""
    os.kill(os.getpid(), signal.SIGTERM)
    return {"success": True}


@pytest.fixture
def terminating() -> Callable[[Any], dict[str, Any]]:
    """Return an answer that comes while the process is asked to end."""
    return terminate


@dataclass(frozen=True)
class Seen:
    """A request as the scripted server received it; header names in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the decoded body."""
        return json.loads(self.body)

    @property
    def code(self) -> tuple[str, str] | None:
        """Return method and code of the second factor, or ``None`` when the request carries neither."""
        method, code = self.headers.get("x-2fa-method"), self.headers.get("x-2fa-code")
        return None if method is None and code is None else (str(method), str(code))


class ScriptedServer:
    """Answers on 127.0.0.1 what a test scripts, and keeps what it was asked.

    An answer is a dictionary (200, JSON), a tuple ``(status, body)`` or ``(status, body, headers)``, one of the
    constants below, a list of byte strings (sent raw, a pause before each but the first), or a function of the request
    that returns any of these.
    """

    DROP = "drop the connection without an answer"
    HANG = "take the request and never answer"
    PAUSE = 0.1

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Seen] = []
        self.unscripted: list[Seen] = []
        # Seconds since the epoch; a day that stands still unless a test has a clock of its own.
        self.clock: Callable[[], float] = lambda: THE_DAY
        self._queue: list[Any] = []
        self._routes: dict[tuple[str, str], list[Any]] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._open: list[socket.socket] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                owner._open.append(self.connection)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing: the requests are kept."""

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    self.close_connection = True

            def _any(self) -> None:
                owner._serve(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_CONNECT = _any

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def server_bind(self) -> None:
                # What HTTPServer does beside this asks the DNS for this host's name.
                TCPServer.server_bind(self)
                self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

            def get_request(self) -> tuple[socket.socket, Any]:
                connection, address = super().get_request()
                connection.settimeout(10)
                if tls is not None:
                    try:
                        connection = tls.wrap_socket(connection, server_side=True)
                    except OSError:
                        connection.close()
                        raise
                return connection, address

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.002,), daemon=True)
        self._thread.start()

    def script(self, *answers: Any) -> None:
        """Answer the next requests like this, whatever they ask for."""
        self._queue += answers

    def route(self, path: str, *answers: Any, method: str = "GET") -> None:
        """Answer requests for this path like this; the last answer repeats."""
        self._routes[method, path] = list(answers)

    def sent(self, method: str, path: str | None = None) -> list[Seen]:
        """Return the requests of one method, and of one path where it is given."""
        return [seen for seen in self.requests if seen.method == method and path in (None, seen.path)]

    def go_down(self) -> None:
        """Stop listening: the port is dead afterwards, and connections that are open stay so."""
        self._server.shutdown()
        self._server.server_close()

    def end(self) -> None:
        """Stop listening and cut what is open."""
        self._over.set()
        self.go_down()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._thread.join(5)

    def _answer_to(self, seen: Seen) -> Any:
        with self._lock:
            self.requests.append(seen)
            route = self._routes.get((seen.method, seen.path))
            if route:
                return route.pop(0) if len(route) > 1 else route[0]
            if self._queue:
                return self._queue.pop(0)
            self.unscripted.append(seen)
            return 500, "the test scripted no answer"

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        parts = urlsplit(handler.path)
        seen = Seen(
            handler.command,
            handler.path.split("?", 1)[0],
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in handler.headers.items()},
            body,
        )
        answer = self._answer_to(seen)
        while callable(answer):
            answer = answer(seen)
        if answer in (self.DROP, self.HANG):
            if answer == self.HANG:
                self._over.wait(10)
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
        elif isinstance(answer, list):
            for number, piece in enumerate(answer):
                if number and self._over.wait(self.PAUSE):
                    break
                handler.wfile.write(piece)
            handler.close_connection = True
        else:
            handler.wfile.write(self._whole(answer))

    def _whole(self, answer: Any) -> bytes:
        status, content, *rest = (200, answer) if isinstance(answer, dict) else answer
        headers = {"Date": formatdate(self.clock(), usegmt=True), **(rest[0] if rest else {})}
        if isinstance(content, (dict, list)):
            kind, raw = "application/json", json.dumps(content).encode()
        else:
            raw = content if isinstance(content, bytes) else content.encode()
            kind = "text/html" if raw.startswith(b"<") else "text/plain"
        headers = {"Content-Type": kind, "Content-Length": str(len(raw)), **headers}
        lines = [f"HTTP/1.1 {status} Scripted", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


@pytest.fixture
def make_server() -> Iterator[Callable[..., ScriptedServer]]:
    """Return a maker of scripted servers, all of which are gone after the test."""
    made: list[ScriptedServer] = []

    def make(tls: ssl.SSLContext | None = None) -> ScriptedServer:
        made.append(ScriptedServer(tls))
        return made[-1]

    yield make
    for server in made:
        server.end()
    unscripted = [f"{seen.method} {seen.path}" for server in made for seen in server.unscripted]
    assert not unscripted, f"requests that the test did not expect: {unscripted}"


@pytest.fixture
def server(make_server: Callable[..., ScriptedServer]) -> ScriptedServer:
    """Return a scripted server."""
    return make_server()


@pytest.fixture
def dead_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Clock:
    """A clock that moves when somebody sleeps on it, and knows how long everybody slept."""

    def __init__(self) -> None:
        self.now = THE_DAY
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on without waiting."""
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    """Return a clock under the test's control."""
    return Clock()


@pytest.fixture
def options() -> Callable[..., Connection]:
    """Return a maker of connection options."""

    def make(url: str, **changes: Any) -> Connection:
        given: dict[str, Any] = {
            "url": url,
            "verify": True,
            "client_cert": None,
            "timeout": 5.0,
            "use_proxy": False,
            "http_agent": "unit-test",
            "retries": 0,
            "rate_limit_wait": 0.0,
            "plain_text": False,
            **changes,
        }
        return Connection(**given)

    return make


@pytest.fixture
def connect(options: Callable[..., Connection], clock: Clock) -> Iterator[Callable[..., Any]]:
    """Return a maker of clients that know their caller; ``pauses`` are those between retries."""
    made: list[Client] = []

    def make(
        server: Any,
        given: SecondFactor | None = None,
        *,
        retries: int = 0,
        budget: float = 300.0,
        caller_id: str | None = CALLER_ID,
        sleep: Callable[[float], None] | None = None,
        **changes: Any,
    ) -> Any:
        url = server if isinstance(server, str) else server.url
        if isinstance(server, ScriptedServer):
            server.clock = clock
        pauses: list[float] = []
        two_factor = TwoFactor(given or SecondFactor(), clock=clock)
        limit = RateLimit(budget, clock=clock, sleep=clock.sleep)
        client = Client(
            Transport(options(url, **changes)), two_factor, limit, retries=retries, sleep=sleep or pauses.append
        )
        client.identify(CALLER_ID, TOKEN)
        if caller_id is not None:
            client.know_caller(caller_id)
        made.append(client)
        return SimpleNamespace(client=client, two_factor=two_factor, pauses=pauses, clock=clock)

    yield make
    for client in made:
        client.close()


@pytest.fixture
def params() -> Callable[..., dict[str, Any]]:
    """Return a maker of module parameters as AnsibleModule hands them over, signed in with a token."""

    def make(url: str = "https://chat.example.com", **changes: Any) -> dict[str, Any]:
        return {
            "api_url": url,
            "api_user_id": CALLER_ID,
            "api_token": TOKEN,
            "api_username": None,
            "api_password": None,
            "validate_certs": True,
            "ca_path": None,
            "client_cert": None,
            "client_key": None,
            "timeout": 5.0,
            "use_proxy": False,
            "http_agent": "unit-test",
            "http_headers": None,
            "retries": 0,
            "rate_limit_wait": 0.0,
            "two_factor_method": None,
            "two_factor_code": None,
            "two_factor_secret": None,
            "two_factor_password": None,
            "usernames": None,
            "user_ids": None,
            "emails": None,
            "unknown": "fail",
            "max_accounts": 0,
            "protected_roles": [],
            "on_error": "stop",
            "concurrency": 1,
            "approved_ids": None,
            "ticket": None,
            "operator": "the tests",
            "journal": None,
            "ledger": None,
            "ledger_days": 30,
            "ledger_required": False,
            "ticket_required": False,
            "ledger_authors": None,
            "ledger_auditors": None,
            "own_account": False,
            "last_reset": None,
            "force": False,
            "end_sessions": False,
            "since": None,
            **changes,
        }

    return make


@dataclass
class Workspace:
    """A workspace on a scripted server: just enough of one to be looked up, challenged and written to."""

    server: ScriptedServer
    version: str = "6.5"
    me: dict[str, Any] = field(
        default_factory=lambda: {
            "_id": CALLER_ID,
            "username": "svc",
            "roles": ["admin"],
            "emails": [{"address": "svc@example.com", "verified": True}],
            "services": {"password": {"exists": True}},
            "success": True,
        }
    )
    accounts: list[dict[str, Any]] = field(default_factory=list)
    writes: dict[str, list[Any]] = field(default_factory=dict)
    settings: dict[str, bool] = field(default_factory=dict)
    roles: dict[str, str] = field(
        default_factory=lambda: {name: name for name in ("admin", "user", "bot", "guest", "helpdesk", "auditor")}
    )
    permissions: dict[str, list[str]] = field(
        default_factory=lambda: {
            "edit-other-user-totp": ["admin"],
            "logout-other-user": ["admin"],
            "edit-other-user-info": ["admin"],
            "create-p": ["admin", "user"],
        }
    )

    def __post_init__(self) -> None:
        route = self.server.route
        route("/api/info", lambda _seen: {"version": self.version, "success": True})
        route("/api/v1/me", lambda _seen: self.me)
        route("/api/v1/users.info", self._users_info)
        route("/api/v1/settings.public", lambda _seen: self._settings())
        route("/api/v1/permissions.listAll", lambda _seen: self._permissions())
        route("/api/v1/roles.list", lambda _seen: self._roles())
        bypassing = {"lastTokenPart": TOKEN[-6:], "bypassTwoFactor": True}
        route("/api/v1/users.getPersonalAccessTokens", {"tokens": [bypassing], "success": True})
        route("/api/v1/users.resetTOTP", self._write, method="POST")
        route("/api/v1/users.logout", {"success": True}, method="POST")

    def add(self, username: str, **more: Any) -> dict[str, Any]:
        """Add an account that the caller sees all of; its id is ``<username>Id`` unless told otherwise."""
        record = {
            "_id": f"{username}Id",
            "username": username,
            "active": True,
            "canViewAllInfo": True,
            "lastLogin": "2026-03-01T12:00:00.000Z",
            "customFields": {},
            **more,
        }
        self.accounts.append(record)
        return record

    def show_lists(self, *, size: int = 100) -> None:
        """Answer lists of users by the page, and look for a term in parts of names and addresses, as servers do."""

        def page(seen: Seen) -> Any:
            term, offset = seen.query.get("searchTerm", "").lower(), int(seen.query["offset"])
            rows = [one for one in self.accounts if any(term in text.lower() for text in _texts(one))]
            return {"users": rows[offset : offset + size], "offset": offset, "total": len(rows), "success": True}

        for path in ("users.list", "users.listByStatus"):
            self.server.route(f"/api/v1/{path}", page)

    def refuse(self, user_id: str, *answers: Any) -> None:
        """Answer resets of this account like this before they succeed."""
        self.writes[user_id] = list(answers)

    @property
    def resets(self) -> list[Any]:
        """Return the bodies of all reset requests."""
        return [seen.json for seen in self.server.sent("POST", "/api/v1/users.resetTOTP")]

    def _users_info(self, seen: Seen) -> Any:
        wanted = seen.query.get("userId") or seen.query.get("username")
        for record in self.accounts:
            if wanted in (record["_id"], record["username"]):
                return {"user": record, "success": True}
        return 400, {"success": False, "error": "User not found."}

    def _settings(self) -> Any:
        rows = [{"_id": name, "value": value} for name, value in self.settings.items()]
        return {"settings": rows, "count": len(rows), "offset": 0, "total": len(rows), "success": True}

    def _roles(self) -> Any:
        return {"roles": [{"_id": id_, "name": name} for id_, name in self.roles.items()], "success": True}

    def _permissions(self) -> Any:
        return {"update": [{"_id": name, "roles": roles} for name, roles in self.permissions.items()], "remove": []}

    def _write(self, seen: Seen) -> Any:
        queue = self.writes.get(seen.json.get("userId", ""), [])
        return queue.pop(0) if queue else {"success": True}


def _texts(record: dict[str, Any]) -> list[str]:
    """Return what the server looks for a term in."""
    return [record["username"], *(email["address"] for email in record.get("emails", []))]


@pytest.fixture
def workspace(server: ScriptedServer) -> Workspace:
    """Return a workspace with nobody but the caller in it."""
    return Workspace(server)


@pytest.fixture
def challenge() -> Callable[..., Any]:
    """Return a maker of the server's answers ``totp-required`` and ``totp-invalid``."""

    def make(method: str, code: str = "totp-required", **details: Any) -> Any:
        words = {"totp-required": "TOTP Required", "totp-invalid": "TOTP Invalid"}.get(code, "Too many")
        return 400, {
            "success": False,
            "error": f"{words} [{code}]",
            "errorType": code,
            "details": {"method": method, "codeGenerated": False, "availableMethods": [method], **details},
        }

    return make
