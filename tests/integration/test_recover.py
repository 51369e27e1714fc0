# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Letting people in again who are locked out, without a session that could undo it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.cast import id_of
from tests.emulator.testing import Emulator
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
    TO_RECOVER,
    bodies,
    caller,
    give_sessions,
    mails_to,
    recover,
    results_of,
)

CALLER = "user00040"
BOTH = {"totp": "done", "sessions": "done"}
EVERYTHING = ["password", "e2ekey", "totp", "sessions"]
FAILING = ("problems", "no-permission", "no-second-factor", "no-confirmation")


def failing_tasks(server: Emulator, desk: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What no run can do, with the options of the task."""
    return {
        "problems": {**desk, "usernames": ["user00005", "nobody", "fred", "ina", CALLER]},
        "no-permission": caller(
            server, "user00039", "edit-other-user-totp", "view-full-other-user-info", username="user00005"
        ),
        "no-second-factor": caller(server, "user00038", *TO_RECOVER, bypass=False, username="user00005"),
        "no-confirmation": {**desk, "username": "user00005", "reset_e2ekey": True},
    }


@pytest.fixture(scope="class")
def run(server: Emulator, ansible: Ansible) -> Run:
    """Passwords and second factors that fail, then what works, and what is refused with and without check mode."""
    give_sessions(server, "user00001", "user00002", "user00003", "user00011", "user00012")
    for name in ("user00003", "user00011", "user00012"):
        # Nobody is mailed a password at an address that is not verified.
        server.change_user(name, emails=[{"address": f"{name}@example.test", "verified": True}])
    full = caller(
        server,
        "user00037",
        *TO_RECOVER,
        "edit-other-user-info",
        "edit-other-user-password",
        "edit-other-user-e2ee",
        reset_password=True,
        reset_e2ekey=True,
        confirm_message_loss=True,
    )
    desk = caller(server, CALLER, *TO_RECOVER, concurrency=1)
    body = {"success": False, "error": "the database is full [error-broken]", "errorType": "error-broken"}
    for path in ("users.update", "users.resetTOTP"):
        server.fault("status", {"path": path, "nth": 1}, status=400, body=body)
    two = {**desk, "usernames": ["user00001", "user00002"], "ticket": "INC-7"}
    failing = failing_tasks(server, desk)
    return ansible(
        {
            "no-password": recover({**full, "username": "user00011"}),
            "no-totp": recover({**full, "username": "user00012"}),
            "mended": recover({**full, "username": "user00012"}),
            "check": recover(two, check=True, diff=True),
            "run": recover(two, diff=True),
            "one": recover({**desk, "username": "carol"}),
            "check-full": recover({**full, "username": "user00003"}, check=True),
            "full": recover({**full, "username": "user00003"}, diff=True),
            **{name: recover(options) for name, options in failing.items()},
            **{f"check-{name}": recover(options, check=True) for name, options in failing.items()},
        }
    )


class TestRecover:
    """Against both dialects."""

    def test_result(self, run: Run) -> None:
        """Everybody in order, with both steps, and the run itself."""
        result = run.results["run"]
        assert names(result) == ["user00001", "user00002"]
        assert results_of(result) == [BOTH, BOTH]
        assert (result["summary"], changed(result), warnings_of(result)) == ({"done": 2}, [True, True], "")
        assert [result["run"][fact] for fact in ("job", "ticket", "account")] == ["recover", "INC-7", CALLER]
        assert missing(result["users"][0]["said"], ["user00001", "TOTP reset", "signed out everywhere"]) == []

    def test_effect(self, server: Emulator, run: Run) -> None:
        """Active, without TOTP and sessions."""
        for name in ("user00001", "user00002"):
            user = server.user(name)
            assert (user["active"], user["totp"], user["tokens"]["total"]) == (True, None, 0)

    @pytest.mark.parametrize(
        ("task", "paths"),
        [
            ("run", ["users.resetTOTP", "users.logout"] * 2),
            ("full", ["users.update", "users.resetE2EKey", "users.resetTOTP", "users.logout"]),
        ],
    )
    def test_order(self, server: Emulator, run: Run, task: str, paths: list[str]) -> None:
        """Sessions end last: from one of them TOTP could be enrolled again."""
        assert [path for path, _body in bodies(server, task)] == paths

    def test_requests(self, server: Emulator, run: Run) -> None:
        """One person takes seven requests, with the look afterwards."""
        assert len(requests_of(server, "one")) <= 7
        assert [sent["path"] for sent in requests_of(server, "one")][-1].endswith("users.info")

    def test_full(self, server: Emulator, run: Run) -> None:
        """With password and key, each is told, and the owner must choose another password."""
        result = run.results["full"]
        assert results_of(result) == [dict.fromkeys(EVERYTHING, "done")]
        assert server.user("user00003")["requirePasswordChange"] is True
        assert missing(result["diff"][0]["after"], ["password: random", "end-to-end key: none", "TOTP: none"]) == []
        assert results_of(run.results["check-full"]) == [dict.fromkeys(EVERYTHING, "would_be_done")]

    def test_codes_by_email_are_left_behind(self, run: Run) -> None:
        """Who has a verified address may be asked for a code by e-mail; the reset does not change that."""
        left = run.results["one"]["users"][0]["left_behind"][0]
        assert (left["kind"], left["name"]) == ("email_codes", "carol@example.test")
        assert missing(left["cure"], ["carol", "code by e-mail", "new_email"]) == []

    def test_a_lost_phone_goes_on_to_be_notified_before_8_0(self, server: Emulator, run: Run) -> None:
        """No request of older servers ends that, so it is told."""
        kinds = [thing["kind"] for thing in run.results["run"]["users"][0]["left_behind"]]
        assert kinds == (["push_registrations"] if server.state()["version"].startswith("6") else [])

    @pytest.mark.parametrize("task", ["check", "check-full", *[f"check-{name}" for name in FAILING[:3]]])
    def test_check_mode_only_reads(self, server: Emulator, run: Run, task: str) -> None:
        """GET is all that is sent."""
        assert verbs(server, task) == {"GET"}

    def test_check_mode_predicts(self, run: Run) -> None:
        """The same steps, each as what would be done; the same diff."""
        result = run.results["check"]
        assert results_of(result) == [dict.fromkeys(BOTH, "would_be_done")] * 2
        assert (result["failed"], changed(result), warnings_of(result)) == (False, [True, True], "")
        assert result["diff"] == run.results["run"]["diff"]

    @pytest.mark.parametrize(
        ("task", "words"),
        [
            ("problems", ["nobody", "fred", "federated", "ina is deactivated", "the calling account itself"]),
            ("no-permission", ["logout-other-user"]),
            ("no-second-factor", ["two_factor_secret"]),
            ("no-confirmation", ["confirm_message_loss"]),
        ],
        ids=FAILING,
    )
    @pytest.mark.parametrize("prefix", ["", "check-"])
    def test_refused(self, server: Emulator, run: Run, prefix: str, task: str, words: list[str]) -> None:
        """All that is wrong is said at once, and nobody was touched."""
        result = run.results[f"{prefix}{task}"]
        assert (result["failed"], result["changed"]) == (True, False)
        assert missing(result["msg"], words) == []
        assert result["error"]["code"] == run.results[task]["error"]["code"]
        assert {sent["status"] for sent in writes(server, f"{prefix}{task}")} <= {400}
        assert server.user("user00005")["totp"] is not None

    def test_no_second_factor_without_password(self, server: Emulator, run: Run) -> None:
        """Where the password cannot be replaced, the second factor stays, and the sessions have nothing to protect."""
        result = run.results["no-password"]
        assert results_of(result) == [
            {"password": "failed", "e2ekey": "not_attempted", "totp": "not_attempted", "sessions": "not_attempted"}
        ]
        user = server.user("user00011")
        assert (result["users"][0]["outcome"], user["totp"] is not None, user["tokens"]["total"]) == ("failed", True, 2)

    def test_sessions_end_after_a_failure(self, server: Emulator, run: Run) -> None:
        """Where TOTP cannot be reset after the password was, the sessions end all the same."""
        result = run.results["no-totp"]
        assert results_of(result) == [{"password": "done", "e2ekey": "done", "totp": "failed", "sessions": "done"}]
        assert (result["users"][0]["outcome"], codes(result)) == ("half_done", ["error-broken"])
        assert missing(result["users"][0]["said"], ["HALF DONE", "password replaced", "TOTP failed"]) == []

    def test_rerun_finishes(self, server: Emulator, run: Run) -> None:
        """Without a ledger nothing is known of the run before, and all is done again."""
        assert results_of(run.results["mended"]) == [dict.fromkeys(EVERYTHING, "done")]
        assert server.user("user00012")["totp"] is None
        assert mails_to(server, "user00012", "Password") == 2
        assert id_of("user00012") in str(run.results["mended"]["users"][0]["said"])
