# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The job for people who have left, and the look at what is still theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.successor import read_name
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.job import Job, Line, Warn, must_be_known
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.handover import HandOver
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.integrations import Integrations
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.memberships import Memberships
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.oauth import OAuth
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.omnichannel import Omnichannel
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.password import Password
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.roles import Roles
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.rooms import Estate
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.sessions import Sessions
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.status import Status
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Step
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.totp import Totp
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.undoing import Undoing
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.vacant import Vacant


def offboard(params: Mapping[str, Any], warn: Warn) -> Job:
    """Return the job for people who have left.

    Sessions end first and the second factor goes last, once the account is inactive: whatever fails, no account is left
    weaker than it was. Who was inactive already may have live sessions, webhooks and rooms all the same, and these are
    seen to.

    Webhooks are closed before roles are taken: from 8.0 on, the server changes none of somebody without the role bot.

    :raises InputError: for the name of a successor that can be nobody's
    """
    unless = None if params["force"] else _inactive
    successor, estate = read_name(params["successor"]), Estate()
    status = Status(
        active=False,
        confirm_relinquish=params["confirm_relinquish"],
        foresee=True,
        estate=estate,
        handed_over=bool(successor),
        for_good=True,
    )
    handover = HandOver(successor, estate) if successor else None
    removing = params["memberships"] == "remove"
    lines = [
        # A deactivation ends them as well (recorded on 6.5, 7.7 and 8.6), of who is active.
        Line(Sessions(always=True), within="status"),
        Line(handover or Vacant(inactive_only=True, estate=estate)),
        Line(Integrations(params["integrations"])),
        Line(Omnichannel()),
        Line(OAuth()),
        Line(Undoing()),
        Line(
            Memberships(remove=removing, estate=estate, handed=handover.handed if handover else None),
            needs=["handover"],
        ),
        Line(status, needs=["handover"]),
        # Without the role bot nobody could switch a webhook off any more that was not.
        Line(Roles(remove=params["roles"] == "remove"), needs=["status", "integrations"]),
        Line(Totp(warn, force=params["force"]), needs=["status"], unless=unless),
    ]
    if params["reset_password"]:
        lines.append(Line(Password(forgotten=True), needs=["status"], unless=unless))
    return Job("offboard", "offboarded", lines, whole=True, check=must_be_known, leaves_inactive=True)


def leftovers() -> list[Step]:
    """Return the steps of offboarding that see what is still there of who left, each told only to look."""
    return [
        Vacant(),
        Integrations("report"),
        Omnichannel(report=True),
        OAuth(),
        Undoing(),
        Memberships(remove=False),
        Roles(remove=False),
    ]


def _inactive(user: User) -> str:
    return "the account was inactive already" if user.active is False else ""
