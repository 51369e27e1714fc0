# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending answers in broken ways, below the level of HTTP where that is needed."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from aiohttp import web

from tests.emulator import codes, settings
from tests.emulator.envelopes import JSON_TYPE, Reply, json_reply, too_many_requests
from tests.emulator.faults import Fault
from tests.emulator.server import Server

_HANG_POLL = 0.02
_HUGE = 8 * 1024 * 1024


async def strike(
    fault: Fault,
    server: Server,
    request: web.BaseRequest,
    headers: dict[str, str],
    answer: Callable[[], Reply],
    note_status: Callable[[int], None],
) -> Reply | None:
    """Carry out a fault. Returns what to send, or None when the connection is dealt with."""
    _side_effects(fault, server, headers)
    if fault.kind == "exit" and not fault.apply:
        os._exit(1)
    genuine = answer() if fault.apply else json_reply({"success": True})
    arguments = fault.arguments
    match fault.kind:
        case "exit":
            os._exit(1)
        case "close-before" | "close-after":
            _reset_connection(request)
            return None
        case "hang" | "hang-after":
            await _until_client_leaves(request)
            return None
        case "latency":
            await asyncio.sleep(float(arguments.get("ms", 0)) / 1000)
        case "delay-until-next-totp-step":
            now = server.clock.now()
            await asyncio.sleep(codes.STEP_SECONDS - now % codes.STEP_SECONDS + 0.05)
        case "slow-headers" | "slow-body":
            note_status(genuine.status)
            await _drip(request, genuine, arguments, headers_too=fault.kind == "slow-headers")
            return None
        case "cut-body":
            note_status(genuine.status)
            await _cut(request, genuine)
            return None
        case _:
            return _false_answer(fault, server) or genuine
    return genuine


def _side_effects(fault: Fault, server: Server, headers: dict[str, str]) -> None:
    arguments = fault.arguments
    if fault.kind == "revoke-token":
        proven = server.authenticate(headers)
        if proven is not None:
            server.state.drop_tokens(proven[0])
    elif fault.kind == "drop-permission":
        server.permissions.take_away(arguments["permission"])
    elif fault.kind == "set-setting":
        server.settings.update({arguments["id"]: arguments["value"]})


def _false_answer(fault: Fault, server: Server) -> Reply | None:
    arguments = fault.arguments
    match fault.kind:
        case "invalid-json":
            return Reply(200, b'{"success": tr', JSON_TYPE)
        case "html":
            status = int(arguments.get("status", 502))
            title = f"{status} {HTTPStatus(status).phrase}"
            page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
            return Reply(status, page.encode(), "text/html", dict(arguments.get("headers", {})))
        case "redirect":
            status = int(arguments.get("status", 302))
            return Reply(status, b"", None, {"Location": str(arguments["location"])})
        case "status":
            reply = json_reply(arguments.get("body", {"success": False}), int(arguments["status"]))
            reply.headers.update(arguments.get("headers", {}))
            return reply
        case "rate-limit":
            seconds = int(arguments.get("seconds", 1))
            old = bool(arguments.get("old", server.settings[settings.RATE_LIMIT_OLD_FORM]))
            return too_many_requests(seconds, seconds * 1000, old)
        case "huge-body":
            size = int(arguments.get("bytes", _HUGE))
            return Reply(200, b'{"success":true,"padding":"' + b"x" * size + b'"}', JSON_TYPE)
    return None


def _reset_connection(request: web.BaseRequest) -> None:
    """Close at once, without lingering: the client sees a reset."""
    transport = request.transport
    if transport is None:
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _until_client_leaves(request: web.BaseRequest) -> None:
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(_HANG_POLL)


def _raw(reply: Reply) -> tuple[bytes, bytes]:
    lines = [
        f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}",
        f"Content-Type: {reply.content_type or JSON_TYPE}",
        f"Content-Length: {len(reply.body)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode(), reply.body


async def _drip(request: web.BaseRequest, reply: Reply, arguments: dict[str, Any], *, headers_too: bool) -> None:
    pause = float(arguments.get("interval_ms", 100)) / 1000
    head, body = _raw(reply)
    if not headers_too and request.transport is not None:
        request.transport.write(head)
    for byte in head + body if headers_too else body:
        if request.transport is None or request.transport.is_closing():
            return
        request.transport.write(bytes([byte]))
        await asyncio.sleep(pause)
    if request.transport is not None:
        request.transport.close()


async def _cut(request: web.BaseRequest, reply: Reply) -> None:
    head, body = _raw(reply)
    transport = request.transport
    if transport is None:
        return
    transport.write(head + body[: len(body) // 2])
    transport.close()
