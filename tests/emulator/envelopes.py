# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers, and the envelopes that the two dialects wrap them in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.emulator.versions import Speak

JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=utf-8"
NOT_LOGGED_IN = "You must be logged in to do this."

_PAGE_HEADS = {
    False: (
        "<!DOCTYPE html>\n<html>\n<head>\n\n\n\n\n"
        '<script id="scripts" type="text/javascript" src="/scripts_887a5339b2625a8970658c4f5f9b',
        20000,
    ),
    True: (
        "<!DOCTYPE html>\n<html>\n<head>\n\n\n\n"
        '<script id="scripts" type="text/javascript" src="/scripts_5b78a9a0ebbbbb75eda23b4e12a60',
        1603,
    ),
}
BAD_REQUEST_PAGE = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n'
    "</head>\n<body>\n<pre>Bad Request</pre>\n</body>\n</html>\n"
)


@dataclass
class Reply:
    """One answer, ready to be sent."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """A refusal in the manner of Meteor.Error; becomes a 400 envelope."""

    def __init__(
        self,
        code: str | int | None,
        reason: str = "",
        details: Any = None,
        *,
        status: int = 400,
        text: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.details = details
        self.status = status
        # Overrides the usual "reason [code]".
        self.text = text

    def envelope(self) -> dict[str, Any]:
        """The JSON body of this refusal."""
        body: dict[str, Any] = {"success": False, "error": self.message()}
        if self.code is not None:
            body["errorType"] = self.code
        if self.details is not None:
            body["details"] = self.details
        return body

    def message(self) -> str:
        """The text of "error"."""
        if self.text is not None:
            return self.text
        if self.code is None:
            return self.reason
        return f"{self.reason} [{self.code}]".lstrip()


class Forbidden(Exception):
    """The caller lacks a permission that the endpoint demands."""


class InvalidParams(Exception):
    """The request does not fit the endpoint's schema."""

    def __init__(self, text: str, code: str = "invalid-params") -> None:
        super().__init__(text)
        self.text = text
        self.code = code


def json_reply(body: Any, status: int = 200) -> Reply:
    """An answer with a JSON body."""
    return Reply(status, json.dumps(body, separators=(",", ":")).encode(), JSON_TYPE)


def success(body: dict[str, Any] | None = None) -> Reply:
    """The usual 200."""
    return json_reply({**(body or {}), "success": True})


def failure(error: ApiError) -> Reply:
    """The usual 400."""
    return json_reply(error.envelope(), error.status)


def forbidden(speak: Speak) -> Reply:
    """403 in the dialect of the version."""
    text = (
        "User does not have the permissions required for this action [error-unauthorized]"
        if speak.new
        else "unauthorized"
    )
    return json_reply({"success": False, "error": text}, 403)


def unauthorized(speak: Speak) -> Reply:
    """401 for callers who are not logged in."""
    body: dict[str, Any] = {"status": "error", "message": NOT_LOGGED_IN}
    if speak.new:
        body = {"success": False, "error": NOT_LOGGED_IN, **body}
    return json_reply(body, 401)


def login_refused(speak: Speak, error: Any, message: str, details: Any = None) -> Reply:
    """401 of /login. ``error`` is a code, or 403/400 which newer servers hide."""
    if speak.new and isinstance(error, int):
        error = message = "Unauthorized"
    body: dict[str, Any] = {"status": "error", "error": error}
    if speak.new:
        body = {"success": False, "error": error, "status": "error"}
    if details is not None:
        body["details"] = details
    body["message"] = message
    return json_reply(body, 401)


def invalid_params(speak: Speak, error: InvalidParams, query: bool) -> Reply:
    """400 for requests that do not fit the schema."""
    if speak.new_schemas:
        code = "error-invalid-params" if query else "invalid-params"
        return json_reply({"success": False, "errorType": code, "error": error.text}, 400)
    text = f"{error.text} [{error.code}]"
    return json_reply({"success": False, "error": text, "errorType": error.code}, 400)


def too_many_requests(seconds: int, milliseconds: int, old_form: bool) -> Reply:
    """429, or the 400 that some versions answered instead."""
    text = (
        "Error, too many requests. Please slow down. "
        f"You must wait {seconds} seconds before trying this endpoint again. "
        "[error-too-many-requests]"
    )
    body: dict[str, Any] = {"success": False, "error": text}
    if old_form:
        body["errorType"] = "error-too-many-requests"
        body["details"] = {"timeToReset": milliseconds, "seconds": seconds}
    return json_reply(body, 400 if old_form else 429)


def web_client(speak: Speak) -> Reply:
    """The page of the web client, which is what unknown paths get."""
    head, length = _PAGE_HEADS[speak.new]
    page = head + '.js"></script>\n</head>\n<body>\n'
    tail = "</body>\n</html>\n"
    return Reply(200, (page + " " * (length - len(page) - len(tail)) + tail).encode(), HTML_TYPE)


def bad_request_page() -> Reply:
    """What the older body parser answers to broken JSON."""
    return Reply(400, BAD_REQUEST_PAGE.encode(), HTML_TYPE)


def not_found_text() -> Reply:
    """What the newer router answers to unknown paths."""
    return Reply(404, b"404 Not Found", "text/plain; charset=UTF-8")


def no_such_verb() -> Reply:
    """What the older router answers to a known path with another verb."""
    return json_reply({"status": "error", "message": "API endpoint does not exist"}, 405)
