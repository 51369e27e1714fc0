# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows how far a long run of a module is, which Ansible itself shows only when a task is over."""

from __future__ import annotations

import json
import tempfile
import threading
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.progress import VARIABLE

display = Display()

# Seconds between two looks at the file.
_LOOK = 0.5


class JobAction(ActionBase):
    """Runs the module of the same name, and passes on the lines that it writes meanwhile.

    The module stays one process, so that everybody is checked before the first write and each account is accounted for
    once. It can write to the file where it runs on this host and as the same user, as it does with a local connection
    without become; elsewhere it runs alike, without lines.
    """

    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module once."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        if self._task.async_val:
            # In the background there is nobody to tell.
            return {**result, **self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val)}
        if self._connection.transport != "local":
            return {**result, **self._execute_module(task_vars=task_vars)}
        if not self._connection.become:
            # The module and its arguments, the token among them, go through a pipe, and are never in a file.
            self._connection.set_option("pipelining", True)
        with tempfile.NamedTemporaryFile(prefix="rocketchat-", mode="r", encoding="utf-8") as stream:
            environment = self._task.environment or []
            self._task.environment = [
                *(environment if isinstance(environment, list) else [environment]),
                {VARIABLE: stream.name},
            ]
            over = threading.Event()
            name = self._task.action.rsplit(".", 1)[-1]
            teller = threading.Thread(target=_tell, args=(name, stream, over), daemon=True)
            teller.start()
            try:
                return {**result, **self._execute_module(task_vars=task_vars)}
            finally:
                over.set()
                teller.join()


def _tell(name: str, stream: Any, over: threading.Event) -> None:
    """Show each line of the file as it comes, until the run is over."""
    while not over.wait(_LOOK):
        for entry in stream:
            display.display(f"{name}: {json.loads(entry)}")
