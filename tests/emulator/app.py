# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side: aiohttp around one emulated server."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

from aiohttp import web

from tests.emulator import control
from tests.emulator.broken_answers import strike
from tests.emulator.envelopes import Reply
from tests.emulator.faults import Faults
from tests.emulator.request_log import RequestLog
from tests.emulator.server import Server


class App:
    """Takes requests, passes them to the server or the control API, sends the answers."""

    def __init__(self, server: Server, latency: float = 0.0) -> None:
        self._server = server
        self._latency = latency
        self._log = RequestLog()
        self._faults = Faults()
        self._control = control.Control(server, self._log, self._faults)
        self._runner: web.ServerRunner | None = None
        self.url = ""

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        """Listen; afterwards ``url`` says where."""
        web_server = web.Server(self._handle, access_log=None)
        self._runner = web.ServerRunner(web_server)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, ssl_context=tls, shutdown_timeout=0.1, backlog=512)
        await site.start()
        address = self._runner.addresses[0]
        shown = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if tls else 'http'}://{shown}:{address[1]}"

    async def stop(self) -> None:
        """Stop listening and drop what is still open."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        # Past the limit of request.read(): a world with many messages is longer than that.
        body = await request.content.read() if request.can_read_body else b""
        # The target as it was sent; a proxy's absolute form is brought down to its path.
        target = request.raw_path
        path, _mark, query = (target if target.startswith("/") else request.path_qs).partition("?")
        method = request.method
        if path.startswith(control.PREFIX):
            _before, waits, endpoint = path.partition(f"{control.PREFIX}requests/")
            if waits:
                await self._log.come(endpoint)
            return self._response(self._control.handle(method, path, body))
        headers = {name.lower(): value.strip() for name, value in request.headers.items()}
        proven = self._server.authenticate(headers)
        caller = proven[0].username if proven is not None else None
        entry = self._log.add(method, path, query, headers, body, caller)
        if self._latency:
            await asyncio.sleep(self._latency)
        remote = request.remote or ""

        def answer() -> Reply:
            return self._server.handle(method, path, query, headers, body, remote, self.url)

        def note_status(status: int) -> None:
            entry["status"] = status

        fault = self._faults.strike(method, path)
        if fault is None:
            return self._answered(entry, answer())
        reply = await strike(fault, self._server, request, headers, answer, note_status)
        if reply is None:
            # The connection is gone or has been written to; nothing more may follow on it.
            return web.Response(status=500)
        return self._answered(entry, reply)

    def _answered(self, entry: dict[str, Any], reply: Reply) -> web.Response:
        entry["status"] = reply.status
        response = self._response(reply)
        if self._server.clock.offset:
            response.headers["Date"] = self._server.clock.http_date()
        return response

    def _response(self, reply: Reply) -> web.Response:
        headers = reply.headers
        if reply.content_type is not None:
            headers = {"Content-Type": reply.content_type, **headers}
        return web.Response(status=reply.status, body=reply.body, headers=headers)
