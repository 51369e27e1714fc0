# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ending every session and personal access token of an account. The server mails nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import END_SESSIONS
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Done, Plan, Step


class Sessions(Step):
    """Ends all sessions.

    ``always``: of who never logged in too, for whom an administrator may have made a token.
    """

    name = "sessions"
    label = "Sessions"
    deed = "signed out everywhere"
    actions = (END_SESSIONS,)
    ends_sessions = True
    blank: ClassVar[Mapping[str, Any]] = {"evidence": "none"}

    def __init__(self, *, always: bool = False) -> None:
        self._always = always

    def plan(self, user: User, _seen: Any) -> Plan:
        """Nobody who never logged in has a session; of all others the server does not tell."""
        never = user.never_logged_in and not self._always
        evidence = "never_logged_in" if never else "none"
        return Plan(
            changed=not never,
            reason="nobody ever signed in to the account" if never else "",
            evidence=evidence,
            facts={"evidence": evidence},
            before="sessions and personal access tokens: not known (the server does not tell)\n",
            after="sessions and personal access tokens: ended\n",
        )

    def act(self, session: Session, user: User) -> Done:
        """End them."""
        return Done(session.client.act(END_SESSIONS, user).attempts)

    def told(self, _facts: Mapping[str, Any]) -> str:
        """Say what ended."""
        return "sessions and personal access tokens ended"
