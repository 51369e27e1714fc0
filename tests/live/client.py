# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talks to a workspace past the collection: makes what the scenarios need, and reads what became of it.

Nothing of the collection is used here, so that a mistake in its client cannot hide behind itself.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyotp
import requests

_PAGE = 50
_WAITS = 5


class Refused(Exception):
    """The server said no: ``status``, and ``code``, which is its error type or, where it names none, its words."""

    def __init__(self, what: str, answer: requests.Response) -> None:
        self.status = answer.status_code
        try:
            body = answer.json()
        except ValueError:
            body = {}
        self.body: dict[str, Any] = body if isinstance(body, dict) else {}
        self.code = str(self.body.get("errorType") or self.body.get("error") or answer.reason)
        super().__init__(f"{what}: {self.status} {self.code}")


@dataclass(frozen=True)
class Account:
    """How somebody signs in: with a token, or with name and password; ``secret`` is the TOTP seed, if there is one."""

    username: str = ""
    password: str = ""
    user_id: str = ""
    token: str = ""
    secret: str = ""

    def headers(self) -> dict[str, str]:
        """What authenticates a request."""
        return {"X-User-Id": self.user_id, "X-Auth-Token": self.token} if self.token else {}

    def second_factor(self, method: str) -> dict[str, str]:
        """The answer to a challenge; empty where this account has none for the method."""
        code = ""
        if method == "totp" and self.secret:
            code = pyotp.TOTP(self.secret).now()
        elif method == "password" and self.password:
            code = hashlib.sha256(self.password.encode()).hexdigest()
        return {"x-2fa-method": method, "x-2fa-code": code} if code else {}


class Caller:
    """One account's view of a workspace."""

    def __init__(self, url: str, account: Account) -> None:
        self.url = url
        self.account = account
        self._session = requests.Session()
        # One name for all requests: old servers remember a second factor for one program only.
        self._session.headers["User-Agent"] = "live suite of chatops.rocketchat"

    def get(self, endpoint: str, **query: Any) -> dict[str, Any]:
        """Read; raises `Refused`."""
        return self._call("GET", endpoint, params=query)

    def post(self, endpoint: str, **body: Any) -> dict[str, Any]:
        """Write; a second factor is answered once. Raises `Refused`."""
        return self._call("POST", endpoint, json=body)

    def rows(self, endpoint: str, key: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Each row of a list that comes in pages."""
        offset = 0
        while True:
            answer = self.get(endpoint, count=_PAGE, offset=offset, **query)
            yield from answer[key]
            offset += len(answer[key])
            if not answer[key] or offset >= answer.get("total", offset):
                return

    def method(self, name: str, *parameters: Any) -> Any:
        """Call a method of the web client, such as ``2fa:enable``; returns its result."""
        message = json.dumps({"msg": "method", "id": "1", "method": name, "params": list(parameters)})
        answer = json.loads(self.post(f"method.call/{name}", message=message)["message"])
        assert "error" not in answer, f"{name}: {answer['error']}"
        return answer.get("result")

    def _call(self, verb: str, endpoint: str, **more: Any) -> dict[str, Any]:
        headers = self.account.headers()
        answer = self._send(verb, endpoint, headers, more)
        if answer.status_code == 400 and _word(answer, "errorType") == "totp-required":
            method = str((answer.json().get("details") or {}).get("method"))
            answer = self._send(verb, endpoint, {**headers, **self.account.second_factor(method)}, more)
        if answer.status_code != 200 or not _is_object(answer) or answer.json().get("success") is False:
            raise Refused(endpoint, answer)
        return dict(answer.json())

    def _send(self, verb: str, endpoint: str, headers: Mapping[str, str], more: dict[str, Any]) -> requests.Response:
        """Send a request, and send it again when the server says how long to wait."""
        for _ in range(_WAITS):
            answer = self._session.request(
                verb, f"{self.url}/api/v1/{endpoint}", headers=dict(headers), timeout=60, **more
            )
            if answer.status_code != 429 and "error-too-many-requests" not in answer.text[:500]:
                break
            asked = re.search(r"wait (\d+) seconds", answer.text)
            time.sleep(min(int(asked[1]) if asked else 10, 61))
        return answer


def _is_object(answer: requests.Response) -> bool:
    try:
        return isinstance(answer.json(), dict)
    except ValueError:
        return False


def _word(answer: requests.Response, key: str) -> Any:
    return answer.json().get(key) if _is_object(answer) else None


def sign_in(url: str, account: Account) -> Caller:
    """Sign in with name and password, and the code where there is a seed; raises `Refused`."""
    given = {"user": account.username, "password": account.password}
    if account.secret:
        given["code"] = pyotp.TOTP(account.secret).now()
    data = Caller(url, Account()).post("login", **given).get("data", {})
    return Caller(
        url,
        Account(account.username, account.password, str(data["userId"]), str(data["authToken"]), account.secret),
    )


def version_of(url: str) -> str:
    """The version that a workspace tells strangers, such as 8.6; raises `requests.RequestException`."""
    answer = requests.get(f"{url}/api/info", timeout=30)
    answer.raise_for_status()
    body = answer.json()
    return ".".join(str(body.get("version") or body["info"]["version"]).split(".")[:2])
