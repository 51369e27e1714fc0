# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a service account: what it was given is taken back.

The account is deactivated and not deleted, for with it would go what it wrote into its ledger. Where it alone owns a
room, as it does its ledger while nobody else reads that, it stays active, without token, role and permissions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts import grants, own_role
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted, look_up
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.ledger import Ledger
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.profile import check_profile
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User, with_rooms
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    CHANGE_PERMISSIONS,
    DELETE_ROLE,
    END_SESSIONS,
    SET_ACTIVE,
    TAKE_ROLE,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.options import SecondFactor, TokenLogin
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Access, Session, open_session
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.blueprint import Blueprint
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.deeds import Deed, Outcome
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.forecast import check_permission
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.given import remembered
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.service_account import account_of
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.status import Status
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Scene

Warn = Callable[[str], None]

# Its permissions are everybody's who has it, whatever was given to it besides.
_ADMIN = "admin"


def take_back(session: Session, blueprint: Blueprint, warn: Warn, outcome: Outcome, *, check_mode: bool) -> None:
    """End a service account, and note in ``outcome`` what was taken back.

    :raises RocketChatError: where that is not possible, or broke off
    """
    user = account_of(session, blueprint.username)
    role = own_role.named_role(own_role.all_roles(session.client), blueprint.role)
    outcome.facts = {
        "account": {"username": blueprint.username, "user_id": user.user_id if user else None},
        "role": blueprint.role,
        "permissions": [],
        "ledger": None,
        "token": "ended",
    }
    outcome.state = [f"account {blueprint.username}: " + ("there" if user else "not there")]
    account = _account_deeds(session, blueprint, user, role, warn)
    # First the permissions: while the account's token lives, its ledger tells which of them were given here.
    deeds = [*_permission_deeds(session, blueprint, user, role, warn), *account]
    if role is not None and _is_own(session, role, user):
        deeds.append(Deed(f"role {role.name}: deleted", lambda: own_role.delete(session.client, role), [DELETE_ROLE]))
    for action in dict.fromkeys(action for deed in deeds for action in deed.needs):
        check_permission(session, action, warn)
    outcome.make(deeds, check_mode=check_mode)


def _account_deeds(
    session: Session, blueprint: Blueprint, user: User | None, role: own_role.Role | None, warn: Warn
) -> list[Deed]:
    if user is None:
        return []
    check_profile(user)
    name, deeds = blueprint.username, []
    has_role = role is not None and role.role_id in (user.roles or ())
    if user.active is not False:
        if not _is_ours(blueprint, user, role):
            warn(f"{name} is left as it is: it has neither the role {blueprint.role} nor the address in email.")
            return []
        deeds += _end_of(session, blueprint, user, warn, has_role=has_role)
    if role is not None and has_role:
        taken, role_id = f"account {name}: the role {role.name} taken away", role.role_id
        deeds.append(Deed(taken, lambda: own_role.take(session.client, role_id, user), [TAKE_ROLE]))
    return deeds


def _is_ours(blueprint: Blueprint, user: User, role: own_role.Role | None) -> bool:
    """Tell whether an active account is the one that is meant: by its address, or by a role that was made for it.

    :raises TargetError: ``account-not-ours`` where it may be somebody's who has that role as well
    """
    roles = set(user.roles or ())
    known = [address.lower() for address, _verified in user.emails or ()] == [(blueprint.email or "").lower()]
    has_role = role is not None and role.role_id in roles
    if not known and not has_role:
        return False
    own = has_role and role is not None and role.ours
    if roles <= {"user", role.role_id if role else "user"} and (known or own):
        return True
    raise TargetError(
        "account-not-ours",
        f"{user.username} may be somebody's: it has further roles, or one that was not made for it and not the address"
        " in email. Nothing was taken back. Give the username, the email and the role of the service account.",
    )


def _end_of(session: Session, blueprint: Blueprint, user: User, warn: Warn, *, has_role: bool) -> list[Deed]:
    """Say how the account ends: deactivated, or where rooms stand in the way, without anything that works."""
    client = session.client
    status = Status(active=False, confirm_relinquish=blueprint.confirm_relinquish, foresee=True)
    seen = look_up(client, Wanted("user_id", user.user_id), with_rooms(session.version))
    plan = status.plan(seen, status.inspect(Scene(session, 1, warn), [seen]).get(user.user_id))
    unclear = None in plan.effects.values() and not blueprint.confirm_relinquish
    ended = f"account {user.username}: its sessions and tokens ended"

    def stays(error: RocketChatError) -> None:
        warn(f"{user.username} stays active, without token, role and permissions. {error.message}")

    def deactivate() -> list[str] | None:
        try:
            status.act(session, seen)
        except TargetError as error:
            if error.code != "user-last-owner":
                raise
            stays(error)
            client.act(END_SESSIONS, user)
            return [ended]
        return None

    if plan.objection is None and (has_role or not unclear):
        return [Deed(f"account {user.username}: deactivated, its token ended", deactivate, [SET_ACTIVE])]
    if plan.objection is not None:
        stays(plan.objection)
    # What has no role any more lost its tokens with it.
    return [Deed(ended, lambda: _done(client.act(END_SESSIONS, user)), [END_SESSIONS])] if has_role else []


def _is_own(session: Session, role: own_role.Role, user: User | None) -> bool:
    """Tell whether a role was made for the account, and nobody else has it."""
    return role.ours and own_role.others_with(session, role, user) == []


def _permission_deeds(
    session: Session, blueprint: Blueprint, user: User | None, role: own_role.Role | None, warn: Warn
) -> list[Deed]:
    """Say what is taken from the role: all of one that was made for the account, else what it was given here."""
    if role is None:
        return []
    if role.role_id == _ADMIN:
        warn(f"The role {role.name} keeps what it was given: nobody can tell that from what it had before.")
        return []
    others = own_role.others_with(session, role, user)
    if (others is None or others) and not blueprint.accepted:
        who = "who has it is not shown" if others is None else f"others have it ({', '.join(others)})"
        warn(f"The role {role.name} keeps its permissions: {who}. Set shared_role_accepted to take them from it.")
        return []
    held = grants.held_by(role.role_id, grants.holders(session.client))
    if not _is_own(session, role, user):
        known = _remembered(session, blueprint, user, role, warn)
        kept = [permission for permission in held if permission in blueprint.permissions and permission not in known]
        if kept:
            warn(
                f"The role {role.name} keeps {', '.join(kept)}: no ledger shows that it was given here, and the role"
                " may have held it before. Take from it by hand what it should not hold (Administration > Workspace >"
                " Permissions)."
            )
        held = [permission for permission in held if permission in known]
    if not held:
        return []
    client, role_id = session.client, role.role_id
    taken = f"role {role.name}: {', '.join(held)} taken away"
    return [Deed(taken, lambda: grants.take(client, role_id, held), [CHANGE_PERMISSIONS])]


def _remembered(
    session: Session, blueprint: Blueprint, user: User | None, role: own_role.Role, warn: Warn
) -> Collection[str]:
    """Return what the account's ledger says that a role was given; nothing where it cannot be read."""
    whose = user is not None and blueprint.user_id in ("", user.user_id)
    if user is None or not (whose and blueprint.ledger and blueprint.token):
        return ()
    login = TokenLogin(user.user_id, blueprint.token)
    given = Access(session.access.connection, login, SecondFactor(password=blueprint.password or None))
    try:
        with open_session(given, [], warn) as owner:
            return remembered(Ledger(owner.client, blueprint.ledger, [user.user_id]), role)
    except RocketChatError as error:
        warn(f"The ledger {blueprint.ledger} cannot be read ({error.message}).")
        return ()


def _done(_result: object) -> None:
    """Nothing more is to be told of it than that it was done."""
