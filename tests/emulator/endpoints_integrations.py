# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""integrations.*: making incoming webhooks, which post as an account."""

from __future__ import annotations

from tests.emulator import codes
from tests.emulator.call import Call
from tests.emulator.clock import iso
from tests.emulator.envelopes import ApiError, Reply, success
from tests.emulator.registry import endpoint
from tests.emulator.schema import check_object
from tests.emulator.state import User

_ANY, _OWN = "manage-incoming-integrations", "manage-own-incoming-integrations"


def _check_create(call: Call) -> None:
    check_object(call.body, ["type", "channel", "username", "scriptEnabled", "name", "enabled"], None)


@endpoint("POST", "integrations.create", check=_check_create)
def create(call: Call) -> Reply:
    """Make an incoming webhook; older servers give the role bot to the account that it posts as."""
    server, given = call.server, call.fields
    if given["type"] != "webhook-incoming":
        raise ApiError(None, "Invalid integration type.")
    if not (call.may(_ANY) or call.may(_OWN)):
        raise _error("not_authorized", "Unauthorized")
    channels = [channel.strip() for channel in str(given["channel"]).split(",")]
    user = server.state.by_name.get(str(given["username"]))
    if user is None:
        raise _error("error-invalid-user", "Invalid user")
    if server.speak.hooks_need_impersonation and not may_impersonate(call, user):
        reason = "User selected for the incoming integration lacks the 'message-impersonate' permission."
        raise _error("error-user-lacks-message-impersonate-permission", reason)
    for channel in channels:
        _check_channel(call, channel)
    if not server.speak.hooks_need_impersonation and "bot" not in user.roles:
        user.roles.append("bot")
    integration = {
        "scriptEngine": "isolated-vm",
        "overrideDestinationChannelEnabled": False,
        **given,
        "channel": channels,
        "token": codes.random_id(48),
        "userId": user.id,
        "_createdAt": iso(server.clock.now()),
        "_createdBy": {"username": call.user.username, "_id": call.user.id},
        "_id": codes.object_id(),
    }
    server.state.integrations[integration["_id"]] = integration
    return success({"integration": integration})


def may_impersonate(call: Call, user: User) -> bool:
    """Whether an account may pass for somebody else."""
    return call.server.permissions.holds(user.roles, "message-impersonate")


def _check_channel(call: Call, channel: str) -> None:
    """Refuse what is no room or person; rooms that the caller is not in take two permissions."""
    state, name = call.server.state, channel[1:]
    room = state.rooms.get(name) or state.rooms.named(name)
    if channel[:1] not in ("#", "@"):
        raise _error("error-invalid-channel-start-with-chars", "Invalid channel. Start with @ or #")
    if (state.by_name.get(name) if channel[0] == "@" else room) is None:
        raise _error("error-invalid-room", "Invalid room")
    joined = channel[0] == "#" and room is not None and call.user.id in room.subscriptions
    if not joined and not (call.may(_ANY) and call.may(_OWN)):
        raise _error("error-invalid-channel", "Invalid Channel")


def _error(code: str, reason: str) -> ApiError:
    return ApiError(code, reason, {"method": "addIncomingIntegration"})
