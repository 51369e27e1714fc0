# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: what it asks of the server, whom it names, what stops it, and what binds it when it is carried out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import access
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.people_plan import read_question, work_out

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace
    from ansible_collections.chatops.rocketchat.tests.unit.plugins.module_utils.conftest import Channel

Plan = Callable[..., dict[str, Any]]
OLD = "2020-01-01T00:00:00.000Z"


def listed(*keys: str) -> list[dict[str, Any]]:
    """A list of people with one key each, as the filter returns it."""
    return [{"row": row, "keys": [key]} for row, key in enumerate(keys, 2)]


def mail(name: str) -> str:
    return f"{name}@example.com"


def employ(workspace: Workspace, *names: str, **more: Any) -> None:
    """Add people who have been here for long."""
    for name in names:
        emails = [{"address": mail(name), "verified": True}]
        record = {"type": "user", "roles": ["user"], "createdAt": OLD, "emails": emails, "name": name.title(), **more}
        workspace.add(name, **record)


@pytest.fixture
def plan(workspace: Workspace, channel: Channel, params: Callable[..., dict[str, Any]], tmp_path: Path) -> Plan:
    """Return a function that plans for people, alice to dave, and harry; ``warned`` is in the result."""
    assert channel.server is workspace.server
    workspace.version = "8.6"
    workspace.show_lists()
    employ(workspace, "alice", "bob", "carol", "dave", "harry")

    def run(*keys: str, check_mode: bool = True, **changes: Any) -> dict[str, Any]:
        given = params(
            workspace.server.url,
            **{
                "people": listed(*keys) if keys else None,
                "match": "email",
                "exempt_roles": ["admin", "owner"],
                "exempt": [],
                "guests": False,
                "grace": 7,
                "max_accounts": 10,
                "max_percent": 100.0,
                "plan_file": str(tmp_path / "plan.json"),
                "ledger": "access-ledger",
                **changes,
            },
        )
        warned: list[str] = []
        result = work_out(access(given), read_question(given, check_mode=check_mode), warned.append)
        return {**result.as_dict(), "msg": result.message, "warned": warned}

    return run


STAFF = [mail(name) for name in ("alice", "bob", "carol", "dave")]


def names(result: dict[str, Any]) -> list[str]:
    return [entry["username"] for entry in result["plan"]["accounts"]]


def test_a_plan_is_read_by_the_page_and_nobody_is_asked_for_but_who_goes(workspace: Workspace, plan: Plan) -> None:
    employ(workspace, *(f"p{number:03}" for number in range(200)))
    result = plan(*STAFF, *(mail(f"p{number:03}") for number in range(200)))
    assert names(result) == ["harry"]
    sent = workspace.server.requests
    assert {seen.method for seen in sent} == {"GET"}
    assert len([seen for seen in sent if seen.path.endswith("users.list")]) == 3
    assert [seen.query["userId"] for seen in sent if seen.path.endswith("users.info")] == ["harryId"]


def test_the_list_is_remembered_when_it_was_accepted_and_not_in_check_mode(channel: Channel, plan: Plan) -> None:
    channel.there = False
    assert "error" not in plan(*STAFF)
    assert channel.said == []
    assert "error" not in plan(*STAFF, check_mode=False, ticket="HR-1")
    (said,) = channel.said
    assert said.startswith("Reconciliation HR-1 by the tests goes by a list of 4 people, and is to offboard 1.")
    record = json.loads(said.split("```json\n")[1].split("\n```")[0])
    assert (record["v"], record["phase"], record["job"], record["people"]) == (1, "list", "reconcile", 4)


def accepted(people: Any) -> str:
    record = {"run": "r1", "job": "reconcile", "v": 1, "phase": "list", "people": people}
    return f"A sentence.\n```json\n{json.dumps(record)}\n```"


@pytest.mark.parametrize(("before", "stops"), [(5, True), (4, False), (3, False)])
def test_a_list_that_has_lost_more_than_a_tenth(
    workspace: Workspace, channel: Channel, plan: Plan, before: int, stops: bool
) -> None:
    channel.put(accepted(before))
    result = plan(*STAFF)
    assert (result.get("error", {}).get("code") == "list-shrunk") is stops
    assert bool(workspace.server.sent("GET", "/api/v1/users.list")) is not stops
    assert result["warned"] == []


def test_what_others_say_of_earlier_lists_does_not_count(channel: Channel, plan: Plan) -> None:
    channel.put(accepted(1000), u={"_id": "strangerId", "username": "stranger"})
    channel.put(accepted(1000), editedAt=OLD)
    channel.put(accepted(True))
    assert "error" not in plan(*STAFF)


def test_without_a_ledger_it_is_said_that_nothing_is_known(channel: Channel, plan: Plan) -> None:
    refused = (403, {"success": False, "error": "unauthorized"})
    channel.server.route("/api/v1/groups.history", refused)
    assert "Nor is it known whether the list of people has shrunk." in plan(*STAFF)["warned"][0]
    assert "error" in plan(*STAFF, ledger_required=True)


def test_the_calling_account_and_whoever_is_exempt_are_left_alone(workspace: Workspace, plan: Plan) -> None:
    employ(workspace, "svc", _id="callerId")
    employ(workspace, "olga", roles=["user", "auditor"])
    employ(workspace, "ivan")
    employ(workspace, "mute", emails=[])
    result = plan(*STAFF, exempt=["Ivan", "iwan"], exempt_roles=["auditor"])
    assert names(result) == ["harry"]
    left = {entry["username"]: entry["reason"] for entry in result["plan"]["left_alone"]}
    assert left == {
        "svc": "it is the calling account itself",
        "olga": "it has the role auditor",
        "ivan": "it is named in exempt",
        "mute": "it has no email, so the list says nothing of it",
    }
    assert result["plan"]["told"] == ["exempt: there is no account with the username 'iwan'."]


def test_who_is_inactive_already_is_in_no_part_of_a_plan(workspace: Workspace, plan: Plan) -> None:
    employ(workspace, "ivan", active=False)
    employ(workspace, "mute", active=False, emails=[])
    result = plan(*STAFF)
    assert (names(result), result["plan"]["left_alone"], result["plan"]["active"]) == (["harry"], [], 5)
    # The list was read before somebody else was quicker.
    page = {"users": json.loads(json.dumps(workspace.accounts)), "total": 7, "success": True}
    workspace.server.route("/api/v1/users.list", page)
    next(record for record in workspace.accounts if record["username"] == "harry")["active"] = False
    assert names(plan(*STAFF)) == []


def test_an_exempt_role_that_there_is_not(plan: Plan) -> None:
    assert "this workspace has no role 'auditors'" in plan(*STAFF, exempt_roles=["auditors"])["msg"]


def test_roles_that_nobody_shows(workspace: Workspace, plan: Plan) -> None:
    for record in workspace.accounts:
        record.pop("roles")
    assert plan(*STAFF)["error"]["code"] == "roles-not-visible"
    workspace.server.route("/api/v1/roles.list", (403, {"success": False, "error": "unauthorized"}))
    assert "works council" in plan(*STAFF, exempt_roles=["works council"])["msg"]


def test_a_look_from_nearby_may_find_another_address(workspace: Workspace, plan: Plan) -> None:
    full = workspace.accounts[-1]
    page = {"users": [{**record, "emails": record["emails"]} for record in workspace.accounts], "total": 5}
    workspace.server.route("/api/v1/users.list", json.loads(json.dumps({**page, "success": True})))
    full["emails"] = [{"address": mail("dave"), "verified": True}]
    result = plan(*STAFF)
    assert names(result) == []
    assert result["plan"]["left_alone"][0]["reason"] == "it has come to be on the list meanwhile"


def test_custom_fields_are_asked_for_one_by_one(workspace: Workspace, plan: Plan) -> None:
    for number, record in enumerate(workspace.accounts):
        record["customFields"] = {"number": f"N{number}"} if number else {}
    result = plan("n1", "n2", "n3", match="number")
    assert names(result) == ["harry"]
    assert result["plan"]["accounts"][0]["reason"] == "number N4 is not on the list"
    assert [entry["username"] for entry in result["plan"]["left_alone"]] == ["alice"]


@pytest.mark.parametrize(
    ("limits", "stops"),
    [({"max_accounts": 1}, True), ({"max_accounts": 2}, False), ({"max_percent": 39.9}, True), ({}, False)],
)
def test_a_brake_leaves_the_plan_to_be_looked_at(
    plan: Plan, tmp_path: Path, channel: Channel, limits: dict[str, Any], stops: bool
) -> None:
    result = plan(*STAFF[:3], check_mode=False, **limits)
    assert (result.get("error", {}).get("code") == "too-many-accounts") is stops
    assert names(result) == ["dave", "harry"]
    assert json.loads((tmp_path / "plan.json").read_text(encoding="utf-8")) == result["plan"]
    assert bool(channel.said) is not stops


def test_a_plan_that_holds_is_returned_as_it_was_and_remembered(plan: Plan, channel: Channel) -> None:
    made = plan(*STAFF)
    again = plan(check_mode=False)
    assert again["plan"] == made["plan"]
    assert again["lines"] == made["lines"]
    assert len(channel.said) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"username": "harriet"}, "harry (harryId) is called harriet now."),
        ({"name": "Somebody Else"}, "harry (harryId) bears the name Somebody Else now."),
        (
            {"emails": [{"address": "h@example.org", "verified": True}]},
            "harry (harryId) has another e-mail address now (h@example.org).",
        ),
        ({"emails": []}, "harry (harryId) has another e-mail address now (none)."),
        ({"active": False}, "harry (harryId) is inactive now."),
        ({"active": None}, "harry (harryId) is in a state that the server does not show."),
        ({"roles": ["user", "admin"]}, "harry (harryId) is to be left alone: it has the role admin."),
        ({"_id": "anotherId"}, "harry (harryId) is gone."),
    ],
)
def test_a_plan_that_does_not_hold_any_more(
    workspace: Workspace, channel: Channel, plan: Plan, change: dict[str, Any], words: str
) -> None:
    plan(*STAFF)
    workspace.accounts[-1].update(change)
    result = plan(check_mode=False)
    assert result["error"]["code"] == "plan-outdated"
    assert words in result["msg"]
    assert channel.said == []


def test_a_plan_for_another_workspace(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan(*STAFF)
    result = plan(api_url="http://localhost:" + json.loads((tmp_path / "plan.json").read_text())["workspace"][-5:])
    assert "plan_file: the plan is for http://127.0.0.1" in result["msg"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"match": " "}, "match is empty"),
        ({"grace": -1}, "grace is -1"),
        ({"max_accounts": -1}, "max_accounts is -1"),
        ({"max_percent": float("nan")}, "max_percent is nan"),
        ({"people": []}, "The list of people is empty"),
    ],
)
def test_options_that_cannot_be_right(workspace: Workspace, plan: Plan, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        plan(*STAFF, **changes)
    assert workspace.server.requests == []


def test_another_file_in_the_place_of_the_plan_is_refused_before_anything_is_sent(
    workspace: Workspace, plan: Plan, tmp_path: Path
) -> None:
    (tmp_path / "plan.json").write_text("Name;E-Mail\n", encoding="utf-8")
    with pytest.raises(InputError, match="is there already, and no plan"):
        plan(*STAFF)
    assert workspace.server.requests == []


def test_lines_are_lines_and_long_lists_are_in_the_file(workspace: Workspace, plan: Plan) -> None:
    employ(workspace, "evil", name="Evil\nLEFT ALONE nobody" + "!" * 50)
    lines = plan(*STAFF, *(mail(f"x{number}") for number in range(30)), max_accounts=0)["lines"]
    assert all("\n" not in line for line in lines)
    (row,) = [line for line in lines if line.startswith("evil ")]
    assert "Evil LEFT ALONE nobody!!!!!!!!!!!!!!!..." in row
    assert lines.count("NO ACCOUNT ... and 10 more, all of them in the file") == 1
    assert lines[1].split() == ["USER", "NAME", "ID", "NAME", "E-MAIL", "WHY"]
