# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking the TOTP away from an account: what is known of it beforehand, and what is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import END_SESSIONS, RESET_TOTP
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Done, Past, Plan, Step

_WHY = {
    "never_logged_in": "nobody ever signed in to the account",
    "last_reset": "nobody has signed in since the last reset",
    "own_account": "it has no TOTP",
}


class Totp(Step):
    """Resets TOTP, unless there is evidence that nothing needs doing.

    ``last_reset``: one time for the only account, or times by user name. ``force``: whatever the evidence says.
    ``end_sessions``: end the sessions of an account that had none, too.
    """

    name = "totp"
    label = "TOTP"
    deed = "TOTP reset"
    blank: ClassVar[Mapping[str, Any]] = {"totp_enabled_before": None, "evidence": "none", "sessions_ended": False}

    def __init__(
        self,
        warn: Callable[[str], None],
        *,
        last_reset: datetime | Mapping[str, datetime] | None = None,
        force: bool = False,
        end_sessions: bool = False,
    ) -> None:
        self._warn = warn
        self._last_reset = last_reset
        self._force = force
        self._end_sessions = self.ends_sessions = end_sessions
        self.actions = (RESET_TOTP, END_SESSIONS) if end_sessions else (RESET_TOTP,)

    def plan(self, user: User, _seen: Any) -> Plan:
        """Say whether anything vouches for it that nothing needs doing."""
        evidence = "none" if self._force else self._evidence(user)
        return planned(
            changed=evidence == "none",
            before=None if evidence == "none" else False,
            evidence=evidence,
            end_sessions=self._end_sessions,
        )

    def spared(self, past: Past) -> Plan:
        """Say that there is no TOTP, where nobody can have enrolled since."""
        return planned(changed=False, before=False if past.quiet else None, evidence="ledger", reason=past.reason)

    def act(self, session: Session, user: User) -> Done:
        """Reset one account, and end its sessions where that is wanted."""
        reply = session.client.act(RESET_TOTP, user)
        if self._end_sessions:
            try:
                session.client.act(END_SESSIONS, user)
            except RocketChatError as error:
                error.details["done"] = ["users.resetTOTP"]
                error.attempts = reply.attempts
                raise
        return Done(reply.attempts)

    def told(self, facts: Mapping[str, Any]) -> str:
        """Say what is known to be gone."""
        ended = "; sessions ended" if facts.get("sessions_ended") else ""
        known = facts.get("totp_enabled_before") is True
        return f"removed{'' if known else ', if there was one (the server does not tell)'}{ended}"

    def _evidence(self, user: User) -> str:
        if user.never_logged_in:
            return "never_logged_in"
        last = self._last_reset.get(user.username) if isinstance(self._last_reset, Mapping) else self._last_reset
        if last is None:
            return "none"
        if user.last_login is None:
            self._warn(
                f"last_reset is of no use for {user.username!r}: the calling account does not see when it last logged"
                " in. That takes the permission view-full-other-user-info."
            )
            return "none"
        return "last_reset" if last > user.last_login else "none"


def planned(*, changed: bool, before: bool | None, evidence: str, end_sessions: bool = False, reason: str = "") -> Plan:
    """Return the plan for an account of whose TOTP this is known beforehand."""
    known = {True: "enabled", False: "none", None: "not known (the server does not tell)"}[before]
    all_end = end_sessions or before is True
    ended = "ended" if all_end else "ended, if there was a TOTP to reset"
    return Plan(
        changed,
        reason=reason or _WHY.get(evidence, ""),
        evidence=evidence,
        facts={"totp_enabled_before": before, "evidence": evidence},
        effects={"sessions_ended": True if all_end else None},
        before=f"TOTP: {known}\nsessions and personal access tokens: valid\n",
        after=f"TOTP: none\nsessions and personal access tokens: {ended}\n",
    )
