# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of people who work here, held against the accounts of a workspace. Nothing is asked of a server here."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.bulk import named
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError

EMAIL, USERNAME = "email", "username"


@dataclass(frozen=True)
class Listed:
    """One person of the list: the row as its sender counts, and what the account is found by, as it stands there."""

    row: int
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """What the list says of the accounts.

    ``absent``: accounts whose every key is on no row. ``keyless``: accounts that have no key, of which the list says
    nothing. ``missing``: people without account. ``deactivated``: people all of whose accounts are inactive, each with
    one of them. ``told``: what is ambiguous or empty, in sentences.
    """

    absent: Sequence[User]
    keyless: Sequence[User]
    missing: Sequence[Listed]
    deactivated: Sequence[tuple[Listed, User]]
    told: Sequence[str]


def folded(text: str) -> str:
    """Return a text as it is compared: blanks around it, case, and how its accents are written aside."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).strip()


def read_people(rows: Sequence[Any]) -> list[Listed]:
    """Check the list in the form that the filter ``people`` gives it.

    :raises InputError: for a list of nobody, and an entry of another form
    """
    if not rows:
        raise InputError("The list of people is empty, and would have everybody offboarded. Nothing was done.")
    people = []
    for position, entry in enumerate(rows, 1):
        keys = entry.get("keys") if isinstance(entry, Mapping) else None
        row = entry.get("row") if isinstance(entry, Mapping) else None
        if not (isinstance(row, int) and isinstance(keys, list) and all(isinstance(key, str) for key in keys)):
            raise InputError(f"people: entry {position} must have a number as row and a list of texts as keys.")
        people.append(Listed(row, tuple(key for key in keys if folded(key))))
    if not any(person.keys for person in people):
        raise InputError("No row of the list says whose account it is about. Check people_match and people_columns.")
    return people


def keys_of(user: User, match: str) -> tuple[str, ...]:
    """Return what an account is found by, nothing where it has none or that is not shown.

    :arg match: ``email``, ``username``, or the name of a custom field
    """
    if match == EMAIL:
        return tuple(address for address, _verified in user.emails or () if folded(address))
    if match == USERNAME:
        return (user.username,) if user.username else ()
    value = (user.custom_fields or {}).get(match)
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    return (text,) if folded(text) else ()


def compare(users: Sequence[User], people: Sequence[Listed], match: str) -> Comparison:
    """Hold the list against all accounts of a workspace. Whoever is on it in any way, ambiguous or not, is on it."""
    table = _Table(people)
    absent, keyless = [], []
    for user in users:
        keys = {folded(key) for key in keys_of(user, match)}
        if not keys:
            keyless.append(user)
        elif not table.note(user, keys):
            absent.append(user)
    deactivated = [
        (person, found[0])
        for person, found in zip(people, table.accounts)
        if found and all(user.active is False for user in found)
    ]
    missing = [person for person, found in zip(people, table.accounts) if person.keys and not found]
    return Comparison(absent, keyless, missing, deactivated, [*_empty(people, match), *table.told()])


class _Table:
    """The list by its keys, and who of the accounts was found on which of its rows."""

    def __init__(self, people: Sequence[Listed]) -> None:
        self._people = people
        self._positions: dict[str, list[int]] = {}
        for position, person in enumerate(people):
            for key in {folded(key) for key in person.keys}:
                self._positions.setdefault(key, []).append(position)
        self.accounts: list[list[User]] = [[] for _person in people]
        self._by_key: dict[str, list[User]] = {}
        self._joined: list[tuple[User, list[int]]] = []

    def note(self, user: User, keys: Set[str]) -> bool:
        """Note an account, and return whether it is on the list."""
        found = keys & self._positions.keys()
        for key in found:
            self._by_key.setdefault(key, []).append(user)
        positions = sorted({position for key in found for position in self._positions[key]})
        for position in positions:
            self.accounts[position].append(user)
        # That one key stands on several rows is said once, whoever bears it.
        if len(found) > 1 and len(positions) > 1:
            self._joined.append((user, positions))
        return bool(found)

    def told(self) -> list[str]:
        """Return what is ambiguous, in sentences."""
        twice = [
            f"{self._written(key)} stands in {self._rows(positions)} of the list, as if it were several people."
            for key, positions in self._positions.items()
            if len(positions) > 1
        ]
        shared = [
            f"{self._written(key)} ({self._rows(self._positions[key])} of the list) stands in several accounts, all of"
            f" which count as on the list: {named(sorted(f'{user.username} ({user.user_id})' for user in users))}."
            for key, users in self._by_key.items()
            if len(users) > 1
        ]
        joined = [
            f"{self._rows(positions)} of the list are about one account, {user.username} ({user.user_id})."
            for user, positions in self._joined
        ]
        return [*twice, *shared, *(f"{words[:1].upper()}{words[1:]}" for words in joined)]

    def _written(self, key: str) -> str:
        person = self._people[self._positions[key][0]]
        return repr(next(written for written in person.keys if folded(written) == key))

    def _rows(self, positions: Sequence[int]) -> str:
        return _rows([self._people[position] for position in positions])


def _empty(people: Sequence[Listed], match: str) -> list[str]:
    blank = [person for person in people if not person.keys]
    return [f"There is no {match} in {_rows(blank)} of the list: whose account it is about is not known."] * bool(blank)


def _rows(people: Sequence[Listed]) -> str:
    return f"row{'s' if len(people) > 1 else ''} {named([str(person.row) for person in people])}"
