# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run came to, complete at any time, also when it stopped half way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.shown import Shown
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.bulk import listed
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.job import Job
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.told import run_told
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Done, HalfDone, Plan, Step, Thing

OUTCOMES = ("done", "would_be_done", "nothing_to_do", "skipped", "failed", "half_done", "not_attempted")
NOT_ATTEMPTED = "not-attempted"


@dataclass
class Taken:
    """One step of one person: planned, and taken or not. ``result`` is ``planned`` until then."""

    step: Step
    plan: Plan
    result: str = "planned"
    reason: str = ""
    at: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    attempts: int = 0
    changed: bool = False
    error: RocketChatError | None = None
    left_behind: list[Thing] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.facts = {**self.step.blank, **self.plan.facts}
        self.changed = self.plan.changed
        self.left_behind = list(self.plan.left_behind)
        if not self.plan.changed:
            self.result, self.reason = "nothing_to_do", self.plan.reason

    def succeed(self, done: Done | None) -> None:
        """Note that the step was taken, or without ``done`` that it would be."""
        self.result = "done" if done else "would_be_done"
        self.facts.update(self.plan.effects)
        if done:
            self.attempts = done.attempts
            self.facts.update(done.facts)
            self.left_behind += done.left_behind
            self.at = now()
        self.reason = self.step.told(self.facts)
        if done and not done.changed:
            self.changed, self.result = False, "nothing_to_do"
            self.reason = f"left as it was, for lack of permission: {', '.join(t.name for t in done.left_behind)}"

    def fail(self, error: RocketChatError) -> None:
        """Note why it failed; it counts as unchanged unless the error says what was done."""
        self.changed = bool(error.details.get("done"))
        self.result, self.error, self.attempts, self.at = "failed", error, error.attempts, now()
        self.reason = error.message
        done = set(map(str, error.details.get("done") or ()))
        at_stake = [thing for thing in self.plan.at_stake if thing.name not in done]
        self.left_behind += error.left_behind if isinstance(error, HalfDone) else at_stake
        if error.details.get("outcome") == "unknown":
            self.reason += " No answer tells whether it was done."
        if self.changed:
            self.reason += f" Done before that: {', '.join(map(str, error.details['done']))}."
        if self.changed or error.details.get("outcome") == "unknown":
            self.facts.update(dict.fromkeys(self.plan.effects))

    def leave(self, reason: str) -> None:
        """Note that the step was not taken, and why."""
        self.result, self.reason, self.changed = "not_attempted", reason, False
        self.left_behind += self.plan.at_stake

    @property
    def may_have_changed(self) -> bool:
        """Whether the account was changed, or nobody knows."""
        unknown = self.error is not None and self.error.details.get("outcome") == "unknown"
        return unknown or (self.changed and self.result in ("done", "failed"))

    def as_dict(self) -> dict[str, Any]:
        """Return the step as a job of several tells it."""
        return {
            "step": self.step.name,
            "label": self.step.label,
            "result": self.result,
            "reason": self.reason,
            "evidence": self.plan.evidence,
            "at": self.at or None,
            **{name: self.facts.get(name) for name in self.step.shows},
        }


@dataclass
class Person:
    """One target: how it was asked for, the account, and each step in its order."""

    wanted: Wanted
    user: User | None = None
    error: RocketChatError | None = None
    taken: list[Taken] = field(default_factory=list)
    skipped: str = ""

    @property
    def username(self) -> str | None:
        """The name as the server writes it, or as it was asked for."""
        if self.user:
            return self.user.username
        return self.wanted.value if self.wanted.by == "username" else self.wanted.shown or None

    @property
    def user_id(self) -> str | None:
        """The id, where it is known."""
        return self.user.user_id if self.user else self.wanted.value if self.wanted.by == "user_id" else None

    @property
    def pending(self) -> list[Taken]:
        """The steps that are still to be taken."""
        return [taken for taken in self.taken if taken.result == "planned"]

    @property
    def changed(self) -> bool:
        """Whether anything was changed, or would be in check mode."""
        return any(taken.changed for taken in self.taken)

    @property
    def done(self) -> list[str]:
        """The steps that were taken, as the ledger knows them, with ``sessions`` where one of them ended them."""
        taken = [taken.step for taken in self.taken if taken.result == "done"]
        names = [step.known_as for step in taken]
        return names + ["sessions"] * (any(step.ends_sessions for step in taken) and "sessions" not in names)

    @property
    def first_error(self) -> RocketChatError | None:
        """What went wrong first."""
        return self.error or next((taken.error for taken in self.taken if taken.error), None)

    def skip(self, reason: str) -> None:
        """Note that the run goes on without this person."""
        self.error, self.skipped = None, reason

    def fail(self, error: RocketChatError) -> None:
        """Note what speaks against touching this account at all."""
        self.error = error
        for taken in self.pending:
            taken.leave("the check failed")

    def leave(self, error: RocketChatError) -> None:
        """Note that the run ended before this person's turn, unless there is a result already."""
        if self.error is None and not self.skipped and (self.pending or not self.taken):
            self.error = error
            for taken in self.pending:
                taken.leave("the run stopped before")

    @property
    def outcome(self) -> str:
        """What became of the person, all steps together; one of ``OUTCOMES``."""
        if self.skipped:
            return "skipped"
        results = [taken.result for taken in self.taken]
        if self.error and self.error.code == NOT_ATTEMPTED:
            return "not_attempted"
        if self.error or "failed" in results or "not_attempted" in results:
            return "half_done" if any(taken.may_have_changed for taken in self.taken) else "failed"
        return next((good for good in ("done", "would_be_done") if good in results), "nothing_to_do")


@dataclass
class Report:
    """The result of a run. ``surroundings``: what the workspace adds to a diagnosis; without them there is none."""

    job: Job
    people: list[Person]
    facts: dict[str, Any] = field(default_factory=dict)
    failure: RocketChatError | None = None
    message: str = ""
    version: tuple[int, int] = (0, 0)
    surroundings: Any = None

    def as_dict(self) -> dict[str, Any]:
        """Return the module's result without ``msg``."""
        outcomes = [person.outcome for person in self.people]
        result: dict[str, Any] = {
            "changed": any(person.changed for person in self.people),
            "users": [self._entry(person) for person in self.people],
            "summary": {name: outcomes.count(name) for name in OUTCOMES if name in outcomes},
            "run": {**self.facts, "finished": now()},
        }
        warnings = self.job.tells is not None
        result["told"] = run_told(self.job.title, result, warnings=warnings, unseen=self._unseen)
        if self.failure is not None:
            result["error"] = self.failure.as_dict()
        elif self.facts.get("check_mode"):
            users = [person.user for person in self.people if person.user]
            result["approved_ids"] = {user.username: Shown.of(user).as_dict() for user in users}
        return result

    @property
    def _unseen(self) -> set[str]:
        """The steps that were taken and of which the server shows nothing; of the own account it shows all."""
        done = [taken for person in self.people for taken in person.taken if taken.result == "done"]
        return {t.step.name for t in done if t.step.remembered and t.plan.evidence != "own_account"}

    def _entry(self, person: Person) -> dict[str, Any]:
        """Return what is told of one person; a job of one step tells the facts of that step as well."""
        entry: dict[str, Any] = {
            "asked": {person.wanted.by: person.wanted.value},
            "username": person.username,
            "user_id": person.user_id,
            "outcome": person.outcome,
            "changed": person.changed,
            "said": sentence(person),
            "steps": [taken.as_dict() for taken in person.taken if not taken.plan.untold],
            "left_behind": [thing.as_dict() for taken in person.taken for thing in taken.left_behind],
        }
        if person.user and self.job.leaves and person.outcome not in ("failed", "not_attempted"):
            entry["left_behind"] += [thing.as_dict() for thing in self.job.leaves(person.user, self.version)]
        if self.job.whole:
            plans = [taken.plan for taken in person.taken]
            entry["looked_at"] = sorted({kind for plan in plans for kind in plan.looked_at})
            entry["kept"] = [thing.as_dict() for plan in plans for thing in plan.kept]
        if self.job.diagnosis:
            found = self.surroundings
            entry["diagnosis"] = self.job.diagnosis.of(person.user, found) if person.user and found else []
        if self.job.tells:
            results = {taken.step.name: taken.result for taken in person.taken}
            tell = self.job.tells
            entry["to_tell"] = tell(person.user, results, self.surroundings) if person.user else ""
        if not self.job.whole:
            taken = person.taken[0] if person.taken else None
            entry.update(taken.facts if taken else self.job.steps[0].blank)
            entry["attempts"] = taken.attempts if taken else 0
        error = person.first_error
        if error is not None:
            entry["error"] = error.as_dict()
        return entry

    def diff(self) -> list[dict[str, str]]:
        """Return what goes with each change, in the form that Ansible's diff mode prints."""
        result = []
        for person in self.people:
            plans = [taken.plan for taken in person.taken if taken.changed]
            if plans:
                title = f"{person.username} ({person.user_id})"
                result.append(
                    {
                        "before_header": title,
                        "after_header": title,
                        "before": "".join(plan.before for plan in plans),
                        "after": "".join(plan.after for plan in plans),
                    }
                )
        return result

    def end(self, failure: RocketChatError) -> None:
        """Note what ended the run before its time; whoever has no result yet was not attempted."""
        self.failure = failure
        self.message = self.message or failure.message
        error = TargetError(NOT_ATTEMPTED, f"Not attempted, because the run ended before ({failure.code}).")
        for person in self.people:
            person.leave(error)


def sentence(person: Person) -> str:
    """Say what became of a person in one line."""
    who = (
        f"{person.username} ({person.user_id})"
        if person.username and person.user_id
        else person.username or person.user_id or person.wanted.value
    )
    deeds = [taken.step.deed for taken in person.taken if taken.result in ("done", "would_be_done")]
    outcome = person.outcome
    # The same evidence for several steps is told once.
    idle = [taken for taken in person.taken if taken.result == "nothing_to_do" and not taken.plan.untold]
    spared = {taken.plan.evidence: taken.reason for taken in idle}
    if outcome in ("done", "would_be_done"):
        more = [f" ({taken.reason})" for taken in person.taken if taken.step.name == "status" and ";" in taken.reason]
        kept = "the rest" if set(spared) == {"ledger"} else "and nothing else"
        rest = f", {kept}: {'; '.join(spared.values())}" if spared else ""
        return f"{who}: {'to do: ' if outcome == 'would_be_done' else ''}{', '.join(deeds)}{''.join(more)}{rest}"
    if outcome == "nothing_to_do":
        return f"{who}: nothing to do ({'; '.join(spared.values())})"
    if person.skipped:
        return f"{who}: skipped: {person.skipped}"
    if person.error:
        return f"{who}: {'' if outcome == 'not_attempted' else 'failed: '}{person.error.message}"
    worst = next((taken for taken in person.taken if taken.result == "failed"), None) or person.taken[-1]
    half = f"HALF DONE ({', '.join(deeds) or 'see the failure'}). " if outcome == "half_done" else ""
    return f"{who}: {half}{worst.step.label} failed: {worst.reason}"


def now() -> str:
    """Return the time by the clock of the host that runs the module: ISO 8601, UTC."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def summed_up(report: Report, *, check_mode: bool) -> tuple[str, int]:
    """Return one message on what failed, and how many people that is; an empty one where nothing did."""
    failed = [person for person in report.people if person.outcome in ("failed", "half_done", "not_attempted")]
    told = [person for person in failed if person.outcome != "not_attempted"]
    reasons = [_reason(person) for person in told]
    if not failed:
        return "", 0
    message = listed(reasons)
    if len(report.people) > 1:
        done = sum(person.changed for person in report.people if person not in failed)
        message = (
            f"{done} of {len(report.people)} accounts {'would be ' if check_mode else ''}{report.job.verb},"
            f" {len(reasons)} failed, {len(failed) - len(reasons)} not attempted. {message}"
        )
    return message, len(reasons)


def _reason(person: Person) -> str:
    error = person.first_error
    return f"{person.username or person.user_id or person.wanted.value}: {error.message if error else person.outcome}"
