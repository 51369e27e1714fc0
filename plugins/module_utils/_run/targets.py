# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom a task names, and how to go about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted, wanted_targets
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.shown import AGAIN, Shown, read_shown
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, TargetError

NOBODY = "Nobody is named. Give usernames, user_ids or emails."


@dataclass(frozen=True)
class Targets:
    """Whom the task names; ``concurrency`` is the number of people worked on at a time.

    ``approved_ids``: the accounts that a rehearsal showed, by user name; nobody else may be touched. ``skip_unknown``:
    go on without those who have no account. ``most``: so many accounts may be changed, 0 for any number. ``protected``:
    roles, by name or id, whose holders are not touched.
    """

    wanted: Sequence[Wanted]
    keep_going: bool
    check_mode: bool
    concurrency: int = 1
    approved_ids: Mapping[str, Shown] | None = None
    skip_unknown: bool = False
    most: int = 0
    protected: Sequence[str] = ()


def read_targets(params: Mapping[str, Any], *, check_mode: bool) -> Targets:
    """Check the options of the doc fragment ``targets``; nobody may be named.

    :arg params: ``AnsibleModule.params``
    :raises InputError: before anything is sent
    """
    return Targets(
        wanted_targets(params["usernames"], params["user_ids"], params["emails"]),
        keep_going=params["on_error"] == "continue",
        check_mode=check_mode,
        concurrency=read_concurrency(params),
        approved_ids=read_shown(params.get("approved_ids")),
        skip_unknown=params["unknown"] == "skip",
        most=_most(params["max_accounts"]),
        protected=[role.strip() for role in params["protected_roles"] if role.strip()],
    )


def named_targets(params: Mapping[str, Any], *, check_mode: bool) -> Targets:
    """Check the same options where somebody must be named.

    :raises InputError: before anything is sent
    """
    targets = read_targets(params, check_mode=check_mode)
    if not targets.wanted:
        raise InputError(NOBODY)
    return targets


def read_concurrency(params: Mapping[str, Any]) -> int:
    """Return how many people may be worked on at a time.

    :raises InputError: before anything is sent
    """
    concurrency = int(params["concurrency"])
    if not 1 <= concurrency <= 32:
        raise InputError(f"concurrency is {concurrency}. Give a number from 1 to 32.")
    return concurrency


def _most(number: int) -> int:
    if number < 0:
        raise InputError(f"max_accounts is {number}. Give a number from 0; 0 stands for no limit.")
    return number


def check_approved(user: User, approved: Mapping[str, Shown] | None, *, own_doing: bool = False) -> None:
    """Raise for an account that is not among those that were shown by this very name and id, or not as shown.

    :arg own_doing: whether a run for the same ticket may have changed its state since
    :raises TargetError: ``not-approved``
    """
    if approved is None:
        return
    shown = approved.get(user.username)
    if shown is None or shown.user_id != user.user_id:
        raise TargetError(
            "not-approved",
            f"{user.username} ({user.user_id}) is not among those who were shown. {AGAIN}",
        )
    shown.check(user, own_doing=own_doing)


def bound(targets: Targets) -> list[Wanted | TargetError]:
    """Return whom to look up: where a rehearsal was approved, by the ids that it showed, and nobody else."""
    approved = targets.approved_ids
    if approved is None:
        return list(targets.wanted)
    ids = {name: shown.user_id for name, shown in approved.items()}
    names = {user_id: name for name, user_id in ids.items()}
    found: list[Wanted | TargetError] = []
    for wanted in targets.wanted:
        user_id = ids.get(wanted.value) if wanted.by == "username" else wanted.value
        if wanted.by == "email":
            # Whoever bears the address now is compared when that is known.
            found.append(wanted)
        elif user_id in names:
            found.append(Wanted("user_id", str(user_id), names[str(user_id)]))
        else:
            what = wanted.value if wanted.by == "username" else f"The account {wanted.value}"
            named = ", ".join(sorted(approved)[:10]) or "nobody"
            found.append(
                TargetError(
                    "not-approved",
                    f"{what} is not among those who were shown ({named}). {AGAIN}",
                )
            )
    return found
