# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports what ansible-playbook does. Ansible reads its configuration meanwhile: that of the environment here."""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import os
import sys
from pathlib import Path

# What Ansible runs modules with on its own machine.
sys.executable = os.environ["MODULE_PYTHON"]

import ansible.cli.playbook  # noqa: E402
from ansible.utils.collection_loader import _collection_finder  # noqa: E402
from ansible.utils.path import cleanup_tmp_file  # noqa: E402

PLUGINS = """
    action.debug action.fail action.include_vars action.normal action.set_fact action.set_stats action.template
    action.validate_argument_spec callback.default connection.local filter.core filter.encryption filter.mathstuff
    filter.urls filter.urlsplit inventory.advanced_host_list inventory.auto inventory.host_list inventory.ini
    inventory.script inventory.toml inventory.yaml lookup.env lookup.file shell.sh strategy.linear test.core test.files
    test.mathstuff test.uri vars.host_group_vars
"""
for name in PLUGINS.split():
    # Older releases do not have all of them.
    with contextlib.suppress(ImportError):
        importlib.import_module(f"ansible.plugins.{name}")
# The directory for what is temporary is made with the configuration, so all runs share it.
atexit.unregister(cleanup_tmp_file)
# Reading what Ansible's own plugins are called by now is a sixth of a short run. This function is there to be replaced.
_routing = Path(ansible.__file__).parent / "config" / "ansible_builtin_runtime.yml"
_collection_finder._meta_yml_to_dict = functools.cache(_collection_finder._meta_yml_to_dict)
_collection_finder._meta_yml_to_dict(_routing.read_bytes(), ("ansible.builtin", "runtime.yml"))
