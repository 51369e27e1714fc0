# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks beyond the recordings: who sees which, and what sets outgoing ones off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api import Api
from tests.emulator.testing import Emulator

INCOMING = {"name": "in", "username": "lena", "channel": "#sales"}
OUTGOING = {"name": "out", "type": "webhook-outgoing", "username": "lena", "by": "ann", "channel": "#sales"}
_PERMISSIONS = [
    "manage-incoming-integrations",
    "manage-outgoing-integrations",
    "manage-own-incoming-integrations",
    "manage-own-outgoing-integrations",
]


def begin(server: Emulator, *integrations: dict[str, Any]) -> None:
    users = [{"username": "admin", "roles": ["admin"]}, {"username": "lena"}, {"username": "ann"}]
    rooms = [{"name": "sales", "owners": ["lena"], "members": ["admin", "ann"]}]
    server.control("world", {"users": users, "rooms": rooms, "integrations": list(integrations)})


@pytest.fixture(params=["6.5", "7.7", "8.6"])
def server(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with Emulator(request.param) as emulator:
        begin(emulator, INCOMING, OUTGOING)
        yield emulator


def allow(server: Emulator, *held: str) -> None:
    """Give ordinary accounts these permissions of webhooks, and take the others from everybody."""
    server.permissions({permission: ["user"] if permission in held else [] for permission in _PERMISSIONS})


def seen(server: Emulator, who: str, **query: Any) -> list[str]:
    status, body = Api(server, who)("GET", "integrations.list", **query)
    assert status == 200
    return [entry["name"] for entry in body["integrations"]]


def test_one_permission_and_the_lesser_ones_hide_what_others_made(server: Emulator) -> None:
    allow(server, *_PERMISSIONS[:2])
    assert seen(server, "ann") == ["in", "out"]
    allow(server, *_PERMISSIONS[:1], *_PERMISSIONS[2:])
    assert seen(server, "ann") == ["out"]
    allow(server, _PERMISSIONS[0])
    assert seen(server, "ann") == ["in"]
    allow(server, _PERMISSIONS[3])
    assert (seen(server, "ann"), seen(server, "lena")) == (["out"], [])
    allow(server)
    assert Api(server, "ann")("GET", "integrations.list")[0] == 403


def test_older_servers_do_not_look_at_the_type(server: Emulator) -> None:
    older = server.state()["version"].startswith("6")
    assert seen(server, "admin", type="webhook-outgoing") == (["in", "out"] if older else ["out"])
    assert seen(server, "admin", count=1, offset=1) == ["out"]


def test_removing_takes_one_permission_and_a_right_to_that_one(server: Emulator) -> None:
    ids = {name: entry["_id"] for name, entry in server.integrations().items()}

    def remove(who: str, name: str, kind: str) -> tuple[int, Any]:
        status, body = Api(server, who)("POST", "integrations.remove", type=kind, integrationId=ids[name])
        return status, body.get("errorType")

    allow(server)
    assert remove("ann", "out", "webhook-outgoing")[0] == 403
    allow(server, "manage-own-outgoing-integrations")
    assert remove("ann", "in", "webhook-incoming") == (400, "not_authorized")
    assert remove("lena", "out", "webhook-outgoing") == (400, "error-invalid-integration")
    assert remove("ann", "out", "webhook-outgoing") == (200, None)
    allow(server, "manage-incoming-integrations")
    assert remove("ann", "in", "webhook-incoming") == (200, None)
    assert server.integrations() == {}


def test_rooms_of_others_take_two_permissions(server: Emulator) -> None:
    server.control("rooms", {"name": "closed", "type": "p", "owners": ["lena"]})
    server.change_user("lena", roles=["user", "bot"])
    body = {"type": "webhook-incoming", "name": "in", "enabled": False, "scriptEnabled": False, "channel": "#closed"}
    body["integrationId"] = server.integrations()["in"]["_id"]
    server.permissions({"manage-own-incoming-integrations": []})
    assert Api(server, "admin")("PUT", "integrations.update", **body)[1]["errorType"] == "error-invalid-channel"
    server.permissions({"manage-own-incoming-integrations": ["admin"]})
    assert Api(server, "admin")("PUT", "integrations.update", **body)[0] == 200
    assert server.integrations()["in"]["enabled"] is False


def test_outgoing_ones_refuse_what_the_list_shows_besides(server: Emulator) -> None:
    listed = server.integrations()["out"]
    body = {**listed, "integrationId": listed["_id"], "channel": "#sales", "enabled": False}
    status, answer = Api(server, "admin")("PUT", "integrations.update", **body)
    assert (status, answer["errorType"]) == (400, "invalid-params")
    assert server.integrations()["out"] == listed


def test_an_update_gives_the_webhook_to_another_account_since_7_6(server: Emulator) -> None:
    server.change_user("ann", roles=["user", "bot"])
    body = {"type": "webhook-incoming", "name": "in", "enabled": True, "scriptEnabled": False, "channel": "#sales"}
    body |= {"integrationId": server.integrations()["in"]["_id"], "username": "ann"}
    assert Api(server, "admin")("PUT", "integrations.update", **body)[0] == 200
    older = server.state()["version"].startswith("6")
    assert server.integrations()["in"]["userId"] == server.user("lena" if older else "ann")["_id"]


@pytest.mark.parametrize(
    ("changes", "texts"),
    [
        ({}, ["alarm in the hall", "no alarm"]),
        ({"triggerWords": ["alarm"]}, ["alarm in the hall"]),
        ({"triggerWords": ["alarm"], "triggerWordAnywhere": True}, ["alarm in the hall", "no alarm"]),
        ({"channel": ["all_public_channels"]}, ["alarm in the hall", "no alarm"]),
        ({"channel": ["#elsewhere", "all_private_groups"]}, []),
        ({"event": "roomJoined"}, []),
        ({"enabled": False}, []),
    ],
)
def test_what_sets_outgoing_ones_off(server: Emulator, changes: dict[str, Any], texts: list[str]) -> None:
    server.control("integrations/out", changes, "PATCH")
    server.change_user("lena", active=False)
    for text in ("alarm in the hall", "no alarm"):
        assert Api(server, "ann")("POST", "chat.postMessage", channel="#sales", text=text)[0] == 200
    assert [call["text"] for call in server.outgoing_calls()] == texts
    assert {call["user"] for call in server.outgoing_calls()} <= {"ann"}
