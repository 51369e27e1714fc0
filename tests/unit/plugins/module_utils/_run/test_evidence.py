# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run writes down, ahead of what it does: in the ledger and in the journal."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.evidence import read_options
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.job import Job, Line, one
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.memory import here

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace
    from ansible_collections.chatops.rocketchat.tests.unit.plugins.module_utils._run.conftest import Deed, Result
    from ansible_collections.chatops.rocketchat.tests.unit.plugins.module_utils.conftest import Channel

Do = Callable[..., "Result"]
Make = Callable[..., "Deed"]
Params = Callable[..., dict[str, Any]]
SAY = "/api/v1/chat.sendMessage"
REFUSED = (403, {"success": False, "error": "unauthorized"})


@pytest.fixture(autouse=True)
def _people(workspace: Workspace) -> None:
    for name in ("alice", "bob", "carol"):
        workspace.add(name)


def whole(*lines: Line) -> Job:
    """Return a job of several steps."""
    return Job("offboard", "offboarded", lines, whole=True, leaves_inactive=True)


def record(text: str) -> Any:
    """Return the line for machines of a message."""
    return json.loads(text.split("```json\n")[1].split("\n```")[0])


class TestOptions:
    """What a task says of ledger and journal."""

    def test_are_taken_as_given(self, params: Params) -> None:
        given = read_options(
            params(
                ledger="access-ledger",
                ledger_days=7,
                ledger_required=True,
                ledger_authors=["x"],
                ledger_auditors=["y"],
                operator=" olga ",
                ticket=" INC-1 ",
                force=True,
            )
        )
        assert (given.ledger, given.days, given.required) == ("access-ledger", 7, True)
        assert (given.authors, given.auditors) == (["x"], ["y"])
        assert (given.operator, given.ticket, given.force) == ("olga", "INC-1", True)

    @pytest.mark.parametrize("blank", [None, "", " "])
    def test_blank_ones_are_none(self, params: Params, blank: str | None) -> None:
        given = read_options(params(ticket=blank, operator=blank, ledger=blank and blank.strip()))
        assert (given.ticket, given.ledger) == (None, None)
        assert given.operator

    @pytest.mark.parametrize("missing", [KeyError, OSError])
    def test_an_operator_who_has_no_name_on_this_host_has_a_number(
        self, params: Params, monkeypatch: pytest.MonkeyPatch, missing: type[Exception]
    ) -> None:
        def getuser() -> str:
            raise missing

        monkeypatch.delenv("SUDO_USER", raising=False)
        monkeypatch.setattr(getpass, "getuser", getuser)
        assert read_options(params(operator=None)).operator == str(os.getuid())

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"ledger": "access ledger"}, "ledger is 'access ledger'"),
            ({"ledger": "x", "ledger_days": 0}, "ledger_days is 0"),
            ({"ledger": "x", "ledger_days": 3651}, "ledger_days is 3651"),
            ({"ledger_required": True}, "need ledger"),
            ({"ticket": " ", "ticket_required": True}, "A ticket is mandatory here"),
            ({"ledger_authors": ["x"]}, "need ledger"),
            ({"ledger_auditors": ["x"]}, "need ledger"),
        ],
    )
    def test_that_cannot_be_meant_are_refused(self, params: Params, changes: dict[str, Any], says: str) -> None:
        with pytest.raises(InputError, match=says):
            read_options(params(**changes))


class TestLedger:
    """What is said in the channel, and when."""

    def test_who_is_about_to_be_changed_is_said_before_the_first_write_and_what_was_done_after_the_last(
        self, workspace: Workspace, channel: Channel, do: Do, deed: Make
    ) -> None:
        said_by_then: list[int] = []
        first = deed("totp", meanwhile=lambda _name: said_by_then.append(len(channel.said)), spares=["carol"])
        sessions = deed("sessions", fails={"bob": TargetError("gone", "Gone.")}, spares=["carol"])
        sessions.ends_sessions = True
        result = do(whole(Line(first), Line(sessions)), "alice", "bob", "carol", ledger="access-ledger", ticket="INC-1")
        assert said_by_then == [1, 1]
        begin, end = map(record, channel.said)
        common = {"job": "offboard", "ticket": "INC-1", "operator": "the tests", "process": here(), "v": 1}
        assert begin.items() >= {**common, "phase": "begin", "users": {"aliceId": "alice", "bobId": "bob"}}.items()
        assert end.items() >= {**common, "phase": "end", "last": True}.items()
        assert end["done"] == {"totp sessions": ["aliceId"], "totp": ["bobId"]}
        assert begin["run"] == end["run"] == result.all["run"]["run_id"]
        assert channel.said[0].startswith("Offboarding INC-1 by the tests begins with 2 accounts (alice, bob).\n")
        assert channel.said[1].startswith("Offboarding INC-1 by the tests ended; changed were 2 accounts (alice, bob).")

    def test_of_many_a_few_are_named_in_the_sentence(
        self, workspace: Workspace, channel: Channel, do: Do, deed: Make
    ) -> None:
        names = [f"user{number}" for number in range(6)]
        for name in names:
            workspace.add(name)
        do(one(deed("totp"), "reset"), *names, ledger="access-ledger")
        line = "TOTP reset by the tests begins with 6 accounts (user0, user1, user2, user3, user4, ...)."
        assert channel.said[0].startswith(line)
        assert len(record(channel.said[0])["users"]) == 6

    @pytest.mark.parametrize("check_mode", [True, False])
    def test_where_nothing_is_to_be_done_nothing_is_said(
        self, channel: Channel, do: Do, deed: Make, check_mode: bool
    ) -> None:
        channel.there = False
        step = deed("totp", spares=[] if check_mode else ["alice"])
        assert do(one(step, "reset"), "alice", ledger="access-ledger", check_mode=check_mode).warnings == []
        assert channel.server.sent("POST") == []

    def test_a_run_that_is_refused_says_nothing(self, channel: Channel, do: Do, deed: Make) -> None:
        assert do(one(deed("totp"), "reset"), "alice", "nobody", ledger="access-ledger").error == "user-not-found"
        assert channel.said == []

    def test_a_run_that_fails_half_way_says_how_far_it_came(self, channel: Channel, do: Do, deed: Make) -> None:
        step = deed("totp", fails={"bob": TargetError("gone", "Gone.")})
        do(one(step, "reset"), "alice", "bob", "carol", ledger="access-ledger")
        assert record(channel.said[-1])["done"] == {"totp": ["aliceId"]}

    def test_it_is_made_where_there_is_none_and_auditors_are_invited(
        self, workspace: Workspace, channel: Channel, do: Do, deed: Make
    ) -> None:
        channel.there = False
        workspace.add("audrey")
        do(one(deed("totp"), "reset"), "alice", ledger="access-ledger", ledger_auditors=["audrey"])
        assert [seen.path.rpartition("/")[2] for seen in channel.server.sent("POST")] == [
            "groups.create",
            "groups.invite",
            "chat.sendMessage",
            "chat.sendMessage",
        ]
        assert channel.server.sent("POST")[1].json == {"roomId": "roomId", "userId": "audreyId"}

    def test_what_it_tells_of_is_not_done_again(
        self, channel: Channel, do: Do, deed: Make, log: list[tuple[str, str]]
    ) -> None:
        sessions = deed("sessions")
        sessions.ends_sessions = True
        job = whole(Line(deed("totp")), Line(sessions))
        do(job, "alice", ledger="access-ledger")
        log.clear()
        result = do(job, "alice", "bob", ledger="access-ledger")
        assert [entry for entry in log if entry[0] != "plan"] == [("totp", "bob"), ("sessions", "bob")]
        assert result.column("outcome") == ["nothing_to_do", "done"]
        assert {step["evidence"] for step in result.users[0]["steps"]} == {"ledger"}
        assert do(job, "alice", ledger="access-ledger", force=True).column("outcome") == ["done"]

    def test_who_signed_in_since_has_it_done_again(
        self, workspace: Workspace, channel: Channel, do: Do, deed: Make
    ) -> None:
        step = deed("totp")
        step.ends_sessions = True
        do(one(step, "reset"), "alice", ledger="access-ledger")
        workspace.accounts[0]["lastLogin"] = "2026-03-02T10:00:00.000Z"
        assert do(one(step, "reset"), "alice", ledger="access-ledger").column("outcome") == ["done"]
        # For the same ticket it is not.
        assert do(one(step, "reset"), "alice", ledger="access-ledger", ticket="INC-1").column("outcome") == ["done"]
        again = do(one(step, "reset"), "alice", ledger="access-ledger", ticket="INC-1")
        assert again.column("outcome") == ["nothing_to_do"]

    def test_what_broke_off_is_told_and_finished(
        self, channel: Channel, do: Do, deed: Make, log: list[tuple[str, str]]
    ) -> None:
        begun = {
            "run": "r1",
            "job": "offboard",
            "v": 1,
            "phase": "begin",
            "users": {"aliceId": "alice"},
        }
        channel.put(f"x\n```json\n{json.dumps(begun)}\n```", ago=timedelta(hours=1))
        inactive = Line(deed("second"), unless=lambda _user: "the account was inactive already")
        job = whole(Line(deed("first", spares=["alice", "bob"])), inactive)
        result = do(job, "alice", "bob", ledger="access-ledger")
        assert len(result.warnings) == 1
        assert "never ended. It may have left half done: alice" in result.warnings[0]
        # Of bob nothing is known, so that the reason holds.
        assert [entry for entry in log if entry[0] != "plan"] == [("second", "alice")]
        assert do(job, "alice", ledger="access-ledger").warnings == []

    def test_somebody_else_at_work_keeps_off(
        self, channel: Channel, do: Do, deed: Make, log: list[tuple[str, str]]
    ) -> None:
        begun = {"run": "r1", "job": "recover", "v": 1, "phase": "begin", "users": {"aliceId": "alice"}}
        channel.put(f"x\n```json\n{json.dumps({**begun, 'process': 'else/1.2'})}\n```", ago=timedelta(minutes=1))
        result = do(whole(Line(deed("first"))), "alice", "bob", ledger="access-ledger", on_error="continue")
        assert [entry for entry in log if entry[0] != "plan"] == []
        assert result.errors == ["another-run", "not-attempted"]

    @pytest.mark.parametrize("what", ["reading", "making", "saying"])
    @pytest.mark.parametrize("required", [True, False])
    def test_without_one_the_job_goes_on_with_a_warning_unless_there_must_be_one(
        self, channel: Channel, do: Do, deed: Make, log: list[tuple[str, str]], what: str, required: bool
    ) -> None:
        channel.there = what == "saying"
        path, method = {
            "reading": ("/api/v1/groups.history", "GET"),
            "making": ("/api/v1/groups.create", "POST"),
            "saying": (SAY, "POST"),
        }[what]
        channel.server.route(path, REFUSED, method=method)
        result = do(one(deed("totp"), "reset"), "alice", ledger="access-ledger", ledger_required=required)
        done = [entry for entry in log if entry[0] != "plan"]
        if required:
            assert (result.error, result.errors, done) == ("unauthorized", ["not-attempted"], [])
            return
        assert (result.error, done) == (None, [("totp", "alice")])
        assert len(result.warnings) == 1
        assert "There is no ledger" in result.warnings[0]
        assert what == "saying" or channel.said == []

    def test_a_room_that_is_not_the_accounts_own_ends_the_run_in_any_case(
        self, channel: Channel, do: Do, deed: Make, log: list[tuple[str, str]]
    ) -> None:
        channel.group["t"] = "c"
        result = do(one(deed("totp"), "reset"), "alice", ledger="access-ledger", on_error="continue")
        assert (result.error, log) == ("ledger-not-ours", [])

    def test_an_end_that_could_not_be_told_is_a_warning_since_nothing_is_undone_by_it(
        self, channel: Channel, do: Do, deed: Make
    ) -> None:
        channel.server.route(SAY, {"success": True}, REFUSED, method="POST")
        result = do(one(deed("totp"), "reset"), "alice", ledger="access-ledger", ledger_required=True)
        assert (result.error, result.column("outcome")) == (None, ["done"])
        assert len(result.warnings) == 1
        assert "the next one will take it for broken off" in result.warnings[0]


class TestJournal:
    """What is written to the file, and when."""

    def lines(self, path: Path) -> list[dict[str, Any]]:
        """Return what the journal holds."""
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def test_every_intent_is_on_the_disk_before_the_write_and_every_step_before_the_next(
        self, do: Do, deed: Make, tmp_path: Path
    ) -> None:
        path = tmp_path / "journal"
        written: list[list[str]] = []
        steps = [
            deed(name, meanwhile=lambda _name: written.append([line["type"] for line in self.lines(path)]))
            for name in ("first", "second")
        ]
        do(whole(*map(Line, steps)), "alice", "bob", journal=str(path), ticket="INC-1")
        assert written == [
            ["run", "begin", "intent"],
            ["run", "begin", "intent", "step"],
            ["run", "begin", "intent", "step", "step", "intent"],
            ["run", "begin", "intent", "step", "step", "intent", "step"],
        ]
        lines = self.lines(path)
        assert [line["type"] for line in lines[-3:]] == ["person", "person", "end"]
        assert {(line["job"], line["ticket"], line["operator"]) for line in lines} == {
            ("offboard", "INC-1", "the tests")
        }
        assert len({line["run_id"] for line in lines}) == 1
        intent = next(line for line in lines if line["type"] == "intent")
        assert (intent["username"], intent["user_id"], intent["steps"]) == ("alice", "aliceId", ["first", "second"])
        # What the steps take away.
        assert intent["was"] == {"first": ["alice"], "second": ["alice"]}
        assert (lines[-1]["summary"], lines[-1]["failure"]) == ({"done": 2}, None)

    def test_a_run_that_fails_says_so_at_its_end(self, do: Do, deed: Make, tmp_path: Path) -> None:
        path = tmp_path / "journal"
        do(one(deed("first"), "done"), "nobody", journal=str(path))
        lines = self.lines(path)
        assert [line["type"] for line in lines] == ["run", "begin", "person", "end"]
        assert "'nobody'" in lines[-1]["failure"]
        assert lines[2]["outcome"] == "failed"

    def test_check_mode_writes_it_and_says_so(self, do: Do, deed: Make, tmp_path: Path) -> None:
        path = tmp_path / "journal"
        do(one(deed("first"), "done"), "alice", journal=str(path), check_mode=True)
        assert [(line["type"], line["check_mode"]) for line in self.lines(path)] == [
            ("run", True),
            ("begin", True),
            ("person", True),
            ("end", True),
        ]

    def test_where_it_fails_the_person_is_finished_and_nobody_else_begun(
        self, do: Do, deed: Make, log: list[tuple[str, str]], tmp_path: Path
    ) -> None:
        path = tmp_path / "journal"
        job = whole(Line(deed("first", meanwhile=lambda _name: path.unlink(missing_ok=True))), Line(deed("second")))
        result = do(job, "alice", "bob", journal=str(path), on_error="continue")
        assert [entry for entry in log if entry[0] != "plan"] == [("first", "alice"), ("second", "alice")]
        assert result.error == "journal-failed"
        assert result.column("outcome") == ["done", "not_attempted"]

    def test_where_it_fails_at_the_start_nothing_is_sent(
        self, workspace: Workspace, do: Do, deed: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fsync(_file: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", fsync)
        result = do(one(deed("first"), "done"), "alice", journal=str(tmp_path / "journal"))
        assert (result.error, result.errors) == ("journal-failed", ["not-attempted"])
        assert workspace.server.requests == []

    def test_where_only_its_last_line_fails_the_run_fails(
        self, do: Do, deed: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = os.write

        def write(file: int, data: bytes) -> int:
            if b'"type": "end"' in data:
                raise OSError(28, "No space left on device")
            return real(file, data)

        monkeypatch.setattr(os, "write", write)
        result = do(one(deed("first"), "done"), "alice", journal=str(tmp_path / "journal"))
        assert (result.error, result.column("outcome")) == ("journal-failed", ["done"])
        assert "no space left on device" in result.message
