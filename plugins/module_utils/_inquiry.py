# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sign in, ask by GET alone, sign out: what the modules share that change nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._endpoints import Action
from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import Refused, RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._session import Access, Session, open_session

Warn = Callable[[str], None]

# Looking at a server needs no particular version of it.
_LOOK = Action("users.info", "", "read this")


@dataclass
class Inquiry:
    """The result of an inquiry, in the form that a module returns."""

    facts: dict[str, Any] = field(default_factory=dict)
    failure: RocketChatError | None = None
    message: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the module's result without ``msg``."""
        result = {"changed": False, **self.facts}
        if self.failure is not None:
            result["error"] = self.failure.as_dict()
        return result

    def diff(self) -> list[dict[str, str]]:
        """Return nothing: nothing changes."""
        return []


def inquire(access: Access, warn: Warn, ask: Callable[[Session], dict[str, Any]], *, pool_size: int = 1) -> Inquiry:
    """Sign in, ask, sign out; this never raises for what a server or a network can do.

    :arg pool_size: how many connections to keep
    """
    try:
        with open_session(access, _LOOK, warn, pool_size=pool_size) as session:
            return Inquiry(ask(session))
    except RocketChatError as error:
        return Inquiry(failure=error, message=error.message)


def if_allowed(read: Callable[[], Any]) -> Any:
    """Return what was read, or ``None`` where the server does not let this caller read it."""
    try:
        return read()
    except Refused as error:
        if error.code == "not-authenticated":
            raise
        return None
