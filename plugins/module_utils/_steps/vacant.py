# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rooms and teams that a leaver is the only owner of who could ever use them, where nobody is named to take over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.teams import Team
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.vacancies import Vacancies, Vacancy
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import SEE_ROOMS
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.rooms import (
    ROOMS,
    Estate,
    teams_left_behind,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import (
    Look,
    Plan,
    Scene,
    Thing,
    not_looked_at,
    nothing_there,
)

_CURE = "Nobody active owns it. Run offboarding with a successor, or make somebody its owner in Rocket.Chat."
_HIDDEN_CURE = (
    "Whether somebody active owns it is not shown to the calling account, which is not in it. Look in Rocket.Chat, or"
    " run offboarding with a successor, who becomes owner in any case."
)


@dataclass(frozen=True)
class _Seen:
    """What there is of one person; ``teams`` is ``None`` where the calling account does not see them."""

    rooms: Sequence[Vacancy]
    teams: Sequence[Team] | None


class Vacant(Look):
    """Looks for them.

    ``inactive_only``: of those who are active, something else tells. ``estate``: the rooms and teams of all.
    """

    name = "vacant"
    label = "Rooms"
    rooms = True

    def __init__(self, *, inactive_only: bool = False, estate: Estate | None = None) -> None:
        self._inactive_only = inactive_only
        self._estate = estate or Estate()

    def inspect(self, scene: Scene, users: Sequence[User]) -> Mapping[str, Any]:
        """Read the rooms of everybody whose rooms are shown."""
        shown = {
            user.user_id: user.rooms
            for user in users
            if user.rooms is not None and not (self._inactive_only and user.active)
        }
        if not shown:
            return {}
        session = scene.session
        vacancies = Vacancies(session.client, session.version, shown, concurrency=scene.concurrency)
        teams = self._estate.teams(scene, users)
        return {user_id: _Seen(vacancies.of(user_id), teams.orphaned(user_id) if teams else None) for user_id in shown}

    def plan(self, user: User, seen: _Seen | None) -> Plan:
        """Say which that are."""
        if self._inactive_only and user.active:
            return nothing_there()
        looked_at, teams = teams_left_behind(user, seen.teams if seen else None)
        if seen is None:
            return nothing_there(left_behind=[not_looked_at(ROOMS, "Rooms", SEE_ROOMS.permission), *teams])
        things = [Thing("room", one.title, _CURE if one.certain else _HIDDEN_CURE) for one in seen.rooms]
        return nothing_there(ROOMS, *looked_at, left_behind=[*things, *teams])
