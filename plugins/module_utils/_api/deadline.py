# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A limit for the whole of an exchange.

The time limit of a socket starts anew with every byte, so that a server which sends one now and then would hold a run
for ever. Here one thread looks after all exchanges and closes the socket of any that is overdue.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

# What the classes below build on; nothing, where the libraries are missing, of which the module then tells.
_HTTPAdapter: Any = object
_HTTPConnection: Any = object
_HTTPSConnection: Any = object
_HTTPPool: Any = object
_HTTPSPool: Any = object
with contextlib.suppress(ImportError):
    import requests.adapters
    import urllib3.connection
    import urllib3.connectionpool

    _HTTPAdapter = requests.adapters.HTTPAdapter
    _HTTPConnection = urllib3.connection.HTTPConnection
    _HTTPSConnection = urllib3.connection.HTTPSConnection
    _HTTPPool = urllib3.connectionpool.HTTPConnectionPool
    _HTTPSPool = urllib3.connectionpool.HTTPSConnectionPool

if TYPE_CHECKING:
    from urllib3 import PoolManager

_GRAIN = 0.1
_here = threading.local()


class Exchange:
    """One exchange under way, and the socket it has come to use."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.sock: socket.socket | None = None
        self.broken = False

    @property
    def answering(self) -> bool:
        """Tell whether the whole request was sent, and an answer is waited for or read."""
        return self.sock is not None


class Watch:
    """Looks after the exchanges of one client."""

    def __init__(self) -> None:
        self._exchanges: set[Exchange] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def until(self, deadline: float) -> Iterator[Exchange]:
        """Break the exchange that this thread makes inside when ``deadline`` (``time.monotonic``) has passed.

        What came of a broken exchange may look whole: to the parser of the headers their end is the end of the stream.
        """
        exchange = Exchange(deadline)
        with self._changed:
            self._exchanges.add(exchange)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look_after, daemon=True)
                self._thread.start()
        _here.exchange = exchange
        try:
            yield exchange
        except BaseException:
            # What may still come on this connection must not be taken for the answer to another request.
            if exchange.sock is not None:
                _break(exchange.sock)
            raise
        finally:
            _here.exchange = None
            with self._changed:
                self._exchanges.discard(exchange)

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._thread = None
            self._changed.notify()

    def _look_after(self) -> None:
        with self._changed:
            while self._thread is threading.current_thread():
                now = time.monotonic()
                for exchange in self._exchanges:
                    if exchange.sock is not None and exchange.deadline + _GRAIN < now:
                        exchange.broken = True
                        _break(exchange.sock)
                self._changed.wait(_GRAIN)


def _break(sock: socket.socket) -> None:
    # An error means that it is closed already, which is what is wanted.
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


class _Watched:
    """Makes known which socket the exchange of this thread waits for."""

    def getresponse(self) -> Any:
        """Wait for the answer."""
        exchange = getattr(_here, "exchange", None)
        if exchange is not None:
            exchange.sock = self.sock  # type: ignore[attr-defined]
        return super().getresponse()  # type: ignore[misc]


class _PlainConnection(_Watched, _HTTPConnection):  # type: ignore[misc]
    pass


class _TlsConnection(_Watched, _HTTPSConnection):  # type: ignore[misc]
    pass


class _PlainPool(_HTTPPool):  # type: ignore[misc]
    ConnectionCls = _PlainConnection


class _TlsPool(_HTTPSPool):  # type: ignore[misc]
    ConnectionCls = _TlsConnection


def _watched(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
    return manager


class WatchedAdapter(_HTTPAdapter):  # type: ignore[misc]
    """Connections whose exchanges a :class:`Watch` can break, direct ones and those through a proxy."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pool of direct connections."""
        super().init_poolmanager(*args, **options)
        _watched(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **options: Any) -> PoolManager:
        """Return the pool of a proxy's connections."""
        return _watched(super().proxy_manager_for(*args, **options))

    def close(self) -> None:
        """Close the connections. urllib3 leaves that to the moment when nothing refers to their pool any more."""
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in list(manager.pools.keys()):
                pool = manager.pools.get(key)
                if pool is not None:
                    pool.close()
        super().close()
