# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ending the sessions of accounts, and of no others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.cast import id_of
from tests.emulator.testing import Emulator
from tests.integration.runner import Ansible, Run, changed, codes, missing, verbs, warnings_of, with_token
from tests.integration.test_neighbours_common import bodies, caller, give_sessions, logout

CALLER = "user00001"
BLIND = "user00002"
TARGETS = ("alice", "bob", "carol", "user00011", "harry")


@pytest.fixture(scope="class")
def before(server: Emulator) -> dict[str, Any]:
    """What the tasks are given, and the tokens of those who must keep them."""
    give_sessions(server, *TARGETS)
    # Asked for its second factor elsewhere, and given nothing to answer it: here it is never asked.
    desk = caller(server, CALLER, "logout-other-user", "view-full-other-user-info", bypass=False)
    blind = caller(server, BLIND, "logout-other-user", bypass=False)
    may_not = with_token(server, "user00003")
    tokens = {name: server.tokens(name) for name in (CALLER, BLIND, "user00003", "harry", "carol")}
    return {"desk": desk, "blind": blind, "may-not": may_not, "tokens": tokens}


@pytest.fixture(scope="class")
def run(server: Emulator, before: dict[str, Any], ansible: Ansible) -> Run:
    """Each way to name a target, and callers who see or may less."""
    desk = before["desk"]
    return ansible(
        {
            "check": logout({**desk, "usernames": ["carol", "ned"]}, check=True, diff=True),
            "end": logout({**desk, "username": "alice", "user_ids": [id_of("bob")]}, diff=True),
            "never": logout({**desk, "username": "ned"}),
            "blind": logout({**before["blind"], "usernames": ["ned", "user00011"]}),
            "unknown": logout({**desk, "usernames": ["carol", "nobody"]}),
            "unknown-id": logout({**desk, "user_id": "noSuchId"}),
            "name-as-id": logout({**desk, "user_id": "carol"}),
            "caller": logout({**desk, "usernames": ["carol", CALLER]}),
            "may-not": logout({**before["may-not"], "username": "harry"}),
        },
    )


class TestLogout:
    """Against both dialects."""

    def test_result(self, run: Run) -> None:
        """Both accounts count as changed, and nothing is said to be known of them."""
        result = run.results["end"]
        assert [(entry["changed"], entry["evidence"], entry["attempts"]) for entry in result["users"]] == [
            (True, "none", 1),
            (True, "none", 1),
        ]

    @pytest.mark.parametrize("name", ["alice", "bob", "user00011"])
    def test_effect(self, server: Emulator, run: Run, name: str) -> None:
        """Sessions and personal access tokens are gone."""
        assert server.user(name)["tokens"] == {"total": 0, "personalAccessTokens": 0}

    def test_body_is_the_id_and_nothing_else(self, server: Emulator, run: Run) -> None:
        """Any other body would end the sessions of the caller."""
        assert bodies(server, "end") == [
            ("users.logout", {"userId": id_of("alice")}),
            ("users.logout", {"userId": id_of("bob")}),
        ]

    @pytest.mark.parametrize("name", [CALLER, BLIND, "user00003"])
    def test_caller_keeps_its_sessions(self, server: Emulator, before: dict[str, Any], run: Run, name: str) -> None:
        """Nothing here ever signs the calling account out."""
        assert server.tokens(name) == before["tokens"][name]

    def test_second_factor_is_not_asked(self, server: Emulator, run: Run) -> None:
        """The caller has TOTP and nothing to answer with, which this endpoint does not mind."""
        assert {sent["two_factor_code"] for sent in server.requests()} == {None}

    def test_never_logged_in(self, server: Emulator, run: Run) -> None:
        """Nobody who never logged in has a session: nothing is sent."""
        (entry,) = run.results["never"]["users"]
        assert (entry["changed"], entry["evidence"], entry["attempts"]) == (False, "never_logged_in", 0)
        assert verbs(server, "never") == {"GET"}

    def test_blind_caller_cannot_tell(self, run: Run) -> None:
        """Who does not see logins has to end the sessions of all."""
        result = run.results["blind"]
        assert changed(result) == [True, True]
        assert [entry["evidence"] for entry in result["users"]] == ["none", "none"]

    @pytest.mark.parametrize(
        ("task", "code", "name"),
        [
            ("unknown", "user-not-found", "nobody"),
            ("unknown-id", "user-not-found", "noSuchId"),
            ("name-as-id", "user-mismatch", "carol"),
            ("caller", "own-account", CALLER),
        ],
    )
    def test_refused_before_anything_is_sent(self, server: Emulator, run: Run, task: str, code: str, name: str) -> None:
        """The server itself would answer 200, and log out the wrong account or nobody."""
        result = run.results[task]
        assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, code)
        assert missing(result["msg"], ["Nobody was logged out", name]) == []
        assert verbs(server, task) == {"GET"}

    def test_stopped_run_spares_the_others(self, server: Emulator, before: dict[str, Any], run: Run) -> None:
        """Neither check mode nor a run with a bad target touches who was named with it."""
        assert server.tokens("carol") == before["tokens"]["carol"]

    def test_caller_is_not_told_of_an_option_that_is_not_there(self, run: Run) -> None:
        """own_account belongs to another module."""
        assert "own_account" not in run.results["caller"]["msg"]

    def test_permission_missing(self, server: Emulator, before: dict[str, Any], run: Run) -> None:
        """The sentence names the permission, with the server's word, and nothing has happened."""
        result = run.results["may-not"]
        assert (codes(result), changed(result)) == (["unauthorized"], [False])
        assert missing(result["msg"], ["may not end the sessions", "logout-other-user", "said: unauthorized"]) == []
        assert server.tokens("harry") == before["tokens"]["harry"]

    def test_check_mode(self, server: Emulator, run: Run) -> None:
        """Predicts by reading alone."""
        result = run.results["check"]
        assert (result["failed"], changed(result), warnings_of(result)) == (False, [True, False], "")
        assert verbs(server, "check") == {"GET"}

    @pytest.mark.parametrize(("task", "who"), [("check", ["carol"]), ("end", ["alice", "bob"])])
    def test_diff(self, run: Run, task: str, who: list[str]) -> None:
        """One part for each account whose sessions end."""
        parts = run.results[task]["diff"]
        assert [part["after_header"] for part in parts] == [f"{name} ({id_of(name)})" for name in who]
        assert {part["after"] for part in parts} == {"sessions and personal access tokens: ended\n"}
