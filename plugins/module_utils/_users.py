# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a name or an id to one account, checked: caller and target told apart, name and id never confused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._bulk import each
from ansible_collections.chatops.rocketchat.plugins.module_utils._client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import (
    InputError,
    RocketChatError,
    TargetError,
    UnexpectedAnswer,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._progress import Progress
from ansible_collections.chatops.rocketchat.plugins.module_utils._stop import Stopped, stopping
from ansible_collections.chatops.rocketchat.plugins.module_utils._times import parse_time

# What to do about a target that is the caller, where there is no task of its own for that.
ANOTHER_ACCOUNT = "Use another account for it."


@dataclass(frozen=True)
class User:
    """An account as ``users.info`` showed it on this run.

    ``full_view``: the caller may see all fields; without it, those below ``full_view`` are unknown (``None``) rather
    than empty. Times are aware, UTC; ``last_login`` is ``None`` also for who never logged in; ``seen_at`` is the
    server's own time of the answer.
    """

    user_id: str
    username: str
    active: bool | None
    federated: bool
    full_view: bool = False
    last_login: datetime | None = None
    created_at: datetime | None = None
    logged_in_ever: bool = True
    name: str | None = None
    kind: str | None = None
    roles: tuple[str, ...] | None = None
    emails: tuple[tuple[str, bool], ...] | None = None
    require_password_change: bool | None = None
    custom_fields: Mapping[str, Any] | None = None
    seen_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.user_id.strip():
            raise UnexpectedAnswer("not-rocketchat", "The server described an account without an id.")

    @property
    def never_logged_in(self) -> bool:
        """Tell whether it is known that nobody ever signed in to the account."""
        return self.full_view and not self.logged_in_ever


@dataclass(frozen=True)
class Caller:
    """The calling account as ``/me`` showed it."""

    user: User
    roles: frozenset[str]
    totp_enabled: bool
    email_enabled: bool
    has_password: bool


@dataclass(frozen=True)
class Wanted:
    """One target as the task names it. ``by``: ``username`` or ``user_id``."""

    by: str
    value: str

    def __str__(self) -> str:
        return f"{self.by} {self.value!r}"


@dataclass(frozen=True)
class Resolved:
    """One target of the run: how it was asked for, and the account or what is wrong with it."""

    wanted: Wanted
    user: User | None
    error: RocketChatError | None


def wanted_targets(usernames: Iterable[str] | None, user_ids: Iterable[str] | None) -> list[Wanted]:
    """Check the names and ids of a task and return them in order, each once.

    :raises InputError: for an empty or blank name, blanks around one, or a list of nothing
    """
    targets: dict[Wanted, None] = {}
    for by, option, values in (("username", "usernames", usernames), ("user_id", "user_ids", user_ids)):
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
            targets[Wanted(by, value)] = None
    return list(targets)


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def user_from(record: Any) -> User:
    """Take what this collection needs from the server's description; ``services`` and its secrets stay behind.

    :raises UnexpectedAnswer: when the description has no id
    """
    if not isinstance(record, dict) or not _text(record, "_id"):
        raise UnexpectedAnswer("not-rocketchat", "The server described an account without an id.")
    active, change = record.get("active"), record.get("requirePasswordChange")
    full_view = record.get("canViewAllInfo") is True
    fields = record.get("customFields")
    emails = record.get("emails")
    return User(
        user_id=_text(record, "_id"),
        username=_text(record, "username"),
        active=active if isinstance(active, bool) else None,
        federated=record.get("federated") is True,
        full_view=full_view,
        last_login=parse_time(_text(record, "lastLogin")),
        created_at=parse_time(_text(record, "createdAt")),
        logged_in_ever=record.get("lastLogin") is not None,
        name=_text(record, "name") or None,
        kind=_text(record, "type") or None,
        roles=_roles(record) if isinstance(record.get("roles"), list) else None,
        emails=_emails(emails) if isinstance(emails, list) else () if full_view else None,
        require_password_change=change if isinstance(change, bool) else False if full_view else None,
        custom_fields=fields if isinstance(fields, dict) else {} if full_view else None,
    )


def _roles(record: Mapping[str, Any]) -> tuple[str, ...]:
    roles = record.get("roles")
    return tuple(role for role in roles if isinstance(role, str)) if isinstance(roles, list) else ()


def _emails(entries: list[Any]) -> tuple[tuple[str, bool], ...]:
    return tuple(
        (_text(entry, "address"), entry.get("verified") is True)
        for entry in entries
        if isinstance(entry, dict) and _text(entry, "address")
    )


def read_caller(client: Client) -> Caller:
    """Ask ``/me`` who calls, and tell the client, which from then on refuses to act on that account as a target."""
    record = client.get("v1/me")
    user = user_from(record)
    client.know_caller(user.user_id)
    services = record.get("services")
    services = services if isinstance(services, dict) else {}
    return Caller(
        user=user,
        roles=frozenset(_roles(record)),
        totp_enabled=_flag(services, "totp", "enabled"),
        # On by default, but without a verified address no code is ever asked for (measured).
        email_enabled=_flag(services, "email2fa", "enabled")
        and any(verified for _address, verified in user.emails or ()),
        has_password=_flag(services, "password", "exists"),
    )


def _flag(services: Mapping[str, Any], service: str, key: str) -> bool:
    value = services.get(service)
    return isinstance(value, dict) and value.get(key) is True


def resolve(
    client: Client,
    targets: Iterable[Wanted],
    caller: Caller,
    check: Callable[[User], None] | None = None,
    *,
    own_account_hint: str = ANOTHER_ACCOUNT,
    concurrency: int = 1,
    known: Callable[[Wanted], User | None] = lambda _wanted: None,
) -> list[Resolved]:
    """Look up every target and compare what came back with what was asked.

    Targets that turn out to be one account are merged into the first. What is wrong with single targets stands in
    their entry, so that all of it can be told at once.

    :arg check: raises a TargetError for an account that the job at hand cannot serve
    :arg own_account_hint: what to do about a target that is the caller
    :arg known: finds who was read in bulk on this run, by exact name or id
    :raises RocketChatError: for what concerns the whole run (credentials, network)
    """

    def one(wanted: Wanted) -> User:
        user = known(wanted) or look_up(client, wanted)
        _refuse(user, wanted, caller, own_account_hint)
        if check:
            check(user)
        return user

    asked = list(targets)
    found: set[str] = set()
    results: list[Resolved] = []
    progress = Progress("checked", len(asked))
    outcomes = each(asked, one, keep_going=True, concurrency=concurrency, progress=progress)
    for wanted, outcome in zip(asked, outcomes):
        if isinstance(outcome.error, TargetError):
            results.append(Resolved(wanted, None, outcome.error))
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


def look_up(client: Client, wanted: Wanted) -> User:
    """Return the account that ``wanted`` names.

    The server looks for ``_id`` or user name whichever parameter is given, so what comes back is compared with what
    was asked: the id exactly; the name too, or ignoring case where the server itself ignored it.

    :raises TargetError: ``user-not-found`` or ``user-mismatch``
    """
    parameter = "username" if wanted.by == "username" else "userId"
    try:
        answer = client.get("v1/users.info", {parameter: wanted.value})
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
    hint = "Check the spelling; user names are case-sensitive here."
    if wanted.by == "user_id":
        hint = "Check the id; a user name belongs into usernames."
    elif wanted.value.startswith("@"):
        hint = "Leave out the @: it is not part of the user name."
    elif "@" in wanted.value:
        hint = "An e-mail address is not accepted: give the user name."
    return TargetError("user-not-found", f"There is no account with the {wanted}. {hint}")


def _refuse(user: User, wanted: Wanted, caller: Caller, own_account_hint: str) -> None:
    if user.user_id == caller.user.user_id:
        raise TargetError(
            "own-account",
            f"The {wanted} is the calling account itself, which a task for others never touches. {own_account_hint}",
        )
    if user.federated:
        raise TargetError(
            "federated-user",
            f"The {wanted} is a federated user, whose account another server owns. Ask the administrators of that"
            " server, and take the user out of this task.",
        )
