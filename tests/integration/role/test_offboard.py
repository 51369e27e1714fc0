# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Offboarding: everybody is checked first, no failure leaves an account weaker, a second run does nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.emulator.testing import Emulator
from tests.integration.role.play import (
    HELPDESK,
    LEDGER,
    OFFBOARD,
    SEED,
    TOKEN,
    Play,
    Player,
    Reader,
    person,
    workspace,
)

STEPS = ["sessions", "status", "totp", "password"]
# A person chooses the own display name, and whoever asks the ticket; neither may be anything but text.
HOSTILE = "{{ 6 * 7 }} <b onclick='alert(1)'>"
NO_LEDGER = "NOT REMEMBERED: "


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
    given: dict[str, Any] = {"usernames": "alice; Bob@Example.test,\n ina\n", "reset_password": True}
    more = {"awx_job_id": "4711", "awx_user_name": "jane.doe"}
    extra = [part for name, value in more.items() for part in ("-e", f"{name}={value}")]
    # As a survey's answer comes: marked as no template.
    first = play(OFFBOARD, "-vvv", "--diff", *extra, unsafe={"ticket": f"HR-1 {HOSTILE}"}, **given)
    return first, play(OFFBOARD, **given)


class TestTwice:
    """The playbook by name, twice over the same people; the second run, on another controller, has another ticket."""

    world: ClassVar = workspace(
        person("alice", _id="idAlice", name=HOSTILE),
        person("bob", _id="idBob"),
        person("ina", _id="idIna", active=False),
        person("bystander"),
    )

    def test_those_who_left_are_out(self, twice: tuple[Play, Play], server: Emulator) -> None:
        assert twice[0].rc == 0, twice[0].output
        assert gone(server, "alice")
        assert gone(server, "bob")
        assert server.user("alice")["requirePasswordChange"] is True
        assert untouched(server, "bystander")

    def test_the_second_factor_goes_only_once_the_account_is_out(self, twice: tuple[Play, Play]) -> None:
        order = ["users.setActiveStatus", "users.resetTOTP", "users.update"]
        assert twice[0].done_to("idAlice") == twice[0].done_to("idBob") == order
        assert len(twice[0].done) == 7

    def test_of_inactive_people_the_sessions_end_and_nothing_else(
        self, twice: tuple[Play, Play], server: Emulator
    ) -> None:
        ina = server.user("ina")
        assert ina["totp"] == {"enabled": True, "pending": False}
        assert ina["tokens"]["total"] == 0
        assert twice[0].done_to("idIna") == ["users.logout"]
        assert twice[0].line("ina") == (
            "ina (idIna): signed out everywhere, and nothing else: the account was inactive already"
        )

    def test_the_second_run_sends_nothing_and_says_why(self, twice: tuple[Play, Play]) -> None:
        second = twice[1]
        assert (second.rc, second.changed, second.writes, second.mails) == (0, 0, [], [])
        for name in ("alice", "bob", "ina"):
            assert f"{name} (id{name.title()}): nothing to do (done on 20" in second.line(name)
            assert "nobody has signed in since" in second.line(name)
        assert "Nothing was to be done: nothing was changed, and nobody was mailed." in second.summary

    def test_each_person_is_recorded_with_each_step(self, twice: tuple[Play, Play]) -> None:
        for run in twice:
            assert {who: list(run.results(who)) for who in run.people} == dict.fromkeys(("alice", "bob", "ina"), STEPS)
        assert twice[0].results("bob") == dict.fromkeys(STEPS, "done")
        assert twice[1].results("bob") == dict.fromkeys(STEPS, "nothing_to_do")
        assert twice[1].step("bob", "totp")["evidence"] == "ledger"

    def test_records_are_written_ahead(self, twice: tuple[Play, Play]) -> None:
        """Whom a run means to change stands there before the first change."""
        kinds = [(record["type"], record.get("username")) for record in twice[0].records]
        assert kinds[:2] == [("run", None), ("begin", None)]
        assert kinds[-1] == ("end", None)
        for name, steps in (("alice", 4), ("bob", 4), ("ina", 1)):
            assert [kind for kind, who in kinds if who == name] == ["intent", *["step"] * steps, "person"]

    def test_records_say_who_what_when_and_why(self, twice: tuple[Play, Play], server: Emulator) -> None:
        first = twice[0]
        run, begin, end = first.record("run"), first.record("begin"), first.record("end")
        assert run["operator"] == "jane.doe (AWX job 4711)"
        assert run["ticket"] == f"HR-1 {HOSTILE}"
        assert run["workspace"] == server.url
        assert (begin["account"], begin["server_version"]) == (HELPDESK, "8.6")
        assert run["check_mode"] is False
        assert (end["summary"], end["failure"]) == ({"done": 3}, None)
        steps = [record for record in first.records if record["type"] == "step"]
        assert run["started"] <= min(step["at"] for step in steps)
        assert end["finished"] >= max(step["at"] for step in steps)
        assert all(record["run_id"] == run["run_id"] for record in first.records)
        assert all(step["reason"] for step in steps)
        assert twice[1].record("run")["operator"] == "nightshift"

    def test_reports_are_private_and_never_overwritten(self, twice: tuple[Play, Play]) -> None:
        files = [file for run in twice for file in run.reports]
        assert len({file.name for file in files}) == 4
        assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}
        assert oct(files[0].parent.stat().st_mode & 0o777) == "0o700"

    def test_the_page_is_whole_and_shows_texts_as_texts(self, twice: tuple[Play, Play]) -> None:
        page = Reader(twice[0].page)
        assert page.open == []
        # One for the number on top, none of the ticket's.
        assert page.elements.count("b") == 1
        assert f"HR-1 {HOSTILE}" in page.text
        assert not [value for name, value in page.attributes if name in ("src", "href", "onclick")]
        assert not {"link", "img", "iframe", "script"} & set(page.elements)
        for words in ("Offboarding", "jane.doe (AWX job 4711)", "Rocket.Chat 8.6", "3done", "inaidIna"):
            assert words in page.text
        assert "nothing to do" in Reader(twice[1].page).text

    def test_names_and_tickets_are_never_taken_for_templates(self, twice: tuple[Play, Play]) -> None:
        assert "42 <b" not in twice[0].page + twice[0].output

    def test_the_ledger_tells_auditors_what_was_done(self, twice: tuple[Play, Play], server: Emulator) -> None:
        begin, end = server.messages(LEDGER)
        assert "by jane.doe (AWX job 4711) begins with 3 accounts (alice, ina, bob)." in begin["msg"]
        assert "ended; changed were 3 accounts (alice, ina, bob)." in end["msg"]

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
        assert check_mode.changed == 1
        assert check_mode.summary[0].startswith("CHECK MODE, nothing was changed.")
        assert check_mode.line("alice").endswith("): to do: signed out everywhere, deactivated, TOTP reset")
        assert check_mode.line("ina").endswith(
            "): to do: signed out everywhere, and nothing else: the account was inactive already"
        )
        assert {record["check_mode"] for record in check_mode.records} == {True}
        assert not {"intent", "step"} & {record["type"] for record in check_mode.records}
        assert check_mode.results("alice")["totp"] == "would_be_done"
        page = Reader(check_mode.page)
        assert page.open == []
        assert "Check mode. This page is a prediction." in page.text
        assert "would be done" in page.text


class TestSurprises:
    """Whatever is wrong with one stops all, before the first write."""

    world: ClassVar = workspace(person("alice"), person("fred", federated=True))

    def test_unknown_federated_and_the_caller(self, play: Player, server: Emulator) -> None:
        run = play(OFFBOARD, usernames=["alice", "nobody", "fred", HELPDESK], on_error="continue")
        assert run.rc != 0
        assert run.writes == []
        assert untouched(server, "alice")
        for words in (
            "Nobody was offboarded.",
            "'nobody'",
            "'fred' is a federated user",
            f"'{HELPDESK}' is the calling",
        ):
            assert words in run.failure
            assert words in Reader(run.page).text
        outcomes = {who: record["outcome"] for who, record in run.people.items()}
        assert outcomes == {"alice": "not_attempted", **dict.fromkeys(("nobody", "fred", HELPDESK), "failed")}
        assert run.results("alice")["totp"] == "not_attempted"
        assert run.record("end")["summary"] == {"failed": 3, "not_attempted": 1}

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            (
                {"usernames": " ,;\n"},
                "Nobody is named. Give user_access_usernames, user_access_user_ids or user_access_emails.",
            ),
            (
                {"usernames": "alice", "ticket": " ", "ticket_required": True},
                "A ticket is mandatory here (user_access_ticket_required). Give its reference.",
            ),
        ],
    )
    def test_what_must_be_told_is_not(self, play: Player, given: dict[str, Any], words: str) -> None:
        """Nothing is sent, and no report is left: there was no run that it could be of."""
        run = play(OFFBOARD, **given)
        assert run.rc != 0
        assert run.requests == []
        assert run.reports == []
        assert run.failure == words
        assert run.summary == ["Nothing was done to anybody."]

    def test_no_report_no_run(self, play: Player, tmp_path: Path) -> None:
        occupied = tmp_path / "file"
        occupied.touch()
        run = play(OFFBOARD, report=False, usernames="alice", report_dir=f"{occupied}/evidence")
        assert run.rc != 0
        assert run.requests == []
        assert run.failure.startswith(f"user_access_report_dir: {occupied}/evidence/offboard-20")
        assert run.failure.endswith(".jsonl cannot be written (not a directory). Nothing was done.")

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
        assert run.people["alice"]["outcome"] == "not_attempted"
        assert "Check host and port in user_access_api_url" in run.failure
        assert "127.0.0.1:9" in run.record("end")["failure"]
        page = Reader(run.page)
        assert page.open == []
        for words in ("Nothing answers at 127.0.0.1:9", "the workspace was not reached", "1not attempted"):
            assert words in page.text

    def test_without_a_ledger_one_warning_and_the_job_is_done(self, play: Player, server: Emulator) -> None:
        server.permissions({"create-p": ["admin"]})
        run = play(OFFBOARD, usernames="alice")
        assert run.rc == 0, run.output
        assert gone(server, "alice")
        assert "".join(run.output.split()).count("Thereisnoledger(") == 1
        assert "create-p" in Reader(run.page).text


FIVE = [f"user{number}" for number in range(1, 6)]


@pytest.fixture(scope="class")
def broken_off(play: Player, server: Emulator) -> tuple[Play, set[str], Play]:
    server.fault("close-before", {"path": "users.setActiveStatus", "nth": 3, "count": 0})
    first = play(OFFBOARD, usernames=FIVE)
    out = {name for name in FIVE if gone(server, name)}
    server.control("faults", method="DELETE")
    return first, out, play(OFFBOARD, usernames=FIVE)


class TestBrokenOff:
    """A deactivation whose connection drops in the middle of five people; a rerun finishes the rest."""

    world: ClassVar = workspace(*(person(name) for name in FIVE))

    def test_nobody_is_left_half_done(self, broken_off: tuple[Play, set[str], Play]) -> None:
        first, out, _second = broken_off
        assert first.rc != 0
        assert len(out) == 2
        assert "user1" in out
        assert {name for name in FIVE if set(first.results(name).values()) == {"done"}} == out
        assert {first.results(name)["status"] for name in set(FIVE) - out} <= {"failed", "not_attempted"}
        assert {first.results(name)["sessions"] for name in set(FIVE) - out} <= {"done", "not_attempted"}

    def test_the_failure_counts_them_and_the_lines_say_what_is_not_known(
        self, broken_off: tuple[Play, set[str], Play]
    ) -> None:
        first = broken_off[0]
        assert first.failure.startswith("2 of 5 accounts offboarded, ")
        assert any("No answer tells whether it was done." in line for line in first.summary)

    def test_a_rerun_finishes_the_rest_and_mails_nobody_twice(
        self, broken_off: tuple[Play, set[str], Play], server: Emulator
    ) -> None:
        _first, out, second = broken_off
        assert second.rc == 0, second.output
        assert all(gone(server, name) for name in FIVE)
        assert not {f"{name}@example.test" for name in out} & {mail["to"] for mail in second.mails}
        assert {name for name in FIVE if set(second.results(name).values()) == {"nothing_to_do"}} == out


@pytest.fixture(scope="class", params=["users.setActiveStatus", "users.resetTOTP", "users.update"])
def broken(request: pytest.FixtureRequest, play: Player, server: Emulator) -> tuple[str, Play, dict[str, Any]]:
    """One request after the first write fails, for whom it is first asked; then what is left of the account."""
    name = {"users.setActiveStatus": "alice", "users.resetTOTP": "bob", "users.update": "carol"}[request.param]
    server.fault("close-before", {"path": request.param, "count": 0})
    run = play(OFFBOARD, usernames=[name], on_error="continue", reset_password=True, ledger="")
    server.control("faults", method="DELETE")
    return request.param, run, server.user(name)


class TestNeverWeaker:
    """Whatever fails after the first write: the sessions are over, and who is active has the second factor still."""

    world: ClassVar = workspace(*(person(name) for name in ("alice", "bob", "carol")))

    def test_no_account_that_is_active_has_lost_its_second_factor(
        self, broken: tuple[str, Play, dict[str, Any]]
    ) -> None:
        endpoint, run, left = broken
        assert run.rc != 0
        assert left["tokens"]["total"] == 0
        assert left["active"] is (endpoint == "users.setActiveStatus")
        assert bool(left["totp"]) is (endpoint != "users.update")

    def test_without_the_deactivation_neither_totp_nor_password_is_tried(
        self, broken: tuple[str, Play, dict[str, Any]]
    ) -> None:
        endpoint, run, left = broken
        name = left["name"].lower()
        if endpoint == "users.setActiveStatus":
            assert run.results(name) == dict(
                zip(STEPS, ("done", "failed", "not_attempted", "not_attempted"), strict=True)
            )
            assert run.mails == []
        assert run.line(name).startswith(f"{name} ({left['_id']}): HALF DONE (signed out everywhere")

    def test_without_a_ledger_the_run_says_what_a_rerun_leaves(self, broken: tuple[str, Play, dict[str, Any]]) -> None:
        (line,) = [line for line in broken[1].summary if line.startswith(NO_LEDGER)]
        assert "half done is finished only with user_access_force" in line


@pytest.fixture(scope="class", params=["", LEDGER])
def finished(request: pytest.FixtureRequest, play: Player, server: Emulator) -> tuple[str, Play, Play]:
    """The reset fails once the account is out; run again, without a ledger by force."""
    name = "bob" if request.param else "alice"
    server.fault("close-before", {"path": "users.resetTOTP", "count": 0})
    first = play(OFFBOARD, usernames=[name], ledger=request.param)
    server.control("faults", method="DELETE")
    return name, first, play(OFFBOARD, usernames=[name], ledger=request.param, force=not request.param)


class TestOutButNotFinished:
    """Who is inactive, and was not left by a run as it meant to, is finished."""

    world: ClassVar = workspace(person("alice"), person("bob"))

    def test_it_is_half_done(self, finished: tuple[str, Play, Play]) -> None:
        name, first, _second = finished
        assert first.rc != 0
        assert first.people[name]["outcome"] == "half_done"
        assert "half done" in Reader(first.page).text

    def test_the_next_run_finishes_it(self, finished: tuple[str, Play, Play], server: Emulator) -> None:
        name, _first, second = finished
        assert second.rc == 0, second.output
        # The ledger knows that the sessions are over.
        assert second.done == (["users.resetTOTP"] if name == "bob" else ["users.logout", "users.resetTOTP"])
        assert gone(server, name)


@pytest.fixture(scope="class")
def only_owner(play: Player) -> tuple[Play, dict[str, Any], Play]:
    people = ["owner", "alice", "carol"]
    first = play(OFFBOARD, usernames=people, on_error="continue")
    return (
        first,
        {name: user["active"] for name, user in play.server.state()["users"].items()},
        play(OFFBOARD, usernames=people, confirm_relinquish=True),
    )


class TestOnlyOwner:
    """One cannot be deactivated, and is named; the others are finished, and a rerun finishes this one."""

    rooms: ClassVar = [{"name": "alone", "type": "p"}, {"name": "shared", "type": "c", "members": ["other"]}]
    world: ClassVar = workspace(person("alice"), person("owner", rooms=rooms), person("carol"), person("other"))

    def test_the_rooms_are_named(self, only_owner: tuple[Play, dict[str, Any], Play]) -> None:
        first, active, _second = only_owner
        assert first.rc != 0
        for words in ("alone", "shared", "set user_access_confirm_relinquish to true"):
            assert words in first.failure
            assert words in first.line("owner")
        assert (first.results("owner")["status"], first.results("owner")["totp"]) == ("failed", "not_attempted")
        assert active["owner"] is True
        assert first.failure.startswith("2 of 3 accounts offboarded, 1 failed, 0 not attempted.")

    def test_the_others_are_finished(self, only_owner: tuple[Play, dict[str, Any], Play]) -> None:
        for name in ("alice", "carol"):
            assert set(only_owner[0].results(name).values()) == {"done"}

    def test_the_rerun_goes_through_and_lists_the_rooms(
        self, only_owner: tuple[Play, dict[str, Any], Play], server: Emulator
    ) -> None:
        second = only_owner[2]
        assert second.rc == 0, second.output
        assert gone(server, "owner")
        assert "shared" in {room["name"] for room in server.state()["rooms"]}
        told = "deactivated; rooms deleted: alone; rooms with a new owner: shared"
        assert f"): deactivated, TOTP reset ({told}), the rest: done on 20" in second.line("owner")
        assert second.step("owner", "status")["reason"] == told


class TestDeadServer:
    """The server dies in the middle; the evidence is written all the same."""

    world: ClassVar = workspace(*(person(name) for name in FIVE))

    def test_the_evidence_says_how_far_it_came(self, play: Player, server: Emulator) -> None:
        server.fault("exit", {"path": "users.setActiveStatus", "nth": 2})
        run = play(OFFBOARD, usernames=FIVE)
        assert run.rc != 0
        assert not server.running
        assert set(run.people) == set(FIVE)
        # What was sent and could not be read back is no success.
        assert set(run.results("user1").values()) == {"done"}
        assert run.people["user1"]["outcome"] == "half_done"
        assert any("HALF DONE" in line for line in run.summary)
        page = Reader(run.page)
        assert page.open == []
        assert "The ledger could not be told how this run ended" in page.text


@pytest.fixture(scope="class")
def killed(play: Player, server: Emulator) -> tuple[Play, Play]:
    """The module dies before an answer comes, as on a host that runs out of memory; then the same again."""
    server.fault("hang", {"path": "users.resetTOTP"}, seconds=60)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(play, OFFBOARD, usernames="alice", ticket="HR-1")
        server.wait_for("users.resetTOTP")
        (begin,) = server.messages(LEDGER)
        process = begin["msg"].partition('"process":"')[2].partition("/")[2].partition(".")[0]
        os.kill(int(process), signal.SIGKILL)
        first = run.result()
    server.control("faults", method="DELETE")
    return first, play(OFFBOARD, usernames="alice", ticket="HR-1")


class TestKilled:
    """A run that was killed names whom it was at, and the next one finishes."""

    world: ClassVar = workspace(person("alice", _id="idAlice"))

    def test_the_page_says_how_far_it_came(self, killed: tuple[Play, Play]) -> None:
        first = killed[0]
        assert first.rc != 0
        assert "The run broke off. Run it again for the same people: the rest will be finished." in first.summary
        page = Reader(first.page)
        assert page.open == []
        text = " ".join(page.text.split())
        assert "The run broke off." in text
        assert "Finished (UTC)it broke off" in text
        assert "Deactivationdonedeactivated" in text
        assert "totpnot known" in text

    @pytest.mark.parametrize("damage", ["a line that is cut off", "a line of something else"])
    def test_an_entry_point_makes_it_later(self, killed: tuple[Play, Play], play: Player, damage: str) -> None:
        """Where Ansible was killed as well, the records lie there alone, and may be damaged."""
        page, records = (next(f for f in killed[0].reports if f.suffix == end) for end in (".html", ".jsonl"))
        before, whole = page.read_text(encoding="utf-8"), records.read_text(encoding="utf-8")
        page.unlink()
        lines = whole.splitlines(keepends=True)
        if damage == "a line that is cut off":
            # The disk was full.
            lines.append('{"type": "st')
        else:
            lines.insert(1, '{"type": "st\x00\x00\n')
        records.write_text("".join(lines), encoding="utf-8")
        done = subprocess.run(
            [
                *(str(Path(sys.executable).parent / "ansible"), "localhost", "-m", "ansible.builtin.include_role"),
                *("-a", "name=chatops.rocketchat.user_access tasks_from=page", "-e", f"user_access_journal={records}"),
            ],
            cwd=records.parent,
            env=play.environment(records.parent),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        records.write_text(whole, encoding="utf-8")
        assert done.returncode == 0, done.stdout + done.stderr
        made = page.read_text(encoding="utf-8")
        if damage == "a line that is cut off":
            assert made == before
        else:
            text = " ".join(Reader(made).text.split())
            assert "The journal is damaged. Lines of it that cannot be read: 1." in text
            assert "Deactivationdonedeactivated" in text

    def test_the_next_run_tells_of_it_and_finishes(self, killed: tuple[Play, Play], server: Emulator) -> None:
        second = killed[1]
        assert second.rc == 0, second.output
        assert "users.resetTOTP" in second.done
        assert gone(server, "alice")
        told = "A run of the job offboard for HR-1 began on "
        assert told in " ".join(second.output.split())
        assert told in Reader(second.page).text
