# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom a complete list of people would have offboarded: worked out anew, or taken from a plan and checked again."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.directory import all_users
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.exempt import Exempt
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import Wanted, look_up
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.ledger import Ledger, unavailable
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.roles import (
    BUILT_IN,
    ids_of,
    names_of,
    role_names,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.room_reader import read_all
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.roster import (
    EMAIL,
    USERNAME,
    Comparison,
    Listed,
    compare,
    folded,
    keys_of,
    read_people,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.bulk import listed
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.endpoints import SEE_PROFILE
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    InputError,
    RocketChatError,
    TargetError,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Access, Session, open_session
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.times import iso
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.evidence import Options, read_options
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.forecast import announce_rate_limit
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.inquiry import Inquiry, Warn
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.plan_file import (
    check_place,
    read_plan,
    sealed,
    write_plan,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.plan_lines import lines_of
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.result import now
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.targets import read_concurrency

# A list with fewer people than this part of the last one that was accepted has lost some on its way.
_KEPT = 0.9
_RECORD = "reconcile"


@dataclass(frozen=True)
class Question:
    """What to work out. ``people``: ``None`` where ``plan`` is one to be carried out, as it was sealed."""

    people: Sequence[Listed] | None
    plan: Mapping[str, Any] | None
    plan_file: str
    match: str
    exempt_roles: Sequence[str]
    exempt: Sequence[str]
    guests: bool
    grace: int
    max_accounts: int
    max_percent: float
    evidence: Options
    concurrency: int
    check_mode: bool


def read_question(params: Mapping[str, Any], *, check_mode: bool) -> Question:
    """Check the options.

    :arg params: ``AnsibleModule.params``
    :raises InputError: before anything is sent
    """
    given = params["people"]
    match = (params["match"] or "").strip()
    if not match:
        raise InputError(f"match is empty. Give {EMAIL}, {USERNAME}, or the name of a custom field.")
    for name in ("grace", "max_accounts", "max_percent"):
        if not (math.isfinite(params[name]) and params[name] >= 0):
            raise InputError(f"{name} is {params[name]:g}. Give a number from 0.")
    people = None if given is None else read_people(given)
    if people is not None:
        check_place(params["plan_file"])
    return Question(
        people=people,
        plan=read_plan(params["plan_file"]) if people is None else None,
        plan_file=params["plan_file"],
        match=match,
        exempt_roles=[role.strip() for role in params["exempt_roles"] if role.strip()],
        exempt=[name.strip() for name in params["exempt"] if name.strip()],
        guests=params["guests"],
        grace=params["grace"],
        max_accounts=params["max_accounts"],
        max_percent=params["max_percent"],
        evidence=read_options(params),
        concurrency=read_concurrency(params),
        check_mode=check_mode,
    )


def work_out(access: Access, question: Question, warn: Warn) -> Inquiry:
    """Return the plan; this never raises for what a server, a network or a disk can do.

    Where a brake stops it, the plan is there all the same.
    """
    result = Inquiry()
    try:
        with open_session(access, [], warn, pool_size=question.concurrency) as session:
            _Planner(session, question, warn, result.facts).go()
    except RocketChatError as error:
        result.failure, result.message = error, error.message
    return result


@dataclass
class _Planner:
    """One run: the plan and its lines go into ``facts`` as soon as they are known."""

    session: Session
    question: Question
    warn: Warn
    facts: dict[str, Any] = field(default_factory=dict)

    def go(self) -> None:
        """Take it from the ledger to the ledger.

        :raises RocketChatError: for what a server can do, and where a brake stops it
        """
        ledger = self._ledger()
        exempt = self._exempt()
        plan = self.question.plan
        if plan is None:
            plan = self._new(exempt)
            write_plan(self.question.plan_file, plan)
        else:
            self._check(plan, exempt)
        self.facts.update({"plan": plan, "lines": lines_of(plan, self.question.plan_file)})
        self._brake(len(plan["accounts"]), plan["active"])
        if ledger and not self.question.check_mode:
            self._remember(ledger, plan)

    # The list

    def _ledger(self) -> Ledger | None:
        """Return the ledger, where there is one to be had, and refuse a list that has lost people."""
        given = self.question.evidence
        if not given.ledger:
            return None
        ledger = Ledger(self.session.client, given.ledger, [self.session.caller.user_id, *given.authors])
        try:
            lists = ledger.read(given.days).lists
        except RocketChatError as error:
            self._without_ledger(error)
            return None
        people = self.question.people
        if people is not None and lists and len(people) < _KEPT * lists[0].people:
            raise TargetError(
                "list-shrunk",
                f"The list names {len(people)} people, and the last one that was accepted, on {iso(lists[0].at)}, named"
                f" {lists[0].people}: it has lost more than a tenth. Nothing was done. If it is right, shorten it in"
                " several steps, or run once with another ledger.",
                {"people": len(people), "people_before": lists[0].people},
            )
        return ledger

    def _without_ledger(self, error: RocketChatError) -> None:
        if self.question.evidence.required or error.code == "ledger-not-ours":
            raise error
        self.warn(f"{unavailable(error)} Nor is it known whether the list of people has shrunk.")

    def _remember(self, ledger: Ledger, plan: Mapping[str, Any]) -> None:
        given = self.question.evidence
        record = {
            "run": f"{now().replace('-', '').replace(':', '')}-{uuid.uuid4().hex[:8]}",
            "job": _RECORD,
            "ticket": given.ticket,
            "operator": given.operator,
        }
        ticket = f" {given.ticket}" if given.ticket else ""
        sentence = (
            f"Reconciliation{ticket} by {given.operator} goes by a list of {plan['people']} people, and is to offboard"
            f" {len(plan['accounts'])}."
        )
        try:
            client = self.session.client
            ledger.open([look_up(client, Wanted("username", name)).user_id for name in given.auditors])
            ledger.accept(record, sentence, plan["people"])
        except RocketChatError as error:
            self._without_ledger(error)

    # The accounts

    def _exempt(self) -> Exempt:
        asked, client = self.question, self.session.client
        if not (BUILT_IN.issuperset(asked.exempt_roles) or role_names(client)):
            raise RocketChatError(
                "roles-not-visible",
                "The calling account does not see the roles of the workspace, so nobody can be told from who has one of"
                f" exempt_roles ({', '.join(asked.exempt_roles)}). Name roles that every workspace has, or none.",
            )
        roles = ids_of(client, asked.exempt_roles, "exempt_roles")
        return Exempt(
            self.session.caller.user_id,
            names_of(client, roles),
            frozenset(folded(name) for name in asked.exempt),
            asked.guests,
            asked.grace,
        )

    def _new(self, exempt: Exempt) -> dict[str, Any]:
        """Return the plan that follows from the list.

        :raises RocketChatError: ``roles-not-visible``
        """
        people = self.question.people or ()
        users = self._everybody()
        found = compare(users, people, self.question.match)
        spared, candidates = self._spared(found, exempt)
        going = []
        announce_rate_limit(self.session, len(candidates), self.warn)
        keys = {folded(key) for person in people for key in person.keys}
        for user in self._closer([user.user_id for user in candidates]):
            why = exempt.why_on_closer_look(user, self.session.client.server_time)
            if not why and {folded(key) for key in keys_of(user, self.question.match)} & keys:
                why = "it has come to be on the list meanwhile"
            if why:
                spared.append(_named(user, why))
            elif user.active:
                going.append({**_shown(user), "reason": self._reason(user)})
        return sealed(
            {
                "workspace": self.session.access.connection.url,
                "made": now(),
                "match": self.question.match,
                "people": len(people),
                "active": sum(user.active is True and user.kind == "user" for user in users),
                "accounts": going,
                "left_alone": spared,
                "missing": [{"row": person.row, "keys": list(person.keys)} for person in found.missing],
                "deactivated": [
                    {"row": person.row, "username": user.username, "user_id": user.user_id}
                    for person, user in found.deactivated
                ],
                "told": [*found.told, *self._strangers(users)],
            }
        )

    def _everybody(self) -> list[User]:
        """Return all accounts, each once, with what they are found by."""
        client, asked = self.session.client, self.question
        users = list({user.user_id: user for user in all_users(client, concurrency=asked.concurrency)}.values())
        if all(user.roles is None for user in users):
            raise RocketChatError(
                "roles-not-visible",
                "The calling account sees neither roles nor addresses of others, so nobody can be told from who must"
                f" be left alone. Give it the permission {SEE_PROFILE.permission}.",
            )
        if asked.match in (EMAIL, USERNAME):
            return users
        # No list shows custom fields.
        announce_rate_limit(self.session, len(users), self.warn)
        return self._closer([user.user_id for user in users])

    def _closer(self, ids: Sequence[str]) -> list[User]:
        """Ask for accounts one by one, for what no list shows; whoever was deleted meanwhile is left out."""

        def look(user_id: str) -> User | None:
            try:
                return look_up(self.session.client, Wanted("user_id", user_id))
            except TargetError:
                return None

        return [user for user in read_all(ids, look, concurrency=self.question.concurrency) if user]

    def _spared(self, found: Comparison, exempt: Exempt) -> tuple[list[dict[str, Any]], list[User]]:
        """Return who of those that are not on the list is left alone, with the reason, and who is looked at closer."""
        nothing = f"it has no {self.question.match}, so the list says nothing of it"
        reasons = [(user, exempt.why(user)) for user in found.absent if user.active is not False]
        reasons += [(user, exempt.why(user) or nothing) for user in found.keyless if user.active is not False]
        return [_named(user, why) for user, why in reasons if why], [user for user, why in reasons if not why]

    def _reason(self, user: User) -> str:
        keys = ", ".join(keys_of(user, self.question.match))
        return f"{self.question.match} {keys} is not on the list"

    def _strangers(self, users: Sequence[User]) -> list[str]:
        """Say which names that are to be left alone are nobody's: one that is misspelt spares nobody."""
        known = {folded(user.username) for user in users}
        strangers = [name for name in self.question.exempt if folded(name) not in known]
        return [f"exempt: there is no account with the username {name!r}." for name in strangers]

    # A plan that was made before

    def _check(self, plan: Mapping[str, Any], exempt: Exempt) -> None:
        """Refuse a plan of which anything is not so any more.

        :raises TargetError: ``plan-outdated``, or the same as for whoever is left alone by now
        """
        url = self.session.access.connection.url
        if plan["workspace"] != url:
            raise InputError(f"plan_file: the plan is for {plan['workspace']}, and this is {url}. Nothing was done.")
        announce_rate_limit(self.session, len(plan["accounts"]), self.warn)
        shown = {entry["user_id"]: entry for entry in plan["accounts"]}
        users = {user.user_id: user for user in self._closer(list(shown))}
        wrong = []
        for user_id, entry in shown.items():
            user = users.get(user_id)
            wrong += [f"{entry['username']} ({user_id}) {words}." for words in self._changed(entry, user, exempt)]
        if wrong:
            raise TargetError(
                "plan-outdated",
                f"Nobody was offboarded: the plan of {plan['made']} does not hold any more. {listed(wrong)} Make it"
                " anew, and look at it again.",
                {"accounts": len(shown), "changed": len(wrong)},
            )

    def _changed(self, entry: Mapping[str, Any], user: User | None, exempt: Exempt) -> list[str]:
        if user is None:
            return ["is gone"]
        after = _shown(user)
        words = []
        if after["username"] != entry["username"]:
            words.append(f"is called {user.username} now")
        if after["name"] != entry["name"]:
            words.append(f"bears the name {user.name or 'nobody'} now")
        if after["emails"] != entry["emails"]:
            words.append(f"has another e-mail address now ({', '.join(after['emails']) or 'none'})")
        if after["active"] != entry["active"]:
            words.append("is inactive now" if user.active is False else "is in a state that the server does not show")
        why = exempt.why_on_closer_look(user, self.session.client.server_time)
        return words or ([f"is to be left alone: {why}"] if why else [])

    def _brake(self, number: int, active: int) -> None:
        """Refuse to offboard more people at once than a list in order would leave out."""
        most, percent = self.question.max_accounts, self.question.max_percent
        if number > most or number * 100 > percent * active:
            raise TargetError(
                "too-many-accounts",
                f"{number} of {active} active accounts ({number * 100 / max(active, 1):.1f} %) would be offboarded,"
                f" and one run may offboard {most} (max_accounts) and {percent:g} % of them (max_percent). Nothing was"
                " done. Look at the plan; if it is right, run once with higher numbers.",
                {"accounts": number, "active": active},
            )


def _named(user: User, why: str) -> dict[str, Any]:
    return {"username": user.username, "user_id": user.user_id, "reason": why}


def _shown(user: User) -> dict[str, Any]:
    """Return what a plan shows of an account, all of which must be so still when it is carried out."""
    return {
        "username": user.username,
        "user_id": user.user_id,
        "name": user.name or "",
        "emails": sorted(address for address, _verified in user.emails or ()),
        "active": user.active,
    }
