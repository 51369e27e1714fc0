# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resetting end-to-end keys, which takes old messages with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.cast import id_of, seed_of
from tests.emulator.testing import Emulator
from tests.integration.runner import Ansible, Run, changed, codes, missing, requests_of, verbs, warnings_of, writes
from tests.integration.test_neighbours_common import bodies, caller, e2ekey_reset, give_sessions, mails_to

CALLER = "user00001"


@pytest.fixture(scope="class")
def before(server: Emulator) -> dict[str, Any]:
    """Accounts with keys and sessions."""
    for name in ("alice", "bob", "carol", CALLER):
        server.change_user(name, e2e_key=True)
    give_sessions(server, "alice", "bob", "carol")
    given = caller(server, CALLER, "edit-other-user-e2ee", bypass=False)
    return {"given": given, "users": server.state()["users"]}


@pytest.fixture(scope="class")
def run(server: Emulator, before: dict[str, Any], ansible: Ansible) -> Run:
    """With and without the confirmation, by an account that may do this and nothing else."""
    given = before["given"]
    seed = {**given, "two_factor_secret": seed_of(CALLER)}
    sure = {"confirm_message_loss": True}
    return ansible(
        {
            "unconfirmed": e2ekey_reset({**seed, "username": "alice"}),
            "unconfirmed-check": e2ekey_reset({**seed, "username": "alice"}, check=True),
            "check": e2ekey_reset({**seed, **sure, "username": "alice"}, check=True, diff=True),
            "check-unanswered": e2ekey_reset({**given, **sure, "username": "alice"}, check=True),
            "caller": e2ekey_reset({**seed, **sure, "usernames": ["carol", CALLER]}),
            "reset": e2ekey_reset({**seed, **sure, "usernames": ["alice", "bob"]}, diff=True),
        },
    )


class TestE2eKey:
    """Against both dialects."""

    @pytest.mark.parametrize("task", ["unconfirmed", "unconfirmed-check"])
    def test_demands_the_confirmation(self, run: Run, task: str) -> None:
        """Without it the task fails, names the option, and says what is at stake."""
        result = run.results[task]
        assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, "invalid-input")
        assert missing(result["msg"], ["confirm_message_loss", "encrypted messages", "nothing was done"]) == []

    @pytest.mark.parametrize("task", ["unconfirmed", "unconfirmed-check"])
    def test_nothing_is_sent_unconfirmed(self, server: Emulator, run: Run, task: str) -> None:
        """The server is not even asked who the account is."""
        assert requests_of(server, task) == []

    def test_result(self, run: Run) -> None:
        """Both accounts count as changed; the challenge counts with the first."""
        result = run.results["reset"]
        assert (result["failed"], changed(result)) == (False, [True, True])
        assert [entry["attempts"] for entry in result["users"]] == [2, 1]

    @pytest.mark.parametrize("name", ["alice", "bob"])
    def test_effect(self, server: Emulator, run: Run, name: str) -> None:
        """The key is gone, and so are sessions and personal access tokens."""
        user = server.user(name)
        assert (user["e2e_key"], user["tokens"]["total"]) == (False, 0)

    def test_totp_is_left_alone(self, server: Emulator, run: Run) -> None:
        """This is not the reset of TOTP."""
        assert server.user("alice")["totp"] == {"enabled": True, "pending": False}

    def test_mail(self, server: Emulator, run: Run) -> None:
        """The owner is told once."""
        assert mails_to(server, "alice", "E2E Key Reset") == 1

    def test_body_is_the_id_and_nothing_else(self, server: Emulator, run: Run) -> None:
        """Any other body would take the key of the caller."""
        assert {path for path, _body in bodies(server, "reset")} == {"users.resetE2EKey"}
        assert [body for _path, body in bodies(server, "reset")] == [
            {"userId": id_of("alice")},
            {"userId": id_of("alice")},
            {"userId": id_of("bob")},
        ]

    def test_second_factor_goes_with_every_request(self, server: Emulator, run: Run) -> None:
        """After the first challenge each request brings a code."""
        assert [sent["two_factor_method"] for sent in writes(server, "reset")] == [None, "totp", "totp"]

    def test_caller_keeps_key_and_sessions(self, server: Emulator, before: dict[str, Any], run: Run) -> None:
        """The calling account is as it was."""
        assert server.user(CALLER) == before["users"][CALLER]

    def test_caller_is_refused(self, server: Emulator, before: dict[str, Any], run: Run) -> None:
        """Named as a target it stops the task, and the other target is spared."""
        assert codes(run.results["caller"])[1] == "own-account"
        assert verbs(server, "caller") == {"GET"}
        assert server.user("carol") == before["users"]["carol"]

    def test_caller_is_not_told_of_an_option_that_is_not_there(self, run: Run) -> None:
        """own_account belongs to another module."""
        assert "own_account" not in run.results["caller"]["msg"]

    def test_check_mode(self, server: Emulator, run: Run) -> None:
        """Predicts by reading alone."""
        result = run.results["check"]
        assert (result["failed"], changed(result), warnings_of(result)) == (False, [True], "")
        assert verbs(server, "check") == {"GET"}

    def test_check_mode_knows_the_second_factor(self, server: Emulator, run: Run) -> None:
        """That nothing answers it is said now."""
        result = run.results["check-unanswered"]
        assert (result["error"]["code"], verbs(server, "check-unanswered")) == ("totp-required", {"GET"})
        assert "two_factor_secret" in result["msg"]

    @pytest.mark.parametrize(("task", "who"), [("check", ["alice"]), ("reset", ["alice", "bob"])])
    def test_diff(self, run: Run, task: str, who: list[str]) -> None:
        """What is lost is in it."""
        parts = run.results[task]["diff"]
        assert [part["before_header"] for part in parts] == [f"{name} ({id_of(name)})" for name in who]
        assert {"old encrypted messages: lost" in part["after"] for part in parts} == {True}
