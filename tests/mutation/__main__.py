# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Breaks the client in a thousand small ways, one at a time, and fails where the tests see nothing wrong.

Usage: ``python -m tests.mutation [--resume]``. The work is done in ``build/mutation``; ``--resume`` goes on where a run
was cut short.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.mutation.survivors import judge, listed

TOP = Path(__file__).resolve().parents[2]
WORK = TOP / "build" / "mutation"
# mutmut knows a mutant by the name under which it is imported, so the collection must lie here as it does for Ansible.
COLLECTION = Path("ansible_collections/chatops/rocketchat")
MODULES = ("_api/client", "_api/two_factor", "_accounts/user", "_accounts/find")

CONFIGURATION = """
[tool.mutmut]
source_paths = ["ansible_collections"]
only_mutate = [{modules}]
pytest_add_cli_args = ["--exitfirst", "-p", "no:cacheprovider", "--timeout=20"]
pytest_add_cli_args_test_selection = [{tests}]
timeout_constant = 5.0
use_git_change_detection = false

[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]
"""


def lay_out() -> None:
    """Copy what is needed to where mutmut works, and configure it."""
    for folder in ("plugins", "tests/unit"):
        shutil.copytree(TOP / folder, WORK / COLLECTION / folder, ignore=shutil.ignore_patterns("__pycache__"))
    modules = ", ".join(f'"*/module_utils/{name}.py"' for name in MODULES)
    tests = ", ".join(
        f'"{COLLECTION}/tests/unit/plugins/module_utils/{name.replace("/", "/test_")}.py"' for name in MODULES
    )
    (WORK / "pyproject.toml").write_text(CONFIGURATION.format(modules=modules, tests=tests), encoding="utf-8")


def main() -> None:
    """Run all mutants, and judge those that no test has noticed."""
    # What mutmut has copied once it does not copy again, so a test that was changed since would not count.
    if sys.argv[1:] != ["--resume"]:
        shutil.rmtree(WORK, ignore_errors=True)
        lay_out()
    # mutmut puts its own copy, with the mutants in it, ahead of everything else.
    environment = {**os.environ, "PYTHONPATH": str(WORK / "mutants")}
    mutmut = [sys.executable, "-m", "mutmut", "run", "--max-children", "1"]
    subprocess.run(mutmut, cwd=WORK, env=environment, check=True)
    os.chdir(WORK)
    judgement = judge(listed(TOP / "tests" / "mutation" / "survivors.toml"))
    print(judgement)
    sys.exit(not judgement.good)


if __name__ == "__main__":
    main()
