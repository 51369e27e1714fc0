# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes from one socket to another, for the proxies of the tests."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


def relay(one: socket.socket, other: socket.socket) -> None:
    """Pass everything on, both ways, until both sides have ended."""
    back = threading.Thread(target=_copy, args=(other, one), daemon=True)
    back.start()
    _copy(one, other)
    back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
