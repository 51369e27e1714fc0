# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the workspace says of itself, each read once: settings that it publishes, which roles hold which permission."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused

TWO_FACTOR_ON = "Accounts_TwoFactorAuthentication_Enabled"
BY_TOTP = "Accounts_TwoFactorAuthentication_By_TOTP_Enabled"
BY_EMAIL = "Accounts_TwoFactorAuthentication_By_Email_Enabled"
PASSWORD_FALLBACK = "Accounts_TwoFactorAuthentication_Enforce_Password_Fallback"  # noqa: S105 (a name, no password)
SETTINGS = (TWO_FACTOR_ON, BY_TOTP, BY_EMAIL, PASSWORD_FALLBACK)


class Workspace:
    """The workspace that a client talks to."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._settings: dict[str, bool] | None = None
        self._permissions: dict[str, frozenset[str]] | None = None

    def settings(self) -> dict[str, bool]:
        """Return those of ``SETTINGS`` that the workspace publishes.

        :raises Refused: where the server does not tell
        """
        if self._settings is None:
            self._settings = read_flags(self._client, SETTINGS)
        return self._settings

    def permissions(self) -> dict[str, frozenset[str]]:
        """Return the ids of the roles that hold each permission, for all permissions that the server lists.

        :raises Refused: where the server does not tell
        """
        if self._permissions is None:
            rows = self._client.get("v1/permissions.listAll").get("update")
            self._permissions = {
                str(row.get("_id")): frozenset(str(role) for role in row["roles"])
                for row in (rows if isinstance(rows, list) else [])
                if isinstance(row, dict) and isinstance(row.get("roles"), list)
            }
        return self._permissions


def read_flags(client: Client, names: Collection[str]) -> dict[str, bool]:
    """Return those of some settings that the workspace publishes, and that are on or off.

    Servers from 7.0 on filter by ``_id``; older ones send everything, in pages unless ``count`` is 0.

    :raises Refused: where the server does not tell
    """
    found: dict[str, bool] = {}
    offset = 0
    while True:
        page = client.get("v1/settings.public", {"_id": ",".join(names), "count": "0", "offset": str(offset)})
        rows = page.get("settings")
        rows = rows if isinstance(rows, list) else []
        for row in rows:
            if isinstance(row, dict) and row.get("_id") in names and isinstance(row.get("value"), bool):
                found[row["_id"]] = row["value"]
        offset += len(rows)
        total = page.get("total")
        if not rows or len(found) == len(names) or not isinstance(total, int) or offset >= total:
            return found


def if_allowed(read: Callable[[], Any]) -> Any:
    """Return what was read, or ``None`` where the server does not let this caller read it."""
    try:
        return read()
    except Refused as error:
        if not error.hides:
            raise
        return None
