# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One job for many accounts: resolve and check everybody, then write, and account for each exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._bulk import each, listed
from ansible_collections.chatops.rocketchat.plugins.module_utils._directory import lookup_table
from ansible_collections.chatops.rocketchat.plugins.module_utils._endpoints import Action
from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import (
    InputError,
    RocketChatError,
    TargetError,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._forecast import (
    announce_rate_limit,
    check_permission_for_certain,
    forecast,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._progress import Progress
from ansible_collections.chatops.rocketchat.plugins.module_utils._session import Access, Session, open_session
from ansible_collections.chatops.rocketchat.plugins.module_utils._stop import Stopped, stopping
from ansible_collections.chatops.rocketchat.plugins.module_utils._users import (
    ANOTHER_ACCOUNT,
    Resolved,
    User,
    Wanted,
    resolve,
    wanted_targets,
)

Warn = Callable[[str], None]


@dataclass(frozen=True)
class Targets:
    """Whom the task names, and how to go about it; ``concurrency`` is the number of requests in flight."""

    wanted: Sequence[Wanted]
    keep_going: bool
    check_mode: bool
    concurrency: int = 1


def read_targets(params: Mapping[str, Any], *, check_mode: bool) -> Targets:
    """Check the options of the doc fragment ``targets``; nobody may be named.

    :arg params: ``AnsibleModule.params``
    :raises InputError: before anything is sent
    """
    return Targets(
        wanted_targets(params["usernames"], params["user_ids"]),
        keep_going=params["on_error"] == "continue",
        check_mode=check_mode,
        concurrency=read_concurrency(params),
    )


def read_concurrency(params: Mapping[str, Any]) -> int:
    """Return how many requests may be in flight.

    :raises InputError: before anything is sent
    """
    concurrency = int(params["concurrency"])
    if not 1 <= concurrency <= 32:
        raise InputError(f"concurrency is {concurrency}. Give a number from 1 to 32.")
    return concurrency


def named_targets(params: Mapping[str, Any], *, check_mode: bool) -> Targets:
    """Check the same options where somebody must be named.

    :raises InputError: before anything is sent
    """
    targets = read_targets(params, check_mode=check_mode)
    if not targets.wanted:
        raise InputError("Nobody is named. Give usernames or user_ids.")
    return targets


@dataclass(frozen=True)
class Plan:
    """What will be done to one account.

    ``facts`` go into its entry at once, ``effects`` when it is done, ``before`` and ``after`` into the diff.
    """

    changed: bool
    facts: Mapping[str, Any] = field(default_factory=dict)
    effects: Mapping[str, Any] = field(default_factory=dict)
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Done:
    """What was done to one account; ``facts`` replace those of the plan."""

    attempts: int
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One kind of change.

    ``actions``: the endpoints it needs, the main one first; check mode forecasts each, and those in ``optional`` with
    a warning only. ``certain``: an action that the server ignores silently where the permission is missing, so that
    real runs check it as well. ``verb``: past participle for messages. ``blank``: the facts of an entry of which
    nothing is known. ``needs_all_fields``: what a list of users shows is not enough. ``check`` raises a TargetError
    for who cannot be served, ``plan`` says what to do to a user, ``act`` does it.
    """

    actions: Sequence[Action]
    verb: str
    blank: Mapping[str, Any]
    plan: Callable[[User], Plan]
    act: Callable[[Session, User], Done]
    optional: Sequence[Action] = ()
    check: Callable[[User], None] | None = None
    certain: Action | None = None
    needs_all_fields: bool = False
    own_account_hint: str = ANOTHER_ACCOUNT


@dataclass
class Entry:
    """What is reported of one target."""

    username: str | None
    user_id: str | None
    facts: dict[str, Any] = field(default_factory=dict)
    changed: bool = False
    attempts: int = 0
    error: RocketChatError | None = None
    plan: Plan | None = None

    def fail(self, error: RocketChatError) -> None:
        """Note why this target failed; it counts as unchanged unless the error says what was done."""
        self.changed = bool(error.details.get("done"))
        self.attempts = error.attempts
        self.error = error
        if self.plan and (self.changed or error.details.get("outcome") == "unknown"):
            self.facts.update(dict.fromkeys(self.plan.effects))

    def succeed(self, done: Done | None = None) -> None:
        """Note that the plan was carried out, or would be in check mode."""
        if self.plan:
            self.facts.update(self.plan.effects)
        if done:
            self.attempts = done.attempts
            self.facts.update(done.facts)

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as the module returns it; ``error`` is there on failure only."""
        result = {
            "username": self.username,
            "user_id": self.user_id,
            "changed": self.changed,
            **self.facts,
            "attempts": self.attempts,
        }
        if self.error is not None:
            result["error"] = self.error.as_dict()
        return result


@dataclass
class Report:
    """The result of a run: complete at any time, also when it stopped half way."""

    entries: list[Entry] = field(default_factory=list)
    failure: RocketChatError | None = None
    message: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the module's result without ``msg``."""
        result: dict[str, Any] = {
            "changed": any(entry.changed for entry in self.entries),
            "users": [entry.as_dict() for entry in self.entries],
        }
        if self.failure is not None:
            result["error"] = self.failure.as_dict()
        return result

    def diff(self) -> list[dict[str, str]]:
        """Return what goes with each change, in the form that Ansible's diff mode prints."""
        result = []
        for entry in self.entries:
            if entry.changed and entry.plan:
                title = f"{entry.username} ({entry.user_id})"
                result.append(
                    {
                        "before_header": title,
                        "after_header": title,
                        "before": entry.plan.before,
                        "after": entry.plan.after,
                    }
                )
        return result

    def end(self, failure: RocketChatError, message: str = "") -> None:
        """Note what ended the run before its time; whoever has no result yet was not attempted."""
        self.failure = failure
        self.message = message or failure.message
        for entry in self.entries:
            if entry.error is None:
                entry.fail(
                    TargetError("not-attempted", f"Not attempted, because the run ended before ({failure.code}).")
                )


def run(job: Job, targets: Targets, access: Access, warn: Warn) -> Report:
    """Do a job for the targets and report; this never raises for what a server or a network can do."""
    report = Report(entries=[_asked(wanted, job) for wanted in targets.wanted])
    try:
        with open_session(access, job.actions[0], warn, pool_size=targets.concurrency) as session:
            _run(job, targets, session, report, warn)
    except RocketChatError as error:
        report.end(error, report.message)
    return report


def _asked(wanted: Wanted, job: Job) -> Entry:
    by_name = wanted.by == "username"
    return Entry(wanted.value if by_name else None, None if by_name else wanted.value, dict(job.blank))


def _run(job: Job, targets: Targets, session: Session, report: Report, warn: Warn) -> None:
    wanted, concurrency = list(targets.wanted), targets.concurrency
    announce_rate_limit(session, len(wanted), warn)
    listed_ones = [] if job.needs_all_fields else wanted
    known = lookup_table(session.client, listed_ones, concurrency=concurrency)
    resolved = resolve(
        session.client,
        wanted,
        session.caller,
        job.check,
        concurrency=concurrency,
        known=known,
        own_account_hint=job.own_account_hint,
    )
    report.entries = [_entry(target, job) for target in resolved]
    problems = [target.error for target in resolved if target.error]
    if problems and not targets.keep_going:
        report.message = f"Nobody was {job.verb}. " + listed([error.message for error in problems])
        code = problems[0].code if len(problems) == 1 else "bad-targets"
        raise TargetError(code, report.message, {"targets": len(resolved), "bad_targets": len(problems)})
    pending = [(target.user, entry) for target, entry in zip(resolved, report.entries) if target.user and entry.changed]
    if len(pending) > 1 and session.two_factor.has_single_use_code and any(a.two_factor for a in job.actions):
        raise InputError(
            f"two_factor_code works only once, but {len(pending)} accounts are to be {job.verb}. Name one account a"
            " run, or give two_factor_secret or a token that bypasses two-factor authentication."
        )
    if pending and job.certain:
        check_permission_for_certain(session, job.certain)
    if not targets.check_mode:
        _write(job, pending, targets, session, report)
    elif pending:
        forecast(session, job.actions, warn, optional=job.optional)
        for _user, entry in pending:
            entry.succeed()
    _sum_up(job, targets, report)


def _entry(target: Resolved, job: Job) -> Entry:
    if target.user is None:
        entry = _asked(target.wanted, job)
        if target.error:
            entry.fail(target.error)
        return entry
    plan = job.plan(target.user)
    return Entry(
        target.user.username, target.user.user_id, {**job.blank, **plan.facts}, changed=plan.changed, plan=plan
    )


def _write(job: Job, pending: Sequence[tuple[User, Entry]], targets: Targets, session: Session, report: Report) -> None:
    def one(item: tuple[User, Entry]) -> Done:
        return job.act(session, item[0])

    outcomes = each(
        pending,
        one,
        keep_going=targets.keep_going,
        concurrency=targets.concurrency,
        progress=Progress(job.verb, len(pending)),
    )
    for (_user, entry), outcome in zip(pending, outcomes):
        if outcome.error:
            entry.fail(outcome.error)
            report.failure = report.failure or outcome.error
        elif outcome.value:
            entry.succeed(outcome.value)
        else:
            entry.fail(TargetError("not-attempted", "Not attempted, because the run stopped before its turn."))
    if stopping() and report.failure is None:
        report.failure = Stopped()


def _sum_up(job: Job, targets: Targets, report: Report) -> None:
    """Say in one message what failed, where anything did."""
    failed = [entry for entry in report.entries if entry.error]
    if not failed:
        return
    reasons = [
        f"{entry.username or entry.user_id}: {entry.error.message}"
        for entry in failed
        if entry.error and entry.error.code != "not-attempted"
    ]
    report.message = listed(reasons)
    if len(report.entries) > 1:
        done = sum(entry.changed for entry in report.entries)
        would = "would be " if targets.check_mode else ""
        report.message = (
            f"{done} of {len(report.entries)} accounts {would}{job.verb}, {len(reasons)} failed,"
            f" {len(failed) - len(reasons)} not attempted. {report.message}"
        )
    if report.failure is None:
        report.failure = TargetError("bad-targets", report.message, {"bad_targets": len(reasons)})
