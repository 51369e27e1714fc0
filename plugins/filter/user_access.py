# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role user_access decides and reports; pure functions of one dictionary, the role's ``user_access__run``.

Each is documented in a file of its own beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.chatops.rocketchat.plugins.plugin_utils._access_report import Report
from ansible_collections.chatops.rocketchat.plugins.plugin_utils._access_run import Run

Value = TypeVar("Value")


def objection(facts: Mapping[str, Any]) -> str:
    """Return what speaks against a run, or nothing."""
    return _safe(Run(facts).objection())


def pending(facts: Mapping[str, Any], step: str) -> list[str]:
    """Return the ids of those for whom a step is to be done."""
    return _safe(Run(facts).pending(step))


def last_resets(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return what to hand to the module as last_reset."""
    return _safe(Run(facts).last_resets())


def memory(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to remember for the next run."""
    return _safe(Run(facts).memory())


def report(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything that is told of a run."""
    return _safe(Report(Run(facts)).whole())


def _safe(value: Value) -> Value:
    """Mark texts from the server, so that Ansible never takes a name with braces for a template."""
    safe: Value = wrap_var(value)
    return safe


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by name."""
        return {
            "user_access_last_resets": last_resets,
            "user_access_memory": memory,
            "user_access_objection": objection,
            "user_access_pending": pending,
            "user_access_report": report,
        }
