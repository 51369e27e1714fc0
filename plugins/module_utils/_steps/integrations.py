# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Webhooks of people who leave: without this they go on posting and receiving as if nothing had happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.integrations import (
    CHANGE_ALL,
    SEE_ALL,
    Integration,
    close,
    read_integrations,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    Refused,
    RocketChatError,
    TargetError,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.workspace import if_there
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import (
    Done,
    HalfDone,
    Plan,
    Scene,
    Step,
    Thing,
    not_looked_at,
    nothing_there,
)

KIND = "webhooks"
# From here on a webhook posts only as an account with this permission, and is changed only while it has it.
_IMPERSONATION = (8, 0)
_IMPERSONATE = "message-impersonate"
_MUTE = "error-user-lacks-message-impersonate-permission"
# How servers say that the calling account lacks a permission, on top of the usual answers.
_NOT_ALLOWED = frozenset(
    {
        "unauthorized",
        "error-not-allowed",
        "error-action-not-allowed",
        "error-invalid-integration",
        "error-invalid-channel",
        "not_authorized",
        "not-authorized",
    }
)
_BY_HAND = "Switch it off by hand (Administration > Workspace > Integrations)"


class Integrations(Step):
    """Switches webhooks off that somebody made or is posted as by, removes them, or only says that they are there.

    ``mode``: ``disable``, ``remove`` or ``report``.
    """

    name = "integrations"
    label = "Webhooks"
    # The server shows them.
    remembered = False

    def __init__(self, mode: str) -> None:
        self._mode = mode
        self._remove = mode == "remove"
        self._past = "removed" if self._remove else "switched off"
        self.deed = f"webhooks {self._past}"
        self._held: frozenset[str] = frozenset()
        self._mute_without: frozenset[str] | None = None
        self._todo: dict[str, list[Integration]] = {}

    def inspect(self, scene: Scene, users: Sequence[User]) -> Mapping[str, Any]:
        """Read the webhooks of the workspace, once for everybody."""
        if not users:
            return {}
        session = scene.session
        # What nobody tells may be held: the server will say.
        lacks = session.workspace.lacks
        self._held = frozenset(p for p in (*SEE_ALL, *CHANGE_ALL) if not lacks(session.caller.roles, p))
        if not self._held.issuperset(SEE_ALL):
            return {}
        found = if_there(lambda: read_integrations(session.client))
        if found is None:
            return {}
        if session.version >= _IMPERSONATION:
            self._mute_without = session.workspace.holders(_IMPERSONATE)
        return {user.user_id: [one for one in found if one.is_of(user)] for user in users}

    def plan(self, user: User, seen: Any) -> Plan:
        """Say which of them are closed, and which stay, each with the reason."""
        if seen is None:
            lacking = next((permission for permission in SEE_ALL if permission not in self._held), SEE_ALL[0])
            return nothing_there(left_behind=[not_looked_at(KIND, "Webhooks", lacking)])
        stay: list[Thing] = []
        todo: list[Integration] = []
        for one in seen:
            if not (one.enabled or self._remove):
                continue
            missing = "" if self._mode == "report" else one.missing(self._held, remove=self._remove)
            if self._mode == "report":
                stay.append(Thing("webhook", one.title, f"It goes on working. {_BY_HAND}, or have this job do it."))
            elif missing:
                stay.append(_not_allowed(one, missing))
            elif not self._remove and self._is_mute(one, user):
                stay.append(_mute(one))
            else:
                todo.append(one)
        self._todo[user.user_id] = todo
        if not todo:
            return self._left(stay) if stay else nothing_there(KIND)
        titles = ", ".join(one.title for one in todo)
        return Plan(
            changed=True,
            effects={"webhooks": [one.title for one in todo]},
            before=f"webhooks: {titles}\n",
            after=f"webhooks {self._past}: {titles}\n",
            looked_at=[KIND],
            left_behind=stay,
            at_stake=[Thing("webhook", one.title, f"It goes on working. {_BY_HAND}, or run again.") for one in todo],
        )

    def _left(self, stay: Sequence[Thing]) -> Plan:
        reason = f"left as they are: {', '.join(thing.name for thing in stay)}"
        return Plan(False, reason, "left_behind", looked_at=[KIND], left_behind=stay)

    def _is_mute(self, one: Integration, user: User) -> bool:
        """Tell whether the server neither lets it post nor lets anybody switch it off, for the sake of a leaver."""
        if self._mute_without is None or not one.incoming or one.posts_as_id != user.user_id or user.roles is None:
            return False
        return not self._mute_without & set(user.roles)

    def act(self, session: Session, user: User) -> Done:
        """Close one after another; what one is refused for, the next one may not be.

        :raises HalfDone: where some could not be closed for another reason than a missing permission
        """
        closed: list[str] = []
        barred: list[Thing] = []
        failed: list[str] = []
        still: list[Thing] = []
        attempts = 0
        for one in self._todo[user.user_id]:
            try:
                attempts += close(session.client, user, one, remove=self._remove)
                closed.append(one.title)
            except (Refused, TargetError) as error:
                attempts += error.attempts
                if isinstance(error, Refused) and not error.hides:
                    raise _after(error, closed) from None
                if {error.code, getattr(error, "words", "")} & _NOT_ALLOWED:
                    barred.append(_not_allowed(one, one.missing(frozenset(), remove=self._remove)))
                    continue
                if error.code == _MUTE:
                    # It posts as somebody else, whose roles nobody has read.
                    barred.append(_mute(one))
                    continue
                words = one.without_secrets(error.words if isinstance(error, Refused) else error.message)
                failed.append(f"{one.title}: {words or 'the server said no'}")
                if error.code == "integration-changed":
                    closed.append(one.title)
                else:
                    still.append(Thing("webhook", one.title, f"{_BY_HAND}, or remove it (integrations=remove)."))
            except RocketChatError as error:
                raise _after(error, closed) from None
        if failed:
            message = f"Not all webhooks of {user.username} were {self._past} as they should be: {'; '.join(failed)}."
            code = "integration-not-closed" if still else "integration-changed"
            half = HalfDone(code, message, closed, still + barred)
            half.attempts = attempts
            raise half
        return Done(attempts, {"webhooks": closed}, barred, changed=bool(closed))

    def told(self, facts: Mapping[str, Any]) -> str:
        """Name them."""
        return f"{self._past}: {', '.join(facts['webhooks'])}"


def _mute(one: Integration) -> Thing:
    cure = (
        f"It is silent only as long as {one.posts_as} lacks the permission {_IMPERSONATE}, without which the server"
        " switches nothing off either. Remove it (integrations=remove)."
    )
    return Thing("webhook", one.title, cure)


def _not_allowed(one: Integration, permission: str) -> Thing:
    cure = (
        f"It goes on working. {_BY_HAND}, or give the permission {permission} to a role of the calling account's own"
        " and run again."
    )
    return Thing("webhook", one.title, cure, permission)


def _after(error: RocketChatError, closed: Sequence[str]) -> RocketChatError:
    """Say of what ends the step which webhooks were closed before."""
    if closed:
        error.details["done"] = list(closed)
    return error
