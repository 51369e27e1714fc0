# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking people out of Omnichannel: a deactivation only makes an agent unavailable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.room_reader import read_all
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.account import text
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    REMOVE_AGENT,
    REMOVE_MANAGER,
    SEE_DEPARTMENTS,
    SEE_PROFILE,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import (
    LIVECHAT_ON,
    if_there,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import (
    Done,
    Plan,
    Scene,
    Step,
    Thing,
    not_looked_at,
    nothing_there,
)

KIND = "omnichannel"
_AGENT = "livechat-agent"
# With the role go the departments, which the endpoints for roles leave; of who is no agent too.
ENTRIES = {_AGENT: REMOVE_AGENT, "livechat-manager": REMOVE_MANAGER}


@dataclass(frozen=True)
class _Seen:
    """What there is of one person beside the roles.

    ``barred``: the calling account may not remove anything. ``departments``: of who is no agent, by name; ``None``
    where they are not shown.
    """

    barred: bool
    departments: Sequence[str] | None


class Omnichannel(Step):
    """Removes the entries of agents and managers, where the module is on; or only says that they are there.

    Departments of who is no agent, any more or ever, go as well. ``report``: only say so.
    """

    name = "omnichannel"
    label = "Omnichannel"
    deed = "taken out of Omnichannel"
    actions = (REMOVE_AGENT,)
    # The server shows it.
    remembered = False

    def __init__(self, *, report: bool = False) -> None:
        self._report = report
        self._in_departments: set[str] = set()

    def inspect(self, scene: Scene, users: Sequence[User]) -> Mapping[str, Any]:
        """Find out whether the module is on, what the caller may do, and who is in a department without a role."""
        shown = [user for user in users if user.roles is not None]
        session = scene.session
        if not shown or session.workspace.if_told().get(LIVECHAT_ON) is False:
            return {}
        barred = session.workspace.lacks(session.caller.roles, REMOVE_AGENT.permission)
        others = [user for user in shown if _AGENT not in entries(user)]
        hidden = session.workspace.lacks(session.caller.roles, SEE_DEPARTMENTS.permission)
        found = read_all(
            others, lambda user: None if hidden else _departments(session, user), concurrency=scene.concurrency
        )
        departments = {user.user_id: names for user, names in zip(others, found)}
        self._in_departments = {user_id for user_id, names in departments.items() if names}
        return {user.user_id: _Seen(barred, departments.get(user.user_id, ())) for user in shown}

    def plan(self, user: User, seen: _Seen | None) -> Plan:
        """With the module off, neither entries nor departments do anything."""
        if user.roles is None:
            return nothing_there(left_behind=[not_looked_at(KIND, "Agents and managers", SEE_PROFILE.permission)])
        if seen is None:
            return nothing_there(KIND)
        looked_at, unseen = [KIND], []
        if seen.departments is None:
            looked_at = []
            unseen = [not_looked_at(KIND, "Departments of who is no agent", SEE_DEPARTMENTS.permission)]
        held = [*entries(user), *(f"department {name}" for name in seen.departments or ())]
        if not held:
            return nothing_there(*looked_at, left_behind=unseen)
        permission = REMOVE_AGENT.permission
        cure = "Remove the entry (Omnichannel > Agents, Managers, Departments)" + (
            f", or give the permission {permission} to a role of the calling account's own and run again."
            if seen.barred
            else ", or run again."
        )
        things = [Thing(KIND, name, cure, permission if seen.barred else "") for name in held]
        if self._report or seen.barred:
            return Plan(False, "left as it is", "left_behind", looked_at=looked_at, left_behind=[*things, *unseen])
        return Plan(
            changed=True,
            effects={"omnichannel": held},
            before=f"Omnichannel: {_words(held)}\n",
            after="Omnichannel: none\n",
            looked_at=looked_at,
            left_behind=unseen,
            at_stake=things,
            was={"omnichannel": held},
        )

    def act(self, session: Session, user: User) -> Done:
        """Remove each entry; of one that is gone the server says the same."""
        removed: list[str] = []
        attempts = 0
        held = entries(user)
        for role, action in ENTRIES.items():
            if role not in held and not (role == _AGENT and user.user_id in self._in_departments):
                continue
            try:
                attempts += session.client.act(action, user).attempts
            except RocketChatError as error:
                if removed:
                    error.details["done"] = removed
                raise
            removed.append(role)
        return Done(attempts)

    def told(self, facts: Mapping[str, Any]) -> str:
        """Say what went."""
        return _words(facts["omnichannel"])


def _words(held: Sequence[str]) -> str:
    """Return what goes, in words; what the departments of an agent are is not asked for."""
    return ", ".join(held) + (", with departments" if _AGENT in held else "")


def _departments(session: Session, user: User) -> list[str] | None:
    """Return the names of somebody's departments, ``None`` where the server does not show them."""
    path = f"v1/{SEE_DEPARTMENTS.path}/{quote(user.user_id, safe='')}/departments"
    answer = if_there(lambda: session.client.get(path, action=SEE_DEPARTMENTS))
    rows = (answer or {}).get("departments")
    if not isinstance(rows, list):
        return None
    return [text(row, "departmentName") or text(row, "departmentId") for row in rows if isinstance(row, dict)]


def entries(user: User) -> list[str]:
    """Return the roles that an account has in Omnichannel."""
    return [role for role in ENTRIES if role in (user.roles or ())]
