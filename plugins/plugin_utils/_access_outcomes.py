# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of each step for each person, and the words for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.plugin_utils._access_run import Outcome, Run

# What a step is called, and what is said of a person when it is done.
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
WORDS = {
    "done": "done",
    "would_be_done": "would be done",
    "nothing_to_do": "nothing to do",
    "failed": "failed",
    "not_attempted": "not attempted",
    "skipped": "skipped",
    "half_done": "half done",
}
_NOT_ATTEMPTED = "not-attempted"
ENDED = "the run stopped before"


def outcome_of(run: Run, step: str, user: Mapping[str, Any]) -> Outcome:
    """Return what became of one step for one person."""
    needless = run.needless(step, user)
    if needless:
        return needless
    entry = run.entry(step, user["user_id"], rehearsal=False)
    rehearsed = run.entry(step, user["user_id"], rehearsal=True)
    if entry is None and run.check_mode:
        entry = rehearsed
    if entry is not None:
        return _told(run, step, entry)
    if rehearsed and "error" in rehearsed:
        return _told(run, step, rehearsed)
    failed = run.errors.get(user["user_id"])
    if failed and failed["error"]["code"] != _NOT_ATTEMPTED:
        return Outcome("not_attempted", f"this failed before: {LABELS[failed['note']['step']]}")
    return Outcome("not_attempted", ENDED)


def _told(run: Run, step: str, entry: Mapping[str, Any]) -> Outcome:
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
            return Outcome("not_attempted", ENDED)
        return Outcome("failed", reason, evidence if evidence != "none" else "", at, bool(entry.get("changed")))
    if not entry["changed"]:
        return Outcome("nothing_to_do", _why_not(evidence), evidence, at)
    result = "would_be_done" if run.check_mode else "done"
    return Outcome(result, _what(step, entry), evidence if evidence != "none" else "", at, not run.check_mode)


def overall(outcomes: Mapping[str, Outcome]) -> str:
    """Return what became of a person, all steps together."""
    results = [outcome.result for step, outcome in outcomes.items() if step != "check"]
    if outcomes["check"].result != "done":
        return outcomes["check"].result
    for bad in ("failed", "not_attempted"):
        if bad in results:
            return "half_done" if any(outcome.changed for outcome in outcomes.values()) else bad
    return next((good for good in ("done", "would_be_done") if good in results), "nothing_to_do")


def sentence(result: str, outcomes: Mapping[str, Outcome]) -> str:
    """Return what became of a person, in words."""
    steps = [(step, outcome) for step, outcome in outcomes.items() if step != "check"]
    done = [DEEDS[step] for step, outcome in steps if outcome.result in ("done", "would_be_done")]
    if result in ("done", "would_be_done"):
        rooms = [outcome.reason for step, outcome in steps if step == "status" and "ooms" in outcome.reason]
        return f"{'to do: ' if result == 'would_be_done' else ''}{', '.join(done)}" + "".join(f". {r}" for r in rooms)
    if result == "nothing_to_do":
        # The same evidence for several steps is told once.
        reasons = {outcome.evidence: outcome.reason for _step, outcome in steps if outcome.result == "nothing_to_do"}
        return f"nothing to do ({'; '.join(reasons.values()) or 'nothing was asked for'})"
    # What failed says more than what was not attempted because of it.
    bad = [pair for pair in outcomes.items() if pair[1].result == "failed"] or [
        pair for pair in steps if pair[1].result == "not_attempted"
    ]
    step, worst = bad[0]
    where = f"{LABELS[step]} " if worst.result == "failed" or result == "half_done" else ""
    prefix = f"HALF DONE ({', '.join(done) or 'see the failure'}). " if result == "half_done" else ""
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
