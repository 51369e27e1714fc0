# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a recovery changes in a profile: mailbox, verification and password, in one request.

A second request with an address would be refused before 8.0 for a minute, and each is the whole profile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.addresses import Addresses, masked
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import UNKNOWN, Wanted
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.profile import check_profile, update_profile
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.roles import demanding_two_factors
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import SET_PASSWORD, UPDATE_USER
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    RocketChatError,
    TargetError,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import EMAIL_VERIFICATION
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.password import check_mailbox, check_obeyed
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.secret_file import SecretFile, new_password
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Done, Plan, Scene, Step, Thing

# From here on TOTP can be set up without a verified address.
_TOTP_WITHOUT_ADDRESS = (7, 13)


@dataclass(frozen=True)
class Wish:
    """What becomes of a profile.

    ``email``: the only address from now on. ``verified``: what becomes of the first address. ``mail_password``: a
    random password goes to that address. ``vouched``: the person is known to read the first address, verified or not.
    ``password_file``: where a random one is shown instead.
    """

    email: str | None = None
    verified: bool | None = None
    mail_password: bool = False
    vouched: bool = False
    password_file: SecretFile | None = None

    @property
    def password(self) -> bool:
        """Whether the password becomes another."""
        return self.mail_password or self.password_file is not None


class Profile(Step):
    """Changes mailbox, verification and password of an account."""

    whole_record = True

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        about_email = wish.email is not None or wish.verified is not None
        self.name = "password" if wish.password else "email"
        self.label = "Password" if not about_email else "E-mail and password" if wish.password else "E-mail"
        self.deed = " and ".join(_deeds(wish))
        self.actions = (UPDATE_USER, SET_PASSWORD) if wish.password else (UPDATE_USER,)
        self.certain = SET_PASSWORD if wish.password else None
        self.ends_sessions = wish.password
        self.recorded = "password_shown" if wish.password_file else ""
        # The server shows addresses, and of a password in a file nobody knows whether it was kept.
        self.remembered = wish.mail_password and not about_email

    def check(self, user: User) -> None:
        """Refuse where the profile could not be sent back, and where the change would do harm."""
        check_profile(user)
        wish = self._wish
        if wish.mail_password and not wish.email and not (user.emails and wish.vouched):
            vouch = "Set verify_email if the person vouches for it. " if user.emails else ""
            check_mailbox(user, f"{vouch}Give new_email, or use password: print_once with password_file.")
        if wish.verified and not wish.email and not user.emails:
            raise TargetError(
                "no-email-address", f"{user.username} has no e-mail address that could be verified. Give new_email."
            )
        if wish.verified is False:
            _check_one_address(user)
        if wish.email and _first(user) == wish.email and len(user.emails or ()) > 1:
            raise TargetError(
                "address-taken",
                f"{user.username} has the address of new_email as the first of several, and the server then changes"
                " nothing: the others would stay. Give another address, which replaces all of them.",
            )
        if wish.email and wish.email.casefold() in [address.casefold() for address, _verified in _others(user, wish)]:
            raise TargetError(
                "address-taken",
                f"{user.username} has the address of new_email already, as another one or in other letters, and the"
                " server takes no such change. Give another address.",
            )

    def inspect(self, scene: Scene, users: Sequence[User]) -> Mapping[str, Any]:
        """Find out who has the new address, and whom unverified addresses would shut out."""
        return {user.user_id: (scene.session.version, self._objection(scene.session, user)) for user in users}

    def _objection(self, session: Session, user: User) -> TargetError | None:
        wish = self._wish
        if wish.email and _first(user) != wish.email:
            return _taken(session, wish.email)
        if wish.verified is False and any(verified for _address, verified in user.emails or ()):
            return _shut_out(session, user)
        return None

    def plan(self, user: User, seen: Any) -> Plan:
        """Say what becomes of it; what is so already is no change."""
        wish, (version, objection) = self._wish, seen
        before = user.emails or ()
        after = addresses_after(user, wish)
        changed = wish.password or after != before
        password = "random, mailed to its owner" if wish.mail_password else "random, shown once in password_file"
        lines = f"password: {password}\na change at the next login: required\n" if wish.password else ""
        ended = "sessions and personal access tokens: "
        return Plan(
            changed=changed,
            reason="" if changed else "the addresses are as they should be",
            evidence="none" if changed else "addresses",
            effects={"mailed_to": _first_of(after) if wish.mail_password else None},
            before=_lines(before) + (f"password: the owner's\n{ended}valid\n" if wish.password else ""),
            after=_lines(after) + lines + (f"{ended}ended\n" if wish.password else ""),
            objection=objection,
            left_behind=_left_behind(user, wish, version),
            # Not in full: evidence holds nothing of a profile.
            was={"emails": _shown(before)} if wish.email and after != before else {},
        )

    def act(self, session: Session, user: User) -> Done:
        """Send all of it at once; a password that nobody was mailed is on the disk before."""
        wish, data = self._wish, self._data(user)
        if wish.password_file:
            data["password"] = new_password()
            wish.password_file.write(data["password"])
        try:
            becomes = {"emails"} if wish.email or wish.verified is not None else set()
            reply = update_profile(session.client, user, data, becomes=becomes)
            if wish.password:
                check_obeyed(reply.body)
        except RocketChatError as error:
            if error.code == "error-email-send-failed":
                error.details["done"] = ["password changed"]
            if wish.password_file and not error.details.get("done") and error.details.get("outcome") != "unknown":
                wish.password_file.remove()
            raise
        return Done(reply.attempts)

    def _data(self, user: User) -> dict[str, Any]:
        wish = self._wish
        data: dict[str, Any] = {}
        if wish.email or wish.mail_password:
            # Without the address the server mails a random password to nobody.
            data["email"] = wish.email or _first(user)
        # Without any address the server would write a malformed list.
        if wish.verified is not None and (wish.email or user.emails):
            data["verified"] = wish.verified
        if wish.mail_password:
            data["setRandomPassword"] = True
        if wish.password:
            data["requirePasswordChange"] = True
        return data

    def told(self, _facts: Mapping[str, Any]) -> str:
        """Say what became of it, without anybody's address."""
        said = [self.deed]
        if self._wish.mail_password:
            said.append("random, mailed to its owner")
        if self._wish.password_file:
            said.append("random, shown once in password_file")
        return "; ".join(said + ["sessions ended"] * self._wish.password)

    def contradicts(self, now: User) -> str:
        """Say so where addresses or the demanded change are not as they were sent."""
        wish = self._wish
        if now.emails is not None:
            first = now.emails[0] if now.emails else (None, False)
            if wish.email and first[0] != wish.email:
                return "the server answered with success, and yet the account has another address"
            if wish.verified is not None and now.emails and first[1] is not wish.verified:
                state = "verified" if first[1] else "not verified"
                return f"the server answered with success, and yet the address is {state}"
        if wish.password and now.require_password_change is False:
            return "the server answered with success, and yet no change of the password is required"
        return ""


def _deeds(wish: Wish) -> list[str]:
    deeds = ["password replaced"] * wish.password
    if wish.email:
        return [*deeds, "e-mail address replaced"]
    if wish.verified is not None:
        return [*deeds, "e-mail address verified" if wish.verified else "e-mail codes switched off"]
    return deeds


def addresses_after(user: User, wish: Wish) -> tuple[tuple[str, bool], ...]:
    """Return the addresses that an account has then, each with whether it is verified."""
    emails = user.emails or ()
    if wish.email and _first(user) != wish.email:
        emails = ((wish.email, False),)
    if wish.verified is not None and emails:
        emails = ((emails[0][0], wish.verified), *emails[1:])
    return emails


def _first_of(emails: Sequence[tuple[str, bool]]) -> str | None:
    return emails[0][0] if emails else None


def _first(user: User) -> str | None:
    return _first_of(user.emails or ())


def _others(user: User, wish: Wish) -> Sequence[tuple[str, bool]]:
    """Return the addresses that the server would take for another account's."""
    emails = user.emails or ()
    return emails[1:] if emails and emails[0][0] == wish.email else emails


def _shown(emails: Sequence[tuple[str, bool]]) -> list[str]:
    return [f"{masked(address)} ({'verified' if verified else 'not verified'})" for address, verified in emails]


def _lines(emails: Sequence[tuple[str, bool]]) -> str:
    return f"e-mail: {', '.join(_shown(emails)) or 'none'}\n"


def _check_one_address(user: User) -> None:
    """Refuse where codes would go on: the server can make only the first address unverified."""
    if any(verified for _address, verified in (user.emails or ())[1:]):
        raise TargetError(
            "email-factor-stays",
            f"{user.username} has several addresses, and codes would go to the others: only the first one can be made"
            " unverified. Give new_email, which replaces all of them.",
        )


def _taken(session: Session, address: str) -> TargetError | None:
    wanted = Wanted("email", address)
    try:
        holder = Addresses(session.client, session.version, [wanted], concurrency=1).find(wanted)
    except TargetError as error:
        if error.code == UNKNOWN:
            return None
        return TargetError("address-taken", f"new_email cannot be given to anybody: {error.message}")
    return TargetError(
        "address-taken", f"The account {holder.value} has the address of new_email already. Give another address."
    )


def _shut_out(session: Session, user: User) -> TargetError | None:
    """Say who would get in no more without a verified address."""
    verified_wanted = session.workspace.settings().get(EMAIL_VERIFICATION) is not False
    if verified_wanted and "admin" not in (user.roles or ()):
        return TargetError(
            "email-factor-needed",
            f"The workspace lets {user.username} in only with a verified address (Accounts_EmailVerification), so"
            " email_factor: switch_off would lock the person out. Give new_email.",
        )
    mandatory = {} if session.version >= _TOTP_WITHOUT_ADDRESS else demanding_two_factors(session.client)
    if mandatory is None or set(mandatory) & set(user.roles or ()):
        whose = f"A role of {user.username} demands" if mandatory else "The server does not say whether a role demands"
        return TargetError(
            "email-factor-needed",
            f"{whose} a second factor, and before Rocket.Chat 7.13 nobody can set one up"
            " without a verified address, so email_factor: switch_off would lock the person out. Give new_email.",
        )
    return None


def _left_behind(user: User, wish: Wish, version: tuple[int, int]) -> list[Thing]:
    """Say what the old mailbox is still good for, where it is taken for lost and stays the account's."""
    codes_off = wish.verified is False
    if wish.email or not (codes_off or wish.password_file):
        return []
    again = ", and codes are mailed again after that" if codes_off else ""
    things = [
        Thing(
            "password_link",
            masked(address),
            f"Whoever reads the old mailbox of {user.username} gets in without any code by the link of a"
            f" forgotten-password mail{again}. Give the account another address (new_email) if that may be somebody"
            " else.",
        )
        for address, _verified in user.emails or ()
    ]
    if codes_off and version < _TOTP_WITHOUT_ADDRESS:
        things.append(
            Thing(
                "second_factor",
                "",
                f"{user.username} has no second factor now, and cannot set one up while no address is verified"
                " (Rocket.Chat before 7.13). Run again with email_factor: restore when the mailbox is back, or with"
                " new_email.",
            )
        )
    return things
