# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking away the access of people who have left, step by step and in an order that leaves nobody weaker."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.emulator.cast import id_of
from tests.emulator.testing import Emulator
from tests.integration.conftest import DIALECTS, StartEmulator
from tests.integration.runner import (
    Ansible,
    Run,
    changed,
    codes,
    missing,
    names,
    requests_of,
    verbs,
    warnings_of,
    writes,
)
from tests.integration.test_neighbours_common import (
    TO_OFFBOARD,
    bodies,
    caller,
    give_sessions,
    mails_to,
    offboard,
    results_of,
)

CALLER = "user00040"
ALL_DONE = {"sessions": "done", "status": "done", "totp": "done"}
REFUSED = ("problems", "go-on", "no-permission", "no-second-factor", "rooms", "protected", "last-admin")
BROKEN = {"success": False, "error": "the database is full [error-broken]", "errorType": "error-broken"}


def prepared(server: Emulator) -> dict[str, Any]:
    """Options of an account that may do just this, on a server with owners of rooms."""
    for owner in ("user00020", "user00021"):
        server.control("rooms", {"name": f"diary-of-{owner}", "type": "p", "owners": [owner]})
        server.control("rooms", {"name": f"team-of-{owner}", "owners": [owner], "members": ["bob"]})
    return caller(server, CALLER, *TO_OFFBOARD, concurrency=1)


def account(server: Emulator, name: str) -> tuple[bool, bool, int]:
    """Whether an account is active, has TOTP, and how many sessions and tokens."""
    user = server.user(name)
    return user["active"], user["totp"] is not None, user["tokens"]["total"]


def tasks_that_fail(server: Emulator, desk: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What no run can do, with the options of the task."""
    return {
        "problems": {**desk, "usernames": ["user00005", "nobody", "fred", CALLER, "user00020"]},
        "go-on": {**desk, "usernames": ["user00005", "nobody"], "on_error": "continue"},
        "no-permission": caller(
            server, "user00039", *(p for p in TO_OFFBOARD if p != "edit-other-user-totp"), username="user00005"
        ),
        "no-second-factor": caller(server, "user00038", *TO_OFFBOARD, bypass=False, username="user00005"),
        "rooms": {**desk, "usernames": ["user00005", "user00020"]},
        "protected": {**desk, "usernames": ["user00005", "dave"], "on_error": "continue"},
        "last-admin": {**desk, "usernames": ["rcadmin", "dave", "gina"], "protected_roles": []},
    }


@pytest.fixture(scope="class")
def desk(server: Emulator) -> dict[str, Any]:
    """The calling account."""
    return prepared(server)


@pytest.fixture(scope="class")
def run(server: Emulator, desk: dict[str, Any], ansible: Ansible) -> Run:
    """Deactivations that fail, and a run after one of them; check mode, a run, the same once more."""
    give_sessions(server, "user00001", "user00002", "user00011", "user00012", "user00013")
    server.fault("status", {"path": "users.setActiveStatus", "nth": 1, "count": 2}, status=400, body=BROKEN)
    two = {**desk, "usernames": ["user00001", "user00002"], "ticket": "HR-17", "operator": "Olga"}
    half = {**desk, "usernames": ["user00011", "user00012"], "on_error": "continue"}
    password = caller(
        server,
        "user00037",
        *TO_OFFBOARD,
        "edit-other-user-info",
        "edit-other-user-password",
        username="user00004",
        reset_password=True,
    )
    return ansible(
        {
            "left": offboard({**desk, "usernames": ["user00013", "user00014"]}),
            "broken": offboard(half),
            "mended": offboard(half),
            "check": offboard(two, check=True, diff=True),
            "run": offboard(two, diff=True),
            "again": offboard(two, diff=True),
            "one": offboard({**desk, "username": "user00003"}),
            "never": offboard({**desk, "username": "ned"}),
            "password": offboard(password),
            "confirmed": offboard({**desk, "username": "user00021", "confirm_relinquish": True}),
        }
    )


class TestOffboard:
    """Against both dialects."""

    def test_result(self, run: Run) -> None:
        """Everybody in order, with every step, and the run itself."""
        result = run.results["run"]
        assert names(result) == ["user00001", "user00002"]
        assert results_of(result) == [ALL_DONE, ALL_DONE]
        assert (result["summary"], changed(result), warnings_of(result)) == ({"done": 2}, [True, True], "")
        entry = result["users"][0]
        assert (entry["asked"], entry["outcome"], entry["kept"]) == ({"username": "user00001"}, "done", [])
        # What the account may not see is told with the permission that it takes.
        lacks = {"webhooks": "manage-incoming-integrations", "oauth_apps": "manage-oauth-apps"}
        assert {thing["kind"]: thing["permission"] for thing in entry["left_behind"]} == lacks
        assert entry["looked_at"] == [
            "ldap",
            "login_service",
            "memberships",
            "omnichannel",
            "roles",
            "rooms",
            "teams",
        ]
        assert entry["user_id"] == id_of("user00001")
        assert missing(entry["said"], ["user00001", "signed out everywhere", "deactivated", "TOTP reset"]) == []
        assert all(step["at"] and step["evidence"] == "none" and step["reason"] for step in entry["steps"])

    def test_result_tells_of_the_run(self, server: Emulator, run: Run) -> None:
        """For whom it was done, by whom, and where."""
        told = run.results["run"]["run"]
        facts = ("job", "ticket", "operator", "account", "workspace", "check_mode")
        assert [told[fact] for fact in facts] == ["offboard", "HR-17", "Olga", CALLER, server.url, False]
        assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", told["run_id"])
        assert told["started"] <= told["finished"]

    def test_effect(self, server: Emulator, run: Run) -> None:
        """Inactive, without TOTP and sessions."""
        assert [account(server, name) for name in ("user00001", "user00002")] == [(False, False, 0)] * 2

    def test_order(self, server: Emulator, run: Run) -> None:
        """The deactivation ends the sessions; the second factor goes last, when the account is inactive."""
        order = ["users.setActiveStatus", "users.resetTOTP"]
        assert [path for path, _body in bodies(server, "run")] == order * 2
        assert [body["userId"] for _path, body in bodies(server, "run")] == [
            id_of(name) for name in ("user00001", "user00002") for _step in order
        ]

    def test_requests(self, server: Emulator, run: Run) -> None:
        """One person takes nine requests, with the look afterwards."""
        assert len(requests_of(server, "one")) <= 9
        assert [sent["path"] for sent in requests_of(server, "one")][-1].endswith("users.info")

    def test_check_mode_only_reads(self, server: Emulator, run: Run) -> None:
        """GET is all that is sent."""
        assert verbs(server, "check") == {"GET"}

    def test_check_mode_predicts(self, run: Run) -> None:
        """The same steps, each as what would be done; the same diff."""
        result = run.results["check"]
        assert results_of(result) == [dict.fromkeys(ALL_DONE, "would_be_done")] * 2
        assert (result["failed"], changed(result), warnings_of(result)) == (False, [True, True], "")
        assert (result["summary"], result["run"]["check_mode"]) == ({"would_be_done": 2}, True)
        assert result["diff"] == run.results["run"]["diff"]

    def test_diff(self, run: Run) -> None:
        """One part for each person, with every step."""
        parts = run.results["run"]["diff"]
        assert [part["before_header"] for part in parts] == [
            f"{name} ({id_of(name)})" for name in ("user00001", "user00002")
        ]
        assert missing(parts[0]["before"], ["sessions", "status: active", "TOTP: not known"]) == []
        assert missing(parts[0]["after"], ["sessions", "status: inactive", "TOTP: none"]) == []

    def test_again_ends_sessions_only(self, server: Emulator, run: Run) -> None:
        """Of who is inactive already the server shows no sessions, so they end; all else is left."""
        result = run.results["again"]
        assert results_of(result) == [{"sessions": "done", "status": "nothing_to_do", "totp": "nothing_to_do"}] * 2
        assert [path for path, _body in bodies(server, "again")] == ["users.logout"] * 2
        assert missing(result["users"][0]["steps"][2]["reason"], ["inactive already"]) == []

    @pytest.mark.parametrize("name", ["user00001", "user00002", "user00011", "user00012"])
    def test_nobody_is_mailed_twice(self, server: Emulator, run: Run, name: str) -> None:
        """One notice for one deactivation, whichever run it was."""
        assert mails_to(server, name, "deactivated") == 1

    def test_never_signed_in(self, server: Emulator, run: Run) -> None:
        """Who never signed in has no TOTP; an administrator may have made a token for them all the same."""
        result = run.results["never"]
        assert results_of(result) == [{"sessions": "done", "status": "done", "totp": "nothing_to_do"}]
        assert [step["evidence"] for step in result["users"][0]["steps"]] == ["none", "none", "never_logged_in"]
        assert [path for path, _body in bodies(server, "never")] == ["users.setActiveStatus"]

    def test_password(self, server: Emulator, run: Run) -> None:
        """The password goes last of all, and the account stays inactive."""
        assert results_of(run.results["password"]) == [{**ALL_DONE, "password": "done"}]
        assert [path for path, _body in bodies(server, "password")][-1] == "users.update"
        assert server.user("user00004")["active"] is False

    def test_rooms_are_told(self, server: Emulator, run: Run) -> None:
        """What became of the rooms stands in the entry, in words."""
        (entry,) = run.results["confirmed"]["users"]
        assert missing(entry["said"], ["deleted", "diary-of-user00021", "new owner", "team-of-user00021"]) == []
        left = {room["name"]: room["owners"] for room in server.state()["rooms"]}
        assert "diary-of-user00021" not in left
        assert "bob" in left["team-of-user00021"]

    def test_account_is_not_weaker(self, server: Emulator, run: Run) -> None:
        """Where a deactivation fails, the sessions are over and the second factor is still there."""
        assert account(server, "user00013") == (True, True, 0)

    def test_half_done(self, run: Run) -> None:
        """In capitals, with what failed, what was not tried, and who had no turn."""
        result = run.results["left"]
        assert results_of(result) == [
            {"sessions": "done", "status": "failed", "totp": "not_attempted"},
            dict.fromkeys(ALL_DONE, "not_attempted"),
        ]
        assert (result["failed"], changed(result)) == (True, [True, False])
        assert codes(result) == ["error-broken", "not-attempted"]
        assert result["summary"] == {"half_done": 1, "not_attempted": 1}
        assert missing(result["users"][0]["said"], ["HALF DONE", "signed out everywhere", "Deactivation failed"]) == []
        assert missing(result["msg"], ["1 failed", "1 not attempted", "user00013", "the database is full"]) == []

    def test_rerun_finishes(self, server: Emulator, run: Run) -> None:
        """With on_error=continue the second person was done; the run after it finishes the first."""
        assert [entry["outcome"] for entry in run.results["broken"]["users"]] == ["half_done", "done"]
        assert results_of(run.results["mended"]) == [
            ALL_DONE,
            {"sessions": "done", "status": "nothing_to_do", "totp": "nothing_to_do"},
        ]
        assert [account(server, name) for name in ("user00011", "user00012")] == [(False, False, 0)] * 2


class TestRefused:
    """What a run would fail with half way ends it before the first write, and check mode says the same."""

    WORDS = (
        ("problems", ["nobody", "fred", "federated", CALLER, "the calling account itself"]),
        ("go-on", ["nobody"]),
        ("no-permission", ["edit-other-user-totp"]),
        ("no-second-factor", ["totp", "two_factor_secret"]),
        ("rooms", ["user00020", "diary-of-user00020", "team-of-user00020", "confirm_relinquish"]),
        ("protected", ["dave", "hands off: admin", "protected_roles"]),
        ("last-admin", ["gina", "administrator"]),
    )

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, server: Emulator, desk: dict[str, Any], ansible: Ansible) -> Run:
        """Each of them with and without check mode."""
        failing = tasks_that_fail(server, desk)
        return ansible(
            {
                **{name: offboard(options) for name, options in failing.items()},
                **{f"check-{name}": offboard(options, check=True) for name, options in failing.items()},
            }
        )

    @pytest.mark.parametrize(("task", "words"), WORDS, ids=REFUSED)
    @pytest.mark.parametrize("prefix", ["", "check-"])
    def test_said_at_once(self, run: Run, prefix: str, task: str, words: list[str]) -> None:
        """All that is wrong, with names and what to do."""
        result = run.results[f"{prefix}{task}"]
        assert (result["failed"], result["changed"]) == (True, False)
        assert missing(result["msg"], words) == []
        assert result["error"]["code"] == run.results[task]["error"]["code"]

    @pytest.mark.parametrize("task", REFUSED)
    def test_nothing_is_written(self, server: Emulator, run: Run, task: str) -> None:
        """Neither to those who are wrong nor to the others."""
        assert writes(server, task) == writes(server, f"check-{task}") == []
        assert account(server, "user00005")[:2] == (True, True)

    def test_everybody_has_an_entry(self, run: Run) -> None:
        """Each with what is wrong with them; of the others that it was not their turn."""
        result = run.results["rooms"]
        assert names(result) == ["user00005", "user00020"]
        assert [entry["outcome"] for entry in result["users"]] == ["not_attempted", "failed"]
        assert result["summary"] == {"not_attempted": 1, "failed": 1}


class TestOn77:
    """What 7.7 does otherwise is how rooms are shown."""

    def test_rooms_are_foreseen(self, emulators: StartEmulator, ansible: Ansible) -> None:
        """Those that would go are named, and an account without rooms takes as many requests as elsewhere."""
        server = emulators("7.7")
        desk = prepared(server)
        run = ansible(
            {
                "rooms": offboard({**desk, "username": "user00020"}, check=True),
                "one": offboard({**desk, "username": "user00001"}),
            }
        )
        assert missing(run.results["rooms"]["msg"], ["diary-of-user00020", "team-of-user00020"]) == []
        assert results_of(run.results["one"]) == [ALL_DONE]
        assert len(requests_of(server, "one")) <= 10
        assert account(server, "user00001") == (False, False, 0)


class TestLong:
    """A run that takes some seconds says how far it is."""

    def test_progress(self, emulators: StartEmulator, ansible: Ansible) -> None:
        """With what is being done at the moment."""
        slow = emulators(DIALECTS[-1], "--latency-ms", "60")
        many = [f"user{number:05d}" for number in range(1, 36)]
        run = ansible({"long": offboard({**prepared(slow), "usernames": many, "confirm_relinquish": True})})
        assert changed(run.results["long"]) == [True] * 35
        lines = re.findall(
            r"rocketchat_user_offboard: (\d+) of 35 offboarded \(.*\), about \d+ s left, at: (\w+)", run.stdout
        )
        assert lines
        assert {step for _done, step in lines} <= {"Sessions", "Deactivation", "TOTP"}
