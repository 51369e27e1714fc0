# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks: the two kinds, whose they are, and which rooms and accounts they may have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.emulator.call import Call
from tests.emulator.envelopes import ApiError
from tests.emulator.state import User

Integration = dict[str, Any]
INCOMING, OUTGOING = "webhook-incoming", "webhook-outgoing"

# Where outgoing webhooks may listen besides single rooms.
SCOPES = ("all_public_channels", "all_private_groups", "all_direct_messages")


@dataclass(frozen=True)
class Kind:
    """One kind of webhook: the permissions that open it, and what the server's methods call it."""

    any_permission: str
    own_permission: str
    noun: str

    def may(self, call: Call) -> bool:
        """Whether the caller may do something with webhooks of this kind, be they only the caller's own."""
        return call.may(self.any_permission) or call.may(self.own_permission)

    def may_all(self, call: Call) -> bool:
        """Whether rooms that the caller is not in may be used."""
        return call.may(self.any_permission) and call.may(self.own_permission)

    def error(self, verb: str, code: str, reason: str) -> ApiError:
        """A refusal of one of the methods."""
        return ApiError(code, reason, {"method": f"{verb}{self.noun}Integration"})


KINDS = {
    INCOMING: Kind("manage-incoming-integrations", "manage-own-incoming-integrations", "Incoming"),
    OUTGOING: Kind("manage-outgoing-integrations", "manage-own-outgoing-integrations", "Outgoing"),
}


def check_permission(call: Call, kind: Kind, verb: str) -> None:
    """Refuse who may do nothing with this kind; the endpoint itself lets everybody in."""
    if not kind.may(call):
        raise kind.error(verb, "not_authorized", "Unauthorized")


def seen_by(call: Call) -> list[Integration]:
    """What a caller sees: everything with both permissions; with the two lesser ones only the caller's own."""
    found = list(call.server.state.integrations.values())
    own = [entry for entry in found if entry["_createdBy"]["_id"] == call.user.id]
    incoming, outgoing = KINDS[INCOMING], KINDS[OUTGOING]
    if call.may(incoming.any_permission) and call.may(outgoing.any_permission):
        return found
    if call.may(incoming.own_permission) and call.may(outgoing.own_permission):
        return own
    return [
        entry
        for entry in found
        if call.may(KINDS[entry["type"]].any_permission)
        or (entry in own and call.may(KINDS[entry["type"]].own_permission))
    ]


def own_or_any(call: Call, kind: Kind, integration: Integration, verb: str) -> Integration:
    """The webhook, unless the caller may change only the own ones and it is somebody else's."""
    check_permission(call, kind, verb)
    if not call.may(kind.any_permission) and integration["_createdBy"]["_id"] != call.user.id:
        raise kind.error(verb, "error-invalid-integration", "Invalid integration")
    return integration


def channels_of(call: Call, kind: Kind, named: Any, verb: str) -> list[str]:
    """The rooms and people that a text names; rooms that the caller is not in take two permissions."""
    channels = [channel.strip() for channel in str(named).split(",")]
    for channel in channels:
        if kind is KINDS[OUTGOING] and channel in SCOPES:
            continue
        if channel[:1] not in ("#", "@"):
            reason = "Invalid channel. Start with @ or #"
            raise kind.error(verb, "error-invalid-channel-start-with-chars", reason)
        _check_channel(call, kind, channel, verb)
    return channels


def _check_channel(call: Call, kind: Kind, channel: str, verb: str) -> None:
    state, name = call.server.state, channel[1:]
    room = state.rooms.get(name) or state.rooms.named(name)
    if (state.by_name.get(name) if channel[0] == "@" else room) is None:
        raise kind.error(verb, "error-invalid-room", "Invalid room")
    joined = channel[0] == "#" and room is not None and call.user.id in room.subscriptions
    if not joined and not kind.may_all(call):
        raise kind.error(verb, "error-invalid-channel", "Invalid Channel")


def check_impersonation(call: Call, user: User, verb: str) -> None:
    """Newer servers demand that an account may pass for others; older ones give it the role that allows that."""
    if not call.server.speak.hooks_need_impersonation:
        return
    if not may_impersonate(call, user):
        reason = "User selected for the incoming integration lacks the 'message-impersonate' permission."
        raise KINDS[INCOMING].error(verb, "error-user-lacks-message-impersonate-permission", reason)


def give_role(call: Call, user: User) -> None:
    """What older servers do with the account that an incoming webhook posts as, each time it is saved."""
    if not call.server.speak.hooks_need_impersonation and "bot" not in user.roles:
        user.roles.append("bot")


def may_impersonate(call: Call, user: User) -> bool:
    """Whether an account may pass for somebody else."""
    return call.server.permissions.holds(user.roles, "message-impersonate")
