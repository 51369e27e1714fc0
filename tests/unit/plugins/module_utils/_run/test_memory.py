# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What earlier runs spare this one: only what they surely did, to whom nothing happened since."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.ledger import Entry, Memory
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._run import memory as module
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.job import Job, Line, one
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.memory import Recall, here
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.password import Password
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.profile import Profile, Wish
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.secret_file import SecretFile
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.sessions import Sessions
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.status import Status
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.totp import Totp

BEGAN = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)  # noqa: UP017
SECOND = timedelta(seconds=1)
TOTP = Totp(lambda _words: None)
RESET = one(TOTP, "reset")
LEAVE = Job("offboard", "offboarded", [Line(Sessions()), Line(TOTP)], whole=True, leaves_inactive=True)

MakeUser = Callable[..., User]


def alice(**more: Any) -> User:
    """Return who signed in long before the run of these tests."""
    given: dict[str, Any] = {"full_view": True, "last_login": BEGAN - timedelta(days=1), "active": True, **more}
    return User("aliceId", "alice", federated=False, **given)


def entry(**more: Any) -> Entry:
    """Return a run that ended, and took TOTP and the sessions of alice away."""
    given = {
        "run": "r1",
        "job": "totp",
        "ticket": "INC-1",
        "process": "",
        "began": BEGAN,
        "users": {"aliceId": "alice"},
        "done": {"aliceId": ["totp", "sessions"]},
        "ended": True,
        **more,
    }
    return Entry(**given)


def recall(*entries: Entry, job: Job = RESET, ticket: str | None = None, **more: Any) -> Recall:
    """Return what a run makes of these, newest first."""
    given = {"since": None, "now": BEGAN + timedelta(hours=1), **more}
    return Recall(Memory(entries), job, ticket, **given)


class TestQuiet:
    """A step counts where its run ended the sessions as well, and nobody has signed in since."""

    @pytest.mark.parametrize(
        ("login", "counts"),
        [
            (None, True),
            (BEGAN - SECOND, True),
            # Between the message and the step: that session ended with the others, and counts as later all the same.
            (BEGAN, False),
            (BEGAN + SECOND, False),
        ],
    )
    def test_a_login_since_the_first_message_makes_it_worthless(self, login: datetime | None, counts: bool) -> None:
        past = recall(entry()).past(alice(last_login=login), TOTP)
        assert (past is not None) is counts
        assert past is None or past.quiet

    def test_it_is_told_when_and_for_what(self) -> None:
        past = recall(entry()).past(alice(), TOTP)
        assert past
        assert past.at == "2026-03-02T09:00:00.000Z"
        assert past.reason == "done on 2026-03-02T09:00:00.000Z for INC-1, and nobody has signed in since"

    def test_where_sessions_went_on_nobody_had_to_sign_in(self) -> None:
        assert recall(entry(done={"aliceId": ["totp"]})).past(alice(), TOTP) is None

    def test_a_list_tells_of_the_last_login_without_the_full_view(self) -> None:
        past = recall(entry()).past(alice(full_view=False), TOTP)
        assert past and past.quiet

    def test_where_the_last_login_is_hidden_it_is_not_known(self) -> None:
        assert recall(entry()).past(alice(full_view=False, last_login=None), TOTP) is None

    @pytest.mark.parametrize("users", [{"bobId": "bob"}, {}])
    def test_what_was_done_to_others_counts_for_nobody_else(self, users: dict[str, str]) -> None:
        assert recall(entry(users=users, done={"bobId": ["totp", "sessions"]})).past(alice(), TOTP) is None

    def test_a_step_that_was_not_taken_is_not(self) -> None:
        assert recall(entry(done={"aliceId": ["sessions"]})).past(alice(), TOTP) is None

    @pytest.mark.parametrize("step", [Status(active=False), Password("tulip-Harbour-41")])
    def test_what_the_server_shows_or_the_task_wants_is_not_remembered(self, step: Any) -> None:
        past = recall(entry(done={"aliceId": [step.name, "sessions"]}))
        assert past.past(alice(), step) is None

    @pytest.mark.parametrize(
        "step",
        [Password("tulip-Harbour-41"), Password(forgotten=True), Profile(Wish(password_file=SecretFile("shown-once")))],
    )
    def test_a_password_that_its_owner_was_not_mailed_counts_for_none_that_is(self, step: Any) -> None:
        past = recall(entry(done={"aliceId": [step.known_as, "sessions"]}))
        for mailed in (Password(), Profile(Wish(mail_password=True))):
            assert past.past(alice(), mailed) is None
            assert recall(entry(done={"aliceId": [mailed.known_as, "sessions"]})).past(alice(), mailed)

    def test_force_forgets(self) -> None:
        assert recall(entry(), force=True, ticket="INC-1", since=BEGAN).past(alice(), TOTP) is None


class TestTicket:
    """The same ticket of the same job does nothing twice, whoever has signed in."""

    SINCE = alice(last_login=BEGAN + timedelta(minutes=5))

    @pytest.mark.parametrize(
        ("ticket", "more", "counts"),
        [
            ("INC-1", {}, True),
            ("INC-1", {"done": {"aliceId": ["totp"]}}, True),
            ("INC-2", {}, False),
            (None, {}, False),
            (None, {"ticket": None}, False),
            ("INC-1", {"job": "recover"}, False),
        ],
    )
    def test_it_must_be_the_same(self, ticket: str | None, more: dict[str, Any], counts: bool) -> None:
        past = recall(entry(**more), ticket=ticket).past(self.SINCE, TOTP)
        assert (past is not None) is counts
        # Whoever signed in since may have enrolled again.
        assert past is None or not past.quiet

    def test_it_is_told(self) -> None:
        past = recall(entry(), ticket="INC-1").past(self.SINCE, TOTP)
        assert past
        assert past.reason == "done for this ticket before, on 2026-03-02T09:00:00.000Z"

    @pytest.mark.parametrize(("active", "counts"), [(True, False), (False, True)])
    def test_who_was_offboarded_and_works_again_is_offboarded_again(self, active: bool, counts: bool) -> None:
        user = alice(active=active, last_login=BEGAN + SECOND)
        past = recall(entry(job="offboard"), job=LEAVE, ticket="INC-1").past(user, TOTP)
        assert (past is not None) is counts


@pytest.mark.parametrize(("since", "counts"), [(BEGAN - SECOND, True), (BEGAN, True), (BEGAN + SECOND, False)])
def test_what_was_done_since_a_time_that_the_task_names_is_enough(since: datetime, counts: bool) -> None:
    past = recall(entry(done={"aliceId": ["totp"]}), since=since).past(alice(last_login=BEGAN + SECOND), TOTP)
    assert (past is not None) is counts
    assert past is None or past.reason.endswith("which is enough (since)")


class TestBegun:
    """Whom a run began with and is not known to have finished."""

    @pytest.mark.parametrize(
        ("more", "begun"),
        [
            ({"ended": False, "done": {}}, True),
            # Who was inactive before a run that ended was left so; whom it deactivated it meant to finish.
            ({"done": {}}, False),
            ({"done": {"aliceId": ["sessions"]}}, False),
            ({"done": {"aliceId": ["sessions", "status"]}}, True),
            ({}, False),
            ({"job": "recover", "done": {}}, False),
            ({"users": {"bobId": "bob"}, "done": {}}, False),
        ],
    )
    def test_is_told_by_the_newest_run_of_the_same_job(self, more: dict[str, Any], begun: bool) -> None:
        assert recall(entry(**more)).begun(alice(), TOTP) is begun
        # A later one that took the step makes up for it.
        assert not recall(entry(run="r2"), entry(**more)).begun(alice(), TOTP)

    def test_whom_nobody_began_with_was_not_begun(self) -> None:
        assert not recall().begun(alice(), TOTP)


class TestUnfinished:
    """What the last run of a job may have left half done for somebody."""

    @pytest.mark.parametrize(
        ("more", "unfinished"),
        [
            ({"ended": False, "done": {}}, True),
            ({"done": {"aliceId": ["sessions"]}}, True),
            # It came to its end without anything to do there.
            ({"done": {"aliceId": ["sessions", "status"]}}, False),
            ({"ended": False, "done": {"aliceId": ["totp"]}}, False),
            ({"job": "recover", "ended": False, "done": {}}, False),
            ({"users": {"bobId": "bob"}, "ended": False, "done": {}}, False),
        ],
    )
    def test_is_told_by_the_newest_run_of_the_same_job(self, more: dict[str, Any], unfinished: bool) -> None:
        assert recall(entry(**more)).unfinished(alice(), TOTP) is unfinished
        assert not recall(entry(run="r2"), entry(**more)).unfinished(alice(), TOTP)

    @pytest.mark.parametrize("kept", [True, False])
    def test_where_no_run_is_known_of_only_a_ledger_tells_that_there_was_none(self, kept: bool) -> None:
        """Without a ledger, what the server shows half done may be a run of this job that broke off."""
        known = Recall(Memory((), kept=kept), RESET, None, None, None)
        assert known.unfinished(alice(), TOTP) is not kept


class TestOthers:
    """Another run that is at work keeps this one off its people."""

    @pytest.mark.parametrize(
        ("minutes", "more", "off"),
        [
            (1, {}, True),
            (14, {}, True),
            (15, {}, False),
            (60, {}, False),
            (1, {"ended": True}, False),
            (1, {"users": {"bobId": "bob"}}, False),
            # Whatever it does: two jobs on one account at a time cannot both be right.
            (1, {"job": "recover"}, True),
        ],
    )
    def test_on_another_host_for_a_quarter_of_an_hour(self, minutes: int, more: dict[str, Any], off: bool) -> None:
        given = {"ended": False, "done": {}, "process": "elsewhere/1.2", **more}
        known = recall(entry(**given), now=BEGAN + timedelta(minutes=minutes))
        if not off:
            known.check_nobody_else(alice())
            return
        with pytest.raises(TargetError) as caught:
            known.check_nobody_else(alice())
        assert caught.value.code == "another-run"
        assert "Another run for INC-1 began with alice on 2026-03-02T09:00:00.000Z" in caught.value.message
        recall(entry(**given), now=BEGAN, force=True).check_nobody_else(alice())

    def test_where_the_server_does_not_tell_the_time_nobody_is_kept_off(self) -> None:
        recall(entry(ended=False, process="elsewhere/1.2"), now=None).check_nobody_else(alice())

    def test_on_this_host_as_long_as_its_process_lives(self) -> None:
        other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        try:
            process = f"{socket.gethostname()}/{other.pid}.{module._begun(other.pid)}"
            known = recall(entry(ended=False, process=process), now=BEGAN + timedelta(days=1))
            with pytest.raises(TargetError):
                known.check_nobody_else(alice())
            assert known.told() == []
        finally:
            other.communicate()
        known.check_nobody_else(alice())
        assert len(known.told()) == 1

    @pytest.mark.parametrize("process", ["", "x", "-1.5", "0x10.5", "٣.5", "99999999999999999999.5"])
    def test_what_is_no_process_is_not_at_work(self, process: str) -> None:
        alive = process.startswith("999")  # A number that no host can have is told by no host to be gone.
        known = recall(entry(ended=False, process=f"{socket.gethostname()}/{process}"), now=BEGAN)
        if alive:
            with pytest.raises(TargetError):
                known.check_nobody_else(alice())
        else:
            known.check_nobody_else(alice())

    def test_a_number_that_another_process_has_by_now_is_not_it(self) -> None:
        begun = module._begun(os.getpid())
        assert begun.isdigit()
        process = f"{socket.gethostname()}/{os.getpid()}.{int(begun) - 1}"
        recall(entry(ended=False, process=process), now=BEGAN).check_nobody_else(alice())

    def test_a_process_of_another_user_lives(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def kill(_pid: int, _signal: int) -> None:
            raise PermissionError

        monkeypatch.setattr(os, "kill", kill)
        with pytest.raises(TargetError):
            recall(entry(ended=False, process=f"{socket.gethostname()}/1.2"), now=BEGAN).check_nobody_else(alice())


def test_this_process_is_told_from_all_others() -> None:
    host, _slash, rest = here().partition("/")
    pid, _dot, begun = rest.partition(".")
    assert (host, pid) == (socket.gethostname(), str(os.getpid()))
    assert begun == module._begun(os.getpid())


def test_a_process_that_is_gone_began_at_no_time() -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert module._begun(done.pid) == ""


class TestTold:
    """What a run warns of at its start."""

    def test_a_run_that_broke_off_is_told_with_its_people(self) -> None:
        broken = entry(ended=False, done={}, users={f"id{number}": f"user{number}" for number in range(11)})
        (words,) = recall(broken).told()
        assert "A run of the job totp for INC-1 began on 2026-03-02T09:00:00.000Z and never ended" in words
        assert "user0, user1" in words
        assert "user9, ..." in words
        assert "user10" not in words

    def test_one_that_is_at_work_or_ended_is_not(self) -> None:
        assert recall(entry()).told() == []
        assert recall(entry(ended=False, process="elsewhere/1.2"), now=BEGAN).told() == []

    def test_messages_that_cannot_be_read_are_told_once(self) -> None:
        known = Recall(Memory((), unreadable=3), RESET, None, None, None)
        (words,) = known.told()
        assert words.startswith("3 messages of the ledger")


@pytest.mark.parametrize(
    ("ticket", "more", "expected"),
    [
        ("INC-1", {}, True),
        ("INC-1", {"ended": False, "done": {}}, True),
        ("INC-2", {}, False),
        (None, {"ticket": None}, False),
        ("INC-1", {"job": "offboard"}, False),
        ("INC-1", {"users": {"bobId": "bob"}}, False),
    ],
)
def test_what_was_begun_for_this_very_ticket_is_known(ticket: str | None, more: dict[str, Any], expected: bool) -> None:
    assert recall(entry(**more), ticket=ticket).for_this_ticket(alice()) is expected
