# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which workspaces a run is about: a real one by the environment, or an emulator of each version."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.emulator.testing import Emulator
from tests.live.client import Account

EMULATED = ("6.5", "7.7", "8.6")
_EMULATOR = "emulator"
_BOSS = Account(username="boss", password="boss-pw-1")
NO_SERVER = (
    "There is no server to test: set LIVE_URL with LIVE_USERNAME and LIVE_PASSWORD (or LIVE_USER_ID and LIVE_TOKEN),"
    " or LIVE_IMAGE and LIVE_MONGO where there is Docker or Podman; 'make live LIVE=emulator' runs the same scenarios"
    " against the emulator."
)


class UsageError(Exception):
    """The environment does not say what to test; one sentence on what to do."""


@dataclass(frozen=True)
class Target:
    """A workspace: where it is and who administers it; an emulated one has a version instead of an address."""

    url: str = ""
    admin: Account = _BOSS
    emulates: str = ""

    @property
    def name(self) -> str:
        """What tests and tables call it."""
        return f"{_EMULATOR} {self.emulates}" if self.emulates else urlsplit(self.url).netloc

    @contextmanager
    def running(self) -> Iterator[str]:
        """Give the address of the workspace; an emulator lives until the block ends.

        It is a workspace as the official images make one: without a licence.
        """
        if not self.emulates:
            yield self.url
            return
        boss = {"username": _BOSS.username, "roles": ["user", "admin"], "email2fa": False}
        with Emulator(self.emulates, world={"users": [boss]}) as server:
            yield server.url


def targets(environment: Mapping[str, str] = os.environ) -> list[Target]:
    """Say what to test; raises `UsageError`."""
    given = {name: environment.get(f"LIVE{name}", "") for name in ("", "_URL", "_VERSIONS")}
    if given[""] not in ("", _EMULATOR):
        raise UsageError(f"LIVE is {given['']!r}, and can only be 'emulator'.")
    if given[""] == _EMULATOR:
        if given["_URL"]:
            raise UsageError("LIVE=emulator and LIVE_URL exclude each other: leave one of them out.")
        return [Target(emulates=version) for version in given["_VERSIONS"].split() or EMULATED]
    if not given["_URL"]:
        raise UsageError(NO_SERVER)
    return [_real(given["_URL"].rstrip("/"), environment)]


def _real(url: str, environment: Mapping[str, str]) -> Target:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError("LIVE_URL has to begin with https:// or http:// and to name a host.")
    keys = ("username", "password", "user_id", "token", "totp_secret")
    given = {key: environment.get(f"LIVE_{key.upper()}", "") for key in keys}
    if not (given["user_id"] and given["token"]) and not (given["username"] and given["password"]):
        raise UsageError(
            "An administrator is missing: set LIVE_USERNAME and LIVE_PASSWORD, or LIVE_USER_ID and LIVE_TOKEN."
        )
    return Target(url, Account(**{key: given[key] for key in keys[:4]}, secret=given["totp_secret"]))
