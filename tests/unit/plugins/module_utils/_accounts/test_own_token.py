# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an account does for itself: a password that every policy takes, and a token in the place of a lost one."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.own_token import make_token, new_password
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.account import Account
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, UnexpectedAnswer

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import ScriptedServer

MAKE, REMOVE = "/api/v1/users.generatePersonalAccessToken", "/api/v1/users.removePersonalAccessToken"
IN_USE = (
    400,
    {"success": False, "error": "There [error-token-already-exists]", "errorType": "error-token-already-exists"},
)
MADE = {"token": "told-once", "success": True}


@pytest.fixture
def owner(server: ScriptedServer, connect: Callable[..., Any]) -> Any:
    """Return a session of the account itself, as far as it is needed."""
    return SimpleNamespace(client=connect(server).client, caller=Account("callerId", "svc"))


def test_passwords() -> None:
    passwords = {new_password() for _each in range(200)}
    assert len(passwords) == 200
    for password in passwords:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{38}[A-Za-z0-9]", password)
        assert all(re.search(kind, password) for kind in ("[a-z]", "[A-Z]", "[0-9]", "[._-]"))
        assert not re.search(r"(.)\1", password)


def test_a_token(server: ScriptedServer, owner: Any) -> None:
    server.route(MAKE, MADE, method="POST")
    assert make_token(owner, "ansible") == "told-once"
    assert [seen.json for seen in server.sent("POST")] == [{"tokenName": "ansible", "bypassTwoFactor": True}]


def test_in_the_place_of_a_lost_one(server: ScriptedServer, owner: Any) -> None:
    server.route(MAKE, IN_USE, MADE, method="POST")
    server.route(REMOVE, {"success": True}, method="POST")
    assert make_token(owner, "ansible") == "told-once"
    assert [seen.path for seen in server.sent("POST")] == [MAKE, REMOVE, MAKE]
    assert server.sent("POST", REMOVE)[0].json == {"tokenName": "ansible"}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"success": True}, UnexpectedAnswer),
        ((400, {"success": False, "error": "Not Authorized", "errorType": "not-authorized"}), Refused),
    ],
)
def test_no_token(server: ScriptedServer, owner: Any, answer: Any, kind: type[Exception]) -> None:
    server.route(MAKE, answer, method="POST")
    with pytest.raises(kind):
        make_token(owner, "ansible")
