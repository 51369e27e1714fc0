# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the processes come from that a run of tests starts by the thousand: they are forked off one with all libraries.

Only the standard library is used here, so that any test or script may import it.
"""

from __future__ import annotations

import functools
import multiprocessing
from multiprocessing.context import ForkServerContext


@functools.cache
def forks() -> ForkServerContext:
    """A process that has imported what the others need, and ends with the one that asked for it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.emulator.__main__", "tests.playbook_process"])
    return context
