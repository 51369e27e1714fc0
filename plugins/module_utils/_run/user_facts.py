# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be found out about users, without any secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.addresses import Addresses
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.directory import all_users, lookup_table
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted, look_up, wanted_targets
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.roles import ids_of, names_of
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.bulk import each
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.caller import Caller
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.stop import Stopped, stopping
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.times import iso
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.forecast import announce_rate_limit
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.inquiry import Warn
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.targets import read_concurrency

# So many people are asked for one by one, to be described in full; more are looked for in a list first.
_IN_FULL = 100


@dataclass(frozen=True)
class Filter:
    """Which users to return; ``None`` stands for all. ``roles``: names or ids."""

    active: bool | None = None
    roles: frozenset[str] | None = None
    kind: str | None = None

    def lets_pass(self, user: User) -> bool:
        """Tell whether a user is among those asked for."""
        return (
            (self.active is None or user.active is self.active)
            and (self.roles is None or bool(self.roles & set(user.roles or ())))
            and (self.kind is None or user.kind == self.kind)
        )

    def by_id(self, client: Client) -> Filter:
        """Return the same filter with the ids of its roles.

        :raises InputError: for a role that the workspace does not have
        """
        return replace(self, roles=ids_of(client, self.roles, "roles")) if self.roles else self


@dataclass(frozen=True)
class Question:
    """Whom to look up, nobody in particular for all users of the workspace, and which of them to return."""

    wanted: Sequence[Wanted]
    only: Filter
    concurrency: int = 1


def read_question(params: Mapping[str, Any]) -> Question:
    """Check the options.

    :arg params: ``AnsibleModule.params``
    :raises InputError: before anything is sent
    """
    wanted = wanted_targets(params["usernames"], params["user_ids"], params["emails"])
    if params["all"] and wanted:
        raise InputError("all: true looks at everybody: give it without usernames, user_ids and emails.")
    if not (params["all"] or wanted):
        raise InputError(
            "Nobody is named. Give usernames, user_ids or emails, or all: true for all users of the workspace."
        )
    roles = None if params["roles"] is None else frozenset(params["roles"])
    return Question(wanted, Filter(params["active"], roles, params["type"]), read_concurrency(params))


def about_users(session: Session, question: Question, warn: Warn) -> dict[str, Any]:
    """Return what ``rocketchat_user_info`` returns: ``users`` and ``missing``."""
    wanted, concurrency, only = question.wanted, question.concurrency, question.only
    only = only.by_id(session.client)
    announce_rate_limit(session, len(wanted), warn)
    found, missing = named_users(session, wanted, concurrency) if wanted else (_all(session, concurrency), [])
    if only.roles is not None and any(user.roles is None for user in found):
        warn(
            "The calling account does not see the roles of other users, so nobody is found by role. That takes the"
            " permission view-full-other-user-info."
        )
    users = [user for user in found if only.lets_pass(user)]
    names = names_of(session.client, {role for user in users for role in user.roles or ()})
    return {"users": [_described(user, session.caller, names) for user in users], "missing": missing}


def _all(session: Session, concurrency: int) -> list[User]:
    return list({user.user_id: user for user in all_users(session.client, concurrency=concurrency)}.values())


def named_users(
    session: Session, wanted: Sequence[Wanted], concurrency: int
) -> tuple[list[User], list[dict[str, str]]]:
    """Look everybody up; return who was found, each once, and who was not."""
    found: dict[str, User] = {}
    missing: list[dict[str, str]] = []

    addresses = Addresses(session.client, session.version, wanted, concurrency=concurrency)
    # A list leaves facts out.
    known = lookup_table(session.client, list(wanted) if len(wanted) > _IN_FULL else [], concurrency=concurrency)

    def one(target: Wanted) -> User:
        by_id = addresses.find(target) if target.by == "email" else target
        return known(by_id) or look_up(session.client, by_id)

    for target, outcome in zip(wanted, each(wanted, one, keep_going=True, concurrency=concurrency)):
        if isinstance(outcome.error, TargetError):
            missing.append({target.by: target.value, "message": outcome.error.message})
        elif outcome.error:
            raise outcome.error
        elif outcome.value:
            found.setdefault(outcome.value.user_id, outcome.value)
    if stopping():
        raise Stopped
    return list(found.values()), missing


def _described(user: User, caller: Caller, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "username": user.username,
        "user_id": user.user_id,
        "name": user.name,
        "active": user.active,
        "type": user.kind,
        "federated": user.federated,
        "roles": None if user.roles is None else [names[role] for role in user.roles],
        "emails": None
        if user.emails is None
        else [{"address": address, "verified": verified} for address, verified in user.emails],
        "last_login": iso(user.last_login) if user.last_login else None,
        "never_logged_in": True if user.never_logged_in else False if user.last_login else None,
        "created_at": iso(user.created_at) if user.created_at else None,
        "require_password_change": user.require_password_change,
        "custom_fields": None if user.custom_fields is None else dict(user.custom_fields),
        "totp_enabled": caller.totp_enabled if user.user_id == caller.user_id else None,
    }
