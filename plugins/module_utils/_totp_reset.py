# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reset of TOTP: what is known beforehand, what is sent, and what is reported of every target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Callable

from ansible_collections.chatops.rocketchat.plugins.module_utils._bulk import each, listed
from ansible_collections.chatops.rocketchat.plugins.module_utils._client import Reply
from ansible_collections.chatops.rocketchat.plugins.module_utils._endpoints import RESET_TOTP
from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import (
    InputError,
    RocketChatError,
    TargetError,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._forecast import forecast
from ansible_collections.chatops.rocketchat.plugins.module_utils._session import Access, Session, open_session
from ansible_collections.chatops.rocketchat.plugins.module_utils._times import parse_time
from ansible_collections.chatops.rocketchat.plugins.module_utils._users import (
    Resolved,
    User,
    Wanted,
    resolve,
    wanted_targets,
)

# How far the clock of the host that wrote a time may be ahead of this one.
_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Task:
    """What the task asks for. ``last_reset``: one time for the only target, or times by user name."""

    wanted: Sequence[Wanted]
    own_account: bool
    last_reset: datetime | Mapping[str, datetime] | None
    force: bool
    keep_going: bool
    check_mode: bool


@dataclass
class Entry:
    """What is reported of one target."""

    username: str | None
    user_id: str | None
    changed: bool = False
    totp_enabled_before: bool | None = None
    evidence: str = "none"
    attempts: int = 0
    error: dict[str, Any] | None = None

    def fail(self, error: RocketChatError) -> None:
        """Note why this target failed."""
        self.changed = False
        self.attempts = error.attempts
        self.error = error.as_dict()

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as the module returns it; ``error`` is there on failure only."""
        result = dict(vars(self))
        if self.error is None:
            del result["error"]
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
        """Return what goes with each reset, in the form that Ansible's diff mode prints."""
        return [_difference(entry) for entry in self.entries if entry.changed]

    def not_attempted(self, why: str) -> None:
        """Note for every entry that nothing was done to it, unless it has a reason of its own."""
        for entry in self.entries:
            if entry.error is None:
                entry.changed = False
                entry.fail(TargetError("not-attempted", why))


def _difference(entry: Entry) -> dict[str, str]:
    known = {True: "enabled", False: "none", None: "not known (the server does not tell)"}[entry.totp_enabled_before]
    ended = "ended" if entry.totp_enabled_before else "ended, if there was a TOTP to reset"
    title = f"{entry.username} ({entry.user_id})"
    return {
        "before_header": title,
        "after_header": title,
        "before": f"TOTP: {known}\nsessions and personal access tokens: valid\n",
        "after": f"TOTP: none\nsessions and personal access tokens: {ended}\n",
    }


def task(params: Mapping[str, Any], *, check_mode: bool) -> Task:
    """Check the options of the task itself.

    :arg params: ``AnsibleModule.params``
    :raises InputError: before anything is sent
    """
    wanted = wanted_targets(params["usernames"], params["user_ids"])
    own_account = bool(params["own_account"])
    if own_account and wanted:
        raise InputError("own_account is for the calling account alone: give it without usernames and user_ids.")
    if not own_account and not wanted:
        raise InputError("Nobody is named. Give usernames or user_ids, or own_account: true for the calling account.")
    last_reset = _last_reset(params["last_reset"], len(wanted))
    if own_account and last_reset is not None:
        raise InputError("last_reset is for other accounts: of the calling one the server tells whether it has TOTP.")
    return Task(
        wanted=wanted,
        own_account=own_account,
        last_reset=last_reset,
        force=bool(params["force"]),
        keep_going=params["on_error"] == "continue",
        check_mode=check_mode,
    )


def _last_reset(value: Any, targets: int) -> datetime | Mapping[str, datetime] | None:
    if value is None or value == "" or value == {}:
        return None
    if isinstance(value, Mapping):
        return {str(name): _past_time(moment, f"last_reset[{name!r}]") for name, moment in value.items()}
    if targets > 1:
        raise InputError(
            "last_reset is one time, but there are several targets. Give a mapping from user name to time, such as"
            " {alice: '2026-03-01T09:30:00Z'}."
        )
    return _past_time(value, "last_reset")


def _past_time(value: Any, name: str) -> datetime:
    moment = parse_time(value if isinstance(value, str) else "")
    if moment is None:
        raise InputError(
            f"{name} is {value!r}, which is no ISO 8601 time with an offset. Write it like 2026-03-01T09:30:00Z or"
            " 2026-03-01T10:30:00+01:00."
        )
    if moment > datetime.now(timezone.utc) + _CLOCK_SKEW:
        raise InputError(f"{name} is {value!r}, which lies in the future. Give the time of a reset that was done.")
    return moment


def run(asked: Task, access: Access, warn: Callable[[str], None]) -> Report:
    """Do the task and report; this never raises for what a server or a network can do."""
    report = Report(
        entries=[
            Entry(
                username=wanted.value if wanted.by == "username" else None,
                user_id=wanted.value if wanted.by == "user_id" else None,
            )
            for wanted in asked.wanted
        ]
    )
    try:
        with open_session(access, RESET_TOTP, warn) as session:
            if asked.own_account:
                _own_account(asked, session, report, warn)
            else:
                _others(asked, session, report, warn)
    except RocketChatError as error:
        report.failure = error
        report.message = report.message or error.message
        report.not_attempted("Not attempted, because the run ended before: " + error.message)
    return report


def _own_account(asked: Task, session: Session, report: Report, warn: Callable[[str], None]) -> None:
    caller = session.caller
    entry = Entry(caller.user.username, caller.user.user_id, evidence="own_account")
    entry.totp_enabled_before = caller.totp_enabled
    report.entries = [entry]
    if not (caller.totp_enabled or asked.force):
        return
    if asked.check_mode:
        forecast(session, RESET_TOTP, own_account=True, warn=warn)
        entry.changed = True
        return
    try:
        entry.attempts = session.client.act_on_caller(RESET_TOTP, caller).attempts
    except RocketChatError as error:
        entry.fail(error)
        raise
    entry.changed = True
    if caller.totp_enabled:
        warn("The sessions and personal access tokens of the calling account have ended, the one in use included.")


def _others(asked: Task, session: Session, report: Report, warn: Callable[[str], None]) -> None:
    targets = resolve(session.client, asked.wanted, session.caller)
    report.entries = [_entry(target, asked, warn) for target in targets]
    _check_last_reset_names(asked, targets)
    problems = [target.error for target in targets if target.error]
    if problems and not asked.keep_going:
        report.message = "Nothing was reset. " + listed([error.message for error in problems])
        raise TargetError(
            problems[0].code if len(problems) == 1 else "bad-targets",
            report.message,
            {"targets": len(targets), "bad_targets": len(problems)},
        )
    pending = [
        (target.user, entry) for target, entry in zip(targets, report.entries) if target.user and entry.changed
    ]
    if len(pending) > 1 and session.two_factor.has_single_use_code:
        raise InputError(
            f"two_factor_code works only once, but {len(pending)} accounts are to be reset. Reset one account a run, or"
            " give two_factor_secret or a token that bypasses two-factor authentication."
        )
    if asked.check_mode:
        if pending:
            forecast(session, RESET_TOTP, own_account=False, warn=warn)
    else:
        _reset(pending, asked, session, report)
    _sum_up(report)


def _reset(pending: list[tuple[User, Entry]], asked: Task, session: Session, report: Report) -> None:
    def one(item: tuple[User, Entry]) -> Reply:
        return session.client.act(RESET_TOTP, item[0])

    outcomes = each(pending, one, keep_going=asked.keep_going)
    for (_user, entry), outcome in zip(pending, outcomes):
        if outcome.error:
            entry.fail(outcome.error)
            report.failure = report.failure or outcome.error
        elif outcome.value:
            entry.attempts = outcome.value.attempts
        else:
            entry.fail(TargetError("not-attempted", "Not attempted, because the run stopped before its turn."))


def _sum_up(report: Report) -> None:
    """Say in one message what failed, where anything did."""
    failed = [entry for entry in report.entries if entry.error]
    if not failed:
        return
    skipped = [entry for entry in failed if entry.error and entry.error["code"] == "not-attempted"]
    reasons = [
        f"{entry.username or entry.user_id}: {entry.error['message']}"
        for entry in failed
        if entry.error and entry not in skipped
    ]
    done = sum(entry.changed for entry in report.entries)
    report.message = listed(reasons)
    if len(report.entries) > 1:
        report.message = (
            f"{done} of {len(report.entries)} accounts reset, {len(failed) - len(skipped)} failed, {len(skipped)} not"
            f" attempted. {report.message}"
        )
    if report.failure is None:
        report.failure = TargetError("bad-targets", report.message, {"bad_targets": len(failed)})


def _entry(target: Resolved, asked: Task, warn: Callable[[str], None]) -> Entry:
    """Say what is known of a target; ``changed`` is what will be done to it."""
    if target.user is None:
        by_name = target.wanted.by == "username"
        entry = Entry(target.wanted.value if by_name else None, None if by_name else target.wanted.value)
        if target.error:
            entry.fail(target.error)
        return entry
    user = target.user
    entry = Entry(user.username, user.user_id)
    evidence = None if asked.force else _evidence(user, _time_for(user, asked.last_reset), warn)
    if evidence:
        entry.evidence = evidence
        entry.totp_enabled_before = False
    entry.changed = evidence is None
    return entry


def _time_for(user: User, last_reset: datetime | Mapping[str, datetime] | None) -> datetime | None:
    return last_reset.get(user.username) if isinstance(last_reset, Mapping) else last_reset


def _evidence(user: User, last_reset: datetime | None, warn: Callable[[str], None]) -> str | None:
    """Return why the account cannot have TOTP, or ``None`` when nothing vouches for that."""
    if user.never_logged_in:
        return "never_logged_in"
    if last_reset is None:
        return None
    if user.last_login is None:
        warn(
            f"last_reset is of no use for {user.username!r}: the calling account does not see when it last logged in."
            " That takes the permission view-full-other-user-info."
        )
        return None
    return "last_reset" if last_reset > user.last_login else None


def _check_last_reset_names(asked: Task, targets: Sequence[Resolved]) -> None:
    if not isinstance(asked.last_reset, Mapping):
        return
    known = {target.user.username for target in targets if target.user}
    known |= {target.wanted.value for target in targets if target.error}
    strangers = sorted(set(asked.last_reset) - known)
    if strangers:
        raise InputError(
            f"last_reset names {', '.join(repr(name) for name in strangers)}, which is no user name among the targets."
            " Correct the mapping; nothing was reset."
        )
