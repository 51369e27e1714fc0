# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Webhooks: all pages, whose they are, sent back whole, compared, and no secret told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.integrations import (
    Integration,
    close,
    read_integrations,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, TargetError

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

RECORDINGS = Path(__file__).parents[4] / "contract"
LIST, GET = "/api/v1/integrations.list", "/api/v1/integrations.get"
UPDATE, REMOVE = "/api/v1/integrations.update", "/api/v1/integrations.remove"
GONE = (400, {"success": False, "error": "No integration found."})
ALICE = User("aliceId", "alice", active=True, federated=False)
HOOK_TOKEN, SCRIPT, ADDRESS = "hook-token-7Qw2Zx", "class Script { secret() }", "https://hooks.example.com/s3cret-path"
INCOMING = {
    "_id": "inId",
    "type": "webhook-incoming",
    "name": "builds",
    "enabled": True,
    "username": "alice",
    "userId": "aliceId",
    "channel": ["#builds", "@bob"],
    "scriptEnabled": True,
    "script": SCRIPT,
    "scriptCompiled": "compiled",
    "scriptEngine": "isolated-vm",
    "overrideDestinationChannelEnabled": False,
    "alias": "Builder",
    "emoji": ":robot:",
    "avatar": None,
    "token": HOOK_TOKEN,
    "_createdAt": "2025-05-01T08:00:00.000Z",
    "_createdBy": {"_id": "aliceId", "username": "alice"},
}
OUTGOING = {
    "_id": "outId",
    "type": "webhook-outgoing",
    "name": "alarm",
    "enabled": True,
    "username": "alice",
    "userId": "aliceId",
    "channel": ["all_public_channels"],
    "scriptEnabled": False,
    "event": "sendMessage",
    "urls": [ADDRESS],
    "triggerWords": [],
    "token": HOOK_TOKEN,
    "retryFailedCalls": True,
    "retryCount": 4,
    "retryDelay": "powers-of-ten",
    "impersonateUser": False,
    "script": None,
    "_createdBy": {"_id": "bobId", "username": "bob"},
}


def kept(record: dict[str, Any], **becomes: Any) -> Callable[[Any], Any]:
    """Return what a server answers that empties what the body leaves out, as 7.7 and 8.6 were recorded."""

    def answer(seen: Any) -> Any:
        own = ("_id", "type", "userId", "_createdAt", "_createdBy", "token")
        after = {key: seen.json.get(key, record[key] if key in own else None) for key in record}
        after["channel"] = [name.strip() for name in seen.json["channel"].split(",")]
        return {"integration": {**after, "_updatedAt": "now", "_updatedBy": {}, **becomes}, "success": True}

    return answer


@pytest.fixture
def client(server: ScriptedServer, connect: Callable[..., Any]) -> Any:
    """Return a client on the scripted server."""
    return connect(server).client


def hook(server: ScriptedServer, client: Any, record: dict[str, Any]) -> Integration:
    """Return a webhook as the server lists it, and shows it still."""
    server.route(LIST, {"integrations": [record], "total": 1, "success": True})
    server.route(GET, {"integration": record, "success": True})
    (found,) = read_integrations(client)
    return found


def test_all_pages_are_read_and_each_webhook_is_there_once(server: ScriptedServer, client: Any) -> None:
    rows = [{**INCOMING, "_id": f"id{number}"} for number in (0, 1, 1, 2, 3)]

    def page(seen: Any) -> Any:
        offset = int(seen.query["offset"])
        return {"integrations": rows[offset : offset + 2], "total": 5, "success": True}

    server.route(LIST, page)
    assert [one.integration_id for one in read_integrations(client)] == ["id0", "id1", "id2", "id3"]
    assert [seen.query["offset"] for seen in server.requests] == ["0", "2", "4"]


@pytest.mark.parametrize("answer", [{}, {"integrations": "none"}, {"integrations": [None, {"_id": "x"}], "total": 2}])
def test_what_is_no_webhook_is_none(server: ScriptedServer, client: Any, answer: dict[str, Any]) -> None:
    server.route(LIST, {**answer, "success": True})
    assert read_integrations(client) == []


@pytest.mark.parametrize(
    ("more", "whose"),
    [
        ({}, True),
        ({"userId": "hookbotId", "username": "hookbot"}, True),
        ({"_createdBy": {"_id": "bobId"}}, True),
        ({"_createdBy": {"_id": "bobId"}, "userId": "bobId"}, False),
        ({"_createdBy": {"_id": "bobId"}, "userId": None}, True),
        ({"_createdBy": None, "userId": None, "username": "alice2"}, False),
    ],
)
def test_it_is_of_whom_made_it_or_is_posted_as(
    server: ScriptedServer, client: Any, more: dict[str, Any], whose: bool
) -> None:
    assert hook(server, client, {**INCOMING, **more}).is_of(ALICE) is whose


@pytest.mark.parametrize("record", [INCOMING, OUTGOING])
def test_all_of_it_is_sent_back_with_nothing_but_the_switch_another(
    server: ScriptedServer, client: Any, record: dict[str, Any]
) -> None:
    server.route(UPDATE, kept(record), method="PUT")
    assert close(client, ALICE, hook(server, client, record), remove=False) == 2
    (seen,) = server.sent("PUT")
    assert seen.json["enabled"] is False
    assert seen.json["integrationId"] == record["_id"]
    assert seen.json["channel"] == ",".join(record["channel"])
    unknown = {"_id", "userId", "_createdAt", "_createdBy", "scriptCompiled"}
    assert not unknown & seen.json.keys()
    for key in record.keys() - unknown - {"enabled", "channel"}:
        # The server makes the token of an incoming one itself.
        if record[key] is not None and (key != "token" or record is OUTGOING):
            assert seen.json[key] == record[key], key
    assert None not in seen.json.values()


@pytest.mark.parametrize("name", ["7.7/84-integrations-disabling", "8.6/80-integrations"])
def test_what_was_recorded_to_switch_one_off_is_in_what_is_sent(server: ScriptedServer, client: Any, name: str) -> None:
    """Each body that a real server took, and the description before: the same keys, the same values."""
    steps = json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))["exchanges"]
    taken = [s for s in steps if s["request"]["method"] == "PUT" and s["response"]["status"] == 200]
    assert taken
    for step in taken:
        after, body = step["response"]["body"]["integration"], step["request"]["body"]
        server.requests.clear()
        server.route(UPDATE, step["response"]["body"], method="PUT")
        user = User(after["userId"], after["username"], active=True, federated=False)
        if body["enabled"] is False:
            close(client, user, hook(server, client, {**after, "enabled": True}), remove=False)
            (seen,) = server.sent("PUT")
            # The script engine of an outgoing one stays when it is left out, and older servers refuse it.
            needless = {"scriptEngine"} if body["type"] == "webhook-outgoing" else set()
            assert {key: seen.json.get(key) for key in body.keys() - needless} == {
                key: body[key] for key in body.keys() - needless
            }


def test_who_was_renamed_is_posted_as_still(server: ScriptedServer, client: Any) -> None:
    server.route(UPDATE, kept(INCOMING), method="PUT")
    close(client, ALICE, hook(server, client, {**INCOMING, "username": "alice.old"}), remove=False)
    assert server.sent("PUT")[0].json["username"] == "alice"


@pytest.mark.parametrize(
    ("becomes", "code", "says"),
    [
        ({"enabled": True}, "integration-not-closed", "does not show it switched off"),
        ({"alias": None}, "integration-changed", "alias"),
        ({"userId": "bobId"}, "integration-changed", "userId"),
        ({"token": "another-token"}, "integration-changed", "token"),
    ],
)
def test_what_the_server_changed_besides_is_told_by_name_alone(
    server: ScriptedServer, client: Any, becomes: dict[str, Any], code: str, says: str
) -> None:
    server.route(UPDATE, kept(INCOMING, **becomes), method="PUT")
    with pytest.raises(TargetError, match=says) as caught:
        close(client, ALICE, hook(server, client, INCOMING), remove=False)
    assert caught.value.code == code
    assert HOOK_TOKEN not in caught.value.message
    assert "another-token" not in caught.value.message


@pytest.mark.parametrize(
    "now",
    [
        GONE,
        (400, {"success": False, "error": "The integration does not exists."}),
        {"integration": {**INCOMING, "enabled": False}, "success": True},
        {"integration": {**INCOMING, "userId": "bobId", "_createdBy": {"_id": "bobId"}}, "success": True},
        {"success": True},
    ],
)
def test_what_is_off_gone_or_anothers_by_now_is_left(server: ScriptedServer, client: Any, now: Any) -> None:
    found = hook(server, client, INCOMING)
    server.route(GET, now)
    assert close(client, ALICE, found, remove=False) == 1
    assert not server.sent("PUT")


@pytest.mark.parametrize("answer", [{"success": True}, GONE])
def test_one_is_removed_whether_it_is_on_or_off(server: ScriptedServer, client: Any, answer: Any) -> None:
    server.route(REMOVE, answer, method="POST")
    assert close(client, ALICE, hook(server, client, {**OUTGOING, "enabled": False}), remove=True) == 2
    assert [seen.json for seen in server.sent("POST")] == [{"type": "webhook-outgoing", "integrationId": "outId"}]


def test_a_refusal_is_handed_on(server: ScriptedServer, client: Any) -> None:
    found = hook(server, client, INCOMING)
    refused = (400, {"success": False, "error": "No [error-x]", "errorType": "error-x"})
    server.route(REMOVE, refused, method="POST")
    with pytest.raises(Refused):
        close(client, ALICE, found, remove=True)
    server.route(GET, refused)
    with pytest.raises(Refused):
        close(client, ALICE, found, remove=True)


@pytest.mark.parametrize(
    ("held", "remove", "missing"),
    [
        ((), False, "manage-outgoing-integrations"),
        (("manage-outgoing-integrations",), False, "manage-own-outgoing-integrations"),
        (("manage-outgoing-integrations",), True, ""),
        (("manage-outgoing-integrations", "manage-own-outgoing-integrations"), False, ""),
        (("manage-incoming-integrations",), True, "manage-outgoing-integrations"),
    ],
)
def test_it_takes_the_permissions_of_its_kind(
    server: ScriptedServer, client: Any, held: tuple[str, ...], remove: bool, missing: str
) -> None:
    assert hook(server, client, OUTGOING).missing(frozenset(held), remove=remove) == missing


@pytest.mark.parametrize("record", [INCOMING, OUTGOING])
def test_nothing_of_it_that_is_secret_is_shown(server: ScriptedServer, client: Any, record: dict[str, Any]) -> None:
    found = hook(server, client, record)
    secrets = [HOOK_TOKEN, SCRIPT] if record is INCOMING else [HOOK_TOKEN, ADDRESS]
    assert not [secret for secret in secrets if secret in repr(found) + found.title]
    for secret in secrets:
        assert found.without_secrets(f"the server hates {secret}, it said") == ""
    assert found.without_secrets("Invalid room") == "Invalid room"
