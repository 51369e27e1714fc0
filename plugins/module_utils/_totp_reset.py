# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reset of TOTP: what is known of an account beforehand, and what is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._client import Reply
from ansible_collections.chatops.rocketchat.plugins.module_utils._endpoints import (
    END_SESSIONS,
    RESET_TOTP,
    SEE_FIELDS,
    UPDATE_USER,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import InputError, RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._forecast import forecast_own
from ansible_collections.chatops.rocketchat.plugins.module_utils._job import (
    Done,
    Entry,
    Job,
    Plan,
    Report,
    Targets,
    read_targets,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._job import (
    run as run_job,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._receipts import (
    Receipt,
    receipt_of,
    try_write_receipt,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._session import Access, Session, open_session
from ansible_collections.chatops.rocketchat.plugins.module_utils._times import parse_time
from ansible_collections.chatops.rocketchat.plugins.module_utils._users import User

# How far the clock of the host that wrote a time may be ahead of this one.
_CLOCK_SKEW = timedelta(minutes=5)
_BLANK: Mapping[str, Any] = {
    "totp_enabled_before": None,
    "evidence": "none",
    "sessions_ended": False,
    "receipt_written": None,
}


@dataclass(frozen=True)
class Task:
    """What the task asks for. ``last_reset``: one time for the only target, or times by user name."""

    targets: Targets
    own_account: bool = False
    last_reset: datetime | Mapping[str, datetime] | None = None
    force: bool = False
    receipt_field: str | None = None
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
        raise InputError("own_account is for the calling account alone: give it without usernames and user_ids.")
    if not own_account and not wanted:
        raise InputError("Nobody is named. Give usernames or user_ids, or own_account: true for the calling account.")
    last_reset = _last_reset(params["last_reset"], len(wanted))
    if own_account and last_reset is not None:
        raise InputError("last_reset is for other accounts: of the calling one the server tells whether it has TOTP.")
    if isinstance(last_reset, Mapping) and not any(entry.by == "user_id" for entry in wanted):
        strangers = sorted(set(last_reset) - {entry.value for entry in wanted})
        if strangers:
            raise InputError(
                f"last_reset names {', '.join(map(repr, strangers))}, which is not among the usernames. Correct the"
                " mapping."
            )
    receipt_field, end_sessions = params["receipt_field"] or None, params["end_sessions"]
    since = _past_time(params["since"], "since") if params["since"] else None
    if since and not receipt_field:
        raise InputError("since is compared with the receipt on the account: it needs receipt_field.")
    if own_account and (receipt_field or end_sessions):
        raise InputError("receipt_field and end_sessions are for other accounts, not for own_account.")
    return Task(
        targets=targets,
        own_account=own_account,
        last_reset=last_reset,
        force=bool(params["force"]),
        receipt_field=receipt_field,
        end_sessions=bool(receipt_field) if end_sessions is None else bool(end_sessions),
        since=since,
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
    if asked.own_account:
        return _own_account(asked, access, warn)

    def plan(user: User) -> Plan:
        known = None if asked.force else _evidence(user, asked, warn)
        evidence, before = known or ("none", None)
        return _plan(changed=known is None, before=before, evidence=evidence, end_sessions=asked.end_sessions)

    def act(session: Session, user: User) -> Done:
        return _reset(session, user, asked, warn)

    actions = [RESET_TOTP, END_SESSIONS] if asked.end_sessions else [RESET_TOTP]
    optional = [UPDATE_USER, SEE_FIELDS] if asked.receipt_field else []
    job = Job(
        actions,
        "reset",
        _BLANK,
        plan,
        act,
        optional,
        needs_all_fields=asked.receipt_field is not None,
        own_account_hint="It is reset by a task of its own with own_account: true, since that ends its sessions and"
        " tokens.",
    )
    return run_job(job, asked.targets, access, warn)


def _reset(session: Session, user: User, asked: Task, warn: Callable[[str], None]) -> Done:
    """Reset one account; end its sessions and leave a receipt where the task says so."""
    reply = session.client.act(RESET_TOTP, user)
    if asked.end_sessions:
        try:
            session.client.act(END_SESSIONS, user)
        except RocketChatError as error:
            error.details["done"] = ["users.resetTOTP"]
            error.attempts = reply.attempts
            raise
    facts: dict[str, Any] = {}
    if asked.receipt_field:
        why = _leave_receipt(session, user, asked, reply)
        facts["receipt_written"] = why is None
        if why:
            warn(f"{user.username} was reset, but the receipt was not written. {why}")
    return Done(reply.attempts, facts)


def _leave_receipt(session: Session, user: User, asked: Task, reply: Reply) -> str | None:
    # The time of the reset, not of the end of the sessions: a login between the two must count as later.
    if reply.date is None:
        return "The server's answer carries no Date header, and no other clock will do."
    receipt = Receipt(reply.date, asked.end_sessions)
    return try_write_receipt(session.client, user, str(asked.receipt_field), receipt)


def _plan(*, changed: bool, before: bool | None, evidence: str, end_sessions: bool = False) -> Plan:
    known = {True: "enabled", False: "none", None: "not known (the server does not tell)"}[before]
    all_end = end_sessions or before is True
    ended = "ended" if all_end else "ended, if there was a TOTP to reset"
    return Plan(
        changed,
        {"totp_enabled_before": before, "evidence": evidence},
        effects={"sessions_ended": True if all_end else None},
        before=f"TOTP: {known}\nsessions and personal access tokens: valid\n",
        after=f"TOTP: none\nsessions and personal access tokens: {ended}\n",
    )


def _time_for(user: User, last_reset: datetime | Mapping[str, datetime] | None) -> datetime | None:
    return last_reset.get(user.username) if isinstance(last_reset, Mapping) else last_reset


def _evidence(user: User, asked: Task, warn: Callable[[str], None]) -> tuple[str, bool | None] | None:
    """Return why nothing needs doing and whether the account has TOTP, or ``None`` when nothing vouches for that."""
    if user.never_logged_in:
        return "never_logged_in", False
    receipt = receipt_of(user, asked.receipt_field) if asked.receipt_field else None
    if receipt and receipt.time > (user.seen_at or datetime.now(timezone.utc)) + _CLOCK_SKEW:
        warn(f"The receipt on {user.username!r} lies in the future and is ignored. Somebody else may have written it.")
        receipt = None
    # A reset leaves the sessions of an account without TOTP alive, and from one of them TOTP can be enrolled again.
    if receipt and receipt.sessions_ended and user.last_login and receipt.time > user.last_login:
        return "receipt", False
    if receipt and asked.since and receipt.time >= asked.since:
        return "receipt", None
    last_reset = _time_for(user, asked.last_reset)
    if last_reset is None:
        return None
    if user.last_login is None:
        warn(
            f"last_reset is of no use for {user.username!r}: the calling account does not see when it last logged in."
            " That takes the permission view-full-other-user-info."
        )
        return None
    return ("last_reset", False) if last_reset > user.last_login else None


def _own_account(asked: Task, access: Access, warn: Callable[[str], None]) -> Report:
    report = Report()
    try:
        with open_session(access, RESET_TOTP, warn) as session:
            _reset_own(asked, session, report, warn)
    except RocketChatError as error:
        report.end(error)
    return report


def _reset_own(asked: Task, session: Session, report: Report, warn: Callable[[str], None]) -> None:
    caller = session.caller
    plan = _plan(changed=caller.totp_enabled or asked.force, before=caller.totp_enabled, evidence="own_account")
    facts = {**_BLANK, **plan.facts}
    entry = Entry(caller.user.username, caller.user.user_id, facts, changed=plan.changed, plan=plan)
    report.entries = [entry]
    if not plan.changed:
        return
    if asked.targets.check_mode:
        forecast_own(session, warn)
        entry.succeed()
        return
    try:
        entry.succeed(Done(session.client.act_on_caller(RESET_TOTP, caller).attempts))
    except RocketChatError as error:
        entry.fail(error)
        raise
    if caller.totp_enabled:
        warn("The sessions and personal access tokens of the calling account have ended, the one in use included.")
