# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of a controller as a rulebook asks for: it has workflows, and remembers how they were launched."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Controller(ThreadingHTTPServer):
    """Each launch is a job that waits for its approval for ever."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *workflows: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.workflows = workflows
        self.launched: list[tuple[str, dict[str, Any]]] = []
        self.tokens: set[str | None] = set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Controller

    def do_GET(self) -> None:
        """Tell of the version, of a template by its name, and of jobs."""
        parts = urlsplit(self.path)
        if parts.path == "/api/v2/config/":
            self._answer(200, {"version": "24.6.1"})
        elif parts.path == "/api/v2/unified_job_templates/":
            (name,) = parse_qs(parts.query)["name"]
            found = [self._template(name)] if name in self.server.workflows else []
            self._answer(200, {"count": len(found), "next": None, "results": found})
        else:
            self._answer(200, {"count": 0, "next": None, "results": []})

    def do_POST(self) -> None:
        """Launch."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = int(self.path.split("/")[4])
        self.server.launched.append((self.server.workflows[number - 1], body))
        self._answer(201, {"id": 7, "url": "/api/v2/workflow_jobs/7/"})

    def _template(self, name: str) -> dict[str, Any]:
        number = self.server.workflows.index(name) + 1
        asked = dict.fromkeys(("limit", "labels", "inventory", "variables"), False)
        return {
            "id": number,
            "type": "workflow_job_template",
            "name": name,
            "related": {"launch": f"/api/v2/workflow_job_templates/{number}/launch/"},
            "summary_fields": {"organization": {"name": "Default"}},
            **{f"ask_{what}_on_launch": value for what, value in asked.items()},
        }

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        self.server.tokens.add(self.headers.get("Authorization"))
        raw = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def controller(*workflows: str) -> Iterator[Controller]:
    """Run one until the block ends."""
    with Controller(*workflows) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
