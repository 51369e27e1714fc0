# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A note on the account itself, in a custom user field, that its TOTP was reset and its sessions were ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ansible_collections.chatops.rocketchat.plugins.module_utils._client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._endpoints import UPDATE_USER
from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import RocketChatError, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._times import iso, parse_time
from ansible_collections.chatops.rocketchat.plugins.module_utils._users import User, Wanted, look_up

_SESSIONS_ENDED = "sessions ended"


@dataclass(frozen=True)
class Receipt:
    """When the account's TOTP was reset, by the server's clock, and whether its sessions were ended with it."""

    time: datetime
    sessions_ended: bool

    def __str__(self) -> str:
        return iso(self.time) + (f", {_SESSIONS_ENDED}" if self.sessions_ended else "")


def receipt_of(user: User, field: str) -> Receipt | None:
    """Return the receipt on an account, or ``None`` when there is none that can be read."""
    text = (user.custom_fields or {}).get(field)
    if not isinstance(text, str):
        return None
    moment, _comma, rest = text.partition(",")
    time = parse_time(moment)
    return None if time is None else Receipt(time, rest.strip() == _SESSIONS_ENDED)


def write_receipt(client: Client, user: User, field: str, receipt: Receipt) -> None:
    """Write a receipt beside whatever other fields the account has.

    The server drops a field that is not defined without a word, and may replace all fields before 7.5.4: so all that
    were there are sent along, and what came of it is read back.

    :raises RocketChatError: when it was not written, with the reason
    """
    if user.custom_fields is None:
        raise TargetError(
            "receipt-not-written",
            "The calling account does not see the fields of other users, so the receipt could not be merged with them."
            " Give it the permission view-full-other-user-info.",
        )
    fields = {**user.custom_fields, field: str(receipt)}
    client.act(UPDATE_USER, user, {"data": {"customFields": fields}})
    read_back = look_up(client, Wanted("user_id", user.user_id))
    if receipt_of(read_back, field) != receipt:
        raise TargetError(
            "receipt-not-written",
            f"The server did not keep the field {field!r}. Define it as a custom user field: setting"
            " Accounts_CustomFields (Administration > Workspace > Settings > Accounts > Registration).",
        )


def try_write_receipt(client: Client, user: User, field: str, receipt: Receipt) -> str | None:
    """Write a receipt; return ``None``, or why it was not written."""
    try:
        write_receipt(client, user, field, receipt)
    except RocketChatError as error:
        return error.message
    return None
