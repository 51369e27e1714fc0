# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which steps make which job: what protects comes first, what weakens comes last and needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.job import Job
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.jobs import (
    end_sessions,
    reset_e2e_key,
    reset_totp,
    set_password,
    set_status,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.offboarding import leftovers, offboard
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.recovery import recover

LEAVING = {
    "force": False,
    "confirm_relinquish": False,
    "reset_password": False,
    "successor": None,
    "memberships": "keep",
    "integrations": "disable",
    "roles": "keep",
}
BACK = {
    "usernames": ["alice"],
    "user_ids": None,
    "emails": None,
    "reset_totp": True,
    "activate": False,
    "email_factor": None,
    "new_email": None,
    "verify_email": False,
    "reset_password": False,
    "password": None,
    "password_file": None,
    "reset_e2ekey": False,
    "confirm_message_loss": False,
    "force": False,
}


def warn(words: str) -> None:
    """Fail: nothing is warned of while a job is put together."""
    raise AssertionError(words)


def account(**more: Any) -> User:
    """Return an account."""
    return User("aliceId", "alice", **{"active": True, "federated": False, **more})


def shape(job: Job) -> list[tuple[str, list[str], bool]]:
    """Return each step with what it needs, and whether it is for what was changed before."""
    return [(line.step.name, list(line.needs), line.if_changed) for line in job.lines]


@pytest.mark.parametrize(
    ("job", "verb", "steps"),
    [
        (reset_totp(warn, last_reset=None, force=False, end_sessions=False), "reset", ["totp"]),
        (set_status({"state": "active", "confirm_relinquish": False}, check_mode=False), "activated", ["status"]),
        (set_status({"state": "inactive", "confirm_relinquish": True}, check_mode=True), "deactivated", ["status"]),
        (end_sessions(), "logged out", ["sessions"]),
        (set_password({"password": "", "require_change": True}), "given a new password", ["password"]),
        (reset_e2e_key({"confirm_message_loss": True}), "reset", ["e2ekey"]),
    ],
)
def test_a_job_of_one_step_bears_its_name(job: Job, verb: str, steps: list[str]) -> None:
    assert [step.name for step in job.steps] == steps
    assert (job.name, job.verb, job.whole) == (steps[0], verb, False)


@pytest.mark.parametrize(
    ("check_mode", "state", "rooms"), [(True, "inactive", True), (False, "inactive", False), (True, "active", False)]
)
def test_what_the_server_would_say_to_a_status_is_found_out_in_check_mode(
    check_mode: bool, state: str, rooms: bool
) -> None:
    job = set_status({"state": state, "confirm_relinquish": False}, check_mode=check_mode)
    assert job.steps[0].rooms is rooms


def test_who_leaves_is_shut_out_before_anything_is_taken_away() -> None:
    job = offboard({**LEAVING, "reset_password": True}, warn)
    assert shape(job) == [
        ("sessions", [], False),
        # Webhooks while the account that they post as has its roles.
        ("vacant", [], False),
        ("integrations", [], False),
        ("omnichannel", [], False),
        ("oauth", [], False),
        ("undoing", [], False),
        ("memberships", ["handover"], False),
        ("status", ["handover"], False),
        ("roles", ["status", "integrations"], False),
        ("totp", ["status"], False),
        ("password", ["status"], False),
    ]
    assert (job.whole, job.leaves_inactive) == (True, True)
    assert "password" not in [step.name for step in offboard(LEAVING, warn).steps]


def test_rooms_are_handed_over_first_and_nothing_else_is_taken_where_that_failed() -> None:
    job = offboard({**LEAVING, "successor": "dave", "memberships": "remove"}, warn)
    assert shape(job) == [
        ("sessions", [], False),
        ("handover", [], False),
        ("integrations", [], False),
        ("omnichannel", [], False),
        ("oauth", [], False),
        ("undoing", [], False),
        ("memberships", ["handover"], False),
        ("status", ["handover"], False),
        ("roles", ["status", "integrations"], False),
        ("totp", ["status"], False),
    ]


@pytest.mark.parametrize("name", [" dave", "dave\n", "   "])
def test_a_successor_whose_name_can_be_nobodys_is_refused_at_once(name: str) -> None:
    with pytest.raises(InputError, match="successor"):
        offboard({**LEAVING, "successor": name}, warn)


def test_what_is_left_of_who_left_is_seen_by_the_steps_of_offboarding_that_only_look() -> None:
    names = [step.name for step in leftovers()]
    assert names == ["vacant", "integrations", "omnichannel", "oauth", "undoing", "memberships", "roles"]
    for step in leftovers():
        assert not step.plan(account(roles=("livechat-agent", "admin")), None).changed


def test_who_is_inactive_keeps_the_second_factor_and_the_password_unless_it_is_forced() -> None:
    for forced in (True, False):
        job = offboard({**LEAVING, "reset_password": True, "force": forced}, warn)
        reasons = {line.step.name: line.unless(account(active=False)) if line.unless else "" for line in job.lines}
        spared = "" if forced else "the account was inactive already"
        assert {name for name, reason in reasons.items() if reason} == ({"totp", "password"} if spared else set())
        assert set(reasons.values()) <= {"", spared}
        assert all(not line.unless or not line.unless(account()) for line in job.lines)


def test_who_comes_back_loses_the_second_factor_last_and_every_session_after_that() -> None:
    job = recover({**BACK, "reset_password": True, "reset_e2ekey": True, "confirm_message_loss": True}, warn)
    assert shape(job) == [
        ("password", [], False),
        ("e2ekey", ["password"], False),
        ("totp", ["password", "e2ekey"], False),
        ("sessions", [], True),
    ]
    assert shape(recover(BACK, warn)) == [("totp", [], False), ("sessions", [], True)]
    assert (job.whole, job.leaves_inactive) == (True, False)


def test_codes_by_e_mail_go_after_totp_and_who_is_deactivated_is_activated_when_all_else_is_done() -> None:
    job = recover({**BACK, "email_factor": "switch_off", "activate": True}, warn)
    assert shape(job) == [
        ("totp", [], False),
        ("email", ["totp"], False),
        ("status", ["totp", "email"], False),
        ("sessions", [], True),
    ]


@pytest.mark.parametrize("wish", [{"activate": True}, {"verify_email": True}, {"email_factor": "restore"}])
def test_nobody_is_signed_out_by_what_takes_nothing_away(wish: dict[str, Any]) -> None:
    names = [step.name for step in recover({**BACK, "reset_totp": False, **wish}, warn).steps]
    assert names in (["status"], ["email"])


@pytest.mark.parametrize(
    "make",
    [
        lambda: reset_e2e_key({"confirm_message_loss": False}),
        lambda: recover({**BACK, "reset_e2ekey": True}, warn),
    ],
)
def test_no_message_is_lost_that_nobody_accepted_to_lose(make: Callable[[], Job]) -> None:
    with pytest.raises(InputError, match="confirm_message_loss"):
        make()


@pytest.mark.parametrize(
    ("job", "active", "code"),
    [
        (offboard(LEAVING, warn), None, "status-not-visible"),
        (offboard(LEAVING, warn), False, None),
        (offboard(LEAVING, warn), True, None),
        (recover(BACK, warn), None, "status-not-visible"),
        (recover(BACK, warn), False, "inactive"),
        (recover(BACK, warn), True, None),
        (recover({**BACK, "activate": True}, warn), False, None),
        (recover({**BACK, "activate": True}, warn), None, "status-not-visible"),
    ],
)
def test_a_job_is_for_accounts_of_which_it_is_known_that_they_fit(
    job: Job, active: bool | None, code: str | None
) -> None:
    assert job.check
    if code is None:
        job.check(account(active=active))
        return
    with pytest.raises(TargetError) as caught:
        job.check(account(active=active))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("emails", "name", "says"),
    [
        ((("a@example.com", True), ("b@example.com", False)), "a@example.com", "by e-mail, to a@example.com, unless"),
        ((("a@example.com", False),), None, ""),
        ((), None, ""),
        (None, "", "if the account has a verified address, which the calling account does not see"),
    ],
)
def test_codes_by_e_mail_are_left_behind_where_some_may_be_asked_for(emails: Any, name: str | None, says: str) -> None:
    job = recover(BACK, warn)
    assert job.leaves
    left = job.leaves(account(emails=emails), (8, 0))
    assert [thing.name for thing in left] == ([] if name is None else [name])
    assert all(thing.kind == "email_codes" and says in thing.cure for thing in left)


@pytest.mark.parametrize(
    ("wish", "address"),
    [
        ({"email_factor": "switch_off"}, None),
        ({"new_email": "new@example.com"}, "new@example.com"),
        ({"verify_email": True}, "a@example.com"),
    ],
)
def test_where_codes_go_when_it_is_done_is_what_counts(wish: dict[str, Any], address: str | None) -> None:
    job = recover({**BACK, **wish}, warn)
    assert job.leaves
    left = job.leaves(account(emails=(("a@example.com", address != "a@example.com"),)), (8, 0))
    assert [thing.name for thing in left] == ([] if address is None else [address])


@pytest.mark.parametrize(
    ("version", "totp", "told"), [((7, 9), True, True), ((8, 0), True, False), ((7, 9), False, False)]
)
def test_a_lost_phone_goes_on_to_be_notified_by_servers_that_keep_it_listed(
    version: tuple[int, int], totp: bool, told: bool
) -> None:
    job = recover({**BACK, "reset_totp": totp, "activate": True}, warn)
    assert job.leaves
    kinds = [thing.kind for thing in job.leaves(account(emails=()), version)]
    assert kinds == (["push_registrations"] if told else [])
