# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server refuses, through each of the neighbouring modules: one code and one sentence that helps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.emulator.cast import seed_of
from tests.emulator.testing import Emulator
from tests.integration.runner import Ansible, Run, Task, changed, codes, missing, requests_of, verbs, with_token, writes
from tests.integration.test_neighbours_common import (
    caller,
    e2ekey_reset,
    give_sessions,
    logout,
    password_reset,
    status,
    verify_addresses,
)


@dataclass(frozen=True)
class Kind:
    """One of the modules: how it is called, what it sends, and what the server refuses it with."""

    name: str
    make: Callable[..., Task]
    path: str
    permission: str
    code: str
    words: Mapping[str, str]
    options: Mapping[str, Any] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    deleted: str = ""

    def task(self, given: Mapping[str, Any], *, check: bool = False, **options: Any) -> Task:
        """A task of this module."""
        return self.make({**self.options, **given, **options}, check=check)


_FORBIDDEN = {
    "6.5": "unauthorized",
    "8.6": "User does not have the permissions required for this action",
}
KINDS = [
    Kind(
        "status",
        status,
        "users.setActiveStatus",
        "edit-other-user-active-status",
        "unauthorized",
        _FORBIDDEN,
        {"state": "inactive"},
        deleted="User not found",
    ),
    Kind(
        "logout",
        logout,
        "users.logout",
        "logout-other-user",
        "unauthorized",
        {"6.5": "unauthorized", "8.6": "unauthorized"},
    ),
    Kind(
        "password",
        password_reset,
        "users.update",
        "edit-other-user-info",
        "error-action-not-allowed",
        {"6.5": "Editing user is not allowed", "8.6": "Editing user is not allowed"},
        others=("edit-other-user-password", "view-full-other-user-info"),
        deleted="User not found [error-user-not-found]",
    ),
    Kind(
        "e2ekey",
        e2ekey_reset,
        "users.resetE2EKey",
        "edit-other-user-e2ee",
        "error-not-allowed",
        {"6.5": "Not allowed", "8.6": "Not allowed"},
        {"confirm_message_loss": True},
        deleted="The required userId or username param provided does not match any users [error-invalid-user]",
    ),
]
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
each_asked = pytest.mark.parametrize("kind", KINDS[2:], ids=lambda kind: kind.name)
each_not_asked = pytest.mark.parametrize("kind", KINDS[:2], ids=lambda kind: kind.name)

# Whom the refused tasks name; nothing may ever happen to them.
TARGETS = ["alice", "bob"]
ALL = tuple(dict.fromkeys(name for kind in KINDS for name in (kind.permission, *kind.others)))


def _people(server: Emulator) -> dict[str, Any]:
    return {name: server.user(name) for name in TARGETS}


@pytest.fixture(scope="class")
def before(server: Emulator) -> dict[str, Any]:
    """The targets before the runs."""
    give_sessions(server, *TARGETS)
    verify_addresses(server, *TARGETS)
    return _people(server)


@pytest.fixture(scope="class")
def run(server: Emulator, before: dict[str, Any], ansible: Ansible) -> Run:
    """Callers that may not, or that do not answer."""
    may = caller(server, "user00001", *ALL, bypass=False)
    wrong = {**may, "two_factor_secret": seed_of("user00030")}
    may_not = caller(server, "user00002", *KINDS[2].others)
    tasks: dict[str, Task] = {}
    for kind in KINDS:
        tasks[f"revoked-{kind.name}"] = kind.task(may, usernames=TARGETS, api_token="revoked-long-ago")
        tasks[f"may-not-{kind.name}"] = kind.task(may_not, usernames=TARGETS)
    for kind in KINDS[:2]:
        tasks[f"unanswered-{kind.name}"] = kind.task(may, username="carol")
    for kind in KINDS[2:]:
        tasks[f"unanswered-{kind.name}"] = kind.task(may, usernames=TARGETS)
        tasks[f"wrong-{kind.name}"] = kind.task(wrong, usernames=TARGETS)
    return ansible(tasks)


class TestCaller:
    """What every other target would meet as well, against both dialects."""

    @each_kind
    def test_revoked_token(self, run: Run, kind: Kind) -> None:
        """Credentials that do not fit say what belongs together, with the server's words."""
        result = run.results[f"revoked-{kind.name}"]
        assert result["error"]["code"] == "not-authenticated"
        wanted = ["api_user_id and api_token", "revoked", "You must be logged in to do this."]
        assert missing(result["msg"], wanted) == []
        assert codes(result) == ["not-attempted", "not-attempted"]

    @each_kind
    def test_permission_missing(self, server: Emulator, run: Run, kind: Kind) -> None:
        """The permission is named with the server's words, and the run ends with the first account."""
        result = run.results[f"may-not-{kind.name}"]
        words = kind.words["6.5" if server.state()["version"].startswith("6.5") else "8.6"]
        assert codes(result) == [kind.code, "not-attempted"]
        assert missing(result["msg"], [kind.permission, "The calling account may not", f"said: {words}"]) == []
        assert [sent["path"] for sent in writes(server, f"may-not-{kind.name}")] == [f"/api/v1/{kind.path}"]

    @each_asked
    def test_second_factor_missing(self, run: Run, kind: Kind) -> None:
        """The method that the server asks for is named, and what to give."""
        result = run.results[f"unanswered-{kind.name}"]
        assert codes(result) == ["totp-required", "not-attempted"]
        assert missing(result["msg"], ["method totp", "two_factor_secret", "TOTP Required"]) == []
        assert result["users"][0]["attempts"] == 1

    @each_asked
    def test_second_factor_wrong(self, run: Run, kind: Kind) -> None:
        """A seed that does not fit is tried with one further time step, and then said to be wrong."""
        result = run.results[f"wrong-{kind.name}"]
        assert codes(result) == ["totp-invalid", "not-attempted"]
        assert missing(result["msg"], ["two_factor_secret was refused", "clocks", "TOTP Invalid"]) == []
        assert result["users"][0]["attempts"] == 3

    @each_not_asked
    def test_second_factor_not_asked(self, run: Run, kind: Kind) -> None:
        """Where the server does not ask for it, nothing has to be given."""
        assert changed(run.results[f"unanswered-{kind.name}"]) == [True]

    @each_kind
    def test_nothing_is_changed(self, run: Run, kind: Kind) -> None:
        """No refused task claims a change."""
        for case in ("revoked", "may-not"):
            result = run.results[f"{case}-{kind.name}"]
            assert (result["failed"], result["changed"], changed(result)) == (True, False, [False, False])

    def test_accounts_are_as_before(self, server: Emulator, before: dict[str, Any], run: Run) -> None:
        """And no refusal has an effect."""
        assert _people(server) == before

    def test_no_traceback(self, run: Run) -> None:
        """None of the failures is an exception of Python."""
        assert "Traceback" not in run.everything


_TOO_MANY = "You must wait 5 seconds before trying this endpoint again."
BROKEN = ["deleted", "too-many", "too-many-old", "page", "gateway", "revoked"]


def _deleted(server: Emulator, kind: Kind, nth: int) -> None:
    code = kind.deleted.partition("[")[2].rstrip("]")
    body = {"success": False, "error": kind.deleted, **({"errorType": code} if code else {})}
    server.fault("status", {"path": kind.path, "nth": nth}, status=400, body=body)


@pytest.fixture(scope="class")
def scripted(modern: Emulator, ansible: Ansible) -> Run:
    """Each bad answer once for each module, in the order of ``BROKEN``."""
    give_sessions(modern, *TARGETS)
    verify_addresses(modern, *TARGETS)
    tasks: dict[str, Task] = {}
    may_not = with_token(modern, "harry")
    for number, kind in enumerate(KINDS, 11):
        given = caller(modern, f"user{number:05d}", *ALL, retries=0, rate_limit_wait=1)
        cases = BROKEN if kind.deleted else BROKEN[1:]
        for nth, case in enumerate(cases, 1):
            match = {"path": kind.path, "nth": nth}
            if case == "deleted":
                _deleted(modern, kind, nth)
            elif case.startswith("too-many"):
                modern.fault("rate-limit", match, seconds=5, old=case.endswith("old"))
            elif case == "revoked":
                modern.fault("revoke-token", match)
            else:
                modern.fault("html", match, status=200 if case == "page" else 502)
            tasks[f"{case}-{kind.name}"] = kind.task(given, usernames=TARGETS)
        # Ahead of the others, whose last one revokes the token.
        tasks = {
            f"unknown-{kind.name}": kind.task(given, usernames=["alice", "nobody"]),
            f"check-may-not-{kind.name}": kind.task(
                may_not if kind.name != "password" else caller(modern, "user00020", *kind.others),
                check=True,
                usernames=TARGETS,
            ),
            **tasks,
        }
    modern.control("requests", method="DELETE")
    return ansible(tasks)


class TestAnswers:
    """Answers that need no dialect."""

    @each_kind
    def test_unknown_user(self, modern: Emulator, scripted: Run, kind: Kind) -> None:
        """Found out before the first write."""
        task = f"unknown-{kind.name}"
        result = scripted.results[task]
        assert (codes(result)[1], changed(result)) == ("user-not-found", [False, False])
        assert missing(result["msg"], ["Nobody was", "'nobody'", "Check the spelling"]) == []
        assert verbs(modern, task) == {"GET"}

    @each_kind
    def test_check_mode_knows_of_the_permission(self, modern: Emulator, scripted: Run, kind: Kind) -> None:
        """Check mode fails as the run would, and names the permission."""
        task = f"check-may-not-{kind.name}"
        result = scripted.results[task]
        assert (result["failed"], result["changed"], verbs(modern, task)) == (True, False, {"GET"})
        assert missing(result["msg"], [kind.permission, "The calling account may not"]) == []

    @pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.deleted], ids=lambda kind: kind.name)
    def test_deleted_meanwhile(self, modern: Emulator, scripted: Run, kind: Kind) -> None:
        """An account that is gone by the time of the write is said to be, with the server's words."""
        result = scripted.results[f"deleted-{kind.name}"]
        assert (result["failed"], changed(result)) == (True, [False, False])
        assert missing(result["msg"], ["does not exist any more", kind.deleted]) == []

    @pytest.mark.parametrize("case", ["too-many", "too-many-old"])
    @each_kind
    def test_rate_limit(self, modern: Emulator, scripted: Run, kind: Kind, case: str) -> None:
        """A wait that is too long for the task ends it, with the option and the permission that help."""
        result = scripted.results[f"{case}-{kind.name}"]
        assert codes(result) == ["error-too-many-requests", "not-attempted"]
        assert missing(result["msg"], ["rate_limit_wait", "api-bypass-rate-limit", _TOO_MANY]) == []

    @each_kind
    def test_web_page(self, scripted: Run, kind: Kind) -> None:
        """A page instead of JSON: what stands in front of the server may have let the request through or not."""
        result = scripted.results[f"page-{kind.name}"]
        assert codes(result) == ["not-json", "not-attempted"]
        assert missing(result["msg"], ["a web page", "api_url", "proxy"]) == []
        assert result["error"]["details"]["outcome"] == "unknown"

    @each_kind
    def test_bad_gateway(self, scripted: Run, kind: Kind) -> None:
        """The server is down behind its proxy."""
        result = scripted.results[f"gateway-{kind.name}"]
        assert codes(result) == ["bad-gateway", "not-attempted"]
        assert missing(result["msg"], ["502", "proxy"]) == []
        assert result["error"]["details"]["outcome"] == "unknown"

    @each_kind
    def test_token_revoked_meanwhile(self, scripted: Run, kind: Kind) -> None:
        """A token that is revoked in the middle of the run ends it."""
        result = scripted.results[f"revoked-{kind.name}"]
        assert codes(result) == ["not-authenticated", "not-attempted"]
        assert missing(result["msg"], ["revoked", "You must be logged in to do this."]) == []

    @pytest.mark.parametrize("case", BROKEN[1:])
    @each_kind
    def test_sent_once(self, modern: Emulator, scripted: Run, kind: Kind, case: str) -> None:
        """None of them is tried again, and the result says how often it was sent."""
        task = f"{case}-{kind.name}"
        assert [sent["path"] for sent in writes(modern, task)] == [f"/api/v1/{kind.path}"]
        assert [entry["attempts"] for entry in scripted.results[task]["users"]] == [1, 0]

    @pytest.mark.parametrize("case", BROKEN[1:])
    @each_kind
    def test_nothing_is_changed(self, scripted: Run, kind: Kind, case: str) -> None:
        """None of them claims a change."""
        result = scripted.results[f"{case}-{kind.name}"]
        assert (result["failed"], changed(result)) == (True, [False, False])

    def test_accounts_have_their_sessions(self, modern: Emulator, scripted: Run) -> None:
        """No refusal has an effect."""
        assert [modern.user(name)["tokens"]["total"] for name in TARGETS] == [2, 2]

    def test_no_traceback(self, scripted: Run) -> None:
        """None of the failures is an exception of Python."""
        assert "Traceback" not in scripted.everything

    def test_every_task_reached_the_server(self, modern: Emulator, scripted: Run) -> None:
        """No task failed for a reason of its own."""
        assert [task for task in scripted.results if not requests_of(modern, task)] == []
