# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's own process, with a clock around its ``main()`` and a look at its memory when it is over.

``python inside.py ARGUMENTS.json MEASURED.json``: the arguments are those of a module, as Ansible hands them over.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from ansible_collections.chatops.rocketchat.plugins.modules import rocketchat_user_totp_reset as module


def main(measured: str) -> None:
    """Run the module as it is, and note what that took. ``ru_maxrss`` is kilobytes on Linux, bytes on macOS."""
    start = time.perf_counter()
    try:
        module.main()
    finally:
        inside = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1 / 1024)
        Path(measured).write_text(json.dumps({"inside": inside, "peak": peak / 2**20}), encoding="utf-8")


if __name__ == "__main__":
    # The module itself takes one argument.
    main(sys.argv.pop())
