# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only the owner of an account can do for it: end its codes by e-mail, and make a personal access token."""

from __future__ import annotations

import secrets
import string

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    MAKE_TOKEN,
    NO_EMAIL_CODES,
    REMOVE_TOKEN,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, UnexpectedAnswer
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session

_LENGTH = 40
# All of them can stand in a file of variables, in YAML and in JSON as they are.
_SIGNS = "-_."
_ALPHABET = string.ascii_letters + string.digits + _SIGNS
_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SIGNS)


def new_password() -> str:
    """Return a random password that every policy of a workspace takes: of each kind one sign, none twice in a row."""
    while True:
        password = "".join(secrets.choice(_ALPHABET) for _position in range(_LENGTH))
        mixed = all(set(password) & set(kind) for kind in _KINDS)
        # A file of variables is read by programs that would take a sign at the front or the end for something else.
        if mixed and password[0].isalnum() and password[-1].isalnum() and not _repeats(password):
            return password


def _repeats(password: str) -> bool:
    return any(one == other for one, other in zip(password, password[1:]))


def end_email_codes(owner: Session) -> None:
    """Let the account be asked for no codes by e-mail, which no service account can read."""
    owner.client.act_on_caller(NO_EMAIL_CODES, owner.caller)


def make_token(owner: Session, name: str) -> str:
    """Make a personal access token that bypasses two-factor authentication, in the place of one of the same name.

    The server shows a token once. One that is there already got lost on its way, or is to be renewed.
    """
    body = {"tokenName": name, "bypassTwoFactor": True}
    try:
        answer = owner.client.act_on_caller(MAKE_TOKEN, owner.caller, body).body
    except Refused as error:
        if error.code != "error-token-already-exists":
            raise
        owner.client.act_on_caller(REMOVE_TOKEN, owner.caller, {"tokenName": name})
        answer = owner.client.act_on_caller(MAKE_TOKEN, owner.caller, body).body
    token = answer.get("token")
    if not isinstance(token, str) or not token:
        raise UnexpectedAnswer("not-rocketchat", "The answer to a new personal access token has no token in it.")
    return token
