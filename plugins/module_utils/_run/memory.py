# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What earlier runs did to somebody, and what that spares this one."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.ledger import Entry, Memory
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.times import iso
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.job import Job
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Past, Step

# A run on another host that has not said how it ended may still be at work for so long.
_AT_WORK = timedelta(minutes=15)


@dataclass(frozen=True)
class Recall:
    """What one run makes of the ledger.

    ``since``: a step that was taken at that time or later is enough. ``now``: the server's time. ``force``: nothing
    that was done before counts.
    """

    memory: Memory
    job: Job
    ticket: str | None
    since: datetime | None
    now: datetime | None
    force: bool = False

    def past(self, user: User, step: Step) -> Past | None:
        """Return why a step need not be taken again, or ``None``.

        A step counts where its run ended the sessions as well and nobody has signed in since, by the server's clock
        alone; and for the same ticket of the same job, or since the time that the task names, whoever has signed in.
        """
        entry = self.memory.done(user.user_id, step.known_as)
        if self.force or entry is None or not step.remembered:
            return None
        ended = "sessions" in entry.done[user.user_id]
        # A login between the message and the step ended with the sessions; it counts as later all the same.
        # A list tells of a login only where there was one; that there was none, only the full view tells.
        quiet = user.last_login < entry.began if user.last_login else user.full_view
        when = iso(entry.began)
        if ended and quiet:
            return Past(when, f"done on {when}{_for(entry)}, and nobody has signed in since", quiet=True)
        same = self.memory.done(user.user_id, step.known_as, self.job.name, self.ticket) if self.ticket else None
        # Who was offboarded and works again is somebody whom the ticket has to be done for once more.
        if same and not (self.job.leaves_inactive and user.active):
            return Past(iso(same.began), f"done for this ticket before, on {iso(same.began)}")
        if self.since and entry.began >= self.since:
            return Past(when, f"done on {when}{_for(entry)}, which is enough (since)")
        return None

    def begun(self, user: User, step: Step) -> bool:
        """Tell whether a run of this job meant to take the step for a person, and is not known to have done so.

        Of a run that ended it is known: whom it deactivated it meant to do everything to, and who was inactive before
        it left as it found.
        """
        for entry in self.memory.of(user.user_id):
            done = entry.done.get(user.user_id, ())
            if entry.job != self.job.name:
                continue
            if step.known_as in done:
                return False
            if not entry.ended or "status" in done:
                return True
        return False

    def for_this_ticket(self, user: User) -> bool:
        """Tell whether a run of this job has begun with an account for this very ticket."""
        entries = self.memory.of(user.user_id) if self.ticket else []
        return any((entry.job, entry.ticket) == (self.job.name, self.ticket) for entry in entries)

    def unfinished(self, user: User, step: Step) -> bool:
        """Tell whether the last run of this job for a person broke off or failed, and did not take a step.

        Without a ledger nobody knows: it may have.
        """
        for entry in self.memory.of(user.user_id):
            if entry.job == self.job.name:
                done = entry.done.get(user.user_id, ())
                return step.known_as not in done and not (entry.ended and "status" in done)
        return not self.memory.kept

    def check_nobody_else(self, user: User) -> None:
        """Raise where another run is at work on an account.

        :raises TargetError: ``another-run``
        """
        for entry in [] if self.force else self.memory.of(user.user_id):
            if not entry.ended and self._at_work(entry):
                raise TargetError(
                    "another-run",
                    f"Another run{_for(entry)} began with {user.username} on {iso(entry.began)} and has not ended. Wait"
                    f" for it; if it was killed, run again after {_AT_WORK.seconds // 60} minutes, or with force.",
                )

    def _at_work(self, entry: Entry) -> bool:
        host, _slash, process = entry.process.partition("/")
        if host == socket.gethostname():
            return _alive(process)
        return self.now is not None and self.now - entry.began < _AT_WORK

    def told(self) -> list[str]:
        """Return what to warn of: runs that broke off, and messages that cannot be read."""
        words = []
        for entry in self.memory.broken_off():
            if not self._at_work(entry):
                names = ", ".join(list(entry.users.values())[:10]) + (", ..." if len(entry.users) > 10 else "")
                words.append(
                    f"A run of the job {entry.job}{_for(entry)} began on {iso(entry.began)} and never ended. It may"
                    f" have left half done: {names}. Name them again to have it finished."
                )
        if self.memory.unreadable:
            words.append(
                f"{self.memory.unreadable} messages of the ledger hold nothing that this version can read: they count"
                " as not known."
            )
        return words


def here() -> str:
    """Return what tells this process from all others: host, number, and when it began."""
    return f"{socket.gethostname()}/{os.getpid()}.{_begun(os.getpid())}"


def _begun(pid: int) -> str:
    """Return when a process began, in ticks since the host did; nothing where the host does not tell."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            return stream.read().rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return ""


def _alive(process: str) -> bool:
    pid, _dot, begun = process.partition(".")
    if not (pid.isascii() and pid.isdigit()):
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return _begun(int(pid)) == begun


def _for(entry: Entry) -> str:
    return f" for {entry.ticket}" if entry.ticket else ""
