# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Activating, deactivating and deleting accounts."""

from __future__ import annotations

from tests.emulator import settings
from tests.emulator.call import Call
from tests.emulator.endpoints_reset import find_target
from tests.emulator.envelopes import ApiError, Forbidden, Reply, success
from tests.emulator.mails import ACTIVATED_SUBJECT, DEACTIVATED_SUBJECT
from tests.emulator.ownership import judge, relinquish
from tests.emulator.registry import endpoint
from tests.emulator.schema import check_object, coerce_boolean
from tests.emulator.state import User

_PERMISSION = "edit-other-user-active-status"


def _check_status(call: Call) -> None:
    keys = ["userId", "activeStatus"]
    check_object(call.body, keys, [*keys, "confirmRelinquish"])


@endpoint("POST", "users.setActiveStatus", check=_check_status)
def set_active_status(call: Call) -> Reply:
    """Activate or deactivate an account."""
    # Either permission opens the door, only one of them is enough inside.
    if not (call.may(_PERMISSION) or call.may("manage-moderation-actions")):
        raise Forbidden
    active = coerce_boolean(call.fields["activeStatus"])
    confirmed = coerce_boolean(call.fields.get("confirmRelinquish"))
    user = call.server.state.by_id.get(str(call.fields["userId"]))
    if user is None:
        _demand_permission(call)
        raise ApiError(None, "User not found")
    set_active(call, user, active, confirmed)
    return success({"user": {"_id": user.id, "active": user.active}})


def set_active(call: Call, user: User, active: bool, confirmed: bool) -> None:
    """Activate or deactivate; where the account is so already, all of it is done again, the mail included."""
    server, state = call.server, call.server.state
    _demand_permission(call)
    if user.federated and server.speak.refuses_federated:
        details = {"method": "setUserActiveStatus"}
        raise ApiError("error-user-is-federated", "Cannot change federated users status", details)
    if active:
        server.licence.check_seat(user, state.by_id.values())
    else:
        _refuse_last_admin(call, user)
        verdict = judge(state, user)
        if not confirmed:
            verdict.refuse()
        relinquish(server, verdict)
        state.drop_tokens(user)
    user.active = active
    user.inactive_reason = None if active else "deactivated"
    if active:
        user.reason = None
    _archive(call, user)
    wanted = settings.MAIL_ACTIVATED if active else settings.MAIL_DEACTIVATED
    if server.settings[wanted]:
        subject = ACTIVATED_SUBJECT if active else DEACTIVATED_SUBJECT
        server.mailbox.send([mail["address"] for mail in user.emails], subject)


def _demand_permission(call: Call) -> None:
    if not call.may(_PERMISSION):
        raise ApiError("error-not-allowed", "Not allowed", {"method": "setUserActiveStatus"})


def _refuse_last_admin(call: Call, user: User) -> None:
    """Refuse for anybody with the role while one administrator is active, also if that is somebody else."""
    if "admin" not in user.roles:
        return
    active = sum(other.active and "admin" in other.roles for other in call.server.state.by_id.values())
    if active == 1:
        details = {"method": "removeUserFromRole", "action": "Remove_last_admin"}
        raise ApiError("error-action-not-allowed", "Leaving the app without an active admin is not allowed", details)


def _archive(call: Call, user: User) -> None:
    """Shut the direct conversations of an inactive account, or open them; newer servers archive all its rooms."""
    state = call.server.state
    for room in state.rooms.of(user.id):
        if call.server.speak.archives_rooms_of_the_inactive:
            room.subscriptions[user.id].archived = not user.active
        if room.type == "d":
            others = [entry for entry in room.subscriptions.values() if entry.user_id != user.id]
            for entry in others:
                entry.archived = not user.active
            room.read_only = not user.active or not all(state.by_id[entry.user_id].active for entry in others)


@endpoint("POST", "users.delete", permission="delete-user")
def delete(call: Call) -> Reply:
    """Delete an account; its conversations with one other go with it."""
    user, state = find_target(call), call.server.state
    verdict = judge(state, user)
    if not coerce_boolean(call.fields.get("confirmRelinquish")):
        verdict.refuse()
    deleted = relinquish(call.server, verdict)
    for room in state.rooms.of(user.id):
        if room.type == "d" and len(room.subscriptions) <= 2:
            state.rooms.delete(room)
    state.remove_user(user)
    return success({"deletedRooms": deleted} if call.server.speak.tells_deleted_rooms else None)
