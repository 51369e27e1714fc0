# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One way to sign in, for every module: server first, then credentials, then who calls; signed out again at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.chatops.rocketchat.plugins.module_utils._api import options
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.account import Account
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.caller import Caller, Identity
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.client import Client
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import Action
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError, UnexpectedAnswer
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.rate_limit import RateLimit
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.transport import HAS_REQUESTS, Transport
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.two_factor import TwoFactor
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import Workspace

_VERSION = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True)
class Access:
    """How to reach the server and sign in: the shared options, checked."""

    connection: options.Connection
    login: options.TokenLogin | options.PasswordLogin
    second_factor: options.SecondFactor

    def secrets(self) -> list[tuple[str, str]]:
        """Return what Ansible hides wherever it stands, each with the name of its option."""
        login, factor = self.login, self.second_factor
        given = {
            "api_token": login.token if isinstance(login, options.TokenLogin) else None,
            "api_password": login.password if isinstance(login, options.PasswordLogin) else None,
            "two_factor_code": factor.code,
            "two_factor_password": factor.password,
            **{f"http_headers[{name}]": value for name, value in self.connection.http_headers.items()},
        }
        return [(option, secret) for option, secret in given.items() if secret]


@dataclass(frozen=True)
class Session:
    """A signed-in client. ``version`` is ``(major, minor)``, the most an anonymous caller is told since 4.0."""

    client: Client
    identity: Identity
    two_factor: TwoFactor
    version: tuple[int, int]
    access: Access
    workspace: Workspace

    @property
    def account(self) -> Account:
        """Who calls."""
        return self.identity.account

    @property
    def caller(self) -> Caller:
        """Who calls, with roles and second factors."""
        return self.identity.ask()


def missing_library(params: Mapping[str, Any]) -> str | None:
    """Return the name of a Python library that these options need and that is not there, or ``None``."""
    if not HAS_REQUESTS:
        return "requests"
    if params.get("two_factor_secret"):
        try:
            import pyotp  # noqa: F401
        except ImportError:
            return "pyotp"
    return None


def access(params: Mapping[str, Any]) -> Access:
    """Check the shared options.

    :arg params: ``AnsibleModule.params``
    :raises InputError: before anything is sent
    """
    return Access(options.connection(params), options.login(params), options.second_factor(params))


@contextmanager
def open_session(
    given: Access, actions: Sequence[Action], warn: Callable[[str], None], *, pool_size: int = 1, ask_who: bool = True
) -> Iterator[Session]:
    """Find the server, check that it has these endpoints, sign in, and sign out again whatever happens.

    A personal access token is never signed out.

    :arg pool_size: how many connections to keep
    :arg ask_who: have the server tell whose credentials these are, before anything else is asked with them
    :raises RocketChatError: when the server cannot be reached, is too old, or does not accept the credentials
    """
    connection = given.connection
    if connection.verify is False:
        warn("validate_certs is false: nobody vouches that this is the right server, and it is sent the credentials.")
    if connection.plain_text:
        warn("api_url is plain http to another host: credentials and codes can be read on the way. Use https.")
    two_factor = TwoFactor(given.second_factor)
    client = Client(
        Transport(connection, pool_size=pool_size),
        two_factor,
        RateLimit(connection.rate_limit_wait),
        retries=connection.retries,
    )
    signed_in = False
    try:
        version = read_version(client)
        for action in actions:
            if version < action.since:
                raise UnexpectedAnswer(
                    "version-too-old",
                    f"This server is Rocket.Chat {version[0]}.{version[1]}; {action.path} needs"
                    f" {action.since[0]}.{action.since[1]} or later. Upgrade the server.",
                )
        if isinstance(given.login, options.PasswordLogin):
            user_id, _token = client.sign_in(given.login.username, given.login.password)
            signed_in = True
        else:
            user_id = given.login.user_id
            client.identify(user_id, given.login.token)
        identity = Identity(client, user_id)
        if ask_who:
            identity.ask()
        yield Session(client, identity, two_factor, version, given, Workspace(client))
    finally:
        if signed_in:
            _sign_out(client, warn)
        if two_factor.ahead:
            behind = "ahead of" if two_factor.ahead > 0 else "behind"
            warn(
                f"The server's clock is {abs(two_factor.ahead):.0f} seconds {behind} that of the host that runs the"
                " module. Codes were computed for the server's time. Set the clock that is wrong."
            )
        if client.seconds_waited >= 1:
            warn(f"The server's rate limit made this run wait {client.seconds_waited:.0f} seconds in all.")
        client.close()


def _sign_out(client: Client, warn: Callable[[str], None]) -> None:
    try:
        client.sign_out()
    except RocketChatError as error:
        # The session is already gone where the run itself ended it (own account) or somebody else did.
        if error.code != "not-authenticated":
            warn(f"The session of this run could not be ended: {error.message}")


def read_version(client: Client) -> tuple[int, int]:
    """Ask ``/api/info``, which needs no login, for the server's version: no secret goes to anything else.

    :raises UnexpectedAnswer: when what answers is not Rocket.Chat
    """
    record = client.get("info")
    info = record.get("info")
    text = record.get("version") or (info.get("version") if isinstance(info, dict) else None)
    match = _VERSION.match(text) if isinstance(text, str) else None
    if not match:
        raise UnexpectedAnswer(
            "not-rocketchat",
            "/api/info answers, but names no version of Rocket.Chat. Check that api_url is the address of a Rocket.Chat"
            " workspace.",
        )
    return int(match.group(1)), int(match.group(2))
