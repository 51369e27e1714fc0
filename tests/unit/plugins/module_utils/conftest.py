# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A channel as the ledger finds it: what it shows, what it takes, and what others can do to it (recorded)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer, Seen

CALLER = {"_id": "callerId", "username": "svc"}
NO_ROOM = (400, {"success": False, "error": "No such room [error-room-not-found]", "errorType": "error-room-not-found"})
# The scripted server's clock stands still here.
NOW = datetime(2026, 3, 2, 10, tzinfo=timezone.utc)  # noqa: UP017


def written(moment: datetime) -> str:
    """Return a time as the server writes it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Channel:
    """A private, read-only channel of the calling account on a scripted server.

    ``there``: whether there is one, and the calling account in it. ``messages``: oldest first.
    """

    server: ScriptedServer
    there: bool = True
    messages: list[dict[str, Any]] = field(default_factory=list)
    group: dict[str, Any] = field(
        default_factory=lambda: {
            "_id": "roomId",
            "name": "access-ledger",
            "t": "p",
            "ro": True,
            "encrypted": False,
            "u": CALLER,
        }
    )

    def __post_init__(self) -> None:
        route = self.server.route
        route("/api/v1/groups.history", self._history)
        route("/api/v1/groups.info", lambda _seen: {"group": self.group, "success": True} if self.there else NO_ROOM)
        route("/api/v1/groups.create", self._create, method="POST")
        route("/api/v1/groups.invite", {"success": True}, method="POST")
        route("/api/v1/chat.sendMessage", self._say, method="POST")

    def put(self, text: str, *, ago: timedelta = timedelta(hours=1), **more: Any) -> dict[str, Any]:
        """Put a message there as the calling account's own, unless told otherwise."""
        message = {
            "_id": f"message{len(self.messages)}",
            "rid": "roomId",
            "msg": text,
            "ts": written(NOW - ago),
            "u": CALLER,
            **more,
        }
        self.messages.append(message)
        return message

    @property
    def said(self) -> list[str]:
        """Return what this run said there."""
        return [seen.json["message"]["msg"] for seen in self.server.sent("POST", "/api/v1/chat.sendMessage")]

    def _history(self, seen: Seen) -> Any:
        if not self.there:
            return NO_ROOM
        query, inclusive = seen.query, seen.query.get("inclusive") == "true"
        assert query["roomName"] == self.group["name"]

        def between(moment: str) -> bool:
            latest = query.get("latest", "9999")
            return query.get("oldest", "") < moment and (moment < latest or (inclusive and moment == latest))

        rows = sorted((one for one in self.messages if between(one["ts"])), key=lambda one: str(one["ts"]))
        return {"messages": rows[::-1][: int(query["count"])], "success": True}

    def _create(self, seen: Seen) -> Any:
        self.there = True
        return {"group": {**self.group, "name": seen.json["name"]}, "success": True}

    def _say(self, seen: Seen) -> Any:
        text = seen.json["message"]["msg"]
        if len(text) > 5000:
            code = "error-message-size-exceeded"
            return 400, {"success": False, "error": f"Too long [{code}]", "errorType": code}
        return {"message": self.put(text, ago=timedelta(0)), "success": True}


@pytest.fixture
def channel(server: ScriptedServer) -> Channel:
    """Return the channel, with nothing in it."""
    return Channel(server)
