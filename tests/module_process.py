# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a module as Ansible does, in a process of its own that can be killed."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_COLLECTIONS = Path(__file__).resolve().parents[1] / "build" / "collections"
_MODULES = "ansible_collections.chatops.rocketchat.plugins.modules"


def start_module(name: str, home: Path, arguments: Mapping[str, Any]) -> subprocess.Popen[str]:
    """Start it in a process group of its own, with its arguments in a file of their own."""
    with tempfile.NamedTemporaryFile(
        "w", dir=home, prefix="arguments-", suffix=".json", delete=False, encoding="utf-8"
    ) as file:
        json.dump({"ANSIBLE_MODULE_ARGS": arguments}, file)
    return subprocess.Popen(
        [sys.executable, "-m", f"{_MODULES}.{name}", file.name],
        cwd=home,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHONPATH": str(_COLLECTIONS), "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
