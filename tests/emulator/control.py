# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API below /_emulator/: tests look at the server and change it here."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from tests.emulator import codes
from tests.emulator.clock import iso
from tests.emulator.envelopes import Reply, json_reply
from tests.emulator.faults import Faults
from tests.emulator.integration_worlds import add_integration, change_integration
from tests.emulator.message_worlds import add_message
from tests.emulator.messaging import erase
from tests.emulator.request_log import RequestLog
from tests.emulator.room_worlds import add_room, describe_room, describe_team, rename
from tests.emulator.server import Server
from tests.emulator.state import User
from tests.emulator.world import WorldError, add_user, change_user, give_token

PREFIX = "/_emulator/"


class ControlError(Exception):
    """A control request that cannot be served."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class Control:
    """Serves the control API."""

    def __init__(self, server: Server, log: RequestLog, faults: Faults) -> None:
        self._server = server
        self._log = log
        self._faults = faults

    def handle(self, method: str, path: str, body: bytes) -> Reply:
        """Answer one control request."""
        parts = [unquote(part) for part in path.removeprefix(PREFIX).split("/") if part]
        try:
            data = json.loads(body) if body else {}
            answer = self._dispatch(method, parts, data)
        except ControlError as error:
            return json_reply({"error": str(error)}, error.status)
        except (WorldError, ValueError, KeyError, TypeError, AttributeError) as error:
            return json_reply({"error": f"{type(error).__name__}: {error}"}, 400)
        return json_reply(answer)

    def _dispatch(self, method: str, parts: list[str], data: Any) -> Any:
        match [method, *parts]:
            case ["GET", "state"]:
                return self._state()
            case ["GET", "requests"]:
                return self._log.entries
            case ["DELETE", "requests"]:
                self._log.clear()
            case ["GET", "mails"]:
                return self._server.mailbox.sent
            case ["DELETE", "mails"]:
                self._server.mailbox.clear()
            case ["GET", "rooms"]:
                return self._rooms()
            case ["POST", "rooms"]:
                return describe_room(self._server.state, add_room(self._server, data))
            case [_, "rooms", name, "messages", *rest]:
                return self._messages(method, name, rest, data)
            case ["PATCH", "rooms", name]:
                rename(self._server.state, name, data["name"])
            case ["GET", "integrations"]:
                return list(self._server.state.integrations.values())
            case ["POST", "integrations"]:
                return add_integration(self._server, data)
            case ["PATCH", "integrations", name]:
                return change_integration(self._server, name, data)
            case ["GET", "outgoing-calls"]:
                return self._server.state.outgoing_calls
            case ["DELETE", "outgoing-calls"]:
                self._server.state.outgoing_calls.clear()
            case ["POST", "users"]:
                return describe(add_user(self._server, data))
            case [_, "users", name, *rest]:
                return self._user(method, name, rest, data)
            case ["PATCH", "settings"]:
                self._server.settings.update(data)
            case ["PATCH", "licence"]:
                self._server.licence.change(data)
            case ["PATCH", "permissions"]:
                for permission, roles in data.items():
                    self._server.permissions.allow(permission, roles)
            case ["PATCH", "roles"]:
                for role_id, name in data.items():
                    self._server.permissions.define_role(role_id, name)
            case ["POST", "roles", role_id, "mandatory2fa"]:
                self._server.permissions.demand_two_factors(role_id)
            case ["GET", "permissions"]:
                return self._server.permissions.as_dict()
            case ["POST", "clock"]:
                return self._clock(data)
            case ["POST", "faults"]:
                self._faults.add(data)
            case ["GET", "faults"]:
                return self._faults.describe()
            case ["DELETE", "faults"]:
                self._faults.clear()
            case ["DELETE", "rate-limit"]:
                self._server.limiter.reset()
                self._server.person_limits.reset()
            case ["POST", "world"]:
                self._server.load(data)
                self._log.clear()
                self._faults.clear()
            case _:
                raise ControlError(f"There is no {method} {PREFIX}{'/'.join(parts)}.", 404)
        return {"ok": True}

    def _state(self) -> dict[str, Any]:
        server = self._server
        return {
            "users": {user.username: describe(user) for user in server.state.by_id.values()},
            "mails": server.mailbox.sent,
            "settings": server.settings.values,
            **self._rooms(),
            "integrations": list(server.state.integrations.values()),
            "clock": server.clock.iso(),
            "version": server.speak.full,
        }

    def _rooms(self) -> dict[str, Any]:
        state = self._server.state
        return {
            "rooms": [describe_room(state, room) for room in state.rooms],
            "teams": [describe_team(state, team) for team in state.rooms.teams.values()],
        }

    def _messages(self, method: str, name: str, rest: list[str], data: Any) -> Any:
        rooms = self._server.state.rooms
        room = rooms.get(name) or rooms.named(name)
        if room is None:
            raise ControlError(f"There is no room '{name}'.", 404)
        match [method, *rest]:
            case ["GET"]:
                return [message.record for message in rooms.messages.of(room.id)]
            case ["POST"]:
                return add_message(self._server, room, data).record
            case ["DELETE", message_id]:
                message = rooms.messages.get(message_id)
                if message is None or message.room_id != room.id:
                    raise ControlError(f"There is no message '{message_id}' in '{name}'.", 404)
                erase(self._server, room, message)
                return {"ok": True}
        raise ControlError(f"There is no {method} for rooms/{name}/messages/{'/'.join(rest)}.", 404)

    def _clock(self, data: dict[str, Any]) -> dict[str, Any]:
        clock = self._server.clock
        clock.offset = float(data.get("offset_seconds", clock.offset))
        if "advance_after_next_reset" in data:
            clock.advance_after_next_reset = float(data["advance_after_next_reset"])
        return {"clock": clock.iso(), "offset_seconds": clock.offset}

    def _user(self, method: str, name: str, rest: list[str], data: Any) -> Any:
        server = self._server
        user = server.state.by_name.get(name)
        if user is None:
            raise ControlError(f"There is no user '{name}'.", 404)
        match [method, *rest]:
            case ["GET"]:
                return describe(user)
            case ["PATCH"]:
                change_user(server, user, data)
                return describe(user)
            case ["DELETE"]:
                server.state.remove_user(user)
                return {"ok": True}
            case ["GET", "totp"]:
                return self._totp(user)
            case ["GET", "email-code"]:
                live = user.live_codes(server.clock.now())
                return {"code": live[-1].code if live else None}
            case ["GET", "tokens"]:
                return [token.token for token in user.tokens or []]
            case ["POST", "tokens"]:
                return self._give_token(user, data)
            case ["DELETE", "tokens"]:
                server.state.drop_tokens(user)
                return {"ok": True}
        raise ControlError(f"There is no {method} for users/{name}/{'/'.join(rest)}.", 404)

    def _totp(self, user: User) -> dict[str, Any]:
        totp = user.totp
        secret = (totp.secret or totp.pending_secret) if totp is not None else None
        if totp is None or secret is None:
            return {"secret": None, "code": None}
        now = self._server.clock.now()
        step = codes.step_of(now)
        return {
            "secret": secret,
            "code": codes.totp_at(secret, step),
            "previous": codes.totp_at(secret, step - 1),
            "next": codes.totp_at(secret, step + 1),
            "seconds_left": codes.STEP_SECONDS - now % codes.STEP_SECONDS,
            "backup_codes": list(totp.backup_codes),
        }

    def _give_token(self, user: User, data: dict[str, Any]) -> dict[str, Any]:
        """Give a token; with "login" also leave the traces that a real login leaves."""
        token = give_token(self._server, user, data)
        if data.get("login"):
            user.last_login = self._server.clock.now()
            if self._server.second_factor.available(user) == ["email"]:
                user.email_codes = []
        return {"token": token.token, "userId": user.id}


def describe(user: User) -> dict[str, Any]:
    """An account as tests see it."""
    totp = user.totp
    tokens = user.tokens or []
    return {
        "_id": user.id,
        "name": user.name,
        "totp": None if totp is None else {"enabled": totp.enabled, "pending": totp.pending_secret is not None},
        "active": user.active,
        "email2fa": user.email2fa,
        "tokens": {
            "total": len(tokens),
            "personalAccessTokens": sum(token.personal for token in tokens),
        },
        # Whether the list of tokens exists at all; a password change removes it.
        "has_token_list": user.tokens is not None,
        "requirePasswordChange": user.require_password_change,
        "e2e_key": user.e2e_key,
        "lastLogin": None if user.last_login is None else iso(user.last_login),
        "createdAt": iso(user.created),
        "bio": user.bio,
        "nickname": user.nickname,
        "statusText": user.status_text,
        "language": user.language,
        "settings": user.settings,
        "reason": user.reason,
        "inactiveReason": user.inactive_reason,
        "customFields": user.custom_fields,
        "roles": user.roles,
        "type": user.type,
        "federated": user.federated,
        "emails": user.emails,
        "password_sha256": user.password_digest,
    }
