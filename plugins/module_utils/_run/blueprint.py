# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service account is to be like: the options of its module, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.ledger import NAME as CHANNEL
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.roles import GIVEN_BY_ITSELF
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.needs import (
    JOBS,
    NEVER,
    WHOLE_JOBS,
    permissions_of,
)

TOKEN_NAME = "chatops.rocketchat"  # noqa: S105 (a name, no token)
ROLE = "user-access"


def options() -> dict[str, dict[str, Any]]:
    """Return the argument spec of the module, but for the shared options."""
    return {
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "username": {"type": "str", "required": True},
        "name": {"type": "str"},
        "email": {"type": "str"},
        "role": {"type": "str", "default": ROLE},
        "shared_role": {"type": "str"},
        "shared_role_accepted": {"type": "bool", "default": False},
        "jobs": {"type": "list", "elements": "str", "choices": [*WHOLE_JOBS, *JOBS], "default": ["recover"]},
        "permissions": {"type": "list", "elements": "str", "default": []},
        "token": {"type": "str", "choices": ["keep", "renew"], "default": "keep", "no_log": False},
        "token_name": {"type": "str", "default": TOKEN_NAME, "no_log": False},
        "account_token": {"type": "str", "no_log": True},
        "account_user_id": {"type": "str"},
        "account_password": {"type": "str", "no_log": True},
        "ledger": {"type": "str"},
        "auditors": {"type": "list", "elements": "str", "default": []},
        "confirm_relinquish": {"type": "bool", "default": False},
    }


@dataclass(frozen=True, repr=False)
class Blueprint:
    """A service account as the task wants it. ``token`` and ``password``: what an earlier run returned of it."""

    username: str
    name: str
    email: str
    role: str
    shared: bool
    accepted: bool
    of_jobs: tuple[str, ...]
    by_name: tuple[str, ...]
    renew: bool
    token_name: str
    token: str
    user_id: str
    password: str
    ledger: str
    auditors: tuple[str, ...]
    confirm_relinquish: bool

    @property
    def permissions(self) -> tuple[str, ...]:
        """What its role is to hold, each once."""
        return tuple(dict.fromkeys((*self.of_jobs, *self.by_name)))


def read_blueprint(params: Mapping[str, Any]) -> Blueprint:
    """Check the options of the module.

    :raises InputError: naming the option and what to write instead
    """
    for option in ("username", "email", "name", "role", "shared_role", "token_name", "ledger"):
        value = params[option]
        if value and (value.strip() != value or not value.isprintable()):
            raise InputError(f"{option} ({value!r}) has blanks, line breaks or control characters around or in it.")
    if not params["username"]:
        raise InputError("username is empty. Name the account.")
    if params["email"] and "@" not in params["email"]:
        raise InputError("email is no address. Give one whose mailbox somebody reads, and that no other account has.")
    forbidden = sorted(set(params["permissions"]) & set(NEVER))
    if forbidden:
        raise InputError(
            f"permissions: {forbidden[0]} is never given. Whoever holds it can give themselves all others, and no job"
            " of this collection needs it."
        )
    blank = [entry for entry in params["permissions"] if not entry.strip() or entry.strip() != entry]
    if blank:
        raise InputError(f"permissions: {blank[0]!r} is empty, or has blanks around it.")
    role = params["shared_role"] or params["role"]
    if not role:
        raise InputError("role is empty. Name the role of the service account.")
    if role in GIVEN_BY_ITSELF:
        raise InputError(
            f"{'shared_role' if params['shared_role'] else 'role'} is {role}, which accounts come to have without"
            " anybody choosing them for it: whoever has it could do what the service account can. Give another one."
        )
    if params["ledger"] and not CHANNEL.fullmatch(params["ledger"]):
        raise InputError(
            f"ledger is {params['ledger']!r}, which Rocket.Chat does not take for the name of a channel. Use letters,"
            " digits, dashes, underscores and dots."
        )
    if params["auditors"] and not params["ledger"]:
        raise InputError("auditors are to read the ledger, and there is none. Name the channel in ledger.")
    return Blueprint(
        username=params["username"],
        name=params["name"] or params["username"],
        email=params["email"] or "",
        role=role,
        shared=bool(params["shared_role"]),
        accepted=params["shared_role_accepted"],
        of_jobs=tuple(permissions_of(params["jobs"])),
        by_name=tuple(params["permissions"]),
        renew=params["token"] == "renew",  # noqa: S105 (a choice, no token)
        token_name=params["token_name"] or TOKEN_NAME,
        token=params["account_token"] or "",
        user_id=params["account_user_id"] or "",
        password=params["account_password"] or "",
        ledger=params["ledger"] or "",
        auditors=tuple(params["auditors"]),
        confirm_relinquish=params["confirm_relinquish"],
    )
