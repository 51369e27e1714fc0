# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the emulator: ``python -m tests.emulator --speak 8.6``."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import os
import signal
import ssl
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.emulator.app import App
from tests.emulator.server import Server
from tests.emulator.versions import Speak


class UsageError(Exception):
    """Options that cannot be used, with a sentence that says why."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description="A stateful Rocket.Chat for tests.")
    parser.add_argument("--speak", default="8.6", metavar="VERSION", help="such as 6.5 or 8.6")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--tls-cert", type=Path, metavar="FILE")
    parser.add_argument("--tls-key", type=Path, metavar="FILE")
    parser.add_argument("--latency-ms", type=float, default=0.0, help="how long each request waits")
    parser.add_argument("--world", type=Path, metavar="FILE", help="JSON instead of the cast")
    parser.add_argument("--users", type=int, default=0, metavar="N", help="add N users with TOTP")
    parser.add_argument(
        "--rate-limit",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="begin with the rate limiter on",
    )
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when standard input ends")
    return parser


def _tls_context(cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        raise UsageError("--tls-cert and --tls-key go together.")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"The certificate cannot be used: {error}.") from error
    return context


def _world(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        world: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The world {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(f"The world {path} is not JSON: {error}.") from error
    return world


def _build(options: argparse.Namespace) -> tuple[App, ssl.SSLContext | None]:
    """Check the options and make everything that listens."""
    try:
        loopback = options.host == "localhost" or ipaddress.ip_address(options.host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UsageError(f"{options.host} is not a loopback address, and the emulator uses only those.")
    if not 0 <= options.port <= 65535:
        raise UsageError(f"{options.port} is not a port.")
    if options.users < 0 or options.latency_ms < 0:
        raise UsageError("--users and --latency-ms take numbers from 0 on.")
    tls = _tls_context(options.tls_cert, options.tls_key)
    try:
        server = Server(
            Speak.parse(options.speak),
            _world(options.world),
            extra_users=options.users,
            rate_limit=options.rate_limit,
        )
    except ValueError as error:
        raise UsageError(str(error)) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"The world is not formed as it should be ({error}).") from error
    return App(server, options.latency_ms / 1000), tls


async def _serve(app: App, options: argparse.Namespace, tls: ssl.SSLContext | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        await app.start(options.host, options.port, tls)
    except OSError as error:
        reason = f"Cannot listen on {options.host}:{options.port}: {error.strerror}."
        raise UsageError(reason) from error
    print(json.dumps({"url": app.url, "pid": os.getpid()}), flush=True)
    if options.exit_with_stdin:
        threading.Thread(target=_watch_stdin, args=(loop, stop), daemon=True).start()
    await stop.wait()
    await app.stop()


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Wait for the end of standard input in a thread: it may be a file, which loops cannot."""
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    loop.call_soon_threadsafe(stop.set)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; the exit status."""
    options = _parser().parse_args(arguments)
    try:
        app, tls = _build(options)
        asyncio.run(_serve(app, options, tls))
    except UsageError as error:
        print(f"tests.emulator: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    # At once, and past the thread that may still be reading standard input.
    status = main()
    sys.stdout.flush()
    os._exit(status)
