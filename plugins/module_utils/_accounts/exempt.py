# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts that a list of people is no authority on. Whoever cannot be told from one of them counts as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.roster import folded
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User

# What the server calls the accounts of people, and the roles that it gives to those of programs (for the second, see
# roles.py).
_PERSON = "user"
_PROGRAMS = frozenset({"bot", "app"})
_GUEST = "guest"


@dataclass(frozen=True)
class Exempt:
    """Who is left alone.

    ``caller_id``: the calling account. ``roles``: names of the roles whose holders are left alone, by their ids.
    ``names``: folded user names. ``guests``: guests are to be offboarded like others. ``grace``: so many days an
    account is left alone after it was made.
    """

    caller_id: str
    roles: Mapping[str, str]
    names: frozenset[str] = frozenset()
    guests: bool = False
    grace: int = 7

    def why(self, user: User) -> str:
        """Return why an account is left alone, nothing where a list shows no reason for it."""
        if user.user_id == self.caller_id:
            return "it is the calling account itself"
        if folded(user.username) in self.names:
            return "it is named in exempt"
        if user.kind != _PERSON:
            return f"it is no account of a person (type {user.kind})" if user.kind else "the server shows no type of it"
        if not user.username:
            return "it has no user name yet, so nobody could be shown"
        # Old lists show what another server owns by its name alone.
        if user.federated or ":" in user.username:
            return "it is federated: another server owns it"
        if user.roles is None:
            return "the server does not show its roles"
        held = set(user.roles)
        if held & _PROGRAMS:
            return f"it has the role {min(held & _PROGRAMS)}, as accounts of programs do"
        if _GUEST in held and not self.guests:
            return "it is a guest"
        if held & self.roles.keys():
            return f"it has the role {min(self.roles[role] for role in held & self.roles.keys())}"
        return "" if user.active is not None else "the server does not show whether it is active"

    def why_on_closer_look(self, user: User, now: datetime | None) -> str:
        """Return the same of an account that was asked for by itself.

        :arg now: the server's time
        """
        why = self.why(user)
        if why:
            return why
        if not user.full_view or user.created_at is None or now is None:
            return "the server does not show when it was made"
        if now - user.created_at < timedelta(days=self.grace):
            return f"it was made on {user.created_at.date().isoformat()}, within the last {self.grace} days"
        return ""
