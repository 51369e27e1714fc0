# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much is tried, and a server that says whatever it is told to."""

from __future__ import annotations

import os
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings

_ALL = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]}
# The same examples each time, so that a run in CI fails for what it tests and not for its luck.
settings.register_profile("ci", derandomize=True, max_examples=200, database=None, **_ALL)
settings.register_profile("search", max_examples=5000, **_ALL)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

_CORK: int | None = getattr(socket, "TCP_CORK", None)


class SaysAnything:
    """Answers each connection on loopback with the next of some byte strings, then sends nothing more on it.

    The last one repeats. ``hold`` keeps the connection open instead, so that the client has to give up by itself.
    """

    def __init__(self) -> None:
        self.answers: list[bytes] = [b""]
        self.hold = False
        self._requests: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._address = self._socket.getsockname()
        self.url = f"http://127.0.0.1:{self._address[1]}"
        self._lock = threading.Lock()
        self._connections: queue.Queue[threading.Thread] = queue.Queue()
        threading.Thread(target=self._accept, daemon=True).start()

    def say(self, *answers: bytes, hold: bool = False) -> None:
        """Forget what was asked, and answer like this from now on."""
        self._settle()
        with self._lock:
            self.answers, self.hold, self._requests = list(answers), hold, []

    @property
    def requests(self) -> list[bytes]:
        """All that was asked, once the client has closed its connections."""
        self._settle()
        return self._requests

    def sent(self, verb: bytes) -> list[bytes]:
        """The requests that begin with a verb."""
        return [request for request in self.requests if request.startswith(verb + b" ")]

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()

    def _settle(self) -> None:
        """Wait until everything that was sent has been read."""
        # Connections are accepted in their order: once this one is served, so are all before it.
        last = socket.create_connection(self._address)
        name = last.getsockname()
        last.close()
        while True:
            thread = self._connections.get(timeout=10)
            thread.join(5)
            assert not thread.is_alive(), "A connection is still open: close the client before looking."
            if thread.name == str(name):
                return

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, address = self._socket.accept()
                thread = threading.Thread(target=self._serve, args=(connection,), name=str(address), daemon=True)
                thread.start()
                self._connections.put(thread)

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(30)
            if not self._heard(connection):
                return
            with self._lock:
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                hold = self.hold
            if not hold and _CORK is not None:
                # The end travels with the last of the answer, so that whoever has read it knows not to ask here again.
                connection.setsockopt(socket.IPPROTO_TCP, _CORK, 1)
            connection.sendall(answer)
            if not hold:
                connection.shutdown(socket.SHUT_WR)
            # What a client still has to say is read, so that closing is not a reset which eats the answer. It may be
            # its next request, where the system cannot do the above.
            while self._heard(connection):
                pass

    def _heard(self, connection: socket.socket) -> bool:
        request = self._read(connection)
        if request:
            with self._lock:
                self._requests.append(request)
        return bool(request)

    @staticmethod
    def _read(connection: socket.socket) -> bytes:
        """One request: its head, and as much of a body as the head promises."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return b""
            data += piece
        head, _mark, body = data.partition(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
                while len(body) < length:
                    piece = connection.recv(65536)
                    if not piece:
                        return b""
                    body += piece
        return head + b"\r\n\r\n" + body


@pytest.fixture(scope="session")
def talker() -> Iterator[SaysAnything]:
    """One such server for all tests of a worker."""
    server = SaysAnything()
    yield server
    server.close()
