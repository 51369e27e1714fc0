# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run writes down of itself, ahead of what it does: in the ledger, and in a journal."""

from __future__ import annotations

import getpass
import os
import socket
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted, look_up
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.ledger import (
    NAME,
    Ledger,
    Memory,
    unavailable,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import MAKE_GROUP
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.forecast import check_permission
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.job import Job, Warn
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.journal import Journal
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.memory import Recall, here
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.result import Person, Report, Taken, now


@dataclass(frozen=True)
class Options:
    """The options of the doc fragment ``evidence``, checked. ``since``: what was done from that time on is enough."""

    ledger: str | None = None
    days: int = 30
    required: bool = False
    authors: Sequence[str] = ()
    auditors: Sequence[str] = ()
    operator: str = ""
    ticket: str | None = None
    force: bool = False
    since: datetime | None = None


def read_options(params: Mapping[str, Any], *, since: datetime | None = None) -> Options:
    """Check the options.

    :arg params: ``AnsibleModule.params``
    :raises InputError: before anything is sent
    """
    name = params["ledger"] or None
    if name and not NAME.fullmatch(name):
        raise InputError(
            f"ledger is {name!r}, which Rocket.Chat does not take for the name of a channel. Use letters, digits,"
            " dashes, underscores and dots."
        )
    if not 1 <= params["ledger_days"] <= 3650:
        raise InputError(f"ledger_days is {params['ledger_days']}. Give a number from 1 to 3650.")
    if not name and (params["ledger_required"] or params["ledger_authors"] or params["ledger_auditors"]):
        raise InputError("ledger_required, ledger_authors and ledger_auditors need ledger. Name the channel there.")
    ticket = (params["ticket"] or "").strip() or None
    if params["ticket_required"] and not ticket:
        raise InputError("A ticket is mandatory here (ticket_required). Give its reference.")
    return Options(
        ledger=name,
        days=params["ledger_days"],
        required=params["ledger_required"],
        authors=params["ledger_authors"] or (),
        auditors=params["ledger_auditors"] or (),
        operator=(params["operator"] or "").strip() or _operator(),
        ticket=ticket,
        force=bool(params.get("force")),
        since=since,
    )


def _operator() -> str:
    """Return who runs this process, as far as its host knows."""
    name = str(os.getuid()) if hasattr(os, "getuid") else "unknown"
    with suppress(KeyError, OSError):
        name = getpass.getuser()
    behind = os.environ.get("SUDO_USER")
    return f"{name} (sudo by {behind})" if behind and behind != name else name


class Evidence:
    """One run's part of ledger and journal. Without either it keeps nothing, and is told everything all the same."""

    def __init__(self, job: Job, options: Options, journal: Journal | None, warn: Warn, *, check_mode: bool) -> None:
        self._job = job
        self._options = options
        self._journal = journal
        self._warn = warn
        self._check_mode = check_mode
        self._ledger: Ledger | None = None
        self._begun = False
        self.facts: dict[str, Any] = {
            "run_id": f"{now().replace('-', '').replace(':', '')}-{uuid.uuid4().hex[:8]}",
            "job": job.name,
            "check_mode": check_mode,
            "ticket": options.ticket,
            "operator": options.operator,
            "ledger": options.ledger,
            "controller": socket.gethostname(),
        }

    @property
    def asks_ledger(self) -> bool:
        """Whether there is to be a ledger, which shows whose credentials these are."""
        return bool(self._options.ledger)

    def start(self, facts: Mapping[str, Any]) -> None:
        """Write the first line of the journal.

        :raises RocketChatError: where it cannot be written
        """
        self._line("run", **facts)

    def meet(self, **facts: Any) -> None:
        """Write who does the work, and where.

        :raises RocketChatError: where it cannot be written
        """
        self._line("begin", **facts)

    def warn(self, words: str) -> None:
        """Warn whoever runs this, and whoever reads the journal later."""
        self._warn(words)
        with suppress(RocketChatError):
            self._line("warning", said=words)

    def recall(self, session: Session) -> Recall:
        """Read the ledger, and who calls from it.

        :raises RocketChatError: where there must be a ledger and is none
        """
        memory = Memory(kept=False)
        if self._options.ledger:
            authors = [session.identity.user_id, *self._options.authors]
            self._ledger = Ledger(session.client, self._options.ledger, authors)
            memory = self._try(lambda ledger: ledger.read(self._options.days)) or memory
        if memory.writer:
            session.identity.recognize(memory.writer)
        return Recall(
            memory,
            self._job,
            self._options.ticket,
            self._options.since,
            session.client.server_time,
            self._options.force,
        )

    def foresee(self, session: Session) -> None:
        """Say beforehand where the channel could not be made.

        :raises RocketChatError: where there must be a ledger
        """
        if self._ledger and not self._ledger.found:
            self._try(lambda _ledger: check_permission(session, MAKE_GROUP, self._warn))

    def begin(self, session: Session, people: Sequence[Person]) -> None:
        """Say who is about to be changed, before the first write.

        :raises RocketChatError: where there must be a ledger and is none, or the journal cannot be written
        """
        if people and self._ledger:
            users = {person.user_id or "": person.username or "" for person in people}
            self._try(lambda ledger: ledger.open(self._auditors(session)))
            was = {person.user_id or "": _was(person) for person in people}
            self._try(lambda ledger: ledger.begin(self._record(), self._sentence(people, "begins with"), users, was))
            self._begun = self._ledger is not None

    def intend(self, person: Person) -> None:
        """Write what will be done to one person, and what is taken away, before the first write to them."""
        steps = [taken.step.name for taken in person.pending]
        self._line("intent", **_who(person), steps=steps, was=_was(person))

    def took(self, person: Person, taken: Taken) -> None:
        """Write what came of one step. Where that fails, the next person's intent will say so: this one is finished."""
        with suppress(RocketChatError):
            self._line("step", **_who(person), **taken.as_dict())

    def conclude(self, report: Report) -> None:
        """Say in the ledger what was done; this only warns, since nothing is undone by it."""
        if not (self._begun and self._ledger):
            return
        done = {person.user_id or "": person.done for person in report.people if person.done}
        changed = [person for person in report.people if person.changed]
        try:
            self._ledger.end(self._record(), self._sentence(changed, "ended; changed were"), done)
        except RocketChatError as error:
            self.warn(
                "The ledger could not be told how this run ended, so the next one will take it for broken off:"
                f" {error.message}"
            )

    def close(self, report: Report) -> None:
        """Write the last lines of the journal, and close it."""
        if self._journal is None:
            return
        try:
            result = report.as_dict()
            for entry in result["users"]:
                told = (
                    "username",
                    "user_id",
                    "outcome",
                    "changed",
                    "said",
                    "to_tell",
                    "steps",
                    "left_behind",
                    "looked_at",
                    "kept",
                )
                self._line("person", **{key: entry[key] for key in told if key in entry})
            failure = report.message if report.failure else None
            self._line("end", summary=result["summary"], failure=failure, finished=now())
        except RocketChatError as error:
            if report.failure is None:
                report.failure, report.message = error, error.message
        self._journal.close()

    def _record(self) -> dict[str, Any]:
        return {
            "run": self.facts["run_id"],
            "job": self._job.name,
            "ticket": self._options.ticket,
            "operator": self._options.operator,
            "process": here(),
        }

    def _sentence(self, people: Sequence[Person], what: str) -> str:
        number = f"{len(people)} account{'' if len(people) == 1 else 's'}"
        names = ", ".join(person.username or "" for person in people[:5]) + (", ..." if len(people) > 5 else "")
        ticket = f" {self._options.ticket}" if self._options.ticket else ""
        listed = f" ({names})" if people else ""
        return f"{self._job.title}{ticket} by {self._options.operator} {what} {number}{listed}."

    def _auditors(self, session: Session) -> list[str]:
        return [look_up(session.client, Wanted("username", name)).user_id for name in self._options.auditors]

    def _try(self, use: Callable[[Ledger], Any]) -> Any:
        """Use the ledger, or go on without it where that is allowed."""
        if self._ledger is None:
            return None
        try:
            return use(self._ledger)
        except RocketChatError as error:
            if self._options.required or error.code in ("ledger-not-ours", "not-authenticated"):
                raise
            self._ledger = None
            self.warn(unavailable(error))
            return None

    def _line(self, kind: str, **more: Any) -> None:
        if self._journal:
            run = {key: self.facts[key] for key in ("run_id", "job", "check_mode", "ticket", "operator")}
            self._journal.write({"type": kind, **run, **more})


def _was(person: Person) -> dict[str, Any]:
    """Return what is taken away from somebody, so that it can be given back."""
    return {key: value for taken in person.pending for key, value in taken.plan.was.items()}


def _who(person: Person) -> dict[str, Any]:
    return {"username": person.username, "user_id": person.user_id}
