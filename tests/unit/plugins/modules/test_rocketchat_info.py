# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server lets the caller do: known, lacking, or not told; and the advice that follows from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import (
    TWO_FACTOR_ON,
    TWO_FACTOR_SETTINGS,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.needs import JOBS
from ansible_collections.chatops.rocketchat.plugins.modules import rocketchat_info as module

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

Run = Callable[..., dict[str, Any]]
NAME = "rocketchat_info"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TOKENS = "/api/v1/users.getPersonalAccessTokens"
LIST = "/api/v1/users.list"
RETURN: dict[str, Any] = yaml.safe_load(module.RETURN)
# What AnsibleModule adds to every result.
OF_ANSIBLE = {"changed", "failed", "msg", "invocation", "warnings", "diff", "exception", "deprecations"}
FORBIDDEN = (403, {"success": False, "error": "unauthorized"})
SIGNED_OUT = (401, {"status": "error", "message": "You must be logged in to do this."})


@pytest.fixture
def ask(workspace: Workspace, run_module: Run) -> Run:
    """Return a function that asks, with a token that is challenged unless told otherwise."""
    workspace.server.route(TOKENS, {"tokens": [], "success": True})
    # The server lists the caller as well.
    workspace.add("svc", _id="callerId", roles=workspace.me["roles"])
    workspace.server.route(LIST, lambda _seen: everybody(workspace))

    def run(**arguments: Any) -> dict[str, Any]:
        result = run_module(NAME, **arguments)
        assert set(result) - OF_ANSIBLE <= set(RETURN)
        assert set(result) >= set(RETURN) - {"error"} or result["failed"]
        documented = set(RETURN["shared_with"]["contains"])
        assert all(set(entry) == documented for entry in result.get("shared_with") or [])
        assert {seen.method for seen in workspace.server.requests} <= {"GET"}
        return result

    return run


def everybody(workspace: Workspace) -> Any:
    """Return all users as the server lists them."""
    return {"users": workspace.accounts, "total": len(workspace.accounts), "success": True}


def become(workspace: Workspace, *roles: str) -> None:
    """Give the calling account these roles."""
    workspace.me["roles"][:] = roles


def told(result: dict[str, Any], words: str) -> list[str]:
    """Return the levels of the advice with these words in it."""
    return [advice["level"] for advice in result["advice"] if words in advice["message"]]


def test_a_caller_with_every_right_is_told_so(workspace: Workspace, ask: Run) -> None:
    become(workspace, "helpdesk")
    workspace.permissions = {permission: ["helpdesk"] for _what, needs in JOBS.values() for permission in needs}
    workspace.permissions["api-bypass-rate-limit"] = ["helpdesk"]
    workspace.settings = dict.fromkeys(TWO_FACTOR_SETTINGS, True)
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
    assert result["settings"] == dict.fromkeys(TWO_FACTOR_SETTINGS, True)
    assert result["second_factor"] == {"method": None, "token_bypasses": False, "answerable": True}
    assert all(job["possible"] is True and job["missing"] == [] for job in result["jobs"].values())
    assert result["jobs"]["foresee_rooms"]["held"] == ["view-other-user-channels", "view-room-administration"]
    assert result["shared_with"] == []
    assert result["rate_limit_bypass"] is True
    assert {advice["level"] for advice in result["advice"]} == {"ok"}
    assert told(result, "svc is not asked for a second factor") == ["ok"]
    assert told(result, "The server's rate limit does not apply") == ["ok"]


def test_what_is_lacking_is_named_with_the_role_to_give_it_to(workspace: Workspace, ask: Run) -> None:
    become(workspace, "helpdesk", "auditor")
    of_admins = ("edit-other-user-totp", "edit-other-user-info", "edit-other-user-password", "api-bypass-rate-limit")
    workspace.permissions = {permission: ["admin"] for permission in of_admins}
    workspace.permissions["view-full-other-user-info"] = ["auditor"]
    result = ask()
    assert result["jobs"]["reset_totp"] == {"possible": False, "held": [], "missing": ["edit-other-user-totp"]}
    assert result["jobs"]["reset_password"] == {
        "possible": False,
        "held": ["view-full-other-user-info"],
        "missing": ["edit-other-user-info", "edit-other-user-password"],
    }
    # Resetting is what the collection is for; the other jobs may not be wanted at all.
    assert told(result, "svc may not reset TOTP. If it is to do this, give one of its roles (auditor, helpdesk)") == [
        "problem"
    ]
    assert told(result, "svc may not set passwords") == ["hint"]
    assert told(result, "svc may see who never logged in") == ["ok"]
    assert result["rate_limit_bypass"] is False
    assert told(result, "10 requests a minute") == ["hint"]
    assert told(result, "is an administrator") == []


@pytest.mark.parametrize("roles", [[], ["user"], ["guest", "user"], ["user", "bot"], ["app"], ["owner"], ["admin"]])
def test_nothing_is_given_to_a_role_that_accounts_come_to_have_by_themselves_nor_to_admin(
    workspace: Workspace, ask: Run, roles: list[str]
) -> None:
    become(workspace, *roles)
    workspace.permissions.update({"edit-other-user-totp": [], "api-bypass-rate-limit": []})
    result = ask()
    give = "give it a role of its own (neither user, which everybody has, nor bot, which webhooks give) with: "
    assert told(result, f"{give}edit-other-user-totp.") == ["problem"]
    assert told(result, f"{give}api-bypass-rate-limit.") == ["hint"]


def test_a_role_of_the_workspaces_own_is_named_as_people_call_it(workspace: Workspace, ask: Run) -> None:
    become(workspace, "679398c4f7ca7be1b5fcf5b7", "user")
    workspace.roles["679398c4f7ca7be1b5fcf5b7"] = "front-desk"
    workspace.permissions["edit-other-user-totp"] = ["679398c4f7ca7be1b5fcf5b7"]
    result = ask()
    assert result["caller"]["roles"] == ["front-desk", "user"]
    assert told(result, "svc may reset TOTP") == ["ok"]
    assert "hint" in told(result, "give its role front-desk: edit-other-user-info.")


def test_the_one_role_of_its_own_is_named(workspace: Workspace, ask: Run) -> None:
    become(workspace, "user", "helpdesk")
    assert told(ask(), "If it is to do this, give its role helpdesk: edit-other-user-totp.") == ["problem"]


def test_what_the_server_does_not_list_is_unknown_and_not_lacking(workspace: Workspace, ask: Run) -> None:
    workspace.permissions = {"edit-other-user-info": ["admin"], "edit-other-user-password": []}
    result = ask()
    assert result["jobs"]["reset_totp"] == {"possible": None, "held": [], "missing": []}
    assert told(result, "Whether svc may reset TOTP could not be found out") == ["hint"]
    # What is known to lack decides, whatever else is unknown.
    assert result["jobs"]["reset_password"]["possible"] is False
    assert result["jobs"]["foresee_rooms"]["possible"] is None
    assert result["rate_limit_bypass"] is None
    assert told(result, "rate limit") == []


def test_a_server_that_lets_the_caller_read_nothing_is_still_described(workspace: Workspace, ask: Run) -> None:
    for path in ("settings.public", "permissions.listAll", "users.getPersonalAccessTokens", "roles.list"):
        workspace.server.route(f"/api/v1/{path}", FORBIDDEN)
    become(workspace, "679398c4f7ca7be1b5fcf5b7")
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


def test_a_rate_limit_that_may_not_be_waited_for_is_not_taken_for_a_permission(workspace: Workspace, ask: Run) -> None:
    refusal = {"success": False, "error": "You must wait 42 seconds. [error-too-many-requests]"}
    workspace.server.route("/api/v1/settings.public", (429, refusal))
    result = ask()
    assert (result["failed"], result["error"]["code"]) == (True, "error-too-many-requests")


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


# --- who else can do what the caller can -----------------------------------------------------------------------------


POWERS = (
    "edit-other-user-totp",
    "edit-other-user-e2ee",
    "logout-other-user",
    "edit-other-user-active-status",
    "edit-other-user-info",
    "edit-other-user-password",
)


@pytest.mark.parametrize("version", ["6.5", "8.6"])
def test_everybody_else_with_the_same_powers_is_named_by_role(workspace: Workspace, ask: Run, version: str) -> None:
    workspace.version = version
    become(workspace, "helpdesk")
    workspace.permissions = {
        "edit-other-user-totp": ["admin", "helpdesk", "desk2"],
        "logout-other-user": ["admin", "helpdesk"],
        "edit-other-user-password": ["admin", "auditor"],
        "view-full-other-user-info": ["helpdesk", "guest"],
    }
    workspace.roles["desk2"] = "front-desk"
    workspace.add("zoe", roles=["user", "helpdesk"])
    workspace.add("amy", roles=["helpdesk"])
    workspace.add("max", roles=["desk2"])
    workspace.add("kim", roles=["auditor", "guest"])
    workspace.add("root", roles=["admin"])

    def by_role(seen: Any) -> Any:
        rows = [record for record in workspace.accounts if seen.query["roles[]"] in record["roles"]]
        return {"users": rows, "total": len(rows), "success": True}

    workspace.server.route("/api/v1/users.listByStatus", by_role)
    result = ask()
    # Administrators have everything, and what the caller cannot do is no matter of its role.
    assert result["shared_with"] == [
        {"role": "front-desk", "permissions": ["edit-other-user-totp"], "usernames": ["max"]},
        {
            "role": "helpdesk",
            "permissions": ["edit-other-user-totp", "logout-other-user"],
            "usernames": ["amy", "zoe"],
        },
    ]
    assert told(
        result,
        "The role helpdesk holds edit-other-user-totp, logout-other-user, and 2 other accounts have it: amy,"
        " zoe. Take the role from them, or give these permissions to a role that svc alone has.",
    ) == ["problem"]
    # A role that the caller does not have may be that of another service account.
    assert told(
        result,
        "The role front-desk holds edit-other-user-totp too, and 1 other account has it: max. Make sure that this is",
    ) == ["hint"]


@pytest.mark.parametrize("role", ["user", "guest", "anonymous", "federated-external", "bot", "app", "owner"])
def test_a_role_that_is_given_by_itself_is_a_problem_although_nobody_has_it_now(
    workspace: Workspace, ask: Run, role: str
) -> None:
    become(workspace, "helpdesk")
    workspace.permissions["edit-other-user-totp"] = ["helpdesk", role]
    result = ask()
    assert result["shared_with"] == [{"role": role, "permissions": ["edit-other-user-totp"], "usernames": []}]
    assert told(
        result,
        f"The role {role}, which accounts come to have without anybody choosing them, holds edit-other-user-totp. Take"
        " these permissions from it, and give them to a role that svc alone has.",
    ) == ["problem"]


def test_of_many_the_advice_names_the_first_and_the_facts_have_all(workspace: Workspace, ask: Run) -> None:
    become(workspace, "helpdesk")
    workspace.permissions["edit-other-user-totp"] = ["helpdesk"]
    names = [f"user{number:02}" for number in range(12)]
    for name in names:
        workspace.add(name, roles=["helpdesk"])
    result = ask()
    assert result["shared_with"][0]["usernames"] == names
    assert told(result, "12 other accounts have it: user00, user01") == ["problem"]
    assert told(result, "user09 and 2 more. Take the role from them") == ["problem"]


@pytest.mark.parametrize("power", POWERS)
def test_each_power_over_others_counts(workspace: Workspace, ask: Run, power: str) -> None:
    become(workspace, "helpdesk")
    workspace.permissions = {power: ["helpdesk"]}
    workspace.add("zoe", roles=["helpdesk"])
    assert ask()["shared_with"] == [{"role": "helpdesk", "permissions": [power], "usernames": ["zoe"]}]


def test_an_administrator_shares_with_administrators_which_is_no_news(workspace: Workspace, ask: Run) -> None:
    workspace.add("root", roles=["admin"])
    result = ask()
    assert result["shared_with"] == []
    assert workspace.server.sent("GET", LIST) == []
    assert told(result, "other account has it") == []


@pytest.mark.parametrize("hidden", ["permissions", "list", "roles"])
def test_where_it_is_not_shown_who_shares_nobody_is_said_to_share_nothing(
    workspace: Workspace, ask: Run, hidden: str
) -> None:
    become(workspace, "helpdesk")
    workspace.permissions["edit-other-user-totp"] = ["helpdesk"]
    if hidden == "permissions":
        workspace.server.route("/api/v1/permissions.listAll", FORBIDDEN)
    elif hidden == "list":
        workspace.server.route(LIST, FORBIDDEN)
    else:
        workspace.add("zoe")
    result = ask()
    assert result["shared_with"] is None
    assert told(result, "Who else holds the permissions of svc could not be found out") == ["hint"]
