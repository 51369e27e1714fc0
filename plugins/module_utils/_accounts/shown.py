# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account as somebody was shown it before they approved, and whether it is as shown still."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, TargetError

_STATES = {True: "active", False: "inactive", None: "unknown"}
# What to do about an account that is not as shown.
AGAIN = "Rehearse again, and have that approved."


@dataclass(frozen=True)
class Shown:
    """What is kept of one account: ``state`` is ``active``, ``inactive`` or ``unknown``, ``email`` the masked address.

    ``digest`` stands for name and addresses. Without it nothing but name and id is compared.
    """

    user_id: str
    state: str = ""
    email: str = ""
    digest: str = ""

    @classmethod
    def of(cls, user: User) -> Shown:
        """Take down an account as the server shows it now."""
        first = next((address for address, _verified in user.emails or ()), "")
        return cls(user.user_id, _STATES[user.active], _masked(first), _digest(user))

    def as_dict(self) -> dict[str, str]:
        """Return it in the form that goes into files and variables; no address stands in it."""
        return {"id": self.user_id, "state": self.state, "email": self.email, "digest": self.digest}

    def check(self, user: User, *, own_doing: bool = False) -> None:
        """Compare an account of this id and name with what was shown.

        :arg own_doing: whether a run for the same ticket may have changed the state since
        :raises TargetError: ``not-approved``
        """
        state = _STATES[user.active]
        if self.state and self.state != state and not own_doing:
            what = f"was shown as {self.state} and is {state} now"
        elif self.digest and self.digest != _digest(user):
            what = "has another e-mail address than when it was shown"
        else:
            return
        raise TargetError("not-approved", f"{user.username} ({user.user_id}) {what}. {AGAIN}")


def read_shown(value: Any) -> dict[str, Shown] | None:
    """Check a mapping from user name to what :meth:`Shown.as_dict` returned, or to the id alone; ``None`` stays.

    :raises InputError: for anything else
    """
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise _misshapen()
    return {_text(name): _read_one(entry) for name, entry in value.items()}


def _read_one(entry: Any) -> Shown:
    if not isinstance(entry, Mapping):
        return Shown(_text(entry))
    if set(entry) != {"id", "state", "email", "digest"} or not isinstance(entry["email"], str):
        raise _misshapen()
    return Shown(_text(entry["id"]), _text(entry["state"]), entry["email"], _text(entry["digest"]))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _misshapen()
    return value


def _misshapen() -> InputError:
    return InputError(
        "approved_ids must be a mapping from user name to user id, or to id, state, email and digest, as the rehearsal"
        " handed it on."
    )


def _digest(user: User) -> str:
    # With the id in it, equal addresses of two accounts do not show as equal. A list tells of nobody that they have no
    # address, so that none and unknown are one.
    addresses = sorted({address.casefold() for address, _verified in user.emails or ()})
    text = json.dumps([user.user_id, user.username, addresses])
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _masked(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}***{at}{domain}" if at else ""
