# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role's specification lets through: the collection's playbooks do not have it validated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
SPECIFICATION = yaml.safe_load((TOP / "roles/user_access/meta/argument_specs.yml").read_text(encoding="utf-8"))
UNVALIDATED = [
    path for path in (TOP / "playbooks").glob("*.yml") if "rolespec_validate: false" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("playbook", UNVALIDATED, ids=lambda path: path.stem)
def test_nothing_is_lost_where_it_is_not_validated(playbook: Path) -> None:
    """Every value passes, for the module says best what is wrong with one."""
    entries = re.findall(r"tasks_from: (\w+)\n.*\n +rolespec_validate: false", playbook.read_text(encoding="utf-8"))
    assert entries
    for entry in entries:
        options = SPECIFICATION["argument_specs"][entry]["options"]
        assert {option["type"] for option in options.values()} == {"raw"}
        assert not [name for name, option in options.items() if option.get("required") or "choices" in option]
