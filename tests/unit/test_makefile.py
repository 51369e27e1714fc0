# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whoever is told to run make for something finds it there: people in the documents, GitHub in its workflows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
MAKE = re.compile(r"\bmake ((?:[a-z-]+(?: |$))+)", re.MULTILINE)
DOCUMENTS = {"README.md": 4, "CONTRIBUTING.md": 15}
"""How many targets each names, at least."""
WORKFLOWS = sorted(path.name for path in (TOP / ".github" / "workflows").glob("*.yml"))


def asked_for(commands: list[str]) -> set[str]:
    """Return the targets that commands name."""
    return {target for command in commands for names in MAKE.findall(command) for target in names.split()}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_documents_tell_to_run_is_there(name: str) -> None:
    text = (TOP / name).read_text(encoding="utf-8")
    code = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL) + re.findall(r"`([^`\n]+)`", text)
    named = asked_for(code)
    assert len(named) >= DOCUMENTS[name]
    assert named - TARGETS == set()


@pytest.mark.parametrize("name", WORKFLOWS)
def test_what_workflows_run_is_there(name: str) -> None:
    jobs = yaml.safe_load((TOP / ".github" / "workflows" / name).read_text(encoding="utf-8"))["jobs"]
    named = set()
    for job in jobs.values():
        # One that is a whole workflow of ours is a case of its own.
        if "uses" in job:
            assert Path(job["uses"]).name in WORKFLOWS
            continue
        rows = job.get("strategy", {}).get("matrix", {}).get("target", [""])
        runs = [step["run"] for step in job["steps"] if "run" in step]
        commands = [run.replace("${{ matrix.target }}", row) for run in runs for row in rows]
        named |= asked_for(commands)
    assert named
    assert named - TARGETS == set()
