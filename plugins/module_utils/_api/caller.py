# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who calls, and which second factor the server may ask that account for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.account import Account, emails_of, roles_of, text
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client


@dataclass(frozen=True)
class Caller(Account):
    """The calling account as ``/me`` showed it; ``roles`` by their ids."""

    roles: frozenset[str]
    totp_enabled: bool
    email_enabled: bool
    has_password: bool


def read_caller(client: Client) -> Caller:
    """Ask ``/me`` who calls, and tell the client, which from then on refuses to act on that account as a target."""
    record = client.get("v1/me")
    services = record.get("services")
    services = services if isinstance(services, dict) else {}
    caller = Caller(
        text(record, "_id"),
        text(record, "username"),
        roles=frozenset(roles_of(record)),
        totp_enabled=_flag(services, "totp", "enabled"),
        # On by default, but without a verified address no code is ever asked for (measured).
        email_enabled=_flag(services, "email2fa", "enabled")
        and any(verified for _address, verified in emails_of(record)),
        has_password=_flag(services, "password", "exists"),
    )
    client.know_caller(caller.user_id)
    return caller


class Identity:
    """Whose credentials go with the requests. The server is asked when more than the name is needed, and once."""

    def __init__(self, client: Client, user_id: str) -> None:
        """Take the id that signs in."""
        self._client = client
        self._account: Account | None = None
        self._caller: Caller | None = None
        self.user_id = user_id

    @property
    def account(self) -> Account:
        """The calling account."""
        return self._account or self.ask()

    def ask(self) -> Caller:
        """Have the server tell what ``/me`` shows, unless it has told.

        :raises RocketChatError: where the server does not accept the credentials
        """
        if self._caller is None:
            self._caller = self._account = read_caller(self._client)
        return self._caller

    def recognize(self, username: str) -> None:
        """Take the name from an answer to these credentials that shows an account of this very id."""
        self._account = Account(self.user_id, username)
        self._client.know_caller(self.user_id)


def _flag(services: Mapping[str, Any], service: str, key: str) -> bool:
    value = services.get(service)
    return isinstance(value, dict) and value.get(key) is True
