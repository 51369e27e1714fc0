# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs remember of one another, and whose word does not count."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.cast import id_of
from tests.emulator.settings import E2E, E2E_PRIVATE_ROOMS
from tests.emulator.testing import Emulator
from tests.integration.ledgers import LEDGER, records, said, tell
from tests.integration.runner import (
    Ansible,
    Run,
    Task,
    changed,
    codes,
    missing,
    requests_of,
    resets,
    verbs,
    warnings_of,
    with_token,
    writes,
)
from tests.integration.test_neighbours_common import TO_OFFBOARD, caller, offboard, recover

CALLER = "user00040"
COLLEAGUE = "user00039"
SPEAKING = ["chat.sendMessage", "chat.sendMessage"]


def paths(server: Emulator, task: str) -> list[str]:
    """The endpoints that a task wrote to, in order."""
    return [sent["path"].removeprefix("/api/v1/") for sent in writes(server, task)]


@pytest.fixture(scope="class")
def desk(server: Emulator) -> dict[str, Any]:
    """An account that may do all jobs, in a workspace where private rooms are encrypted by default."""
    server.settings({E2E: True, E2E_PRIVATE_ROOMS: True})
    return caller(server, CALLER, *TO_OFFBOARD, ledger=LEDGER, concurrency=1)


@pytest.fixture(scope="class")
def run(server: Emulator, desk: dict[str, Any], ansible: Ansible) -> Run:
    """Each job, and again for the same ticket and for another one; then somebody signs in."""
    totp = {**desk, "end_sessions": True}
    one = {**totp, "username": "user00001"}
    before = server.state()["clock"]
    first = ansible(
        {
            "check": Task({**one, "ticket": "T-1"}, check=True),
            "first": Task({**one, "ticket": "T-1", "operator": "Olga", "ledger_auditors": ["harry"]}),
            "same": Task({**one, "ticket": "T-1"}),
            "other": Task({**one, "ticket": "T-2"}),
            "force": Task({**one, "ticket": "T-1", "force": True}),
            "check-again": Task({**one, "ticket": "T-1"}, check=True),
            "kept": Task({**desk, "username": "user00002", "ticket": "T-1"}),
            "kept-again": Task({**desk, "username": "user00002", "ticket": "T-2"}),
            "kept-same": Task({**desk, "username": "user00002", "ticket": "T-1"}),
            "without": Task({**totp, "ledger": None, "username": "user00003"}),
            "with": Task({**totp, "username": "user00004"}),
            "bare-without": Task({**desk, "ledger": None, "username": "user00007"}),
            "bare-with": Task({**desk, "username": "user00008"}),
            "offboard": offboard({**desk, "username": "user00005", "ticket": "T-5"}),
            "offboard-same": offboard({**desk, "username": "user00005", "ticket": "T-5"}),
            "offboard-other": offboard({**desk, "username": "user00005", "ticket": "T-6"}),
            "recover": recover({**desk, "username": "user00006", "ticket": "T-6"}),
            "recover-same": recover({**desk, "username": "user00006", "ticket": "T-6"}),
            "recover-other": recover({**desk, "username": "user00006", "ticket": "T-7"}),
            "recover-without": recover({**desk, "ledger": None, "username": "user00009"}),
            "recover-with": recover({**desk, "username": "user00010"}),
            "offboard-without": offboard({**desk, "ledger": None, "username": "user00011"}),
            "offboard-with": offboard({**desk, "username": "user00012"}),
            "own": Task({**desk, "usernames": ["user00013", CALLER]}),
            "own-id": recover({**desk, "user_ids": [id_of(CALLER)], "activate": True}),
            "revoked": Task({**desk, "username": "user00013", "api_token": "of-somebody-who-was-here"}),
        }
    )
    server.control("clock", {"offset_seconds": 60})
    for name in ("user00001", "user00006"):
        server.token(name, login=True)
        server.change_user(name, lastLogin=server.state()["clock"])
    second = ansible(
        {
            "since": Task({**one, "since": before}),
            "after-login": Task({**one, "ticket": "T-8"}),
            "after-login-same": recover({**desk, "username": "user00006", "ticket": "T-6"}),
            "since-late": Task({**desk, "username": "user00002", "since": server.state()["clock"]}),
        }
    )
    first.results.update(second.results)
    return first


class TestLedger:
    """Against both dialects."""

    def test_made_when_first_needed(self, server: Emulator, run: Run) -> None:
        """Private, read-only, not encrypted whatever the workspace's default, and open to the auditors."""
        room = server.room(LEDGER)
        assert (room["type"], room["readOnly"], room["encrypted"]) == ("p", True, False)
        assert CALLER in room["owners"]
        assert "harry" in room["members"]
        assert paths(server, "first") == [
            "groups.create",
            "groups.invite",
            "chat.sendMessage",
            "users.resetTOTP",
            "users.logout",
            "chat.sendMessage",
        ]

    @pytest.mark.parametrize("task", ["check", "check-again"])
    def test_check_mode_writes_nothing(self, server: Emulator, run: Run, task: str) -> None:
        """It reads the ledger, and that is all."""
        assert verbs(server, task) == {"GET"}
        assert changed(run.results[task]) == [task == "check"]

    def test_told(self, server: Emulator, run: Run) -> None:
        """Before the first write who is about to be changed, at the end what was done."""
        begin, end = (record for record in said(server) if record["run"] == run.results["first"]["run"]["run_id"])
        assert (begin["phase"], begin["users"]) == ("begin", {id_of("user00001"): "user00001"})
        assert (end["phase"], end["last"], end["done"]) == ("end", True, {"totp sessions": [id_of("user00001")]})
        assert [begin[key] for key in ("job", "ticket", "operator")] == ["totp", "T-1", "Olga"]
        words = [one["msg"] for one in server.messages(LEDGER) if "TOTP reset T-1 by Olga" in one["msg"]]
        assert len(words) == 2

    @pytest.mark.parametrize("task", ["same", "other", "kept-same", "offboard-same", "recover-same", "recover-other"])
    def test_nothing_is_done_twice(self, server: Emulator, run: Run, task: str) -> None:
        """Neither for the same ticket nor where nobody has signed in since; the entry says why."""
        result = run.results[task]
        assert verbs(server, task) == {"GET"}
        assert (result["changed"], result["users"][0]["outcome"]) == (False, "nothing_to_do")
        assert "ledger" in {step["evidence"] for step in result["users"][0]["steps"]}

    def test_totp_is_known_to_be_gone(self, run: Run) -> None:
        """Where sessions ended and nobody has signed in since; the same ticket alone does not tell."""
        assert run.results["other"]["users"][0]["totp_enabled_before"] is False
        assert run.results["kept-same"]["users"][0]["totp_enabled_before"] is None

    @pytest.mark.parametrize("task", ["force", "kept-again", "after-login", "since-late"])
    def test_done_again(self, server: Emulator, run: Run, task: str) -> None:
        """With force; where sessions were left alive; after a login; where the ledger tells of an earlier time."""
        assert changed(run.results[task]) == [True]
        assert len(resets(server, task)) == 1

    @pytest.mark.parametrize("task", ["since", "after-login-same"])
    def test_a_login_does_not_matter(self, server: Emulator, run: Run, task: str) -> None:
        """To who names a time, or the ticket that it was done for."""
        assert verbs(server, task) == {"GET"}
        assert changed(run.results[task]) == [False]

    def test_offboarded_for_another_ticket(self, server: Emulator, run: Run) -> None:
        """Nobody has signed in to the inactive account, so there is nothing to end."""
        assert paths(server, "offboard-other") == []
        assert changed(run.results["offboard-other"]) == [False]

    @pytest.mark.parametrize("task", ["", "recover-", "offboard-", "bare-"])
    def test_requests(self, server: Emulator, run: Run, task: str) -> None:
        """A ledger costs one look and two messages, and spares one: who calls, or what earlier runs were allowed."""
        assert len(requests_of(server, f"{task}with")) - len(requests_of(server, f"{task}without")) <= 2

    @pytest.mark.parametrize("task", ["own", "own-id"])
    def test_the_calling_account_is_none_of_the_targets(self, server: Emulator, run: Run, task: str) -> None:
        """It is known by its messages, and the server was not asked who it is."""
        assert codes(run.results[task])[-1] == "own-account"
        assert writes(server, task) == []
        assert "/api/v1/me" not in [sent["path"] for sent in requests_of(server, task)]

    def test_a_token_that_is_none_any_more(self, server: Emulator, run: Run) -> None:
        """That is said as what it is, and not as a ledger that is missing."""
        assert run.results["revoked"]["error"]["code"] == "not-authenticated"
        assert writes(server, "revoked") == []

    def test_nobody_is_warned(self, run: Run) -> None:
        """A ledger that works is nothing to speak of."""
        assert {task: warnings_of(result) for task, result in run.results.items() if warnings_of(result)} == {}


# How a message may lie, by the account that it tells lies of.
LIES: dict[str, tuple[str, dict[str, Any]]] = {
    "user00011": ("bob", {}),
    "user00012": (CALLER, {"editedBy": {"_id": id_of("bob"), "username": "bob"}}),
    "user00013": (CALLER, {"editedAt": "2026-01-01T00:00:00.000Z"}),
    "user00014": (CALLER, {"alias": "Ledger"}),
    "user00015": (CALLER, {"bot": {"i": "webhook"}}),
    "user00016": (CALLER, {"t": "message_pinned"}),
    "user00017": (COLLEAGUE, {}),
}
DAMAGED: list[Any] = [
    "{",
    "[]",
    "[" * 20000,
    {**records("future", "user00021")[0], "v": 99},
    {**records("numbers", "user00021")[0], "users": {id_of("user00021"): 5}},
    {**records("ids", "user00021")[1], "done": {"totp sessions": [5, None]}},
    {key: value for key, value in records("short", "user00021")[0].items() if key != "run"},
    {**records("null", "user00021")[1], "done": None},
    {**records("ticket", "user00021")[0], "ticket": 7},
]


class TestForged:
    """Whose messages count, with genuine ones among them."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, server: Emulator, desk: dict[str, Any], ansible: Ansible) -> Run:
        """A ledger that holds lies, damaged messages, and the truth about some."""
        server.control("rooms", {"name": LEDGER, "type": "p", "readOnly": True, "owners": [CALLER], "members": ["bob"]})
        for name, (author, keys) in LIES.items():
            tell(server, author, records(f"lie-{name}", name), **keys)
        tell(server, CALLER, records("truth", "user00018"))
        tell(server, CALLER, DAMAGED)
        tell(server, COLLEAGUE, records("colleague", "user00019"))
        tell(server, CALLER, records("broken", "user00020", ticket="T-9")[:1], ts="2026-06-01T00:00:00.000Z")
        return ansible(
            {
                "forged": Task({**desk, "usernames": [*LIES, "user00018", "user00021"], "ledger_days": 3650}),
                "colleague": Task({**desk, "username": "user00019", "ledger_authors": [id_of(COLLEAGUE)]}),
                "short": Task({**desk, "username": "user00022", "ledger_days": 1}),
                "offboard": offboard({**desk, "usernames": ["user00023", "user00024"]}),
            }
        )

    def test_lies_do_not_count(self, run: Run) -> None:
        """Whoever they are about is reset; whoever the truth is about is not."""
        entries = {entry["username"]: entry["evidence"] for entry in run.results["forged"]["users"]}
        assert entries == {**dict.fromkeys(LIES, "none"), "user00018": "ledger", "user00021": "none"}
        assert changed(run.results["forged"]) == [True] * len(LIES) + [False, True]

    def test_several_authors(self, run: Run) -> None:
        """The word of an account counts that the task names."""
        assert run.results["colleague"]["users"][0]["evidence"] == "ledger"

    def test_damaged_messages_are_told_once(self, run: Run) -> None:
        """They count as not known, and every run goes on to its end."""
        for task in ("forged", "offboard"):
            assert run.results[task]["failed"] is False
            assert warnings_of(run.results[task]).count(f"{len(DAMAGED)} messages of the ledger") == 1
        assert [entry["outcome"] for entry in run.results["offboard"]["users"]] == ["done", "done"]

    def test_broken_off_run_is_told(self, run: Run) -> None:
        """With whom it may have left half done; not by who looks back for a day only."""
        wanted = ["T-9", "user00020", "never ended"]
        assert missing(warnings_of(run.results["forged"]), wanted) == []
        assert "never ended" not in warnings_of(run.results["short"])


class TestRooms:
    """Rooms that cannot be a ledger, and workspaces where none can be made."""

    ROOMS = ("public", "writable", "encrypted", "theirs", "outside")

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, server: Emulator, ansible: Ansible) -> Run:
        """A task with each of the rooms, and two where no room may be made."""
        desk = caller(server, CALLER, *TO_OFFBOARD, username="user00001")
        made: dict[str, dict[str, Any]] = {
            "public": {"type": "c", "readOnly": True, "owners": [CALLER]},
            "writable": {"type": "p", "owners": [CALLER]},
            "encrypted": {"type": "p", "readOnly": True, "encrypted": True, "owners": [CALLER]},
            "theirs": {"type": "p", "readOnly": True, "owners": ["bob"], "members": [CALLER]},
            "outside": {"type": "p", "readOnly": True, "owners": ["bob"]},
        }
        for name, room in made.items():
            server.control("rooms", {"name": name, **room})
            tell(server, "bob", records(name, "user00001"), name)
        narrow = with_token(server, "user00037", bypass=True, ledger=LEDGER)
        server.change_user("user00037", roles=["maker"])
        held = server.control("permissions")
        server.permissions(
            {name: [*held[name], "maker"] for name in ("edit-other-user-totp", "view-full-other-user-info")}
        )
        return ansible(
            {
                **{name: Task({**desk, "ledger": name}) for name in cls.ROOMS},
                "check-not-made": Task({**narrow, "username": "user00002"}, check=True),
                "check-required": Task({**narrow, "username": "user00004", "ledger_required": True}, check=True),
                "not-made": Task({**narrow, "usernames": ["user00002", "user00003"]}),
                "required": Task({**narrow, "username": "user00004", "ledger_required": True}),
            }
        )

    @pytest.mark.parametrize("room", ROOMS)
    def test_refused_by_name(self, server: Emulator, run: Run, room: str) -> None:
        """Nothing of it is believed, nothing is written to it, and nobody is changed."""
        result = run.results[room]
        assert result["error"]["code"] == "ledger-not-ours"
        assert missing(result["msg"], [repr(room), "ledger"]) == []
        assert [path for path in paths(server, room) if path != "groups.create"] == []
        assert len(said(server, room)) == 2
        assert server.user("user00001")["totp"] is not None

    def test_not_made_is_a_warning(self, run: Run) -> None:
        """The permission is named once, and the job goes on."""
        result = run.results["not-made"]
        assert (result["failed"], changed(result)) == (False, [True, True])
        assert warnings_of(result).count("There is no ledger") == 1
        assert "create-p" in warnings_of(result)

    def test_not_made_is_foreseen(self, server: Emulator, run: Run) -> None:
        """Check mode warns alike, by GET alone."""
        result = run.results["check-not-made"]
        assert (result["failed"], changed(result), verbs(server, "check-not-made")) == (False, [True], {"GET"})
        assert warnings_of(result).count("There is no ledger") == 1

    def test_required_is_a_refusal(self, server: Emulator, run: Run) -> None:
        """Nothing is done where there must be a ledger."""
        for task in ("required", "check-required"):
            result = run.results[task]
            assert (result["failed"], codes(result)) == (True, ["not-attempted"])
            assert "create-p" in result["msg"]
        assert resets(server, "required") == []
        assert server.user("user00004")["totp"] is not None
