# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Teams that people who leave are in, and whether anybody else who is active owns them, found out by GET alone.

A team has members and owners beside those of its main room, which everybody in it is in as well: where the server
gives the main room to somebody, the team keeps its owner (measured on 7.7.1 and 8.6.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.room_reader import read_all, together
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import Membership
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import LIST_TEAMS
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused

# The most that servers send at once unless they are told otherwise.
_PAGE = 100
_OWNER = "owner"


@dataclass(frozen=True)
class Team:
    """One team; ``room_id``: its main room."""

    team_id: str
    room_id: str
    name: str


class Teams:
    """The teams of those who leave together, each read once.

    ``shown``: whether the calling account may see them; where nobody is in any room there is none to be seen.
    """

    def __init__(self, client: Client, of: Mapping[str, Sequence[Membership]], *, concurrency: int = 1) -> None:
        """Read what there is to know of them.

        :arg of: the rooms of each of those who leave, by id
        """
        self._of = of
        inside = together(of)
        listed = _listed(client) if inside else []
        self.shown = listed is not None
        self._main = {team.room_id: team for team in listed or () if team.room_id in inside}
        teams = list(self._main.values())
        owners = read_all(teams, lambda team: _active_owners(client, team), concurrency=concurrency)
        self._owners = {team.team_id: found or frozenset() for team, found in zip(teams, owners)}

    def main_room_of(self, room_id: str) -> str:
        """Return the id of the team whose main room this is, or nothing."""
        team = self._main.get(room_id)
        return team.team_id if team else ""

    def orphaned(self, user_id: str) -> list[Team]:
        """Return the teams of one person that nobody who is active and stays owns."""
        return [team for team, entry in self._teams_of(user_id) if self._is_orphaned(team, user_id, entry)]

    def _teams_of(self, user_id: str) -> Iterator[tuple[Team, Membership]]:
        for entry in self._of.get(user_id, ()):
            if entry.room_id in self._main:
                yield self._main[entry.room_id], entry

    def _is_orphaned(self, team: Team, user_id: str, entry: Membership) -> bool:
        """Tell it of a team; of who is inactive the list of its members says nothing, but the main room does."""
        owners = self._owners[team.team_id]
        return (entry.owner or user_id in owners) and not owners - set(self._of)


def _listed(client: Client) -> list[Team] | None:
    """Return all teams; ``None`` where the caller may not see all."""
    try:
        rows = list(_rows(client, LIST_TEAMS.path, "teams", {}))
    except Refused as error:
        if not error.hides:
            raise
        return None
    return [Team(str(row.get("_id")), str(row.get("roomId")), str(row.get("name") or row.get("_id"))) for row in rows]


def _active_owners(client: Client, team: Team) -> frozenset[str]:
    """Return the ids of a team's owners; inactive ones are in no list of members (recorded on 7.7.1 and 8.6.1)."""
    rows = _rows(client, "teams.members", "members", {"teamId": team.team_id})
    owners = [row["user"] for row in rows if isinstance(row.get("user"), dict) and _OWNER in (row.get("roles") or ())]
    return frozenset(str(user.get("_id")) for user in owners)


def _rows(client: Client, path: str, key: str, parameters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    offset = 0
    while True:
        page = client.get(f"v1/{path}", {**parameters, "count": str(_PAGE), "offset": str(offset)})
        found = page.get(key)
        rows = found if isinstance(found, list) else []
        yield from (row for row in rows if isinstance(row, dict))
        offset += len(rows)
        total = page.get("total")
        if not rows or not isinstance(total, int) or offset >= total:
            return
