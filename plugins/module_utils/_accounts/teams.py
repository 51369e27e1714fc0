# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rooms are the main rooms of teams."""

from __future__ import annotations

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import LIST_TEAMS
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused

# The most that servers send at once unless they are told otherwise.
_PAGE = 100


def main_rooms(client: Client) -> dict[str, str] | None:
    """Return the id of each team by the id of its main room; ``None`` where the caller may not see all teams."""
    found: dict[str, str] = {}
    offset = 0
    while True:
        try:
            page = client.get(f"v1/{LIST_TEAMS.path}", {"count": str(_PAGE), "offset": str(offset)})
        except Refused as error:
            if not error.hides:
                raise
            return None
        rows = page.get("teams")
        rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        found.update({str(row.get("roomId")): str(row.get("_id")) for row in rows})
        offset += len(rows)
        total = page.get("total")
        if not rows or not isinstance(total, int) or offset >= total:
            return found
