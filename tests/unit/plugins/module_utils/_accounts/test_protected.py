# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose role a job keeps its hands off, whether the account shows its roles or a list does."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.protected import Protected
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, TargetError

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

ROLES = "/api/v1/roles.list"
BY_STATUS = "/api/v1/users.listByStatus"
REFUSAL = (403, {"success": False, "error": "unauthorized"})
Read = Callable[..., Protected]


def person(*roles: str, shown: bool = True) -> User:
    """Return somebody with these roles, who shows them or does not."""
    return User("ann", "ann", active=True, federated=False, roles=roles if shown else None)


@pytest.fixture
def session(server: ScriptedServer, connect: Callable[..., Any]) -> Any:
    """A workspace with a role of its own, the second of two administrators among its people."""
    rows = [{"_id": "admin", "name": "admin"}, {"_id": "r4nd0m", "name": "Works council"}]
    server.route(ROLES, {"roles": rows, "success": True})
    return SimpleNamespace(client=connect(server).client, version=(8, 6))


def holders(server: ScriptedServer, *names: str) -> None:
    """Let a list show who the administrators are."""
    rows = [{"_id": name, "username": name, "active": True, "roles": ["admin"]} for name in names]
    server.route(BY_STATUS, {"users": rows, "total": len(rows), "success": True})


def test_nobody_is_protected_without_a_role(server: ScriptedServer, session: Any) -> None:
    Protected(session, [], [person("admin", shown=False)]).check(person("admin"))
    assert [seen.path for seen in server.sent("GET")] == []


def test_built_in_roles_are_known_without_asking(server: ScriptedServer, session: Any) -> None:
    protected = Protected(session, ["admin"], [person("user")])
    protected.check(person("user"))
    with pytest.raises(TargetError, match="ann has a role that this job keeps its hands off: admin") as caught:
        protected.check(person("user", "admin"))
    assert (caught.value.code, [seen.path for seen in server.sent("GET")]) == ("protected-role", [])


@pytest.mark.parametrize("named", ["Works council", "r4nd0m"])
def test_a_role_of_the_workspace_is_known_by_name_and_id(session: Any, named: str) -> None:
    protected = Protected(session, [named], [person()])
    protected.check(person("admin"))
    with pytest.raises(TargetError, match="hands off: Works council"):
        protected.check(person("user", "r4nd0m"))


def test_a_role_that_is_none_is_refused(session: Any) -> None:
    with pytest.raises(InputError, match="protected_roles: this workspace has no role 'admins'"):
        Protected(session, ["admins"], [person()])


@pytest.mark.parametrize(("holder", "refused"), [("ann", True), ("ben", False)])
def test_a_list_tells_who_has_a_role_that_no_account_shows(
    server: ScriptedServer, session: Any, holder: str, refused: bool
) -> None:
    holders(server, holder)
    hidden = person(shown=False)
    protected = Protected(session, ["admin"], [hidden])
    if refused:
        with pytest.raises(TargetError, match="hands off: admin"):
            protected.check(hidden)
    else:
        protected.check(hidden)
    assert [seen.path for seen in server.sent("GET")] == [BY_STATUS]


def test_who_may_have_the_role_is_refused_where_nothing_shows_it(server: ScriptedServer, session: Any) -> None:
    server.route(BY_STATUS, REFUSAL)
    hidden = person(shown=False)
    protected = Protected(session, ["admin"], [hidden])
    protected.check(person("user"))
    with pytest.raises(TargetError, match="Give it the permission view-full-other-user-info") as caught:
        protected.check(hidden)
    assert caught.value.code == "roles-not-visible"
