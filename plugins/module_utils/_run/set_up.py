# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sign in as an administrator, and make or end a service account."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Access, open_session
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.blueprint import Blueprint
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.deeds import Outcome
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.service_account import establish
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.service_account_end import take_back


def set_up(
    access: Access, blueprint: Blueprint, warn: Callable[[str], None], *, present: bool, check_mode: bool
) -> Outcome:
    """Do what the task asks; this never raises for what a server or a network can do."""
    outcome = Outcome()
    said: set[str] = set()

    def once(message: str) -> None:
        """The account itself goes to the same server, which needs saying only once."""
        if message not in said:
            said.add(message)
            warn(message)

    try:
        with open_session(access, [], once) as session:
            (establish if present else take_back)(session, blueprint, once, outcome, check_mode=check_mode)
    except RocketChatError as error:
        outcome.failure, outcome.message = error, error.message
        if outcome.changes:
            outcome.message += f" Before that: {'; '.join(outcome.changes)}. Run again to go on from there."
    return outcome
