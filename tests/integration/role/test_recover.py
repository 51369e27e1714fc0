# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recovery: a way to sign in and enrol again, and nothing else; nothing twice, whichever controller runs it."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from tests.emulator.testing import Emulator
from tests.integration.role.play import RECOVER, Play, Player, Reader, person, workspace

FORGETS = "NOT REMEMBERED: "


@pytest.fixture(scope="class")
def runs(play: Player, server: Emulator) -> dict[str, Any]:
    """The same ticket, the same without a ticket, then a new loss; each run in a home that has seen none before."""
    given: dict[str, Any] = {
        "usernames": ["alice"],
        "reset_password": True,
        "reset_e2ekey": True,
        "confirm_message_loss": True,
    }
    runs: dict[str, Any] = {"first": play(RECOVER, ticket="INC-1", **given), "at once": play(RECOVER, **given)}
    # What a person does after a recovery.
    server.control("users/alice", {"requirePasswordChange": False}, "PATCH")
    server.token("alice", login=True)
    server.change_user("alice", totp={"enabled": True})
    runs["again"] = play(RECOVER, ticket="INC-1", **given)
    runs["enrolled"] = server.user("alice")
    runs["another ticket"] = play(RECOVER, usernames=["alice"], ticket="INC-2")
    return runs


class TestRemembered:
    """What was done is remembered in the workspace itself."""

    world: ClassVar = workspace(person("alice", e2e_key=True), person("bystander"))

    def test_first(self, runs: dict[str, Play]) -> None:
        first = runs["first"]
        assert first.rc == 0, first.output
        assert first.done == ["users.update", "users.resetE2EKey", "users.resetTOTP", "users.logout"]
        assert set(first.results("alice").values()) == {"done"}
        assert first.line("alice").endswith(
            "): password replaced, end-to-end key reset, TOTP reset, signed out everywhere"
        )
        assert FORGETS not in first.output

    def test_without_a_ticket_nothing_is_done_while_nobody_has_signed_in_since(self, runs: dict[str, Play]) -> None:
        second = runs["at once"]
        assert (second.rc, second.changed, second.writes, second.mails) == (0, 0, [], [])
        for step in ("password", "e2ekey", "totp", "sessions"):
            assert second.step("alice", step)["evidence"] == "ledger"
            assert "for INC-1, and nobody has signed in since" in second.step("alice", step)["reason"]

    def test_the_same_ticket_does_nothing_twice(self, runs: dict[str, Any]) -> None:
        again = runs["again"]
        assert (again.rc, again.changed, again.writes, again.mails) == (0, 0, [], [])
        assert "): nothing to do (done for this ticket before, on 20" in again.line("alice")
        # She has enrolled again in the meantime, and keeps that.
        assert runs["enrolled"]["totp"]["enabled"] is True
        assert runs["enrolled"]["tokens"]["total"] == 1

    def test_another_ticket_does_it_again(self, runs: dict[str, Play], server: Emulator) -> None:
        assert runs["another ticket"].done == ["users.resetTOTP", "users.logout"]
        assert server.user("alice")["totp"] is None
        assert server.user("alice")["tokens"]["total"] == 0
        assert server.user("bystander")["tokens"]["total"] == 2


@pytest.fixture(scope="class")
def broken(play: Player, server: Emulator) -> dict[str, Play]:
    """Breaks off, and is run again; then all over again without a ledger."""
    given: dict[str, Any] = {"usernames": ["alice"], "ticket": "INC-1", "reset_password": True}
    server.fault("close-before", {"path": "users.resetTOTP", "count": 0})
    runs = {"broken": play(RECOVER, **given)}
    server.control("faults", method="DELETE")
    return {**runs, "rest": play(RECOVER, **given), "forgetful": play(RECOVER, ledger="", **given)}


class TestBroken:
    """A rerun does what is missing, and nothing twice; a run without a ledger says what it forgets."""

    world: ClassVar = workspace(person("alice"))

    def test_it_is_half_done(self, broken: dict[str, Play]) -> None:
        first = broken["broken"]
        assert first.rc != 0
        assert first.results("alice") == {"password": "done", "totp": "failed", "sessions": "not_attempted"}
        assert "HALF DONE (password replaced)" in first.line("alice")
        assert "half done" in Reader(first.page).text

    def test_the_rerun_does_what_is_missing(self, broken: dict[str, Play], server: Emulator) -> None:
        rest = broken["rest"]
        assert rest.rc == 0, rest.output
        assert "users.resetTOTP" in rest.done
        assert "users.update" not in rest.done
        assert server.user("alice")["totp"] is None

    def test_without_a_ledger_it_is_done_again_and_said_so(self, broken: dict[str, Play]) -> None:
        run = broken["forgetful"]
        assert run.rc == 0, run.output
        assert run.done == ["users.update", "users.resetTOTP", "users.logout"]
        (line,) = [line for line in run.summary if line.startswith(FORGETS)]
        assert line.endswith("another run would do the same again, and mail again.")


class TestRefusals:
    """Who cannot be recovered, and what is not done without being accepted."""

    world: ClassVar = workspace(
        person("alice"), person("ina", active=False), person("mute", emails=[]), without="logout-other-user"
    )

    def test_inactive_and_nowhere_to_mail_a_password_to(self, play: Player) -> None:
        run = play(RECOVER, usernames="alice ina mute", reset_password=True)
        assert run.rc != 0
        assert run.writes == []
        assert "ina is deactivated" in run.failure
        assert "mute has no e-mail address" in run.failure

    def test_the_loss_of_messages_must_be_accepted(self, play: Player) -> None:
        run = play(RECOVER, usernames="alice", reset_e2ekey=True)
        assert run.rc != 0
        assert run.requests == []
        assert run.reports == []
        assert "user_access_confirm_message_loss" in run.failure
        assert run.summary == ["Nothing was done to anybody."]

    def test_a_missing_permission_is_noticed_before_the_first_change(self, play: Player) -> None:
        run = play(RECOVER, usernames="alice", reset_password=True)
        assert run.rc != 0
        assert run.writes == []
        assert "logout-other-user" in run.failure
        assert run.results("alice")["password"] == "not_attempted"


class TestEmailCodes:
    """No API switches e-mail codes off, so the person who will be asked for one is named."""

    world: ClassVar = workspace(person("alice", email2fa=True), person("bob", verified=False))

    def test_who_will_be_asked_is_named(self, play: Player) -> None:
        run = play(RECOVER, "--check", usernames="alice bob")
        assert run.rc == 0, run.output
        (warning,) = [line for line in run.summary if line.startswith("WARNING: ")]
        assert "alice will still be asked for a code by e-mail, to alice@example.test" in warning
        assert warning.removeprefix("WARNING: ") in run.page
