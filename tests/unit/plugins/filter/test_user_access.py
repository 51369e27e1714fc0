# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role decides and reports."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.filter.user_access import FilterModule
from ansible_collections.chatops.rocketchat.plugins.plugin_utils import _access_report
from ansible_collections.chatops.rocketchat.plugins.plugin_utils._access_report import operator

FILTERS = FilterModule().filters()
BEFORE = "2026-01-01T08:00:00.000Z"
URL = "https://chat.example.com"


def user(name: str, **more: Any) -> dict[str, Any]:
    return {
        "username": name,
        "user_id": f"id-{name}",
        "name": name.title(),
        "active": True,
        "federated": False,
        "last_login": BEFORE,
        "never_logged_in": False,
        "emails": [{"address": f"{name}@example.com", "verified": True}],
        **more,
    }


def run(job: str = "recover", *users: dict[str, Any], **more: Any) -> dict[str, Any]:
    steps = {
        "recover": ["password", "e2ekey", "totp"],
        "offboard": ["totp", "password", "sessions", "status"],
        "reset": ["totp"],
    }[job]
    return {
        "job": job,
        "steps": steps,
        "wanted": {"password": True, "e2ekey": False},
        "asked": {"usernames": [entry["username"] for entry in users], "user_ids": []},
        "users": list(users),
        "workspace": {"server": {"url": URL, "version": "8.6"}, "caller": {"username": "svc", "user_id": "id-svc"}},
        "journal": [],
        "ticket": "INC-1",
        "end_sessions": job == "recover",
        "run_id": "1",
        "started": "2026-02-01T10:00:00Z",
        "checked": "2026-02-01T10:00:01Z",
        "finished": "2026-02-01T10:00:09Z",
        **more,
    }


def note(step: str, *entries: dict[str, Any], rehearsal: bool = False, msg: str = "") -> dict[str, Any]:
    return {
        "step": step,
        "rehearsal": rehearsal,
        "began": "2099-02-01T10:00:02Z",
        "ended": "2099-02-01T10:00:03Z",
        "user_ids": [entry["user_id"] for entry in entries],
        "result": {"users": list(entries), "msg": msg},
    }


def entry(name: str, *, changed: bool = True, error: str = "", **more: Any) -> dict[str, Any]:
    failed = {"error": {"code": error, "message": f"It failed: {error}", "details": more.pop("details", {})}}
    return {"user_id": f"id-{name}", "username": name, "changed": changed, **more, **(failed if error else {})}


def remembered(*steps: str, ticket: str = "INC-1", last_login: str = BEFORE) -> dict[str, Any]:
    done = {"at": "2099-01-02T00:00:00Z", "last_login": last_login}
    return {f"{URL} {ticket} id-alice": {"username": "alice", "steps": dict.fromkeys(steps, done)}}


def outcomes(facts: dict[str, Any], name: str = "alice") -> dict[str, str]:
    (found,) = [person for person in FILTERS["user_access_report"](facts)["people"] if person["username"] == name]
    return {step["step"]: step["result"] for step in found["steps"]}


@pytest.mark.parametrize(
    ("job", "person", "words"),
    [
        ("recover", user("alice", active=False), "alice is deactivated"),
        ("recover", user("alice", active=None), "does not say whether alice is active"),
        ("offboard", user("alice", active=None), "does not say whether alice is active"),
        ("reset", user("alice", active=None), ""),
        ("offboard", user("alice", active=False), ""),
        ("offboard", user("alice", federated=True), "alice is a federated user"),
        ("recover", user("svc"), "svc is the calling account itself"),
    ],
)
def test_objections(job: str, person: dict[str, Any], words: str) -> None:
    objection = FILTERS["user_access_objection"](run(job, person))
    assert words in objection
    assert bool(objection) == bool(words)


def test_objections_before_anybody_is_looked_up() -> None:
    ask = FILTERS["user_access_objection"]
    assert ask(run()) == "Nobody is named. Set user_access_usernames or user_access_user_ids."
    named = {"asked": {"usernames": ["alice"]}}
    assert ask(run(**named, ticket="  ", ticket_required=True)).startswith("A ticket is mandatory")
    assert ask(run(**named, ticket_required=True)) == ""
    wanted = {"wanted": {"e2ekey": True}}
    assert "user_access_confirm_message_loss" in ask(run(**named, **wanted))
    assert ask(run(**named, **wanted, confirm_message_loss=True)) == ""


def test_many_objections_are_cut() -> None:
    missing = [{"username": f"u{number}", "message": f"No u{number}."} for number in range(25)]
    objection = FILTERS["user_access_objection"](run("offboard", user("alice"), missing=missing))
    assert "No u9." in objection
    assert "No u10." not in objection
    assert objection.endswith("… and 15 more.")


class TestPending:
    """Who is left for a step."""

    def test_everybody_at_first(self) -> None:
        facts = run("recover", user("alice"), user("bob"))
        assert FILTERS["user_access_pending"](facts, "totp") == ["id-alice", "id-bob"]

    def test_nobody_for_what_is_not_asked_for(self) -> None:
        assert FILTERS["user_access_pending"](run("recover", user("alice")), "e2ekey") == []

    def test_nobody_after_a_failure_of_the_run(self) -> None:
        assert FILTERS["user_access_pending"](run("recover", user("alice"), failure="No."), "totp") == []

    def test_not_those_for_whom_something_went_wrong(self) -> None:
        journal = [note("password", entry("alice", error="x"), entry("bob"))]
        facts = run("recover", user("alice"), user("bob"), journal=journal)
        assert FILTERS["user_access_pending"](facts, "totp") == ["id-bob"]

    def test_nobody_whom_a_module_that_crashed_was_asked_for(self) -> None:
        crashed = {**note("password", entry("alice")), "result": {"users": [], "msg": "boom"}}
        facts = run("recover", user("alice"), journal=[crashed])
        assert FILTERS["user_access_pending"](facts, "totp") == []
        assert outcomes(facts) == {
            "check": "done",
            "password": "failed",
            "e2ekey": "skipped",
            "totp": "not_attempted",
        }

    def test_offboarding_leaves_inactive_people_alone(self) -> None:
        facts = run("offboard", user("alice", active=False), force=True)
        assert FILTERS["user_access_pending"](facts, "status") == []

    @pytest.mark.parametrize(
        ("memory", "more", "left"),
        [
            (remembered("totp"), {}, False),
            (remembered("password"), {}, True),
            (remembered("totp", ticket="INC-2"), {}, True),
            (remembered("totp"), {"force": True}, True),
            # The same ticket, whether or not the person has signed in since.
            (remembered("totp", last_login="2025-01-01T00:00:00.000Z"), {}, False),
            # Without a ticket the module decides, by the time that it is handed.
            (remembered("totp", ticket=""), {"ticket": ""}, True),
            # What is no memory is none.
            ({f"{URL} INC-1 id-alice": "nonsense"}, {}, True),
        ],
    )
    def test_memory(self, memory: dict[str, Any], more: dict[str, Any], left: bool) -> None:
        facts = run("recover", user("alice"), **{"memory": memory, **more})
        assert FILTERS["user_access_pending"](facts, "totp") == (["id-alice"] if left else [])

    @pytest.mark.parametrize(("last_login", "left"), [(BEFORE, False), ("2025-01-01T00:00:00.000Z", True)])
    def test_a_password_without_a_ticket(self, last_login: str, left: bool) -> None:
        memory = remembered("password", ticket="", last_login=last_login)
        facts = run("recover", user("alice"), memory=memory, ticket="")
        assert bool(FILTERS["user_access_pending"](facts, "password")) is left

    def test_an_unknown_login_proves_nothing(self) -> None:
        memory = {f"{URL}  id-alice": {"steps": {"password": {"at": "2099-01-01T00:00:00Z", "last_login": None}}}}
        facts = run("recover", user("alice", last_login=None, never_logged_in=None), memory=memory, ticket="")
        assert FILTERS["user_access_pending"](facts, "password") == ["id-alice"]
        assert FILTERS["user_access_last_resets"](facts) == {}

    @pytest.mark.parametrize(
        ("more", "left"),
        [({}, False), ({"memory": remembered("totp")}, True), ({"force": True}, True), ({"job": "offboard"}, True)],
    )
    def test_a_receipt_stands_for_the_whole_recovery_unless_memory_knows_better(
        self, more: dict[str, Any], left: bool
    ) -> None:
        journal = [note("totp", entry("alice", changed=False, evidence="receipt"), rehearsal=True)]
        facts = {**run("recover", user("alice"), journal=journal), **more}
        assert bool(FILTERS["user_access_pending"](facts, "password")) is left


class TestMemory:
    """What is kept for a rerun."""

    def test_what_was_done_with_the_time_before_it_and_the_login_before_it(self) -> None:
        journal = [note("totp", entry("alice"), entry("bob", changed=False), entry("carl", error="x", changed=True))]
        facts = run("recover", user("alice"), user("bob"), user("carl"), journal=journal)
        assert FILTERS["user_access_memory"](facts) == {
            f"{URL} INC-1 id-alice": {
                "username": "alice",
                "steps": {"totp": {"at": "2099-02-01T10:00:02Z", "last_login": BEFORE}},
            }
        }

    def test_a_rehearsal_is_not_remembered(self) -> None:
        facts = run("recover", user("alice"), journal=[note("totp", entry("alice"), rehearsal=True)])
        assert FILTERS["user_access_memory"](facts) == {}

    def test_a_reset_counts_only_once_the_sessions_have_ended(self) -> None:
        journal = [note("totp", entry("alice"))]
        assert FILTERS["user_access_memory"](run("offboard", user("alice"), journal=journal)) == {}
        journal.append(note("sessions", entry("alice", error="x", changed=False)))
        assert FILTERS["user_access_memory"](run("offboard", user("alice"), journal=journal)) == {}
        journal[1] = note("sessions", entry("alice"))
        assert FILTERS["user_access_memory"](run("offboard", user("alice"), journal=journal)) != {}

    def test_old_memories_fade_and_others_stay(self) -> None:
        old = {f"{URL} X id-old": {"steps": {"totp": {"at": "2020-01-01T00:00:00Z", "last_login": BEFORE}}}}
        facts = run("recover", user("alice"), memory={**old, **remembered("totp", ticket="INC-9")})
        assert set(FILTERS["user_access_memory"](facts)) == {f"{URL} INC-9 id-alice"}

    def test_last_resets_of_those_who_have_not_signed_in_since(self) -> None:
        quiet = run("recover", user("alice"), memory=remembered("totp"))
        assert FILTERS["user_access_last_resets"](quiet) == {"alice": "2099-01-02T00:00:00Z"}
        assert FILTERS["user_access_last_resets"]({**quiet, "force": True}) == {}
        busy = run("recover", user("alice", last_login="2026-02-02T00:00:00.000Z"), memory=remembered("totp"))
        assert FILTERS["user_access_last_resets"](busy) == {}


class TestReport:
    """What is told."""

    def test_half_done(self) -> None:
        journal = [note("totp", entry("alice")), note("password", entry("alice", error="boom", changed=False))]
        report = FILTERS["user_access_report"](run("offboard", user("alice"), journal=journal))
        assert report["failed"] is True
        assert report["people"][0]["line"] == "alice: HALF DONE (TOTP reset). Password failed: It failed: boom"
        assert report["message"].startswith("1 of 1 not completed.")

    def test_a_step_that_changed_something_and_failed_is_half_done(self) -> None:
        broken = entry("alice", error="boom", changed=True, details={"done": ["users.resetTOTP"], "outcome": "unknown"})
        report = FILTERS["user_access_report"](run("recover", user("alice"), journal=[note("totp", broken)]))
        assert report["people"][0]["result"] == "half_done"
        (reason,) = [step["reason"] for step in report["people"][0]["steps"] if step["step"] == "totp"]
        assert "No answer tells whether it was done." in reason
        assert "Done before that: users.resetTOTP." in reason

    def test_check_mode_tells_of_the_rehearsal(self) -> None:
        journal = [
            note("totp", entry("alice"), entry("ned", changed=False, evidence="never_logged_in"), rehearsal=True)
        ]
        facts = run("reset", user("alice"), user("ned"), journal=journal, check_mode=True)
        report = FILTERS["user_access_report"](facts)
        assert [person["result"] for person in report["people"]] == ["would_be_done", "nothing_to_do"]
        assert report["run"]["result"] == "would_be_done"
        assert report["lines"][0].startswith("CHECK MODE, nothing was changed.")
        assert {record["check_mode"] for record in report["records"]} == {True}

    def test_a_rehearsal_alone_is_nothing_done(self) -> None:
        journal = [note("totp", entry("alice"), rehearsal=True)]
        assert outcomes(run("reset", user("alice"), journal=journal))["totp"] == "not_attempted"

    def test_nobody_could_be_looked_up(self) -> None:
        facts = run("reset", workspace={}, failure="No answer.", asked={"usernames": ["alice"], "user_ids": ["id-b"]})
        report = FILTERS["user_access_report"](facts)
        assert [(person["username"], person["user_id"]) for person in report["people"]] == [
            ("alice", None),
            (None, "id-b"),
        ]
        assert {person["result"] for person in report["people"]} == {"not_attempted"}
        assert report["message"] == "No answer."

    def test_everything_can_be_written_as_json(self) -> None:
        journal = [note("totp", entry("alice", evidence="none", sessions_ended=True, receipt_written=True))]
        report = FILTERS["user_access_report"](run("recover", user("alice"), journal=journal))
        assert json.loads(json.dumps(report["records"]))[0]["type"] == "run"

    @pytest.mark.parametrize(
        ("emails", "setting", "words"),
        [
            ([{"address": "a@example.com", "verified": True}], True, "by e-mail, to a@example.com"),
            ([{"address": "a@example.com", "verified": True}], None, "by e-mail, to a@example.com"),
            (None, True, "which the calling account does not see"),
            ([{"address": "a@example.com", "verified": False}], True, ""),
            ([{"address": "a@example.com", "verified": True}], False, ""),
        ],
    )
    def test_email_codes(self, emails: Any, setting: bool | None, words: str) -> None:
        facts = run("recover", user("alice", emails=emails), journal=[note("totp", entry("alice"))])
        facts["workspace"]["settings"] = {"Accounts_TwoFactorAuthentication_By_Email_Enabled": setting}
        notes = FILTERS["user_access_report"](facts)["notes"]
        assert words in " ".join(notes)
        assert bool(notes) == bool(words)

    def test_who_was_not_found_is_told_of_and_fails_the_run(self) -> None:
        missing = [{"username": "bib", "message": "There is no bib."}, {"user_id": "x9", "message": "There is no x9."}]
        report = FILTERS["user_access_report"](run("recover", user("alice"), missing=missing))
        assert [(person["username"], person["user_id"], person["line"]) for person in report["people"]] == [
            ("alice", "id-alice", "alice: not attempted: the run stopped before"),
            ("bib", None, "bib: Check failed: There is no bib."),
            (None, "x9", "x9: Check failed: There is no x9."),
        ]
        assert report["failed"] is True
        assert outcomes(run("recover", missing=missing), "bib") == {
            "check": "failed",
            "password": "not_attempted",
            "e2ekey": "skipped",
            "totp": "not_attempted",
        }

    def test_who_may_not_be_touched_is_told_once_and_with_the_reason(self) -> None:
        report = FILTERS["user_access_report"](run("offboard", user("fay", federated=True)))
        (person,) = report["people"]
        assert person["line"].startswith("fay: Check failed: fay is a federated user")
        assert {step["result"] for step in person["steps"][1:]} <= {"not_attempted", "skipped"}
        assert person["notes"] == []

    def test_what_a_rehearsal_failed_with_is_the_reason(self) -> None:
        journal = [note("totp", entry("alice", error="no", changed=False), rehearsal=True)]
        report = FILTERS["user_access_report"](run("reset", user("alice"), journal=journal))
        assert report["people"][0]["line"] == "alice: TOTP failed: It failed: no"

    def test_who_was_not_attempted_by_the_module_did_not_fail(self) -> None:
        journal = [note("totp", entry("bob", error="x"), entry("alice", error="not-attempted", changed=False))]
        facts = run("reset", user("bob"), user("alice"), journal=journal)
        assert outcomes(facts, "bob")["totp"] == "failed"
        assert outcomes(facts, "alice")["totp"] == "not_attempted"

    def test_nothing_to_do_says_that_nobody_was_mailed(self) -> None:
        journal = [note("totp", entry("alice", changed=False, evidence="never_logged_in"))]
        report = FILTERS["user_access_report"](run("reset", user("alice"), journal=journal))
        assert report["failed"] is False
        assert report["run"]["result"] == "nothing_to_do"
        assert report["lines"][1:] == [
            "alice: nothing to do (nobody ever signed in to the account)",
            "In all 1: nothing to do 1.",
            "Nothing was to be done: nothing was changed, and nobody was mailed.",
        ]

    def test_a_workspace_that_does_not_answer_is_named_by_its_host(self) -> None:
        facts = run("reset", host="berlin", failure="It does not answer.")
        facts["workspace"] = {}
        report = FILTERS["user_access_report"](facts)
        assert report["lines"][0] == "TOTP reset on the workspace of berlin, ticket INC-1"
        assert (report["run"]["host"], report["records"][0]["host"]) == ("berlin", "berlin")

    def test_a_run_that_did_something_says_so(self) -> None:
        report = FILTERS["user_access_report"](run("reset", user("alice"), journal=[note("totp", entry("alice"))]))
        assert (report["failed"], report["run"]["result"]) == (False, "done")
        assert report["lines"] == [
            f"TOTP reset on {URL} as svc, ticket INC-1",
            "alice: TOTP reset",
            "In all 1: done 1.",
        ]

    @pytest.mark.parametrize(
        ("step", "more", "words"),
        [
            ("password", {"mailed_to": "a@example.com"}, "random, mailed to a@example.com; sessions ended"),
            ("e2ekey", {}, "old encrypted messages are lost; sessions ended"),
            ("sessions", {}, "sessions and personal access tokens ended"),
            ("status", {}, "deactivated"),
            ("status", {"rooms_deleted": ["a", "b"]}, "deactivated. Rooms deleted: a, b."),
            ("status", {"rooms_with_new_owner": ["c"]}, "deactivated. Rooms with a new owner: c."),
            (
                "status",
                {"rooms_deleted": ["a"], "rooms_with_new_owner": ["c"]},
                "deactivated. Rooms deleted: a. Rooms with a new owner: c.",
            ),
        ],
    )
    def test_each_step_says_what_was_done(self, step: str, more: dict[str, Any], words: str) -> None:
        facts = run("offboard", user("alice"), journal=[note(step, entry("alice", **more))], wanted={})
        facts["steps"] = [step]
        (person,) = FILTERS["user_access_report"](facts)["people"]
        assert [found["reason"] for found in person["steps"] if found["step"] == step] == [words]
        # Rooms that are gone are not left to the small print.
        assert ("ooms" in person["line"]) == ("ooms" in words)


def test_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_access_report.getpass, "getuser", lambda: "root")
    monkeypatch.delenv("SUDO_USER", raising=False)
    assert operator() == "root"
    monkeypatch.setenv("SUDO_USER", "jane")
    assert operator() == "root (sudo by jane)"

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.delenv("SUDO_USER")
    monkeypatch.setattr(_access_report.getpass, "getuser", nobody)
    assert operator().startswith("uid ")
