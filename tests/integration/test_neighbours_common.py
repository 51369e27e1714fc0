# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the neighbouring modules share: tasks of any module, and callers with just the rights they need."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.emulator.testing import Emulator
from tests.integration.runner import Task, with_token, writes

# What the jobs need of a workspace, and what shows them beforehand what would be refused.
TO_OFFBOARD = (
    "logout-other-user",
    "edit-other-user-active-status",
    "edit-other-user-totp",
    "view-full-other-user-info",
    "view-other-user-channels",
    "view-room-administration",
)
TO_CLOSE_WEBHOOKS = (
    "manage-incoming-integrations",
    "manage-outgoing-integrations",
    "manage-own-incoming-integrations",
    "manage-own-outgoing-integrations",
)
# And what shows that nothing else is left behind.
TO_SEE_ALL = (*TO_CLOSE_WEBHOOKS, "view-livechat-manager", "view-l-room", "manage-oauth-apps")
TO_RECOVER = ("edit-other-user-totp", "logout-other-user", "view-full-other-user-info")


def status(options: Mapping[str, Any], **keywords: Any) -> Task:
    """A task that activates or deactivates."""
    return Task(options, module="chatops.rocketchat.rocketchat_user_status", **keywords)


def logout(options: Mapping[str, Any], **keywords: Any) -> Task:
    """A task that ends sessions."""
    return Task(options, module="chatops.rocketchat.rocketchat_user_logout", **keywords)


def password_reset(options: Mapping[str, Any], **keywords: Any) -> Task:
    """A task that sets passwords."""
    return Task(options, module="chatops.rocketchat.rocketchat_user_password_reset", **keywords)


def e2ekey_reset(options: Mapping[str, Any], **keywords: Any) -> Task:
    """A task that takes end-to-end keys away."""
    return Task(options, module="chatops.rocketchat.rocketchat_user_e2ekey_reset", **keywords)


def offboard(options: Mapping[str, Any], **keywords: Any) -> Task:
    """A task that takes the access away of people who have left."""
    return Task(options, module="chatops.rocketchat.rocketchat_user_offboard", **keywords)


def leftovers(options: Mapping[str, Any], **keywords: Any) -> Task:
    """A task that looks for what people left."""
    return Task(options, module="chatops.rocketchat.rocketchat_user_leftovers", **keywords)


def recover(options: Mapping[str, Any], **keywords: Any) -> Task:
    """A task that lets people in again who are locked out."""
    return Task(options, module="chatops.rocketchat.rocketchat_user_recover", **keywords)


def info(options: Mapping[str, Any], **keywords: Any) -> Task:
    """A task that looks at the server."""
    return Task(options, module="chatops.rocketchat.rocketchat_info", **keywords)


def user_info(options: Mapping[str, Any], **keywords: Any) -> Task:
    """A task that looks at users."""
    return Task(options, module="chatops.rocketchat.rocketchat_user_info", **keywords)


def caller(server: Emulator, name: str, *permissions: str, bypass: bool = True, **options: Any) -> dict[str, Any]:
    """Options of an account that holds, beside what every user may, these permissions and no others."""
    role = f"desk-{name}"
    server.change_user(name, roles=["user", role])
    held = server.control("permissions")
    server.permissions({permission: [*held[permission], role] for permission in permissions})
    return with_token(server, name, bypass=bypass, **options)


def results_of(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """What became of each step, person by person."""
    return [{step["step"]: step["result"] for step in entry["steps"]} for entry in result["users"]]


def bodies(server: Emulator, task: str) -> list[tuple[str, Any]]:
    """What a task wrote: endpoint and body, in order."""
    return [(entry["path"].removeprefix("/api/v1/"), json.loads(entry["body"])) for entry in writes(server, task)]


def mails_to(server: Emulator, name: str, subject: str) -> int:
    """How many mails whose subject contains a word went to the address of an account."""
    address = f"{name.lower()}@example.test"
    return sum(mail["to"] == address and subject in mail["subject"] for mail in server.mails())


def verify_addresses(server: Emulator, *names: str) -> None:
    """Have the address of each of these accounts verified, as it takes to be mailed a password."""
    for name in names:
        address = server.user(name)["emails"][0]["address"]
        server.change_user(name, emails=[{"address": address, "verified": True}])


def give_sessions(server: Emulator, *names: str) -> None:
    """Give each of these accounts a session and a personal access token."""
    for name in names:
        server.token(name)
        server.token(name, kind="pat", name="theirs")
