# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Teams of people who leave: which of them nobody who is active and stays would own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.teams import Teams
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import Membership

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer, Seen

LIST, MEMBERS = "/api/v1/teams.listAll", "/api/v1/teams.members"
SQUAD = Membership("squadId", "squad", private=True, owner=True)


def teams(server: ScriptedServer, *owners: str, plain: str = "bobId") -> None:
    """Give the server one team with these active owners; whoever is inactive is in no list of members."""

    def members(seen: Seen) -> Any:
        assert seen.query["teamId"] == "teamId"
        rows: list[Any] = [{"user": {"_id": who}, "roles": ["owner"]} for who in owners]
        return {"members": [*rows, {"user": {"_id": plain}}, "nobody"], "total": len(rows) + 2, "success": True}

    other = {"_id": "otherId", "name": "other", "roomId": "otherRoomId"}
    team = {"_id": "teamId", "name": "squad", "roomId": "squadId"}
    server.route(LIST, {"teams": [other, team], "total": 2, "success": True})
    server.route(MEMBERS, members)


@pytest.mark.parametrize(
    ("owners", "owns_room", "orphaned"),
    [
        (["aliceId"], True, True),
        # Who owns the team alone, and not its main room.
        (["aliceId"], False, True),
        (["aliceId", "erinId"], True, True),
        (["aliceId", "bobId"], True, False),
        # Of the inactive the list says nothing; the main room does.
        ([], True, True),
        ([], False, False),
    ],
)
def test_a_team_is_orphaned_where_nobody_who_stays_owns_it(
    server: ScriptedServer, connect: Callable[..., Any], owners: list[str], owns_room: bool, orphaned: bool
) -> None:
    """Alice and Erin leave together."""
    teams(server, *owners)
    entry = Membership("squadId", "squad", private=True, owner=owns_room)
    found = Teams(connect(server).client, {"aliceId": [entry], "erinId": []})
    assert [team.name for team in found.orphaned("aliceId")] == ["squad"] * orphaned
    assert (found.shown, found.orphaned("erinId")) == (True, [])
    assert (found.main_room_of("squadId"), found.main_room_of("deskId")) == ("teamId", "")
    assert len(server.sent("GET", MEMBERS)) == 1


def test_who_is_in_no_room_costs_nothing(server: ScriptedServer, connect: Callable[..., Any]) -> None:
    found = Teams(connect(server).client, {"aliceId": []})
    assert (found.shown, found.orphaned("aliceId")) == (True, [])
    assert server.sent("GET", LIST) == []


def test_who_may_not_see_teams_does_not_know(server: ScriptedServer, connect: Callable[..., Any]) -> None:
    server.route(LIST, (403, {"success": False, "error": "unauthorized"}))
    assert not Teams(connect(server).client, {"aliceId": [SQUAD]}).shown
