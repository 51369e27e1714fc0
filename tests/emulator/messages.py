# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages: the records of a server, found by id and, quickly, by room and time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]


@dataclass(eq=False)
class Message:
    """One message."""

    # As answers show it.
    record: Record
    # Its time in milliseconds, by which messages are ordered.
    moment: int

    @property
    def id(self) -> str:
        """The id of the message."""
        return str(self.record["_id"])

    @property
    def room_id(self) -> str:
        """The id of the room that it stands in."""
        return str(self.record["rid"])


def milliseconds(seconds: float) -> int:
    """A moment as exactly as the server keeps it; anything finer would tell messages apart that it does not."""
    return round(seconds * 1_000_000) // 1000


class Messages:
    """All messages of a server."""

    def __init__(self) -> None:
        self._by_id: dict[str, Message] = {}
        # Oldest first; those of one millisecond in the order in which they came.
        self._by_room: dict[str, list[Message]] = {}

    def get(self, message_id: Any) -> Message | None:
        """A message by id."""
        return self._by_id.get(message_id) if isinstance(message_id, str) else None

    def of(self, room_id: str) -> list[Message]:
        """The messages of a room, oldest first."""
        return self._by_room.get(room_id, [])

    def add(self, message: Message) -> None:
        """Add a message where its time puts it."""
        self._by_id[message.id] = message
        ordered = self._by_room.setdefault(message.room_id, [])
        ordered.insert(bisect_right(ordered, message.moment, key=_moment), message)

    def remove(self, message: Message) -> None:
        """Take a message out."""
        del self._by_id[message.id]
        self._by_room[message.room_id].remove(message)

    def newest_first(
        self, room_id: str, after: int | None, before: int, *, inclusive: bool, offset: int, count: int
    ) -> list[Message]:
        """A page of the messages between two moments, which count themselves if ``inclusive``."""
        ordered = self.of(room_id)
        start, end = (bisect_left, bisect_right) if inclusive else (bisect_right, bisect_left)
        first = 0 if after is None else start(ordered, after, key=_moment)
        last = end(ordered, before, key=_moment) - offset
        return ordered[max(first, last - count) : max(first, last)][::-1]

    def last_said(self, room_id: str) -> Message | None:
        """The newest message of a room that somebody wrote, unlike those of the server's own."""
        return next((message for message in reversed(self.of(room_id)) if "t" not in message.record), None)

    def forget_room(self, room_id: str) -> None:
        """Take out all messages of a room."""
        for message in self._by_room.pop(room_id, []):
            del self._by_id[message.id]

    def forget_author(self, user_id: str) -> None:
        """Take out all messages of an account."""
        for message in [message for message in self._by_id.values() if message.record["u"].get("_id") == user_id]:
            self.remove(message)


def _moment(message: Message) -> int:
    return message.moment
