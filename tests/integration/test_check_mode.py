# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode reads only, and yet knows what a run would fail with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.cast import id_of, password_of, seed_of
from tests.emulator.testing import Emulator
from tests.integration.runner import (
    HELPDESK,
    Ansible,
    Run,
    Task,
    bypassing,
    changed,
    missing,
    verbs,
    warnings_of,
    with_token,
    writes,
)

StartEmulator = Callable[..., Emulator]
UNTOUCHED = ("plain", "diff", "answerable", "bypass-of-totp", "unreadable", "own")
FAILING = ("bad-token", "no-permission", "unknown", "unanswerable", "unanswerable-mail", "own-unanswerable")


def _people(server: Emulator) -> dict[str, Any]:
    """All accounts, but for the tokens that the tests themselves give out."""
    users = server.state()["users"]
    return {name: users[name] for name in ("alice", "bob", "ned", HELPDESK, "user00011", "carol")}


@pytest.fixture(scope="class")
def state(server: Emulator) -> dict[str, Any]:
    """The accounts before any run."""
    server.permissions({"edit-other-user-totp": ["admin", "helpdesk", "narrow"]})
    server.change_user("user00001", roles=["admin"])
    server.change_user("user00040", roles=["narrow"])
    server.change_user("carol", roles=["admin"])
    server.token("carol", kind="pat", token="carols-token-abcdef")
    return {"users": _people(server), "mails": server.mails()}


@pytest.fixture(scope="class")
def run(server: Emulator, state: dict[str, Any], ansible: Ansible) -> Run:
    """Check mode with what works and what does not."""
    app = with_token(server, "user00001", username="alice")
    mail = {"api_url": server.url, "api_user_id": id_of("carol"), "api_token": "carols-token-abcdef"}
    password = {"api_url": server.url, "api_username": HELPDESK, "api_password": password_of(HELPDESK)}
    return ansible(
        {
            "plain": Task(bypassing(server, username="alice"), check=True),
            "diff": Task(bypassing(server, usernames=["alice", "ned", "bob"]), check=True, diff=True),
            "answerable": Task({**app, "two_factor_secret": seed_of("user00001")}, check=True),
            "bypass-of-totp": Task(with_token(server, "user00002", bypass=True, own_account=True), check=True),
            "unreadable": Task(with_token(server, "user00040", bypass=True, username="alice"), check=True),
            "own": Task(
                with_token(server, "user00003", own_account=True, two_factor_secret=seed_of("user00003")), check=True
            ),
            "bad-token": Task(bypassing(server, username="alice", api_token="revoked"), check=True),
            "no-permission": Task(with_token(server, "harry", bypass=True, username="alice"), check=True),
            "unknown": Task(bypassing(server, usernames=["alice", "nobody"]), check=True),
            "unanswerable": Task(app, check=True),
            "unanswerable-mail": Task({**mail, "username": "alice"}, check=True),
            "own-unanswerable": Task(with_token(server, "user00004", own_account=True), check=True),
            "password": Task({**password, "username": "alice"}, check=True),
        }
    )


@pytest.fixture(scope="class")
def switched_off(server: Emulator, run: Run, ansible: Ansible) -> dict[str, Any]:
    """Two-factor authentication switched off in the workspace."""
    server.settings({"Accounts_TwoFactorAuthentication_Enabled": False})
    again = ansible({"switched-off": Task(bypassing(server, username="alice"), check=True)})
    return again.results["switched-off"]


class TestCheckMode:
    """Against both dialects."""

    @pytest.mark.parametrize("task", [*UNTOUCHED, *FAILING])
    def test_only_reads(self, server: Emulator, run: Run, task: str) -> None:
        """With a token, GET is all that is sent."""
        assert verbs(server, task) == {"GET"}

    def test_password_signs_in_and_out(self, server: Emulator, run: Run) -> None:
        """With a password, signing in and out is all that is sent but for GET."""
        assert [entry["path"] for entry in writes(server, "password")] == ["/api/v1/login", "/api/v1/logout"]
        assert changed(run.results["password"]) == [True]

    def test_server_is_as_before(self, server: Emulator, state: dict[str, Any], run: Run) -> None:
        """No account has changed and no mail has left; but for the last login of who signed in."""
        after = _people(server)
        for people in (after, state["users"]):
            people[HELPDESK] = {**people[HELPDESK], "lastLogin": None}
        assert after == state["users"]
        assert server.mails() == state["mails"]

    @pytest.mark.parametrize("task", [task for task in UNTOUCHED if task != "diff"])
    def test_predicts_change(self, run: Run, task: str) -> None:
        """What would be reset counts as changed."""
        result = run.results[task]
        assert (result["failed"], result["changed"]) == (False, True)
        assert changed(result) == [True]

    def test_predicts_no_change(self, run: Run) -> None:
        """Evidence counts in check mode as well."""
        assert changed(run.results["diff"]) == [True, False, True]

    @pytest.mark.parametrize(
        ("task", "code", "advice"),
        [
            ("bad-token", "not-authenticated", ["api_token"]),
            ("no-permission", "error-not-allowed", ["edit-other-user-totp"]),
            ("unknown", "user-not-found", ["nobody"]),
            ("unanswerable", "totp-required", ["two_factor_secret"]),
            ("unanswerable-mail", "totp-required", ["email", "two_factor_code", "two_factor_method=email"]),
            ("own-unanswerable", "totp-required", ["two_factor_secret"]),
        ],
    )
    def test_predicts_failure(self, run: Run, task: str, code: str, advice: list[str]) -> None:
        """What a run would fail with fails now, with the same code and what to do."""
        result = run.results[task]
        assert (result["failed"], result["changed"]) == (True, False)
        assert result["error"]["code"] == code
        assert missing(result["msg"], advice) == []

    def test_predicts_switched_off(self, server: Emulator, switched_off: dict[str, Any]) -> None:
        """The setting of the workspace is looked at too."""
        assert switched_off["error"]["code"] == "error-two-factor-not-enabled"
        assert "Accounts_TwoFactorAuthentication_Enabled" in switched_off["msg"]
        assert verbs(server, "switched-off") == {"GET"}

    @pytest.mark.parametrize("task", ["plain", "diff", "answerable", "bypass-of-totp", "own", "password"])
    def test_certain_predictions_do_not_warn(self, run: Run, task: str) -> None:
        """A bypassing token, a seed and a password are known to answer."""
        assert warnings_of(run.results[task]) == ""

    def test_unreadable_token_list_is_a_warning(self, run: Run) -> None:
        """Where the caller may not read its own tokens, nobody knows whether this one bypasses."""
        wanted = ["bypasses two-factor authentication", "totp"]
        assert missing(warnings_of(run.results["unreadable"]), wanted) == []

    def test_diff_names_what_goes(self, run: Run) -> None:
        """One entry for each account that would change, with its TOTP, sessions and tokens."""
        diff = run.results["diff"]["diff"]
        assert [part["before_header"] for part in diff] == [f"{name} ({id_of(name)})" for name in ("alice", "bob")]
        text = str(diff)
        assert missing(text, ["TOTP", "sessions", "personal access tokens"]) == []

    def test_diff_is_printed(self, run: Run) -> None:
        """A person sees it."""
        assert missing(run.stdout, [f"+++ after: alice ({id_of('alice')})", "-TOTP: ", "+TOTP: none"]) == []


@pytest.fixture(scope="class")
def versions(emulators: StartEmulator, ansible: Ansible) -> dict[str, dict[str, Any]]:
    """Results of check mode against special versions."""
    servers = {speak: emulators(speak) for speak in ("3.7", "6.3", "8.5")}
    servers["6.3"].settings({"Accounts_TwoFactorAuthentication_Enforce_Password_Fallback": False})
    tasks = {speak: Task(bypassing(server, username="alice"), check=True) for speak, server in servers.items()}
    results = ansible(tasks).results
    assert {entry["method"] for server in servers.values() for entry in server.requests()} == {"GET"}
    return results


class TestVersions:
    """What check mode knows of special versions."""

    def test_too_old(self, versions: dict[str, dict[str, Any]]) -> None:
        """3.7 has no such endpoint."""
        assert versions["3.7"]["error"]["code"] == "version-too-old"

    def test_fallback_before_6_4(self, versions: dict[str, dict[str, Any]]) -> None:
        """Before 6.4 the server demands the password fallback."""
        result = versions["6.3"]
        assert result["error"]["code"] == "error-not-allowed"
        assert "Accounts_TwoFactorAuthentication_Enforce_Password_Fallback" in result["msg"]

    def test_broken_bypass(self, versions: dict[str, dict[str, Any]]) -> None:
        """On 8.5 a bypassing token will be asked, and check mode says so."""
        result = versions["8.5"]
        assert result["error"]["code"] == "totp-required"
        assert missing(result["msg"], ["8.5", "two_factor_password"]) == []


class TestDiffOfARun:
    """Diff mode without check mode."""

    def test_shows_the_same(self, modern: Emulator, ansible: Ansible) -> None:
        """What a run has done is shown as what check mode foretold."""
        run = ansible(
            {
                "check": Task(bypassing(modern, username="alice"), check=True, diff=True),
                "run": Task(bypassing(modern, username="alice"), diff=True),
            }
        )
        assert run.results["run"]["diff"] == run.results["check"]["diff"]
