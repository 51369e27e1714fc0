# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role user_access tells of a run: for the terminal, the records, and the page."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.plugin_utils._access_outcomes import (
    ENDED,
    LABELS,
    WORDS,
    outcome_of,
    overall,
    sentence,
)
from ansible_collections.chatops.rocketchat.plugins.plugin_utils._access_run import Outcome, Run, not_asked_for

TITLES = {"offboard": "Offboarding", "recover": "Recovery", "reset": "TOTP reset"}


class Report:
    """The account of one run."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def people(self) -> list[dict[str, Any]]:
        """Return everybody who was named, each with all steps."""
        problems = {(entry["username"], entry["user_id"]): entry["message"] for entry in self.run.problems()}
        looked_up = bool(self.run.users or problems)
        people = [self._person(user, problems.get((user["username"], user["user_id"]))) for user in self.run.users]
        for (name, user_id), message in problems.items():
            if not any(user["user_id"] == user_id for user in self.run.users):
                people.append(self._stranger(name, user_id, Outcome("failed", message, at=self._checked_at)))
        if not looked_up:
            unseen = Outcome("not_attempted", ENDED)
            asked = self.run.facts.get("asked") or {}
            people += [self._stranger(name, None, unseen) for name in asked.get("usernames") or []]
            people += [self._stranger(None, user_id, unseen) for user_id in asked.get("user_ids") or []]
        return people

    @property
    def _checked_at(self) -> str:
        return str(self.run.facts.get("checked") or "")

    def _person(self, user: Mapping[str, Any], problem: str | None) -> dict[str, Any]:
        state = "active" if user.get("active") else "inactive" if user.get("active") is False else "of unknown state"
        check = Outcome("done", f"found, {state}", at=self._checked_at)
        if problem:
            check = Outcome("failed", problem, at=self._checked_at)
            return self._stranger(user["username"], user["user_id"], check, user)
        outcomes = {"check": check, **{step: outcome_of(self.run, step, user) for step in self.run.steps}}
        return self._described(user["username"], user["user_id"], outcomes, user)

    def _stranger(
        self, name: str | None, user_id: str | None, check: Outcome, user: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        why = "the check failed" if check.result == "failed" else check.reason
        rest = {
            step: Outcome("not_attempted", why) if self.run.wants(step) else not_asked_for(step)
            for step in self.run.steps
        }
        return self._described(name, user_id, {"check": check, **rest}, user or {})

    def _described(
        self, name: str | None, user_id: str | None, outcomes: Mapping[str, Outcome], user: Mapping[str, Any]
    ) -> dict[str, Any]:
        result = overall(outcomes)
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
            "result": result,
            "words": WORDS[result],
            "steps": steps,
            "notes": self._notes(user, result) if user else [],
            "line": f"{name or user_id}: {sentence(result, outcomes)}",
        }

    def _notes(self, user: Mapping[str, Any], result: str) -> list[str]:
        """Return what stays in the way of signing in after a recovery."""
        settings = self.run.workspace.get("settings") or {}
        by_email = settings.get("Accounts_TwoFactorAuthentication_By_Email_Enabled") is not False
        if self.run.job != "recover" or not by_email or result in ("failed", "not_attempted"):
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

    def whole(self) -> dict[str, Any]:
        """Return everything that is told of this run: for the terminal, the records, and the page."""
        people = self.people()
        counts: dict[str, int] = {}
        for person in people:
            counts[person["result"]] = counts.get(person["result"], 0) + 1
        failed = bool(self.run.failure) or any(
            person["result"] in ("failed", "half_done", "not_attempted") for person in people
        )
        head = self._head(failed, counts)
        notes = [note for person in people for note in person["notes"]]
        return {
            "run": head,
            "people": people,
            "counts": [{"result": key, "words": WORDS[key], "number": counts[key]} for key in WORDS if key in counts],
            "notes": notes,
            "records": [{"type": "run", **head, "counts": counts}, *self._steps(head, people)],
            "failed": failed,
            "message": self._message(people),
            "lines": self._lines(head, people, counts, notes),
        }

    def _steps(self, head: Mapping[str, Any], people: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return a record for each step of each person, which tells its run by itself."""
        run = {key: head[key] for key in ("run_id", "job", "check_mode", "ticket", "workspace", "account", "operator")}
        return [
            {
                "type": "step",
                **run,
                "username": person["username"],
                "user_id": person["user_id"],
                "step": step["step"],
                "result": step["result"],
                "reason": step["reason"],
                "evidence": step["evidence"] or None,
                "at": step["at"] or head["finished"],
            }
            for person in people
            for step in person["steps"]
        ]

    def _head(self, failed: bool, counts: Mapping[str, int]) -> dict[str, Any]:
        facts = self.run.facts
        if failed:
            result = "failed"
        elif self.run.check_mode:
            result = "would_be_done" if "would_be_done" in counts else "nothing_to_do"
        else:
            result = "done" if "done" in counts else "nothing_to_do"
        return {
            "run_id": facts.get("run_id"),
            "job": self.run.job,
            "title": TITLES[self.run.job],
            "check_mode": self.run.check_mode,
            "result": result,
            "words": WORDS[result],
            "ticket": self.run.ticket or None,
            "workspace": self.run.url or None,
            "host": facts.get("host") or None,
            "server_version": (self.run.workspace.get("server") or {}).get("version"),
            "account": self.run.caller.get("username"),
            "operator": facts.get("operator") or operator(),
            "controller": socket.gethostname(),
            "awx_job_id": facts.get("awx_job_id") or None,
            "started": facts.get("started"),
            "finished": facts.get("finished"),
            "forced": self.run.force,
            "failure": self.run.failure or None,
        }

    def _message(self, people: list[dict[str, Any]]) -> str:
        """Return the sentence to fail with."""
        if self.run.failure:
            return self.run.failure
        bad = [person["line"] for person in people if person["result"] in ("failed", "half_done", "not_attempted")]
        rest = f" … and {len(bad) - 5} more, see the report." if len(bad) > 5 else ""
        return f"{len(bad)} of {len(people)} not completed. Correct what is named and run again; what is done stays" + (
            f" done. {' | '.join(bad[:5])}{rest}"
        )

    def _lines(
        self, run: Mapping[str, Any], people: list[dict[str, Any]], counts: Mapping[str, int], notes: list[str]
    ) -> list[str]:
        where = self.run.url or (f"the workspace of {run['host']}" if run["host"] else "an unknown workspace")
        head = f"{run['title']} on {where}"
        head += f" as {run['account']}" if run["account"] else ""
        head += f", ticket {self.run.ticket}" if self.run.ticket else ""
        lines = [f"CHECK MODE, nothing was changed. {head}" if self.run.check_mode else head]
        lines += [person["line"] for person in people]
        lines += [f"WARNING: {note}" for note in notes]
        total = ", ".join(f"{WORDS[key]} {counts[key]}" for key in WORDS if key in counts)
        lines.append(f"In all {len(people)}: {total or 'nobody'}.")
        if people and set(counts) == {"nothing_to_do"}:
            lines.append("Nothing was to be done: nothing was changed, and nobody was mailed.")
        return lines


def operator() -> str:
    """Return who runs Ansible on the controller, and on whose behalf."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"uid {os.getuid()}"
    behind = os.environ.get("SUDO_USER")
    return f"{name} (sudo by {behind})" if behind and behind != name else name
