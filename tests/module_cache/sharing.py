# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""For tests that start ansible-playbook often: half of their time would go into building archives of modules."""

from __future__ import annotations

import atexit
import functools
import shutil
import sys
import tempfile
from pathlib import Path

from tests.warm_python import MODULE_PYTHON


@functools.cache
def _directory() -> str:
    """One for each process of tests: what is in it is as old as the process, and so as the code under test."""
    directory = tempfile.mkdtemp(prefix="modules-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def shared_modules(*callback_plugins: Path) -> dict[str, str]:
    """Environment of a run that shares its archives with the others.

    :arg callback_plugins: directories of other callback plugins that the run needs
    """
    own = Path(__file__).parent / "callback_plugins"
    return {
        "ANSIBLE_CALLBACK_PLUGINS": ":".join(map(str, (own, *callback_plugins))),
        "ANSIBLE_CALLBACKS_ENABLED": "module_cache",
        "TEST_MODULE_CACHE": _directory(),
        "TEST_MODULE_PYTHON": MODULE_PYTHON,
    }


def shared_configuration(*callback_plugins: Path) -> dict[str, str]:
    """The same, and all else that Ansible reads while it is imported and that has no reason to be a run's own."""
    directory = Path(_directory())
    nothing = directory / "ansible.cfg"
    nothing.touch()
    return {
        "ANSIBLE_CONFIG": str(nothing),
        "ANSIBLE_HOME": str(directory / "home"),
        # No shell knows the home of a user who is made up.
        "ANSIBLE_REMOTE_TMP": str(directory / "tmp"),
        # Ansible looks for it in the home of the user, and the process that writes there in HOME.
        "ANSIBLE_ASYNC_DIR": str(directory / "async"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PIPELINING": "1",
        "LANG": "C.UTF-8",
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        **shared_modules(*callback_plugins),
    }
