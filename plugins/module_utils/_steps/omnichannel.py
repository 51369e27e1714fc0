# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking people out of Omnichannel: a deactivation only makes an agent unavailable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    REMOVE_AGENT,
    REMOVE_MANAGER,
    SEE_PROFILE,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import LIVECHAT_ON
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
# With the role go the departments, which the endpoints for roles leave.
ENTRIES = {"livechat-agent": REMOVE_AGENT, "livechat-manager": REMOVE_MANAGER}


class Omnichannel(Step):
    """Removes the entries of agents and managers, where the module is on; or only says that they are there.

    ``report``: only say so.
    """

    name = "omnichannel"
    label = "Omnichannel"
    deed = "taken out of Omnichannel"
    actions = (REMOVE_AGENT,)
    # The server shows it.
    remembered = False

    def __init__(self, *, report: bool = False) -> None:
        self._report = report

    def inspect(self, scene: Scene, users: Sequence[User]) -> Mapping[str, Any]:
        """Find out whether the module is on, and the caller may do it, where somebody has an entry."""
        if not any(entries(user) for user in users):
            return {}
        session = scene.session
        on = session.workspace.if_told().get(LIVECHAT_ON) is not False
        seen = (on, session.workspace.lacks(session.caller.roles, REMOVE_AGENT.permission))
        return {user.user_id: seen for user in users}

    def plan(self, user: User, seen: Any) -> Plan:
        """Whoever has neither role has no entry; with the module off, an entry does nothing."""
        if user.roles is None:
            return nothing_there(left_behind=[not_looked_at(KIND, "Agents and managers", SEE_PROFILE.permission)])
        on, barred = seen or (False, False)
        held = entries(user)
        if not (held and on):
            return nothing_there(KIND)
        permission = REMOVE_AGENT.permission
        cure = "Remove the entry (Omnichannel > Agents, Managers)" + (
            f", or give the permission {permission} to a role of the calling account's own and run again."
            if barred
            else ", or run again."
        )
        things = [Thing("omnichannel", role, cure, permission if barred else "") for role in held]
        if self._report or barred:
            return Plan(False, "left as it is", "left_behind", looked_at=[KIND], left_behind=things)
        return Plan(
            changed=True,
            effects={"omnichannel": held},
            before=f"Omnichannel: {', '.join(held)}, with departments\n",
            after="Omnichannel: none\n",
            looked_at=[KIND],
            at_stake=things,
            was={"omnichannel": held},
        )

    def act(self, session: Session, user: User) -> Done:
        """Remove each entry; of one that is gone the server says the same."""
        removed: list[str] = []
        attempts = 0
        for role in entries(user):
            try:
                attempts += session.client.act(ENTRIES[role], user).attempts
            except RocketChatError as error:
                if removed:
                    error.details["done"] = removed
                raise
            removed.append(role)
        return Done(attempts)

    def told(self, facts: Mapping[str, Any]) -> str:
        """Say what went."""
        return f"{', '.join(facts['omnichannel'])}, with departments"


def entries(user: User) -> list[str]:
    """Return the roles that an account has in Omnichannel."""
    return [role for role in ENTRIES if role in (user.roles or ())]
