# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the live suite: ``python -m tests.live [pytest's arguments]``, with the environment saying where."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.live import containers
from tests.live.target import UsageError, targets


def main(arguments: list[str]) -> int:
    """Run it, or say in one sentence what is missing; the exit status."""
    with ExitStack() as stack:
        try:
            if os.environ.get("LIVE_IMAGE"):
                os.environ |= stack.enter_context(containers.workspace(os.environ))
            targets()
        except UsageError as error:
            print(error, file=sys.stderr)
            return 2
        return int(pytest.main([str(Path(__file__).parent), "-q", *arguments]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
