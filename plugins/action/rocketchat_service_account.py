# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Runs the module, and lets Ansible show nothing of a result with a token in it, whatever the task says."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the module once."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        # Connection plugins show what a module writes at -vvv, unless they are told not to.
        contexts = (self._play_context, self._connection._play_context)
        before = [context.no_log for context in contexts]
        try:
            for context in contexts:
                context.no_log = True
            result.update(self._execute_module(task_vars=task_vars))
        finally:
            for context, no_log in zip(contexts, before):
                context.no_log = no_log
        if "credentials" in result:
            # Up to ansible-core 2.18 what a task says stands above what its result says.
            self._task.no_log = result["_ansible_no_log"] = True
        return result
