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
    if speak.since(8):
        hashed = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        body = {"workspaceUrl": "", "hashedWorkspaceUrl": hashed, **body, "cloudWorkspaceId": ""}
    elif speak.new:
        body |= {"supportedVersions": {}, "cloudWorkspaceId": ""}
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
            "marketplaceApiVersion": _marketplace(speak),
            "commit": {"hash": "0" * 40, "tag": speak.full.removesuffix("-develop"), "branch": "local"},
        }
        if speak.since(8) or not speak.new:
            body["info"]["commit"] |= {"date": "emulated", "author": "local", "subject": "emulated"}
    body["minimumClientVersions"] = {"desktop": "3.9.6", "mobile": "4.39.0"}
    return success(body)


def _marketplace(speak: Speak) -> str:
    if speak.since(8):
        return "1.64.1"
    return "1.53.0" if speak.new else "1.41.0"


def health(speak: Speak) -> Reply:
    """GET /health."""
    if speak.since(8):
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


@endpoint("GET", "licenses.info", before=(8, 0))
def licenses_info(call: Call) -> Reply:
    """The licence."""
    new, licence = call.server.speak.new, call.server.licence
    maxima = {
        "activeUsers": -1 if licence.seats is None else licence.seats,
        "guestUsers": -1,
        "privateApps": 0 if new else 3,
        "marketplaceApps": 5,
        "monthlyActiveContacts": -1,
    }
    prevented = {name: maximum == 0 for name, maximum in maxima.items()} | {"roomsPerGuest": False}
    return success(
        {
            "license": {
                "activeModules": ["custom-roles"] if licence.enterprise else [],
                **({"externalModules": []} if new else {}),
                "preventedActions": prevented,
                "limits": {name: {"max": maximum} for name, maximum in maxima.items()},
                "tags": [],
                "trial": False,
            }
        }
    )


@endpoint("GET", "users.getPreferences")
def preferences(_call: Call) -> Reply:
    """Preferences; nobody has any."""
    return success()


@endpoint("GET", "users.presence")
def presence(call: Call) -> Reply:
    """Users who are not offline, all or of those that are asked for."""
    asked = call.values("ids[]")
    users = [
        {
            "_id": user.id,
            "username": user.username,
            "name": user.name,
            "status": user.status,
            **({"utcOffset": user.extra["utcOffset"]} if "utcOffset" in user.extra else {}),
        }
        for user in call.server.state.by_id.values()
        if user.status != "offline" and (not asked or user.id in asked)
    ]
    return success({"users": users, "full": not asked})
