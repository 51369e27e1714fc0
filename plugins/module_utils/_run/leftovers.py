# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is still there of people who left, found out by GET alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.directory import listed_users, the_inactive
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted, look_up, wanted_targets
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.room_reader import read_all
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User, with_rooms
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import SEE_ROOMS
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.forecast import announce_rate_limit
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.inquiry import Warn
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.offboarding import leftovers
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.targets import read_concurrency
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.told import notes
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.user_facts import named_users
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Plan, Scene


@dataclass(frozen=True)
class Question:
    """Whom to look at, nobody in particular for all inactive accounts."""

    wanted: Sequence[Wanted]
    concurrency: int = 1


def read_question(params: Mapping[str, Any]) -> Question:
    """Check the options.

    :arg params: ``AnsibleModule.params``
    :raises InputError: before anything is sent
    """
    wanted = wanted_targets(params["usernames"], params["user_ids"], params["emails"])
    return Question(wanted, read_concurrency(params))


def about_leavers(session: Session, question: Question, warn: Warn) -> dict[str, Any]:
    """Return what ``rocketchat_user_leftovers`` returns: ``users``, ``missing``, ``summary``, ``told``."""
    users, missing = _whom(session, question)
    announce_rate_limit(session, len(users), warn)
    users = _with_rooms(session, users, question.concurrency)
    scene = Scene(session, question.concurrency, warn)
    plans: dict[str, list[Plan]] = {user.user_id: [] for user in users}
    for step in leftovers():
        seen = step.inspect(scene, users)
        for user in users:
            plans[user.user_id].append(step.plan(user, seen.get(user.user_id)))
    entries = [_entry(user, plans[user.user_id]) for user in users]
    kinds = Counter(thing["kind"] for entry in entries for thing in entry["left_behind"])
    left = sum(bool(entry["left_behind"]) for entry in entries)
    summary = {"users": len(users), "with_leftovers": left, "kinds": dict(sorted(kinds.items()))}
    told = [
        *notes(entries),
        *(f"UNKNOWN: {one['message']}" for one in missing),
        f"In all {len(users)} accounts were looked at, and {left} left something.",
    ]
    return {"users": entries, "missing": missing, "summary": summary, "told": told}


def _whom(session: Session, question: Question) -> tuple[list[User], list[dict[str, str]]]:
    if question.wanted:
        return named_users(session, question.wanted, question.concurrency)
    users = listed_users(session.client, *the_inactive(session.version), question.concurrency)
    # Where there is no list of the inactive, it is one of everybody. Apps are nobody who could leave.
    return list({one.user_id: one for one in users if one.active is False and one.kind != "app"}.values()), []


def _with_rooms(session: Session, users: Sequence[User], concurrency: int) -> list[User]:
    """Return the same people with their rooms, where the calling account may see those."""
    if session.workspace.lacks(session.caller.roles, SEE_ROOMS.permission):
        return list(users)
    show = with_rooms(session.version)

    def look(user: User) -> User:
        try:
            return replace(user, rooms=look_up(session.client, Wanted("user_id", user.user_id), show).rooms)
        except TargetError:
            # Deleted since the list was read.
            return user

    return [user for user in read_all(users, look, concurrency=concurrency) if user]


def _entry(user: User, plans: Sequence[Plan]) -> dict[str, Any]:
    return {
        "username": user.username,
        "user_id": user.user_id,
        "active": user.active,
        "left_behind": [thing.as_dict() for plan in plans for thing in plan.left_behind],
        "kept": [thing.as_dict() for plan in plans for thing in plan.kept],
        "looked_at": sorted({kind for plan in plans for kind in plan.looked_at}),
    }
