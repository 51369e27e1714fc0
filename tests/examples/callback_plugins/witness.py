# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the tests what ansible-playbook is about to do and has done, and waits until they have taken note."""

from __future__ import annotations

import json
import os
import socket
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: witness
type: notification
short_description: Tell the tests of the examples what happens
description: Sends one line of JSON for each event to a socket, and waits for the answer.
"""


class CallbackModule(CallbackBase):
    """Sends events to the address in EXAMPLES_WITNESS."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "witness"

    def __init__(self) -> None:
        super().__init__()
        host, port = os.environ["EXAMPLES_WITNESS"].split(":")
        self._stream = socket.create_connection((host, int(port))).makefile("rw", encoding="utf-8")
        self._playbook = ""

    def _tell(self, event: str, **more: Any) -> None:
        self._stream.write(json.dumps({"event": event, "playbook": self._playbook, **more}) + "\n")
        self._stream.flush()
        self._stream.readline()

    def _tell_of_task(self, event: str, task: Any, **more: Any) -> None:
        action = task.resolved_action or task.action
        place = task.get_path() or ""
        self._tell(event, name=task.name, action=action, place=place, options=[str(key) for key in task.args], **more)

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self._playbook = os.path.basename(playbook._file_name)
        for play in playbook.get_plays():
            # An example must not live on what one before it has registered; no option of Ansible has that forgotten.
            play.get_variable_manager()._nonpersistent_fact_cache.clear()
        self._tell("begin")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._tell("end")

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._tell_of_task("task", task)

    def _ended(self, how: str, result: Any, **more: Any) -> None:
        values = json.loads(self._dump_results(result._result))
        self._tell_of_task("result", result._task, how=how, values=values, **more)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._ended("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._ended("failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._ended("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._ended("unreachable", result)
