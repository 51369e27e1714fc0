# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action plugins add to the module: lines while it runs, where it runs on this host, and nothing else."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import connection_loader
from ansible.template import Templar

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.progress import VARIABLE, Progress
from ansible_collections.chatops.rocketchat.plugins.plugin_utils import _progress as plugin

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Clock

RESULT = {"changed": True, "users": []}


class Shown(queue.Queue[str]):
    """Takes the place of Ansible's display, and hands over what was shown."""

    def display(self, message: str) -> None:
        """Take one line."""
        self.put(message)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Return what is shown, which is looked for often enough that no test waits."""
    display = Shown()
    monkeypatch.setattr(plugin, "display", display)
    monkeypatch.setattr(plugin, "_LOOK", 0.005)
    return display


@pytest.fixture
def run() -> Callable[..., dict[str, Any]]:
    """Return a function that runs the action with something in the module's place."""

    def run_it(
        module: Callable[[list[Any]], None], *, transport: str = "local", environment: Any = None, background: int = 0
    ) -> Any:
        task = Task()
        task.action = "chatops.rocketchat.rocketchat_user_totp_reset"
        task.environment = environment
        task.async_val = background
        connection = connection_loader.get(transport, PlayContext(), os.devnull)
        loader = DataLoader()
        action = plugin.JobAction(task, connection, PlayContext(), loader, Templar(loader), None)

        def execute(task_vars: Any, wrap_async: int = 0) -> dict[str, Any]:
            assert wrap_async == background
            given = action._task.environment
            module(given if isinstance(given, list) else [given])
            return dict(RESULT)

        action._execute_module = execute
        return action.run(task_vars={})

    return run_it


def no_teller() -> bool:
    """Tell whether no thread looks at a file any more."""
    return not any(thread.name.startswith("Thread") and "_tell" in thread.name for thread in threading.enumerate())


def file_of(environment: list[Any]) -> str:
    """Return the file that the module is told to write to."""
    (name,) = [values[VARIABLE] for values in environment if isinstance(values, dict) and VARIABLE in values]
    return str(name)


def test_lines_are_shown_while_the_module_still_runs(
    run: Callable[..., Any], shown: Shown, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: list[str] = []

    def module(environment: list[Any]) -> None:
        files.append(file_of(environment))
        monkeypatch.setenv(VARIABLE, files[0])
        progress = Progress("reset", 100, clock=clock)
        for done in (10, 20):
            clock.sleep(5)
            for _number in range(9):
                progress.count(failed=False)
            progress.count(failed=True)
            # The next is not begun before this one was shown.
            line = shown.get(timeout=20)
            assert line.startswith(f"rocketchat_user_totp_reset: {done - 9} of 100 reset (")

    assert run(module) == RESULT
    assert shown.empty()
    assert not os.path.exists(files[0])
    assert no_teller()


@pytest.mark.parametrize("own", [None, [], {"LANG": "C"}, [{"LANG": "C"}, {"TZ": "UTC"}], "{{ of_the_play }}"])
def test_what_the_task_sets_in_the_environment_is_kept(run: Callable[..., Any], shown: Shown, own: Any) -> None:
    seen: list[Any] = []
    assert run(seen.extend, environment=own) == RESULT
    before = own if isinstance(own, list) else [own] if own else []
    assert seen[:-1] == before
    assert list(seen[-1]) == [VARIABLE]


def test_elsewhere_the_module_runs_without_a_file(run: Callable[..., Any], shown: Shown) -> None:
    seen: list[Any] = []
    assert run(seen.extend, transport="ssh", environment=[{"LANG": "C"}]) == RESULT
    assert seen == [{"LANG": "C"}]


def test_in_the_background_the_module_runs_without_a_file(run: Callable[..., Any], shown: Shown) -> None:
    seen: list[Any] = []
    assert run(seen.extend, background=60, environment=[{"LANG": "C"}]) == RESULT
    assert seen == [{"LANG": "C"}]
    assert no_teller()


def test_nothing_is_left_behind_by_a_module_that_could_not_be_run(run: Callable[..., Any], shown: Shown) -> None:
    files: list[str] = []

    def module(environment: list[Any]) -> None:
        files.append(file_of(environment))
        raise ConnectionError("boom")

    with pytest.raises(ConnectionError, match="boom"):
        run(module)
    assert not os.path.exists(files[0])
    assert no_teller()
