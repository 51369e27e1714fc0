# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The job for people who are locked out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.locks import (
    Surroundings,
    diagnose,
    look_around,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.cures import Cures, read_cures
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.job import (
    Diagnosis,
    Job,
    Line,
    Warn,
    accept_loss,
    must_be_known,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.phone import phone_sentence
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.e2e_key import E2EKey
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.profile import Profile, Wish
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.sessions import Sessions
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.status import Status
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Step, Thing
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.totp import Totp

# From here on ending the sessions of an account ends its notifications on phones as well.
_SIGNING_OUT_ENDS_PUSH = (8, 0)


def recover(params: Mapping[str, Any], warn: Warn) -> Job:
    """Return the job for people who are locked out.

    What weakens an account needs what comes before it, and who is deactivated is activated at the end. Codes by e-mail
    go after TOTP: the notice of its reset still finds the mailbox. No session stays alive where one of them could undo
    it, as TOTP could be enrolled again without signing in.

    :raises InputError: where the loss of messages is not accepted, or options contradict each other
    """
    cures = read_cures(params)
    if cures.e2e_key:
        accept_loss(params)
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
        check=must_be_known if cures.activate else _must_be_active,
        leaves=lambda user, version: _recovery_leaves(cures, user, version),
        tells=lambda user, results, around: phone_sentence(cures, user, results, around or Surroundings()),
        diagnosis=Diagnosis(lambda session, ask: look_around(session, ask=ask), diagnose),
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


def _must_be_active(user: User) -> None:
    must_be_known(user)
    if not user.active:
        raise TargetError(
            "inactive",
            f"{user.username} is deactivated. If this person is to get in again, set activate: true.",
        )
