# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new password: random and mailed, or given; claimed only where the server obeyed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.password import Password

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

Person = Callable[..., User]
GIVEN = "tulip-Harbour-41"
ALICE = {"_id": "aliceId", "username": "alice", "canViewAllInfo": True}
OBEYED = {"user": {**ALICE, "requirePasswordChange": True}, "success": True}


def test_who_is_not_shown_whole_is_refused(person: Person) -> None:
    with pytest.raises(Refused) as caught:
        Password(GIVEN).check(person(full_view=False))
    assert caught.value.code == "profile-not-visible"


def test_a_random_one_takes_an_address_to_mail_it_to(person: Person) -> None:
    unknown, other = ("new@example.com", False), ("a@example.com", True)
    for emails, code in (((), "no-email-address"), ((unknown, other), "address-not-verified")):
        with pytest.raises(TargetError) as caught:
            Password().check(person(emails=emails))
        assert caught.value.code == code
        for step in (Password(GIVEN), Password(forgotten=True)):
            step.check(person(emails=emails))
    Password().check(person(emails=(other, unknown)))


def test_one_that_nobody_learns_is_another_each_time(server: ScriptedServer, session: Any, person: Person) -> None:
    step = Password(forgotten=True)
    for _time in range(2):
        server.script({"user": ALICE}, OBEYED)
        step.act(session, person())
    sent = [seen.json["data"] for seen in server.sent("POST")]
    assert [set(data) for data in sent] == [{"password", "requirePasswordChange"}] * 2
    passwords = {data["password"] for data in sent}
    assert len(passwords) == 2
    assert all(len(password) >= 16 for password in passwords)
    plan = step.plan(person(), None)
    assert plan.effects == {"mailed_to": None}
    assert "password: random, known to nobody\n" in plan.after


@pytest.mark.parametrize(
    ("given", "require", "mailed", "lines"),
    [
        (None, True, "alice@example.com", ["random, mailed to its owner", "required"]),
        (GIVEN, True, None, ["the one given", "required"]),
        (GIVEN, False, None, ["the one given"]),
    ],
)
def test_it_is_always_replaced_and_never_shown(
    person: Person, given: str | None, require: bool, mailed: str | None, lines: list[str]
) -> None:
    plan = Password(given, require_change=require).plan(person(), None)
    assert (plan.changed, plan.effects) == (True, {"mailed_to": mailed})
    assert all(line in plan.after for line in lines)
    assert ("at the next login" in plan.after) is require
    assert GIVEN not in plan.before + plan.after


@pytest.mark.parametrize(("given", "remembered"), [(None, True), (GIVEN, False)])
def test_who_gives_a_password_wants_that_one_whatever_was_done_before(given: str | None, remembered: bool) -> None:
    assert Password(given).remembered is remembered


@pytest.mark.parametrize(
    ("given", "data"),
    [
        # Without the address the server mails a random one to nobody.
        (None, {"requirePasswordChange": True, "setRandomPassword": True, "email": "alice@example.com"}),
        (GIVEN, {"requirePasswordChange": True, "password": GIVEN}),
    ],
)
def test_what_is_sent(
    server: ScriptedServer, session: Any, person: Person, given: str | None, data: dict[str, Any]
) -> None:
    server.script({"user": ALICE}, OBEYED)
    assert Password(given).act(session, person()).attempts == 1
    assert [seen.json for seen in server.sent("POST")] == [{"userId": "aliceId", "data": data}]


@pytest.mark.parametrize(
    ("user", "require", "obeyed"),
    [
        ({"requirePasswordChange": True}, True, True),
        ({"requirePasswordChange": False}, True, False),
        ({}, True, False),
        ({}, False, True),
        # An answer that shows nothing shows no disobedience.
        (None, True, True),
    ],
)
def test_success_is_believed_only_where_the_account_shows_it(
    server: ScriptedServer, session: Any, person: Person, user: dict[str, Any] | None, require: bool, obeyed: bool
) -> None:
    server.script({"user": ALICE}, {"user": None if user is None else {**ALICE, **user}, "success": True})
    step = Password(GIVEN, require_change=require)
    if obeyed:
        step.act(session, person())
        return
    with pytest.raises(Refused) as caught:
        step.act(session, person())
    assert (caught.value.code, caught.value.ends_run) == ("password-ignored", True)


@pytest.mark.parametrize(("code", "done"), [("error-email-send-failed", ["password changed"]), ("error-x", None)])
def test_a_mail_that_was_not_sent_comes_after_the_change(
    server: ScriptedServer, session: Any, person: Person, code: str, done: list[str] | None
) -> None:
    server.script({"user": ALICE}, (400, {"success": False, "error": f"No [{code}]", "errorType": code}))
    with pytest.raises(Refused) as caught:
        Password().act(session, person())
    assert caught.value.details.get("done") == done


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (Password(), "random, mailed to its owner"),
        (Password(GIVEN), "the one given"),
        (Password(forgotten=True), "random, known to nobody"),
    ],
)
def test_it_is_told_where_it_went(step: Password, says: str) -> None:
    assert step.told({}) == f"{says}; sessions ended"


@pytest.mark.parametrize(("shown", "require", "wrong"), [(False, True, True), (True, True, False), (None, True, False)])
def test_an_account_that_need_not_change_it_contradicts(
    person: Person, shown: bool | None, require: bool, wrong: bool
) -> None:
    assert bool(Password(require_change=require).contradicts(person(require_password_change=shown))) is wrong
    assert Password(require_change=False).contradicts(person(require_password_change=shown)) == ""
