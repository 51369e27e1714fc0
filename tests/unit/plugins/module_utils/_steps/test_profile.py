# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mailbox, verification and password in one request; refused where it would harm, claimed only where it shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import EMAIL_VERIFICATION
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.profile import Profile, Wish
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.secret_file import SecretFile

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

Person = Callable[..., User]
NEW = "new@example.com"
ALICE = {
    "_id": "aliceId",
    "username": "alice",
    "canViewAllInfo": True,
    "bio": "Me.",
    "emails": [{"address": "alice@example.com", "verified": True}],
}
BAD = (("alice@example.com", False),)
TWO = (("alice@example.com", True), ("second@example.com", True))


def seen(objection: TargetError | None = None, version: tuple[int, int] = (8, 6)) -> Any:
    """Return what was found out about an account."""
    return version, objection


@pytest.mark.parametrize(
    ("wish", "emails", "code"),
    [
        (Wish(mail_password=True), (("alice@example.com", True),), None),
        (Wish(mail_password=True), BAD, "address-not-verified"),
        (Wish(mail_password=True), (*BAD, ("second@example.com", True)), "address-not-verified"),
        (Wish(mail_password=True), (), "no-email-address"),
        (Wish(mail_password=True, verified=True, vouched=True), BAD, None),
        # That a mailbox is to get codes again does not say who reads it now.
        (Wish(mail_password=True, verified=True), BAD, "address-not-verified"),
        (Wish(NEW, verified=True, mail_password=True), (), None),
        (Wish(verified=True), (), "no-email-address"),
        (Wish(verified=False), TWO, "email-factor-stays"),
        (Wish(verified=False), (("alice@example.com", True), ("second@example.com", False)), None),
        (Wish(NEW, verified=True), (*BAD, (NEW, True)), "address-taken"),
        (Wish("Alice@example.com", verified=True), BAD, "address-taken"),
        (Wish("alice@example.com", verified=True), BAD, None),
        # The server changes nothing then, and whoever reads the others goes on reading codes.
        (Wish("alice@example.com", verified=True), TWO, "address-taken"),
    ],
)
def test_who_would_not_be_helped_is_refused(person: Person, wish: Wish, emails: Any, code: str | None) -> None:
    if code is None:
        Profile(wish).check(person(emails=emails))
        return
    with pytest.raises(TargetError) as caught:
        Profile(wish).check(person(emails=emails))
    assert caught.value.code == code
    assert "new_email" in caught.value.message


def test_who_is_not_shown_whole_is_refused(person: Person) -> None:
    with pytest.raises(RocketChatError) as caught:
        Profile(Wish(verified=True)).check(person(full_view=False, emails=None))
    assert caught.value.code == "profile-not-visible"


@pytest.mark.parametrize(
    ("wish", "name", "label", "deed", "remembered"),
    [
        (Wish(mail_password=True), "password", "Password", "password replaced", True),
        (Wish(verified=False), "email", "E-mail", "e-mail codes switched off", False),
        (Wish(verified=True), "email", "E-mail", "e-mail address verified", False),
        (
            Wish(NEW, verified=True, mail_password=True),
            "password",
            "E-mail and password",
            "password replaced and e-mail address replaced",
            False,
        ),
    ],
)
def test_what_it_is_called_and_whether_an_earlier_run_counts(
    wish: Wish, name: str, label: str, deed: str, remembered: bool
) -> None:
    step = Profile(wish)
    assert (step.name, step.label, step.deed, step.remembered) == (name, label, deed, remembered)
    assert (step.certain is not None, len(step.actions)) == (wish.password, 2 if wish.password else 1)


@pytest.mark.parametrize(
    ("wish", "emails", "changed"),
    [
        (Wish(verified=True), BAD, True),
        (Wish(verified=True), (("alice@example.com", True),), False),
        (Wish(verified=False), BAD, False),
        (Wish(NEW, verified=True), ((NEW, True),), False),
        (Wish(NEW, verified=True), ((NEW, False),), True),
        (Wish(mail_password=True), (("alice@example.com", True),), True),
    ],
)
def test_what_is_so_already_is_no_change(person: Person, wish: Wish, emails: Any, changed: bool) -> None:
    plan = Profile(wish).plan(person(emails=emails), seen())
    assert plan.changed is changed
    assert bool(plan.reason) is not changed


def test_the_diff_shows_enough_of_an_address_and_no_password(person: Person) -> None:
    plan = Profile(Wish(NEW, verified=True, mail_password=True)).plan(person(), seen())
    assert "e-mail: a***@example.com (verified)\n" in plan.before
    assert "e-mail: n***@example.com (verified)\n" in plan.after
    assert "password: random, mailed to its owner\n" in plan.after
    assert plan.effects == {"mailed_to": NEW}


@pytest.mark.parametrize(
    ("version", "kinds"), [((7, 12), ["password_link", "second_factor"]), ((7, 13), ["password_link"])]
)
def test_what_switching_codes_off_leaves_behind(person: Person, version: tuple[int, int], kinds: list[str]) -> None:
    plan = Profile(Wish(verified=False)).plan(person(), seen(version=version))
    assert [thing.kind for thing in plan.left_behind] == kinds
    assert not Profile(Wish(verified=True)).plan(person(), seen(version=version)).left_behind


@pytest.mark.parametrize(
    ("wish", "emails", "names"),
    [
        (Wish(password_file=SecretFile("password")), TWO, ["a***@example.com", "s***@example.com"]),
        (Wish(password_file=SecretFile("password")), (), []),
        (Wish(NEW, verified=True, password_file=SecretFile("password")), TWO, []),
        (Wish(mail_password=True), TWO, []),
    ],
)
def test_a_mailbox_that_is_lost_and_stays_the_accounts_lets_its_reader_in(
    person: Person, wish: Wish, emails: Any, names: list[str]
) -> None:
    plan = Profile(wish).plan(person(emails=emails), seen())
    assert [(thing.kind, thing.name) for thing in plan.left_behind] == [("password_link", name) for name in names]
    assert all("codes are mailed" not in thing.cure for thing in plan.left_behind)


@pytest.mark.parametrize(
    ("wish", "was"),
    [
        (Wish(NEW, verified=True), {"emails": ["a***@example.com (verified)", "s***@example.com (verified)"]}),
        (Wish(verified=True), {}),
        (Wish(mail_password=True), {}),
    ],
)
def test_addresses_that_are_replaced_are_written_down_before_but_not_in_full(
    person: Person, wish: Wish, was: dict[str, Any]
) -> None:
    assert Profile(wish).plan(person(emails=TWO), seen()).was == was


@pytest.mark.parametrize(
    ("settings", "version", "roles", "refused"),
    [
        ({EMAIL_VERIFICATION: False}, (8, 6), ("user",), False),
        ({EMAIL_VERIFICATION: True}, (8, 6), ("user",), True),
        ({EMAIL_VERIFICATION: True}, (8, 6), ("user", "admin"), False),
        ({}, (8, 6), ("user",), True),
        ({EMAIL_VERIFICATION: False}, (7, 12), ("user", "strict"), True),
        ({EMAIL_VERIFICATION: False}, (7, 12), ("user",), False),
        ({EMAIL_VERIFICATION: False}, (7, 13), ("user", "strict"), False),
    ],
)
def test_codes_are_not_switched_off_where_that_locks_out(
    server: ScriptedServer, session: Any, person: Person, settings: Any, version: Any, roles: Any, refused: bool
) -> None:
    server.route("/api/v1/roles.list", {"roles": [{"_id": "strict", "mandatory2fa": True}], "success": True})
    session.version, session.workspace = version, SimpleNamespace(settings=lambda: settings)
    user = person(roles=roles)
    found = Profile(Wish(verified=False)).inspect(SimpleNamespace(session=session), [user])  # type: ignore[arg-type]
    (_version, objection) = found[user.user_id]
    assert (objection.code if objection else None) == ("email-factor-needed" if refused else None)


@pytest.mark.parametrize(
    ("holders", "code"), [([], None), (["bob"], "address-taken"), (["bob", "carol"], "address-taken")]
)
def test_an_address_must_be_nobodys(
    server: ScriptedServer, session: Any, person: Person, holders: list[str], code: str | None
) -> None:
    rows = [{"_id": f"{name}Id", "username": name, "emails": [{"address": "NEW@example.com"}]} for name in holders]
    server.route("/api/v1/users.listByStatus", {"users": rows, "total": len(rows), "success": True})
    session.version = (8, 6)
    user = person()
    found = Profile(Wish(NEW, verified=True)).inspect(SimpleNamespace(session=session), [user])  # type: ignore[arg-type]
    (_version, objection) = found[user.user_id]
    assert (objection.code if objection else None) == code
    same = Profile(Wish("alice@example.com", verified=True)).inspect(SimpleNamespace(session=session), [user])  # type: ignore[arg-type]
    assert same[user.user_id] == ((8, 6), None)


@pytest.mark.parametrize(
    ("wish", "data"),
    [
        (Wish(verified=False), {"verified": False}),
        (Wish(NEW, verified=True), {"email": NEW, "verified": True}),
        (
            Wish(mail_password=True),
            {"email": "alice@example.com", "setRandomPassword": True, "requirePasswordChange": True},
        ),
        (
            Wish(NEW, verified=True, mail_password=True),
            {"email": NEW, "verified": True, "setRandomPassword": True, "requirePasswordChange": True},
        ),
    ],
)
def test_all_of_it_is_one_request_that_loses_nothing(
    server: ScriptedServer, session: Any, person: Person, wish: Wish, data: dict[str, Any]
) -> None:
    after = {**ALICE, "emails": [{"address": NEW, "verified": True}], "requirePasswordChange": True}
    after = after if wish.email or wish.verified is not None else {**ALICE, "requirePasswordChange": True}
    server.script({"user": ALICE}, {"user": after, "success": True})
    assert Profile(wish).act(session, person()).attempts == 1
    assert [sent.json for sent in server.sent("POST")] == [{"userId": "aliceId", "data": {"bio": "Me.", **data}}]


@pytest.mark.parametrize(
    ("answer", "stays"),
    [
        ({"user": {**ALICE, "requirePasswordChange": True}, "success": True}, True),
        ({"user": {**ALICE, "requirePasswordChange": False}, "success": True}, False),
        ((400, {"success": False, "error": "No [error-x]", "errorType": "error-x"}), False),
        # Nobody knows whether it is the password by now.
        ((500, "broken"), True),
    ],
)
def test_a_password_in_a_file_is_there_before_the_server_has_it(
    server: ScriptedServer, session: Any, person: Person, tmp_path: Path, answer: Any, stays: bool
) -> None:
    path, on_disk = tmp_path / "password", []

    def answered(_seen: Any) -> Any:
        on_disk.append(path.read_text(encoding="utf-8").strip())
        return answer

    server.script({"user": ALICE}, answered)
    step = Profile(Wish(password_file=SecretFile(str(path))))
    try:
        step.act(session, person())
    except RocketChatError as error:
        assert on_disk[0] not in f"{error.message}{error.details}"
    (sent,) = server.sent("POST")
    assert sent.json["data"]["password"] == on_disk[0]
    assert path.exists() is stays


def test_nothing_is_said_of_an_address_that_is_not_there(
    server: ScriptedServer, session: Any, person: Person, tmp_path: Path
) -> None:
    """The server would write a malformed list of addresses."""
    server.script({"user": ALICE}, {"user": {**ALICE, "requirePasswordChange": True}, "success": True})
    step = Profile(Wish(verified=False, password_file=SecretFile(str(tmp_path / "password"))))
    step.act(session, person(emails=()))
    (sent,) = server.sent("POST")
    assert "verified" not in sent.json["data"]


def test_a_mail_that_was_not_sent_comes_after_the_change(server: ScriptedServer, session: Any, person: Person) -> None:
    code = "error-email-send-failed"
    server.script({"user": ALICE}, (400, {"success": False, "error": f"No [{code}]", "errorType": code}))
    with pytest.raises(RocketChatError) as caught:
        Profile(Wish(mail_password=True)).act(session, person())
    assert caught.value.details["done"] == ["password changed"]


def test_what_is_told_has_no_address_in_full() -> None:
    step = Profile(Wish(NEW, verified=True, mail_password=True))
    assert step.told({"mailed_to": NEW}) == (
        "password replaced and e-mail address replaced; random, mailed to its owner; sessions ended"
    )
    assert Profile(Wish(verified=True)).told({"mailed_to": None}) == "e-mail address verified"


@pytest.mark.parametrize(
    ("wish", "now", "wrong"),
    [
        (Wish(NEW, verified=True), {"emails": ((NEW, True),)}, False),
        (Wish(NEW, verified=True), {"emails": BAD}, True),
        (Wish(NEW, verified=True), {"emails": ((NEW, False),)}, True),
        (Wish(NEW, verified=True), {"emails": ()}, True),
        (Wish(verified=False), {}, True),
        (Wish(verified=False), {"emails": BAD}, False),
        (Wish(verified=False), {"emails": None}, False),
        (Wish(mail_password=True), {"require_password_change": False}, True),
        (Wish(mail_password=True), {"require_password_change": True}, False),
    ],
)
def test_what_is_read_back_must_be_what_was_sent(person: Person, wish: Wish, now: dict[str, Any], wrong: bool) -> None:
    assert bool(Profile(wish).contradicts(person(**now))) is wrong
