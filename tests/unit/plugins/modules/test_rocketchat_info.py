# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server lets the caller do: known, lacking, or not told; and the advice that follows from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._forecast import SETTINGS, TWO_FACTOR_ON
from ansible_collections.chatops.rocketchat.plugins.module_utils._server_facts import JOBS

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

Run = Callable[..., dict[str, Any]]
NAME = "rocketchat_info"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TOKENS = "/api/v1/users.getPersonalAccessTokens"
FORBIDDEN = (403, {"success": False, "error": "unauthorized"})
SIGNED_OUT = (401, {"status": "error", "message": "You must be logged in to do this."})


@pytest.fixture
def ask(workspace: Workspace, run_module: Run) -> Run:
    """Return a function that asks, with a token that is challenged unless told otherwise."""
    workspace.server.route(TOKENS, {"tokens": [], "success": True})

    def run(**arguments: Any) -> dict[str, Any]:
        result = run_module(NAME, **arguments)
        assert {seen.method for seen in workspace.server.requests} <= {"GET"}
        return result

    return run


def told(result: dict[str, Any], words: str) -> list[str]:
    """Return the levels of the advice with these words in it."""
    return [advice["level"] for advice in result["advice"] if words in advice["message"]]


def test_a_caller_with_every_right_is_told_so(workspace: Workspace, ask: Run) -> None:
    workspace.me["roles"] = ["helpdesk"]
    workspace.permissions = {permission: ["helpdesk"] for _what, needs in JOBS.values() for permission in needs}
    workspace.permissions["api-bypass-rate-limit"] = ["helpdesk"]
    workspace.settings = dict.fromkeys(SETTINGS, True)
    workspace.me["services"] = {}
    result = ask()
    assert result["changed"] is False
    assert result["server"] == {"url": workspace.server.url, "version": "6.5"}
    assert result["caller"] == {
        "username": "svc",
        "user_id": "callerId",
        "roles": ["helpdesk"],
        "totp_enabled": False,
    }
    assert result["settings"] == dict.fromkeys(SETTINGS, True)
    assert result["second_factor"] == {"method": None, "token_bypasses": False, "answerable": True}
    assert all(job["possible"] is True and job["missing"] == [] for job in result["jobs"].values())
    assert result["jobs"]["leave_receipts"]["held"] == ["edit-other-user-info", "view-full-other-user-info"]
    assert result["rate_limit_bypass"] is True
    assert {advice["level"] for advice in result["advice"]} == {"ok"}
    assert told(result, "svc is not asked for a second factor") == ["ok"]
    assert told(result, "The server's rate limit does not apply") == ["ok"]


def test_what_is_lacking_is_named_with_the_roles_to_give_it_to(workspace: Workspace, ask: Run) -> None:
    workspace.me["roles"] = ["helpdesk", "bot"]
    of_admins = ("edit-other-user-totp", "edit-other-user-info", "api-bypass-rate-limit")
    workspace.permissions = {permission: ["admin"] for permission in of_admins}
    workspace.permissions["view-full-other-user-info"] = ["bot"]
    result = ask()
    assert result["jobs"]["reset_totp"] == {"possible": False, "held": [], "missing": ["edit-other-user-totp"]}
    assert result["jobs"]["leave_receipts"] == {
        "possible": False,
        "held": ["view-full-other-user-info"],
        "missing": ["edit-other-user-info"],
    }
    # Resetting is what the collection is for; the other jobs may not be wanted at all.
    assert told(result, "svc may not reset TOTP. If it is to do this, give one of its roles (bot, helpdesk)") == [
        "problem"
    ]
    assert told(result, "svc may not leave receipts") == ["hint"]
    assert told(result, "svc may see who never logged in") == ["ok"]
    assert result["rate_limit_bypass"] is False
    assert told(result, "10 requests a minute") == ["hint"]
    assert told(result, "is an administrator") == []


@pytest.mark.parametrize("roles", [[], ["user"], ["guest", "user"]])
def test_what_everybody_could_do_then_is_given_to_no_role_of_everybodys(
    workspace: Workspace, ask: Run, roles: list[str]
) -> None:
    workspace.me["roles"] = roles
    workspace.permissions["api-bypass-rate-limit"] = ["admin"]
    result = ask()
    give = "give it a role of its own (not user, which everybody has) with: "
    assert told(result, f"{give}edit-other-user-totp.") == ["problem"]
    assert told(result, f"{give}api-bypass-rate-limit.") == ["hint"]


def test_a_role_of_the_workspaces_own_is_named_as_people_call_it(workspace: Workspace, ask: Run) -> None:
    workspace.me["roles"] = ["679398c4f7ca7be1b5fcf5b7", "user"]
    workspace.roles["679398c4f7ca7be1b5fcf5b7"] = "front-desk"
    workspace.permissions["edit-other-user-totp"] = ["679398c4f7ca7be1b5fcf5b7"]
    result = ask()
    assert result["caller"]["roles"] == ["front-desk", "user"]
    assert told(result, "svc may reset TOTP") == ["ok"]
    assert "hint" in told(result, "give its role front-desk: edit-other-user-info.")


def test_the_one_role_of_its_own_is_named(workspace: Workspace, ask: Run) -> None:
    workspace.me["roles"] = ["user", "helpdesk"]
    assert told(ask(), "If it is to do this, give its role helpdesk: edit-other-user-totp.") == ["problem"]


def test_what_the_server_does_not_list_is_unknown_and_not_lacking(workspace: Workspace, ask: Run) -> None:
    workspace.permissions = {"edit-other-user-info": ["admin"], "edit-other-user-password": []}
    result = ask()
    assert result["jobs"]["reset_totp"] == {"possible": None, "held": [], "missing": []}
    assert told(result, "Whether svc may reset TOTP could not be found out") == ["hint"]
    # What is known to lack decides, whatever else is unknown.
    assert result["jobs"]["reset_password"]["possible"] is False
    assert result["jobs"]["leave_receipts"]["possible"] is None
    assert result["rate_limit_bypass"] is None
    assert told(result, "rate limit") == []


def test_a_server_that_lets_the_caller_read_nothing_is_still_described(workspace: Workspace, ask: Run) -> None:
    for path in ("settings.public", "permissions.listAll", "users.getPersonalAccessTokens", "roles.list"):
        workspace.server.route(f"/api/v1/{path}", FORBIDDEN)
    workspace.me["roles"] = ["679398c4f7ca7be1b5fcf5b7"]
    result = ask()
    assert result["caller"]["roles"] == ["679398c4f7ca7be1b5fcf5b7"]
    assert "failed" not in result
    assert set(result["settings"].values()) == {None}
    assert {job["possible"] for job in result["jobs"].values()} == {None}
    assert result["second_factor"]["token_bypasses"] is None


def test_an_administrator_is_advised_to_be_less(workspace: Workspace, ask: Run) -> None:
    assert told(ask(), "svc is an administrator, which is more than any job of this collection needs") == ["hint"]


@pytest.mark.parametrize("path", ["settings.public", "permissions.listAll"])
def test_credentials_that_end_half_way_are_a_failure(workspace: Workspace, ask: Run, path: str) -> None:
    workspace.server.route(f"/api/v1/{path}", SIGNED_OUT)
    result = ask()
    assert (result["failed"], result["error"]["code"]) == (True, "not-authenticated")
    assert "does not accept the credentials" in result["msg"]
    assert "jobs" not in result


def test_wrong_options_fail_before_anything_is_sent(workspace: Workspace, ask: Run) -> None:
    result = ask(api_url="")
    assert (result["failed"], result["error"]["code"]) == (True, "invalid-input")
    assert workspace.server.requests == []


def test_two_factor_authentication_switched_off_is_a_problem(workspace: Workspace, ask: Run) -> None:
    workspace.settings = {TWO_FACTOR_ON: False}
    result = ask()
    assert told(result, f"Switch on the setting {TWO_FACTOR_ON}") == ["problem"]
    assert result["second_factor"]["method"] is None


def test_a_server_that_is_too_old_is_a_problem(workspace: Workspace, ask: Run) -> None:
    workspace.version = "3.7"
    assert told(ask(), "Resetting TOTP needs Rocket.Chat 3.8 or later") == ["problem"]
    workspace.version = "3.8"
    assert told(ask(), "Resetting TOTP needs") == []


@pytest.mark.parametrize(
    ("services", "method", "advice"),
    [
        ({"totp": {"enabled": True}}, "totp", "Give its TOTP seed as two_factor_secret"),
        ({"email2fa": {"enabled": True}}, "email", "Switch its e-mail codes off"),
        ({"password": {"exists": True}}, "password", "Give its password as two_factor_password"),
    ],
)
def test_a_second_factor_without_an_answer_is_a_problem(
    workspace: Workspace, ask: Run, services: dict[str, Any], method: str, advice: str
) -> None:
    workspace.me["services"] = services
    result = ask()
    assert result["second_factor"] == {"method": method, "token_bypasses": False, "answerable": False}
    assert told(result, f"svc is asked for its second factor ({method}) on every reset, and nothing was given") == [
        "problem"
    ]
    assert told(result, advice) == ["problem"]


def test_a_second_factor_that_the_task_answers_is_fine(workspace: Workspace, ask: Run) -> None:
    workspace.me["services"] = {"totp": {"enabled": True}}
    result = ask(two_factor_secret=SEED)
    assert result["second_factor"] == {"method": "totp", "token_bypasses": False, "answerable": True}
    assert told(result, "second factor (totp) on every reset, and can answer") == ["ok"]


def test_a_token_that_bypasses_is_asked_for_nothing(workspace: Workspace, ask: Run) -> None:
    workspace.server.route(TOKENS, {"tokens": [{"lastTokenPart": "Xq7Zt4", "bypassTwoFactor": True}], "success": True})
    result = ask()
    assert result["second_factor"] == {"method": None, "token_bypasses": True, "answerable": True}
    assert told(result, "The token bypasses two-factor authentication") == ["ok"]


def test_a_token_of_which_the_caller_may_not_see_whether_it_bypasses_is_no_problem(
    workspace: Workspace, ask: Run
) -> None:
    workspace.me["services"] = {"totp": {"enabled": True}}
    workspace.server.route(TOKENS, FORBIDDEN)
    result = ask()
    assert result["second_factor"] == {"method": "totp", "token_bypasses": None, "answerable": None}
    assert told(result, "create-personal-access-tokens") == ["hint"]
    assert ask(two_factor_secret=SEED)["second_factor"]["answerable"] is True


def test_on_8_5_no_token_bypasses(workspace: Workspace, ask: Run) -> None:
    workspace.version = "8.5"
    workspace.server.route(TOKENS, {"tokens": [{"lastTokenPart": "Xq7Zt4", "bypassTwoFactor": True}], "success": True})
    result = ask()
    assert result["second_factor"]["token_bypasses"] is False
    assert told(result, "8.5 asks for the second factor even where a token was made to bypass it") == ["hint"]


def test_a_session_of_a_password_bypasses_nothing(workspace: Workspace, run_module: Run) -> None:
    workspace.server.route(
        "/api/v1/login", {"status": "success", "data": {"userId": "callerId", "authToken": "t0k3n"}}, method="POST"
    )
    workspace.server.route("/api/v1/logout", {"status": "success"}, method="POST")
    result = run_module(NAME, api_user_id=None, api_token=None, api_username="svc", api_password="pa55-of-svc")
    # The password answers the second factor as well.
    assert result["second_factor"] == {"method": "password", "token_bypasses": False, "answerable": True}
    assert [seen.path for seen in workspace.server.sent("POST")] == ["/api/v1/login", "/api/v1/logout"]
    assert workspace.server.sent("GET", TOKENS) == []


def test_diff_mode_has_nothing_to_show(ask: Run) -> None:
    assert ask(diff=True)["diff"] == []
