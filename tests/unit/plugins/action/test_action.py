# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module whose runs may be long has an action plugin of its own name, and so has the one that returns secrets."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.plugin_utils._progress import JobAction

PLUGINS = Path(__file__).parents[4] / "plugins"
# Its result may hold a token.
SECRET = "rocketchat_service_account"
ACTIONS = sorted({path.stem for path in (PLUGINS / "action").glob("*.py")} - {SECRET})


def test_modules_with_targets_have_one() -> None:
    with_targets = {
        path.stem
        for path in (PLUGINS / "modules").glob("*.py")
        if re.search(r"\bjob_options\(\)", path.read_text(encoding="utf-8"))
    }
    assert set(ACTIONS) == with_targets
    assert len(ACTIONS) > 5


@pytest.mark.parametrize("name", ACTIONS)
def test_it_shows_how_far_the_module_is(name: str) -> None:
    module = importlib.import_module(f"ansible_collections.chatops.rocketchat.plugins.action.{name}")
    assert issubclass(module.ActionModule, JobAction)


@pytest.mark.parametrize("told", [True, False])
def test_a_result_with_a_token_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch, told: bool) -> None:
    module = importlib.import_module(f"ansible_collections.chatops.rocketchat.plugins.action.{SECRET}")
    result = {"changed": True, **({"credentials": {"token": "secret"}} if told else {})}
    action, context = object.__new__(module.ActionModule), SimpleNamespace(no_log=False)
    action._play_context, action._connection = context, SimpleNamespace(_play_context=context)
    action._task = SimpleNamespace(no_log=False)
    meanwhile = []

    def execute(*_arguments: Any, **_more: Any) -> dict[str, Any]:
        meanwhile.append(context.no_log)
        return result

    monkeypatch.setattr(module.ActionBase, "run", lambda *_arguments: {})
    monkeypatch.setattr(module.ActionModule, "_execute_module", execute)
    assert action.run().get("_ansible_no_log", False) is told
    assert action._task.no_log is told
    # While the module runs, plugins for connections would show what it writes.
    assert (meanwhile, context.no_log) == ([True], False)
