# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role user_access decides and reports; pure functions of one dictionary, the role's ``user_access__run``.

Each is documented in a file of its own beside this one.
"""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from ansible.utils.unsafe_proxy import wrap_var

Value = TypeVar("Value")

TITLES = {"offboard": "Offboarding", "recover": "Recovery", "reset": "TOTP reset"}
# What a step is called, what is said of a person when it is done, and the variable that asks for it.
LABELS = {
    "check": "Check",
    "totp": "TOTP",
    "password": "Password",
    "e2ekey": "End-to-end key",
    "sessions": "Sessions",
    "status": "Deactivation",
}
DEEDS = {
    "totp": "TOTP reset",
    "password": "password replaced",
    "e2ekey": "end-to-end key reset",
    "sessions": "signed out everywhere",
    "status": "deactivated",
}
SWITCHES = {"password": "user_access_reset_password", "e2ekey": "user_access_reset_e2ekey"}
WORDS = {
    "done": "done",
    "would_be_done": "would be done",
    "nothing_to_do": "nothing to do",
    "failed": "failed",
    "not_attempted": "not attempted",
    "skipped": "skipped",
    "half_done": "half done",
}
# Memory of earlier runs is for reruns of a job, not for ever.
_REMEMBERED = timedelta(days=90)
_NOT_ATTEMPTED = "not-attempted"
_ENDED = "the run stopped before"


@dataclass(frozen=True)
class Outcome:
    """What became of one step for one person."""

    result: str
    reason: str = ""
    evidence: str = ""
    at: str = ""
    # Whether the account was changed, which a step that failed half way may have done as well.
    changed: bool = False


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
        self._errors: dict[str, dict[str, Any]] = {}
        for (_step, _rehearsal, user_id), entry in self._entries.items():
            if "error" in entry:
                self._errors.setdefault(user_id, entry)

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

    def needless(self, step: str, user: Mapping[str, Any]) -> Outcome | None:
        """Return why a step is not to be done for a person, or ``None`` when it is."""
        if not self.facts["wanted"].get(step, True):
            return Outcome("skipped", f"not asked for ({SWITCHES.get(step, step)} is false)")
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
            if self.needless(step, user) is None and user["user_id"] not in self._errors
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

    # What is reported

    def outcome(self, step: str, user: Mapping[str, Any]) -> Outcome:
        """Return what became of one step for one person."""
        needless = self.needless(step, user)
        if needless:
            return needless
        entry = self.entry(step, user["user_id"], rehearsal=False)
        rehearsed = self.entry(step, user["user_id"], rehearsal=True)
        if entry is None and self.check_mode:
            entry = rehearsed
        if entry is not None:
            return self._told(step, entry)
        if rehearsed and "error" in rehearsed:
            return self._told(step, rehearsed)
        failed = self._errors.get(user["user_id"])
        if failed and failed["error"]["code"] != _NOT_ATTEMPTED:
            return Outcome("not_attempted", f"this failed before: {LABELS[failed['note']['step']]}")
        return Outcome("not_attempted", _ENDED)

    def _told(self, step: str, entry: Mapping[str, Any]) -> Outcome:
        error, at = entry.get("error"), str(entry["at"])
        evidence = str(entry.get("evidence") or "")
        if error:
            code, details = error.get("code"), error.get("details") or {}
            reason = str(error.get("message") or code)
            if details.get("outcome") == "unknown":
                reason += " No answer tells whether it was done."
            if details.get("done"):
                reason += f" Done before that: {', '.join(map(str, details['done']))}."
            if code == _NOT_ATTEMPTED:
                return Outcome("not_attempted", _ENDED)
            return Outcome("failed", reason, evidence if evidence != "none" else "", at, bool(entry.get("changed")))
        if not entry["changed"]:
            return Outcome("nothing_to_do", _why_not(evidence), evidence, at)
        result = "would_be_done" if self.check_mode else "done"
        return Outcome(result, _what(step, entry), evidence if evidence != "none" else "", at, not self.check_mode)

    def people(self) -> list[dict[str, Any]]:
        """Return everybody who was named, each with all steps."""
        problems = {(entry["username"], entry["user_id"]): entry["message"] for entry in self.problems()}
        looked_up = bool(self.users or problems)
        people = [self._person(user, problems.get((user["username"], user["user_id"]))) for user in self.users]
        for (name, user_id), message in problems.items():
            if not any(user["user_id"] == user_id for user in self.users):
                people.append(self._stranger(name, user_id, Outcome("failed", message, at=self._checked_at)))
        if not looked_up:
            unseen = Outcome("not_attempted", _ENDED)
            asked = self.facts.get("asked") or {}
            people += [self._stranger(name, None, unseen) for name in asked.get("usernames") or []]
            people += [self._stranger(None, user_id, unseen) for user_id in asked.get("user_ids") or []]
        return people

    @property
    def _checked_at(self) -> str:
        return str(self.facts.get("checked") or "")

    def _person(self, user: Mapping[str, Any], problem: str | None) -> dict[str, Any]:
        state = "active" if user.get("active") else "inactive" if user.get("active") is False else "of unknown state"
        check = Outcome("done", f"found, {state}", at=self._checked_at)
        if problem:
            check = Outcome("failed", problem, at=self._checked_at)
            return self._stranger(user["username"], user["user_id"], check, user)
        outcomes = {"check": check, **{step: self.outcome(step, user) for step in self.steps}}
        return self._described(user["username"], user["user_id"], outcomes, user)

    def _stranger(
        self, name: str | None, user_id: str | None, check: Outcome, user: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        why = "the check failed" if check.result == "failed" else check.reason
        rest = {
            step: Outcome("not_attempted", why)
            if self.facts["wanted"].get(step, True)
            else Outcome("skipped", f"not asked for ({SWITCHES.get(step, step)} is false)")
            for step in self.steps
        }
        return self._described(name, user_id, {"check": check, **rest}, user or {})

    def _described(
        self, name: str | None, user_id: str | None, outcomes: Mapping[str, Outcome], user: Mapping[str, Any]
    ) -> dict[str, Any]:
        overall = _overall(outcomes)
        steps = [
            {
                "step": step,
                "label": LABELS[step],
                "result": outcome.result,
                "words": WORDS[outcome.result],
                "reason": outcome.reason,
                "evidence": outcome.evidence,
                "at": outcome.at,
            }
            for step, outcome in outcomes.items()
        ]
        return {
            "username": name,
            "user_id": user_id,
            "name": user.get("name"),
            "result": overall,
            "words": WORDS[overall],
            "steps": steps,
            "notes": self._notes(user, overall) if user else [],
            "line": f"{name or user_id}: {_sentence(overall, outcomes)}",
        }

    def _notes(self, user: Mapping[str, Any], overall: str) -> list[str]:
        """Return what stays in the way of signing in after a recovery."""
        settings = self.workspace.get("settings") or {}
        by_email = settings.get("Accounts_TwoFactorAuthentication_By_Email_Enabled") is not False
        if self.job != "recover" or not by_email or overall in ("failed", "not_attempted"):
            return []
        if user.get("emails") is None:
            where = "by e-mail, if the account has a verified address, which the calling account does not see"
        else:
            verified = [mail["address"] for mail in user["emails"] if mail.get("verified")]
            if not verified:
                return []
            where = f"by e-mail, to {', '.join(verified)}"
        return [
            f"{user['username']} will still be asked for a code {where}, unless the person has switched e-mail codes"
            " off. No API can do that for them, so make sure that they can read the mail."
        ]

    def report(self) -> dict[str, Any]:
        """Return everything that is told of this run: for the terminal, the records, and the page."""
        people = self.people()
        counts: dict[str, int] = {}
        for person in people:
            counts[person["result"]] = counts.get(person["result"], 0) + 1
        failed = bool(self.failure) or any(
            person["result"] in ("failed", "half_done", "not_attempted") for person in people
        )
        run = self._head(failed, counts)
        records = [{"type": "run", **run, "counts": counts}]
        for person in people:
            for step in person["steps"]:
                records.append(
                    {
                        "type": "step",
                        "run_id": run["run_id"],
                        "job": self.job,
                        "check_mode": self.check_mode,
                        "ticket": run["ticket"],
                        "workspace": run["workspace"],
                        "account": run["account"],
                        "operator": run["operator"],
                        "username": person["username"],
                        "user_id": person["user_id"],
                        "step": step["step"],
                        "result": step["result"],
                        "reason": step["reason"],
                        "evidence": step["evidence"] or None,
                        "at": step["at"] or run["finished"],
                    }
                )
        notes = [note for person in people for note in person["notes"]]
        return {
            "run": run,
            "people": people,
            "counts": [{"result": key, "words": WORDS[key], "number": counts[key]} for key in WORDS if key in counts],
            "notes": notes,
            "records": records,
            "failed": failed,
            "message": self._message(people),
            "lines": self._lines(run, people, counts, notes),
        }

    def _head(self, failed: bool, counts: Mapping[str, int]) -> dict[str, Any]:
        facts = self.facts
        if failed:
            result = "failed"
        elif self.check_mode:
            result = "would_be_done" if "would_be_done" in counts else "nothing_to_do"
        else:
            result = "done" if "done" in counts else "nothing_to_do"
        return {
            "run_id": facts.get("run_id"),
            "job": self.job,
            "title": TITLES[self.job],
            "check_mode": self.check_mode,
            "result": result,
            "words": WORDS[result],
            "ticket": self.ticket or None,
            "workspace": self.url or None,
            "server_version": (self.workspace.get("server") or {}).get("version"),
            "account": self.caller.get("username"),
            "operator": facts.get("operator") or operator(),
            "controller": socket.gethostname(),
            "awx_job_id": facts.get("awx_job_id") or None,
            "started": facts.get("started"),
            "finished": facts.get("finished"),
            "forced": self.force,
            "failure": self.failure or None,
        }

    def _message(self, people: list[dict[str, Any]]) -> str:
        """Return the sentence to fail with."""
        if self.failure:
            return self.failure
        bad = [person["line"] for person in people if person["result"] in ("failed", "half_done", "not_attempted")]
        rest = f" … and {len(bad) - 5} more, see the report." if len(bad) > 5 else ""
        return f"{len(bad)} of {len(people)} not completed. Correct what is named and run again; what is done stays" + (
            f" done. {' | '.join(bad[:5])}{rest}"
        )

    def _lines(
        self, run: Mapping[str, Any], people: list[dict[str, Any]], counts: Mapping[str, int], notes: list[str]
    ) -> list[str]:
        head = f"{run['title']} on {self.url or 'an unknown workspace'}"
        head += f" as {run['account']}" if run["account"] else ""
        head += f", ticket {self.ticket}" if self.ticket else ""
        lines = [f"CHECK MODE, nothing was changed. {head}" if self.check_mode else head]
        lines += [person["line"] for person in people]
        lines += [f"WARNING: {note}" for note in notes]
        total = ", ".join(f"{WORDS[key]} {counts[key]}" for key in WORDS if key in counts)
        lines.append(f"In all {len(people)}: {total or 'nobody'}.")
        if people and set(counts) == {"nothing_to_do"}:
            lines.append("Nothing was to be done: nothing was changed, and nobody was mailed.")
        return lines


def _overall(outcomes: Mapping[str, Outcome]) -> str:
    results = [outcome.result for step, outcome in outcomes.items() if step != "check"]
    if outcomes["check"].result != "done":
        return outcomes["check"].result
    for bad in ("failed", "not_attempted"):
        if bad in results:
            return "half_done" if any(outcome.changed for outcome in outcomes.values()) else bad
    return next((good for good in ("done", "would_be_done") if good in results), "nothing_to_do")


def _sentence(overall: str, outcomes: Mapping[str, Outcome]) -> str:
    steps = [(step, outcome) for step, outcome in outcomes.items() if step != "check"]
    done = [DEEDS[step] for step, outcome in steps if outcome.result in ("done", "would_be_done")]
    if overall in ("done", "would_be_done"):
        rooms = [outcome.reason for step, outcome in steps if step == "status" and "ooms" in outcome.reason]
        return f"{'to do: ' if overall == 'would_be_done' else ''}{', '.join(done)}" + "".join(f". {r}" for r in rooms)
    if overall == "nothing_to_do":
        # The same evidence for several steps is told once.
        reasons = {outcome.evidence: outcome.reason for _step, outcome in steps if outcome.result == "nothing_to_do"}
        return f"nothing to do ({'; '.join(reasons.values()) or 'nothing was asked for'})"
    # What failed says more than what was not attempted because of it.
    bad = [pair for pair in outcomes.items() if pair[1].result == "failed"] or [
        pair for pair in steps if pair[1].result == "not_attempted"
    ]
    step, worst = bad[0]
    where = f"{LABELS[step]} " if worst.result == "failed" or overall == "half_done" else ""
    prefix = f"HALF DONE ({', '.join(done) or 'see the failure'}). " if overall == "half_done" else ""
    return f"{prefix}{where}{WORDS[worst.result]}: {worst.reason}"


def _why_not(evidence: str) -> str:
    return {
        "never_logged_in": "nobody ever signed in to the account",
        "last_reset": "nobody has signed in since the last reset",
        "receipt": "the receipt on the account vouches for an earlier reset",
    }.get(evidence, "it was as wanted already")


def _what(step: str, entry: Mapping[str, Any]) -> str:
    if step == "totp":
        ended = {"True": "; sessions ended", "None": "; its sessions ended with it"}
        receipt = {"True": "; receipt left", "False": "; the receipt could not be written"}
        more = ended.get(str(entry.get("sessions_ended")), "") + receipt.get(str(entry.get("receipt_written")), "")
        return f"removed, if there was one (the server does not tell){more}"
    if step == "password":
        return f"random, mailed to {entry.get('mailed_to')}; sessions ended"
    if step == "e2ekey":
        return "old encrypted messages are lost; sessions ended"
    if step == "sessions":
        return "sessions and personal access tokens ended"
    parts = []
    if entry.get("rooms_deleted"):
        parts.append(f"Rooms deleted: {', '.join(entry['rooms_deleted'])}.")
    if entry.get("rooms_with_new_owner"):
        parts.append(f"Rooms with a new owner: {', '.join(entry['rooms_with_new_owner'])}.")
    return " ".join(["deactivated.", *parts]) if parts else "deactivated"


def _last_login(user: Mapping[str, Any]) -> str | None:
    return "never" if user.get("never_logged_in") else user.get("last_login")


def _quiet_since(done: Mapping[str, Any], user: Mapping[str, Any]) -> bool:
    """Tell whether the last login is the one from before the step: by the server's own times, so no clock matters."""
    return done.get("last_login") is not None and done["last_login"] == _last_login(user)


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def operator() -> str:
    """Return who runs Ansible on the controller, and on whose behalf."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"uid {os.getuid()}"
    behind = os.environ.get("SUDO_USER")
    return f"{name} (sudo by {behind})" if behind and behind != name else name


def objection(facts: Mapping[str, Any]) -> str:
    """Return what speaks against a run, or nothing."""
    return _safe(Run(facts).objection())


def pending(facts: Mapping[str, Any], step: str) -> list[str]:
    """Return the ids of those for whom a step is to be done."""
    return _safe(Run(facts).pending(step))


def last_resets(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return what to hand to the module as last_reset."""
    return _safe(Run(facts).last_resets())


def memory(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to remember for the next run."""
    return _safe(Run(facts).memory())


def report(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything that is told of a run."""
    return _safe(Run(facts).report())


def _safe(value: Value) -> Value:
    """Mark texts from the server, so that Ansible never takes a name with braces for a template."""
    safe: Value = wrap_var(value)
    return safe


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by name."""
        return {
            "user_access_last_resets": last_resets,
            "user_access_memory": memory,
            "user_access_objection": objection,
            "user_access_pending": pending,
            "user_access_report": report,
        }
