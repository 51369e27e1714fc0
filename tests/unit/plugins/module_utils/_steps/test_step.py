# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every step is and does unless it says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.e2e_key import E2EKey
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.password import Password
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.sessions import Sessions
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.status import Status
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Done, Past, Plan, Step
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.totp import Totp

Person = Callable[..., User]
PAST = Past("2026-03-01T12:00:00.000Z", "done on 2026-03-01", quiet=True)
STEPS = [
    Sessions(),
    Status(active=True),
    Status(active=False),
    Totp(lambda _words: None),
    Password(),
    E2EKey(),
]


class Plain(Step):
    """A step that says nothing of itself."""

    deed = "done it"

    def plan(self, _user: User, _seen: Any) -> Plan:
        """Nothing to do."""
        return Plan(changed=False)

    def act(self, _session: Any, _user: User) -> Done:
        """Nothing done."""
        return Done(0)


class Telling(Plain):
    """A step whose result has evidence."""

    blank: ClassVar[dict[str, Any]] = {"evidence": "none"}


def test_a_step_refuses_nobody_and_looks_at_nothing_by_itself(person: Person) -> None:
    step = Plain()
    step.check(person())
    scene: Any = None
    assert step.inspect(scene, [person()]) == {}
    assert step.contradicts(person()) == ""
    assert step.told({}) == "done it"


def test_what_an_earlier_run_did_is_spared_with_its_reason() -> None:
    plan = Plain().spared(PAST)
    assert (plan.changed, plan.reason, plan.evidence, plan.facts) == (False, "done on 2026-03-01", "ledger", {})
    # Only a result that has evidence tells of it there.
    assert Telling().spared(PAST).facts == {"evidence": "ledger"}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.name} {step.label}")
def test_every_step_can_be_told_of(step: Step, person: Person) -> None:
    assert step.name.isascii()
    assert step.label
    assert step.deed
    assert step.actions
    assert step.told(dict(step.blank))
    plan = step.plan(person(active=None), None)
    assert plan.changed
    assert set(plan.facts) | set(plan.effects) <= set(step.blank)
    assert plan.before.endswith("\n")
    assert plan.after.endswith("\n")
    assert plan.before != plan.after


def test_no_two_steps_share_a_name_but_the_two_ways_of_a_status() -> None:
    assert sorted(step.name for step in STEPS) == ["e2ekey", "password", "sessions", "status", "status", "totp"]


def test_whoever_must_sign_in_again_is_known() -> None:
    assert [step.ends_sessions for step in STEPS] == [True, False, True, False, True, True]
    assert Totp(lambda _words: None, end_sessions=True).ends_sessions
