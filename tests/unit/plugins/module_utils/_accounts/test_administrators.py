# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who would be refused as the last administrator: what the server counts, one leaver after another."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.administrators import Administrators
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

BY_STATUS, LIST = "/api/v1/users.listByStatus", "/api/v1/users.list"
Read = Callable[..., Administrators]


def person(name: str, *, admin: bool | None = True, active: bool = True) -> User:
    """Return somebody who is an administrator, is none, or does not show it."""
    roles = None if admin is None else ("user", "admin") if admin else ("user",)
    return User(name, name, active=active, federated=False, roles=roles)


@pytest.fixture
def read(server: ScriptedServer, connect: Callable[..., Any]) -> Read:
    """Return a function that reads the administrators of a workspace that has these, for those who leave."""

    def make(
        leaving: list[User], there: list[User], *, version: tuple[int, int] = (8, 6), refusal: Any = None
    ) -> Administrators:
        rows = [
            {"_id": one.user_id, "username": one.username, "active": one.active}
            | ({} if one.roles is None else {"roles": [*one.roles]})
            for one in there
        ]
        for path in (BY_STATUS, LIST):
            server.route(path, refusal or {"users": rows, "total": len(rows), "success": True})
        session: Any = SimpleNamespace(client=connect(server).client, version=version)
        return Administrators(session, leaving)

    return make


ANN, BEN, OLD = person("ann"), person("ben"), person("old", active=False)
JOE, HID = person("joe", admin=False), person("hid", admin=None)


@pytest.mark.parametrize(
    ("there", "gone", "refused"),
    [
        ([ANN], [], True),
        ([ANN, BEN], [], False),
        ([ANN, BEN], ["ben"], True),
        ([ANN, BEN], ["joe"], False),
        # Whoever is inactive does not count.
        ([ANN, OLD], [], True),
        ([ANN, BEN, OLD], ["old"], False),
    ],
)
def test_next_to_nobody_an_administrator_is_refused(
    read: Read, there: list[User], gone: list[str], refused: bool
) -> None:
    assert read([ANN], there).refused_as_last(ANN, gone) is refused


def test_a_former_administrator_is_refused_next_to_a_single_one(read: Read) -> None:
    """The server asks who has the role, not whether the count would fall."""
    assert read([OLD], [ANN, OLD]).refused_as_last(OLD, []) is True
    assert read([OLD], [ANN, BEN, OLD]).refused_as_last(OLD, []) is False


def test_where_it_is_not_known_who_goes_before_it_may_be_either(read: Read) -> None:
    administrators = read([ANN, BEN], [ANN, BEN])
    assert administrators.refused_as_last(ANN, [], ["ben"]) is None
    assert administrators.refused_as_last(ANN, ["ben"], ["joe"]) is True
    assert read([ANN, BEN], [ANN, BEN, person("cid")]).refused_as_last(ANN, [], ["ben"]) is False


def test_nothing_is_asked_where_no_administrator_leaves(read: Read, server: ScriptedServer) -> None:
    assert read([JOE], []).refused_as_last(JOE, []) is False
    assert server.requests == []


def test_they_are_asked_for_once_and_by_their_role(read: Read, server: ScriptedServer) -> None:
    administrators = read([ANN, BEN], [ANN, BEN, JOE])
    assert [administrators.refused_as_last(one, []) for one in (ANN, BEN)] == [False, False]
    assert [(seen.path, seen.query["roles[]"]) for seen in server.requests] == [(BY_STATUS, "admin")]


def test_an_older_server_lists_nobody_by_role(read: Read, server: ScriptedServer) -> None:
    assert read([ANN], [ANN, JOE], version=(6, 7)).refused_as_last(ANN, []) is True
    assert [seen.path for seen in server.requests] == [LIST]


def test_a_list_tells_the_roles_that_a_look_up_hides(read: Read) -> None:
    """A caller who does not see whole profiles sees roles in users.listByStatus (recorded on 7.7 and 8.6)."""
    hidden = person("ann", admin=None)
    assert read([hidden], [ANN]).refused_as_last(hidden, []) is True
    assert read([HID], [ANN]).refused_as_last(HID, []) is False


def test_where_no_roles_are_shown_nothing_is_known(read: Read) -> None:
    assert read([HID], [HID]).refused_as_last(HID, []) is None
    administrators = read([ANN, HID], [ANN, HID], version=(6, 5))
    assert administrators.refused_as_last(ANN, []) is None
    assert administrators.refused_as_last(JOE, []) is False


def test_who_may_not_list_users_does_not_know(read: Read) -> None:
    refusal = (403, {"success": False, "error": "unauthorized"})
    assert read([ANN], [ANN], refusal=refusal).refused_as_last(ANN, []) is None
