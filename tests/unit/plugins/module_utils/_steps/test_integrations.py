# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Webhooks of leavers: closed where that can be, told of where not, and nothing fails for a missing permission."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.integrations import Integrations
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import HalfDone, Plan, Scene

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

Person = Callable[..., User]
MakeScene = Callable[..., Scene]
LIST, GET = "/api/v1/integrations.list", "/api/v1/integrations.get"
UPDATE, REMOVE = "/api/v1/integrations.update", "/api/v1/integrations.remove"
TOKEN = "hook-token-7Qw2Zx"


def row(name: str, kind: str = "incoming", **more: Any) -> dict[str, Any]:
    """Return a webhook of alice as the server lists it."""
    return {
        "_id": f"{name}Id",
        "type": f"webhook-{kind}",
        "name": name,
        "enabled": True,
        "username": "alice",
        "userId": "aliceId",
        "channel": ["#general"],
        "scriptEnabled": False,
        "token": TOKEN,
        "_createdBy": {"_id": "aliceId"},
        **more,
    }


@pytest.fixture
def hooks(server: ScriptedServer) -> Callable[..., None]:
    """Return a function that puts webhooks into the workspace."""

    def put(*rows: dict[str, Any]) -> None:
        by_id = {one["_id"]: one for one in rows}
        server.route(LIST, {"integrations": list(rows), "total": len(rows), "success": True})
        server.route(GET, lambda seen: {"integration": by_id[seen.query["integrationId"]], "success": True})

        def update(seen: Any) -> Any:
            one = by_id[seen.json["integrationId"]]
            return {"integration": {**one, "enabled": seen.json["enabled"]}, "success": True}

        server.route(UPDATE, update, method="PUT")
        server.route(REMOVE, {"success": True}, method="POST")

    return put


def planned(step: Integrations, scene: Scene, user: User) -> Plan:
    """Return the plan of a step for somebody, from what it sees."""
    return step.plan(user, step.inspect(scene, [user]).get(user.user_id))


@pytest.mark.parametrize(
    ("mode", "closed", "sent"),
    [("disable", "switched off", [("PUT", "inId"), ("PUT", "outId")]), ("remove", "removed", [("POST", "inId")])],
)
def test_all_of_them_are_closed(
    server: ScriptedServer,
    scene: MakeScene,
    hooks: Callable[..., None],
    person: Person,
    mode: str,
    closed: str,
    sent: list[tuple[str, str]],
) -> None:
    hooks(row("in"), row("out", "outgoing"), row("bobs", userId="bobId", _createdBy={"_id": "bobId"}))
    step, place = Integrations(mode), scene(version=(7, 7))
    plan = planned(step, place, person(roles=("user", "bot")))
    assert (plan.changed, plan.looked_at, plan.left_behind) == (True, ["webhooks"], [])
    assert [thing.name.split()[0] for thing in plan.at_stake] == ["in", "out"]
    done = step.act(place.session, person())
    assert (done.changed, done.left_behind) == (True, [])
    assert step.told(done.facts) == f"{closed}: {', '.join(thing.name for thing in plan.at_stake)}"
    writes = [(seen.method, seen.json["integrationId"]) for seen in server.requests if seen.method != "GET"]
    assert writes[: len(sent)] == sent
    assert len(writes) == 2
    assert TOKEN not in repr((plan, done))


def test_what_is_off_is_nothing_to_tell_of_unless_it_is_to_be_removed(
    scene: MakeScene, hooks: Callable[..., None], person: Person
) -> None:
    hooks(row("in", enabled=False))
    assert planned(Integrations("disable"), scene(), person()).untold
    assert planned(Integrations("report"), scene(), person()).untold
    removal = planned(Integrations("remove"), scene(), person())
    assert removal.changed
    assert planned(Integrations("disable"), scene(), person()).looked_at == ("webhooks",)


def test_a_report_leaves_them_and_says_so(scene: MakeScene, hooks: Callable[..., None], person: Person) -> None:
    hooks(row("in"), row("out", "outgoing"))
    plan = planned(Integrations("report"), scene("manage-own-incoming-integrations"), person())
    assert (plan.changed, plan.evidence, len(plan.left_behind)) == (False, "left_behind", 2)
    assert "in (incoming, posts as alice, id inId)" in plan.reason
    assert {thing.permission for thing in plan.left_behind} == {""}


def test_nobody_is_asked_for_nobody(server: ScriptedServer, scene: MakeScene) -> None:
    assert Integrations("disable").inspect(scene(), []) == {}
    assert server.requests == []


@pytest.mark.parametrize("lacking", ["manage-incoming-integrations", "manage-outgoing-integrations"])
def test_with_one_of_two_permissions_not_all_are_seen_so_none_count(
    server: ScriptedServer, scene: MakeScene, person: Person, lacking: str
) -> None:
    plan = planned(Integrations("disable"), scene(lacking), person())
    (thing,) = plan.left_behind
    assert (plan.untold, plan.looked_at, thing.permission) == (True, (), lacking)
    assert not server.sent("GET", LIST)


@pytest.mark.parametrize(
    "answer",
    [(403, {"success": False, "error": "unauthorized"}), (404, "<html>not here</html>")],
)
def test_a_server_that_shows_none_is_no_failure(
    server: ScriptedServer, scene: MakeScene, person: Person, answer: Any
) -> None:
    server.route(LIST, answer)
    plan = planned(Integrations("disable"), scene(tells=False), person())
    assert [thing.name for thing in plan.left_behind] == ["not looked at"]


def test_those_that_the_caller_may_not_change_are_left_behind_with_the_permission(
    server: ScriptedServer, scene: MakeScene, hooks: Callable[..., None], person: Person
) -> None:
    hooks(row("in"), row("out", "outgoing"))
    step, place = Integrations("disable"), scene("manage-own-incoming-integrations", version=(7, 7))
    plan = planned(step, place, person())
    assert [(t.name.split()[0], t.permission) for t in plan.left_behind] == [("in", "manage-own-incoming-integrations")]
    assert [thing.name.split()[0] for thing in plan.at_stake] == ["out"]
    step.act(place.session, person())
    assert [seen.json["integrationId"] for seen in server.sent("PUT")] == ["outId"]
    # Removing takes less.
    assert planned(Integrations("remove"), place, person()).left_behind == []


@pytest.mark.parametrize(
    ("version", "roles", "kind", "mode", "mute"),
    [
        ((8, 6), ("user",), "incoming", "disable", True),
        ((8, 6), ("user", "bot"), "incoming", "disable", False),
        ((8, 6), ("user",), "outgoing", "disable", False),
        ((8, 6), ("user",), "incoming", "remove", False),
        ((8, 6), None, "incoming", "disable", False),
        ((7, 7), ("user",), "incoming", "disable", False),
    ],
)
def test_one_that_the_server_neither_lets_post_nor_switches_off_is_left_behind(
    scene: MakeScene,
    hooks: Callable[..., None],
    person: Person,
    version: tuple[int, int],
    roles: tuple[str, ...] | None,
    kind: str,
    mode: str,
    mute: bool,
) -> None:
    hooks(row("hook", kind))
    place = scene(version=version, holders={"message-impersonate": ["bot", "app"]})
    plan = planned(Integrations(mode), place, person(roles=roles))
    assert plan.changed is not mute
    assert ["message-impersonate" in thing.cure for thing in plan.left_behind] == [True] * mute


def refused(code: str, words: str = "No") -> Any:
    """Return an answer of a server that says no."""
    return 400, {"success": False, "error": f"{words} [{code}]", "errorType": code}


def test_where_nobody_tells_who_may_the_server_does(
    server: ScriptedServer, scene: MakeScene, hooks: Callable[..., None], person: Person
) -> None:
    hooks(row("in"), row("out", "outgoing"))
    server.route(UPDATE, refused("error-invalid-channel"), refused("not_authorized"), method="PUT")
    step, place = Integrations("disable"), scene(tells=False)
    assert planned(step, place, person()).changed
    done = step.act(place.session, person())
    assert done.changed is False
    names = [(thing.name.split()[0], thing.permission) for thing in done.left_behind]
    assert names == [("in", "manage-incoming-integrations"), ("out", "manage-outgoing-integrations")]


def test_one_that_posts_in_silence_as_somebody_else_is_left_behind_and_no_failure(
    server: ScriptedServer, scene: MakeScene, hooks: Callable[..., None], person: Person
) -> None:
    """A rerun would fail for ever."""
    hooks(row("in", username="ada", userId="adaId"))
    server.route(UPDATE, refused("error-user-lacks-message-impersonate-permission"), method="PUT")
    step, place = Integrations("disable"), scene(version=(8, 6), holders={"message-impersonate": ["bot"]})
    assert planned(step, place, person()).changed
    done = step.act(place.session, person())
    assert done.changed is False
    assert ["as long as ada lacks" in thing.cure for thing in done.left_behind] == [True]


def test_one_that_fails_for_another_reason_fails_the_step_when_the_others_are_closed(
    server: ScriptedServer, scene: MakeScene, hooks: Callable[..., None], person: Person
) -> None:
    hooks(row("in"), row("out", "outgoing"))
    server.route(
        UPDATE,
        refused("error-invalid-room", f"Invalid room for {TOKEN}"),
        {"integration": {**row("out", "outgoing"), "enabled": False}, "success": True},
        method="PUT",
    )
    step, place = Integrations("disable"), scene(version=(7, 7))
    planned(step, place, person())
    with pytest.raises(HalfDone) as caught:
        step.act(place.session, person())
    error = caught.value
    assert (error.code, error.ends_run) == ("integration-not-closed", False)
    assert [thing.name.split()[0] for thing in error.left_behind] == ["in"]
    assert [name.split()[0] for name in error.details["done"]] == ["out"]
    assert TOKEN not in error.message + str(error.details)
    assert error.attempts == 3


def test_one_that_became_another_is_off_and_told(
    server: ScriptedServer, scene: MakeScene, hooks: Callable[..., None], person: Person
) -> None:
    hooks(row("in"))
    changed = {**row("in", alias="Else"), "enabled": False}
    server.route(UPDATE, {"integration": changed, "success": True}, method="PUT")
    step, place = Integrations("disable"), scene(version=(7, 7))
    planned(step, place, person())
    with pytest.raises(HalfDone, match="alias") as caught:
        step.act(place.session, person())
    assert (caught.value.code, caught.value.left_behind) == ("integration-changed", [])
    assert len(caught.value.details["done"]) == 1


@pytest.mark.parametrize("answer", [(401, {"status": "error", "message": "You must be logged in"}), (500, "down")])
def test_what_everybody_would_meet_ends_the_step_and_says_what_was_done(
    server: ScriptedServer, scene: MakeScene, hooks: Callable[..., None], person: Person, answer: Any
) -> None:
    hooks(row("in"), row("out", "outgoing"))
    first = {"integration": {**row("in"), "enabled": False}, "success": True}
    server.route(UPDATE, first, answer, method="PUT")
    step, place = Integrations("disable"), scene(version=(7, 7))
    planned(step, place, person())
    with pytest.raises(RocketChatError) as caught:
        step.act(place.session, person())
    assert not isinstance(caught.value, HalfDone)
    assert isinstance(caught.value, Refused) is (answer[0] == 401)
    assert [name.split()[0] for name in caught.value.details["done"]] == ["in"]
