# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many users by the page: it may save requests, but never lead to another account than asking for each would."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.directory import (
    all_users,
    lookup_table,
    the_inactive,
    users_with_roles,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Resolved, Wanted, resolve
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.caller import Caller
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

LIST, INFO = "/api/v1/users.list", "/api/v1/users.info"
BY_STATUS = "/api/v1/users.listByStatus"
SVC = Caller(
    "callerId",
    "svc",
    roles=frozenset({"admin"}),
    totp_enabled=False,
    email_enabled=False,
    has_password=True,
)
MANY = [f"user{number:02}" for number in range(30)]
Resolve = Callable[..., "list[Resolved]"]


def listing(workspace: Workspace, size: int) -> Callable[[Any], Any]:
    """Return answers of ``users.list`` with at most ``size`` users a page; a list shows less than a look-up."""

    def page(seen: Any) -> Any:
        offset = int(seen.query["offset"])
        rows = [
            {key: value for key, value in record.items() if key not in ("canViewAllInfo", "customFields", "federated")}
            for record in workspace.accounts
        ]
        return {"users": rows[offset : offset + size], "offset": offset, "total": len(rows), "success": True}

    return page


@pytest.fixture
def through_list(workspace: Workspace, connect: Callable[..., Any]) -> Resolve:
    """Return a function that resolves targets as a run does."""

    def run(*names: str, by: str = "username", size: int = 500, concurrency: int = 1) -> list[Resolved]:
        workspace.server.route(LIST, listing(workspace, size))
        client = connect(workspace.server).client
        wanted = [Wanted(by, name) for name in names]
        known = lookup_table(client, wanted, concurrency=concurrency)
        return resolve(client, wanted, SVC, concurrency=concurrency, known=known)

    return run


@pytest.mark.parametrize(("by", "form"), [("username", "{}"), ("user_id", "{}Id")])
def test_many_targets_are_found_in_one_list(workspace: Workspace, through_list: Resolve, by: str, form: str) -> None:
    for name in MANY:
        workspace.add(name)
    results = through_list(*(form.format(name) for name in MANY), by=by)
    assert [one.user and one.user.user_id for one in results] == [f"{name}Id" for name in MANY]
    assert len(workspace.server.sent("GET", LIST)) == 1
    assert workspace.server.sent("GET", INFO) == []


def test_few_targets_are_asked_for_one_by_one(workspace: Workspace, through_list: Resolve) -> None:
    for name in MANY:
        workspace.add(name)
    through_list(*MANY[:5])
    assert workspace.server.sent("GET", LIST) == []


@pytest.mark.parametrize("concurrency", [1, 4])
def test_all_pages_are_read_where_that_is_cheaper(
    workspace: Workspace, through_list: Resolve, concurrency: int
) -> None:
    for name in MANY:
        workspace.add(name)
    results = through_list(*MANY, size=20, concurrency=concurrency)
    assert all(one.user for one in results)
    assert sorted(int(seen.query["offset"]) for seen in workspace.server.sent("GET", LIST)) == [0, 20]


def test_a_workspace_much_larger_than_the_task_is_not_read_through(workspace: Workspace, through_list: Resolve) -> None:
    for name in MANY:
        workspace.add(name)
    assert all(one.user for one in through_list(*MANY, size=2))
    assert len(workspace.server.sent("GET", LIST)) == 1
    assert len(workspace.server.sent("GET", INFO)) == 28


@pytest.mark.parametrize(
    ("version", "path", "status"), [((6, 7), LIST, None), ((6, 8), BY_STATUS, "deactivated")], ids=["6.7", "6.8"]
)
def test_the_inactive_are_looked_for_among_themselves_where_there_is_such_a_list(
    workspace: Workspace, connect: Callable[..., Any], version: tuple[int, int], path: str, status: str | None
) -> None:
    for name in MANY:
        workspace.add(name, active=False)
    workspace.server.route(path, listing(workspace, 500))
    wanted = [Wanted("user_id", f"{name}Id") for name in MANY]
    known = lookup_table(connect(workspace.server).client, wanted, among=the_inactive(version))
    found = [known(one) for one in wanted]
    assert [user and (user.username, user.active) for user in found] == [(name, False) for name in MANY]
    assert [seen.query.get("status") for seen in workspace.server.requests] == [status]


@pytest.mark.parametrize(
    ("name", "record", "error"),
    [
        ("ned", {"lastLogin": None}, None),
        ("@fay:other.example.com", {"federated": True}, "federated-user"),
    ],
    ids=["never logged in", "a federated name"],
)
def test_what_a_list_does_not_tell_is_asked_for(
    workspace: Workspace, through_list: Resolve, name: str, record: dict[str, Any], error: str | None
) -> None:
    for other in MANY:
        workspace.add(other)
    workspace.add(name, **record)
    result = through_list(*MANY, name)[-1]
    assert [seen.query["username"] for seen in workspace.server.sent("GET", INFO)] == [name]
    assert (result.error and result.error.code) == error
    assert error is not None or (result.user is not None and result.user.never_logged_in)


@pytest.mark.parametrize("asked", ["USER00", "user00Id", "nobody"])
def test_only_the_exact_name_is_found_in_a_list(workspace: Workspace, through_list: Resolve, asked: str) -> None:
    for name in MANY:
        workspace.add(name)
    result = through_list(*MANY, asked)[-1]
    assert [seen.query["username"] for seen in workspace.server.sent("GET", INFO)] == [asked]
    assert result.user is None


def test_the_caller_is_refused_out_of_a_list_as_well(workspace: Workspace, through_list: Resolve) -> None:
    for name in MANY:
        workspace.add(name)
    workspace.add("svc", _id="callerId")
    error = through_list(*MANY, "svc")[-1].error
    assert error is not None
    assert error.code == "own-account"


def test_a_caller_who_may_not_list_users_asks_for_each(
    workspace: Workspace, through_list: Resolve, connect: Callable[..., Any]
) -> None:
    for name in MANY:
        workspace.add(name)
    client = connect(workspace.server).client
    workspace.server.route(LIST, (403, {"success": False, "error": "unauthorized"}))
    wanted = [Wanted("username", name) for name in MANY]
    results = resolve(client, wanted, SVC, known=lookup_table(client, wanted))
    assert all(one.user for one in results)
    assert len(workspace.server.sent("GET", INFO)) == len(MANY)
    with pytest.raises(Refused):
        all_users(client)


@pytest.mark.parametrize("answer", [{}, {"users": None, "total": 5}, {"users": [], "total": 5}, {"users": []}])
def test_a_list_without_users_is_not_read_for_ever(
    workspace: Workspace, connect: Callable[..., Any], answer: dict[str, Any]
) -> None:
    workspace.server.route(LIST, answer)
    assert all_users(connect(workspace.server).client) == []
    assert len(workspace.server.requests) == 1


def test_the_whole_workspace_is_read_in_order(workspace: Workspace, connect: Callable[..., Any]) -> None:
    for name in MANY:
        workspace.add(name)
    workspace.server.route(LIST, listing(workspace, 7))
    users = all_users(connect(workspace.server).client, concurrency=4)
    assert [user.username for user in users] == MANY


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_list_that_ends_half_way_is_no_list(
    workspace: Workspace, connect: Callable[..., Any], concurrency: int
) -> None:
    for name in MANY[:9]:
        workspace.add(name)
    pages = listing(workspace, 2)
    refused = (403, {"success": False, "error": "unauthorized"})
    workspace.server.route(LIST, lambda seen: refused if seen.query["offset"] == "4" else pages(seen))
    with pytest.raises(Refused, match="view-d-room"):
        all_users(connect(workspace.server).client, concurrency=concurrency)


def by_role(workspace: Workspace, size: int) -> Callable[[Any], Any]:
    """Return answers of ``users.listByStatus`` with at most ``size`` users a page."""

    def page(seen: Any) -> Any:
        offset = int(seen.query["offset"])
        rows = [record for record in workspace.accounts if seen.query["roles[]"] in record["roles"]]
        return {"users": rows[offset : offset + size], "total": len(rows), "success": True}

    return page


@pytest.mark.parametrize(("version", "path"), [((6, 7), LIST), ((6, 8), BY_STATUS), ((8, 6), BY_STATUS)])
def test_who_has_roles_is_found_on_every_version(
    workspace: Workspace, connect: Callable[..., Any], version: tuple[int, int], path: str
) -> None:
    for number, name in enumerate(MANY):
        workspace.add(name, roles=["user", *(["desk"] if number % 4 == 0 else []), *(["boss"] if number == 7 else [])])
    workspace.server.route(LIST, listing(workspace, 7))
    workspace.server.route(BY_STATUS, by_role(workspace, 3))
    found = users_with_roles(connect(workspace.server).client, version, ["desk", "boss", "nobody"])
    assert found is not None
    assert {role: [user.username for user in users] for role, users in found.items()} == {
        "desk": MANY[::4],
        "boss": ["user07"],
        "nobody": [],
    }
    assert {seen.path for seen in workspace.server.requests} == {path}
    # All users are read once, however many roles are asked for.
    assert len(workspace.server.requests) == (5 if path == LIST else 3 + 1 + 1)


def test_somebody_on_two_pages_has_a_role_once(workspace: Workspace, connect: Callable[..., Any]) -> None:
    """A page shifts when accounts come and go meanwhile."""
    workspace.add("alice", roles=["desk"])
    rows = {"users": workspace.accounts, "total": 2, "success": True}
    workspace.server.route(BY_STATUS, rows)
    found = users_with_roles(connect(workspace.server).client, (8, 6), ["desk"])
    assert found is not None
    assert [user.username for user in found["desk"]] == ["alice"]


def test_a_server_that_does_not_narrow_down_is_not_believed(workspace: Workspace, connect: Callable[..., Any]) -> None:
    workspace.add("alice", roles=["desk"])
    workspace.add("bob", roles=["user"])
    workspace.server.route(BY_STATUS, {"users": workspace.accounts, "total": 2, "success": True})
    found = users_with_roles(connect(workspace.server).client, (8, 6), ["desk"])
    assert found is not None
    assert [user.username for user in found["desk"]] == ["alice"]


@pytest.mark.parametrize("version", [(6, 5), (8, 6)])
@pytest.mark.parametrize("answer", ["refused", "no roles shown"])
def test_where_roles_are_not_shown_nobody_is_said_to_have_none(
    workspace: Workspace, connect: Callable[..., Any], version: tuple[int, int], answer: str
) -> None:
    workspace.add("alice")
    rows = {"users": workspace.accounts, "total": 1, "success": True}
    for path in (LIST, BY_STATUS):
        workspace.server.route(path, (403, {"success": False}) if answer == "refused" else rows)
    assert users_with_roles(connect(workspace.server).client, version, ["desk"]) is None


@pytest.mark.parametrize(
    "answer",
    [
        (401, {"status": "error", "message": "You must be logged in to do this."}),
        (429, {"success": False, "error": "You must wait 42 seconds. [error-too-many-requests]"}),
    ],
)
def test_a_server_that_answers_nobody_is_not_taken_for_one_that_hides(
    workspace: Workspace, connect: Callable[..., Any], answer: Any
) -> None:
    workspace.server.route(BY_STATUS, answer)
    with pytest.raises(Refused):
        users_with_roles(connect(workspace.server, budget=0).client, (8, 6), ["desk"])


def test_nothing_is_read_for_no_roles(workspace: Workspace, connect: Callable[..., Any]) -> None:
    for version in ((6, 5), (8, 6)):
        assert users_with_roles(connect(workspace.server).client, version, []) == {}
    assert workspace.server.requests == []
