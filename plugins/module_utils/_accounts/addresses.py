# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an e-mail address to the one account that bears it, by the cheapest look-up that the server has.

A server finds addresses only for who may see whole profiles, and some answer with others than were asked for; so what
comes back is compared with what was asked, exactly but for case.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.directory import all_users, listed_users
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted, not_found
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import LIST_BY_STATUS, SEE_PROFILE
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import TargetError

# From here on users.listByStatus finds parts of addresses (measured on 7.7 and 8.6). users.info has a parameter for the
# whole one from 8.4 on, and keeps quiet about a second account that bears it.
_BY_PART = (6, 8)
# So many people are looked up one by one; for more, all accounts are read by the page once.
_FEW = 20


def masked(address: str) -> str:
    """Return an address as it may be read to somebody on the phone: enough to know one's own."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}***{at}{domain}"


class Addresses:
    """Finds the bearers of addresses."""

    def __init__(self, client: Client, version: tuple[int, int], wanted: Sequence[Wanted], *, concurrency: int) -> None:
        """Read all accounts at once where that is cheaper, or the only way."""
        self._client = client
        self._all: _Index | None = None
        number = sum(target.by == "email" for target in wanted)
        if number and (number > _FEW or version < _BY_PART):
            self._all = _Index(all_users(client, concurrency=concurrency))

    def find(self, wanted: Wanted) -> Wanted:
        """Return the id of whoever bears an address.

        :raises TargetError: ``user-not-found``, or ``ambiguous-address`` where it is two accounts' address, or the user
            name of another account
        """
        key = wanted.value.casefold()
        index = self._all or _Index(listed_users(self._client, LIST_BY_STATUS, {"searchTerm": wanted.value}))
        bearers, namesakes = index.bearers.get(key, {}), index.named.get(key, {})
        if not bearers:
            hint = (
                f"Check the spelling, and that the calling account holds the permission {SEE_PROFILE.permission},"
                " without which nobody is found by address."
            )
            if namesakes:
                hint = f"It is the user name of an account: name that by its id, {', '.join(sorted(namesakes))}."
            raise not_found(wanted, hint)
        everybody = {**bearers, **namesakes}
        if len(everybody) > 1:
            names = ", ".join(sorted(f"{user.username} ({user.user_id})" for user in everybody.values()))
            how = "id" if namesakes else "user name or id"
            raise TargetError(
                "ambiguous-address",
                f"The {wanted} stands in several accounts: {names}. Name the right one by its {how}.",
            )
        return Wanted("user_id", next(iter(bearers)))


class _Index:
    """Accounts by address and by user name, case aside, and there by their ids."""

    def __init__(self, users: Iterable[User]) -> None:
        self.bearers: dict[str, dict[str, User]] = {}
        self.named: dict[str, dict[str, User]] = {}
        for user in users:
            self.named.setdefault(user.username.casefold(), {})[user.user_id] = user
            for address, _verified in user.emails or ():
                self.bearers.setdefault(address.casefold(), {})[user.user_id] = user
