# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the helpdesk sees of somebody who is locked out, what it needs before an account changes hands, what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.emulator.testing import Emulator
from tests.integration.role.play import DIAGNOSE, RECOVER, SHOWN, Play, Player, person, workspace

TOLD = "TO BE TOLD to alice: "


def lines_of(run: Play) -> list[str]:
    """What was told of the first person."""
    return list(run.message("Tell what was found"))


class TestDiagnosis:
    """By reading alone, and also of people whom a recovery refuses."""

    world: ClassVar = workspace(
        person("alice", email2fa=True, active=False),
        person("boss", roles=["admin"]),
        person("fred", federated=True),
    )

    def test_most_likely_first(self, play: Player) -> None:
        run = play(DIAGNOSE, report=False, usernames="alice", environment=SHOWN)
        assert run.rc == 0, run.output
        head, first, *rest = lines_of(run)
        assert head.startswith("alice (")
        assert first == "Certain: The account is deactivated. Set user_access_activate: true."
        assert any("Codes may go to a***@example.test" in line and "user_access_new_email" in line for line in rest)
        assert rest[-1].startswith("Excluded: ")
        assert {entry["method"] for entry in run.requests} == {"GET"}
        assert run.changed == 0

    @pytest.mark.parametrize("name", ["boss", "fred"])
    def test_of_whom_a_recovery_refuses(self, play: Player, name: str) -> None:
        run = play(DIAGNOSE, report=False, usernames=name)
        assert run.rc == 0, run.output
        assert lines_of(run)[0].startswith(f"{name} (")

    def test_where_the_server_fails_half_way(self, play: Player) -> None:
        """Nothing that was found out is taken for all there is."""
        play.server.fault("close-before", {"path": "settings.public", "count": 0})
        run = play(DIAGNOSE, report=False, usernames="alice", retries=0)
        play.server.control("faults", method="DELETE")
        assert run.rc != 0
        assert "Not attempted" in str(run.message("Fail where somebody could not be looked at"))

    def test_of_nobody(self, play: Player) -> None:
        run = play(DIAGNOSE, report=False, usernames="nobody")
        assert run.rc != 0
        assert "There is no account with the username 'nobody'" in str(
            run.message("Fail where somebody could not be looked at")
        )
        assert play(DIAGNOSE, report=False).requests == []


@pytest.fixture(scope="class")
def runs(play: Player, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Play]:
    """A take-over without a ticket and with one, and in a file; each rehearsed before."""
    file = str(tmp_path_factory.mktemp("desk") / "password")
    new: dict[str, Any] = {"usernames": "alice", "new_email": "alice.new@example.test", "reset_password": True}
    once: dict[str, Any] = {"usernames": "bob", "password": "print_once", "password_file": file}
    return {
        "no ticket": play(RECOVER, **new),
        "no ticket, file": play(RECOVER, **once),
        "waived": play(RECOVER, "--check", ticket_required=False, **once),
        "check": play(RECOVER, "--check", ticket="INC-1", environment=SHOWN, **new),
        "run": play(RECOVER, ticket="INC-1", **new),
        "file": play(RECOVER, ticket="INC-2", **once),
    }


class TestTakeOver:
    """A new mailbox or a password on paper hands an account over, so there is a ticket for it."""

    world: ClassVar = workspace(person("alice"), person("bob"))

    @pytest.mark.parametrize("name", ["no ticket", "no ticket, file"])
    def test_a_ticket_is_mandatory(self, runs: dict[str, Play], name: str) -> None:
        assert runs[name].rc != 0
        assert runs[name].requests == []
        assert runs[name].failure == "A ticket is mandatory here (user_access_ticket_required). Give its reference."

    def test_unless_that_is_waived(self, runs: dict[str, Play]) -> None:
        assert runs["waived"].rc == 0, runs["waived"].output

    def test_it_ends_with_what_can_be_told_on_the_phone(self, runs: dict[str, Play]) -> None:
        for name, tense in (("check", "is to be"), ("run", "has been")):
            (line,) = [line for line in runs[name].summary if line.startswith(TOLD)]
            assert line.startswith(f"{TOLD}Your e-mail address {tense} replaced by a***@example.test")
            assert "the password to a***@example.test" in line
            assert runs[name].summary.index(line) >= len(runs[name].summary) - 3
            assert line.removeprefix(TOLD) in runs[name].page

    def test_what_is_handed_on_says_nothing_of_a_profile(self, runs: dict[str, Play]) -> None:
        (alice,) = runs["check"].handed_on["user_access_result"]["users"]
        assert (alice["diagnosis"], alice["left_behind"]) == ([], [])

    def test_the_password_is_in_the_file_alone(
        self, runs: dict[str, Play], server: Emulator, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        run = runs["file"]
        assert run.rc == 0, run.output
        (file,) = Path(tmp_path_factory.getbasetemp()).glob("desk0/password")
        password = file.read_text(encoding="utf-8").strip()
        said = [str(message) for message in server.messages("access-ledger")]
        evidence = [path.read_text(encoding="utf-8") for path in run.reports]
        assert not [text for text in (run.output, *said, *evidence) if password in text]
