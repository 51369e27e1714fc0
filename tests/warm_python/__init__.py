# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python for modules that has what they import already: it is forked off a process that lives as long as the tests.

Starting Python and importing requests is most of what a module takes, and the tests run modules by the thousand.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# The oldest Python of a module is older than any that runs the tests.
MODULE_PYTHON = os.environ.get("MODULE_PYTHON", sys.executable)
_HERE = Path(__file__).parent


@functools.cache
def warm_python() -> str:
    """Return the path of a program that takes a module as Python does, on its standard input or as a file."""
    directory = Path(tempfile.mkdtemp(prefix="python-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    address, program = directory / "address", directory / "python"
    # It ends when its standard input does, so with this process at the latest.
    parent = subprocess.Popen(
        [MODULE_PYTHON, str(_HERE / "parent.py"), str(address)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    atexit.register(parent.stdin.close)
    # Nothing is read of who is gone.
    parent.stdout.readline()
    child = (_HERE / "child.py").read_text(encoding="utf-8")
    child = child.replace("ADDRESS", repr(str(address))).replace("ANSIBLES", repr(sys.executable))
    program.write_text(f"#!{MODULE_PYTHON} -SE\n{child}", encoding="utf-8")
    program.chmod(0o700)
    return str(program)
