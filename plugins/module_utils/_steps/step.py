# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step is: one thing that is done to one account, from looking to writing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import Action
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session

# The evidence of a step that looked for something of an account and found nothing that it is for.
NOTHING_THERE = "nothing_there"
# The name of what stands for a kind of things that could not be looked for.
NOT_LOOKED_AT = "not looked at"


@dataclass(frozen=True)
class Thing:
    """Something of an account that outlives it, or that may undo what is done.

    ``kind`` in one word, such as ``webhook``; ``name`` as people know it; ``cure`` in words what to do about it;
    ``permission`` that the calling account lacks for that, or for looking.
    """

    kind: str
    name: str
    cure: str = ""
    permission: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return it as results tell it."""
        return {"kind": self.kind, "name": self.name, "cure": self.cure, "permission": self.permission}


def not_looked_at(kind: str, what: str, permission: str) -> Thing:
    """Return what stands for a kind of things that the calling account does not see: some may be there."""
    return Thing(
        kind,
        NOT_LOOKED_AT,
        f"{what} could not be looked for. Look by hand, or give the permission {permission} to a role of the calling"
        " account's own and run again.",
        permission,
    )


@dataclass(frozen=True)
class Plan:
    """What a step will do to one account.

    ``changed``: whether there is anything to do; ``reason`` says in words why not, ``evidence`` in one, ``none`` where
    there is none. ``facts`` are known beforehand, ``effects`` are true when it is done; both go into the result.
    ``before`` and ``after`` go into the diff. ``objection`` is what the step would fail with, found out beforehand.
    ``looked_at``: the kinds of things that were looked for. ``left_behind``: what is still there when the step is
    taken, ``at_stake``: what is there as well when it is not; ``kept``: what is there because the task keeps it.
    ``was``: what is taken away, so that it can be given back; it is written down before anything is changed.
    """

    changed: bool
    reason: str = ""
    evidence: str = "none"
    facts: Mapping[str, Any] = field(default_factory=dict)
    effects: Mapping[str, Any] = field(default_factory=dict)
    before: str = ""
    after: str = ""
    objection: TargetError | None = None
    looked_at: Sequence[str] = ()
    left_behind: Sequence[Thing] = ()
    at_stake: Sequence[Thing] = ()
    kept: Sequence[Thing] = ()
    was: Mapping[str, Any] = field(default_factory=dict)

    @property
    def untold(self) -> bool:
        """Whether the step is not worth a line in what is told of a person: it looked, and nothing was there."""
        return not self.changed and self.evidence == NOTHING_THERE


def nothing_there(*looked_at: str, left_behind: Sequence[Thing] = (), kept: Sequence[Thing] = ()) -> Plan:
    """Return the plan of a step that has nothing to do, and is not to be told of beside what it saw."""
    return Plan(False, evidence=NOTHING_THERE, looked_at=looked_at, left_behind=left_behind, kept=kept)


@dataclass(frozen=True)
class Done:
    """What a step did to one account; ``facts`` replace those of the plan, ``left_behind`` comes on top.

    ``changed``: whether anything was done, where it turned out on the way that the calling account may not.
    """

    attempts: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    left_behind: Sequence[Thing] = ()
    changed: bool = True


class HalfDone(TargetError):
    """A step failed that takes several writes; ``left_behind`` is what is still there, in place of all at stake."""

    def __init__(self, code: str, message: str, done: Sequence[str], left_behind: Sequence[Thing]) -> None:
        super().__init__(code, message, {"done": list(done)} if done else {})
        self.left_behind = list(left_behind)


@dataclass(frozen=True)
class Past:
    """Why a step need not be taken again: an earlier run took it.

    ``quiet``: that run ended the sessions as well, and nobody has signed in since.
    """

    at: str
    reason: str
    quiet: bool = False


@dataclass(frozen=True)
class Scene:
    """What a step may ask while it looks around: nothing is written there.

    ``unfinished``: whether an earlier run may have left a step half done for somebody.
    """

    session: Session
    concurrency: int
    warn: Callable[[str], None]
    unfinished: Callable[[User, Step], bool] = lambda _user, _step: False


class Step(ABC):
    """One step. A job hands it everybody at once to look at, and one after another to plan for and to act on.

    ``name`` stands in results, ``label`` in reports, ``deed`` in a sentence on whom it was done to. ``actions`` are the
    endpoints that it writes to, for the forecast; ``certain`` is one that the server answers with success and ignores
    where the permission is missing. ``whole_record``: a list of users does not show what it needs; ``rooms``: it needs
    the rooms of a person. ``remembered``: what an earlier run did of it counts, where the server does not show it.
    ``recorded``: the name in the ledger where that is another, so that it never counts for the usual one.
    ``ends_sessions``: whoever it was done to has to sign in again. ``blank``: the facts of a result of which nothing is
    known. ``shows``: which of them a job of several steps tells as well.
    """

    name = ""
    label = ""
    deed = ""
    actions: Sequence[Action] = ()
    certain: Action | None = None
    whole_record = False
    rooms = False
    remembered = True
    recorded = ""
    ends_sessions = False
    blank: ClassVar[Mapping[str, Any]] = {}
    shows: Sequence[str] = ()

    @property
    def known_as(self) -> str:
        """The name in the ledger."""
        return self.recorded or self.name

    def check(self, _user: User) -> None:
        """Raise for an account that cannot be served.

        :raises RocketChatError: a TargetError where others can be served
        """
        return

    def inspect(self, _scene: Scene, _users: Sequence[User]) -> Mapping[str, Any]:
        """Read what nobody has read yet of these accounts, by GET alone; return it by their ids."""
        return {}

    @abstractmethod
    def plan(self, user: User, seen: Any) -> Plan:
        """Say what to do to an account; nothing is read or written here.

        :arg seen: what :meth:`inspect` returned of it, ``None`` where it did not look
        """

    def spared(self, past: Past) -> Plan:
        """Say the same where an earlier run is enough."""
        facts = {"evidence": "ledger"} if "evidence" in self.blank else {}
        return Plan(False, past.reason, "ledger", facts)

    @abstractmethod
    def act(self, session: Session, user: User) -> Done:
        """Do it.

        :raises RocketChatError: with what may have been done in its details
        """

    def told(self, _facts: Mapping[str, Any]) -> str:
        """Say in words what was done, from the facts of the result."""
        return self.deed

    def contradicts(self, _now: User) -> str:
        """Say what an account shows afterwards that does not fit, or nothing."""
        return ""


class Look(Step):
    """A step that only looks, at what no step of this collection changes."""

    def act(self, _session: Session, _user: User) -> Done:
        """Change nothing."""
        return Done(0, changed=False)
