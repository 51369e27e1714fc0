# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A workspace without a service account, and the module that makes one, run as a process of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.emulator.testing import Emulator
from tests.faults.killing import kill, wait_for_strike
from tests.module_process import start_module

NAME = "svc-helpdesk"
ADDRESS = "svc-helpdesk@example.test"
ROLE = "user-access"
SHARED = "livechat-manager"
LEDGER = "access-ledger"
RECOVER = {"edit-other-user-totp", "logout-other-user", "view-full-other-user-info"}
# What signing in and out sends.
SIGNING = ("login", "logout")


def world(*people: dict[str, Any], enterprise: bool = True, **settings: Any) -> dict[str, Any]:
    """An administrator without a second factor of their own, an auditor, and somebody who is locked out."""
    return {
        "enterprise": enterprise,
        "settings": settings,
        "users": [
            {"username": "boss", "roles": ["user", "admin"], "email2fa": False},
            {"username": "ann"},
            {"username": "alice", "totp": {"enabled": True}, "email2fa": False},
            *people,
        ],
    }


@contextmanager
def workspace(speak: str, *people: dict[str, Any], enterprise: bool = True, **settings: Any) -> Iterator[Emulator]:
    """A server with such a world."""
    with Emulator(speak, world=world(*people, enterprise=enterprise, **settings)) as server:
        yield server


def role_of(*, enterprise: bool) -> str:
    """The role that a workspace has for the account."""
    return ROLE if enterprise else SHARED


class Module:
    """Runs the module as an administrator; options of a run come on top of those of all."""

    def __init__(self, server: Emulator, home: Path, **options: Any) -> None:
        self.server = server
        self._home = home
        self._options = {
            "api_url": server.url,
            "api_username": "boss",
            "api_password": "boss-pw-1",
            "username": NAME,
            "email": ADDRESS,
            "retries": 0,
            **options,
        }

    def start(self, *, check: bool = False, **options: Any) -> subprocess.Popen[str]:
        """Start it."""
        given = {name: value for name, value in {**self._options, **options}.items() if value is not None}
        arguments = {**given, "_ansible_check_mode": check, "_ansible_diff": True}
        return start_module("rocketchat_service_account", self._home, arguments)

    def __call__(self, **options: Any) -> dict[str, Any]:
        """Run it to its end, and return its result."""
        stdout, stderr = self.start(**options).communicate(timeout=60)
        assert stdout, stderr
        return dict(json.loads(stdout))

    def kill_in(self, write: int, **options: Any) -> bool:
        """Kill a run in the middle of a write that took effect; whether there was such a one."""
        self.server.fault("hang-after", {"method": "POST", "nth": write, "count": 0})
        process = self.start(**options)
        wait_for_strike(self.server, process)
        [rule] = self.server.control("faults")
        struck = bool(rule["seen"] >= rule["nth"])
        kill(process)
        self.server.control("faults", method="DELETE")
        return struck


def written(server: Emulator) -> list[str]:
    """What was sent since the last look but for reading and signing in."""
    sent = [entry["path"].rsplit("/", 1)[-1] for entry in server.requests() if entry["method"] != "GET"]
    server.control("requests", method="DELETE")
    return [endpoint for endpoint in sent if endpoint not in SIGNING]


def roles(server: Emulator) -> dict[str, str]:
    """The ids of all roles by their names."""
    who = server.token("ann")
    answer = requests.get(
        f"{server.url}/api/v1/roles.list",
        headers={"X-User-Id": who["userId"], "X-Auth-Token": who["token"]},
        timeout=30,
    )
    return {role["name"]: role["_id"] for role in answer.json()["roles"]}


def held(server: Emulator, role: str) -> set[str]:
    """The permissions of a role, by its id."""
    return {permission for permission, holders in server.control("permissions").items() if role in holders}
