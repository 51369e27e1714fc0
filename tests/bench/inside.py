# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module's own process, with a clock around its ``main()`` and a look at its memory when it is over.

``python inside.py MODULE ARGUMENTS.json MEASURED.json``: the arguments are a module's, as Ansible hands them over.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path


def peak() -> float:
    """Megabytes at most. On Linux ``ru_maxrss`` begins with what the process had that started this one."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 2**10
    except (OSError, StopIteration):
        # Kilobytes, but on macOS bytes.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def main(name: str, measured: str) -> None:
    """Run the module as it is, and note what that took."""
    module = import_module(f"ansible_collections.chatops.rocketchat.plugins.modules.{name}")
    start = time.perf_counter()
    try:
        module.main()
    finally:
        figures = {"inside": time.perf_counter() - start, "peak": peak()}
        Path(measured).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    # The module itself takes one argument.
    main(sys.argv.pop(1), sys.argv.pop())
