# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The changes of an account beside its TOTP: status, sessions, password, end-to-end key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._endpoints import (
    END_SESSIONS,
    RESET_E2E_KEY,
    SET_ACTIVE,
    SET_PASSWORD,
    UPDATE_USER,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._errors import (
    Refused,
    RocketChatError,
    TargetError,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._job import Done, Job, Plan
from ansible_collections.chatops.rocketchat.plugins.module_utils._session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._users import User


def status_job(state: str, *, confirm_relinquish: bool) -> Job:
    """Return the job that activates or deactivates accounts.

    :arg state: ``active`` or ``inactive``
    :arg confirm_relinquish: go through although rooms are deleted or pass to others
    """
    wanted_active = state == "active"
    blank: Mapping[str, Any] = {"active_before": None, "rooms_deleted": [], "rooms_with_new_owner": []}

    def plan(user: User) -> Plan:
        return Plan(
            changed=user.active is not wanted_active,
            facts={"active_before": user.active},
            effects={"rooms_deleted": [], "rooms_with_new_owner": []},
            before=_status_lines(user.active),
            after=_status_lines(wanted_active),
        )

    def act(session: Session, user: User) -> Done:
        body = {"activeStatus": wanted_active, "confirmRelinquish": False}
        try:
            return Done(session.client.act(SET_ACTIVE, user, body).attempts)
        except Refused as error:
            if error.code != "user-last-owner":
                raise
            rooms, sent = _rooms(error), error.attempts
            if not confirm_relinquish:
                raise _last_owner(error, rooms) from None
        try:
            reply = session.client.act(SET_ACTIVE, user, {**body, "confirmRelinquish": True})
        except RocketChatError as error:
            error.attempts += sent
            error.details.update(rooms)
            raise
        return Done(reply.attempts + sent, rooms)

    return Job([SET_ACTIVE], "activated" if wanted_active else "deactivated", blank, plan, act)


def _status_lines(active: bool | None) -> str:
    state = {True: "active", False: "inactive", None: "not known"}[active]
    return f"status: {state}\n" + ("" if active else "sessions and personal access tokens: ended\n")


def _rooms(error: Refused) -> dict[str, list[str]]:
    def names(key: str) -> list[str]:
        value = error.details.get(key)
        return [str(name) for name in value] if isinstance(value, list) else []

    return {"rooms_deleted": names("shouldBeRemoved"), "rooms_with_new_owner": names("shouldChangeOwner")}


def _last_owner(error: Refused, rooms: Mapping[str, list[str]]) -> TargetError:
    deleted, passed = rooms["rooms_deleted"], rooms["rooms_with_new_owner"]
    parts = []
    if deleted:
        parts.append(f"these rooms would be deleted with all their messages: {', '.join(deleted)}")
    if passed:
        parts.append(f"these would get another owner: {', '.join(passed)}")
    consequence = "; ".join(parts) or "the server does not say what would become of them"
    result = TargetError(
        "user-last-owner",
        f"The account is the only owner of rooms: {consequence}. Give the rooms another owner first, or set"
        f" confirm_relinquish to true to accept that. The server said: {error.words}",
        {**error.details, **rooms},
    )
    result.attempts = error.attempts
    return result


def logout_job() -> Job:
    """Return the job that ends every session and personal access token of accounts."""
    blank: Mapping[str, Any] = {"evidence": "none"}

    def plan(user: User) -> Plan:
        # Nobody who never logged in has a session; of all others the server does not tell.
        never = user.never_logged_in
        return Plan(
            changed=not never,
            facts={"evidence": "never_logged_in" if never else "none"},
            before="sessions and personal access tokens: not known (the server does not tell)\n",
            after="sessions and personal access tokens: ended\n",
        )

    def act(session: Session, user: User) -> Done:
        return Done(session.client.act(END_SESSIONS, user).attempts)

    return Job([END_SESSIONS], "logged out", blank, plan, act)


def e2ekey_job() -> Job:
    """Return the job that resets the end-to-end keys of accounts."""

    def plan(_user: User) -> Plan:
        return Plan(
            changed=True,
            before="end-to-end key: not known (the server does not tell)\nold encrypted messages: readable\n",
            after="end-to-end key: none\nold encrypted messages: lost\nsessions and personal access tokens: ended\n",
        )

    def act(session: Session, user: User) -> Done:
        return Done(session.client.act(RESET_E2E_KEY, user).attempts)

    return Job([RESET_E2E_KEY], "reset", {}, plan, act)


def password_job(password: str | None, *, require_change: bool) -> Job:
    """Return the job that gives accounts a new password.

    :arg password: the password, or ``None`` for a random one that the server mails to the account's owner
    :arg require_change: whether the owner must change it at the next login
    """
    blank: Mapping[str, Any] = {"mailed_to": None}

    def plan(user: User) -> Plan:
        change = "\na change at the next login: required" if require_change else ""
        return Plan(
            changed=True,
            effects={"mailed_to": None if password else _address(user)},
            before="password: the owner's\nsessions and personal access tokens: valid\n",
            after=f"password: {'the one given' if password else 'random, mailed to its owner'}{change}\n"
            "sessions and personal access tokens: ended\n",
        )

    def act(session: Session, user: User) -> Done:
        data: dict[str, Any] = {"requirePasswordChange": require_change}
        if password:
            data["password"] = password
        else:
            # Without the address the server changes the password first and fails to mail it afterwards (measured).
            data |= {"setRandomPassword": True, "email": _address(user)}
        try:
            reply = session.client.act(UPDATE_USER, user, {"data": data})
        except Refused as error:
            if error.code == "error-email-send-failed":
                error.details["done"] = ["password changed"]
            raise
        _check_obeyed(reply.body, require_change=require_change)
        return Done(reply.attempts)

    def check(user: User) -> None:
        if not password and _address(user) is None:
            raise TargetError(
                "no-email-address",
                f"No e-mail address of {user.username!r} is known, to which the server could mail a random password."
                " Add one to the account, give the calling account the permission view-full-other-user-info, or give"
                " a password.",
            )

    return Job(
        [UPDATE_USER, SET_PASSWORD],
        "given a new password",
        blank,
        plan,
        act,
        check=check,
        certain=SET_PASSWORD,
        needs_all_fields=True,
    )


def _address(user: User) -> str | None:
    return user.emails[0][0] if user.emails else None


def _check_obeyed(body: Mapping[str, Any], *, require_change: bool) -> None:
    """Fail where the server answered with success and did not do what it was asked for."""
    user = body.get("user")
    if require_change and isinstance(user, dict) and user.get("requirePasswordChange") is not True:
        raise Refused(
            "password-ignored",
            "The server answered with success, but ignored the password. Give the permission"
            f" {SET_PASSWORD.permission} to a role of the calling account's own (Administration > Workspace >"
            " Permissions).",
            {},
            ends_run=True,
            words="",
        )
