# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fails when the tests take too few of the branches in plugins/: ``python -m tests.unit.branches coverage.json 95``.

The limit that coverage itself knows is one for lines and branches together, which many lines make easy to meet.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def verdict(totals: dict[str, int], least: float) -> tuple[bool, str]:
    """Return whether enough is covered, and a sentence that says how much.

    :arg totals: of the report that ``coverage json`` writes
    :arg least: per cent, of the branches and of the lines
    """
    shares = {
        "branches": (totals["covered_branches"], totals["num_branches"]),
        "lines": (totals["covered_lines"], totals["num_statements"]),
    }
    told = ", ".join(f"{done} of {all_} {what} ({100 * done / all_:.1f} %)" for what, (done, all_) in shares.items())
    enough = all(100 * done >= least * all_ for done, all_ in shares.values())
    return enough, f"Tests take {told} of plugins/; at least {least:g} % is wanted"


def main() -> None:
    """Judge the report that the command line names."""
    report, least = sys.argv[1:]
    enough, told = verdict(json.loads(Path(report).read_text(encoding="utf-8"))["totals"], float(least))
    print(told)
    sys.exit(not enough)


if __name__ == "__main__":
    main()
