# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the runs of ansible-playbook share the module archives that each would otherwise build anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: module_cache
type: aggregate
short_description: Share the module archives of earlier runs
description:
  - Building the archive of a module takes Ansible about as long as running it.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Puts the shared directory where Ansible is about to make its own, which goes when the run is over."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "module_cache"

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Before the first module."""
        own = Path(constants.DEFAULT_LOCAL_TMP) / "ansiballz_cache"
        own.symlink_to(os.environ["TEST_MODULE_CACHE"], target_is_directory=True)
