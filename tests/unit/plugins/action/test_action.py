# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module whose runs may be long has an action plugin of its own name, and no other module has one."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from ansible_collections.chatops.rocketchat.plugins.plugin_utils._progress import JobAction

PLUGINS = Path(__file__).parents[4] / "plugins"
ACTIONS = sorted(path.stem for path in (PLUGINS / "action").glob("*.py"))


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
