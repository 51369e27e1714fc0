# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resetting the end-to-end key of an account, with which its old encrypted messages become unreadable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import RESET_E2E_KEY
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Done, Plan, Step


class E2EKey(Step):
    """Resets the key."""

    name = "e2ekey"
    label = "End-to-end key"
    deed = "end-to-end key reset"
    actions = (RESET_E2E_KEY,)
    ends_sessions = True

    def plan(self, _user: User, _seen: Any) -> Plan:
        """The server does not tell whether there is a key."""
        return Plan(
            changed=True,
            before="end-to-end key: not known (the server does not tell)\nold encrypted messages: readable\n",
            after="end-to-end key: none\nold encrypted messages: lost\nsessions and personal access tokens: ended\n",
        )

    def act(self, session: Session, user: User) -> Done:
        """Reset it."""
        return Done(session.client.act(RESET_E2E_KEY, user).attempts)

    def told(self, _facts: Mapping[str, Any]) -> str:
        """Say what went with the key."""
        return "old encrypted messages are lost; sessions ended"
