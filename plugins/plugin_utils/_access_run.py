# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role user_access decides: who may be touched at all, and which step is to be done for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

# The variables that ask for a step, where it is not done anyway.
SWITCHES = {"password": "user_access_reset_password", "e2ekey": "user_access_reset_e2ekey"}
# Memory of earlier runs is for reruns of a job, not for ever.
_REMEMBERED = timedelta(days=90)


@dataclass(frozen=True)
class Outcome:
    """What became of one step for one person."""

    result: str
    reason: str = ""
    evidence: str = ""
    at: str = ""
    # Whether the account was changed, which a step that failed half way may have done as well.
    changed: bool = False


def not_asked_for(step: str) -> Outcome:
    """Return the outcome of a step that nobody asked for."""
    return Outcome("skipped", f"not asked for ({SWITCHES.get(step, step)} is false)")


class Run:
    """The role's run so far.

    The dictionary holds ``job``, ``steps``, ``asked`` (usernames, user_ids), ``wanted`` (step: bool), ``users`` and
    ``missing`` as rocketchat_user_info returned them, ``workspace`` as rocketchat_info returned it, ``journal`` (a
    list of ``{step, rehearsal, began, ended, user_ids, result}``), ``memory`` of earlier runs, ``ticket``, ``force``,
    ``end_sessions``, ``check_mode`` and ``failure``, and what the role was told otherwise.
    """

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.facts = facts
        self.job: str = facts["job"]
        self.steps: list[str] = list(facts["steps"])
        self.users: list[dict[str, Any]] = list(facts.get("users") or [])
        self.workspace: Mapping[str, Any] = facts.get("workspace") or {}
        self.check_mode = bool(facts.get("check_mode"))
        self.force = bool(facts.get("force"))
        self.ticket = str(facts.get("ticket") or "").strip()
        self.failure = str(facts.get("failure") or "")
        self._entries = dict(self._journal())
        self.errors: dict[str, dict[str, Any]] = {}
        """What went wrong first for a person, by id."""
        for (_step, _rehearsal, user_id), entry in self._entries.items():
            if "error" in entry:
                self.errors.setdefault(user_id, entry)

    @property
    def url(self) -> str:
        """Address of the workspace, as the client wrote it."""
        return str((self.workspace.get("server") or {}).get("url") or "")

    @property
    def caller(self) -> Mapping[str, Any]:
        """The account that works."""
        caller: Mapping[str, Any] = self.workspace.get("caller") or {}
        return caller

    def _journal(self) -> Iterator[tuple[tuple[str, bool, str], dict[str, Any]]]:
        for note in self.facts.get("journal") or []:
            result = note.get("result") or {}
            entries = {entry.get("user_id"): entry for entry in result.get("users") or []}
            lost = {
                "changed": False,
                "error": {
                    "code": "module-failed",
                    "message": str(result.get("msg") or "The task failed without saying why."),
                    "details": {},
                },
            }
            for user_id in note["user_ids"]:
                entry = entries.get(user_id) or lost
                yield (note["step"], bool(note["rehearsal"]), user_id), {**entry, "at": note["ended"], "note": note}

    def entry(self, step: str, user_id: str, *, rehearsal: bool) -> dict[str, Any] | None:
        """Return what a module said of a person in one step, or ``None`` when it was not asked."""
        return self._entries.get((step, rehearsal, user_id))

    # What to do

    def objection(self) -> str:
        """Return why nothing may be done to anybody, or nothing."""
        facts = self.facts
        asked = facts.get("asked") or {}
        if not (asked.get("usernames") or asked.get("user_ids")):
            return "Nobody is named. Set user_access_usernames or user_access_user_ids."
        if facts.get("ticket_required") and not self.ticket:
            return "A ticket is mandatory here. Set user_access_ticket."
        if self.job == "recover" and facts["wanted"].get("e2ekey") and not facts.get("confirm_message_loss"):
            return (
                "With the end-to-end key go all old encrypted messages of the account. Set"
                " user_access_confirm_message_loss to true to accept that."
            )
        found = [problem["message"] for problem in self.problems()]
        rest = f" … and {len(found) - 10} more." if len(found) > 10 else ""
        return f"Nothing was done to anybody. {' '.join(found[:10])}{rest}" if found else ""

    def problems(self) -> list[dict[str, Any]]:
        """Return what speaks against this run, person by person: ``username``, ``user_id``, ``message``."""
        found: list[dict[str, Any]] = [
            {"username": entry.get("username"), "user_id": entry.get("user_id"), "message": str(entry["message"])}
            for entry in self.facts.get("missing") or []
        ]
        for user in self.users:
            message = self._problem(user)
            if message:
                found.append({"username": user["username"], "user_id": user["user_id"], "message": message})
        return found

    def _problem(self, user: Mapping[str, Any]) -> str:
        name = user["username"]
        if user["user_id"] == self.caller.get("user_id"):
            return f"{name} is the calling account itself, which this role never touches. Take it off the list."
        if user.get("federated"):
            return f"{name} is a federated user, whose account another server owns. Ask the administrators there."
        if self.job != "reset" and user.get("active") is None:
            return f"The server does not say whether {name} is active. See to it that the calling account may see that."
        if self.job == "recover" and not user["active"]:
            return f"{name} is deactivated. If this person is to get in again, activate the account first."
        return ""

    def wants(self, step: str) -> bool:
        """Tell whether a step was asked for."""
        return bool(self.facts["wanted"].get(step, True))

    def needless(self, step: str, user: Mapping[str, Any]) -> Outcome | None:
        """Return why a step is not to be done for a person, or ``None`` when it is."""
        if not self.wants(step):
            return not_asked_for(step)
        if self.job == "offboard" and user.get("active") is False:
            return Outcome("nothing_to_do", "the account was deactivated before", "inactive")
        if self.force or self.job == "reset":
            return None
        known = self.memory_of(user)
        done = known.get(step)
        if self.job == "recover" and done and self.ticket:
            return Outcome("nothing_to_do", f"done for this ticket before, on {done['at']}", "earlier_run")
        if step in ("password", "e2ekey"):
            if done and _quiet_since(done, user):
                reason = f"done on {done['at']}, and nobody has signed in since"
                return Outcome("nothing_to_do", reason, "earlier_run")
            rehearsed = self.entry("totp", user["user_id"], rehearsal=True) or {}
            # Recovery leaves the receipt last, so it vouches for everything that was done before it.
            if self.job == "recover" and not known and rehearsed.get("evidence") == "receipt":
                reason = "the receipt on the account says that this recovery was completed before"
                return Outcome("nothing_to_do", reason, "receipt")
        return None

    def pending(self, step: str) -> list[str]:
        """Return the ids of those for whom a step is to be done: not needless, and nothing went wrong before."""
        if self.failure:
            return []
        return [
            user["user_id"]
            for user in self.users
            if self.needless(step, user) is None and user["user_id"] not in self.errors
        ]

    # What is remembered

    def _key(self, user: Mapping[str, Any]) -> str:
        # Neither an address nor an id has a blank in it, so no two keys are alike.
        return f"{self.url} {self.ticket} {user['user_id']}"

    def memory_of(self, user: Mapping[str, Any]) -> dict[str, Any]:
        """Return the steps that earlier runs for this workspace, ticket and person did."""
        memory = self.facts.get("memory") or {}
        known = memory.get(self._key(user)) if isinstance(memory, Mapping) else None
        steps = known.get("steps") if isinstance(known, Mapping) else None
        return dict(steps) if isinstance(steps, Mapping) else {}

    def memory(self) -> dict[str, Any]:
        """Return what to remember: what is known from earlier, and what this run did."""
        horizon = _iso(datetime.now(timezone.utc) - _REMEMBERED)
        result: dict[str, Any] = {}
        for key, known in (self.facts.get("memory") or {}).items():
            times = [step.get("at", "") for step in (known.get("steps") or {}).values()]
            if times and max(times) > horizon:
                result[key] = known
        for user in self.users:
            steps = self.memory_of(user)
            for step in ("totp", "password", "e2ekey"):
                entry = self.entry(step, user["user_id"], rehearsal=False)
                if entry and entry["changed"] and "error" not in entry and self._sessions_ended(step, user):
                    # The time before the task began: a login while it ran must count as later.
                    steps[step] = {"at": entry["note"]["began"], "last_login": _last_login(user)}
            if steps:
                result[self._key(user)] = {"username": user["username"], "steps": steps}
        return result

    def _sessions_ended(self, step: str, user: Mapping[str, Any]) -> bool:
        """Tell whether the step ended the sessions; a reset of TOTP alone need not, and then proves nothing later."""
        if step != "totp" or self.facts.get("end_sessions"):
            return True
        after = self.entry("sessions", user["user_id"], rehearsal=False)
        return bool(after and "error" not in after)

    def last_resets(self) -> dict[str, str]:
        """Return when those were reset who have not signed in since, by user name: evidence for the module."""
        if self.force or self.job == "reset":
            return {}
        return {
            user["username"]: done["at"]
            for user in self.users
            for done in [self.memory_of(user).get("totp")]
            if done and _quiet_since(done, user)
        }


def _last_login(user: Mapping[str, Any]) -> str | None:
    return "never" if user.get("never_logged_in") else user.get("last_login")


def _quiet_since(done: Mapping[str, Any], user: Mapping[str, Any]) -> bool:
    """Tell whether the last login is the one from before the step: by the server's own times, so no clock matters."""
    return done.get("last_login") is not None and done["last_login"] == _last_login(user)


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
