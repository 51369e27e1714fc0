# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sign in, ask by GET alone, sign out: what the modules share that change nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Access, Session, open_session

Warn = Callable[[str], None]


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
        with open_session(access, [], warn, pool_size=pool_size) as session:
            return Inquiry(ask(session))
    except RocketChatError as error:
        return Inquiry(failure=error, message=error.message)
