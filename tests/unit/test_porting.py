# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever 1.x had and this version has not is told in the guide, and refused with a sentence where it is used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
NAME = "chatops.rocketchat"
BEFORE = yaml.safe_load((Path(__file__).parent / "version_1.yml").read_text(encoding="utf-8"))
GUIDE = (TOP / "docs" / "docsite" / "rst" / "guide_porting.rst").read_text(encoding="utf-8")
ROLE = yaml.safe_load((TOP / "roles/user_access/meta/argument_specs.yml").read_text(encoding="utf-8"))
REFUSED = yaml.safe_load((TOP / "roles/user_access/vars/main.yml").read_text(encoding="utf-8"))["user_access__gone"]
ROUTES = yaml.safe_load((TOP / "meta/runtime.yml").read_text(encoding="utf-8")).get("plugin_routing", {})


def _doc(module: str) -> dict[str, Any]:
    return yaml.safe_load(import_module(f"ansible_collections.{NAME}.plugins.modules.{module}").DOCUMENTATION)


def _options(module: str) -> dict[str, Any]:
    """Return an option's description by its name, of the module and of what it shares with others."""
    doc = _doc(module)
    found = dict(doc.get("options") or {})
    for fragment in doc["extends_documentation_fragment"]:
        file, _, part = fragment.removeprefix(f"{NAME}.").partition(".")
        shared = import_module(f"ansible_collections.{NAME}.plugins.doc_fragments.{file}").ModuleDocFragment
        found |= yaml.safe_load(getattr(shared, part.upper() or "DOCUMENTATION")).get("options") or {}
    return found


def _results(contents: dict[str, Any], above: str = "") -> Iterator[str]:
    for name, told in contents.items():
        yield above + name
        yield from _results(told.get("contains") or {}, f"{above}{name}.")


def _variables() -> set[str]:
    return {name for entry in ROLE["argument_specs"].values() for name in entry["options"]}


def test_the_list_is_of_something() -> None:
    assert [len(BEFORE[kind]) for kind in ("role", "modules", "results", "filters", "playbooks")] == [4, 7, 7, 7, 6]


@pytest.mark.parametrize("entry", sorted(BEFORE["role"]))
def test_variables_of_the_role(entry: str) -> None:
    gone = set(BEFORE["role"][entry]) - set(ROLE["argument_specs"].get(entry, {"options": {}})["options"])
    assert [name for name in gone if f"``{name}``" not in GUIDE] == []
    assert [name for name in gone - _variables() if not REFUSED.get(name)] == []


@pytest.mark.parametrize("module", sorted(BEFORE["modules"]))
def test_options_of_modules(module: str) -> None:
    """One that is only there to be refused says so itself."""
    now = _options(module)
    assert [name for name in BEFORE["modules"][module] if name not in now] == []
    refused = [name for name, told in now.items() if "Gone since" in str(told["description"])]
    assert [name for name in refused if f"``{name}``" not in GUIDE] == []


@pytest.mark.parametrize("module", sorted(BEFORE["results"]))
def test_results_of_modules(module: str) -> None:
    returns = import_module(f"ansible_collections.{NAME}.plugins.modules.{module}").RETURN
    gone = set(BEFORE["results"][module]) - set(_results(yaml.safe_load(returns)))
    assert [name for name in gone if f"``{name.replace('users.', 'users[].', 1)}``" not in GUIDE] == []


def test_filters() -> None:
    now = set()
    for path in (TOP / "plugins" / "filter").glob("*.py"):
        now |= set(import_module(f"ansible_collections.{NAME}.plugins.filter.{path.stem}").FilterModule().filters())
    gone = set(BEFORE["filters"]) - now
    assert gone
    assert [name for name in gone if f"``{name}``" not in GUIDE] == []
    assert {name for name, route in ROUTES["filter"].items() if "tombstone" in route} == gone


def test_playbooks_and_modules_have_kept_their_names() -> None:
    assert [name for name in BEFORE["playbooks"] if not (TOP / "playbooks" / f"{name}.yml").is_file()] == []
    assert [name for name in BEFORE["modules"] if not (TOP / "plugins" / "modules" / f"{name}.py").is_file()] == []


def test_guide_says_nothing_is_gone_that_is_there() -> None:
    """Of the first table: each name in it is one that 1.x had."""
    table = GUIDE.split("What to take out of your playbooks")[1].split("What does something else now")[0]
    left = [cell.split("     - ")[0] for cell in table.split("   * - ")[2:]]
    named = {name for cell in left for name in re.findall(r"``([\w.\[\]]+)``", cell)}
    known = {name for names in (*BEFORE["role"].values(), *BEFORE["modules"].values()) for name in names}
    known |= {name.replace("users.", "users[].", 1) for names in BEFORE["results"].values() for name in names}
    known |= {*BEFORE["filters"], *BEFORE["modules"]}
    assert named - known == {"jobs.leave_receipts", "receipt", "user_access_done"}
