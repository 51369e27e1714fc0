# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy that leads the addresses of the examples to the emulator or another stand-in, and nothing else anywhere."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer

from tests.relay import relay

DOMAIN = ".example.com"


class _Router(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, others: Mapping[str, int]) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.port = port
        self.others = others
        self.refused: list[str] = []


class _Connection(StreamRequestHandler):
    server: _Router

    def handle(self) -> None:
        """Open a tunnel for CONNECT to an example's address, refuse everything else."""
        words = self.rfile.readline().decode("latin-1").split()
        while self.rfile.readline().strip():
            pass
        asked = words[1] if len(words) > 1 else ""
        if words[:1] != ["CONNECT"] or not asked.removesuffix(":443").endswith(DOMAIN):
            self.server.refused.append(asked)
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        port = self.server.others.get(asked.removesuffix(":443"), self.server.port)
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as inner:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            relay(self.connection, inner)


class Route:
    """A running proxy: its URL, and what it was asked for in vain."""

    def __init__(self, server: _Router) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.refused = server.refused


@contextmanager
def routing_to(port: int, others: Mapping[str, int]) -> Iterator[Route]:
    """Lead ``https://ANYTHING.example.com`` to a port of this host, and others to theirs, until the block ends."""
    with _Router(port, others) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield Route(server)
        finally:
            server.shutdown()
            thread.join()
