# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Activating and deactivating an account: what stands in the way, and what becomes of rooms that depend on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.administrators import Administrators
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.rooms import Fate
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.teams import Team
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.bulk import in_order, named
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import (
    SEE_PROFILE,
    SEE_ROOMS,
    SET_ACTIVE,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    ADVICE,
    Refused,
    RocketChatError,
    TargetError,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.rooms import (
    ROOMS,
    Estate,
    teams_left_behind,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.step import (
    Done,
    Plan,
    Scene,
    Step,
    Thing,
    not_looked_at,
)

# Before that, a team outlives its main room, and nobody sees it any more.
_TEAMS_GO = (7, 13)


@dataclass(frozen=True)
class Foreseen:
    """What the deactivation of one account would meet, and what becomes of rooms without a word of the server.

    ``looked_at`` and ``left_behind``: of kinds beside rooms, and of those where none is shown.
    """

    effects: dict[str, Any]
    objection: TargetError | None = None
    fate: Fate = field(default_factory=Fate)
    looked: bool = False
    looked_at: Sequence[str] = ()
    left_behind: Sequence[Thing] = ()


class Status(Step):
    """Makes accounts active or inactive.

    ``confirm_relinquish``: go through although rooms are deleted or pass to others. ``foresee``: find out beforehand
    what the server would refuse. ``estate``: the rooms and teams of those who leave. ``handed_over``: each of those
    that depends on them gets another owner before, so that nothing becomes of any. ``for_good``: refuse as well what
    the server does without a word, which is to leave rooms and teams without an owner who could use them.
    """

    name = "status"
    # The server shows it.
    remembered = False
    actions = (SET_ACTIVE,)
    blank: ClassVar[Mapping[str, Any]] = {"active_before": None, "rooms_deleted": [], "rooms_with_new_owner": []}
    shows = ("rooms_deleted", "rooms_with_new_owner")

    def __init__(
        self,
        *,
        active: bool,
        confirm_relinquish: bool = False,
        foresee: bool = False,
        estate: Estate | None = None,
        handed_over: bool = False,
        for_good: bool = False,
    ) -> None:
        self._active = active
        self._confirm = confirm_relinquish
        self._estate = estate or Estate()
        self._handed_over = handed_over
        self._for_good = for_good and not handed_over
        self.ends_sessions = not active
        self.rooms = self._foresee = foresee and not active
        self.label = "Activation" if active else "Deactivation"
        self.deed = "activated" if active else "deactivated"

    def inspect(self, scene: Scene, users: Sequence[User]) -> Mapping[str, Any]:
        """Find out what the deactivation of accounts would meet: effects and an objection for each.

        Each is judged as the server will judge it then, with those inactive who were on the list before.
        """
        leaving = [user for user in users if user.active is not False]
        if not self._foresee or not leaving:
            return {}
        session, concurrency = scene.session, scene.concurrency
        administrators = Administrators(session, leaving)
        rooms = None if self._handed_over else self._estate.read(scene, leaving)
        teams = self._estate.teams(scene, users) if self._for_good else None
        team_goes = session.version >= _TEAMS_GO
        ordered, unknown = in_order(leaving, concurrency), _Unknown()
        found: dict[str, Foreseen] = {}
        gone: set[str] = set()
        perhaps: set[str] = set()
        for number, user in enumerate(leaving):
            last = administrators.refused_as_last(user, gone, perhaps - {user.user_id})
            fate = rooms.fate(user.user_id, gone, perhaps - {user.user_id}) if rooms else Fate()
            unknown.note(user, fate, last)
            orphaned = None
            if teams:
                orphaned = [
                    team for team in teams.orphaned(user.user_id) if not (team_goes and team.room_id in fate.doomed)
                ]
            found[user.user_id] = self._seen(user, fate, orphaned, last=last is True)
            objection = found[user.user_id].objection
            if number == 0 or ordered:
                if last is None or not (fate.known or self._confirm or objection):
                    perhaps.add(user.user_id)
                elif not objection:
                    gone.add(user.user_id)
            if not ordered:
                # The first one goes alone, the others at the same time.
                perhaps.update(other.user_id for other in leaving[1:])
        unknown.tell(scene.warn)
        return found

    def _seen(self, user: User, fate: Fate, teams: Sequence[Team] | None, *, last: bool) -> Foreseen:
        effects = {"rooms_deleted": fate.listed(fate.deleted), "rooms_with_new_owner": fate.listed(fate.new_owner)}
        objection = None
        if last:
            objection = TargetError("last-admin", f"{user.username}: {ADVICE['last-admin'].sentence}")
        elif not self._confirm:
            objection = self._refusal(user, fate, teams or (), effects)
        looked_at, left = teams_left_behind(user, teams) if self._for_good else ([], [])
        if fate.unseen and self._for_good:
            left = [not_looked_at(ROOMS, "Rooms", SEE_ROOMS.permission), *left]
        return Foreseen(effects, objection, fate, not (fate.unseen or self._handed_over), looked_at, left)

    def _refusal(self, user: User, fate: Fate, teams: Sequence[Team], effects: dict[str, Any]) -> TargetError | None:
        """Return what is said of rooms and teams that would be lost, or nothing where none would."""
        ownerless = {
            "rooms_without_owner": list(fate.ownerless),
            "teams_without_owner": [team.name for team in teams],
        }
        ownerless = {key: names for key, names in ownerless.items() if names and self._for_good}
        if not (fate.deleted or fate.new_owner or ownerless):
            return None
        way_out = "Name a successor, give the rooms" if self._for_good else "Give the rooms"
        return _last_owner(user, {**effects, **ownerless}, {**effects, **ownerless}, way_out=way_out)

    def plan(self, user: User, seen: Foreseen | None) -> Plan:
        """Nothing is sent where the state is as wanted: the server mails on every repeat."""
        seen = seen or Foreseen({"rooms_deleted": [], "rooms_with_new_owner": []})
        changed = user.active is not self._active
        return Plan(
            changed=changed,
            reason="" if changed else f"it was {'active' if user.active else 'inactive'} already",
            evidence="none" if changed else "active" if user.active else "inactive",
            facts={"active_before": user.active},
            effects=seen.effects,
            before=_lines(user.active),
            after=_lines(self._active),
            objection=seen.objection,
            looked_at=[ROOMS] * seen.looked + list(seen.looked_at),
            left_behind=[*_without_owner(seen.fate), *seen.left_behind],
        )

    def act(self, session: Session, user: User) -> Done:
        """Ask without confirming first, so that the server names the rooms before anything becomes of them."""
        body = {"activeStatus": self._active, "confirmRelinquish": False}
        nothing: dict[str, list[str]] = {"rooms_deleted": [], "rooms_with_new_owner": []}
        try:
            return Done(session.client.act(SET_ACTIVE, user, body).attempts, nothing)
        except Refused as error:
            if error.code != "user-last-owner":
                raise
            rooms, sent = _rooms(error), error.attempts
            if not self._confirm:
                said = f" The server said: {error.words}"
                way_out = "Name a successor, give the rooms" if self._for_good else "Give the rooms"
                refused = _last_owner(user, rooms, {**error.details, **rooms}, words=said, way_out=way_out)
                refused.attempts = sent
                raise refused from None
        try:
            reply = session.client.act(SET_ACTIVE, user, {**body, "confirmRelinquish": True})
        except RocketChatError as error:
            error.attempts += sent
            error.details.update(rooms)
            raise
        return Done(reply.attempts + sent, rooms)

    def told(self, facts: Mapping[str, Any]) -> str:
        """Say what was done, and what became of rooms."""
        parts = [self.deed]
        if facts.get("rooms_deleted"):
            parts.append(f"rooms deleted: {', '.join(facts['rooms_deleted'])}")
        if facts.get("rooms_with_new_owner"):
            parts.append(f"rooms with a new owner: {', '.join(facts['rooms_with_new_owner'])}")
        return "; ".join(parts)

    def contradicts(self, now: User) -> str:
        """Say so where the account is not in the state that was asked for."""
        if now.active is not None and now.active is not self._active:
            return f"the server answered with success, and yet the account is {'active' if now.active else 'inactive'}"
        return ""


def _without_owner(fate: Fate) -> list[Thing]:
    things = [
        Thing("room", name, "Nobody active owns it. Make somebody its owner, or delete it.") for name in fate.ownerless
    ]
    hidden = "Whether somebody active owns it is not shown to the calling account. Look, and make somebody its owner."
    things += [Thing("room", name, hidden) for name in fate.masked]
    return things + [Thing("room", name, f"What becomes of it is not known: {why}. Look.") for name, why in fate.open]


def _lines(active: bool | None) -> str:
    state = {True: "active", False: "inactive", None: "not known"}[active]
    return f"status: {state}\n" + ("" if active else "sessions and personal access tokens: ended\n")


def _rooms(error: Refused) -> dict[str, list[str]]:
    def names(key: str) -> list[str]:
        value = error.details.get(key)
        return [str(name) for name in value] if isinstance(value, list) else []

    return {"rooms_deleted": names("shouldBeRemoved"), "rooms_with_new_owner": names("shouldChangeOwner")}


# What becomes of rooms and teams, by the name that results have for it.
_BECOMES = {
    "rooms_deleted": "these would be deleted with all their messages",
    "rooms_with_new_owner": "these would get another owner",
    "rooms_without_owner": "these would stay without an owner who is active",
    "teams_without_owner": "these teams would stay without an owner who is active",
}


def _last_owner(
    user: User, rooms: Mapping[str, list[str] | None], details: Mapping[str, Any], *, way_out: str, words: str = ""
) -> TargetError:
    parts = [f"{what}: {', '.join(names)}" for key, what in _BECOMES.items() if (names := rooms.get(key))]
    consequence = "; ".join(parts) or "the server does not say what would become of them"
    return TargetError(
        "user-last-owner",
        f"Rooms depend on {user.username} alone: {consequence}. {way_out} another owner first, or set"
        f" confirm_relinquish to true to accept that.{words}",
        details,
    )


@dataclass
class _Unknown:
    """What could not be found out, gathered, so that it is told once and not for each account."""

    rooms_of: list[str] = field(default_factory=list)
    administrators: list[str] = field(default_factory=list)
    rooms: list[str] = field(default_factory=list)

    def note(self, user: User, fate: Fate, last: bool | None) -> None:
        """Note what is not known of one account."""
        if last is None:
            self.administrators.append(user.username)
        if fate.unseen:
            self.rooms_of.append(user.username)
        if fate.open:
            self.rooms.append(f"{user.username}: " + "; ".join(f"{name} ({why})" for name, why in fate.open))

    def tell(self, warn: Callable[[str], None]) -> None:
        """Warn of it."""
        if self.administrators:
            warn(
                "It could not be found out whether the server would refuse to deactivate"
                f" {named(self.administrators)} as the last administrator. Either the calling account does not see the"
                f" roles of others, which takes the permission {SEE_PROFILE.permission}, or it depends on who is"
                " deactivated first."
            )
        if self.rooms_of:
            warn(
                f"It could not be found out which rooms of {named(self.rooms_of)} would be deleted or change hands: the"
                f" calling account lacks the permission {SEE_ROOMS.permission}."
            )
        for words in self.rooms:
            warn(f"It could not be found out what would become of these rooms of {words}.")
