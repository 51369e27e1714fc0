# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The jobs of one step each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._run.job import Job, Warn, accept_loss, one
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.e2e_key import E2EKey
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.password import Password
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.sessions import Sessions
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.status import Status
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.totp import Totp


def reset_totp(
    warn: Warn, *, last_reset: datetime | Mapping[str, datetime] | None, force: bool, end_sessions: bool
) -> Job:
    """Return the job that resets TOTP."""
    return one(
        Totp(warn, last_reset=last_reset, force=force, end_sessions=end_sessions),
        "reset",
        own_account_hint="It is reset by a task of its own with own_account: true, since that ends its sessions and"
        " tokens.",
    )


def set_status(params: Mapping[str, Any], *, check_mode: bool) -> Job:
    """Return the job that activates or deactivates. What the server would say is found out in check mode alone."""
    active = params["state"] == "active"
    step = Status(active=active, confirm_relinquish=params["confirm_relinquish"], foresee=check_mode)
    return one(step, "activated" if active else "deactivated")


def end_sessions() -> Job:
    """Return the job that ends every session and personal access token."""
    return one(Sessions(), "logged out")


def set_password(params: Mapping[str, Any]) -> Job:
    """Return the job that gives accounts a new password, a random one where none is given."""
    step = Password(params["password"] or None, require_change=params["require_change"])
    return one(step, "given a new password")


def reset_e2e_key(params: Mapping[str, Any]) -> Job:
    """Return the job that resets end-to-end keys.

    :raises InputError: where the loss of messages is not accepted
    """
    accept_loss(params)
    return one(E2EKey(), "reset")
