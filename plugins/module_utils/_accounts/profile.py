# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one way through ``users.update``, which takes each call for the whole profile.

``bio`` and ``nickname`` are erased by every body that leaves them out (recorded on 7.7.1 and 8.6.1); all else that is
left out stays. Custom fields are never sent: servers between 7.5 and 7.9 then delete those that the body lacks, and a
field of type select or a required one without a value makes any server refuse the whole call.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User, user_from
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client, Reply
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import SEE_PROFILE, UPDATE_USER
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    ADVICE,
    TargetError,
    UnexpectedAnswer,
    refusal,
)

_SENT_BACK = ("bio", "nickname")
_COMPARED = (*_SENT_BACK, "name", "username", "emails", "roles", "active", "statusText")


# In UTF-16, as the server counts. It minds only after it has changed the password (its own source, 6.x).
_LONGEST = {"bio": 260, "nickname": 120}


def check_profile(user: User) -> None:
    """Raise unless all of an account's profile is shown, and can be sent back.

    :raises Refused: naming the permission that it takes
    :raises TargetError: for what is longer than the server takes
    """
    if not user.full_view:
        raise refusal(
            "profile-not-visible",
            "",
            {"permission": SEE_PROFILE.permission},
            permission=SEE_PROFILE.permission,
        )
    for key, longest in _LONGEST.items():
        if len((getattr(user, key) or "").encode("utf-16-le", "surrogatepass")) > 2 * longest:
            code = f"error-{key}-size-exceeded"
            raise TargetError(code, f"{user.username!r} cannot be changed. {ADVICE[code].sentence}")


def update_profile(client: Client, user: User, change: Mapping[str, Any], *, becomes: Collection[str] = ()) -> Reply:
    """Make one change to the profile of another account, and leave the rest as it was.

    :arg change: keys of ``data`` that the server knows, such as ``password`` or ``email``
    :arg becomes: what of the record becomes another with it, by the names that the server shows
    :raises RocketChatError: as :func:`check_profile` does, and nothing was sent; or ``profile-changed``, when the
        answer shows that more than this was changed
    """
    record: dict[str, Any] = client.get("v1/users.info", {"userId": user.user_id}).get("user") or {}
    shown = user_from(record)
    if shown.user_id != user.user_id:
        raise UnexpectedAnswer("not-rocketchat", "The server described another account than the one asked for.")
    check_profile(shown)
    kept = {key: record[key] for key in _SENT_BACK if record.get(key)}
    reply = client.act(UPDATE_USER, user, {"data": {**kept, **change}})
    lost = _lost(record, reply.body.get("user"), becomes)
    if lost:
        error = TargetError(
            "profile-changed",
            f"The server changed more of {user.username!r} than it was asked to: {', '.join(sorted(lost))}. What it was"
            " before is in details.before; put it back by hand, and report this with the version of the server.",
            {"before": lost, "done": [UPDATE_USER.path]},
        )
        error.attempts = reply.attempts
        raise error
    return reply


def _lost(before: Mapping[str, Any], after: Any, becomes: Collection[str]) -> dict[str, Any]:
    """Return what was there before and is another now."""
    if not isinstance(after, dict):
        return {}
    lost = {
        key: before[key]
        for key in _COMPARED
        if before.get(key) not in (None, "", []) and key not in becomes and after.get(key) != before[key]
    }
    fields, now = before.get("customFields"), after.get("customFields")
    # The answer may show more of them than the look-up did: only those count that were shown before.
    if isinstance(fields, dict) and "customFields" not in becomes:
        now = now if isinstance(now, dict) else {}
        gone = {name: value for name, value in fields.items() if value is not None and now.get(name) != value}
        if gone:
            lost["customFields"] = gone
    return lost
