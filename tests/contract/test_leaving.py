# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the rooms of somebody who goes, beyond what was recorded: as the source of the server has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.contract.api import Api
from tests.emulator.testing import Emulator

VERSIONS = ("6.5", "7.7", "8.6")
LEAVER = "lea"

World = Callable[..., Emulator]


@pytest.fixture(scope="module", params=VERSIONS)
def server(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with Emulator(request.param) as emulator:
        yield emulator


@pytest.fixture
def world(server: Emulator) -> World:
    """Begins anew with the usual people and these rooms."""

    def begin(*rooms: dict[str, Any], users: tuple[dict[str, Any], ...] = (), **more: Any) -> Emulator:
        return begin_with(server, *rooms, users=users, **more)

    return begin


def begin_with(
    server: Emulator, *rooms: dict[str, Any], users: tuple[dict[str, Any], ...] = (), **more: Any
) -> Emulator:
    people: list[dict[str, Any]] = [
        {"username": "admin", "roles": ["admin"]},
        {"username": "second", "roles": ["admin"]},
        {"username": LEAVER},
        {"username": "ann"},
        {"username": "ben"},
        {"username": "bot", "roles": ["bot"], "type": "bot"},
        {"username": "off", "active": False},
    ]
    server.control("world", {"users": [*people, *users], "rooms": list(rooms), **more})
    return server


def go(server: Emulator, name: str = LEAVER, *, by: str = "admin", **given: Any) -> tuple[int, dict[str, Any]]:
    """Deactivate somebody, unless it is said otherwise."""
    body = {"activeStatus": False, **given}
    return Api(server, by)("POST", "users.setActiveStatus", userId=server.user(name)["_id"], **body)


def lists(server: Emulator) -> tuple[list[str], list[str]]:
    """What the refusal says would be deleted, and what would change hands; nothing where there is none."""
    status, body = go(server)
    if status == 200:
        return [], []
    assert body["errorType"] == "user-last-owner"
    return body["details"]["shouldBeRemoved"], body["details"]["shouldChangeOwner"]


# Who may, and in which order it is looked at.


def test_an_inactive_former_admin_is_refused_next_to_a_single_active_one(world: World) -> None:
    server = world(users=({"username": "former", "roles": ["user", "admin"], "active": False},))
    server.change_user("second", roles=["user"])
    status, body = go(server, "former")
    assert (status, body["errorType"], body["details"]["action"]) == (
        400,
        "error-action-not-allowed",
        "Remove_last_admin",
    )
    assert go(server, "second")[0] == 200


def test_the_last_admin_is_refused_before_rooms_are_looked_at(world: World) -> None:
    server = world({"name": "diary", "type": "p", "owners": ["admin"]})
    server.change_user("second", roles=["user"])
    assert go(server, "admin", confirmRelinquish=True)[1]["errorType"] == "error-action-not-allowed"
    assert server.room("diary")["owners"] == ["admin"]


@pytest.mark.parametrize("active", [True, False])
def test_federated_accounts_are_refused_either_way(world: World, active: bool) -> None:
    server = world(users=({"username": "fred", "federated": True},))
    assert go(server, "fred", activeStatus=active)[1]["errorType"] == "error-user-is-federated"


def test_moderators_of_the_workspace_pass_the_door_and_fail(world: World) -> None:
    server = world(permissions={"manage-moderation-actions": ["user"]})
    assert go(server, by="ann")[1]["errorType"] == "error-not-allowed"
    server.permissions({"manage-moderation-actions": []})
    assert go(server, by="ann")[0] == 403


# How rooms are judged.


def test_who_came_in_first_inherits_be_it_a_bot(world: World) -> None:
    server = world(
        {
            "name": "sales",
            "owners": [LEAVER],
            "members": [
                "off",
                {"username": "ann", "joined": "2025-03-01T00:00:00Z"},
                {"username": "bot", "joined": "2025-02-01T00:00:00Z"},
            ],
        }
    )
    assert lists(server) == ([], ["sales"])
    assert go(server, confirmRelinquish=True)[0] == 200
    assert server.room("sales")["owners"] == [LEAVER, "bot"]


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        ({"type": "p", "owners": [LEAVER]}, "removed"),
        ({"type": "c", "owners": [LEAVER]}, "silent"),
        ({"type": "p", "owners": [LEAVER], "members": ["off"]}, "removed"),
        ({"type": "c", "owners": [LEAVER], "members": ["off"]}, "silent"),
        ({"type": "p", "owners": [LEAVER, "off"], "members": ["ann"]}, "silent"),
        ({"type": "p", "members": [LEAVER]}, "removed"),
        ({"type": "p", "members": [LEAVER, "off"]}, "silent"),
        ({"type": "c", "members": [LEAVER]}, "silent"),
        ({"type": "p", "owners": [LEAVER], "members": ["ann"], "archived": True}, "handed over"),
        ({"type": "p", "owners": [LEAVER], "archived": True}, "removed"),
        ({"type": "p", "owners": [LEAVER], "members": ["ann"], "readOnly": True, "encrypted": True}, "handed over"),
        ({"type": "p", "owners": [LEAVER], "members": ["ann"], "teamMain": True}, "handed over"),
        ({"type": "p", "owners": [LEAVER], "teamMain": True}, "removed"),
    ],
)
def test_verdict(world: World, room: dict[str, Any], expected: str) -> None:
    """What is said of a room, and what becomes of it."""
    server = world({"name": "room", **room})
    said = {"removed": (["room"], []), "handed over": ([], ["room"]), "silent": ([], [])}
    before = server.room("room")["owners"]
    assert lists(server) == said[expected]
    assert go(server, confirmRelinquish=True)[0] == 200
    left = {known["name"]: known["owners"] for known in server.state()["rooms"]}
    assert left == {"removed": {}, "handed over": {"room": [*before, "ann"]}, "silent": {"room": before}}[expected]


def test_a_discussion_is_called_by_its_title(world: World) -> None:
    server = world(
        {"name": "sales", "owners": ["ann"], "members": [LEAVER]},
        {"name": "rJ4sGq", "fname": "Prices", "type": "p", "owners": [LEAVER], "parent": "sales"},
    )
    assert lists(server) == (["Prices"], [])


def test_nobody_becomes_owner_of_the_team(world: World) -> None:
    server = world({"name": "crew", "owners": [LEAVER], "members": ["ann"], "teamMain": True})
    assert go(server, confirmRelinquish=True)[0] == 200
    assert server.team("crew")["members"] == {"ann": [], LEAVER: ["owner"]}
    assert server.room("crew")["members"]["ann"]["roles"] == ["owner"]


@pytest.mark.parametrize(("version", "gone"), [("7.12", False), ("7.13", True)])
def test_a_team_goes_with_its_main_room_since_7_13(version: str, gone: bool) -> None:
    with Emulator(version) as server:
        begin_with(
            server,
            {"name": "crew", "type": "p", "owners": [LEAVER], "teamMain": True},
            {"name": "plans", "owners": ["ann"], "team": "crew"},
        )
        assert go(server, confirmRelinquish=True)[0] == 200
        assert [team["name"] for team in server.state()["teams"]] == ([] if gone else ["crew"])
        assert server.room("plans")["team"] == (None if gone else "crew")


# What else a deactivation does.


def test_the_second_time_two_owners_are_found(world: World) -> None:
    server = world({"name": "sales", "owners": [LEAVER], "members": ["ann"]})
    assert go(server, confirmRelinquish=True)[0] == 200
    assert go(server, activeStatus=True)[0] == 200
    assert go(server)[0] == 200
    assert len(server.mails()) == 3


def test_no_mail_where_the_workspace_sends_none(world: World) -> None:
    server = world(settings={"Accounts_Send_Email_When_Deactivating": False})
    assert go(server)[0] == 200
    assert server.mails() == []


def test_direct_conversations_are_shut_until_both_are_back(world: World) -> None:
    server = world({"type": "d", "members": [LEAVER, "ann"]})

    def conversation() -> dict[str, Any]:
        return dict(server.state()["rooms"][0])

    assert go(server)[0] == 200
    assert conversation()["readOnly"]
    assert conversation()["members"]["ann"]["archived"]
    assert go(server, "ann")[0] == 200
    assert go(server, activeStatus=True)[0] == 200
    assert conversation()["readOnly"]
    assert go(server, "ann", activeStatus=True)[0] == 200
    assert not conversation()["readOnly"]
    assert not any(member["archived"] for member in conversation()["members"].values())


def test_newer_servers_archive_the_rooms_of_the_inactive(world: World) -> None:
    server = world({"name": "sales", "owners": ["ann"], "members": [LEAVER]})
    assert go(server)[0] == 200
    archived = {name: member["archived"] for name, member in server.room("sales")["members"].items()}
    assert archived == {"ann": False, LEAVER: server.state()["version"].startswith("8")}


# What can be read beforehand.


def rooms_read(server: Emulator, reader: str, name: str) -> list[str] | None:
    """The names of somebody's rooms by users.info; None where the answer has no such key."""
    older = server.state()["version"].startswith("6")
    asked = {"fields": '{"userRooms":1}'} if older else {"includeUserRooms": "true"}
    status, body = Api(server, reader)("GET", "users.info", username=name, **asked)
    assert status == 200
    rooms = body["user"].get("rooms")
    return None if rooms is None else [room["name"] for room in rooms]


def test_rooms_of_others_need_a_permission_and_its_lack_is_not_told(world: World) -> None:
    server = world({"name": "sales", "owners": [LEAVER]}, {"type": "d", "members": [LEAVER, "ann"]})
    assert rooms_read(server, "admin", LEAVER) == ["sales", "ann"]
    assert rooms_read(server, "ben", LEAVER) is None
    assert rooms_read(server, LEAVER, LEAVER) == ["sales", "ann"]
    server.permissions({"view-other-user-channels": ["user"]})
    assert rooms_read(server, "ben", LEAVER) == ["sales", "ann"]


@pytest.mark.parametrize(("version", "members"), [("7.7", 2), ("7.8", 1)])
def test_counters_leave_out_the_inactive_since_7_8(version: str, members: int) -> None:
    with Emulator(version) as server:
        begin_with(server, {"name": "closed", "type": "p", "owners": [LEAVER], "members": ["off"]})
        room, ask = server.room("closed")["_id"], Api(server, "admin")
        assert ask("GET", "groups.counters", roomId=room)[1]["members"] == members
        assert ask("GET", "rooms.adminRooms.getRoom", rid=room)[1]["usersCount"] == 2


def test_a_discussion_is_open_to_who_sees_its_parent(world: World) -> None:
    server = world(
        {"name": "sales", "owners": [LEAVER]},
        {"name": "secret", "type": "p", "owners": [LEAVER]},
        {"name": "a", "fname": "Prices", "type": "p", "owners": [LEAVER], "parent": "sales"},
        {"name": "b", "fname": "Fees", "type": "p", "owners": [LEAVER], "parent": "secret"},
    )
    ask = Api(server, "ann")
    assert [ask("GET", "groups.members", roomId=server.room(name)["_id"])[0] for name in "ab"] == [200, 400]


def test_channels_of_a_private_team_are_closed_to_strangers(world: World) -> None:
    server = world(
        {"name": "crew", "type": "p", "owners": [LEAVER], "members": ["ann"], "teamMain": True},
        {"name": "plans", "owners": [LEAVER], "team": "crew"},
    )
    room = server.room("plans")["_id"]
    seen = {name: Api(server, name)("GET", "channels.members", roomId=room)[0] for name in ("ann", "ben")}
    assert seen == {"ann": 200, "ben": 400}


def test_rooms_of_a_team_tell_the_last_owner(world: World) -> None:
    server = world(
        {"name": "crew", "type": "p", "owners": [LEAVER, "ann"], "teamMain": True},
        {"name": "plans", "owners": [LEAVER], "members": ["ann"], "team": "crew"},
        {"name": "deals", "type": "p", "owners": [LEAVER, "ann"], "team": "crew"},
    )
    given = {"teamId": server.team("crew")["_id"], "userId": server.user(LEAVER)["_id"]}
    status, body = Api(server, "admin")("GET", "teams.listRoomsOfUser", **given)
    assert status == 200
    assert {room["name"]: room["isLastOwner"] for room in body["rooms"]} == {"plans": True, "deals": False}
    assert Api(server, "ben")("GET", "teams.listRoomsOfUser", **given)[0] == 403


def test_rooms_are_listed_by_type_and_by_the_page(world: World) -> None:
    server = world(
        *({"name": f"closed-{number}", "type": "p", "owners": [LEAVER]} for number in range(3)),
        {"name": "open", "owners": [LEAVER]},
        {"name": "crew", "type": "p", "owners": [LEAVER], "teamMain": True},
        {"name": "x", "fname": "Prices", "type": "p", "owners": [LEAVER], "parent": "open"},
    )

    def listed(**given: Any) -> list[str]:
        return [room["fname"] for room in Api(server, "admin")("GET", "rooms.adminRooms", **given)[1]["rooms"]]

    assert listed() == ["closed-0", "closed-1", "closed-2", "open"]
    assert listed(**{"types[]": "p", "count": 2, "offset": 1}) == ["closed-1", "closed-2"]
    assert listed(**{"types[]": "teams"}) == ["crew"]
    assert listed(**{"types[]": "discussions"}) == ["Prices"]
    assert Api(server, "ann")("GET", "rooms.adminRooms")[0] == 400
