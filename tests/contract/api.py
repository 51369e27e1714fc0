# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to the emulator for tests that go beyond the recordings."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.emulator.testing import Emulator


class Api:
    """Requests of one account."""

    def __init__(self, emulator: Emulator, name: str) -> None:
        self._netloc = urlsplit(emulator.url).netloc
        given = emulator.token(name)
        self._headers = {"X-User-Id": given["userId"], "X-Auth-Token": given["token"]}

    def __call__(self, verb: str, path: str, **given: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of an answer; what is given goes into the query or the body."""
        target, body, headers = f"/api/v1/{path}", None, dict(self._headers)
        if verb == "GET":
            target += "?" + urlencode(given)
        else:
            body, headers["Content-Type"] = json.dumps(given), "application/json"
        connection = http.client.HTTPConnection(self._netloc, timeout=30)
        connection.request(verb, target, body, headers)
        answer = connection.getresponse()
        content = json.loads(answer.read())
        connection.close()
        return answer.status, content
