# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which steps make which job, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import ANOTHER_ACCOUNT
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.successor import read_name
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.cures import Cures, read_cures
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.phone import phone_sentence
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.e2e_key import E2EKey
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.handover import HandOver
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.integrations import Integrations
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.memberships import Memberships
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.oauth import OAuth
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.omnichannel import Omnichannel
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.password import Password
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.profile import Profile, Wish
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.roles import Roles
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.rooms import Estate
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.sessions import Sessions
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.status import Status
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Step, Thing
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.totp import Totp
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.undoing import Undoing
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.vacant import Vacant

Warn = Callable[[str], None]

# From here on ending the sessions of an account ends its notifications on phones as well.
_SIGNING_OUT_ENDS_PUSH = (8, 0)


@dataclass(frozen=True)
class Line:
    """One step of a job.

    ``needs``: steps that must not have failed for the same person; a step that needs none protects, and is taken
    whatever failed before it. ``if_changed``: after a failure, only where something was changed before. ``unless`` says
    why the step is not for an account, or nothing.
    """

    step: Step
    needs: Sequence[str] = ()
    if_changed: bool = False
    unless: Callable[[User], str] | None = None


@dataclass(frozen=True)
class Job:
    """One kind of change.

    ``verb``: past participle for messages. ``whole``: a job of several steps, whose result tells each of them, which
    nobody enters while somebody on the list is not who they should be, and which looks again at its end. ``check``
    raises a TargetError for an account that the job is not for. ``leaves`` says what the job leaves behind of an
    account that is worth knowing, by the server's version. ``tells`` says in one sentence for the phone what was done
    to somebody, from the results of the steps. ``diagnoses``: the result says what can keep each of them out.
    ``leaves_inactive``: whoever it was done for cannot sign in.
    """

    name: str
    verb: str
    lines: Sequence[Line]
    whole: bool = False
    check: Callable[[User], None] | None = None
    own_account_hint: str = ANOTHER_ACCOUNT
    leaves: Callable[[User, tuple[int, int]], list[Thing]] | None = None
    tells: Callable[[User, Mapping[str, str]], str] | None = None
    diagnoses: bool = False
    leaves_inactive: bool = False

    @property
    def steps(self) -> list[Step]:
        """The steps in their order."""
        return [line.step for line in self.lines]


def one(step: Step, verb: str, *, own_account_hint: str = ANOTHER_ACCOUNT) -> Job:
    """Return the job that consists of one step."""
    return Job(step.name, verb, [Line(step)], own_account_hint=own_account_hint)


def reset_totp(
    warn: Warn, *, last_reset: datetime | Mapping[str, datetime] | None, force: bool, end_sessions: bool
) -> Job:
    """Return the job that resets TOTP."""
    return one(
        Totp(warn, last_reset=last_reset, force=force, end_sessions=end_sessions),
        "reset",
        own_account_hint="It is reset by a task of its own with own_account: true, since that ends its sessions and"
        " tokens.",
    )


def set_status(params: Mapping[str, Any], *, check_mode: bool) -> Job:
    """Return the job that activates or deactivates. What the server would say is found out in check mode alone."""
    active = params["state"] == "active"
    step = Status(active=active, confirm_relinquish=params["confirm_relinquish"], foresee=check_mode)
    return one(step, "activated" if active else "deactivated")


def end_sessions() -> Job:
    """Return the job that ends every session and personal access token."""
    return one(Sessions(), "logged out")


def set_password(params: Mapping[str, Any]) -> Job:
    """Return the job that gives accounts a new password, a random one where none is given."""
    step = Password(params["password"] or None, require_change=params["require_change"])
    return one(step, "given a new password")


def reset_e2e_key(params: Mapping[str, Any]) -> Job:
    """Return the job that resets end-to-end keys.

    :raises InputError: where the loss of messages is not accepted
    """
    _accept_loss(params)
    return one(E2EKey(), "reset")


def offboard(params: Mapping[str, Any], warn: Warn) -> Job:
    """Return the job for people who have left.

    Sessions end first and the second factor goes last, once the account is inactive: whatever fails, no account is left
    weaker than it was. Who was inactive already may have live sessions, webhooks and rooms all the same, and these are
    seen to.

    Webhooks are closed before roles are taken: from 8.0 on, the server changes none of somebody without the role bot.

    :raises InputError: for the name of a successor that can be nobody's
    """
    unless = None if params["force"] else _inactive
    successor, estate = read_name(params["successor"]), Estate()
    status = Status(
        active=False,
        confirm_relinquish=params["confirm_relinquish"],
        foresee=True,
        estate=estate,
        handed_over=bool(successor),
    )
    lines = [
        Line(Sessions()),
        Line(HandOver(successor) if successor else Vacant(inactive_only=True)),
        Line(Integrations(params["integrations"])),
        Line(Omnichannel()),
        Line(OAuth()),
        Line(Undoing()),
        Line(
            Memberships(remove=params["memberships"] == "remove", estate=None if successor else estate),
            needs=["handover"],
        ),
        Line(status, needs=["handover"]),
        Line(Roles(remove=params["roles"] == "remove"), needs=["status"]),
        Line(Totp(warn, force=params["force"]), needs=["status"], unless=unless),
    ]
    if params["reset_password"]:
        lines.append(Line(Password(), needs=["status"], unless=unless))
    return Job("offboard", "offboarded", lines, whole=True, check=_must_be_known, leaves_inactive=True)


def leftovers() -> list[Step]:
    """Return the steps of offboarding that see what is still there of who left, each told only to look."""
    return [
        Vacant(),
        Integrations("report"),
        Omnichannel(report=True),
        OAuth(),
        Undoing(),
        Memberships(remove=False),
        Roles(remove=False),
    ]


def recover(params: Mapping[str, Any], warn: Warn) -> Job:
    """Return the job for people who are locked out.

    What weakens an account needs what comes before it, and who is deactivated is activated at the end. Codes by e-mail
    go after TOTP: the notice of its reset still finds the mailbox. No session stays alive where one of them could undo
    it, as TOTP could be enrolled again without signing in.

    :raises InputError: where the loss of messages is not accepted, or options contradict each other
    """
    cures = read_cures(params)
    if cures.e2e_key:
        _accept_loss(params)
    steps: list[Step] = [E2EKey()] * cures.e2e_key + [Totp(warn, force=params["force"])] * cures.totp
    if cures.profile:
        steps.insert(len(steps) if cures.codes_off else 0, Profile(cures.wish))
    steps += [Status(active=True)] * cures.activate
    lines = [Line(step, needs=[earlier.name for earlier in steps[:number]]) for number, step in enumerate(steps)]
    lines += [Line(Sessions(), if_changed=True)] * cures.signs_out
    return Job(
        "recover",
        "recovered",
        lines,
        whole=True,
        check=_must_be_known if cures.activate else _must_be_active,
        leaves=lambda user, version: _recovery_leaves(cures, user, version),
        tells=lambda user, results: phone_sentence(cures, user, results),
        diagnoses=True,
    )


def _recovery_leaves(cures: Cures, user: User, version: tuple[int, int]) -> list[Thing]:
    """Say what no recovery reaches: codes by e-mail, and what the lost phone goes on to receive."""
    things = [] if cures.codes_off else _codes_by_email(user, cures.wish)
    if cures.totp and version < _SIGNING_OUT_ENDS_PUSH:
        things.append(
            Thing(
                "push_registrations",
                "",
                f"A phone that {user.username} has lost may go on to show previews of new messages: before Rocket.Chat"
                " 8.0 no request takes it off the list of those that are notified. Have the phone wiped or blocked.",
            )
        )
    return things


def _codes_by_email(user: User, wish: Wish) -> list[Thing]:
    """Say that a reset of TOTP ends no codes by e-mail, where the account may be asked for some."""
    if wish.email or (wish.verified and user.emails):
        address = wish.email or (user.emails or (("", True),))[0][0]
        where = f"to {address}"
    elif user.emails is None:
        address, where = "", "if the account has a verified address, which the calling account does not see"
    else:
        address = ", ".join(address for address, verified in user.emails if verified)
        where = f"to {address}"
        if not address:
            return []
    return [
        Thing(
            "email_codes",
            address,
            f"{user.username} will still be asked for a code by e-mail, {where}, unless the workspace or the"
            " person has switched e-mail codes off. If they cannot read that mail, run again with new_email, or with"
            " email_factor: switch_off.",
        )
    ]


def _accept_loss(params: Mapping[str, Any]) -> None:
    if not params["confirm_message_loss"]:
        raise InputError(
            "With the end-to-end key go all old encrypted messages of the account. Set confirm_message_loss to true to"
            " accept that; nothing was done."
        )


def _inactive(user: User) -> str:
    return "the account was inactive already" if user.active is False else ""


def _must_be_known(user: User) -> None:
    if user.active is None:
        raise TargetError(
            "status-not-visible",
            f"The server does not say whether {user.username} is active. See to it that the calling account may see"
            " that.",
        )


def _must_be_active(user: User) -> None:
    _must_be_known(user)
    if not user.active:
        raise TargetError(
            "inactive",
            f"{user.username} is deactivated. If this person is to get in again, set activate: true.",
        )
