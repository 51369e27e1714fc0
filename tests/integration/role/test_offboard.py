# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Offboarding: everybody is checked first, a rerun finishes what is left, and a second run does nothing."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from tests.emulator.testing import Emulator
from tests.integration.role.play import HELPDESK, OFFBOARD, SEED, TOKEN, Play, Player, Reader, person, workspace

STEPS = ["check", "totp", "password", "sessions", "status"]
# A person chooses the own display name; it must reach neither Jinja nor a browser as anything but text.
HOSTILE = "{{ 6 * 7 }} <script>alert(1)</script>"


def gone(server: Emulator, name: str) -> bool:
    """Whether nothing is left to get in with."""
    user = server.user(name)
    return not user["active"] and user["totp"] is None and user["tokens"]["total"] == 0


def untouched(server: Emulator, name: str) -> bool:
    """Whether an account is as the world made it."""
    user = server.user(name)
    return bool(user["active"] and user["totp"] and user["tokens"]["total"] == 2)


@pytest.fixture(scope="class")
def twice(play: Player) -> tuple[Play, Play]:
    """Two runs, with a survey's string; the first as loud as can be."""
    given: dict[str, Any] = {"usernames": "alice; bob,\n ina\n", "ticket": "HR-1 <b>", "reset_password": True}
    more = {"awx_job_id": "4711", "awx_user_name": "jane.doe"}
    extra = [part for name, value in more.items() for part in ("-e", f"{name}={value}")]
    return play(OFFBOARD, "-vvv", "--diff", *extra, **given), play(OFFBOARD, **given)


class TestTwice:
    """The playbook by name, twice over the same people."""

    world: ClassVar = workspace(
        person("alice", name=HOSTILE),
        person("bob"),
        person("ina", active=False),
        person("bystander"),
    )

    def test_those_who_left_are_out(self, twice: tuple[Play, Play], server: Emulator) -> None:
        assert twice[0].rc == 0, twice[0].output
        assert gone(server, "alice")
        assert gone(server, "bob")
        assert server.user("alice")["requirePasswordChange"] is True
        assert untouched(server, "bystander")

    def test_deactivation_comes_last(self, twice: tuple[Play, Play]) -> None:
        order = ["users.resetTOTP", "users.update", "users.logout", "users.setActiveStatus"]
        assert twice[0].done == [endpoint for endpoint in order for _person in ("alice", "bob")]

    def test_inactive_people_are_left_alone_and_named(self, twice: tuple[Play, Play], server: Emulator) -> None:
        assert server.user("ina")["totp"] == {"enabled": True, "pending": False}
        assert any(line.startswith("ina: nothing to do") and "deactivated" in line for line in twice[0].summary)

    def test_the_second_run_does_nothing_and_says_so(self, twice: tuple[Play, Play]) -> None:
        second = twice[1]
        assert (second.rc, second.changed, second.writes, second.mails) == (0, 0, [], [])
        assert "Nothing was to be done: nothing was changed, and nobody was mailed." in second.summary

    def test_each_person_is_recorded_once_a_step(self, twice: tuple[Play, Play]) -> None:
        for run in twice:
            assert sorted(run.steps) == sorted((name, step) for name in ("alice", "bob", "ina") for step in STEPS)
        assert twice[0].results("bob") == dict.fromkeys(STEPS, "done")
        assert twice[0].results("ina") == {
            "check": "done",
            "totp": "nothing_to_do",
            "password": "nothing_to_do",
            "sessions": "nothing_to_do",
            "status": "nothing_to_do",
        }
        assert set(twice[1].results("bob").values()) == {"done", "nothing_to_do"}

    def test_records_say_who_what_when_and_why(self, twice: tuple[Play, Play], server: Emulator) -> None:
        head, *steps = twice[0].records
        assert head["operator"] == "jane.doe"
        assert head["awx_job_id"] == "4711"
        assert head["ticket"] == "HR-1 <b>"
        assert head["workspace"] == server.url
        assert head["account"] == HELPDESK
        assert head["check_mode"] is False
        assert head["result"] == "done"
        assert head["started"] <= min(step["at"] for step in steps)
        assert head["finished"] >= max(step["at"] for step in steps)
        assert all(step["run_id"] == head["run_id"] and step["reason"] for step in steps)
        assert twice[1].records[0]["operator"] == "nightshift"

    def test_reports_are_private_and_never_overwritten(self, twice: tuple[Play, Play]) -> None:
        files = [file for run in twice for file in run.reports]
        assert len({file.name for file in files}) == 4
        assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}
        assert oct(files[0].parent.stat().st_mode & 0o777) == "0o700"

    def test_the_page_is_whole_and_shows_texts_as_texts(self, twice: tuple[Play, Play]) -> None:
        page = Reader(twice[0].page)
        assert page.open == []
        assert "script" not in page.elements
        # One for each of the two numbers on top, none of the ticket's.
        assert page.elements.count("b") == 2
        assert HOSTILE in page.text
        assert "HR-1 <b>" in page.text
        assert not [value for name, value in page.attributes if name in ("src", "href", "onerror")]
        assert not {"link", "img", "iframe", "script"} & set(page.elements)

    def test_names_are_never_taken_for_templates(self, twice: tuple[Play, Play]) -> None:
        assert twice[0].steps["alice", "check"]["result"] == "done"
        assert "42 <script>" not in twice[0].page + twice[0].output

    def test_no_secret_anywhere(self, twice: tuple[Play, Play]) -> None:
        for run in twice:
            everything = run.output + "".join(file.read_text(encoding="utf-8") for file in run.reports)
            assert TOKEN not in everything
            assert SEED not in everything


@pytest.fixture(scope="class")
def check_mode(play: Player) -> Play:
    return play(OFFBOARD, "--check", usernames="alice ina")


class TestCheckMode:
    """Check mode predicts, and sends GET alone."""

    world: ClassVar = workspace(person("alice"), person("ina", active=False))

    def test_get_alone(self, check_mode: Play, server: Emulator) -> None:
        assert check_mode.rc == 0, check_mode.output
        assert {entry["method"] for entry in check_mode.requests} == {"GET"}
        assert untouched(server, "alice")

    def test_it_predicts_and_is_marked(self, check_mode: Play) -> None:
        assert check_mode.changed == 3
        assert check_mode.summary[0].startswith("CHECK MODE, nothing was changed.")
        assert any(line.startswith("alice: to do: TOTP reset") for line in check_mode.summary)
        assert {record["check_mode"] for record in check_mode.records} == {True}
        assert check_mode.results("alice")["totp"] == "would_be_done"
        assert check_mode.results("alice")["password"] == "skipped"
        assert "Check mode." in Reader(check_mode.page).text

    def test_check_mode_of_a_play_counts_as_well(self, play: Player, server: Emulator, tmp_path_factory: Any) -> None:
        playbook = tmp_path_factory.mktemp("own") / "own.yml"
        playbook.write_text(
            """
- hosts: localhost
  gather_facts: false
  check_mode: true
  tasks:
    - ansible.builtin.include_role:
        name: chatops.rocketchat.user_access
        tasks_from: offboard
""",
            encoding="utf-8",
        )
        run = play(str(playbook), usernames=["alice"])
        assert run.rc == 0, run.output
        assert {entry["method"] for entry in run.requests} == {"GET"}
        assert untouched(server, "alice")
        assert run.records[0]["check_mode"] is True
        assert run.results("alice")["status"] == "would_be_done"


class TestSurprises:
    """Whatever is wrong with one stops all, before the first write."""

    world: ClassVar = workspace(person("alice"), person("fred", federated=True))

    def test_unknown_federated_and_the_caller(self, play: Player, server: Emulator) -> None:
        run = play(OFFBOARD, usernames=["alice", "nobody", "fred", HELPDESK])
        assert run.rc != 0
        assert run.writes == []
        assert untouched(server, "alice")
        for words in (
            "Nothing was done to anybody.",
            "'nobody'",
            "fred is a federated user",
            f"{HELPDESK} is the calling",
        ):
            assert words in run.failure
        assert run.results("alice")["check"] == "done"
        assert run.results("alice")["totp"] == "not_attempted"
        assert run.results("nobody")["check"] == "failed"
        assert run.results("fred")["check"] == "failed"
        assert run.results(HELPDESK)["check"] == "failed"
        assert run.records[0]["result"] == "failed"

    @pytest.mark.parametrize("usernames", [" ,;\n", []])
    def test_nobody_is_named(self, play: Player, usernames: Any) -> None:
        run = play(OFFBOARD, usernames=usernames)
        assert run.rc != 0
        assert run.requests == []
        assert run.failure == "Nobody is named. Set user_access_usernames or user_access_user_ids."

    def test_two_names_in_one_entry_of_a_list(self, play: Player) -> None:
        run = play(OFFBOARD, usernames=["alice", "Bob Alice"])
        assert run.rc != 0
        assert run.requests == []
        assert run.failure == (
            "user_access_usernames: entry 2 ('Bob Alice') has a blank, comma or semicolon in it."
            " Give one name an entry."
        )

    def test_a_ticket_is_mandatory(self, play: Player) -> None:
        run = play(OFFBOARD, usernames="alice", ticket=" ", ticket_required=True)
        assert run.rc != 0
        assert run.requests == []
        assert run.failure == "A ticket is mandatory here. Set user_access_ticket."
        assert run.results("alice")["totp"] == "not_attempted"

    def test_no_report_no_run(self, play: Player, tmp_path_factory: Any, server: Emulator) -> None:
        occupied = tmp_path_factory.mktemp("occupied") / "file"
        occupied.touch()
        run = play(OFFBOARD, report=False, usernames="alice", report_dir=str(occupied))
        assert run.rc != 0
        assert run.requests == []
        assert "No report can be written" in run.failure

    def test_a_permission_of_the_last_step_is_missed_before_the_first(self, play: Player, server: Emulator) -> None:
        server.permissions({"edit-other-user-active-status": ["admin"]})
        run = play(OFFBOARD, usernames="alice")
        server.permissions({"edit-other-user-active-status": ["admin", "helpdesk"]})
        assert run.rc != 0
        assert run.writes == []
        assert "edit-other-user-active-status" in run.failure

    def test_the_server_is_away(self, play: Player) -> None:
        run = play(OFFBOARD, usernames="alice", api_url="http://127.0.0.1:9")
        assert run.rc != 0
        assert run.results("alice")["totp"] == "not_attempted"
        assert "127.0.0.1" in run.records[0]["failure"]


FIVE = [f"user{number}" for number in range(1, 6)]


@pytest.fixture(scope="class")
def broken_off(play: Player, server: Emulator) -> tuple[Play, set[str], Play]:
    # The first request is answered with a challenge for the second factor.
    server.fault("close-before", {"path": "users.resetTOTP", "nth": 4, "count": 0})
    first = play(OFFBOARD, usernames=FIVE)
    out = {name for name in FIVE if gone(server, name)}
    server.control("faults", method="DELETE")
    return first, out, play(OFFBOARD, usernames=FIVE)


class TestBrokenOff:
    """A connection that drops in the middle of five people; a rerun finishes the rest."""

    world: ClassVar = workspace(*(person(name) for name in FIVE))

    def test_nobody_is_left_half_done(self, broken_off: tuple[Play, set[str], Play]) -> None:
        first, out, _second = broken_off
        assert first.rc != 0
        assert len(out) == 2
        assert "user1" in out
        assert {name for name in FIVE if set(first.results(name).values()) == {"done", "skipped"}} == out
        assert {first.results(name)["totp"] for name in set(FIVE) - out} <= {"failed", "not_attempted"}
        assert {first.results(name)["status"] for name in set(FIVE) - out} == {"not_attempted"}

    def test_the_failure_names_them_and_says_what_to_do(self, broken_off: tuple[Play, set[str], Play]) -> None:
        failure = broken_off[0].failure
        assert failure.startswith("3 of 5 not completed. Correct what is named and run again")
        assert "No answer tells whether it was done." in failure

    def test_a_rerun_finishes_the_rest_and_mails_nobody_twice(
        self, broken_off: tuple[Play, set[str], Play], server: Emulator
    ) -> None:
        _first, out, second = broken_off
        assert second.rc == 0, second.output
        assert all(gone(server, name) for name in FIVE)
        assert not {f"{name}@example.test" for name in out} & {mail["to"] for mail in second.mails}
        assert all(second.results(name)["status"] == "nothing_to_do" for name in out)


@pytest.fixture(scope="class")
def half_done(play: Player) -> tuple[Play, Play]:
    people = ["owner", "alice", "carol"]
    return play(OFFBOARD, usernames=people), play(OFFBOARD, usernames=people, confirm_relinquish=True)


class TestHalfDone:
    """Deactivating fails for one, who is named as half done; the others are finished, and a rerun finishes this one."""

    rooms: ClassVar = [{"name": "alone", "type": "p"}, {"name": "shared", "type": "c", "members": ["other"]}]
    world: ClassVar = workspace(person("alice"), person("owner", rooms=rooms), person("carol"), person("other"))

    def test_the_rooms_are_named(self, half_done: tuple[Play, Play]) -> None:
        first = half_done[0]
        assert first.rc != 0
        assert "alone" in first.failure
        assert "shared" in first.failure
        (line,) = [line for line in first.summary if line.startswith("owner: ")]
        assert line.startswith("owner: HALF DONE (TOTP reset, signed out everywhere). Deactivation failed: ")

    def test_who_was_begun_is_finished(self, half_done: tuple[Play, Play]) -> None:
        for name in ("alice", "carol"):
            assert half_done[0].results(name)["status"] == "done"

    def test_the_rerun_goes_through_and_lists_the_rooms(self, half_done: tuple[Play, Play], server: Emulator) -> None:
        second = half_done[1]
        assert second.rc == 0, second.output
        assert gone(server, "owner")
        assert [room["name"] for room in server.state()["rooms"]] == ["shared"]
        assert any("Rooms deleted: alone. Rooms with a new owner: shared." in line for line in second.summary)
        assert "Rooms deleted: alone." in second.steps["owner", "status"]["reason"]


class TestDeadServer:
    """The server dies in the middle; the evidence is written all the same."""

    world: ClassVar = workspace(*(person(name) for name in FIVE))

    def test_the_evidence_says_how_far_it_came(self, play: Player, server: Emulator) -> None:
        server.fault("exit", {"path": "users.logout", "nth": 2})
        run = play(OFFBOARD, usernames=FIVE)
        assert run.rc != 0
        assert not server.running
        assert len(run.steps) == 5 * len(STEPS)
        assert {run.results(name)["totp"] for name in FIVE} == {"done"}
        assert {run.results(name)["status"] for name in FIVE} <= {"failed", "not_attempted"}
        assert sum("HALF DONE" in line for line in run.summary) == 5
        assert Reader(run.page).open == []
