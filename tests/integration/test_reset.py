# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reset itself: who is hit, what is sent, what the server is left with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.emulator.cast import id_of
from tests.emulator.testing import Emulator
from tests.integration.runner import (
    HELPDESK,
    Ansible,
    Run,
    Task,
    bypassing,
    missing,
    names,
    resets,
    warnings_of,
    writes,
)


@dataclass(frozen=True)
class Story:
    """A run, and the caller's account before it."""

    run: Run
    server: Emulator
    caller_before: dict[str, Any]


@pytest.fixture(scope="class")
def story(server: Emulator, ansible: Ansible) -> Story:
    """Reset by name, by id, by both, and an account that is half enrolled."""
    server.token("alice", login=True)
    server.token("alice", kind="pat", name="script")
    server.change_user("user00006", totp={"enabled": False})
    server.token("user00006")
    before = server.user(HELPDESK)
    run = ansible(
        {
            "name": Task(bypassing(server, username="alice")),
            "id": Task(bypassing(server, user_id=id_of("user00001"))),
            "both": Task(
                bypassing(
                    server,
                    usernames=["user00003", "user00002", "user00003"],
                    user_ids=[id_of("user00004"), id_of("user00003")],
                )
            ),
            "pending": Task(bypassing(server, username="user00006")),
        }
    )
    return Story(run, server, before)


class TestReset:
    """Against both dialects."""

    def test_succeeds(self, story: Story) -> None:
        """Nothing fails."""
        assert story.run.rc == 0
        assert "failed=0" in story.run.stdout and "rescued=0" in story.run.stdout

    def test_entry_says_what_is_known(self, story: Story) -> None:
        """The server does not tell whether there was a TOTP, and neither does the result."""
        result = story.run.results["name"]
        assert result["changed"] is True
        (entry,) = result["users"]
        (step,) = entry.pop("steps")
        assert entry == {
            "asked": {"username": "alice"},
            "username": "alice",
            "user_id": id_of("alice"),
            "outcome": "done",
            "changed": True,
            "said": f"alice ({id_of('alice')}): TOTP reset",
            "left_behind": [],
            "totp_enabled_before": None,
            "evidence": "none",
            "sessions_ended": None,
            "attempts": 1,
        }
        assert (step["step"], step["label"], step["result"], step["evidence"]) == ("totp", "TOTP", "done", "none")
        assert missing(step["reason"], ["removed, if there was one"]) == []
        assert (result["summary"], result["run"]["job"]) == ({"done": 1}, "totp")

    def test_totp_is_gone(self, story: Story) -> None:
        """Each of the targets has lost its TOTP."""
        users = story.server.state()["users"]
        hit = ["alice", "user00001", "user00002", "user00003", "user00004", "user00006"]
        assert [users[name]["totp"] for name in hit] == [None] * len(hit)

    def test_nobody_else_is_hit(self, story: Story) -> None:
        """All others keep theirs."""
        users = story.server.state()["users"]
        kept = ["dave", "user00005", *(f"user{number:05d}" for number in range(7, 41))]
        assert [users[name]["totp"] for name in kept] == [{"enabled": True, "pending": False}] * len(kept)

    def test_sessions_and_tokens_end(self, story: Story) -> None:
        """Sessions and personal access tokens of a target go with its TOTP."""
        assert story.server.user("alice")["tokens"] == {"total": 0, "personalAccessTokens": 0}

    def test_pending_enrolment_goes_with_its_sessions(self, story: Story) -> None:
        """A half-enrolled account counts as one with TOTP."""
        user = story.server.user("user00006")
        assert (user["totp"], user["tokens"]["total"]) == (None, 0)

    def test_owner_gets_one_mail(self, story: Story) -> None:
        """The server tells the owner, once."""
        assert [(mail["to"], "TOTP Reset" in mail["subject"]) for mail in story.server.mails()] == [
            ("alice@example.test", True)
        ]

    def test_body_is_the_id_alone(self, story: Story) -> None:
        """The request names the account by its id and nothing else."""
        (sent,) = resets(story.server, "name")
        assert json.loads(sent["body"]) == {"userId": id_of("alice")}
        assert sent["headers"]["content-type"] == "application/json"

    def test_by_id_returns_the_name(self, story: Story) -> None:
        """A target given by id is reported by name as well."""
        (entry,) = story.run.results["id"]["users"]
        assert (entry["username"], entry["user_id"]) == ("user00001", id_of("user00001"))

    def test_names_and_ids_are_merged_in_order(self, story: Story) -> None:
        """Whoever is named several times is one target, at the first place."""
        assert names(story.run.results["both"]) == ["user00003", "user00002", "user00004"]

    def test_each_target_is_reset_once(self, story: Story) -> None:
        """One request for each, whoever was named several times included."""
        sent = [json.loads(entry["body"])["userId"] for entry in resets(story.server, "both")]
        assert sorted(sent) == sorted(map(id_of, ["user00003", "user00002", "user00004"]))

    def test_caller_is_untouched(self, story: Story) -> None:
        """The calling account is as it was, tokens included."""
        assert story.server.user(HELPDESK) == story.caller_before

    @pytest.mark.parametrize("task", ["name", "id", "both", "pending"])
    def test_nothing_else_is_written(self, story: Story, task: str) -> None:
        """Resets are all that is sent but for reading: a token is not signed out."""
        assert writes(story.server, task) == resets(story.server, task)

    @pytest.mark.parametrize("task", ["name", "id", "both", "pending"])
    def test_nothing_to_warn_of(self, story: Story, task: str) -> None:
        """A plain success has no warning."""
        assert warnings_of(story.run.results[task]) == ""
