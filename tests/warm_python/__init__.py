# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pythons that have their libraries already: programs are forked off a process that lives as long as the tests.

Starting Python and importing requests is most of what a module takes, importing Ansible half of what a short playbook
takes, and the tests run both by the thousand.
"""

from __future__ import annotations

import array
import atexit
import functools
import marshal
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

# The oldest Python of a module is older than any that runs the tests.
MODULE_PYTHON = os.environ.get("MODULE_PYTHON", sys.executable)
_HERE = Path(__file__).parent


class WarmPython:
    """A process that waits for programs to run."""

    def __init__(self, python: str, libraries: str, environment: Mapping[str, str] | None = None) -> None:
        """Start it.

        :arg libraries: the file of this directory that imports them
        :arg environment: that of the import; a program is given its own
        """
        self.directory = Path(tempfile.mkdtemp(prefix="python-"))
        atexit.register(shutil.rmtree, self.directory, ignore_errors=True)
        self.address = str(self.directory / "address")
        # It ends when its standard input does, so with this process at the latest.
        parent = subprocess.Popen(
            [python, str(_HERE / "parent.py"), self.address, str(_HERE / libraries)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert parent.stdin is not None
        assert parent.stdout is not None
        atexit.register(parent.stdin.close)
        # Nothing is read of who is gone.
        parent.stdout.readline()

    def run(
        self, command: Sequence[str], directory: Path, environment: Mapping[str, str], timeout: int
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in a directory, in this environment and no other, with nobody there to type."""
        given = {os.fsencode(name): os.fsencode(value) for name, value in environment.items()}
        started = marshal.dumps((list(command), str(directory), given))
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as output,
            tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
            open(os.devnull, "rb") as nothing,
            socket.socket(socket.AF_UNIX) as parent,
        ):
            parent.settimeout(timeout)
            parent.connect(self.address)
            numbers = array.array("i", (nothing.fileno(), output.fileno(), errors.fileno()))
            parent.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)])
            parent.sendall(len(started).to_bytes(4, "big") + started)
            try:
                status = parent.recv(1)
            except TimeoutError as error:
                raise subprocess.TimeoutExpired(command, timeout) from error
            told = []
            for file in (output, errors):
                file.seek(0)
                told.append(file.read())
        return subprocess.CompletedProcess(command, status[0] if status else 137, *told)


@functools.cache
def module_python() -> str:
    """Return the path of a program that takes a module as Python does, on its standard input or as a file."""
    parent = WarmPython(MODULE_PYTHON, "module_libraries.py")
    program = parent.directory / "python"
    child = (_HERE / "child.py").read_text(encoding="utf-8")
    child = child.replace("ADDRESS", repr(parent.address)).replace("ANSIBLES", repr(sys.executable))
    program.write_text(f"#!{MODULE_PYTHON} -SE\n{child}", encoding="utf-8")
    program.chmod(0o700)
    return str(program)
