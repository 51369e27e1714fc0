# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job is: steps in their order, and for whom it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import ANOTHER_ACCOUNT
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, TargetError
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import Step, Thing

Warn = Callable[[str], None]
_TITLES = {
    "offboard": "Offboarding",
    "recover": "Recovery",
    "totp": "TOTP reset",
    "password": "Password reset",
    "status": "Status change",
    "sessions": "Sign-out",
    "e2ekey": "Reset of the end-to-end key",
}


@dataclass(frozen=True)
class Line:
    """One step of a job.

    ``needs``: steps that must not have failed for the same person; a step that needs none protects, and is taken
    whatever failed before it. ``if_changed``: after a failure, only where something was changed before. ``unless`` says
    why the step is not for an account, or nothing. ``within``: a step that does this as well where it is the next one,
    so that this is left for when that fails.
    """

    step: Step
    needs: Sequence[str] = ()
    if_changed: bool = False
    unless: Callable[[User], str] | None = None
    within: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """How to find out what keeps people out.

    ``look`` at the workspace, with or without asking what was not read on this run anyway, and say what that means
    ``of`` an account, lock by lock.
    """

    look: Callable[[Session, bool], Any]
    of: Callable[[User, Any], list[dict[str, object]]]


@dataclass(frozen=True)
class Job:
    """One kind of change.

    ``verb``: past participle for messages. ``whole``: a job of several steps, whose result tells each of them, which
    nobody enters while somebody on the list is not who they should be, and which looks again at its end. ``check``
    raises a TargetError for an account that the job is not for. ``leaves`` says what the job leaves behind of an
    account that is worth knowing, by the server's version. ``tells`` says in one sentence for the phone what was done
    to somebody, from the results of the steps and what the diagnosis knows of the workspace. ``diagnosis``: the result
    says what can keep each of them out. ``leaves_inactive``: whoever it was done for cannot sign in.
    """

    name: str
    verb: str
    lines: Sequence[Line]
    whole: bool = False
    check: Callable[[User], None] | None = None
    own_account_hint: str = ANOTHER_ACCOUNT
    leaves: Callable[[User, tuple[int, int]], list[Thing]] | None = None
    tells: Callable[[User, Mapping[str, str], Any], str] | None = None
    diagnosis: Diagnosis | None = None
    leaves_inactive: bool = False

    @property
    def title(self) -> str:
        """What the job is called in a sentence."""
        return _TITLES.get(self.name, self.name)

    @property
    def steps(self) -> list[Step]:
        """The steps in their order."""
        return [line.step for line in self.lines]


def one(step: Step, verb: str, *, own_account_hint: str = ANOTHER_ACCOUNT) -> Job:
    """Return the job that consists of one step."""
    return Job(step.name, verb, [Line(step)], own_account_hint=own_account_hint)


def must_be_known(user: User) -> None:
    """Raise for an account of which the server does not say whether it is active.

    :raises TargetError: ``status-not-visible``
    """
    if user.active is None:
        raise TargetError(
            "status-not-visible",
            f"The server does not say whether {user.username} is active. See to it that the calling account may see"
            " that.",
        )


def accept_loss(params: Mapping[str, Any]) -> None:
    """Raise unless it is accepted that old encrypted messages can never be read again.

    :raises InputError: where it is not
    """
    if not params["confirm_message_loss"]:
        raise InputError(
            "With the end-to-end key go all old encrypted messages of the account. Set confirm_message_loss to true to"
            " accept that; nothing was done."
        )
