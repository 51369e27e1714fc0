# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Activating and deactivating: read first, sent only where it differs, rooms lost only with consent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

Run = Callable[..., dict[str, Any]]
PATH = "/api/v1/users.setActiveStatus"
ADMINISTRATORS = "/api/v1/users.listByStatus"
LAST_OWNER = (
    400,
    {
        "success": False,
        "error": "Last owner [user-last-owner]",
        "errorType": "user-last-owner",
        "details": {"shouldBeRemoved": ["diary"], "shouldChangeOwner": ["team"]},
    },
)
FORBIDDEN = (400, {"success": False, "error": "No [error-not-allowed]", "errorType": "error-not-allowed"})


@pytest.fixture
def run(workspace: Workspace, run_module: Run) -> Run:
    """Return a function that runs the module for a caller who may do it, and who sees what others are in."""
    workspace.version = "8.6"
    workspace.permissions["edit-other-user-active-status"] = ["admin"]
    workspace.server.route(PATH, {"success": True}, method="POST")
    workspace.server.route(ADMINISTRATORS, lambda _seen: administrators(workspace))

    def run_it(state: str = "inactive", **arguments: Any) -> dict[str, Any]:
        return run_module("rocketchat_user_status", state=state, **arguments)

    return run_it


def administrators(workspace: Workspace) -> Any:
    """Return who has the role admin, as the server lists them."""
    rows = [record for record in workspace.accounts if "admin" in record.get("roles", ())]
    return {"users": rows, "total": len(rows), "success": True}


def bodies(workspace: Workspace) -> list[Any]:
    """Return what was sent to change a status."""
    return [seen.json for seen in workspace.server.sent("POST", PATH)]


@pytest.mark.parametrize(("state", "active"), [("inactive", False), ("active", True)])
def test_only_an_account_in_another_state_is_changed(workspace: Workspace, run: Run, state: str, active: bool) -> None:
    workspace.add("other", active=not active, rooms=[])
    workspace.add("same", active=active)
    result = run(state, usernames=["other", "same"])
    assert result["changed"] is True
    assert [user["changed"] for user in result["users"]] == [True, False]
    assert [user["active_before"] for user in result["users"]] == [not active, active]
    assert [user["rooms_deleted"] for user in result["users"]] == [[], []]
    assert bodies(workspace) == [{"userId": "otherId", "activeStatus": active, "confirmRelinquish": False}]


def test_a_second_run_changes_nothing(workspace: Workspace, run: Run) -> None:
    workspace.add("harry", active=False)
    result = run(username="harry")
    assert result["changed"] is False
    assert workspace.server.sent("POST") == []


def test_a_state_that_the_server_does_not_show_is_set_all_the_same(workspace: Workspace, run: Run) -> None:
    workspace.add("harry", active=None)
    result = run(username="harry", diff=True)
    assert result["users"][0]["active_before"] is None
    assert result["diff"][0]["before"].startswith("status: not known\n")
    assert len(bodies(workspace)) == 1


@pytest.mark.parametrize(
    ("state", "before", "after"),
    [
        ("inactive", "status: active\n", "status: inactive\nsessions and personal access tokens: ended\n"),
        ("active", "status: inactive\nsessions and personal access tokens: ended\n", "status: active\n"),
    ],
)
def test_the_diff_tells_what_goes(workspace: Workspace, run: Run, state: str, before: str, after: str) -> None:
    workspace.add("harry", active=state == "inactive")
    (shown,) = run(state, username="harry", diff=True, check_mode=True)["diff"]
    assert (shown["before"], shown["after"]) == (before, after)
    assert shown["before_header"] == shown["after_header"] == "harry (harryId)"
    assert workspace.server.sent("POST") == []


def test_the_only_owner_of_rooms_is_left_alone_and_the_rooms_are_named(workspace: Workspace, run: Run) -> None:
    workspace.add("olga")
    workspace.server.route(PATH, LAST_OWNER, method="POST")
    result = run(username="olga")
    (user,) = result["users"]
    assert (result["changed"], user["changed"], user["attempts"]) == (False, False, 1)
    assert user["error"]["code"] == result["error"]["code"] == "user-last-owner"
    assert user["error"]["details"]["rooms_deleted"] == ["diary"]
    assert user["error"]["details"]["rooms_with_new_owner"] == ["team"]
    assert "would be deleted with all their messages: diary; these would get another owner: team" in result["msg"]
    assert "confirm_relinquish" in result["msg"]
    assert result["msg"].endswith("The server said: Last owner [user-last-owner]")


@pytest.mark.parametrize(
    ("details", "words", "silent"),
    [
        ({"shouldBeRemoved": ["diary"]}, "be deleted with all their messages: diary. Give", "another owner:"),
        ({"shouldChangeOwner": ["team"], "shouldBeRemoved": []}, "these would get another owner: team. Give", "delet"),
        ({"shouldBeRemoved": "diary"}, "the server does not say what would become of them", "diary"),
        ({}, "the server does not say what would become of them", "delet"),
    ],
)
def test_only_what_the_server_told_of_rooms_is_told(
    workspace: Workspace, run: Run, details: dict[str, Any], words: str, silent: str
) -> None:
    workspace.add("olga")
    workspace.server.route(PATH, (400, {**LAST_OWNER[1], "details": details}), method="POST")
    message = run(username="olga")["msg"]
    assert words in message
    assert silent not in message


def test_with_consent_the_rooms_that_went_are_in_the_result(workspace: Workspace, run: Run) -> None:
    workspace.add("olga")
    workspace.server.route(PATH, LAST_OWNER, {"success": True}, method="POST")
    (user,) = run(username="olga", confirm_relinquish=True)["users"]
    assert (user["changed"], user["attempts"]) == (True, 2)
    assert (user["rooms_deleted"], user["rooms_with_new_owner"]) == (["diary"], ["team"])
    # What is lost is asked for first, also where it is consented to.
    assert [body["confirmRelinquish"] for body in bodies(workspace)] == [False, True]


def test_a_lost_answer_to_the_confirmation_does_not_claim_that_nothing_was_lost(workspace: Workspace, run: Run) -> None:
    workspace.add("olga")
    workspace.server.route(PATH, LAST_OWNER, workspace.server.DROP, method="POST")
    (user,) = run(username="olga", confirm_relinquish=True)["users"]
    assert user["attempts"] == 2
    assert user["error"]["details"]["outcome"] == "unknown"
    assert user["error"]["details"]["rooms_deleted"] == ["diary"]
    assert (user["rooms_deleted"], user["rooms_with_new_owner"]) == (None, None)


def test_a_refusal_names_the_permission_and_ends_the_run(workspace: Workspace, run: Run) -> None:
    workspace.add("harry")
    workspace.add("hanna")
    workspace.server.route(PATH, FORBIDDEN, method="POST")
    result = run(usernames=["harry", "hanna"], on_error="continue")
    assert "edit-other-user-active-status" in result["msg"]
    assert [user["error"]["code"] for user in result["users"]] == ["error-not-allowed", "not-attempted"]
    assert len(bodies(workspace)) == 1


def test_check_mode_foretells_the_refusal_and_sends_nothing(workspace: Workspace, run: Run) -> None:
    workspace.add("harry")
    workspace.permissions["edit-other-user-active-status"] = []
    result = run(username="harry", check_mode=True)
    assert result["failed"] is True
    assert "edit-other-user-active-status" in result["msg"]
    assert workspace.server.sent("POST") == []


def test_the_last_administrator_is_told_from_a_missing_permission(workspace: Workspace, run: Run) -> None:
    """Both come with the same code; only the details tell them apart."""
    workspace.add("olga", roles=["admin"])
    workspace.add("harry")
    said = "Leaving the app without an active admin is not allowed [error-action-not-allowed]"
    words = {"success": False, "error": said, "errorType": "error-action-not-allowed"}
    last = {**words, "details": {"method": "removeUserFromRole", "action": "Remove_last_admin"}}
    workspace.server.route(PATH, (400, last), {"success": True}, method="POST")
    result = run(usernames=["olga", "harry"], on_error="continue")
    assert [user.get("error", {}).get("code") for user in result["users"]] == ["last-admin", None]
    assert "has only one active administrator" in result["msg"]
    workspace.server.route(PATH, (400, {**words, "details": {"action": "Editing_user"}}), method="POST")
    assert run(username="harry")["error"]["code"] == "error-action-not-allowed"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "Nobody is named"),
        ({"usernames": None}, "usernames is null"),
        ({"username": 83}, "username: 83 is no text but a number"),
        ({"user_ids": ["x", True]}, "user_ids: True is no text but a boolean"),
        ({"username": "harry", "concurrency": 33}, "concurrency"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_sent(
    workspace: Workspace, run: Run, arguments: dict[str, Any], says: str
) -> None:
    result = run(**arguments)
    assert result["error"]["code"] == "invalid-input"
    assert result["users"] == []
    assert says in result["msg"]
    assert workspace.server.requests == []


# --- what check mode foresees ----------------------------------------------------------------------------------------


def give_rooms(workspace: Workspace, **rooms: dict[str, str]) -> None:
    """Let people be in channels; ``rooms``: for each channel its members, with ``owner`` or nothing as their role."""
    for name, members in rooms.items():
        for who, role in members.items():
            for record in workspace.accounts:
                if record["username"] == who:
                    entry = {"rid": name, "name": name, "t": "c"} | ({"roles": [role]} if role else {})
                    record["rooms"].append(entry)

    def members(seen: Any) -> Any:
        return {"members": [], "total": len(rooms[seen.query["roomId"]]), "success": True}

    def roles(seen: Any) -> Any:
        given = rooms[seen.query["roomId"]].items()
        return {"roles": [{"u": {"_id": f"{who}Id"}, "roles": [role]} for who, role in given if role], "success": True}

    workspace.server.route("/api/v1/channels.members", members)
    workspace.server.route("/api/v1/channels.roles", roles)


@pytest.fixture
def people(workspace: Workspace) -> Workspace:
    """Return a workspace with two administrators and two others, who own nothing so far."""
    for name in ("ann", "ben"):
        workspace.add(name, roles=["user", "admin"], rooms=[])
    for name in ("harry", "olga"):
        workspace.add(name, roles=["user"], rooms=[])
    return workspace


def codes(result: dict[str, Any]) -> list[str | None]:
    """Return the code of each entry's error."""
    return [user["error"]["code"] if "error" in user else None for user in result["users"]]


def test_check_mode_foresees_rooms_as_the_server_would_refuse_them(
    people: Workspace, run: Run, warned: list[str]
) -> None:
    give_rooms(people, desk={"olga": "owner", "harry": ""})
    result = run(username="olga", check_mode=True)
    (user,) = result["users"]
    assert (result["failed"], user["changed"], codes(result)) == (True, False, ["user-last-owner"])
    assert (user["rooms_deleted"], user["rooms_with_new_owner"]) == ([], [])
    assert user["error"]["details"] == {"rooms_deleted": [], "rooms_with_new_owner": ["desk"]}
    assert "these would get another owner: desk. Give the rooms another owner first" in result["msg"]
    assert warned == []
    assert people.server.sent("POST") == []


def test_check_mode_lists_the_rooms_that_consent_costs(people: Workspace, run: Run) -> None:
    give_rooms(people, desk={"olga": "owner", "harry": ""})
    (user,) = run(username="olga", confirm_relinquish=True, check_mode=True)["users"]
    assert (user["changed"], user["rooms_deleted"], user["rooms_with_new_owner"]) == (True, [], ["desk"])


def test_rooms_that_are_not_shown_are_null_and_warned_of_once(people: Workspace, run: Run, warned: list[str]) -> None:
    for record in people.accounts:
        del record["rooms"]
    result = run(usernames=["harry", "olga"], check_mode=True)
    assert [user["changed"] for user in result["users"]] == [True, True]
    assert [(user["rooms_deleted"], user["rooms_with_new_owner"]) for user in result["users"]] == [(None, None)] * 2
    assert len(warned) == 1
    assert "which rooms of harry, olga would be deleted or change hands" in warned[0]
    assert "view-other-user-channels" in warned[0]


def test_a_room_of_which_too_little_is_shown_is_named_in_a_warning(
    people: Workspace, run: Run, warned: list[str]
) -> None:
    people.accounts[3]["rooms"] = [{"rid": "r1", "name": "diary", "t": "p", "roles": ["owner"]}]
    refusal = (400, {"success": False, "error": "No [error-room-not-found]", "errorType": "error-room-not-found"})
    for path in ("groups.members", "rooms.adminRooms.getRoom"):
        people.server.route(f"/api/v1/{path}", refusal)
    (user,) = run(username="olga", check_mode=True)["users"]
    assert (user["changed"], user["rooms_deleted"], user["rooms_with_new_owner"]) == (True, None, None)
    assert len(warned) == 1
    assert "rooms of olga: diary (the calling account is not in it, and lacks the permission" in warned[0]


def test_activating_costs_no_rooms_and_asks_for_none(people: Workspace, run: Run) -> None:
    people.accounts[3]["active"] = False
    (user,) = run("active", username="olga", check_mode=True)["users"]
    assert (user["changed"], user["rooms_deleted"], user["rooms_with_new_owner"]) == (True, [], [])
    assert [seen.query for seen in people.server.sent("GET", "/api/v1/users.info")] == [{"username": "olga"}]


@pytest.mark.parametrize("check_mode", [True, False])
def test_on_a_list_check_mode_stops_where_the_run_would(people: Workspace, run: Run, check_mode: bool) -> None:
    """Who stands before the one that is refused is deactivated, and check mode does not claim that nobody would be."""
    give_rooms(people, desk={"olga": "owner", "harry": ""})
    refusal = {**LAST_OWNER[1], "details": {"shouldBeRemoved": [], "shouldChangeOwner": ["desk"]}}
    done = {"success": True}
    people.server.route(PATH, lambda seen: (400, refusal) if seen.json["userId"] == "olgaId" else done, method="POST")
    result = run(usernames=["ann", "olga", "harry"], concurrency=1, check_mode=check_mode)
    assert codes(result) == [None, "user-last-owner", "not-attempted"]
    assert [user["changed"] for user in result["users"]] == [True, False, False]
    assert result["error"]["code"] == "user-last-owner"
    would = "would be " if check_mode else ""
    assert f"1 of 3 accounts {would}deactivated, 1 failed, 1 not attempted. olga: Rooms depend" in result["msg"]


def test_with_continue_all_that_would_be_refused_are_told(people: Workspace, run: Run) -> None:
    give_rooms(people, desk={"olga": "owner", "harry": ""}, floor={"ann": "owner", "ben": ""})
    result = run(usernames=["olga", "ann", "harry"], on_error="continue", check_mode=True)
    assert codes(result) == ["user-last-owner", "user-last-owner", None]
    assert "1 of 3 accounts would be deactivated, 2 failed, 0 not attempted" in result["msg"]


@pytest.mark.parametrize(("names", "heirs"), [(["harry", "olga"], []), (["olga", "harry"], ["desk"])])
def test_who_was_deactivated_before_inherits_nothing(
    people: Workspace, run: Run, names: list[str], heirs: list[str]
) -> None:
    """Recorded on 7.7.1: what the first is refused for, the second may do silently once the first is gone."""
    give_rooms(people, desk={"olga": "owner", "harry": ""})
    result = run(usernames=names, confirm_relinquish=True, check_mode=True)
    assert {user["username"]: user["rooms_with_new_owner"] for user in result["users"]} == {"harry": [], "olga": heirs}


def test_who_is_refused_inherits_still(people: Workspace, run: Run) -> None:
    """Olga stays, since she is refused: so the desk has an heir when Harry goes."""
    give_rooms(people, floor={"olga": "owner", "ann": ""}, desk={"harry": "owner", "olga": ""})
    result = run(usernames=["olga", "harry"], on_error="continue", check_mode=True)
    assert codes(result) == ["user-last-owner", "user-last-owner"]
    assert result["users"][1]["error"]["details"]["rooms_with_new_owner"] == ["desk"]


def test_among_those_deactivated_at_the_same_time_it_is_open_who_inherits(
    people: Workspace, run: Run, warned: list[str]
) -> None:
    give_rooms(people, desk={"olga": "owner", "harry": ""}, floor={"harry": "owner", "ann": ""})
    names = ["ann", "harry", "olga"]
    result = run(usernames=names, confirm_relinquish=True, concurrency=4, check_mode=True)
    assert [user["rooms_with_new_owner"] for user in result["users"]] == [[], [], None]
    assert [words for words in warned if "desk" in words] == [
        "It could not be found out what would become of these rooms of olga: desk (it depends on who of its"
        " members is deactivated first)."
    ]
    # The first of a list goes before all others, so that her room is certain.
    assert not [words for words in warned if "floor" in words]


def test_check_mode_foresees_the_last_administrator(people: Workspace, run: Run) -> None:
    result = run(usernames=["ann", "harry", "ben"], on_error="continue", check_mode=True)
    assert codes(result) == [None, None, "last-admin"]
    assert [user["changed"] for user in result["users"]] == [True, True, False]
    assert "ben: The account has the role admin, and the workspace has only one active administrator" in result["msg"]


def test_an_administrator_who_is_refused_for_rooms_is_there_for_the_next_one(people: Workspace, run: Run) -> None:
    give_rooms(people, desk={"ann": "owner", "harry": ""})
    result = run(usernames=["ann", "ben"], on_error="continue", check_mode=True)
    assert codes(result) == ["user-last-owner", None]
    assert codes(run(usernames=["ann", "ben"], confirm_relinquish=True, on_error="continue", check_mode=True)) == [
        None,
        "last-admin",
    ]


@pytest.mark.parametrize("shown", ["rooms hidden", "at the same time"])
def test_what_is_open_for_one_administrator_is_open_for_the_next(
    people: Workspace, run: Run, warned: list[str], shown: str
) -> None:
    if shown == "rooms hidden":
        del people.accounts[0]["rooms"]
    names = ["ann", "ben"] if shown == "rooms hidden" else ["harry", "ann", "ben"]
    result = run(usernames=names, on_error="continue", concurrency=4, check_mode=True)
    assert codes(result) == [None] * len(names)
    refused = [words for words in warned if "as the last administrator" in words]
    assert len(refused) == 1
    assert ("deactivate ben as" if shown == "rooms hidden" else "deactivate ann, ben as") in refused[0]


def test_consent_takes_what_is_hidden_into_account_for_the_next_one(people: Workspace, run: Run) -> None:
    """Whatever becomes of her rooms, she is deactivated: then he is the last one."""
    del people.accounts[0]["rooms"]
    result = run(usernames=["ann", "ben"], confirm_relinquish=True, on_error="continue", check_mode=True)
    assert codes(result) == [None, "last-admin"]


def test_one_room_that_is_known_is_enough_to_be_refused(people: Workspace, run: Run, warned: list[str]) -> None:
    give_rooms(people, desk={"ann": "owner", "harry": ""})
    people.accounts[0]["rooms"].append({"rid": "r1", "name": "diary", "t": "p", "roles": ["owner"]})
    for path in ("groups.members", "rooms.adminRooms.getRoom"):
        people.server.route(f"/api/v1/{path}", (400, {"success": False, "error": "error-not-authorized"}))
    result = run(usernames=["ann", "ben"], on_error="continue", check_mode=True)
    assert codes(result) == ["user-last-owner", None]
    # What is not known of the other room changes nothing for him, who is certainly not the last one.
    assert not [words for words in warned if "as the last administrator" in words]


def test_who_may_be_refused_as_the_last_administrator_may_inherit(
    people: Workspace, run: Run, warned: list[str]
) -> None:
    give_rooms(people, desk={"harry": "owner", "ben": ""})
    del people.accounts[0]["rooms"]
    result = run(usernames=["ann", "ben", "harry"], concurrency=1, check_mode=True)
    assert codes(result) == [None, None, None]
    assert any("rooms of harry: desk (it depends on who" in words for words in warned)


def test_a_caller_who_does_not_see_roles_is_told_so(people: Workspace, run: Run, warned: list[str]) -> None:
    people.version = "6.5"
    for record in people.accounts:
        del record["roles"]
    rows = {"users": [{"_id": "annId", "username": "ann", "active": True}], "total": 1, "success": True}
    people.server.route("/api/v1/users.list", rows)
    result = run(username="ann", check_mode=True)
    assert result["users"][0]["changed"] is True
    assert any("view-full-other-user-info" in words and "deactivate ann as" in words for words in warned)
