# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/api/info, health checks, statistics and other small reads."""

from __future__ import annotations

from typing import Any

from tests.emulator.call import Call
from tests.emulator.clock import iso
from tests.emulator.envelopes import Reply, json_reply, success
from tests.emulator.registry import endpoint
from tests.emulator.versions import Speak


def info(call: Call) -> Reply:
    """GET /api/info; only /api/v1/ is missing from its path."""
    speak = call.server.speak
    privileged = call.may("get-server-info")
    if not speak.anonymous_short_version:
        return success({"info": {"version": speak.full}})
    body: dict[str, Any] = {"version": speak.full if privileged else speak.short}
    if speak.new:
        body = {
            "workspaceUrl": "",
            "hashedWorkspaceUrl": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            **body,
            "cloudWorkspaceId": "",
        }
    if privileged:
        body["info"] = {
            "version": speak.full,
            "build": {
                "date": iso(0),
                "nodeVersion": "v22.22.3" if speak.new else "v14.21.3",
                "arch": "x64",
                "platform": "linux",
                "osRelease": "x",
                "totalMemory": 1,
                "freeMemory": 1,
                "cpus": 2,
            },
            "marketplaceApiVersion": "1.64.1" if speak.new else "1.41.0",
            "commit": {
                "hash": "0" * 40,
                "date": "emulated",
                "author": "local",
                "subject": "emulated",
                "tag": speak.full.removesuffix("-develop"),
                "branch": "local",
            },
        }
    body["minimumClientVersions"] = {"desktop": "3.9.6", "mobile": "4.39.0"}
    return success(body)


def health(speak: Speak) -> Reply:
    """GET /health."""
    if speak.new:
        return json_reply({"status": "ok"})
    return Reply(200, b"ok", "text/plain")


def livez() -> Reply:
    """GET /livez of the newer servers."""
    checks = {
        "memory": {"status": "ok", "percentile": 13.94},
        "eventLoop": {"status": "ok", "lagMs": 48.92},
        "mongo": {"status": "ok"},
    }
    return json_reply({"status": "ok", "checks": checks})


@endpoint("GET", "statistics", permission="view-statistics")
def statistics(call: Call) -> Reply:
    """Counts over the whole workspace."""
    users = call.server.state.by_id.values()
    return success(
        {
            "uniqueId": "emulated",
            "version": call.server.speak.full,
            "totalUsers": len(users),
            "activeUsers": sum(user.active for user in users),
            "totalUserTOTP": sum(user.totp_enabled for user in users),
            "totalUserEmail2fa": sum(user.email2fa for user in users),
        }
    )


@endpoint("GET", "service.configurations", login=False)
def service_configurations(_call: Call) -> Reply:
    """Login services; none are set up."""
    return success({"configurations": []})


@endpoint("GET", "licenses.info", before=(7, 0))
def licenses_info(_call: Call) -> Reply:
    """The licence of a community workspace."""
    prevented = (
        "activeUsers",
        "guestUsers",
        "roomsPerGuest",
        "privateApps",
        "marketplaceApps",
        "monthlyActiveContacts",
    )
    limits = {
        "activeUsers": -1,
        "guestUsers": -1,
        "privateApps": 3,
        "marketplaceApps": 5,
        "monthlyActiveContacts": -1,
    }
    return success(
        {
            "license": {
                "activeModules": [],
                "preventedActions": dict.fromkeys(prevented, False),
                "limits": {name: {"max": maximum} for name, maximum in limits.items()},
                "tags": [],
                "trial": False,
            }
        }
    )


@endpoint("GET", "roles.list")
def roles_list(call: Call) -> Reply:
    """All roles."""
    return success({"roles": call.server.permissions.roles})


@endpoint("GET", "users.getPreferences")
def preferences(_call: Call) -> Reply:
    """Preferences; nobody has any."""
    return success()


@endpoint("GET", "users.presence")
def presence(call: Call) -> Reply:
    """Users who are not offline."""
    users = [
        {
            "_id": user.id,
            "username": user.username,
            "name": user.name,
            "status": user.status,
            **({"utcOffset": user.extra["utcOffset"]} if "utcOffset" in user.extra else {}),
        }
        for user in call.server.state.by_id.values()
        if user.status != "offline"
    ]
    return success({"users": users, "full": True})
