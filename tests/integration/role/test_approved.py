# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was shown in a rehearsal is what is done: by id, and by nobody else who bears the name meanwhile."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from tests.emulator.testing import Emulator
from tests.integration.role.play import OFFBOARD, RECOVER, RESET, SEED, SHOWN, TOKEN, Player, person, rename, workspace

PEOPLE: tuple[dict[str, Any], ...] = (
    person("alice", _id="idAlice"),
    person("dora", _id="idDora"),
    person("erin", _id="idErin", name="Erin Known-to-Nobody", email2fa=True),
    person("boss", roles=["admin"]),
)


class TestShown:
    """A rehearsal hands on who was shown."""

    world: ClassVar = workspace(*PEOPLE)

    @pytest.mark.parametrize("playbook", [OFFBOARD, RECOVER, RESET])
    def test_names_and_ids_and_nothing_else(self, play: Player, playbook: str) -> None:
        run = play(playbook, "--check", usernames="alice", user_ids=["idDora"], environment=SHOWN)
        assert run.rc == 0, run.output
        assert set(run.handed_on) == {"user_access_approved_ids", "user_access_result"}
        shown = run.handed_on["user_access_approved_ids"]
        assert {name: (entry["id"], entry["state"], entry["email"]) for name, entry in shown.items()} == {
            "alice": ("idAlice", "active", "a***@example.test"),
            "dora": ("idDora", "active", "d***@example.test"),
        }
        assert run.line("alice").startswith("alice (idAlice): to do: ")
        assert run.line("dora").startswith("dora (idDora): to do: ")

    def test_who_is_unknown_is_shown_to_nobody(self, play: Player) -> None:
        run = play(RESET, "--check", usernames="alice, nobody", environment=SHOWN)
        assert run.rc != 0
        assert set(run.handed_on) == {"user_access_result"}

    def test_the_real_run_hands_on_what_it_did_and_not_whom_to_approve(self, play: Player) -> None:
        earlier = json.dumps({"user_access_result": {"users": [{"username": "alice", "outcome": "failed"}]}})
        run = play(RECOVER, "-e", earlier, usernames="erin", reset_password=True, environment=SHOWN)
        assert run.rc == 0, run.output
        assert set(run.handed_on) == {"user_access_result"}
        result = run.handed_on["user_access_result"]
        # What a node before this one handed on is an extra variable here, which no fact replaces.
        (erin,) = result["users"]
        assert (erin["username"], erin["user_id"], erin["outcome"]) == ("erin", "idErin", "done")
        assert [entry["step"] for entry in erin["steps"]] == ["password", "totp", "sessions"]
        assert (result["changed"], result["summary"]) == (True, {"done": 1})
        assert result["run"]["workspace"].startswith("http://")
        # The sum-up, for whoever reads it, names the address.
        assert "erin@example.test" in run.output.partition("CUSTOM STATS")[0]
        for word in ("@", "Known-to-Nobody", TOKEN, SEED):
            assert word not in json.dumps(result)


class TestApproved:
    """The real run does what was shown, or nothing."""

    world: ClassVar = workspace(*PEOPLE)

    @pytest.mark.parametrize(
        ("approved", "words"),
        [
            ({}, "alice is not among those who were shown (nobody)."),
            ({"alice": "idDora"}, "alice was shown as the account idDora, but that one is called dora now."),
            ({"alice": "idGone"}, "alice was shown as the account idGone, but that one is gone."),
            ({"alice": 4711}, "user_access_approved_ids must be a mapping from user name to user id"),
        ],
    )
    def test_it_refuses(self, play: Player, approved: Any, words: str) -> None:
        run = play(RESET, usernames="alice", approved_ids=approved)
        assert run.rc != 0
        assert run.writes == []
        assert words in run.failure

    def test_an_id_that_was_not_shown(self, play: Player) -> None:
        run = play(RESET, user_ids=["idAlice", "idErin"], approved_ids={"alice": "idAlice"})
        assert run.rc != 0
        assert run.writes == []
        assert "The account idErin is not among those who were shown (alice)." in run.failure

    def test_it_does_what_was_shown(self, play: Player, server: Emulator) -> None:
        run = play(RESET, usernames="alice", approved_ids={"alice": "idAlice", "dora": "idDora"})
        assert run.rc == 0, run.output
        assert run.done == ["users.resetTOTP"]
        assert server.user("dora")["totp"] is not None


class TestChanged:
    """Between the rehearsal and the real run something else of the account changes."""

    world: ClassVar = workspace(*PEOPLE)

    def test_it_refuses_unless_it_was_its_own_doing(self, play: Player, server: Emulator) -> None:
        shown = play(OFFBOARD, "--check", usernames="alice, dora", ticket="HR-1", environment=SHOWN).handed_on
        approved = shown["user_access_approved_ids"]
        server.change_user("alice", active=False)
        server.change_user("dora", emails=[{"address": "another@example.test", "verified": True}])
        run = play(OFFBOARD, usernames="alice, dora", ticket="HR-1", approved_ids=approved)
        assert run.rc != 0
        assert run.writes == []
        assert "alice (idAlice) was shown as active and is inactive now." in run.failure
        assert "dora (idDora) has another e-mail address than when it was shown." in run.failure
        server.change_user("alice", active=True)
        assert play(OFFBOARD, usernames="alice", ticket="HR-1", approved_ids=approved).rc == 0
        # Launched once more, as after a failure: the ledger knows why she is inactive.
        again = play(OFFBOARD, usernames="alice", ticket="HR-1", approved_ids=approved)
        assert (again.rc, again.writes) == (0, []), again.output


class TestRenamed:
    """Between the rehearsal and the real run somebody is renamed."""

    world: ClassVar = workspace(*PEOPLE)

    def test_nobody_has_the_name_now(self, play: Player, server: Emulator) -> None:
        rename(server, "dora", "dora.old")
        for target in ({"usernames": "dora"}, {"user_ids": "idDora"}):
            run = play(OFFBOARD, approved_ids={"dora": "idDora"}, **target)
            assert run.rc != 0
            assert run.writes == []
            assert "dora was shown as the account idDora, but that one is called dora.old now" in run.failure

    def test_another_has_the_name_now(self, play: Player, server: Emulator) -> None:
        rename(server, "erin", "dora")
        run = play(OFFBOARD, usernames="dora", approved_ids={"dora": "idDora"})
        assert run.rc != 0
        assert run.writes == []
        assert "dora was shown as the account idDora, but that one is called dora.old now" in run.failure
        # The entry is of the account that was shown, under the name that it has now.
        assert set(run.people) == {"dora.old"}
        assert server.user("dora")["active"] is server.user("dora.old")["active"] is True
