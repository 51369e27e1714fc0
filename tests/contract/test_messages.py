# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of messages, beyond what was recorded: as the source of the server has it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.contract.api import Api
from tests.emulator.testing import Emulator

VERSIONS = ("6.5", "7.7", "8.6")
LEDGER = "ledger"
SIZE = "Message_MaxAllowedSize"


@pytest.fixture(scope="module", params=VERSIONS)
def running(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with Emulator(request.param) as emulator:
        yield emulator


@pytest.fixture
def server(running: Emulator) -> Emulator:
    begin(running)
    return running


def begin(server: Emulator, messages: list[dict[str, Any]] | None = None, **more: Any) -> None:
    """Begin anew with a channel of the keeper's, which a reader is in."""
    people = [{"username": name, "name": name.capitalize()} for name in ("keeper", "reader", "stranger")]
    people += [{"username": "admin", "roles": ["admin"]}, {"username": "robot", "roles": ["bot"]}]
    room = {"name": LEDGER, "type": "p", "owners": ["keeper"], "members": ["reader"], "readOnly": True}
    ledger = {**room, "encrypted": False, "messages": messages or []}
    lobby = {"name": "lobby", "owners": ["stranger"]}
    server.control("world", {"users": people, "rooms": [ledger, lobby], **more})


def say(server: Emulator, text: str, name: str = "keeper", **more: Any) -> tuple[int, dict[str, Any]]:
    message = {"rid": server.room(LEDGER)["_id"], "msg": text, **more}
    return Api(server, name)("POST", "chat.sendMessage", message=message)


def said(server: Emulator, text: str, name: str = "keeper", **more: Any) -> dict[str, Any]:
    status, body = say(server, text, name, **more)
    assert status == 200, body
    return dict(body["message"])


def history(server: Emulator, name: str = "keeper", **given: Any) -> list[dict[str, Any]]:
    status, body = Api(server, name)("GET", "groups.history", roomName=LEDGER, **given)
    assert status == 200, body
    return list(body["messages"])


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [message["msg"] for message in messages]


def at(number: int) -> str:
    """A time, a second after that of the number before."""
    return f"2025-01-01T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}.123Z"


def numbered(count: int) -> list[dict[str, Any]]:
    return [{"u": "keeper", "msg": str(number), "ts": at(number)} for number in range(count)]


# Reading


def test_pages_are_limited_and_lead_to_the_beginning(server: Emulator) -> None:
    begin(server, numbered(250))
    found: list[dict[str, Any]] = []
    given: dict[str, Any] = {"count": 1000}
    for length in (100, 100, 50, 0):
        page = history(server, **given)
        assert len(page) == length
        found += page
        given["latest"] = found[-1]["ts"]
    assert texts(found) == [str(number) for number in range(249, -1, -1)]
    assert len(history(server)) == 20


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"oldest": at(2)}, "43"),
        ({"oldest": at(2), "inclusive": "true"}, "432"),
        ({"latest": at(2)}, "10"),
        ({"latest": at(2), "inclusive": "true"}, "210"),
        ({"oldest": at(0), "latest": at(4)}, "321"),
        ({"oldest": "2025-01-01T01:00:03.123+01:00"}, "4"),
        ({"count": 2, "offset": 1}, "32"),
        ({"count": 4, "offset": 3}, "10"),
        ({"offset": 9}, ""),
        ({"oldest": at(3), "latest": at(1)}, ""),
    ],
)
def test_bounds(server: Emulator, given: dict[str, Any], expected: str) -> None:
    begin(server, numbered(5))
    assert "".join(texts(history(server, **given))) == expected


def test_what_was_said_is_there_at_once(server: Emulator) -> None:
    for number in range(30):
        message = said(server, str(number))
        first, *others = history(server, count=100)
        assert {key: first[key] for key in message} == message
        assert len(others) == number


def test_messages_of_one_moment_keep_their_order(server: Emulator) -> None:
    begin(server, [{"u": "keeper", "msg": text, "ts": at(0)} for text in "abc"])
    assert texts(history(server)) == ["c", "b", "a"]


def test_a_bad_time_is_refused(server: Emulator) -> None:
    status, body = Api(server, "keeper")("GET", "groups.history", roomName=LEDGER, oldest="yesterday")
    assert (status, body["errorType"]) == (400, "error-invalid-date")


def test_what_the_server_says_is_no_last_message(server: Emulator) -> None:
    message = said(server, "mine")
    room = server.room(LEDGER)["_id"]
    keeper = Api(server, "keeper")
    stranger = server.user("stranger")["_id"]
    for action in ("invite", "addOwner", "removeOwner", "kick"):
        assert keeper("POST", f"groups.{action}", roomId=room, userId=stranger)[0] == 200
    kinds = [(entry["t"], entry["msg"], entry["u"]["username"]) for entry in history(server)[:-1]]
    assert kinds == [
        ("ru", "stranger", "keeper"),
        ("subscription-role-removed", "stranger", "keeper"),
        ("subscription-role-added", "stranger", "keeper"),
        ("au", "stranger", "keeper"),
    ]
    group = keeper("GET", "groups.info", roomName=LEDGER)[1]["group"]
    assert (group["lastMessage"]["_id"], group["lm"], group["msgs"]) == (message["_id"], message["ts"], 5)


# Writing


@pytest.mark.parametrize("text", ["  blanks\n\n around \t", "```json\n{}\n```", "<b>&amp;</b>", "🗝️ käse", ""])
def test_texts_come_back_as_they_were_sent(server: Emulator, text: str) -> None:
    assert said(server, text)["msg"] == text
    assert texts(history(server)) == [text]


def test_the_longest_message(server: Emulator) -> None:
    """Characters are counted as JavaScript does, which takes some for two."""
    if server.control("state")["version"].startswith("6"):
        query = {"query": json.dumps({"_id": SIZE})}
    else:
        query = {"_id": SIZE}
    found = Api(server, "reader")("GET", "settings.public", **query)[1]["settings"]
    assert [setting["value"] for setting in found] == [5000]
    said(server, "🗝" * 2500)
    assert say(server, "🗝" * 2500 + ".")[1]["errorType"] == "error-message-size-exceeded"
    server.settings({SIZE: 3})
    assert said(server, "abc")
    assert say(server, "abcd")[0] == 400
    body = {"roomId": server.room(LEDGER)["_id"], "text": "abcd"}
    assert Api(server, "keeper")("POST", "chat.postMessage", **body)[1]["error"] == "error-message-size-exceeded"


def test_times_are_those_of_the_server(server: Emulator) -> None:
    server.control("clock", {"offset_seconds": -86400})
    try:
        message = said(server, "yesterday", ts="2020-01-01T00:00:00.000Z")
        assert at(0) < message["ts"] <= server.control("state")["clock"]
        server.control("clock", {"offset_seconds": 0})
        said(server, "today")
        assert texts(history(server, oldest=message["ts"])) == ["today"]
    finally:
        server.control("clock", {"offset_seconds": 0})


def test_an_id_serves_once(server: Emulator) -> None:
    assert said(server, "first", _id="chosen")["_id"] == "chosen"
    assert say(server, "second", _id="chosen")[0] == 400
    assert texts(history(server)) == ["first"]


def test_whose_message_it_is_cannot_be_chosen(server: Emulator) -> None:
    message = said(server, "mine", u={"_id": "other", "username": "other"})
    assert message["u"] == {"_id": server.user("keeper")["_id"], "username": "keeper", "name": "Keeper"}


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"message": {"msg": "no room"}}, "The 'rid' property on the message object is missing."),
        ({"message": {"rid": "nowhere", "msg": "x"}}, "error-invalid-room"),
        ({"message": {"rid": "x", "msg": "x", "t": "au"}}, "Cannot send system messages using 'chat.sendMessage'"),
    ],
)
def test_messages_that_are_none(server: Emulator, given: dict[str, Any], error: str) -> None:
    assert Api(server, "keeper")("POST", "chat.sendMessage", **given) == (400, {"success": False, "error": error})


def test_encrypted_rooms_take_no_plain_messages(server: Emulator) -> None:
    server.settings({"E2E_Enable": True, "E2E_Enabled_Default_PrivateRooms": True})
    keeper = Api(server, "keeper")
    rooms = {
        given: keeper("POST", "groups.create", name=f"encrypted-{given}", **more)[1]["group"]
        for given, more in (("left-out", {}), ("false", {"extraData": {"encrypted": False}}))
    }
    assert {given: room["encrypted"] for given, room in rooms.items()} == {"left-out": True, "false": False}
    message = {"rid": rooms["left-out"]["_id"], "msg": "plain"}
    status, body = keeper("POST", "chat.sendMessage", message=message)
    assert (status, body["errorType"]) == (400, "error-not-allowed")
    server.settings({"E2E_Allow_Unencrypted_Messages": True})
    assert keeper("POST", "chat.sendMessage", message=message)[0] == 200
    public = keeper("POST", "channels.create", name="public")[1]["channel"]
    assert "encrypted" not in public


# Changing and deleting


def test_an_edited_message_tells_by_whom(server: Emulator) -> None:
    message = said(server, "before")
    given = {"roomId": server.room(LEDGER)["_id"], "msgId": message["_id"]}
    status, body = Api(server, "keeper")("POST", "chat.update", **given, text="after")
    assert (status, body["message"]["msg"]) == (200, "after")
    assert body["message"]["md"][0]["value"][0]["value"] == "after"
    (entry,) = history(server)
    assert entry["editedBy"] == {"_id": server.user("keeper")["_id"], "username": "keeper"}
    assert (entry["msg"], entry["ts"]) == ("after", message["ts"])
    assert entry["editedAt"] >= entry["ts"]
    server.settings({"Message_AllowEditing": False})
    # The owner of a room may edit whatever stands there.
    assert Api(server, "keeper")("POST", "chat.update", **given, text="again")[0] == 200
    assert Api(server, "reader")("POST", "chat.update", **given, text="forged")[0] == 400


def test_a_deleted_message_leaves_nothing(server: Emulator) -> None:
    first, second = said(server, "first"), said(server, "second")
    room = server.room(LEDGER)["_id"]
    given = {"roomId": room, "msgId": second["_id"]}
    assert Api(server, "keeper")("POST", "chat.delete", **{**given, "roomId": "other"})[0] == 400
    status, body = Api(server, "keeper")("POST", "chat.delete", **given)
    assert (status, body["message"]) == (200, {"_id": second["_id"], "rid": room, "u": second["u"]})
    assert texts(history(server)) == ["first"]
    group = Api(server, "keeper")("GET", "groups.info", roomName=LEDGER)[1]["group"]
    assert (group["msgs"], group["lastMessage"]["_id"]) == (1, first["_id"])
    gone = f'No message found with the id of "{second["_id"]}".'
    assert Api(server, "keeper")("POST", "chat.delete", **given)[1]["error"] == gone


def test_who_only_reads_deletes_nothing(server: Emulator) -> None:
    own = server.add_message(LEDGER, u="reader", msg="from before it was read-only")
    other = said(server, "of the keeper")
    room = server.room(LEDGER)["_id"]
    errors = [
        Api(server, "reader")("POST", "chat.delete", roomId=room, msgId=message["_id"])[1]["error"]
        for message in (own, other)
    ]
    assert errors[0] == "You can't delete messages because the room is readonly."
    assert errors[1] == "Not allowed [error-action-not-allowed]"


def test_an_administrator_deletes_as_the_author(server: Emulator) -> None:
    """The permission to do so counts in rooms that the administrator is not in."""
    message = said(server, "mine")
    given = {"roomId": server.room(LEDGER)["_id"], "msgId": message["_id"], "asUser": True}
    assert Api(server, "stranger")("POST", "chat.delete", **given)[0] == 400
    assert Api(server, "admin")("POST", "chat.delete", **given)[0] == 200
    assert history(server) == []


def test_the_messages_of_a_room_go_with_it(server: Emulator) -> None:
    own = Api(server, "stranger")("POST", "groups.create", name="own")[1]["group"]["_id"]
    message = Api(server, "stranger")("POST", "chat.sendMessage", message={"rid": own, "msg": "x"})[1]["message"]
    leaver = server.user("stranger")["_id"]
    given = {"userId": leaver, "activeStatus": False, "confirmRelinquish": True}
    assert Api(server, "admin")("POST", "users.setActiveStatus", **given)[0] == 200
    status, body = Api(server, "keeper")("POST", "chat.update", roomId=own, msgId=message["_id"], text="y")
    assert (status, body["error"]) == (400, f'No message found with the id of "{message["_id"]}".')


def test_the_messages_of_a_deleted_account_go_with_it(server: Emulator) -> None:
    server.add_message(LEDGER, u="stranger", msg="before")
    said(server, "mine")
    server.control("users/stranger", method="DELETE")
    assert texts(history(server)) == ["mine"]


# Posting, and webhooks


def test_another_name_takes_a_permission(server: Emulator) -> None:
    body = {"channel": "#lobby", "text": "  trimmed ", "alias": "Keeper", "emoji": ":key:"}
    status, refused = Api(server, "keeper")("POST", "chat.postMessage", **body)
    assert (status, refused["error"]) == (400, "Not enough permission")
    status, posted = Api(server, "robot")("POST", "chat.postMessage", **body)
    assert (status, posted["channel"]) == (200, "#lobby")
    found = server.messages("lobby")
    # Who posts in a channel comes into it.
    assert [(entry.get("t"), entry["msg"]) for entry in found] == [
        ("uj", "keeper"),
        ("uj", "robot"),
        (None, "trimmed"),
    ]
    assert {key: found[-1][key] for key in ("alias", "emoji")} == {"alias": "Keeper", "emoji": ":key:"}


def test_posting_elsewhere(server: Emulator) -> None:
    stranger = Api(server, "stranger")
    assert stranger("POST", "chat.postMessage", channel=LEDGER, text="x")[1]["error"] == "error-not-allowed"
    assert stranger("POST", "chat.postMessage", channel="#none", text="x")[1]["errorType"] == "invalid-channel"
    assert stranger("POST", "chat.postMessage", channel="lobby", text="x")[0] == 200


class Hook:
    """An incoming webhook that posts as the keeper."""

    def __init__(self, server: Emulator, **more: Any) -> None:
        self._netloc = urlsplit(server.url).netloc
        body = {"type": "webhook-incoming", "name": "forge", "enabled": True, "username": "keeper", **more}
        _status, self.made = Api(server, "admin")(
            "POST", "integrations.create", channel=f"#{LEDGER}", scriptEnabled=False, **body
        )

    def __call__(self, token: str = "", **given: Any) -> tuple[int, str]:
        integration = self.made["integration"]
        connection = http.client.HTTPConnection(self._netloc, timeout=30)
        path = f"/hooks/{integration['_id']}/{token or integration['token']}"
        connection.request("POST", path, json.dumps(given), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read().decode()
        connection.close()
        return answer.status, content


def test_webhooks_post_as_an_account(server: Emulator) -> None:
    if server.control("state")["version"].startswith("8"):
        assert Hook(server).made["errorType"] == "error-user-lacks-message-impersonate-permission"
        server.change_user("keeper", roles=["user", "bot"])
    hook = Hook(server, alias="Somebody")
    assert server.user("keeper")["roles"] == ["user", "bot"]
    server.change_user("keeper", active=False)
    assert hook(text="forged")[0] == 200
    (entry,) = server.messages(LEDGER)
    assert (entry["u"]["username"], entry["alias"]) == ("keeper", "Somebody")
    assert entry["bot"] == {"i": hook.made["integration"]["_id"]}
    assert hook(token="wrong", text="x") == (500, "Internal Server Error")
    assert hook(text="x", channel="#lobby")[0] == 400
    server.change_user("keeper", roles=["user"])
    assert hook(text="without the role")[0] == 400
    assert texts(server.messages(LEDGER)) == ["forged"]


def test_a_webhook_that_is_switched_off(server: Emulator) -> None:
    server.change_user("keeper", roles=["user", "bot"])
    status, body = Hook(server, enabled=False)(text="x")
    assert (status, json.loads(body)) == (503, {"success": False, "error": "Service Unavailable"})


def test_who_may_make_webhooks(server: Emulator) -> None:
    server.change_user("keeper", roles=["user", "bot"])
    server.permissions({"manage-own-incoming-integrations": []})
    assert Hook(server).made["errorType"] == "error-invalid-channel"
    server.permissions({"manage-incoming-integrations": []})
    assert Hook(server).made["errorType"] == "not_authorized"


# Names


@pytest.mark.parametrize("family", ["groups", "channels"])
@pytest.mark.parametrize(
    ("name", "code"),
    [
        (LEDGER, "error-duplicate-channel-name"),
        ("lobby", "error-duplicate-channel-name"),
        (f" {LEDGER} ", "error-duplicate-channel-name"),
        ("two words", "error-invalid-room-name"),
        ("schlüssel", "error-invalid-room-name"),
        ("   ", "error-invalid-name"),
    ],
)
def test_names_that_are_not_taken(server: Emulator, family: str, name: str, code: str) -> None:
    status, body = Api(server, "stranger")("POST", f"{family}.create", name=name)
    assert (status, body["errorType"]) == (400, code)


def test_an_archived_room_keeps_its_name(server: Emulator) -> None:
    assert Api(server, "keeper")("POST", "groups.archive", roomName=LEDGER)[0] == 200
    status, body = Api(server, "keeper")("POST", "groups.create", name=LEDGER)
    assert (status, body["errorType"]) == (400, "error-archived-duplicate-name")
    assert history(server) == []


def test_making_groups_takes_a_permission(server: Emulator) -> None:
    server.permissions({"create-p": ["admin"]})
    assert Api(server, "keeper")("POST", "groups.create", name="new")[0] == 403
    assert Api(server, "admin")("POST", "groups.create", name="new")[0] == 200


# The control channel


def test_messages_stand_as_they_are_put(server: Emulator) -> None:
    said(server, "mine")
    put = {
        "u": {"_id": "nobody", "username": "nobody"},
        "msg": "from the past",
        "ts": at(0),
        "alias": "Keeper",
        "bot": {"i": "hook"},
        "editedBy": {"_id": "x", "username": "x"},
        "editedAt": at(5),
    }
    record = server.add_message(LEDGER, **put)
    assert {key: record[key] for key in put} == put
    assert texts(server.messages(LEDGER)) == ["from the past", "mine"]
    assert texts(history(server)) == ["mine", "from the past"]
    assert history(server)[1] == record
    server.delete_message(LEDGER, record["_id"])
    assert texts(history(server)) == ["mine"]
    assert server.room(LEDGER)["messages"] == 1


def test_a_world_may_be_large(server: Emulator) -> None:
    begin(server, [{"u": "keeper", "msg": "x" * 5000}] * 300)
    assert server.room(LEDGER)["messages"] == 300


def test_a_world_tells_what_rooms_hold(server: Emulator) -> None:
    begin(server, [{"u": "reader", "_id": "one", "msg": "older", "ts": at(1)}, {"u": "keeper", "t": "ru"}])
    assert server.room(LEDGER)["messages"] == 2
    group = Api(server, "keeper")("GET", "groups.info", roomName=LEDGER)[1]["group"]
    assert (group["lastMessage"]["_id"], group["lm"]) == ("one", at(1))
