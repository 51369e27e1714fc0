# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-playbook in a process that has imported Ansible already, and has read this configuration."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.warm_python import WarmPython, module_python

PROGRAM = str(Path(sys.executable).parent / "ansible-playbook")
# What is read while Ansible is imported, beside its own variables.
_READ = ("LANG", "LOGNAME", "NO_COLOR", "PATH", "USER")


def run_playbook(
    arguments: Sequence[str], home: Path, environment: Mapping[str, str], *, timeout: int = 240
) -> subprocess.CompletedProcess[str]:
    """Run it in a directory, in this environment and no other, with nobody there to type."""
    read = {name: value for name, value in environment.items() if name.startswith("ANSIBLE_") or name in _READ}
    return _python(tuple(sorted(read.items()))).run([PROGRAM, *arguments], home, environment, timeout)


@functools.cache
def _python(environment: tuple[tuple[str, str], ...]) -> WarmPython:
    return WarmPython(sys.executable, "ansible_libraries.py", {**dict(environment), "MODULE_PYTHON": module_python()})
