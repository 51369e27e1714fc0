# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulated server: its parts, and the way of a request through them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.emulator import (
    endpoints_accounts,
    endpoints_chat,
    endpoints_history,
    endpoints_idle,
    endpoints_info,
    endpoints_integrations,
    endpoints_livechat,
    endpoints_login,
    endpoints_methods,
    endpoints_oauth_apps,
    endpoints_own_profile,
    endpoints_reset,
    endpoints_roles,
    endpoints_room_admin,
    endpoints_room_life,
    endpoints_room_reading,
    endpoints_rooms,
    endpoints_settings,
    endpoints_status,
    endpoints_teams,
    endpoints_tokens,
    endpoints_update,
    endpoints_users,
    webhooks,
)
from tests.emulator.call import Call
from tests.emulator.cast import crowd, default_world
from tests.emulator.clock import Clock
from tests.emulator.envelopes import (
    ApiError,
    Forbidden,
    InvalidParams,
    Reply,
    bad_request_page,
    failure,
    forbidden,
    invalid_params,
    no_such_verb,
    not_found_text,
    unauthorized,
    web_client,
)
from tests.emulator.licence import Licence
from tests.emulator.mails import Mailbox
from tests.emulator.permissions import Permissions
from tests.emulator.person_limits import PersonLimits
from tests.emulator.rate_limit import RateLimiter
from tests.emulator.registry import Endpoint, Routes
from tests.emulator.second_factor import SecondFactor
from tests.emulator.settings import RATE_LIMITER, Settings
from tests.emulator.state import State, Token, User
from tests.emulator.versions import Speak
from tests.emulator.world import load_world

# Importing the endpoint modules is what fills the table of routes.
ENDPOINT_MODULES = (
    endpoints_accounts,
    endpoints_chat,
    endpoints_history,
    endpoints_idle,
    endpoints_info,
    endpoints_integrations,
    endpoints_livechat,
    endpoints_login,
    endpoints_methods,
    endpoints_oauth_apps,
    endpoints_own_profile,
    endpoints_reset,
    endpoints_roles,
    endpoints_room_admin,
    endpoints_room_life,
    endpoints_room_reading,
    endpoints_rooms,
    endpoints_settings,
    endpoints_status,
    endpoints_teams,
    endpoints_tokens,
    endpoints_update,
    endpoints_users,
)
API = "/api/v1/"


class Server:
    """State and behaviour of one Rocket.Chat."""

    def __init__(
        self,
        speak: Speak,
        world: dict[str, Any] | None = None,
        *,
        extra_users: int = 0,
        rate_limit: bool = False,
    ) -> None:
        self.speak = speak
        self.clock = Clock()
        self.mailbox = Mailbox(self.clock)
        self.second_factor = SecondFactor(self)
        self.limiter = RateLimiter(self)
        self.person_limits = PersonLimits(self.clock)
        self.routes = Routes(speak)
        self._rate_limit = rate_limit
        self.load(world, extra_users)

    def load(self, world: dict[str, Any] | None, extra_users: int = 0) -> None:
        """Begin anew with a world; the default cast when none is given."""
        self.settings = Settings(self.speak)
        self.settings.update({RATE_LIMITER: self._rate_limit})
        self.permissions = Permissions(self.speak)
        self.licence = Licence()
        self.state = State()
        self.mailbox.clear()
        self.limiter.reset()
        self.person_limits.reset()
        load_world(self, default_world() if world is None else world)
        if extra_users:
            load_world(self, {"users": crowd(extra_users)})

    def authenticate(self, headers: dict[str, str]) -> tuple[User, Token] | None:
        """The account and token that a request's headers prove."""
        token = headers.get("x-auth-token")
        if token is None:
            return None
        found = self.state.by_token.get(token)
        if found is None or found[0].id != headers.get("x-user-id"):
            return None
        return found

    def handle(
        self,
        method: str,
        path: str,
        query: str,
        headers: dict[str, str],
        body: bytes,
        remote: str,
        url: str,
    ) -> Reply:
        """Answer one request; whatever effect it has is done when this returns."""
        path = unquote(path)
        if path == "/api/info" and method == "GET":
            call = self._call(method, path, query, headers, {}, remote, url)
            return self._limited(call, "info", endpoints_info.info)
        if path == "/health" and method == "GET":
            return endpoints_info.health(self.speak)
        if path == "/livez" and method == "GET" and self.speak.new:
            return endpoints_info.livez()
        if path.startswith(webhooks.PREFIX) and method in ("GET", "POST"):
            parsed, _broken = self._parse_body(headers.get("content-type", ""), body)
            return webhooks.receive(self._call(method, path, query, headers, parsed, remote, url))
        name = path.removeprefix(API) if path.startswith(API) else ""
        if not self.speak.new:
            name = name.rstrip("/")
        found = self.routes.find(name) if name else None
        if found is None:
            return self._unknown_path(method, path)
        endpoints, argument = found
        if method == "OPTIONS":
            return Reply(200, b"OK", "text/plain;charset=UTF-8") if self.speak.new else Reply(200)
        wanted = "GET" if method == "HEAD" and self.speak.new else method
        endpoint = endpoints.get(wanted)
        if endpoint is None:
            if self.speak.new:
                return not_found_text()
            return web_client(self.speak) if method == "HEAD" else no_such_verb()
        parsed, broken = self._parse_body(headers.get("content-type", ""), body)
        if broken and not self.speak.new:
            return bad_request_page()
        call = self._call(method, path, query, headers, parsed, remote, url)
        call.argument = argument
        return self._run(call, endpoint)

    def _unknown_path(self, method: str, path: str) -> Reply:
        if self.speak.new and (path == "/api" or path.startswith("/api/")):
            return not_found_text()
        if method in ("GET", "HEAD"):
            return web_client(self.speak)
        return Reply(200) if method == "OPTIONS" else Reply(405)

    def _call(
        self,
        method: str,
        path: str,
        query: str,
        headers: dict[str, str],
        body: Any,
        remote: str,
        url: str,
    ) -> Call:
        pairs = parse_qsl(query, keep_blank_values=True) if query else []
        call = Call(self, method, path, dict(pairs), pairs, headers, body, remote, url)
        proven = self.authenticate(headers)
        if proven is not None:
            call.caller, call.token = proven
        return call

    def _parse_body(self, content_type: str, body: bytes) -> tuple[Any, bool]:
        """The parsed body, {} when there is none that counts; and whether it was broken."""
        kind = content_type.partition(";")[0].strip().lower()
        if not body:
            return {}, False
        if kind == "application/json":
            try:
                parsed = json.loads(body)
            except ValueError:
                return {}, True
            # The older parser is strict: an object or a list, nothing else.
            if not self.speak.new and not isinstance(parsed, dict | list):
                return {}, True
            return parsed, False
        if kind == "application/x-www-form-urlencoded":
            form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
            if "payload" in form and not self.speak.new:
                try:
                    return json.loads(form["payload"]), False
                except ValueError:
                    return {}, False
            return form, False
        # Another content type, or none: the body is not looked at.
        return {}, False

    def _limited(self, call: Call, route: str, handler: Any) -> Reply:
        reply: Reply = self.limiter.check(call, route) or handler(call)
        reply.headers.update(call.extra_headers)
        return reply

    def _run(self, call: Call, endpoint: Endpoint) -> Reply:
        if endpoint.login and call.caller is None:
            return unauthorized(self.speak)
        return self._limited(call, endpoint.route, lambda call: self._answer(call, endpoint))

    def _answer(self, call: Call, endpoint: Endpoint) -> Reply:
        try:
            if endpoint.check is not None:
                endpoint.check(call)
            if endpoint.permission is not None:
                call.demand(endpoint.permission)
            if endpoint.login:
                self.second_factor.check_call(call, endpoint.demand)
            return endpoint.handler(call)
        except InvalidParams as problem:
            return invalid_params(self.speak, problem, query=call.method == "GET")
        except Forbidden:
            return forbidden(self.speak)
        except ApiError as error:
            return failure(error)
