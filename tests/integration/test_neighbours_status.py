# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deactivating and activating accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.cast import crowd, default_world, id_of
from tests.emulator.testing import Emulator
from tests.integration.conftest import DIALECTS
from tests.integration.runner import Ansible, Run, changed, codes, missing, names, requests_of, verbs, warnings_of
from tests.integration.test_neighbours_common import bodies, caller, give_sessions, mails_to, status

StartEmulator = Callable[..., Emulator]

CALLER = "user00001"
OWNERS = ("olga", "otto", "paul", "pia")


def world() -> dict[str, Any]:
    """The usual cast, and people who are the only owners of rooms."""
    cast = default_world()
    rooms = {
        name: [
            {"name": f"diary-of-{name}", "type": "p"},
            {"name": f"team-of-{name}", "members": ["bob"]},
        ]
        for name in OWNERS
    }
    owners = [{"username": name, "rooms": rooms[name]} for name in OWNERS]
    return {**cast, "users": [*cast["users"], *crowd(5), *owners]}


def rooms_of(server: Emulator, name: str) -> dict[str, list[str]]:
    """The rooms of one of the owners, and who owns them now."""
    rooms = server.state()["rooms"]
    return {room["name"]: room["owners"] for room in rooms if room["name"].endswith(f"-of-{name}")}


@pytest.fixture(scope="class", params=DIALECTS)
def server(request: pytest.FixtureRequest, emulators: StartEmulator) -> Emulator:
    """A server of each dialect, with rooms."""
    return emulators(request.param, world=world())


@pytest.fixture(scope="class")
def run(server: Emulator, ansible: Ansible) -> Run:
    """Each way to ask for a status, by an account that may do this and nothing else."""
    give_sessions(server, "harry", "olga", "carol", "bob")
    desk = caller(server, CALLER, "edit-other-user-active-status")
    off = {**desk, "state": "inactive"}
    return ansible(
        {
            "as-is-off": status({**off, "username": "ina"}),
            "as-is-on": status({**desk, "state": "active", "username": "alice"}),
            "check": status({**off, "usernames": ["bob", "ina"]}, check=True, diff=True),
            "off": status({**off, "username": "harry"}, diff=True),
            "off-again": status({**off, "username": "harry"}, diff=True),
            "on": status({**desk, "state": "active", "user_ids": [id_of("ina")]}, diff=True),
            "owner": status({**off, "username": "olga"}),
            "confirmed": status({**off, "username": "otto", "confirm_relinquish": True}),
            "stop": status({**off, "usernames": ["bob", "nobody"]}),
            "continue": status(
                {**off, "usernames": ["nobody", CALLER, "carol"], "user_ids": [id_of("ned")], "on_error": "continue"}
            ),
            "caller": status({**off, "user_ids": [id_of(CALLER)]}),
        },
    )


class TestStatus:
    """Against both dialects."""

    @pytest.mark.parametrize(("task", "before"), [("off", True), ("on", False)])
    def test_result(self, run: Run, task: str, before: bool) -> None:
        """The entry says what was so far, and that it was changed with one request."""
        (entry,) = run.results[task]["users"]
        assert (entry["changed"], entry["active_before"], entry["attempts"]) == (True, before, 1)
        assert (entry["rooms_deleted"], entry["rooms_with_new_owner"]) == ([], [])

    @pytest.mark.parametrize(("name", "active"), [("harry", False), ("ina", True)])
    def test_effect(self, server: Emulator, run: Run, name: str, active: bool) -> None:
        """The account is what was asked for."""
        assert server.user(name)["active"] is active

    def test_sessions_end_with_deactivation(self, server: Emulator, run: Run) -> None:
        """Sessions and personal access tokens are gone."""
        assert server.user("harry")["tokens"] == {"total": 0, "personalAccessTokens": 0}

    @pytest.mark.parametrize(("task", "name", "active"), [("off", "harry", False), ("on", "ina", True)])
    def test_body(self, server: Emulator, run: Run, task: str, name: str, active: bool) -> None:
        """The account is named by its id, and nobody's rooms are given up without being asked."""
        body = {"userId": id_of(name), "activeStatus": active, "confirmRelinquish": False}
        assert bodies(server, task) == [("users.setActiveStatus", body)]

    @pytest.mark.parametrize(("task", "before"), [("as-is-off", False), ("as-is-on", True), ("off-again", False)])
    def test_as_wanted_already(self, run: Run, task: str, before: bool) -> None:
        """Where nothing needs doing, nothing is changed."""
        (entry,) = run.results[task]["users"]
        assert (entry["changed"], entry["active_before"], entry["attempts"]) == (False, before, 0)

    @pytest.mark.parametrize("task", ["as-is-off", "as-is-on", "off-again"])
    def test_nothing_is_sent(self, server: Emulator, run: Run, task: str) -> None:
        """The server would mail again."""
        assert verbs(server, task) == {"GET"}

    @pytest.mark.parametrize(("name", "mails"), [("harry", 1), ("ina", 0)])
    def test_mailed_once(self, server: Emulator, run: Run, name: str, mails: int) -> None:
        """One notice for one deactivation, none for an account that was inactive before."""
        assert mails_to(server, name, "deactivated") == mails

    def test_check_mode_predicts(self, run: Run) -> None:
        """Who would be deactivated counts as changed, who is inactive does not. Hidden rooms are told of."""
        result = run.results["check"]
        assert (result["failed"], changed(result)) == (False, [True, False])
        assert "which rooms of bob would be deleted or change hands" in warnings_of(result)

    def test_check_mode_only_reads(self, server: Emulator, run: Run) -> None:
        """GET is all that is sent."""
        assert verbs(server, "check") == {"GET"}

    def test_check_mode_changes_nothing(self, server: Emulator, run: Run) -> None:
        """The account is active and signed in as before, in spite of the later task that stops."""
        bob = server.user("bob")
        assert (bob["active"], bob["tokens"]["total"]) == (True, 2)

    @pytest.mark.parametrize(
        ("task", "name", "before", "after"),
        [
            ("check", "bob", "status: active", "status: inactive"),
            ("off", "harry", "status: active", "status: inactive"),
            ("on", "ina", "status: inactive", "status: active"),
        ],
    )
    def test_diff(self, run: Run, task: str, name: str, before: str, after: str) -> None:
        """One part for each account that changes, and none for others."""
        (part,) = run.results[task]["diff"]
        assert part["before_header"] == f"{name} ({id_of(name)})"
        assert (part["before"].splitlines()[0], part["after"].splitlines()[0]) == (before, after)

    def test_no_diff_where_nothing_changes(self, run: Run) -> None:
        """An account as wanted has no part."""
        assert run.results["off-again"]["diff"] == []

    def test_unknown_user_stops(self, server: Emulator, run: Run) -> None:
        """With one unknown name nobody is touched, and the message says so."""
        result = run.results["stop"]
        assert (result["failed"], changed(result)) == (True, [False, False])
        assert codes(result)[1] == "user-not-found"
        assert missing(result["msg"], ["Nobody was deactivated", "nobody"]) == []
        assert verbs(server, "stop") == {"GET"}

    def test_continue_does_the_rest(self, server: Emulator, run: Run) -> None:
        """With on_error: continue the others are deactivated, and the task fails."""
        result = run.results["continue"]
        assert (result["failed"], result["changed"]) == (True, True)
        assert names(result) == ["nobody", CALLER, "carol", "ned"]
        assert codes(result) == ["user-not-found", "own-account", None, None]
        assert [server.user(name)["active"] for name in (CALLER, "carol", "ned")] == [True, False, False]

    def test_continue_sums_up(self, run: Run) -> None:
        """The message counts, and names each that failed."""
        wanted = ["2 of 4 accounts deactivated", "2 failed", "0 not attempted", "nobody", CALLER]
        assert missing(run.results["continue"]["msg"], wanted) == []

    def test_caller_is_refused(self, server: Emulator, run: Run) -> None:
        """The calling account is not deactivated, and nothing is sent."""
        assert codes(run.results["caller"]) == ["own-account"]
        assert verbs(server, "caller") == {"GET"}

    def test_caller_is_not_told_of_an_option_that_is_not_there(self, run: Run) -> None:
        """own_account belongs to another module."""
        assert "own_account" not in run.results["caller"]["msg"]

    # The only owner of rooms.

    def test_refused(self, run: Run) -> None:
        """Without confirmation the task fails with the server's code, and is not tried twice."""
        result = run.results["owner"]
        assert (result["failed"], changed(result), codes(result)) == (True, [False], ["user-last-owner"])
        assert result["users"][0]["attempts"] == 1

    def test_refusal_tells_rooms_apart(self, run: Run) -> None:
        """Which rooms would be deleted, and which would pass to others."""
        deleted, passed = run.results["owner"]["msg"].split(";")[:2]
        assert missing(deleted, ["deleted with all their messages", "diary-of-olga"]) == []
        assert missing(passed, ["another owner", "team-of-olga"]) == []

    def test_refusal_names_the_option(self, run: Run) -> None:
        """What to do is said, and the server's words are kept."""
        assert missing(run.results["owner"]["msg"], ["confirm_relinquish", "[user-last-owner]"]) == []

    def test_refusal_has_the_rooms_for_programs(self, run: Run) -> None:
        """The error's details hold both lists."""
        details = run.results["owner"]["error"]["details"]
        assert details["rooms_deleted"] == ["diary-of-olga"]
        assert details["rooms_with_new_owner"] == ["team-of-olga"]

    def test_refusal_claims_no_effect(self, run: Run) -> None:
        """No room was deleted or passed on, and the entry does not say so."""
        (entry,) = run.results["owner"]["users"]
        assert (entry["rooms_deleted"], entry["rooms_with_new_owner"]) == ([], [])

    def test_refusal_changes_nothing(self, server: Emulator, run: Run) -> None:
        """The account, its sessions and its rooms are as before."""
        olga = server.user("olga")
        assert (olga["active"], olga["tokens"]["total"]) == (True, 2)
        assert rooms_of(server, "olga") == {"diary-of-olga": ["olga"], "team-of-olga": ["olga"]}

    def test_confirmed_lists_the_rooms(self, run: Run) -> None:
        """The entry says which rooms were deleted, and which passed to others."""
        (entry,) = run.results["confirmed"]["users"]
        assert (entry["changed"], entry["attempts"]) == (True, 2)
        assert entry["rooms_deleted"] == ["diary-of-otto"]
        assert entry["rooms_with_new_owner"] == ["team-of-otto"]

    def test_confirmed_goes_through(self, server: Emulator, run: Run) -> None:
        """The account is inactive; one room is gone and the other has another owner."""
        assert server.user("otto")["active"] is False
        assert rooms_of(server, "otto") == {"team-of-otto": ["otto", "bob"]}

    def test_confirmed_asks_first(self, server: Emulator, run: Run) -> None:
        """The rooms are learnt from a refusal, and only then given up."""
        assert [body["confirmRelinquish"] for _path, body in bodies(server, "confirmed")] == [False, True]


class TestConfirmedThatFails:
    """What is said when the second of the two requests fails."""

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, emulators: StartEmulator) -> Emulator:
        """One server, for what does not depend on the dialect."""
        return emulators("8.6", world=world())

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, server: Emulator, ansible: Ansible) -> Run:
        """An answer that is lost, and one that refuses."""
        desk = caller(server, CALLER, "edit-other-user-active-status")
        given = {**desk, "state": "inactive", "confirm_relinquish": True, "retries": 0}
        server.fault("close-after", {"path": "users.setActiveStatus", "nth": 2})
        refusal = {"success": False, "error": "The moon is full [error-of-the-future]"}
        server.fault("status", {"path": "users.setActiveStatus", "nth": 4}, status=400, body=refusal)
        return ansible(
            {
                "lost": status({**given, "username": "paul"}),
                "refused": status({**given, "username": "pia"}),
            },
        )

    @pytest.mark.parametrize("task", ["lost", "refused"])
    def test_attempts(self, server: Emulator, run: Run, task: str) -> None:
        """Both requests count, as the result promises."""
        assert len(bodies(server, task)) == 2
        assert run.results[task]["users"][0]["attempts"] == 2

    def test_lost_answer_is_not_certain(self, run: Run) -> None:
        """Nobody knows what became of the account."""
        assert run.results["lost"]["error"]["details"]["outcome"] == "unknown"

    def test_lost_answer_does_not_deny_deletions(self, server: Emulator, run: Run) -> None:
        """The room is gone: an empty list of deleted rooms would be false."""
        assert "diary-of-paul" not in rooms_of(server, "paul")
        assert run.results["lost"]["users"][0]["rooms_deleted"] != []

    def test_refused_keeps_the_rooms(self, server: Emulator, run: Run) -> None:
        """What was refused was not done, and is not said to be."""
        (entry,) = run.results["refused"]["users"]
        assert (entry["changed"], entry["rooms_deleted"]) == (False, [])
        assert rooms_of(server, "pia") == {"diary-of-pia": ["pia"], "team-of-pia": ["pia"]}
        assert [sent["status"] for sent in requests_of(server, "refused") if sent["method"] == "POST"] == [400, 400]
