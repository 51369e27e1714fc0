# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who takes over what somebody leaves: one account, resolved and checked as strictly as a target."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import UNKNOWN, Wanted, look_up
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User, with_rooms
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import SEE_PROFILE, SEE_ROOMS
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session

_GUEST = "guest"
_BOT = "bot"
_USER = "user"


def read_name(value: str | None) -> str:
    """Check the option and return the name, an empty one where nobody is named.

    :raises InputError: before anything is sent
    """
    name = value or ""
    if name != name.strip() or not name.isprintable():
        raise InputError(f"successor: {name!r} has blanks, line breaks or control characters around or in it.")
    return name


def find_successor(session: Session, name: str, leaving: Collection[str], warn: Callable[[str], None]) -> User:
    """Return the account that takes over, with its rooms.

    :arg leaving: the ids of those who leave
    :raises TargetError: ``no-successor`` where nobody has this name, ``unfit-successor`` for who cannot take over
    """
    try:
        user = look_up(session.client, Wanted("username", name), with_rooms(session.version))
    except TargetError as error:
        code = "no-successor" if error.code == UNKNOWN else "unfit-successor"
        raise TargetError(code, f"successor: {error.message}") from None
    reason = _unfit(user, session.account.user_id, leaving)
    if reason:
        raise TargetError("unfit-successor", f"{user.username} cannot take over: {reason}. Name somebody else.")
    if user.roles is None:
        warn(
            f"It could not be found out whether {user.username}, who is to take over, is a guest: the calling account"
            f" lacks the permission {SEE_PROFILE.permission}."
        )
    if user.rooms is None:
        raise TargetError(
            "rooms-not-visible",
            f"The calling account does not see the rooms of others, so that nothing can be handed over to"
            f" {user.username}. It takes the permission {SEE_ROOMS.permission}.",
            {"permission": SEE_ROOMS.permission},
        )
    return user


def _unfit(user: User, caller_id: str, leaving: Collection[str]) -> str:
    roles = user.roles or ()
    if user.user_id in leaving:
        return "they are on the list of those who leave"
    if user.user_id == caller_id:
        return "this is the calling account itself"
    if user.active is not True:
        return "the account is inactive"
    if user.federated:
        return "another server owns the account"
    # The role bot comes to whoever a webhook posts as; who has no other role is one.
    if user.kind in ("app", "bot") or user.user_id == "rocket.cat" or (_BOT in roles and _USER not in roles):
        return "the account is one of an app or a bot"
    if _GUEST in roles:
        return "the account is a guest"
    return ""
