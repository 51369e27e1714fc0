# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts a built-in role back as it was: taking the service account back takes what it held before, too."""

from __future__ import annotations

import json
from pathlib import Path

from tests.live.client import Caller

ROLE = "livechat-manager"
"""The built-in role that the service account gets where the workspace makes no roles."""


class SharedRole:
    """What the role held before the run. It stands in a file, so that the next run can put it back after a kill."""

    def __init__(self, admin: Caller, file: Path) -> None:
        self._admin = admin
        self._file = file

    def remember(self) -> None:
        """Note what the role holds, unless an earlier run has left a note."""
        if not self._file.exists():
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(sorted(self.held())), encoding="utf-8")

    def held(self) -> set[str]:
        """The permissions of the role now."""
        return {name for name, roles in self._permissions().items() if ROLE in roles}

    def restore(self) -> None:
        """Put it back as the note says; only this role is touched, whatever else has changed meanwhile."""
        if not self._file.exists():
            return
        before = set(json.loads(self._file.read_text(encoding="utf-8")))
        changes = [
            {"_id": name, "roles": [*(role for role in roles if role != ROLE), *([ROLE] if name in before else [])]}
            for name, roles in self._permissions().items()
            if (name in before) != (ROLE in roles)
        ]
        if changes:
            self._admin.post("permissions.update", permissions=changes)
        self._file.unlink()

    def _permissions(self) -> dict[str, list[str]]:
        return {entry["_id"]: entry["roles"] for entry in self._admin.get("permissions.listAll")["update"]}
