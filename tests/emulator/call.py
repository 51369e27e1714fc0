# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One API call as an endpoint sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.emulator.envelopes import Forbidden
from tests.emulator.state import Token, User

if TYPE_CHECKING:
    from tests.emulator.server import Server


@dataclass
class Call:
    """A request that was routed, with its parsed parts."""

    server: Server
    method: str
    path: str
    query: dict[str, str]
    pairs: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any
    remote: str
    url: str
    argument: str = ""
    caller: User | None = None
    token: Token | None = None
    extra_headers: dict[str, str] = field(default_factory=dict)

    @property
    def user(self) -> User:
        """The caller, on endpoints that demand a login."""
        assert self.caller is not None
        return self.caller

    @property
    def fields(self) -> dict[str, Any]:
        """The body when it is an object, else nothing."""
        return self.body if isinstance(self.body, dict) else {}

    def values(self, name: str) -> list[str]:
        """All values of a parameter that may be given several times."""
        return [value for key, value in self.pairs if key == name]

    def may(self, permission: str) -> bool:
        """Whether the caller holds a permission."""
        return self.caller is not None and self.server.permissions.holds(self.caller.roles, permission)

    def demand(self, permission: str) -> None:
        """Refuse with 403 unless the caller holds a permission."""
        if not self.may(permission):
            raise Forbidden
