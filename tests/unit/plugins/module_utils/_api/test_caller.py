# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who calls: read from ``/me``, never a target, and asked for the second factor that this account has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import user_from
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.caller import Identity, read_caller
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import RESET_TOTP
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

Connect = Callable[..., Any]
RECORD = {"_id": "aliceId", "username": "alice", "active": True}


def test_reading_the_caller_makes_the_client_refuse_to_act_on_it(workspace: Workspace, connect: Connect) -> None:
    client = connect(workspace.server, caller_id=None).client
    caller = read_caller(client)
    with pytest.raises(InputError):
        client.act(RESET_TOTP, caller)
    assert workspace.resets == []


@pytest.mark.parametrize(
    ("services", "emails", "expected"),
    [
        ({}, [], (False, False, False)),
        (None, [], (False, False, False)),
        ({"totp": {"enabled": True}}, [], (True, False, False)),
        ({"totp": {"enabled": False}}, [], (False, False, False)),
        ({"totp": {"enabled": "true"}}, [], (False, False, False)),
        ({"password": {"exists": True}}, [], (False, False, True)),
        ({"email2fa": {"enabled": True}}, [{"address": "a@example.com", "verified": True}], (False, True, False)),
        ({"email2fa": {"enabled": True}}, [{"address": "a@example.com", "verified": False}], (False, False, False)),
        ({"email2fa": {"enabled": False}}, [{"address": "a@example.com", "verified": True}], (False, False, False)),
    ],
)
def test_the_callers_own_second_factor_is_read_from_me(
    workspace: Workspace, connect: Connect, services: Any, emails: Any, expected: tuple[bool, bool, bool]
) -> None:
    workspace.me.update(services=services, emails=emails)
    caller = read_caller(connect(workspace.server).client)
    assert (caller.totp_enabled, caller.email_enabled, caller.has_password) == expected
    assert caller.roles == {"admin"}


def test_reading_the_caller_lets_the_client_act_on_others_and_on_the_caller_by_name(
    workspace: Workspace, connect: Connect
) -> None:
    client = connect(workspace.server, caller_id=None).client
    caller = read_caller(client)
    client.act(RESET_TOTP, user_from(RECORD))
    client.act_on_caller(RESET_TOTP, caller)
    assert workspace.resets == [{"userId": "aliceId"}, {}]


@pytest.mark.parametrize("roles", [None, "admin", {"admin": True}])
def test_a_caller_whose_roles_are_not_told_has_none(workspace: Workspace, connect: Connect, roles: Any) -> None:
    workspace.me["roles"] = roles
    assert read_caller(connect(workspace.server).client).roles == frozenset()


def test_who_calls_is_asked_once_and_when_it_is_needed(workspace: Workspace, connect: Connect) -> None:
    identity = Identity(connect(workspace.server, caller_id=None).client, "callerId")
    assert workspace.server.sent("GET", "/api/v1/me") == []
    assert identity.account is identity.ask()
    assert identity.ask().roles == {"admin"}
    assert len(workspace.server.sent("GET", "/api/v1/me")) == 1


def test_an_account_that_is_recognized_is_not_asked_for_and_never_a_target(
    workspace: Workspace, connect: Connect
) -> None:
    client = connect(workspace.server, caller_id=None).client
    identity = Identity(client, "aliceId")
    identity.recognize("alice")
    assert (identity.account.user_id, identity.account.username) == ("aliceId", "alice")
    with pytest.raises(InputError):
        client.act(RESET_TOTP, user_from(RECORD))
    assert workspace.server.requests == []
