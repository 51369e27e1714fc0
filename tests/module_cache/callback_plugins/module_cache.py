# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the runs of ansible-playbook share the module archives that each would otherwise build anew."""

from __future__ import annotations

import base64
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.executor import module_common
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: module_cache
type: aggregate
short_description: Share the module archives of earlier runs
description:
  - Building the archive of a module takes Ansible about as long as running it.
  - What is in it would be compiled at each run.
"""

COMPILED = Path(__file__).parents[1] / "compiled.py"


def _compiled(data: bytes) -> bytes:
    command = [os.environ["TEST_MODULE_PYTHON"], str(COMPILED)]
    done = subprocess.run(command, input=base64.b64decode(data), capture_output=True, check=True)
    return base64.b64encode(done.stdout)


def _compile(archive: Path) -> None:
    """Put compiled code into an archive. From 2.19 on Ansible keeps it in an object of its own."""
    part = archive.with_name(f"part of {os.getpid()}")
    if hasattr(module_common, "_CachedModule"):
        cached = module_common._CachedModule.load(str(archive))
        replace(cached, zip_data=_compiled(cached.zip_data)).dump(str(part))
    else:
        part.write_bytes(_compiled(archive.read_bytes()))
    part.replace(archive)


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Puts the shared directory where Ansible is about to make its own, which goes when the run is over."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "module_cache"

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Before the first module."""
        own = Path(constants.DEFAULT_LOCAL_TMP) / "ansiballz_cache"
        if own.is_symlink():
            return
        own.symlink_to(os.environ["TEST_MODULE_CACHE"], target_is_directory=True)

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Before the next one."""
        self._compile_new()

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """After the last one."""
        self._compile_new()

    def _compile_new(self) -> None:
        cache = Path(os.environ["TEST_MODULE_CACHE"])
        compiled = cache / "compiled"
        compiled.mkdir(exist_ok=True)
        for archive in cache.glob("*-ZIP_DEFLATED*"):
            done = compiled / archive.name
            if not done.exists() and not archive.name.endswith((".lock", "-part")):
                _compile(archive)
                done.touch()
