# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports go down: _run knows _steps, _steps know _accounts, those know _api; no circle, for type checkers either."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "plugins"
UTILS = PLUGINS / "module_utils"
PREFIX = "ansible_collections.chatops.rocketchat.plugins.module_utils."
LAYERS = ("_api", "_accounts", "_steps", "_run")
FILES = sorted(UTILS.rglob("*.py"))


def imported(file: Path) -> set[str]:
    """The files of module_utils that one imports, wherever in it, as ``layer.name``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports by their whole names only"
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [str(node.module)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        parts = [name.removeprefix(PREFIX).split(".") for name in names if name.startswith(PREFIX)]
        found |= {".".join(part[:2]) for part in parts if (UTILS / part[0] / f"{part[1:2] and part[1]}.py").is_file()}
    return found


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(UTILS).with_suffix("").parts)


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_file_imports_from_its_own_layer_and_those_below(file: Path) -> None:
    layer = LAYERS.index(file.parent.name)
    assert all(LAYERS.index(name.split(".")[0]) <= layer for name in imported(file))


def test_every_file_is_in_a_layer() -> None:
    assert {file.parent.name for file in FILES} == set(LAYERS)


def test_there_is_no_circle() -> None:
    order = list(TopologicalSorter({name_of(file): imported(file) for file in FILES}).static_order())
    assert len(order) == len(FILES)


@pytest.mark.parametrize("file", sorted((PLUGINS / "modules").glob("*.py")), ids=lambda file: file.stem)
def test_a_module_wires_a_run_and_nothing_else(file: Path) -> None:
    assert {name.split(".")[0] for name in imported(file)} <= {"_run", "_api"}
    assert imported(file) & {name for name in imported(file) if name.startswith("_api")} <= {
        "_api.session",
        "_api.errors",
    }
