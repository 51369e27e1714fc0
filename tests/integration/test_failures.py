# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server refuses, and what the administrator is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.emulator.cast import SVC_BYPASS_TOKEN, id_of
from tests.emulator.testing import Emulator
from tests.integration.runner import (
    HELPDESK,
    Ansible,
    Run,
    Task,
    bypassing,
    changed,
    codes,
    missing,
    resets,
    with_token,
    writes,
)

StartEmulator = Callable[..., Emulator]


@dataclass(frozen=True)
class Refusal:
    """An answer to the reset: what comes back, and what has to be made of it."""

    name: str
    body: dict[str, Any]
    code: str
    words: str
    advice: list[str]
    status: int = 400
    options: dict[str, Any] = field(default_factory=dict)


def _refused(error_type: str, reason: str, **more: Any) -> dict[str, Any]:
    return {"success": False, "error": f"{reason} [{error_type}]", "errorType": error_type, **more}


_UNKNOWN_USER = 'The required "userId" or "username" param provided does not match any users'
_TOO_MANY = (
    "Error, too many requests. Please slow down. You must wait 5 seconds before trying this endpoint again."
    " [error-too-many-requests]"
)
REFUSALS = [
    Refusal(
        "deleted",
        _refused("error-invalid-user", _UNKNOWN_USER),
        "error-invalid-user",
        _UNKNOWN_USER,
        ["deleted"],
    ),
    Refusal(
        "body-lost",
        _refused("error-user-param-not-provided", 'The required "userId" or "username" param was not provided'),
        "error-user-param-not-provided",
        'The required "userId" or "username" param was not provided',
        ["proxy"],
    ),
    Refusal(
        "new-schema",
        _refused("invalid-params", "must NOT have additional properties"),
        "invalid-params",
        "must NOT have additional properties",
        ["update"],
    ),
    Refusal(
        "became-federated",
        _refused("error-not-allowed", "Federated Users cannot have TOTP", details={"function": "resetTOTP"}),
        "federated-user",
        "Federated Users cannot have TOTP",
        ["federated user", "administrators of that server"],
    ),
    Refusal(
        "mailed-too-many",
        _refused("totp-max-attempts", "TOTP Maximun Failed Attempts Reached", details={"method": "email"}),
        "totp-max-attempts",
        "TOTP Maximun Failed Attempts Reached",
        ["one hour", "two_factor_secret"],
    ),
    Refusal(
        "too-many",
        {"success": False, "error": _TOO_MANY},
        "error-too-many-requests",
        "You must wait 5 seconds",
        ["rate_limit_wait", "api-bypass-rate-limit"],
        status=429,
        options={"rate_limit_wait": 1},
    ),
    Refusal(
        "too-many-old",
        _refused("error-too-many-requests", _TOO_MANY.removesuffix(" [error-too-many-requests]")),
        "error-too-many-requests",
        "You must wait 5 seconds",
        ["rate_limit_wait", "api-bypass-rate-limit"],
        options={"rate_limit_wait": 1},
    ),
    Refusal(
        "forbidden",
        {"success": False, "error": "unauthorized"},
        "unauthorized",
        "unauthorized",
        ["edit-other-user-totp"],
        status=403,
    ),
    Refusal(
        "forbidden-new",
        {
            "success": False,
            "error": "User does not have the permissions required for this action [error-unauthorized]",
        },
        "unauthorized",
        "User does not have the permissions required for this action",
        ["edit-other-user-totp"],
        status=403,
    ),
    Refusal(
        "unheard-of",
        _refused("error-of-the-future", "The moon is full"),
        "error-of-the-future",
        "The moon is full",
        ["does not know"],
    ),
    Refusal(
        "without-type",
        {"success": False, "error": "_params$userId.trim is not a function"},
        "refused",
        "_params$userId.trim is not a function",
        ["does not know"],
    ),
]


@pytest.fixture(scope="class")
def scripted(modern: Emulator, ansible: Ansible) -> Run:
    """One task for each of the answers."""
    for number, refusal in enumerate(REFUSALS, 1):
        modern.fault("status", {"path": "users.resetTOTP", "nth": number}, status=refusal.status, body=refusal.body)
    return ansible(
        {refusal.name: Task(bypassing(modern, username="alice", retries=0, **refusal.options)) for refusal in REFUSALS},
    )


class TestRefusals:
    """Answers that a server gives to the reset itself."""

    @pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
    def test_code(self, scripted: Run, refusal: Refusal) -> None:
        """The result names the error for a program, in the run and at the target."""
        result = scripted.results[refusal.name]
        assert result["error"]["code"] == refusal.code
        assert codes(result) == [refusal.code]

    @pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
    def test_message(self, scripted: Run, refusal: Refusal) -> None:
        """The message says what to do next, and keeps the server's own words."""
        message = scripted.results[refusal.name]["msg"]
        assert missing(message, [*refusal.advice, refusal.words]) == []

    @pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.name)
    def test_not_changed(self, scripted: Run, refusal: Refusal) -> None:
        """What was refused was not done, and was asked for once."""
        result = scripted.results[refusal.name]
        assert (result["failed"], result["changed"]) == (True, False)
        assert [(entry["changed"], entry["attempts"]) for entry in result["users"]] == [(False, 1)]

    def test_no_traceback(self, scripted: Run) -> None:
        """None of the failures is an exception of Python."""
        assert "Traceback" not in scripted.everything

    def test_each_was_sent_once(self, modern: Emulator, scripted: Run) -> None:
        """A refusal is not tried again."""
        assert {refusal.name: len(resets(modern, refusal.name)) for refusal in REFUSALS} == {
            refusal.name: 1 for refusal in REFUSALS
        }


@pytest.fixture(scope="class")
def run(server: Emulator, ansible: Ansible) -> Run:
    """Callers that may not, and a workspace without two-factor authentication."""
    before = ansible(
        {
            "bad-token": Task(bypassing(server, username="alice", api_token="revoked-long-ago")),
            "wrong-id": Task(bypassing(server, username="alice", api_user_id=id_of("alice"))),
            "no-permission": Task(with_token(server, "harry", bypass=True, usernames=["alice", "user00001"])),
        }
    )
    server.settings({"Accounts_TwoFactorAuthentication_Enabled": False})
    after = ansible({"switched-off": Task(bypassing(server, username="alice"))})
    before.results.update(after.results)
    return before


class TestCaller:
    """Refusals that concern the caller or the workspace, against both dialects."""

    @pytest.mark.parametrize("task", ["bad-token", "wrong-id"])
    def test_not_authenticated(self, run: Run, task: str) -> None:
        """Credentials that do not fit say what belongs together."""
        result = run.results[task]
        assert result["error"]["code"] == "not-authenticated"
        wanted = ["api_user_id and api_token", "revoked", "You must be logged in to do this."]
        assert missing(result["msg"], wanted) == []

    @pytest.mark.parametrize("task", ["bad-token", "wrong-id"])
    def test_not_authenticated_accounts_for_the_target(self, run: Run, task: str) -> None:
        """The target is in the result, not attempted."""
        assert [(entry["username"], entry["changed"]) for entry in run.results[task]["users"]] == [("alice", False)]
        assert codes(run.results[task]) == ["not-attempted"]

    def test_permission_missing(self, run: Run) -> None:
        """The permission is named, and the run ends with the first account."""
        result = run.results["no-permission"]
        assert result["error"]["code"] == "error-not-allowed"
        assert missing(result["msg"], ["edit-other-user-totp", "role", "Not allowed"]) == []
        assert codes(result) == ["error-not-allowed", "not-attempted"]

    def test_switched_off(self, run: Run) -> None:
        """The setting is named."""
        result = run.results["switched-off"]
        assert codes(result) == ["error-two-factor-not-enabled"]
        wanted = ["Accounts_TwoFactorAuthentication_Enabled", "Two factor authentication is not enabled"]
        assert missing(result["msg"], wanted) == []

    def test_alice_keeps_her_totp(self, server: Emulator, run: Run) -> None:
        """No refusal has an effect."""
        assert server.user("alice")["totp"] == {"enabled": True, "pending": False}


VERSIONS = ("3.8", "4.8", "5.0", "7.0", "8.4")


@dataclass(frozen=True)
class Old:
    """A run against many versions."""

    run: Run
    servers: dict[str, Emulator]
    callers: dict[str, dict[str, Any]]


@pytest.fixture(scope="class")
def old(emulators: StartEmulator, ansible: Ansible) -> Old:
    """One task for each version."""
    servers = {speak: emulators(speak) for speak in ("3.7", "6.3", *VERSIONS)}
    servers["6.3"].settings({"Accounts_TwoFactorAuthentication_Enforce_Password_Fallback": False})
    callers = {speak: server.user(HELPDESK) for speak, server in servers.items()}
    run = ansible({speak: Task(bypassing(server, username="alice")) for speak, server in servers.items()})
    return Old(run, servers, callers)


class TestVersions:
    """Versions that answer in their own way."""

    def test_switched_off_before_6_4(self, old: Old) -> None:
        """Before 6.4 another setting is demanded, and the answer looks like a missing permission."""
        result = old.run.results["6.3"]
        assert codes(result) == ["error-not-allowed"]
        wanted = ["edit-other-user-totp", "Accounts_TwoFactorAuthentication_Enforce_Password_Fallback", "Not allowed"]
        assert missing(result["msg"], wanted) == []

    def test_too_old(self, old: Old) -> None:
        """3.7 has no such endpoint: said before credentials are sent anywhere."""
        result = old.run.results["3.7"]
        assert result["error"]["code"] == "version-too-old"
        assert missing(result["msg"], ["3.7", "3.8", "Upgrade"]) == []
        sent = old.servers["3.7"].requests()
        assert [entry["path"] for entry in sent] == ["/api/info"]
        assert SVC_BYPASS_TOKEN not in str(sent)

    @pytest.mark.parametrize("speak", VERSIONS)
    def test_other_versions(self, old: Old, speak: str) -> None:
        """From 3.8 on a reset does what it says, with one request, and leaves the caller alone."""
        server = old.servers[speak]
        assert changed(old.run.results[speak]) == [True]
        assert server.user("alice")["totp"] is None
        assert server.user(HELPDESK) == old.callers[speak]
        assert len(writes(server, speak)) == 1
