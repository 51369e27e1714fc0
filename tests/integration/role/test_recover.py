# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recovery: a way to sign in and enrol again, and nothing else; a rerun for the same ticket does nothing twice."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

import pytest

from tests.emulator.testing import Emulator
from tests.integration.role.play import RECOVER, Play, Player, person, workspace

FIELDS = json.dumps({"totpReset": {"type": "text", "required": False}, "team": {"type": "text", "required": False}})


def signs_in_and_enrols(server: Emulator, name: str) -> None:
    """What a person does after a recovery."""
    server.token(name, login=True)
    server.change_user(name, totp={"enabled": True})


@pytest.fixture(scope="class")
def by_fact(play: Player, server: Emulator) -> dict[str, Play]:
    """The same ticket twice, then a new loss."""
    given: dict[str, Any] = {
        "usernames": ["alice"],
        "ticket": "INC-1",
        "reset_password": True,
        "reset_e2ekey": True,
        "confirm_message_loss": True,
    }
    runs = {"first": play(RECOVER, cache=True, **given)}
    server.control("users/alice", {"requirePasswordChange": False}, "PATCH")
    signs_in_and_enrols(server, "alice")
    runs["again"] = play(RECOVER, cache=True, **given)
    runs["enrolled"] = server.user("alice")
    runs["another ticket"] = play(RECOVER, cache=True, usernames=["alice"], ticket="INC-2")
    return runs


class TestFact:
    """What was done is remembered by workspace, ticket and person."""

    world: ClassVar = workspace(person("alice", e2e_key=True), person("bystander"))

    def test_first(self, by_fact: dict[str, Play]) -> None:
        first = by_fact["first"]
        assert first.rc == 0, first.output
        assert first.done == ["users.update", "users.resetE2EKey", "users.resetTOTP", "users.logout"]
        assert set(first.results("alice").values()) == {"done"}
        assert "alice: password replaced, end-to-end key reset, TOTP reset" in first.summary

    def test_the_same_ticket_does_nothing_twice(self, by_fact: dict[str, Any]) -> None:
        again = by_fact["again"]
        assert (again.rc, again.changed, again.writes, again.mails) == (0, 0, [], [])
        assert again.summary[1].startswith("alice: nothing to do (done for this ticket before, on 20")
        # She has enrolled again in the meantime, and keeps that.
        assert by_fact["enrolled"]["totp"]["enabled"] is True
        assert by_fact["enrolled"]["tokens"]["total"] == 1

    def test_another_ticket_does_it_again(self, by_fact: dict[str, Play], server: Emulator) -> None:
        assert by_fact["another ticket"].done == ["users.resetTOTP", "users.logout"]
        assert server.user("alice")["totp"] is None
        assert server.user("alice")["tokens"]["total"] == 0
        assert server.user("bystander")["tokens"]["total"] == 2

    def test_the_fact_names_workspace_ticket_and_person(
        self, by_fact: dict[str, Play], play: Player, server: Emulator
    ) -> None:
        # Name and form of the file are those of the plugin's version; the keys are ours.
        (file,) = play.cache.iterdir()
        keys = re.findall(r"http://\S+ INC-\d \w+", file.read_text(encoding="utf-8"))
        alice = server.user("alice")["_id"]
        assert keys == [f"{server.url} INC-1 {alice}", f"{server.url} INC-2 {alice}"]


@pytest.fixture(scope="class")
def without_ticket(play: Player, server: Emulator) -> list[Play]:
    """Twice at once, then after a login."""
    runs = [play(RECOVER, cache=True, usernames="alice", reset_password=True) for _run in range(2)]
    signs_in_and_enrols(server, "alice")
    return [*runs, play(RECOVER, cache=True, usernames="alice", reset_password=True)]


class TestWithoutTicket:
    """Without a ticket, only that nobody has signed in since proves that nothing needs doing."""

    world: ClassVar = workspace(person("alice"))

    def test_twice(self, without_ticket: list[Play]) -> None:
        first, second, _third = without_ticket
        assert first.done == ["users.update", "users.resetTOTP", "users.logout"]
        assert (second.rc, second.writes, second.mails) == (0, [], [])
        assert second.steps["alice", "totp"]["evidence"] == "last_reset"
        assert "nobody has signed in since" in second.steps["alice", "password"]["reason"]

    def test_after_a_login_it_is_done_again(self, without_ticket: list[Play]) -> None:
        assert without_ticket[2].done == ["users.update", "users.resetTOTP", "users.logout"]


@pytest.fixture(scope="class")
def by_receipt(play: Player, server: Emulator) -> dict[str, Play]:
    """Breaks off, then is finished, then runs again; the fact is forgotten each time."""
    given: dict[str, Any] = {
        "usernames": ["alice"],
        "ticket": "INC-1",
        "since": "2026-01-01T00:00:00Z",
        "receipt_field": "totpReset",
        "reset_password": True,
    }
    server.fault("close-before", {"path": "users.resetTOTP", "count": 0})
    runs = {"broken": play(RECOVER, **given)}
    server.control("faults", method="DELETE")
    runs["rest"] = play(RECOVER, **given)
    signs_in_and_enrols(server, "alice")
    runs["again"] = play(RECOVER, **given)
    runs["forced check"] = play(RECOVER, "--check", force=True, **given)
    return runs


class TestReceipt:
    """What was done is known from the account itself."""

    world: ClassVar = workspace(person("alice", customFields={"team": "red"}), Accounts_CustomFields=FIELDS)

    def test_without_the_last_step_there_is_no_receipt(self, by_receipt: dict[str, Play]) -> None:
        broken = by_receipt["broken"]
        assert broken.rc != 0
        assert broken.results("alice") == {"check": "done", "password": "done", "e2ekey": "skipped", "totp": "failed"}
        assert "HALF DONE" in broken.failure

    def test_the_rerun_completes_it(self, by_receipt: dict[str, Play], server: Emulator) -> None:
        rest = by_receipt["rest"]
        assert rest.rc == 0, rest.output
        assert rest.done == ["users.update", "users.resetTOTP", "users.logout", "users.update"]
        fields = server.user("alice")["customFields"]
        assert fields["team"] == "red"
        assert fields["totpReset"].endswith("sessions ended")

    def test_then_nothing_is_done_twice(self, by_receipt: dict[str, Play], server: Emulator) -> None:
        again = by_receipt["again"]
        assert (again.rc, again.changed, again.writes, again.mails) == (0, 0, [], [])
        assert {again.steps["alice", step]["evidence"] for step in ("password", "totp")} == {"receipt"}
        assert server.user("alice")["totp"]["enabled"] is True

    def test_force_ignores_it(self, by_receipt: dict[str, Play]) -> None:
        forced = by_receipt["forced check"]
        assert {entry["method"] for entry in forced.requests} == {"GET"}
        assert forced.results("alice")["password"] == "would_be_done"
        assert forced.results("alice")["totp"] == "would_be_done"
        assert "earlier runs and receipts were ignored" in forced.page


class TestRefusals:
    """Who cannot be recovered, and what is not done without being accepted."""

    world: ClassVar = workspace(
        person("alice"), person("ina", active=False), person("mute", emails=[]), without="logout-other-user"
    )

    def test_inactive(self, play: Player) -> None:
        run = play(RECOVER, usernames="alice ina")
        assert run.rc != 0
        assert run.writes == []
        assert "ina is deactivated" in run.failure

    def test_the_loss_of_messages_must_be_accepted(self, play: Player) -> None:
        run = play(RECOVER, usernames="alice", reset_e2ekey=True)
        assert run.rc != 0
        assert run.requests == []
        assert "user_access_confirm_message_loss" in run.failure

    def test_a_missing_permission_is_noticed_before_the_first_change(self, play: Player) -> None:
        run = play(RECOVER, usernames="alice", reset_password=True)
        assert run.rc != 0
        assert run.writes == []
        assert "logout-other-user" in run.failure
        assert run.results("alice")["password"] == "not_attempted"

    def test_nowhere_to_mail_a_password_to(self, play: Player, server: Emulator) -> None:
        server.permissions({"logout-other-user": ["admin", "helpdesk"]})
        run = play(RECOVER, usernames=["alice", "mute"], reset_password=True)
        server.permissions({"logout-other-user": ["admin"]})
        assert run.rc != 0
        assert run.writes == []
        assert "No e-mail address of 'mute' is known" in run.failure


class TestEmailCodes:
    """No API switches e-mail codes off, so the person who will be asked for one is named."""

    world: ClassVar = workspace(person("alice", email2fa=True), person("bob", verified=False))

    def test_who_will_be_asked_is_named(self, play: Player) -> None:
        run = play(RECOVER, "--check", usernames="alice bob")
        assert run.rc == 0, run.output
        (warning,) = [line for line in run.summary if line.startswith("WARNING: ")]
        assert "alice will still be asked for a code by e-mail, to alice@example.test" in warning
        assert warning.removeprefix("WARNING: ") in run.page

    def test_not_where_the_workspace_has_none(self, play: Player, server: Emulator) -> None:
        server.settings({"Accounts_TwoFactorAuthentication_By_Email_Enabled": False})
        run = play(RECOVER, "--check", usernames="alice bob")
        assert run.rc == 0, run.output
        assert not [line for line in run.summary if line.startswith("WARNING: ")]
