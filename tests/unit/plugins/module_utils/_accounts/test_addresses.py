# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""By e-mail address the one account is found that bears it, or nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.addresses import Addresses
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, TargetError

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

LIST, BY_PART = "/api/v1/users.list", "/api/v1/users.listByStatus"
OLD, NEW = (6, 7), (6, 8)
Find = Callable[..., Any]


def bears(*addresses: str) -> list[dict[str, Any]]:
    """Return addresses as the server shows them."""
    return [{"address": address, "verified": False} for address in addresses]


@pytest.fixture(autouse=True)
def _people(workspace: Workspace) -> None:
    workspace.add("alice", emails=bears("Alice@Example.com", "second@example.com"))
    workspace.add("malice", emails=bears("malice@example.com"))
    workspace.add("bob", emails=bears("bob@example.com", "shared@example.com"))
    workspace.add("carol", emails=bears("shared@example.com"))
    workspace.add("nomail")
    workspace.show_lists(size=2)


@pytest.fixture
def find(workspace: Workspace, connect: Callable[..., Any]) -> Find:
    """Return a function that looks for the bearer of the first of several addresses."""

    def run(*emails: str, version: tuple[int, int] = NEW) -> Wanted:
        wanted = [Wanted("email", email) for email in emails]
        client = connect(workspace.server).client
        return Addresses(client, version, wanted, concurrency=1).find(wanted[0])

    return run


@pytest.mark.parametrize("version", [OLD, NEW, (8, 6)])
@pytest.mark.parametrize(
    "address", ["Alice@Example.com", "alice@example.com", "ALICE@EXAMPLE.COM", "second@example.com"]
)
def test_the_bearer_is_found_whatever_the_case_and_by_a_second_address(
    find: Find, address: str, version: tuple[int, int]
) -> None:
    assert find(address, version=version) == Wanted("user_id", "aliceId")


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("address", ["lice@example.com", "alice@example.co", "alice@example.community", "x@y.z"])
def test_a_part_of_an_address_is_nobodys(find: Find, address: str, version: tuple[int, int]) -> None:
    with pytest.raises(TargetError) as caught:
        find(address, version=version)
    assert caught.value.code == "user-not-found"
    assert f"no account with the email {address!r}" in caught.value.message
    assert "view-full-other-user-info" in caught.value.message


@pytest.mark.parametrize("version", [OLD, NEW])
def test_an_address_of_two_accounts_is_neithers(find: Find, version: tuple[int, int]) -> None:
    with pytest.raises(TargetError) as caught:
        find("Shared@example.com", version=version)
    assert caught.value.code == "ambiguous-address"
    assert "several accounts: bob (bobId), carol (carolId)." in caught.value.message


@pytest.mark.parametrize("version", [OLD, NEW])
def test_an_address_that_is_the_user_name_of_somebody_else_is_neithers(
    workspace: Workspace, find: Find, version: tuple[int, int]
) -> None:
    workspace.add("bob@example.com")
    with pytest.raises(TargetError) as caught:
        find("bob@example.com", version=version)
    assert caught.value.code == "ambiguous-address"
    assert "bob (bobId), bob@example.com (bob@example.comId). Name the right one by its id." in caught.value.message


@pytest.mark.parametrize("version", [OLD, NEW])
def test_who_has_their_own_address_for_a_user_name_is_found(
    workspace: Workspace, find: Find, version: tuple[int, int]
) -> None:
    workspace.add("dora@example.com", emails=bears("Dora@example.com"))
    assert find("dora@example.com", version=version) == Wanted("user_id", "dora@example.comId")


def test_a_user_name_is_no_address(workspace: Workspace, find: Find) -> None:
    workspace.add("erin@example.com")
    with pytest.raises(TargetError) as caught:
        find("erin@example.com")
    assert caught.value.code == "user-not-found"
    assert "It is the user name of an account: name that by its id, erin@example.comId." in caught.value.message


def test_a_few_are_asked_for_one_by_one(workspace: Workspace, find: Find) -> None:
    find("alice@example.com", *(f"x{number}@example.com" for number in range(19)))
    # Two accounts have it as a part of their addresses, and a page holds two.
    assert [seen.query["searchTerm"] for seen in workspace.server.sent("GET", BY_PART)] == ["alice@example.com"]
    assert workspace.server.sent("GET", LIST) == []


def test_who_stands_on_a_later_page_is_a_second_bearer_as_well(workspace: Workspace, find: Find) -> None:
    workspace.add("bert", emails=bears("xalice@example.com"))
    workspace.add("alan", emails=bears("ALICE@example.com"))
    with pytest.raises(TargetError, match=r"alan \(alanId\), alice \(aliceId\)"):
        find("alice@example.com")
    assert [seen.query["offset"] for seen in workspace.server.sent("GET", BY_PART)] == ["0", "2"]


@pytest.mark.parametrize(("number", "version"), [(21, NEW), (1, OLD)])
def test_for_many_and_on_old_servers_all_accounts_are_read_once(
    workspace: Workspace, find: Find, number: int, version: tuple[int, int]
) -> None:
    found = find("bob@example.com", *(f"x{n}@example.com" for n in range(number - 1)), version=version)
    assert found == Wanted("user_id", "bobId")
    assert [seen.query["offset"] for seen in workspace.server.sent("GET", LIST)] == ["0", "2", "4"]
    assert workspace.server.sent("GET", BY_PART) == []


def test_an_account_that_moved_from_page_to_page_meanwhile_is_one(workspace: Workspace, find: Find) -> None:
    workspace.accounts.append(workspace.accounts[0])
    assert find("alice@example.com", version=OLD) == Wanted("user_id", "aliceId")


def test_where_nobody_is_named_by_address_nothing_is_asked(workspace: Workspace, connect: Callable[..., Any]) -> None:
    names = [Wanted("username", f"user{number}") for number in range(30)]
    Addresses(connect(workspace.server).client, OLD, names, concurrency=1)
    assert workspace.server.requests == []


@pytest.mark.parametrize("version", [OLD, NEW])
def test_a_caller_who_may_not_list_is_told_the_permission(
    workspace: Workspace, find: Find, version: tuple[int, int]
) -> None:
    for path in (LIST, BY_PART):
        workspace.server.route(path, (403, {"success": False, "error": "unauthorized"}))
    with pytest.raises(Refused, match="view-d-room"):
        find("alice@example.com", version=version)
