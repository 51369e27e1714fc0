# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""users.deactivateIdle: a deactivation that nobody is told of."""

from __future__ import annotations

from tests.emulator.call import Call
from tests.emulator.envelopes import Reply, success
from tests.emulator.registry import endpoint
from tests.emulator.schema import check_object
from tests.emulator.state import User

_DAY = 86400


def _check(call: Call) -> None:
    check_object(call.body, ["daysIdle"], ["daysIdle", "role"])


@endpoint("POST", "users.deactivateIdle", permission="edit-other-user-active-status", check=_check)
def deactivate_idle(call: Call) -> Reply:
    """Deactivate who has a role and has not signed in for long; older servers leave the tokens."""
    server = call.server
    since = server.clock.now() - float(call.fields["daysIdle"]) * _DAY
    role = call.fields.get("role", "user")
    idle = [user for user in server.state.by_id.values() if _is_idle(user, role, since)]
    for user in idle:
        user.active, user.inactive_reason = False, "idle_too_long"
        if server.speak.ends_tokens_of_the_idle:
            server.state.drop_tokens(user)
    return success({"count": len(idle)})


def _is_idle(user: User, role: str, since: float) -> bool:
    return user.active and role in user.roles and user.last_login is not None and user.last_login <= since
