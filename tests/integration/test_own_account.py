# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calling account itself: exact, and signed out after use."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.cast import password_of, seed_of
from tests.emulator.testing import Emulator
from tests.integration.runner import (
    Ansible,
    Run,
    Task,
    changed,
    codes,
    requests_of,
    resets,
    warnings_of,
    with_token,
    writes,
)


def signing_in(server: Emulator, name: str, **options: Any) -> dict[str, Any]:
    """Options with the password of an account."""
    return {"api_url": server.url, "api_username": name, "api_password": password_of(name), **options}


@pytest.fixture(scope="class")
def run(server: Emulator, ansible: Ansible) -> Run:
    """Own accounts with and without TOTP, by password and by token."""
    server.change_user("user00005", totp=None)
    server.change_user("user00006", totp={"enabled": False})
    server.change_user("user00003", roles=["admin"])
    seed = {"two_factor_secret": seed_of("user00001")}
    return ansible(
        {
            "first": Task(signing_in(server, "user00001", own_account=True, **seed)),
            "second": Task(signing_in(server, "user00001", own_account=True, **seed)),
            "token": Task(with_token(server, "user00004", bypass=True, own_account=True)),
            "token-without-totp": Task(with_token(server, "user00005", own_account=True)),
            "pending": Task(with_token(server, "user00006", own_account=True)),
            "failing": Task(signing_in(server, "user00002", username="nobody", two_factor_secret=seed_of("user00002"))),
            "other": Task(signing_in(server, "user00003", username="alice", two_factor_secret=seed_of("user00003"))),
            "wrong-password": Task({**signing_in(server, "user00007", own_account=True), "api_password": "wrong"}),
            "wrong-seed": Task(
                with_token(server, "user00009", own_account=True, two_factor_secret=seed_of("user00010"))
            ),
            "forced": Task(with_token(server, "user00008", bypass=True, own_account=True, force=True)),
        }
    )


class TestOwnAccount:
    """Against both dialects."""

    def test_reset_is_exact(self, run: Run) -> None:
        """The server tells of the caller whether it has TOTP, and so does the result."""
        (entry,) = run.results["first"]["users"]
        assert (entry["username"], entry["changed"], entry["totp_enabled_before"]) == ("user00001", True, True)
        assert (entry["evidence"], entry["sessions_ended"]) == ("own_account", True)

    def test_totp_is_gone(self, server: Emulator, run: Run) -> None:
        """The account has lost its TOTP and its sessions."""
        user = server.user("user00001")
        assert (user["totp"], user["tokens"]["total"]) == (None, 0)

    def test_second_run_changes_nothing(self, run: Run) -> None:
        """Without TOTP there is nothing to do, and that is known."""
        result = run.results["second"]
        (entry,) = result["users"]
        assert (result["changed"], entry["totp_enabled_before"], entry["evidence"]) == (False, False, "own_account")

    def test_second_run_sends_no_reset(self, server: Emulator, run: Run) -> None:
        """A reset that is not needed is not sent."""
        assert resets(server, "second") == []

    def test_body_names_nobody(self, server: Emulator, run: Run) -> None:
        """The own account is reset without an id: with it the server would demand a permission and mail."""
        assert {entry["body"] for entry in resets(server, "first")} == {"{}"}
        assert server.mails() == [mail for mail in server.mails() if mail["to"] != "user00001@example.test"]

    def test_signs_in_with_the_seed(self, server: Emulator, run: Run) -> None:
        """The code goes with the login, beside nothing but name and password."""
        logins = [entry for entry in writes(server, "first") if entry["path"] == "/api/v1/login"]
        assert [sorted(json.loads(entry["body"])) for entry in logins] == [
            ["password", "user"],
            ["code", "password", "user"],
        ]

    @pytest.mark.parametrize("task", ["second", "failing", "other"])
    def test_signs_out_again(self, server: Emulator, run: Run, task: str) -> None:
        """The last request of a run ends its session, also where the run fails."""
        last = requests_of(server, task)[-1]
        assert (last["method"], last["path"], last["status"]) == ("POST", "/api/v1/logout", 200)

    @pytest.mark.parametrize("name", ["user00001", "user00002", "user00003"])
    def test_no_session_stays_behind(self, server: Emulator, run: Run, name: str) -> None:
        """Of a run that signs in, no session is left."""
        assert server.user(name)["tokens"]["total"] == 0

    def test_failing_run_failed(self, run: Run) -> None:
        """The run that is signed out after a failure did fail."""
        assert codes(run.results["failing"]) == ["user-not-found"]

    def test_other_account_with_password(self, server: Emulator, run: Run) -> None:
        """A password serves to reset others as well."""
        assert changed(run.results["other"]) == [True]
        assert server.user("alice")["totp"] is None

    @pytest.mark.parametrize("task", ["token", "token-without-totp", "pending"])
    def test_token_is_never_signed_out(self, server: Emulator, run: Run, task: str) -> None:
        """A personal access token belongs to somebody else's later runs."""
        assert [entry["path"] for entry in writes(server, task) if "logout" in entry["path"]] == []

    def test_token_needs_no_permission(self, server: Emulator, run: Run) -> None:
        """Any account may reset itself."""
        assert changed(run.results["token"]) == [True]
        assert server.user("user00004")["totp"] is None

    def test_ended_token_is_a_warning(self, run: Run) -> None:
        """Whoever loses the token in use is told."""
        assert "personal access tokens of the calling account have ended" in warnings_of(run.results["token"])

    def test_token_stays_where_there_was_nothing(self, server: Emulator, run: Run) -> None:
        """An account without TOTP keeps its token and gets no request."""
        assert changed(run.results["token-without-totp"]) == [False]
        assert server.user("user00005")["tokens"]["personalAccessTokens"] == 1

    def test_force_resets(self, server: Emulator, run: Run) -> None:
        """With force a reset is sent."""
        assert changed(run.results["forced"]) == [True]

    def test_refused_reset_claims_nothing(self, server: Emulator, run: Run) -> None:
        """A reset that was refused has not changed the account nor ended its sessions."""
        (entry,) = run.results["wrong-seed"]["users"]
        assert (entry["changed"], entry["sessions_ended"], entry["error"]["code"]) == (False, False, "totp-invalid")
        assert server.user("user00009")["totp"]["enabled"] is True

    def test_wrong_password(self, run: Run) -> None:
        """A password that does not fit is told apart from a token that does not."""
        result = run.results["wrong-password"]
        assert result["error"]["code"] == "login-failed"
        assert "api_username and api_password" in result["msg"]

    def test_wrong_password_touches_nothing(self, server: Emulator, run: Run) -> None:
        """Nothing follows a refused sign-in, not even signing out."""
        assert [entry["path"] for entry in writes(server, "wrong-password")] == ["/api/v1/login"]
        assert server.user("user00007")["totp"] is not None
