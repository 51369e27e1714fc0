# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The set-up: what it makes, what it leaves alone, what it takes back."""

from __future__ import annotations

import pytest

from tests.live.client import Refused
from tests.live.service import Service
from tests.live.shared_role import ROLE
from tests.live.workspace import Workspace


def test_made(workspace: Workspace, service: Service) -> None:
    """Set-up: account, working token, ledger of its own."""
    me = service.caller.get("me")
    assert me["username"] == service.username
    assert me["_id"] == workspace.user(service.username)["_id"]
    room = service.caller.get("groups.info", roomName=service.ledger)["group"]
    owners = [entry["u"]["username"] for entry in service.caller.get("groups.roles", roomId=room["_id"])["roles"]]
    assert owners == [service.username]


def test_role(workspace: Workspace, service: Service) -> None:
    """Set-up: a role of its own, else the built-in one named."""
    roles = {role["name"]: role["_id"] for role in workspace.admin.get("roles.list")["roles"]}
    own = roles.get(workspace.name("role"))
    assert (own is None) == bool(service.why_shared)
    assert set(workspace.user(service.username)["roles"]) == {"user", own or ROLE}


def test_made_again(workspace: Workspace, service: Service) -> None:
    """Set-up, run again: nothing changes."""
    before, token = workspace.user(service.username), service.environment["ROCKETCHAT_TOKEN"]
    assert service.set_up().changed == 0
    assert workspace.user(service.username)["roles"] == before["roles"]
    assert service.environment["ROCKETCHAT_TOKEN"] == token


def test_taken_back(workspace: Workspace, service: Service) -> None:
    """Set-up, taken back: inactive, token dead, permissions gone."""
    caller = service.caller
    service.set_up(setup_state="absent", setup_confirm_relinquish=True)
    assert workspace.user(service.username)["active"] is False
    with pytest.raises(Refused) as refusal:
        caller.get("me")
    assert refusal.value.status == 401
    if service.why_shared:
        assert "edit-other-user-totp" not in workspace.shared_role.held()
    else:
        names = [role["name"] for role in workspace.admin.get("roles.list")["roles"]]
        assert workspace.name("role") not in names
