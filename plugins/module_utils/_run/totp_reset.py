# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task that resets TOTP: its options, and the calling account, which only this task ever touches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import RESET_TOTP
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Access, Session, open_session
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.times import parse_time
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.engine import run as run_job
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.evidence import Evidence
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.forecast import forecast_own
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.job import Job
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.jobs import reset_totp
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.result import Person, Report, Taken, now
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.targets import NOBODY, Targets, read_targets
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Done
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.totp import planned

# How far the clock of the host that wrote a time may be ahead of this one.
_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Task:
    """What the task asks for. ``last_reset``: one time for the only target, or times by user name."""

    targets: Targets
    own_account: bool = False
    last_reset: datetime | Mapping[str, datetime] | None = None
    force: bool = False
    end_sessions: bool = False
    since: datetime | None = None


def task(params: Mapping[str, Any], *, check_mode: bool) -> Task:
    """Check the options of the task itself.

    :arg params: ``AnsibleModule.params``
    :raises InputError: before anything is sent
    """
    targets = read_targets(params, check_mode=check_mode)
    wanted = targets.wanted
    own_account = bool(params["own_account"])
    if own_account and wanted:
        raise InputError(
            "own_account is for the calling account alone: give it without usernames, user_ids and emails."
        )
    if not own_account and not wanted:
        raise InputError(NOBODY)
    last_reset = _last_reset(params["last_reset"], len(wanted))
    if own_account and last_reset is not None:
        raise InputError("last_reset is for other accounts: of the calling one the server tells whether it has TOTP.")
    if isinstance(last_reset, Mapping) and all(entry.by == "username" for entry in wanted):
        strangers = sorted(set(last_reset) - {entry.value for entry in wanted})
        if strangers:
            raise InputError(
                f"last_reset names {', '.join(map(repr, strangers))}, which is not among the usernames. Correct the"
                " mapping."
            )
    end_sessions = bool(params["end_sessions"])
    if own_account and end_sessions:
        raise InputError("end_sessions is for other accounts: a reset of the calling one ends its sessions anyway.")
    return Task(
        targets=targets,
        own_account=own_account,
        last_reset=last_reset,
        force=bool(params["force"]),
        end_sessions=end_sessions,
        since=_since(params),
    )


def _since(params: Mapping[str, Any]) -> datetime | None:
    if not params["since"]:
        return None
    if not params["ledger"]:
        raise InputError("since is compared with the resets in the ledger: it needs ledger.")
    return _past_time(params["since"], "since")


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


def job_of(asked: Task, warn: Callable[[str], None]) -> Job:
    """Return the job that the task asks for."""
    return reset_totp(warn, last_reset=asked.last_reset, force=asked.force, end_sessions=asked.end_sessions)


def run(asked: Task, access: Access, warn: Callable[[str], None], evidence: Evidence) -> Report:
    """Do the task and report; this never raises for what a server or a network can do."""
    job = job_of(asked, warn)
    if asked.own_account:
        return _own_account(job, asked, access, warn, evidence)
    return run_job(job, asked.targets, access, warn, evidence)


def _own_account(job: Job, asked: Task, access: Access, warn: Callable[[str], None], evidence: Evidence) -> Report:
    """Do it with a journal and without a ledger: of the caller the server itself tells what there is to do."""
    about = {**evidence.facts, "workspace": access.connection.url, "started": now()}
    report = Report(job, [], about)
    try:
        evidence.start(about)
        with open_session(access, [RESET_TOTP], warn) as session:
            met = {"server_version": "{}.{}".format(*session.version), "account": session.caller.username}
            report.facts.update(met)
            evidence.meet(**met)
            _reset_own(asked, session, report, warn, evidence)
    except RocketChatError as error:
        report.end(error)
    evidence.close(report)
    return report


def _reset_own(asked: Task, session: Session, report: Report, warn: Callable[[str], None], evidence: Evidence) -> None:
    """Reset the caller, of whom the server tells whether there is anything to reset."""
    caller = session.caller
    plan = planned(changed=caller.totp_enabled or asked.force, before=caller.totp_enabled, evidence="own_account")
    person = Person(Wanted("user_id", caller.user_id), User(caller.user_id, caller.username, True, federated=False))
    taken = Taken(report.job.steps[0], plan)
    person.taken.append(taken)
    report.people.append(person)
    if not plan.changed:
        return
    if asked.targets.check_mode:
        forecast_own(session, warn)
        taken.succeed(None)
        return
    evidence.intend(person)
    try:
        taken.succeed(Done(session.client.act_on_caller(RESET_TOTP, caller).attempts))
    except RocketChatError as error:
        taken.fail(error)
        raise
    finally:
        evidence.took(person, taken)
    if caller.totp_enabled:
        warn("The sessions and personal access tokens of the calling account have ended, the one in use included.")
