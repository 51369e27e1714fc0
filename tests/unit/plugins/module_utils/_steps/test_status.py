# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Activating and deactivating: nothing twice, and no room lost that nobody accepted to lose."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.rooms import Fate
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.status import Foreseen, Status

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

Person = Callable[..., User]
OWNER = {
    "success": False,
    "error": "Last owner [user-last-owner]",
    "errorType": "user-last-owner",
    "details": {"shouldBeRemoved": ["diary"], "shouldChangeOwner": ["team"]},
}
SECOND = (400, {"success": False, "error": "No [error-x]", "errorType": "error-x"})


@pytest.mark.parametrize(
    ("is_active", "wanted", "changed", "evidence"),
    [
        (True, False, True, "none"),
        (False, False, False, "inactive"),
        (False, True, True, "none"),
        (True, True, False, "active"),
        # Whose state is hidden is written to.
        (None, False, True, "none"),
        (None, True, True, "none"),
    ],
)
def test_nothing_is_done_twice(
    person: Person, is_active: bool | None, wanted: bool, changed: bool, evidence: str
) -> None:
    plan = Status(active=wanted).plan(person(active=is_active), None)
    assert (plan.changed, plan.evidence) == (changed, evidence)
    assert plan.facts == {"active_before": is_active}
    assert plan.reason == ("" if changed else f"it was {evidence} already")


def test_what_was_foreseen_of_one_account_goes_into_its_plan(person: Person) -> None:
    rooms, objection = {"rooms_deleted": ["diary"], "rooms_with_new_owner": []}, TargetError("user-last-owner", "No.")
    fate = Fate(ownerless=("desk",), masked=("den",), open=(("attic", "it is hidden"),))
    plan = Status(active=False).plan(person(), Foreseen(rooms, objection, fate, looked=True))
    assert (plan.effects, plan.objection, list(plan.looked_at)) == (rooms, objection, ["rooms"])
    assert [(thing.kind, thing.name) for thing in plan.left_behind] == [
        ("room", "desk"),
        ("room", "den"),
        ("room", "attic"),
    ]
    assert "it is hidden" in plan.left_behind[2].cure


@pytest.mark.parametrize(
    ("active", "foresee", "rooms"), [(False, True, True), (False, False, False), (True, True, False)]
)
def test_rooms_are_looked_at_only_where_they_can_be_lost(
    person: Person, active: bool, foresee: bool, rooms: bool
) -> None:
    step = Status(active=active, foresee=foresee)
    assert step.rooms is rooms
    scene: Any = None
    assert step.inspect(scene, [person(active=False)]) == {}
    assert rooms or step.inspect(scene, [person()]) == {}


@pytest.mark.parametrize("active", [True, False])
def test_it_is_asked_for_without_confirming(server: ScriptedServer, session: Any, person: Person, active: bool) -> None:
    server.script({"success": True})
    done = Status(active=active, confirm_relinquish=True).act(session, person())
    assert (done.attempts, done.facts) == (1, {"rooms_deleted": [], "rooms_with_new_owner": []})
    assert [seen.json for seen in server.requests] == [
        {"userId": "aliceId", "activeStatus": active, "confirmRelinquish": False}
    ]


def test_rooms_that_would_be_lost_are_refused_with_their_names(
    server: ScriptedServer, session: Any, person: Person
) -> None:
    server.script((400, OWNER))
    with pytest.raises(TargetError) as caught:
        Status(active=False).act(session, person())
    assert (caught.value.code, caught.value.attempts) == ("user-last-owner", 1)
    assert caught.value.details["rooms_deleted"] == ["diary"]
    assert "deleted with all their messages: diary" in caught.value.message
    assert "another owner: team" in caught.value.message
    assert len(server.requests) == 1


def test_where_that_is_accepted_the_second_request_confirms_and_the_rooms_are_told(
    server: ScriptedServer, session: Any, person: Person
) -> None:
    server.script((400, OWNER), {"success": True})
    step = Status(active=False, confirm_relinquish=True)
    done = step.act(session, person())
    assert [seen.json["confirmRelinquish"] for seen in server.requests] == [False, True]
    assert (done.attempts, done.facts) == (2, {"rooms_deleted": ["diary"], "rooms_with_new_owner": ["team"]})
    assert step.told(done.facts) == "deactivated; rooms deleted: diary; rooms with a new owner: team"


def test_a_confirmation_that_fails_keeps_what_was_at_stake(
    server: ScriptedServer, session: Any, person: Person
) -> None:
    server.script((400, OWNER), SECOND)
    with pytest.raises(RocketChatError) as caught:
        Status(active=False, confirm_relinquish=True).act(session, person())
    assert (caught.value.code, caught.value.attempts) == ("error-x", 2)
    assert caught.value.details["rooms_with_new_owner"] == ["team"]


def test_any_other_refusal_is_the_servers(server: ScriptedServer, session: Any, person: Person) -> None:
    server.script(SECOND)
    with pytest.raises(RocketChatError) as caught:
        Status(active=False, confirm_relinquish=True).act(session, person())
    assert caught.value.code == "error-x"
    assert len(server.requests) == 1


@pytest.mark.parametrize("wanted", [True, False])
def test_an_account_in_the_other_state_contradicts(person: Person, wanted: bool) -> None:
    step = Status(active=wanted)
    assert step.contradicts(person(active=wanted)) == ""
    assert step.contradicts(person(active=None)) == ""
    state = "inactive" if wanted else "active"
    assert step.contradicts(person(active=not wanted)).endswith(f"and yet the account is {state}")
