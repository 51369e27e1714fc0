# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module from its arguments to its result: every key documented, no secret in any output."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.chatops.rocketchat.plugins.module_utils._api import session, transport
from ansible_collections.chatops.rocketchat.plugins.modules import rocketchat_user_totp_reset as module

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

RETURN: dict[str, Any] = yaml.safe_load(module.RETURN)
# What AnsibleModule adds to every result.
OF_ANSIBLE = {"changed", "failed", "msg", "invocation", "warnings", "diff", "exception", "deprecations"}
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
REFUSED = (400, {"success": False, "error": "No [error-not-allowed]", "errorType": "error-not-allowed"})

Run = Callable[..., Any]


@pytest.fixture
def run(run_module: Run) -> Run:
    """Return a function that runs the module on the workspace and returns its result."""

    def run_it(check_mode: bool = False, diff: bool = False, **arguments: Any) -> dict[str, Any]:
        return run_module("rocketchat_user_totp_reset", check_mode=check_mode, diff=diff, **arguments)

    return run_it


def check_error(error: dict[str, Any], documented: dict[str, Any]) -> None:
    """Compare an error with its documentation."""
    assert set(error) == set(documented["contains"])


def check(result: dict[str, Any]) -> None:
    """Compare a whole result with the documentation of its return values."""
    assert set(result) - OF_ANSIBLE <= set(RETURN)
    assert "users" in result
    assert ("error" in result) is bool(result.get("failed"))
    if "error" in result:
        check_error(result["error"], RETURN["error"])
    documented = RETURN["users"]["contains"]
    always = {key for key, value in documented.items() if value["returned"] == "always"}
    for user in result["users"]:
        assert always <= set(user) <= set(documented)
        if "error" in user:
            check_error(user["error"], documented["error"])


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    "arguments",
    [
        {"usernames": ["alice", "ned"]},
        {"username": "alice", "two_factor_secret": SEED},
        {"user_id": ["aliceId"], "end_sessions": True, "force": True},
        {"usernames": ["alice", "nobody"]},
        {"usernames": ["nobody", "refused", "alice"], "on_error": "continue"},
        {"usernames": ["refused", "alice"]},
        {"username": "lost"},
        {"username": "svc"},
        {"username": "alice", "receipt_field": "note"},
        {"username": None},
        {"username": "alice", "last_reset": "2026-03-01T13:00:00Z"},
        {"own_account": True},
        {"own_account": True, "force": True},
        {"username": ""},
        {},
        {"username": "alice", "two_factor_method": "totp"},
    ],
)
def test_every_key_of_every_result_is_documented(
    workspace: Workspace, run: Run, check_mode: bool, arguments: dict[str, Any]
) -> None:
    for name in ("alice", "refused", "lost"):
        workspace.add(name)
    workspace.add("ned", lastLogin=None)
    workspace.add("svc", _id="callerId")
    workspace.refuse("refusedId", (400, {"success": False, "error": "Gone", "errorType": "error-invalid-user"}))
    workspace.refuse("lostId", workspace.server.DROP)
    check(run(check_mode, **arguments))
    assert not check_mode or workspace.server.sent("POST") == []


def test_every_documented_key_of_an_entry_is_really_returned(workspace: Workspace, run: Run) -> None:
    workspace.add("alice")
    workspace.refuse("aliceId", REFUSED)
    result = run(username="alice")
    assert set(result["users"][0]) == set(RETURN["users"]["contains"])
    assert result["msg"]
    assert result["changed"] is False


def test_the_documented_sample_has_the_documented_keys() -> None:
    documented = RETURN["users"]["contains"]
    always = {key for key, value in documented.items() if value["returned"] == "always"}
    for entry in RETURN["users"]["sample"]:
        assert always <= set(entry) <= set(documented)


def test_diff_mode_shows_each_change(workspace: Workspace, run: Run) -> None:
    workspace.add("alice")
    workspace.add("ned", lastLogin=None)
    result = run(diff=True, usernames=["alice", "ned"])
    assert [entry["before_header"] for entry in result["diff"]] == ["alice (aliceId)"]
    assert "diff" not in run(usernames=["alice", "ned"])


def test_a_single_name_may_be_given_without_a_list(workspace: Workspace, run: Run) -> None:
    workspace.add("alice")
    assert [user["username"] for user in run(username="alice")["users"]] == ["alice"]
    assert workspace.resets == [{"userId": "aliceId"}]


@pytest.mark.parametrize(
    "arguments",
    [
        {"username": ""},
        {"usernames": []},
        {"usernames": ["alice", ""]},
        {"username": " "},
        {"own_account": True, "username": "alice"},
        {"username": "alice", "api_url": ""},
        {"username": "alice", "api_token": ""},
        {"username": "alice", "two_factor_code": "123456"},
        {"username": "alice", "concurrency": 0},
        {"username": 83},
        {"usernames": None},
        {"usernames": None, "own_account": True},
        {"username": "alice", "receipt_field": "note"},
        {"username": "alice", "since": "2026-03-01T13:00:00Z"},
    ],
)
def test_nothing_at_all_is_sent_when_the_arguments_are_wrong(
    workspace: Workspace, run: Run, arguments: dict[str, Any]
) -> None:
    result = run(**arguments)
    assert result["failed"] is True
    assert result["users"] == []
    assert result["error"]["code"] == "invalid-input"
    assert workspace.server.requests == []


def test_a_missing_library_is_named(workspace: Workspace, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for holder in (transport, session):
        monkeypatch.setattr(holder, "HAS_REQUESTS", False)
    result = run(username="alice")
    assert result["failed"] is True
    assert "requests" in result["msg"]
    assert result["users"] == []
    assert workspace.server.requests == []


def test_receipts_are_refused_with_the_reason(workspace: Workspace, run: Run) -> None:
    says = "receipt_field is gone: whoever holds an account can write its custom fields"
    assert says in run(username="alice", receipt_field="note")["msg"]
    assert workspace.server.requests == []
    # Where a role hands on what nobody filled in, nothing was asked for.
    workspace.add("alice")
    assert run(username="alice", receipt_field="", since="")["changed"] is True


def test_since_is_of_no_use_without_what_it_is_compared_with(workspace: Workspace, run: Run) -> None:
    result = run(username="alice", since="2026-03-01T13:00:00Z")
    assert result["msg"] == "since is compared with the resets in the ledger: it needs ledger."
    assert workspace.server.requests == []
