# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every file of the plugins: they run where managed hosts have an old Python."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ansible_collections.chatops.rocketchat.plugins import module_utils

PLUGINS = Path(next(iter(module_utils.__path__))).parent
FILES = sorted(PLUGINS.rglob("*.py"))


def test_there_are_files_to_look_at() -> None:
    assert {path.parent.name for path in FILES} >= {"modules", "_api", "_accounts", "_steps", "_run", "doc_fragments"}


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PLUGINS)) for path in FILES])
def test_a_file_compiles_as_python_3_9(path: Path) -> None:
    compile(ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=(3, 9)), str(path), "exec")


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PLUGINS)) for path in FILES])
def test_annotations_of_a_later_python_are_never_evaluated(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if path.stat().st_size and path.stem != "__init__":
        imported = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
        assert "annotations" in imported
