# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a name or an id to one account, checked: caller and target told apart, name and id never confused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User, user_from
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.account import Account
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.bulk import each
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    InputError,
    RocketChatError,
    TargetError,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.progress import Progress
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.stop import Stopped, stopping

# The code of a target that is nobody's account.
UNKNOWN = "user-not-found"
# No more than it takes to tell an address from a name.
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
# The workspace's own bot, which every server makes under this id.
_ROCKET_CAT = "rocket.cat"
# What to do about a target that is the caller, where there is no task of its own for that.
ANOTHER_ACCOUNT = "Use another account for it."


@dataclass(frozen=True)
class Wanted:
    """One target as the task names it. ``by``: ``username``, ``user_id`` or ``email``.

    ``shown``: the name that a rehearsal showed for this id, which the account must bear still.
    """

    by: str
    value: str
    shown: str = ""

    def __str__(self) -> str:
        return f"{self.by} {self.value!r}"


@dataclass(frozen=True)
class Resolved:
    """One target of the run: how it was asked for, the account where there is one, and what is wrong with it."""

    wanted: Wanted
    user: User | None
    error: RocketChatError | None


def wanted_targets(
    usernames: Iterable[str] | None, user_ids: Iterable[str] | None, emails: Iterable[str] | None = None
) -> list[Wanted]:
    """Check the names, ids and addresses of a task and return them in order, each once.

    :raises InputError: for an empty or blank one, blanks around one, a list of nothing, or an address that is none
    """
    targets: dict[Wanted, None] = {}
    given = (("username", "usernames", usernames), ("user_id", "user_ids", user_ids), ("email", "emails", emails))
    for by, option, values in given:
        if values is None:
            continue
        listed = list(values)
        if not listed:
            raise InputError(f"{option} is an empty list. Name at least one account, or leave the task out.")
        for position, value in enumerate(listed, 1):
            if not isinstance(value, str) or not value.strip():
                raise InputError(f"{option}: entry {position} is empty. Remove it, or fill in the account it is for.")
            if value.strip() != value or not value.isprintable():
                raise InputError(
                    f"{option}: entry {position} ({value!r}) has blanks, line breaks or control characters around or"
                    " in it. Write it without."
                )
            if by == "email" and not _ADDRESS.fullmatch(value):
                raise InputError(
                    f"{option}: entry {position} ({value!r}) is no e-mail address. User names belong into usernames."
                )
            targets[Wanted(by, value)] = None
    return list(targets)


def resolve(
    client: Client,
    targets: Iterable[Wanted],
    caller: Account,
    check: Callable[[User], None] | None = None,
    *,
    own_account_hint: str = ANOTHER_ACCOUNT,
    concurrency: int = 1,
    known: Callable[[Wanted], User | None] = lambda _wanted: None,
    show: Mapping[str, str] | None = None,
    addresses: Callable[[Wanted], Wanted] | None = None,
) -> list[Resolved]:
    """Look up every target and compare what came back with what was asked.

    Targets that turn out to be one account are merged into the first. What is wrong with single targets stands in
    their entry, so that all of it can be told at once.

    :arg check: raises a TargetError for an account that the job at hand cannot serve
    :arg own_account_hint: what to do about a target that is the caller
    :arg known: finds who was read in bulk on this run, by exact name or id
    :arg show: what else to ask of each account, such as :func:`user.with_rooms`
    :arg addresses: finds the id of whoever bears an e-mail address, and raises a TargetError where that is nobody or
        two
    :raises RocketChatError: for what concerns the whole run (credentials, network)
    """

    def one(wanted: Wanted) -> User:
        by_id = addresses(wanted) if addresses and wanted.by == "email" else wanted
        user = seen[wanted] = known(by_id) or look_up(client, by_id, show)
        _refuse(user, wanted, caller, own_account_hint)
        if check:
            check(user)
        return user

    asked = list(targets)
    seen: dict[Wanted, User] = {}
    found: set[str] = set()
    results: list[Resolved] = []
    progress = Progress("checked", len(asked))
    outcomes = each(asked, one, keep_going=True, concurrency=concurrency, progress=progress)
    for wanted, outcome in zip(asked, outcomes):
        if isinstance(outcome.error, TargetError):
            results.append(Resolved(wanted, seen.get(wanted), outcome.error))
        elif outcome.error:
            raise outcome.error
        elif outcome.value is None:
            continue
        elif outcome.value.user_id not in found:
            found.add(outcome.value.user_id)
            results.append(Resolved(wanted, outcome.value, None))
    if stopping():
        raise Stopped
    return results


def look_up(client: Client, wanted: Wanted, show: Mapping[str, str] | None = None) -> User:
    """Return the account that ``wanted`` names.

    The server looks for ``_id`` or user name whichever parameter is given, so what comes back is compared with what
    was asked: the id exactly; the name too, or ignoring case where the server itself ignored it.

    :raises TargetError: ``user-not-found`` or ``user-mismatch``
    """
    parameter = "username" if wanted.by == "username" else "userId"
    try:
        answer = client.get("v1/users.info", {parameter: wanted.value, **(show or {})})
    except RocketChatError as error:
        if _means_unknown(error):
            raise _not_found(wanted) from None
        raise
    user = replace(user_from(answer.get("user")), seen_at=client.server_time)
    matches = (
        user.username.casefold() == wanted.value.casefold() if wanted.by == "username" else user.user_id == wanted.value
    )
    if not matches:
        other = "user_ids" if wanted.by == "username" else "usernames"
        if wanted.value in (user.user_id, user.username):
            what = f"{wanted.value!r} is the {'id' if wanted.by == 'username' else 'user name'} of an account, not"
            message = f"{what} its {'user name' if wanted.by == 'username' else 'id'}. Give it in {other}."
        else:
            message = (
                f"Asked for the {wanted.by} {wanted.value!r}, the server described another account"
                f" ({user.username!r}). Nothing is done to either."
            )
        raise TargetError("user-mismatch", message)
    return user


def _means_unknown(error: RocketChatError) -> bool:
    words = getattr(error, "words", "")
    return error.code in ("error-invalid-user", "error-user-not-found") or "user not found" in words.lower()


def _not_found(wanted: Wanted) -> TargetError:
    if wanted.shown:
        return TargetError(
            "not-approved",
            f"{wanted.shown} was shown as the account {wanted.value}, but that one is gone. Rehearse again, and have"
            " that approved.",
        )
    hint = "Check the spelling; user names are case-sensitive here."
    if wanted.by == "user_id":
        hint = "Check the id; a user name belongs into usernames."
    elif wanted.value.startswith("@"):
        hint = "Leave out the @: it is not part of the user name."
    elif "@" in wanted.value:
        hint = "An e-mail address belongs into emails."
    return not_found(wanted, hint)


def not_found(wanted: Wanted, hint: str) -> TargetError:
    """Return what is wrong with a target that is nobody's account."""
    if unicodedata.normalize("NFC", wanted.value) != wanted.value:
        hint += (
            " Its accents are signs of their own (decomposed Unicode); the account may be written with composed ones."
        )
    return TargetError(UNKNOWN, f"There is no account with the {wanted}. {hint}")


def _refuse(user: User, wanted: Wanted, caller: Account, own_account_hint: str) -> None:
    if wanted.shown and user.username != wanted.shown:
        raise TargetError(
            "not-approved",
            f"{wanted.shown} was shown as the account {wanted.value}, but that one is called {user.username} now."
            " Rehearse again, and have that approved.",
        )
    if user.user_id == caller.user_id:
        raise TargetError(
            "own-account",
            f"The {wanted} is the calling account itself, which a task for others never touches. {own_account_hint}",
        )
    if user.kind == "app" or user.user_id == _ROCKET_CAT:
        raise TargetError(
            "app-user",
            f"The {wanted} is an account of the workspace itself or of one of its apps, which would stop working. Take"
            " it out of this task.",
        )
    if user.federated:
        raise TargetError(
            "federated-user",
            f"The {wanted} is a federated user, whose account another server owns. Ask the administrators of that"
            " server, and take the user out of this task.",
        )
