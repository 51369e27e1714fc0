# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service account, from nothing to a token that works.

The order makes every break harmless: the account gets its role last of all. Until then it can do nothing that others
cannot, and the next run knows by the missing role that it was not finished, and makes password and token anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts import own_role
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import UNKNOWN, Wanted, resolve
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.ledger import Ledger
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.own_token import (
    end_email_codes,
    make_token,
    new_password,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.profile import check_profile, update_profile
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User, user_from
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    GIVE_ROLE,
    MAKE_ACCOUNT,
    MAKE_GROUP,
    MAKE_TOKEN,
    SET_ACTIVE,
    SET_PASSWORD,
    UPDATE_USER,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    InputError,
    Refused,
    RocketChatError,
    TargetError,
    UnexpectedAnswer,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.options import (
    PasswordLogin,
    SecondFactor,
    TokenLogin,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Access, Session, open_session
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import (
    BY_EMAIL,
    EMAIL_VERIFICATION,
    TWO_FACTOR_ON,
    Workspace,
    if_allowed,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.blueprint import Blueprint
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.deeds import Deed, Outcome
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.forecast import (
    check_permission,
    forecast_own,
    token_bypasses,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.given import remember
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.service_role import ServiceRole

Warn = Callable[[str], None]

_USER = "user"
_OPTED_IN = "Accounts_TwoFactorAuthentication_By_Email_Auto_Opt_In"


class ServiceAccount:
    """One run that makes an account what a blueprint says, as an administrator and then as the account itself."""

    def __init__(self, session: Session, blueprint: Blueprint, warn: Warn, stack: ExitStack) -> None:
        """Look at what is there, by GET alone.

        :arg stack: ends the session of the account itself
        :raises RocketChatError: for what cannot be made as it is wanted; nothing was changed then
        """
        self._session, self._wanted, self._warn, self._stack = session, blueprint, warn, stack
        self._client = session.client
        self.user = account_of(session, blueprint.username)
        self._role = ServiceRole(session, blueprint, self.user, warn)
        self._auditors = self._find_auditors()
        self._password = ""
        self._owner: Session | None = None
        self._ledger: Ledger | None = None
        self._token: str | None = None
        self._anew = self._verified = self._unfinished = False

    def _find_auditors(self) -> dict[str, str]:
        """Return the names of those who are to read the ledger, by their ids."""
        wanted = [Wanted("username", name) for name in self._wanted.auditors]
        found: dict[str, str] = {}
        for entry in resolve(self._client, wanted, self._session.caller) if wanted else []:
            if entry.error or entry.user is None:
                raise entry.error or InputError(f"auditors: {entry.wanted} was not found.")
            if entry.user.active is False:
                raise InputError(f"auditors: {entry.user.username} is deactivated. Name somebody who can read.")
            found[entry.user.user_id] = entry.user.username
        return found

    @property
    def facts(self) -> dict[str, Any]:
        """What the result tells of the account, without secrets."""
        return {
            "account": {"username": self._wanted.username, "user_id": self.user.user_id if self.user else None},
            "role": self._role.name,
            "permissions": self._role.permissions,
            "ledger": self._wanted.ledger or None,
            "token": "made" if self._anew else "kept" if self._owner else "not_looked_at",
        }

    @property
    def state(self) -> list[str]:
        """What was found, for the diff."""
        found = [f"account {self._wanted.username}: " + ("there" if self.user else "not there")]
        if self._role.found:
            found.append(f"role {self._role.name}: holds {', '.join(self._role.held) or 'nothing'}")
        return found

    def plan(self, *, check_mode: bool) -> list[Deed]:
        """Say what is to be changed, in the order in which it must be.

        :raises RocketChatError: for what the server would refuse, found out beforehand
        """
        account, role = self._account_deeds(), self._role.deeds(self._remember)
        # What a role that was there before is given is written into the ledger first, which the account makes.
        deeds = [*role, *account] if self._role.own else [*account, *role]
        if self._unfinished:
            deeds.append(self._give_role(self._wanted.role))
        for action in dict.fromkeys(action for deed in deeds for action in deed.needs):
            check_permission(self._session, action, self._warn)
        if any(UPDATE_USER in deed.needs for deed in deeds):
            forecast_own(self._session, self._warn)
        if check_mode:
            self._role.tell_what_only_trying_shows()
        return deeds

    # The account

    def _account_deeds(self) -> list[Deed]:
        user, name = self.user, self._wanted.username
        if self._wanted.user_id and (user is None or user.user_id != self._wanted.user_id):
            raise TargetError(
                "account-not-ours",
                f"The token that is kept belongs to another account than {name}, and would be replaced. Keep that of"
                " each account in a place of its own: name another one, or remove what is there if that account is"
                " gone. Nothing was changed.",
            )
        if user is None:
            self._check_email()
            make = Deed(f"account {name}: made", self._make_account, [MAKE_ACCOUNT])
            self._unfinished = True
            return [make, *self._new_token_deeds()]
        check_profile(user)
        deeds: list[Deed] = []
        finished = self._role.is_given_to(user)
        self._unfinished = not finished
        if not finished:
            self._check_ours(user, "has neither the role nor")
            if user.active is False:
                deeds.append(Deed(f"account {name}: activated", self._activate, [SET_ACTIVE]))
        elif user.active is False:
            raise TargetError(
                "inactive",
                f"{name} is deactivated, and has its role still: somebody wanted it so. If it is to work again,"
                " activate the account first, and make a new token (token: renew).",
            )
        if _USER not in (user.roles or ()):
            deeds.append(self._give_role(_USER))
        if finished and not self._wanted.renew and not user.never_logged_in and self._token_is_kept(user):
            return [*deeds, *self._ledger_deeds()]
        self._check_ours(user, "has not")
        again = f"account {name}: new password; its sessions and tokens ended"
        deeds.append(Deed(again, self._renew_password, [UPDATE_USER, SET_PASSWORD]))
        return [*deeds, *self._new_token_deeds()]

    def _check_email(self) -> None:
        """Refuse to make an account, or to give one a new password, without its address."""
        if "@" not in (self._wanted.email or ""):
            raise InputError(
                "email is missing, or no address. The server makes no account without one, and by it an account that"
                " is to get a new password is known. Take one whose mailbox somebody reads, and that no other account"
                " has. Nothing was changed."
            )

    def _check_ours(self, user: User, lacks: str) -> None:
        """Refuse to give a new password to an account that may be somebody's."""
        self._check_email()
        addresses = [address.lower() for address, _verified in user.emails or ()]
        roles = {_USER, self._role.role_id if self._role.found else _USER}
        if addresses == [self._wanted.email.lower()] and set(user.roles or ()) <= roles:
            return
        raise TargetError(
            "account-not-ours",
            f"There is an account {user.username} already, which {lacks} the address {self._wanted.email} alone, or has"
            " further roles: it may be somebody's, and a new password would lock them out. Give another username, or"
            " the address and the role that this account has.",
        )

    def _make_account(self) -> None:
        self._password = new_password()
        made = self._client.make_account(
            {
                "name": self._wanted.name,
                "username": self._wanted.username,
                "email": self._wanted.email,
                "password": self._password,
                "roles": [_USER],
                "verified": self._verified,
                "joinDefaultChannels": False,
                "requirePasswordChange": False,
            }
        )
        self.user = user_from(made.body.get("user"))
        if self.user.username != self._wanted.username:
            raise UnexpectedAnswer(
                "not-rocketchat", "The server described another account than the one it was to make."
            )

    @property
    def _account(self) -> User:
        if self.user is None:
            raise InputError("There is no account yet; nothing was sent.")
        return self.user

    def _activate(self) -> None:
        self._client.act(SET_ACTIVE, self._account, {"activeStatus": True, "confirmRelinquish": False})

    def _renew_password(self) -> None:
        self._password = new_password()
        # A workspace may have come to let in only who has a verified address.
        verified = {"verified": True} if self._verified else {}
        update_profile(
            self._client,
            self._account,
            {"password": self._password, **verified},
            becomes={"emails"} if verified else set(),
        )

    def _give_role(self, name: str) -> Deed:
        def give() -> None:
            own_role.give(self._client, _USER if name == _USER else self._role.role_id, self._account)

        return Deed(f"account {self._wanted.username}: given the role {name}", give, [GIVE_ROLE])

    # Its token and its ledger, which are its own to make

    def _new_token_deeds(self) -> list[Deed]:
        self._check_sign_in()
        self._anew = True
        deeds = [Deed(f"account {self._wanted.username}: codes by e-mail ended", self._end_email_codes)]
        if self._wanted.ledger:
            who = f", read by {', '.join(self._auditors.values())}" if self._auditors else ""
            deeds.append(Deed(f"ledger {self._wanted.ledger}: made{who}", self._open_ledger))
        return [*deeds, Deed(f"token {self._wanted.token_name}: made", self._make_token)]

    def _check_sign_in(self) -> None:
        """Find out whether the account will be able to do its part by itself.

        :raises RocketChatError: ``cannot-sign-in``, saying what stands in the way
        """
        wanted = [MAKE_TOKEN, *([MAKE_GROUP] if self._wanted.ledger else [])]
        lacking = [action.permission for action in wanted if _USER not in self._role.holders.get(action.permission, ())]
        if lacking:
            raise RocketChatError(
                "cannot-sign-in",
                f"The role {_USER} lacks {', '.join(lacking)}, so that the new account could not do its own part:"
                f" nobody can make a token for somebody else. Give that to {_USER} while this runs. Nothing was"
                " changed.",
                {"permissions": lacking},
            )
        flags = if_allowed(Workspace(self._client).settings) or {}
        self._verified = flags.get(EMAIL_VERIFICATION) is True
        asked = flags.get(BY_EMAIL, True) and flags.get(TWO_FACTOR_ON, True)
        if self._verified and asked and self._opted_in() is not False:
            raise RocketChatError(
                "cannot-sign-in",
                f"This workspace lets in only who has a verified address (setting {EMAIL_VERIFICATION}), and asks"
                " whoever has one for a code by e-mail, which no automation can read. Switch off the setting"
                f" {_OPTED_IN} while this runs. Nothing was changed.",
                {"settings": [EMAIL_VERIFICATION, _OPTED_IN]},
            )

    def _opted_in(self) -> bool | None:
        """Tell whether new accounts are asked for codes by e-mail, where the server lets the caller know."""
        try:
            value = self._client.get(f"v1/settings/{_OPTED_IN}").get("value")
        except (Refused, UnexpectedAnswer):
            return None
        return value if isinstance(value, bool) else None

    def _as_owner(self) -> Session:
        """Sign in as the account itself, once."""
        if self._owner is None:
            login = PasswordLogin(self._account.username, self._password)
            self._owner = self._enter(login, SecondFactor(password=self._password))
        return self._owner

    def _enter(self, login: TokenLogin | PasswordLogin, factor: SecondFactor) -> Session:
        given = Access(self._session.access.connection, login, factor)
        return self._stack.enter_context(open_session(given, [], self._warn))

    def _end_email_codes(self) -> None:
        end_email_codes(self._as_owner())

    def _make_token(self) -> None:
        self._token = make_token(self._as_owner(), self._wanted.token_name)

    def _open_ledger(self) -> list[str]:
        """Make the ledger where there is none, and invite who is to read it and does not yet."""
        ledger = self._read_ledger(self._as_owner())
        if not ledger.found:
            ledger.open(list(self._auditors))
            return [f"ledger {self._wanted.ledger}: made", *map(self._reads, self._auditors)]
        missing = [user_id for user_id in self._auditors if user_id not in ledger.readers()]
        ledger.invite(missing)
        return list(map(self._reads, missing))

    def _remember(self, role: own_role.Role, permissions: list[str]) -> None:
        """Write down what a role that was there before is about to be given, so that no more is ever taken back."""
        if self._wanted.ledger and self._owner is not None:
            ledger = self._read_ledger(self._owner)
            ledger.open(list(self._auditors))
            remember(ledger, role, permissions)
            return
        self._warn(
            f"Nothing remembers that the role {role.name} was given {', '.join(permissions)}: that takes a ledger, and"
            " account_token where the account is there already. With state: absent the role will keep it."
        )

    def _reads(self, user_id: str) -> str:
        return f"ledger {self._wanted.ledger}: read by {self._auditors[user_id]}"

    def _read_ledger(self, owner: Session) -> Ledger:
        ledger = Ledger(owner.client, self._wanted.ledger, [owner.caller.user_id])
        ledger.read(1)
        return ledger

    def _token_is_kept(self, user: User) -> bool:
        """Tell whether to keep the token. What is not known to be dead may be at work somewhere."""
        if not self._wanted.token:
            return True
        factor = SecondFactor(password=self._wanted.password or None)
        try:
            owner = self._enter(TokenLogin(user.user_id, self._wanted.token), factor)
        except Refused as error:
            if error.code != "not-authenticated":
                raise
            return False
        self._owner = owner
        if token_bypasses(owner) is False:
            self._warn(
                f"The token of {user.username} does not bypass two-factor authentication. If nothing answers for it,"
                " make a new one (token: renew)."
            )
        return True

    def _ledger_deeds(self) -> list[Deed]:
        """Say what the ledger lacks, where the token that is kept lets that be seen."""
        if not self._wanted.ledger or self._owner is None:
            return []
        ledger = self._read_ledger(self._owner)
        missing = [user_id for user_id in self._auditors if not ledger.found or user_id not in ledger.readers()]
        if ledger.found and not missing:
            return []
        says = [] if ledger.found else ["made"]
        says += [f"read by {', '.join(self._auditors[user_id] for user_id in missing)}"] if missing else []
        return [Deed(f"ledger {self._wanted.ledger}: {', '.join(says)}", self._open_ledger)]

    def credentials(self) -> dict[str, str] | None:
        """Return what was made and is told once."""
        if self._token is None:
            return None
        return {"user_id": self._account.user_id, "token": self._token, "password": self._password}


def account_of(session: Session, username: str) -> User | None:
    """Return the account of a name, ``None`` where there is none.

    :raises TargetError: where it is none that a service account can be
    """
    [found] = resolve(session.client, [Wanted("username", username)], session.caller)
    if found.error and found.error.code != UNKNOWN:
        raise found.error
    return None if found.error else found.user


def establish(session: Session, blueprint: Blueprint, warn: Warn, outcome: Outcome, *, check_mode: bool) -> None:
    """Make the account what the blueprint says, and note in ``outcome`` what was made.

    :raises RocketChatError: where that is not possible, or broke off
    """
    with ExitStack() as stack:
        account = ServiceAccount(session, blueprint, warn, stack)
        outcome.state = account.state
        try:
            deeds: Sequence[Deed] = account.plan(check_mode=check_mode)
            outcome.make(deeds, check_mode=check_mode)
        finally:
            outcome.facts = account.facts
        outcome.credentials = account.credentials()
