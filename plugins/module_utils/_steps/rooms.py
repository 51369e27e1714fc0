# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Doing something to somebody in a room, and the rooms of those who leave, which several steps ask for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.rooms import Rooms
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.teams import Team, Teams
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    LIST_TEAMS,
    SEE_ROOMS,
    Action,
    by_method,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import (
    Scene,
    Thing,
    not_looked_at,
)

ROOMS = "rooms"
TEAMS = "teams"
_ARCHIVED = "error-room-archived"
_ORPHANED = "Nobody active owns the team. Run offboarding with a successor, or make somebody its owner in Rocket.Chat."


class Estate:
    """The rooms and teams of those who leave together, read once for all steps of a run."""

    def __init__(self) -> None:
        self._rooms: Rooms | None = None
        self._teams: Teams | None = None

    def read(self, scene: Scene, leaving: Sequence[User]) -> Rooms:
        """Return what there is to know of the rooms of these active accounts; all steps ask for the same."""
        if self._rooms is None:
            shown = {user.user_id: user.rooms for user in leaving}
            session = scene.session
            self._rooms = Rooms(session.client, session.version, shown, concurrency=scene.concurrency)
        return self._rooms

    def teams(self, scene: Scene, users: Sequence[User]) -> Teams | None:
        """Return the teams of these accounts, ``None`` where the calling account may not see them; all steps ask for
        the same.
        """
        session = scene.session
        shown = {user.user_id: user.rooms for user in users if user.rooms is not None}
        if any(shown.values()) and session.workspace.lacks(session.caller.roles, LIST_TEAMS.permission):
            return None
        if self._teams is None:
            self._teams = Teams(session.client, shown, concurrency=scene.concurrency)
        return self._teams if self._teams.shown else None


def teams_left_behind(user: User, orphaned: Sequence[Team] | None) -> tuple[list[str], list[Thing]]:
    """Return what to say of the teams of somebody: kinds that were looked at, and what stays without an owner.

    :arg orphaned: ``None`` where the calling account does not see teams
    """
    if user.rooms is None:
        return [], [not_looked_at(TEAMS, "Teams", SEE_ROOMS.permission)]
    if orphaned is None:
        return [], [not_looked_at(TEAMS, "Teams", LIST_TEAMS.permission)]
    return [TEAMS], [Thing("team", team.name, _ORPHANED) for team in orphaned]


def act_in_room(
    session: Session,
    target: User,
    action: Action,
    method: str,
    room_id: str,
    params: Sequence[Any],
    *,
    by_method_alone: bool = False,
    fine: str = "",
) -> int:
    """Do something to somebody in a room, and by the method where the endpoint refuses archived rooms.

    :arg params: of the method; they name the target
    :arg by_method_alone: it is known that the endpoint refuses this room
    :arg fine: the server's code for what was so before
    :returns: how many requests that took
    """
    attempts = 0
    if not by_method_alone:
        try:
            return session.client.act(action, target, {"roomId": room_id}).attempts
        except Refused as error:
            attempts = error.attempts
            if error.code == fine:
                return attempts
            if error.code != _ARCHIVED:
                raise
    message = json.dumps({"msg": "method", "id": "1", "method": method, "params": list(params)})
    try:
        return attempts + session.client.act(by_method(action, method), target, {"message": message}).attempts
    except Refused as error:
        error.attempts += attempts
        if error.code != fine:
            raise
        return error.attempts
