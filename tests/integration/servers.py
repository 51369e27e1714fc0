# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between client and emulator: a proxy that keeps a record, and a TLS end that asks for certificates."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit

from tests.relay import relay


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _ProxyHandler)
        self.seen: list[tuple[str, str, str | None]] = []


class _ProxyHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Proxy

    def _forward(self) -> None:
        self.server.seen.append((self.command, self.path, self.headers.get("Proxy-Authorization")))
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        headers = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            connection.request(self.command, f"{parts.path}?{parts.query}".rstrip("?"), body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _forward

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class Proxy:
    """A running proxy: its URL, and what went through it as (verb, URL, Proxy-Authorization)."""

    def __init__(self, server: _Proxy) -> None:
        self.address = f"127.0.0.1:{server.server_address[1]}"
        self.seen = server.seen


@contextmanager
def recording_proxy() -> Iterator[Proxy]:
    """Run a proxy for plain http until the block ends."""
    with _Proxy() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield Proxy(server)
        finally:
            server.shutdown()
            thread.join()


class _TlsEnd(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, context: ssl.SSLContext, target: tuple[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), _TlsHandler)
        self.context = context
        self.target = target


class _TlsHandler(BaseRequestHandler):
    server: _TlsEnd

    def handle(self) -> None:
        """Speak TLS on one side, plain on the other, until either ends."""
        with (
            suppress(OSError),
            self.server.context.wrap_socket(self.request, server_side=True) as outer,
            socket.create_connection(self.server.target) as inner,
        ):
            relay(outer, inner)


@contextmanager
def tls_end(context: ssl.SSLContext, url: str) -> Iterator[str]:
    """Put TLS in front of a plain server until the block ends; gives the URL."""
    parts = urlsplit(url)
    with _TlsEnd(context, (parts.hostname or "", parts.port or 0)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"https://localhost:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def closed_port() -> Iterator[int]:
    """Keep a port of this host to which nobody can connect until the block ends."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])
