# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only reads: the server, people, what keeps somebody out, what somebody left."""

from __future__ import annotations

from tests.live.service import Service
from tests.live.workspace import Workspace


def test_server(workspace: Workspace, service: Service) -> None:
    """Server: its version, and what the account may do."""
    found = service.task("rocketchat_info")
    assert found["server"]["version"].startswith(workspace.version)
    assert found["caller"]["user_id"] == workspace.user(service.username)["_id"]
    assert found["jobs"]["reset_totp"]["possible"] is True


def test_doctor(workspace: Workspace, service: Service) -> None:
    """Doctor: finds nothing wrong, names the version."""
    assert workspace.version in service.play("doctor").output


def test_people(workspace: Workspace, service: Service) -> None:
    """People: what the administrator sees."""
    person = workspace.person("looked-up")
    [found] = service.task("rocketchat_user_info", usernames=[person.username])["users"]
    seen = workspace.user(person.username)
    assert (found["user_id"], found["active"], found["roles"]) == (person.user_id, seen["active"], seen["roles"])


def test_diagnosis(workspace: Workspace, service: Service) -> None:
    """Diagnosis: sees who is deactivated, changes nothing."""
    person = workspace.person("shut-out")
    workspace.admin.post("users.setActiveStatus", userId=person.user_id, activeStatus=False)
    before = workspace.user(person.username)
    assert "Certain: The account is deactivated." in service.play("diagnose", person).output
    assert workspace.user(person.username) == before


def test_leftovers(workspace: Workspace, service: Service) -> None:
    """Leftovers: names the webhook of somebody inactive."""
    person = workspace.person("long-gone", roles=["bot"])
    workspace.channel("of-the-gone", person)
    workspace.webhook("forgotten", person, "of-the-gone")
    workspace.admin.post("users.setActiveStatus", userId=person.user_id, activeStatus=False, confirmRelinquish=True)
    [found] = service.task("rocketchat_user_leftovers", usernames=[person.username])["users"]
    [hook] = [left["name"] for left in found["left_behind"] if left["kind"] == "webhook"]
    assert workspace.name("forgotten") in hook
