# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-playbook in a process that has its libraries, and of Ansible what is the same for each run, already.

Importing all that is a third of a run. Ansible reads its configuration while it is imported: each run does that. The
Python that it takes for modules is a warm one.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.metadata
import logging.handlers  # noqa: F401
import multiprocessing.managers  # noqa: F401
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree  # noqa: F401
from collections.abc import Mapping, Sequence
from pathlib import Path

import ansible
import cryptography.hazmat.backends.openssl.backend
import cryptography.hazmat.primitives.serialization.ssh  # noqa: F401
import jinja2.nativetypes
import jinja2.sandbox  # noqa: F401
import packaging.specifiers  # noqa: F401
import yaml  # noqa: F401
from ansible.utils.collection_loader import _collection_finder

from tests.forks import forks
from tests.warm_python import warm_python

# None of these reads the configuration, nor does what they import; older releases do not have all of them.
for _module in (
    "ansible.executor.process",
    "ansible.module_utils.basic",
    "ansible.module_utils.connection",
    "ansible.utils._junit_xml",
    "ansible.utils.collection_loader",
    "ansible.utils.context_objects",
    "ansible._internal._ansiballz",
    "ansible._internal._datatag._utils",
    "ansible._internal._datatag._wrappers",
    "ansible._internal._rpc_host",
    "ansible._internal._ssh._ssh_agent",
    "ansible._internal._templating._jinja_patches",
):
    with contextlib.suppress(ImportError):
        importlib.import_module(_module)
# Reading what Ansible's own plugins are called by now is a sixth of a short run. This function is there to be replaced.
_routing = Path(ansible.__file__).parent / "config" / "ansible_builtin_runtime.yml"
_collection_finder._meta_yml_to_dict = functools.cache(_collection_finder._meta_yml_to_dict)
_collection_finder._meta_yml_to_dict(_routing.read_bytes(), ("ansible.builtin", "runtime.yml"))
PROGRAM = Path(sys.executable).parent / "ansible-playbook"


def run_playbook(
    arguments: Sequence[str], home: Path, environment: Mapping[str, str], *, timeout: int = 240
) -> subprocess.CompletedProcess[str]:
    """Run it in a directory, in this environment and no other, with nobody there to type."""
    command, python = [str(PROGRAM), *arguments], warm_python()
    with tempfile.TemporaryDirectory() as scratch:
        output, errors = Path(scratch, "output"), Path(scratch, "errors")
        process = forks().Process(target=_play, args=(command, python, home, dict(environment), output, errors))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(command, timeout)
        told = [file.read_text(encoding="utf-8") for file in (output, errors)]
    return subprocess.CompletedProcess(command, process.exitcode, *told)


def _play(command: list[str], python: str, home: Path, environment: dict[str, str], output: Path, errors: Path) -> None:
    for number, file in ((1, output), (2, errors)):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    # A process that is forked off has closed the one that it was born with.
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    os.chdir(home)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = command
    sys.executable = python
    assert "ansible.constants" not in sys.modules, "What is imported beforehand reads the configuration."
    # Of a script of this environment, without what the tests have beside it.
    ours = [path for path in sys.path if path.startswith((sys.prefix, sys.base_prefix))]
    sys.path[:] = [str(PROGRAM.parent), *ours]
    from ansible.cli.playbook import main

    main(command)
