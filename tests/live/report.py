# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds in which version: a file for programs, and a table for the guide."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.testing import REPO_ROOT

GUIDE = REPO_ROOT / "docs" / "docsite" / "rst" / "guide_versions.rst"
BEGIN, END = ".. What follows is written by python -m tests.live.report.", ".. Here it ends."
HOLDS, FAILS = "holds", "fails"
Rows = dict[str, dict[str, str]]


@dataclass
class Report:
    """By scenario and workspace: ``holds`` or ``fails``."""

    rows: Rows = field(default_factory=dict)

    def note(self, item: pytest.Item, found: Any) -> None:
        """Take in what pytest says of one phase of a test."""
        target = getattr(item, "callspec", None) and item.callspec.params.get("target")  # type: ignore[attr-defined]
        if not target or (found.when != "call" and found.passed):
            return
        title = title_of(item.obj)  # type: ignore[attr-defined]
        said = HOLDS if found.passed else FAILS
        row = self.rows.setdefault(title, {})
        if row.get(self.column(item)) != FAILS:
            row[self.column(item)] = said

    def column(self, item: pytest.Item) -> str:
        """The workspace in which a test ran, by name and version."""
        target = item.callspec.params["target"]  # type: ignore[attr-defined]
        workspace = item.funcargs.get("workspace")  # type: ignore[attr-defined]
        if target.emulates or workspace is None:
            return str(target.name)
        return f"server {workspace.version}"


def title_of(test: Any) -> str:
    """What the table calls a scenario: the first line of its docstring."""
    return str(test.__doc__).splitlines()[0].rstrip(".")


def write_report(report: Report, directory: Path) -> None:
    """Write report.json and table.rst."""
    text = json.dumps(report.rows, indent=2, ensure_ascii=False)
    (directory / "report.json").write_text(text + "\n", encoding="utf-8")
    (directory / "table.rst").write_text(table(report.rows), encoding="utf-8")


def merged(reports: list[Rows]) -> Rows:
    """One table of several runs."""
    rows: Rows = {}
    for report in reports:
        for title, row in report.items():
            rows.setdefault(title, {}).update(row)
    return rows


def table(rows: Rows) -> str:
    """The rows as a table of reStructuredText; what did not run in a column says so."""
    columns = sorted({column for row in rows.values() for column in row})
    head = [".. list-table::", "   :class: then", "   :header-rows: 1", ""]
    lines = [*head, "   * - what was done and read back"]
    lines += [f"     - {column}" for column in columns]
    for title, row in rows.items():
        lines.append(f"   * - {title}")
        lines += [f"     - {row.get(column, 'did not run')}" for column in columns]
    return "\n".join(lines) + "\n"


def written_into(guide: str, rows: Rows) -> str:
    """The guide with the table of these rows between its two marks."""
    before, _begin, rest = guide.partition(BEGIN)
    _old, _end, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table(rows)}\n{END}{after}"


def main(files: list[str]) -> None:
    """Write the table of one or several report.json into the guide."""
    rows = merged([json.loads(Path(file).read_text(encoding="utf-8")) for file in files])
    GUIDE.write_text(written_into(GUIDE.read_text(encoding="utf-8"), rows), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
