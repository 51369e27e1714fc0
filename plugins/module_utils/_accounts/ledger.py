# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this collection did, remembered where nobody whose access it is about can write.

The ledger is a private, read-only channel of the calling account. Before a run's first write a message says who is
about to be changed, after its last one says what was done; each is a sentence for people and one fenced line of JSON.
Only messages of the account itself count, unedited and posted by no webhook (all of it measured on 7.7.1 and 8.6.1).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.account import text
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    INVITE,
    MAKE_GROUP,
    READ_GROUP,
    SAY,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    Refused,
    RocketChatError,
    TargetError,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.times import iso, parse_time

VERSION = 1
# Rocket.Chat's default for UTF8_Channel_Names_Validation.
NAME = re.compile(r"[0-9a-zA-Z\-_.]+")
_FENCED = re.compile(r"```json\n(.+)\n```\s*\Z")
_PAGE = 100
_MOST_PAGES = 50
# The server's default for Message_MaxAllowedSize, and what a message holds beside sentence, record and rows.
_MESSAGE = 5000
_FRAME = 200
_LIST = "list"
# System messages that change nothing of what the ledger is: somebody was invited, left, or was taken out.
_HARMLESS = frozenset({"au", "ru", "ul", "uj", "ult", "added-user-to-team"})


@dataclass
class Entry:
    """One run as the ledger tells it.

    ``began``: the server's time of its first message. ``process``: where it ran, as that run wrote it. ``author``: id
    of the account that wrote it. ``users``: names by id, ``done``: the steps that were taken by id.
    """

    run: str
    job: str
    ticket: str | None
    process: str
    began: datetime
    author: str = ""
    users: dict[str, str] = field(default_factory=dict)
    done: dict[str, list[str]] = field(default_factory=dict)
    ended: bool = False


@dataclass(frozen=True)
class Accepted:
    """A list of people by which a run went: when, by the server's clock, and how many people stood on it."""

    at: datetime
    people: int


@dataclass(frozen=True)
class Memory:
    """What earlier runs did.

    ``unreadable``: messages of the account that this version can make nothing of. ``lists``: the lists of people that
    were accepted, newest first, as are ``runs``. ``kept``: whether there is a ledger that was read. ``writer``: user
    name of the calling account, where it has written there or made the channel.
    """

    runs: Sequence[Entry] = ()
    unreadable: int = 0
    lists: Sequence[Accepted] = ()
    kept: bool = True
    writer: str = ""

    def of(self, user_id: str) -> list[Entry]:
        """Return the runs that began with a person, newest first."""
        return [entry for entry in self.runs if user_id in entry.users]

    def done(self, user_id: str, step: str, job: str = "", ticket: str = "") -> Entry | None:
        """Return the newest run that took a step for a person; with a ticket, the newest of that job for it."""
        return next(
            (
                entry
                for entry in self.of(user_id)
                if step in entry.done.get(user_id, ()) and (not ticket or (entry.job, entry.ticket) == (job, ticket))
            ),
            None,
        )

    def taken_by(self, author: str) -> frozenset[str]:
        """Return the steps that an account has taken, whoever they were taken for."""
        runs = [entry for entry in self.runs if entry.author == author]
        return frozenset(step for entry in runs for steps in entry.done.values() for step in steps)

    def unfinished(self, user_id: str, job: str) -> Entry | None:
        """Return the newest run of a job that began with a person and never said how it ended, if none did since."""
        newest = next((entry for entry in self.of(user_id) if entry.job == job), None)
        return newest if newest and not newest.ended else None

    def broken_off(self) -> list[Entry]:
        """Return the runs that never ended and have people whom no later run of the same job took up."""
        return [
            entry
            for entry in self.runs
            if not entry.ended and any(self.unfinished(user_id, entry.job) is entry for user_id in entry.users)
        ]


class Ledger:
    """The channel, from the look into it to the last message of a run."""

    def __init__(self, client: Client, name: str, authors: Sequence[str]) -> None:
        """Name the channel.

        :arg authors: ids of the accounts whose messages count, the calling one first
        """
        self._client = client
        self._name = name
        self._authors = list(authors)
        self._room_id = ""

    @property
    def found(self) -> bool:
        """Whether the channel is known to be there."""
        return bool(self._room_id)

    def read(self, days: int) -> Memory:
        """Read it back to so many days ago.

        :raises TargetError: ``ledger-not-ours``, where a room of this name is not a ledger of the calling account
        :raises RocketChatError: where it cannot be read
        """
        messages = self._messages(days)
        if messages is None:
            return Memory()
        genuine = [message for message in messages if self._counts(message)]
        changed = any(text(message, "t") and text(message, "t") not in _HARMLESS for message in messages)
        shown = [message["u"] for message in genuine]
        if not genuine or changed:
            shown.append(self._check_room())
        else:
            self._room_id = text(genuine[0], "rid")
        own = (text(account, "username") for account in shown if account.get("_id") == self._authors[0])
        return replace(_remembered(genuine), writer=next(own, ""))

    def _messages(self, days: int) -> list[Mapping[str, Any]] | None:
        """Return all messages, newest first, ``None`` where there is no such room, or none that the caller is in."""
        found: dict[str, Mapping[str, Any]] = {}
        now = self._client.server_time
        oldest = {"oldest": iso(now - timedelta(days=days))} if now else {}
        latest: dict[str, str] = {}
        for _page in range(_MOST_PAGES):
            try:
                page = self._client.get(
                    "v1/groups.history",
                    {"roomName": self._name, "count": str(_PAGE), **oldest, **latest},
                    action=READ_GROUP,
                )
            except Refused as error:
                if error.code == "error-room-not-found":
                    return None
                raise
            rows = page.get("messages")
            rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            new = {text(row, "_id"): row for row in rows if text(row, "_id") not in found}
            found.update(new)
            if len(rows) < _PAGE or not new:
                break
            # The last one's moment included: another message may bear the same.
            latest = {"latest": text(rows[-1], "ts"), "inclusive": "true"}
        return list(found.values())

    def _counts(self, message: Mapping[str, Any]) -> bool:
        """Tell whether a message was written by a token of the account itself, and is as it was written."""
        author = message.get("u")
        return (
            isinstance(author, dict)
            and author.get("_id") in self._authors
            and not any(message.get(key) for key in ("t", "editedBy", "editedAt", "bot", "alias"))
        )

    def _check_room(self) -> Mapping[str, Any]:
        """Refuse a room that is no ledger of the account; return its owner."""
        room = self._client.get("v1/groups.info", {"roomName": self._name}, action=READ_GROUP).get("group")
        room = room if isinstance(room, dict) else {}
        owner = room.get("u")
        owner = owner if isinstance(owner, dict) else {}
        wrong = (
            "is a public channel"
            if room.get("t") != "p"
            else "can be written by all of its members"
            if room.get("ro") is not True
            else "is encrypted, so that this collection cannot write there"
            if room.get("encrypted") is True
            else "was made by somebody else"
            if owner.get("_id") not in self._authors
            else ""
        )
        if wrong:
            raise self._not_ours(wrong)
        self._room_id = text(room, "_id")
        return owner

    def _not_ours(self, wrong: str) -> TargetError:
        error = TargetError(
            "ledger-not-ours",
            f"The room {self._name!r} {wrong}, so it cannot be the ledger of the calling account: nothing of it is"
            " believed and nothing written to it. Give another name in ledger.",
        )
        error.ends_run = True
        return error

    def open(self, auditors: Sequence[str] = ()) -> None:
        """Make the channel where there is none yet.

        :arg auditors: ids of accounts that may read it
        :raises RocketChatError: where it cannot be made
        """
        if self._room_id:
            return
        body = {"name": self._name, "members": [], "readOnly": True, "extraData": {"encrypted": False}}
        try:
            room = self._client.post(MAKE_GROUP, body).body.get("group")
        except Refused as error:
            if error.code != "error-duplicate-channel-name":
                raise
            self._take_up()
            return
        self._room_id = text(room, "_id") if isinstance(room, dict) else ""
        self.invite(auditors)

    def _take_up(self) -> None:
        """Use the channel that another run of this account has made since this one looked."""
        try:
            self._check_room()
        except Refused as error:
            if error.code == "error-room-not-found":
                raise self._not_ours("exists, and the calling account is not in it") from None
            raise

    def readers(self) -> frozenset[str]:
        """Return the ids of those who may read it, as far as they are active; the server lists no others."""
        page = self._client.get("v1/groups.members", {"roomId": self._room_id, "count": "0"}, action=READ_GROUP)
        rows = page.get("members")
        return frozenset(text(row, "_id") for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict))

    def invite(self, auditors: Sequence[str]) -> None:
        """Let accounts read it, by their ids; who may already stays so."""
        for user_id in auditors:
            self._client.post(INVITE, {"roomId": self._room_id, "userId": user_id})

    def begin(
        self, record: Mapping[str, Any], sentence: str, users: Mapping[str, str], was: Mapping[str, Any] | None = None
    ) -> None:
        """Say who is about to be changed: ``users`` are names by their ids, ``was`` is what is taken away, by id."""
        rows = [
            ((user_id, name), *([(user_id, was[user_id])] if was and was.get(user_id) else []))
            for user_id, name in users.items()
        ]
        for part in _parts(rows, sentence, record):
            taken = dict(pair for _user, *pairs in part for pair in pairs)
            told = {**record, "v": VERSION, "phase": "begin", "users": dict(user for user, *_pairs in part)}
            self._say(sentence, {**told, **({"was": taken} if taken else {})})

    def end(self, record: Mapping[str, Any], sentence: str, done: Mapping[str, Sequence[str]]) -> None:
        """Say what was done: ``done`` are steps by the ids of the people they were taken for."""
        by_steps: dict[tuple[str, ...], list[str]] = {}
        for user_id, steps in done.items():
            by_steps.setdefault(tuple(steps), []).append(user_id)
        rows = [(steps, user_id) for steps, ids in by_steps.items() for user_id in ids]
        parts = list(_parts(rows, sentence, record)) or [[]]
        for number, part in enumerate(parts, 1):
            groups: dict[str, list[str]] = {}
            for steps, user_id in part:
                groups.setdefault(" ".join(steps), []).append(user_id)
            told = {**record, "v": VERSION, "phase": "end", "last": number == len(parts), "done": groups}
            self._say(sentence, told)

    def accept(self, record: Mapping[str, Any], sentence: str, people: int) -> None:
        """Remember that a list of so many people was accepted."""
        self._say(sentence, {**record, "v": VERSION, "phase": _LIST, "people": people})

    def _say(self, sentence: str, record: Mapping[str, Any]) -> None:
        line = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
        self._client.post(SAY, {"message": {"rid": self._room_id, "msg": f"{sentence}\n```json\n{line}\n```"}})


def _parts(rows: Sequence[Any], sentence: str, record: Mapping[str, Any]) -> Iterator[list[Any]]:
    """Cut a list so that each part fits into one message with these; names and tickets are as long as they are."""
    part: list[Any] = []
    size = frame = _FRAME + len(sentence) + len(json.dumps(record, ensure_ascii=False))
    for row in rows:
        length = len(json.dumps(row, ensure_ascii=False)) + 2
        if part and size + length > _MESSAGE:
            yield part
            part, size = [], frame
        part.append(row)
        size += length
    if part:
        yield part


def _remembered(messages: Sequence[Mapping[str, Any]]) -> Memory:
    """Read messages, oldest first, so that each run's beginning comes before its end."""
    runs: dict[str, Entry] = {}
    lists: list[Accepted] = []
    unreadable = 0
    for message in reversed(messages):
        record = _record(message)
        time = parse_time(text(message, "ts"))
        if record is None or time is None:
            unreadable += 1
            continue
        if record["phase"] == _LIST:
            lists.append(Accepted(time, record["people"]))
            continue
        entry = runs.get(record["run"])
        if entry is None:
            entry = runs[record["run"]] = Entry(
                record["run"],
                record["job"],
                record.get("ticket"),
                str(record.get("process") or ""),
                time,
                text(message["u"], "_id"),
            )
        if record["phase"] == "begin":
            entry.users.update(record["users"])
        else:
            entry.ended = entry.ended or record["last"] is True
            for steps, ids in record["done"].items():
                entry.done.update(dict.fromkeys(ids, steps.split()))
    return Memory(tuple(reversed(runs.values())), unreadable, tuple(reversed(lists)))


def _record(message: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the line of JSON in a message, ``None`` where it is none that this version wrote."""
    found = _FENCED.search(text(message, "msg"))
    if not found:
        return None
    try:
        record = json.loads(found.group(1))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and _well_formed(record) else None


def _well_formed(record: Mapping[str, Any]) -> bool:
    ticket = record.get("ticket")
    if record.get("v") != VERSION or not all(
        isinstance(record.get(key), str) and record[key] for key in ("run", "job")
    ):
        return False
    if ticket is not None and not isinstance(ticket, str):
        return False
    if record.get("phase") == "begin":
        users = record.get("users")
        return isinstance(users, dict) and all(isinstance(name, str) for name in users.values())
    if record.get("phase") == _LIST:
        people = record.get("people")
        return isinstance(people, int) and not isinstance(people, bool) and people > 0
    done = record.get("done")
    return (
        record.get("phase") == "end"
        and isinstance(record.get("last"), bool)
        and isinstance(done, dict)
        and all(isinstance(ids, list) and all(isinstance(i, str) for i in ids) for ids in done.values())
    )


def unavailable(error: RocketChatError) -> str:
    """Say what it means that there is no ledger."""
    return (
        f"There is no ledger ({error.message}), so nothing is known of what earlier runs did, and the next run will"
        " know nothing of this one: it would reset and mail again."
    )
