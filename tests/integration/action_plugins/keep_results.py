# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what the tasks of a test registered, in the process that Ansible has for the task anyway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):  # type: ignore[misc]
    """Two processes of modules, which copying takes, are a third of a run."""

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """Write ``results`` to ``file``."""
        given = self._task.args["results"]
        # Older versions of Ansible make what it stands for of a text that is JSON.
        text = given if isinstance(given, str) else json.dumps(given)
        Path(self._task.args["file"]).write_text(text, encoding="utf-8")
        return {"changed": False}
