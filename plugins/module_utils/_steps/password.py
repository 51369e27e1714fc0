# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Giving an account a new password, without touching the rest of its profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.profile import check_profile, update_profile
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import SET_PASSWORD, UPDATE_USER
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import Refused, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.secret_file import new_password
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Done, Plan, Step

_FORGOTTEN = "random, known to nobody"


class Password(Step):
    """Sets a password, or has the server mail a random one to the account's owner.

    ``password``: ``None`` for a random one. ``require_change``: whether the owner must change it at the next login.
    ``forgotten``: nobody is mailed the random one, or learns it in another way.
    """

    name = "password"
    label = "Password"
    deed = "password replaced"
    actions = (UPDATE_USER, SET_PASSWORD)
    certain = SET_PASSWORD
    whole_record = True
    ends_sessions = True
    blank: ClassVar[Mapping[str, Any]] = {"mailed_to": None}

    def __init__(self, password: str | None = None, *, require_change: bool = True, forgotten: bool = False) -> None:
        self._password = password
        self._mailed = not password and not forgotten
        self._kind = "random, mailed to its owner" if self._mailed else "the one given" if password else _FORGOTTEN
        # Neither is one that its owner was mailed.
        self.recorded = "" if self._mailed else "password_given" if password else "password_forgotten"
        # Who gives a password wants that one, whatever was done before.
        self.remembered = not password
        self._require_change = require_change

    def check(self, user: User) -> None:
        """Refuse where the profile could not be sent back, and where a mail would reach nobody."""
        check_profile(user)
        if self._mailed:
            check_mailbox(user, "Add one (Administration > Workspace > Users), have it verified, or give a password.")

    def plan(self, user: User, _seen: Any) -> Plan:
        """A password is always replaced: nobody knows whether the old one is the one that is wanted."""
        change = "\na change at the next login: required" if self._require_change else ""
        return Plan(
            changed=True,
            effects={"mailed_to": _address(user) if self._mailed else None},
            before="password: the owner's\nsessions and personal access tokens: valid\n",
            after=f"password: {self._kind}{change}\nsessions and personal access tokens: ended\n",
        )

    def act(self, session: Session, user: User) -> Done:
        """Send it, and see whether the server obeyed."""
        data: dict[str, Any] = {"requirePasswordChange": self._require_change}
        if not self._mailed:
            data["password"] = self._password or new_password()
        else:
            # Without the address the server changes the password and mails it to nobody (measured).
            data |= {"setRandomPassword": True, "email": _address(user)}
        try:
            reply = update_profile(session.client, user, data)
        except Refused as error:
            if error.code == "error-email-send-failed":
                error.details["done"] = ["password changed"]
            raise
        if self._require_change:
            check_obeyed(reply.body)
        return Done(reply.attempts)

    def told(self, _facts: Mapping[str, Any]) -> str:
        """Say where the new one went."""
        return f"{self._kind}; sessions ended"

    def contradicts(self, now: User) -> str:
        """Say so where the change that was required is not."""
        if self._require_change and now.require_password_change is False:
            return "the server answered with success, and yet no change of the password is required"
        return ""


def check_mailbox(user: User, ways: str) -> None:
    """Refuse to have a password mailed, in clear, to an address that nobody has vouched for, or to none.

    :arg ways: what to do instead, as sentences
    :raises TargetError: ``no-email-address``, ``address-not-verified``
    """
    if not user.emails:
        raise TargetError(
            "no-email-address",
            f"{user.username} has no e-mail address to which the server could mail a random password. {ways}",
        )
    if not user.emails[0][1]:
        raise TargetError(
            "address-not-verified",
            f"The first e-mail address of {user.username}, to which the server would mail the password in clear, is not"
            f" verified. {ways}",
        )


def check_obeyed(body: Mapping[str, Any]) -> None:
    """Fail where the server answered with success and does not demand the change that goes with a new password.

    :raises Refused: ``password-ignored``
    """
    user = body.get("user")
    if isinstance(user, dict) and user.get("requirePasswordChange") is not True:
        raise Refused(
            "password-ignored",
            "The server answered with success, but ignored the password. Give the permission"
            f" {SET_PASSWORD.permission} to a role of the calling account's own (Administration > Workspace >"
            " Permissions).",
            {},
            ends_run=True,
            words="",
        )


def _address(user: User) -> str | None:
    return user.emails[0][0] if user.emails else None
