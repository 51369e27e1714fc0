# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is only looked at: OAuth apps and their tokens, and what may undo a deactivation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.oauth import OAuth
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Done, Plan, Scene, Step
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.undoing import Undoing

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

Person = Callable[..., User]
MakeScene = Callable[..., Scene]
APPS = "/api/v1/oauth-apps.list"
SECRET = "client-secret-7Qw2Zx"


def planned(step: Step, scene: Scene, user: User) -> Plan:
    """Return the plan of a step for somebody, from what it sees; it never changes anything."""
    plan = step.plan(user, step.inspect(scene, [user]).get(user.user_id))
    assert plan.untold
    assert step.act(scene.session, user) == Done(0, changed=False)
    return plan


def apps(server: ScriptedServer, *makers: str) -> None:
    """Register apps, one each."""
    rows: list[Any] = [
        {"_id": f"{maker}App", "name": f"{maker}'s app", "clientSecret": SECRET, "_createdBy": {"_id": f"{maker}Id"}}
        for maker in makers
    ]
    server.route(APPS, {"oauthApps": [*rows, "no app", {"_id": "nobodys", "_createdBy": None}], "success": True})


def test_apps_that_somebody_registered_are_told(server: ScriptedServer, scene: MakeScene, person: Person) -> None:
    apps(server, "alice", "bob")
    plan = planned(OAuth(), scene(), person())
    assert plan.looked_at == ("oauth_apps", "oauth_tokens")
    assert [(thing.kind, thing.name) for thing in plan.left_behind] == [("oauth_app", "alice's app")]
    assert SECRET not in repr(plan)


@pytest.mark.parametrize(("version", "live"), [((8, 4), True), ((7, 7), True), ((8, 5), False)])
def test_tokens_that_were_given_to_apps_outlive_a_deactivation_on_older_servers(
    server: ScriptedServer, scene: MakeScene, person: Person, version: tuple[int, int], live: bool
) -> None:
    apps(server, "bob")
    plan = planned(OAuth(), scene(version=version), person())
    assert [thing.kind for thing in plan.left_behind] == ["oauth_tokens"] * live
    assert all("bob's app, nobodys" in thing.cure for thing in plan.left_behind)


def test_where_there_is_no_app_there_is_no_token(server: ScriptedServer, scene: MakeScene, person: Person) -> None:
    server.route(APPS, {"oauthApps": [], "success": True})
    assert planned(OAuth(), scene(version=(7, 7)), person()).left_behind == []


@pytest.mark.parametrize("tells", [True, False])
def test_who_may_not_see_apps_is_told_so(server: ScriptedServer, scene: MakeScene, person: Person, tells: bool) -> None:
    server.route(APPS, (403, {"success": False, "error": "unauthorized"}))
    plan = planned(OAuth(), scene("manage-oauth-apps", tells=tells), person())
    assert plan.looked_at == ()
    assert [thing.permission for thing in plan.left_behind] == ["manage-oauth-apps"]
    assert len(server.sent("GET", APPS)) == (not tells)


@pytest.mark.parametrize(("setting", "looked", "left"), [(True, 1, 1), (False, 1, 0), (None, 0, 1)])
def test_a_directory_may_bring_people_back(
    scene: MakeScene, person: Person, setting: bool | None, looked: int, left: int
) -> None:
    plan = planned(Undoing(), scene(**({} if setting is None else {"LDAP_Enable": setting})), person())
    kinds = [thing.kind for thing in plan.left_behind]
    assert (plan.looked_at[:1], kinds[:1]) == (("ldap",) * looked, ["ldap"] * left)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, []),
        ({"Accounts_OAuth_Google": False, "Accounts_ShowFormLogin": True}, []),
        ({"Accounts_OAuth_Google": True, "CAS_enabled": True, "Accounts_ShowFormLogin": False}, ["Google, CAS"]),
        # Nobody gets in by a password: by what, the server does not publish.
        ({"Accounts_ShowFormLogin": False}, ["another service"]),
    ],
)
def test_another_service_may_let_people_in(
    scene: MakeScene, person: Person, settings: dict[str, bool], names: list[str]
) -> None:
    plan = planned(Undoing(), scene(LDAP_Enable=False, **settings), person())
    assert plan.looked_at == ("ldap", "login_service")
    assert [(thing.kind, thing.name) for thing in plan.left_behind] == [("login_service", name) for name in names]


def test_what_the_server_does_not_publish_is_told_as_not_looked_at(scene: MakeScene, person: Person) -> None:
    plan = planned(Undoing(), scene(), person())
    assert (plan.looked_at, [thing.kind for thing in plan.left_behind]) == ((), ["ldap", "login_service"])


@pytest.mark.parametrize("step", [OAuth(), Undoing()])
def test_nobody_is_asked_for_nobody(server: ScriptedServer, scene: MakeScene, step: Step) -> None:
    assert step.inspect(scene(), []) == {}
    assert server.requests == []
