# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much is tried, and a server that says whatever it is told to."""

from __future__ import annotations

import os
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


class SaysAnything:
    """Answers each request on loopback with the next of some byte strings, then closes the connection.

    The last one repeats. ``hold`` keeps the connection open instead, so that the client has to give up by itself.
    """

    def __init__(self) -> None:
        self.answers: list[bytes] = [b""]
        self.hold = False
        self.requests: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def say(self, *answers: bytes, hold: bool = False) -> None:
        """Forget what was asked, and answer like this from now on."""
        with self._lock:
            self.answers, self.hold, self.requests = list(answers), hold, []

    def sent(self, verb: bytes) -> list[bytes]:
        """The requests that begin with a verb."""
        return [request for request in self.requests if request.startswith(verb + b" ")]

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _address = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(5)
            request = self._read(connection)
            if not request:
                return
            with self._lock:
                self.requests.append(request)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                hold = self.hold
            connection.sendall(answer)
            if not hold:
                connection.shutdown(socket.SHUT_WR)
            # What a client still has to say is read, so that closing is not a reset which eats the answer.
            while connection.recv(65536):
                pass

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
                    body += connection.recv(65536)
        return head + b"\r\n\r\n" + body


@pytest.fixture(scope="session")
def talker() -> Iterator[SaysAnything]:
    """One such server for all tests of a worker."""
    server = SaysAnything()
    yield server
    server.close()
