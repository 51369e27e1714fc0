# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sentence for the phone: what is done, what to do then, which mails come where; nobody's address in full."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.locks import Surroundings
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import EMAIL_VERIFICATION
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.cures import Cures
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.phone import phone_sentence
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.profile import Wish

OLD = (("alice@example.com", True),)
UNVERIFIED = (("alice@example.com", False),)


def said(results: dict[str, str], wish: Wish | None = None, emails: Any = OLD, **more: Any) -> str:
    """Return the sentence for alice; ``demanded``: whether the workspace demands a verified address."""
    known = {"full_view": emails is not None, "roles": ("user",), **more.pop("known", {})}
    demanded = more.pop("demanded", False)
    cures = Cures(**{"totp": True, "e2e_key": False, "activate": False, "wish": wish or Wish(), **more})
    user = User("aliceId", "alice", active=True, federated=False, emails=emails, **known)
    around = Surroundings({} if demanded is None else {EMAIL_VERIFICATION: demanded})
    return phone_sentence(cures, user, results, around)


def test_afterwards_and_beforehand_differ_in_tense_alone() -> None:
    done = said({"totp": "done", "sessions": "done"})
    assert done == (
        "Your authenticator app has been removed and you have been signed out everywhere; then sign in with your"
        " password, enter the code that may be mailed to a***@example.com (ask for another if none comes) and set up"
        " your authenticator app again; mail goes to you: a notice of the reset to a***@example.com."
    )
    rehearsed = said({"totp": "would_be_done", "sessions": "would_be_done"})
    assert rehearsed.replace("is to be", "has been").replace("are to be", "have been") == done


def test_a_new_mailbox_gets_what_the_old_one_got_before() -> None:
    wish = Wish("new@example.org", verified=True, mail_password=True)
    told = said({"password": "done", "totp": "done", "sessions": "done"}, wish)
    assert "your e-mail address has been replaced by n***@example.org" in told.lower()
    assert "sign in in the browser with the password from the mail" in told
    assert "code that may be mailed to n***@example.org" in told
    assert "choose a password of your own" in told
    assert told.endswith(
        "mail goes to you: a notice of the change to a***@example.com, the password to n***@example.org and a notice of"
        " the reset to n***@example.org."
    )


def test_where_codes_are_switched_off_none_is_waited_for() -> None:
    told = said({"totp": "done", "email": "done", "sessions": "done"}, Wish(verified=False))
    assert "taken out of signing in" in told
    assert "enter the code" not in told


def test_who_has_no_address_gets_no_mail() -> None:
    assert said({"totp": "done"}, emails=()).endswith("; no mail goes to you.")


def test_of_what_failed_nothing_is_told() -> None:
    half = {"password": "done", "totp": "failed", "sessions": "done"}
    assert (
        said(half, Wish(mail_password=True)) == said({**half, "totp": "not_attempted"}, Wish(mail_password=True)) == ""
    )
    assert said({"totp": "failed"}) == said({}) == ""


def test_an_address_that_is_verified_before_the_reset_gets_its_notice() -> None:
    told = said({"email": "done", "totp": "done"}, Wish(verified=True), emails=(("alice@example.com", False),))
    assert told.endswith("mail goes to you: a notice of the reset to a***@example.com.")
    off = said({"email": "done", "totp": "done"}, Wish(verified=False))
    assert off.endswith("mail goes to you: a notice of the reset to a***@example.com.")


def test_where_addresses_are_not_shown_none_is_denied() -> None:
    told = said({"totp": "done"}, emails=None)
    assert told.endswith("mail goes to you: perhaps a notice of the reset, to an address that is not shown here.")


@pytest.mark.parametrize(
    ("demanded", "emails", "known", "says"),
    [
        (True, UNVERIFIED, {}, "but before you are let in, your e-mail address has to be confirmed;"),
        (None, UNVERIFIED, {}, "if you are still refused, your e-mail address has to be confirmed: call again;"),
        (None, (), {}, "if you are still refused, your account has to be given an e-mail address: call again;"),
        (None, None, {}, "if you are still refused, call again, since your e-mail address is not shown here;"),
        (False, UNVERIFIED, {}, ""),
        (None, OLD, {}, ""),
        (True, UNVERIFIED, {"roles": ("admin",)}, ""),
        (False, OLD, {"roles": None}, "only once the account has been given a role;"),
        (False, OLD, {"kind": "app"}, "nobody can sign in to this account, which belongs to an app;"),
    ],
)
def test_what_may_still_keep_out_is_told_and_what_was_not_asked_is_not_taken_for_harmless(
    demanded: bool | None, emails: Any, known: dict[str, Any], says: str
) -> None:
    told = said({"totp": "done"}, emails=emails, demanded=demanded, known=known)
    assert told.count(";") == (3 if says else 2)
    assert says in told


def test_what_the_recovery_confirms_is_no_hindrance() -> None:
    told = said({"email": "done", "totp": "done"}, Wish(verified=True), emails=UNVERIFIED, demanded=True)
    assert told.count(";") == 2


def test_a_code_to_an_address_that_is_not_shown_is_not_denied() -> None:
    told = said({"totp": "done"}, emails=None)
    assert "enter the code that may be mailed to an address that is not shown here" in told


def test_all_addresses_hear_of_the_activation() -> None:
    told = said({"status": "done"}, emails=(*OLD, ("ada@example.org", False)), activate=True)
    assert told.endswith(
        "a notice of the activation to a***@example.com and a notice of the activation to a***@example.org."
    )


@pytest.mark.parametrize(
    ("results", "more", "says"),
    [
        ({"status": "done"}, {"activate": True}, ["Your account has been activated", "the activation to a***@"]),
        ({"e2ekey": "done"}, {"e2e_key": True}, ["old ones are lost", "notice of the reset"]),
        ({"email": "done"}, {"wish": Wish(verified=True)}, ["Your e-mail address has been confirmed"]),
    ],
)
def test_every_deed_is_told(results: dict[str, str], more: dict[str, Any], says: list[str]) -> None:
    told = said(results, more.pop("wish", None), **more)
    assert [words for words in says if words not in told] == []
