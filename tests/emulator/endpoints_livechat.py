# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""livechat/users/*: who answers visitors, and who manages that."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.emulator.call import Call
from tests.emulator.envelopes import ApiError, Reply, json_reply, success
from tests.emulator.paging import page_of
from tests.emulator.registry import endpoint
from tests.emulator.schema import check_object
from tests.emulator.state import User

AGENT, MANAGER = "livechat-agent", "livechat-manager"
AVAILABLE, NOT_AVAILABLE = "available", "not-available"

Handler = Callable[[str, Call], Reply]


def _for_both(method: str, argument: str = "", **more: Any) -> Callable[[Handler], Handler]:
    """Register a function for agents and for managers, each with its role."""

    def register(handler: Handler) -> Handler:
        for name, role in (("agent", AGENT), ("manager", MANAGER)):
            route = f"livechat/users/{name}{argument}"
            endpoint(method, route, permission="view-livechat-manager", **more)(partial(handler, role))
        return handler

    return register


@_for_both("GET")
def listing(role: str, call: Call) -> Reply:
    """Everybody with the role, inactive ones too."""
    found = [user for user in call.server.state.by_id.values() if role in user.roles]
    page, numbers = page_of(call, found)
    return success({"users": [_view(user) for user in page], **numbers})


def _view(user: User) -> dict[str, Any]:
    return {
        "_id": user.id,
        "username": user.username,
        "name": user.name,
        "status": user.status,
        "emails": user.emails,
        **({} if user.livechat_status is None else {"statusLivechat": user.livechat_status}),
        # Who is in none has one that is nothing.
        "departments": user.departments or [None],
    }


@endpoint("GET", "livechat/agents/{}/departments", permission="view-l-room")
def departments(call: Call) -> Reply:
    """The departments of anybody, agent or not: the server's own source; not recorded."""
    user = call.server.state.by_id.get(call.argument)
    names = user.departments if user else []
    rows = [{"agentId": call.argument, "departmentId": f"{name}Id", "departmentName": name} for name in names]
    return success({"departments": rows})


def _check_add(call: Call) -> None:
    check_object(call.body, ["username"], None)


@_for_both("POST", check=_check_add)
def add(role: str, call: Call) -> Reply:
    """Make somebody an agent or a manager."""
    user = call.server.state.by_name.get(str(call.fields["username"]))
    if user is None:
        raise ApiError("error-invalid-user", "Invalid user", {"method": "livechat:addAgent"})
    if role not in user.roles:
        user.roles.append(role)
    if role == AGENT:
        user.livechat_status = AVAILABLE
    return success({"user": {"_id": user.id, "username": user.username}})


@_for_both("DELETE", "/{}")
def remove(role: str, call: Call) -> Reply:
    """Make somebody an agent or a manager no longer; who was none is no error."""
    user = call.server.state.by_id.get(call.argument)
    if user is None:
        return json_reply({"success": False}, 400)
    if role in user.roles:
        user.roles.remove(role)
    if role == AGENT:
        user.leave_departments()
    return success()
