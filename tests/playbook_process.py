# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-playbook in a process that has its libraries already, and nothing of Ansible itself.

Importing the libraries is a fifth of a run. Ansible reads its configuration while it is imported: each run does that.
The Python that it takes for modules is a warm one.
"""

from __future__ import annotations

import importlib.metadata  # noqa: F401
import logging.handlers  # noqa: F401
import multiprocessing.managers  # noqa: F401
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree  # noqa: F401
from collections.abc import Mapping, Sequence
from pathlib import Path

import cryptography.hazmat.backends.openssl.backend
import cryptography.hazmat.primitives.serialization.ssh  # noqa: F401
import jinja2.nativetypes
import jinja2.sandbox  # noqa: F401
import packaging.specifiers  # noqa: F401
import yaml  # noqa: F401

from tests.forks import forks
from tests.warm_python import warm_python

PROGRAM = Path(sys.executable).parent / "ansible-playbook"


def run_playbook(
    arguments: Sequence[str], home: Path, environment: Mapping[str, str], *, timeout: int = 240
) -> subprocess.CompletedProcess[str]:
    """Run it in a directory, in this environment and no other, with nobody there to type."""
    command, python = [str(PROGRAM), *arguments], warm_python()
    with tempfile.TemporaryDirectory() as scratch:
        output, errors = Path(scratch, "output"), Path(scratch, "errors")
        process = forks().Process(target=_play, args=(command, python, home, dict(environment), output, errors))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(command, timeout)
        told = [file.read_text(encoding="utf-8") for file in (output, errors)]
    return subprocess.CompletedProcess(command, process.exitcode, *told)


def _play(command: list[str], python: str, home: Path, environment: dict[str, str], output: Path, errors: Path) -> None:
    for number, file in ((1, output), (2, errors)):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    # A process that is forked off has closed the one that it was born with.
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    os.chdir(home)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = command
    sys.executable = python
    # Of a script of this environment, without what the tests have beside it.
    ours = [path for path in sys.path if path.startswith((sys.prefix, sys.base_prefix))]
    sys.path[:] = [str(PROGRAM.parent), *ours]
    from ansible.cli.playbook import main

    main(command)
