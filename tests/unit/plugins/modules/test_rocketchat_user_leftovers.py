# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is still there of people who left: all of the inactive or who is named, read once, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

Run = Callable[..., dict[str, Any]]
HOOK_TOKEN = "hook-token-7Qw2Zx"
ALONE = {"rid": "diaryId", "name": "diary", "t": "p"}


@pytest.fixture
def look(workspace: Workspace, run_module: Run) -> Run:
    """Return a function that looks for leftovers, with a webhook of alice and an OAuth app of bob in the workspace."""
    hook = {
        "_id": "inId",
        "type": "webhook-incoming",
        "name": "builds",
        "username": "alice",
        "userId": "aliceId",
        "token": HOOK_TOKEN,
    }
    app = {"_id": "appId", "name": "timesheet", "clientSecret": HOOK_TOKEN, "_createdBy": {"_id": "bobId"}}
    workspace.version = "8.6"
    workspace.server.route("/api/v1/integrations.list", {"integrations": [hook], "total": 1, "success": True})
    workspace.server.route("/api/v1/oauth-apps.list", {"oauthApps": [app], "success": True})
    workspace.settings.update(LDAP_Enable=False, Livechat_enabled=False)
    workspace.show_lists()

    def run(**arguments: Any) -> dict[str, Any]:
        result = run_module("rocketchat_user_leftovers", **arguments)
        assert not result.get("changed")
        assert {seen.method for seen in workspace.server.requests} <= {"GET"}
        assert HOOK_TOKEN not in str(result)
        return result

    return run


def test_all_who_are_inactive_are_looked_at_and_what_concerns_all_is_read_once(workspace: Workspace, look: Run) -> None:
    for name in ("alice", "bob", "carol"):
        roles = ["user", "helpdesk"] if name == "carol" else ["user"]
        workspace.add(name, active=False, roles=roles, rooms=[ALONE] if name == "alice" else [])
    workspace.server.route("/api/v1/rooms.adminRooms.getRoom", {"name": "diary", "usersCount": 1, "success": True})
    workspace.server.route("/api/v1/teams.listAll", {"teams": [], "total": 0, "success": True})
    workspace.add("dave", roles=["user"])
    workspace.add("app.bot", active=False, type="app", roles=["app"])
    result = look()
    left = {user["username"]: [thing["kind"] for thing in user["left_behind"]] for user in result["users"]}
    assert left == {"alice": ["room", "webhook"], "bob": ["oauth_app"], "carol": []}
    assert [thing["name"] for user in result["users"] for thing in user["kept"]] == ["diary", "helpdesk"]
    assert {user["active"] for user in result["users"]} == {False}
    seen = [
        "ldap",
        "login_service",
        "memberships",
        "oauth_apps",
        "oauth_tokens",
        "omnichannel",
        "roles",
        "rooms",
        "teams",
        "webhooks",
    ]
    assert [user["looked_at"] for user in result["users"]] == [seen] * 3
    assert result["summary"] == {"users": 3, "with_leftovers": 2, "kinds": {"oauth_app": 1, "room": 1, "webhook": 1}}
    assert result["missing"] == []
    paths = [request.path.rpartition("/")[2] for request in workspace.server.requests]
    # Lists do not show rooms.
    assert paths.count("users.info") == 3
    assert len(paths) == len(set(paths)) + 2


def test_one_who_is_deleted_meanwhile_does_not_end_it(workspace: Workspace, look: Run) -> None:
    workspace.add("alice", active=False, roles=["user"])
    workspace.add("bob", active=False, roles=["user"])

    def without_bob(seen: Any) -> Any:
        unknown = {"success": False, "error": "User not found.", "errorType": "error-invalid-user"}
        return (400, unknown) if seen.query["userId"] == "bobId" else {"user": workspace.accounts[0], "success": True}

    workspace.server.route("/api/v1/users.info", without_bob)
    assert [user["username"] for user in look()["users"]] == ["alice", "bob"]


def test_who_is_named_is_looked_at_active_or_not(workspace: Workspace, look: Run) -> None:
    workspace.add("alice", roles=["user"])
    workspace.add("bob", active=False, roles=["user"])
    result = look(usernames=["alice", "nobody"])
    assert [(user["username"], user["active"]) for user in result["users"]] == [("alice", True)]
    assert [entry["username"] for entry in result["missing"]] == ["nobody"]


def test_what_the_caller_does_not_see_is_told_so(workspace: Workspace, look: Run) -> None:
    workspace.permissions |= {"manage-oauth-apps": ["user"], "manage-incoming-integrations": ["user"]}
    workspace.add("alice", active=False)
    (user,) = look()["users"]
    assert user["looked_at"] == ["ldap", "login_service"]
    assert {thing["kind"]: thing["permission"] for thing in user["left_behind"]} == {
        "webhooks": "manage-incoming-integrations",
        "omnichannel": "view-full-other-user-info",
        "oauth_apps": "manage-oauth-apps",
        "roles": "view-full-other-user-info",
        "rooms": "view-other-user-channels",
        "teams": "view-other-user-channels",
        "memberships": "view-other-user-channels",
    }


def test_a_name_that_is_null_does_not_stand_for_everybody(look: Run) -> None:
    assert "null" in look(usernames=None)["msg"]
