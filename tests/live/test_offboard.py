# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody leaves who had rooms, a team, a webhook and a role: one run, looked at from all sides."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.live.client import Caller
from tests.live.service import Service
from tests.live.workspace import Person, Workspace

ROLE = "livechat-agent"


@dataclass(frozen=True)
class Leaving:
    """The leaver, the successor, a colleague, and what there was by id."""

    leaver: Person
    successor: Person
    colleague: Person
    rooms: dict[str, str]
    hook: str


def _owners(caller: Caller, family: str, room: str) -> set[str]:
    entries = caller.get(f"{family}.roles", roomId=room)["roles"]
    return {entry["u"]["username"] for entry in entries if "owner" in entry["roles"]}


def _members(caller: Caller, family: str, room: str) -> set[str]:
    return {member["username"] for member in caller.rows(f"{family}.members", "members", roomId=room)}


@pytest.fixture(scope="session")
def leaving(workspace: Workspace, service: Service) -> Leaving:
    """Offboard somebody with all that the job can do."""
    # The newer servers let an incoming webhook post as bots only; the older ones make a bot of whoever it posts as.
    leaver = workspace.person("leaver", roles=[ROLE, "bot"], totp=True)
    successor, colleague = workspace.person("successor"), workspace.person("colleague")
    rooms = {
        "channel": workspace.channel("channel", leaver, colleague),
        "group": workspace.group("group", leaver, colleague),
        "team": workspace.team("team", colleague, leaver),
    }
    rooms["discussion"] = workspace.discussion("discussion", rooms["channel"], leaver, colleague)
    hook = workspace.webhook("builds", leaver, "channel")
    service.play(
        "offboard",
        leaver,
        successor=successor.username,
        memberships="remove",
        integrations="disable",
        roles="remove",
        ticket="HR-1",
    )
    return Leaving(leaver, successor, colleague, rooms, hook)


def test_account(workspace: Workspace, leaving: Leaving) -> None:
    """Offboarding: inactive, signed out, nobody gets in."""
    assert workspace.user(leaving.leaver.username)["active"] is False
    assert not leaving.leaver.signed_in()
    assert leaving.leaver.refused() != ""


def test_rooms(leaving: Leaving) -> None:
    """Offboarding: the successor owns channel, private group and discussion."""
    reader = leaving.successor.caller
    assert leaving.successor.username in _owners(reader, "channels", leaving.rooms["channel"])
    assert leaving.successor.username in _owners(reader, "groups", leaving.rooms["group"])
    assert leaving.successor.username in _owners(reader, "channels", leaving.rooms["discussion"])


def test_memberships(leaving: Leaving) -> None:
    """Offboarding: the leaver is out of rooms and team, a colleague is not."""
    reader, colleague, rooms = leaving.colleague.caller, leaving.colleague.username, leaving.rooms
    for family, room in (("channels", "channel"), ("groups", "group"), ("channels", "discussion")):
        members = _members(reader, family, rooms[room])
        assert colleague in members
        assert leaving.leaver.username not in members
    team = {member["user"]["username"] for member in reader.rows("teams.members", "members", teamId=rooms["team"])}
    assert colleague in team
    assert leaving.leaver.username not in team


def test_webhooks(workspace: Workspace, leaving: Leaving) -> None:
    """Offboarding: the leaver's webhook is off, and still there."""
    hooks = {hook["_id"]: hook for hook in workspace.admin.rows("integrations.list", "integrations")}
    assert hooks[leaving.hook]["enabled"] is False
    assert hooks[leaving.hook]["name"] == workspace.name("builds")


def test_roles(workspace: Workspace, leaving: Leaving) -> None:
    """Offboarding: roles that not everybody has are gone."""
    assert workspace.user(leaving.leaver.username)["roles"] == ["user"]


def test_ledger_of_the_offboarding(service: Service, leaving: Leaving) -> None:
    """Ledger: has the offboarding, with its ticket."""
    told = "\n".join(service.said())
    assert leaving.leaver.user_id in told
    assert "HR-1" in told
