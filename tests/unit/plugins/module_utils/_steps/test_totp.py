# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking TOTP away: what vouches for it that nothing needs doing, and what is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import END_SESSIONS, RESET_TOTP
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Past
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.totp import Totp, planned

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

Person = Callable[..., User]
FORBIDDEN = (400, {"success": False, "error": "No [error-not-allowed]", "errorType": "error-not-allowed"})


def quietly(**more: Any) -> Totp:
    """Return the step, which warns of nothing."""

    def warn(words: str) -> None:
        raise AssertionError(words)

    return Totp(warn, **more)


@pytest.mark.parametrize(("seconds", "evidence"), [(-1, "none"), (0, "none"), (1, "last_reset")])
@pytest.mark.parametrize("mapping", [False, True])
def test_a_reset_counts_where_nobody_signed_in_since(
    person: Person, seconds: int, evidence: str, mapping: bool
) -> None:
    user = person()
    assert user.last_login
    moment = user.last_login + timedelta(seconds=seconds)
    plan = quietly(last_reset={"alice": moment} if mapping else moment).plan(user, None)
    assert (plan.evidence, plan.changed) == (evidence, evidence == "none")
    assert plan.facts["totp_enabled_before"] is (None if plan.changed else False)
    assert plan.reason == ("" if plan.changed else "nobody has signed in since the last reset")


def test_the_time_of_another_account_does_not_count(person: Person) -> None:
    user = person()
    assert user.last_login
    assert quietly(last_reset={"bob": user.last_login + timedelta(days=1)}).plan(user, None).changed


def test_a_time_is_of_no_use_where_the_last_login_is_hidden_and_that_is_told(person: Person) -> None:
    login = person().last_login
    assert login
    words: list[str] = []
    plan = Totp(words.append, last_reset=login + timedelta(days=1)).plan(person(last_login=None, full_view=False), None)
    assert plan.changed
    assert len(words) == 1
    assert "view-full-other-user-info" in words[0]


def test_who_never_logged_in_has_none_unless_it_is_forced(person: Person) -> None:
    ned = person(logged_in_ever=False, last_login=None)
    plan = quietly().plan(ned, None)
    assert (plan.changed, plan.evidence, plan.reason) == (
        False,
        "never_logged_in",
        "nobody ever signed in to the account",
    )
    assert quietly(force=True).plan(ned, None).changed


@pytest.mark.parametrize(("quiet", "before"), [(True, False), (False, None)])
def test_an_earlier_run_tells_that_there_is_none_only_where_nobody_could_enrol_since(
    quiet: bool, before: bool | None
) -> None:
    plan = quietly().spared(Past("then", "done for this ticket before", quiet=quiet))
    assert (plan.changed, plan.evidence, plan.reason) == (False, "ledger", "done for this ticket before")
    assert plan.facts == {"totp_enabled_before": before, "evidence": "ledger"}


def test_it_is_reset_by_the_id(server: ScriptedServer, session: Any, person: Person) -> None:
    server.script({"success": True})
    assert quietly().act(session, person()).attempts == 1
    assert [(seen.path, seen.json) for seen in server.requests] == [("/api/v1/users.resetTOTP", {"userId": "aliceId"})]


def test_sessions_end_after_the_reset_where_they_are_to(server: ScriptedServer, session: Any, person: Person) -> None:
    server.script({"success": True}, {"success": True})
    step = quietly(end_sessions=True)
    assert step.actions == (RESET_TOTP, END_SESSIONS)
    step.act(session, person())
    assert [seen.path for seen in server.requests] == ["/api/v1/users.resetTOTP", "/api/v1/users.logout"]


def test_sessions_that_could_not_be_ended_do_not_hide_the_reset(
    server: ScriptedServer, session: Any, person: Person
) -> None:
    server.script({"success": True}, FORBIDDEN)
    with pytest.raises(RocketChatError) as caught:
        quietly(end_sessions=True).act(session, person())
    assert caught.value.details["done"] == ["users.resetTOTP"]
    assert caught.value.attempts == 1


@pytest.mark.parametrize(("ended", "says"), [(True, "; sessions ended"), (None, ""), (False, "")])
def test_it_is_told_what_is_known_to_be_gone(ended: bool | None, says: str) -> None:
    words = "removed, if there was one (the server does not tell)"
    assert quietly().told({"totp_enabled_before": True, "sessions_ended": ended}) == f"removed{says}"
    assert quietly().told({"sessions_ended": ended}) == words + says


@pytest.mark.parametrize(
    ("before", "end_sessions", "effect", "line"),
    [
        (True, False, True, "ended\n"),
        (None, True, True, "ended\n"),
        (None, False, None, "ended, if there was a TOTP to reset\n"),
    ],
)
def test_whether_sessions_end_depends_on_what_was_there(
    before: bool | None, end_sessions: bool, effect: bool | None, line: str
) -> None:
    plan = planned(changed=True, before=before, evidence="none", end_sessions=end_sessions)
    assert plan.effects == {"sessions_ended": effect}
    assert plan.after.endswith(f"sessions and personal access tokens: {line}")
