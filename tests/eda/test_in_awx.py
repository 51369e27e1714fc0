# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""With a controller, a message starts a workflow that waits for its approval, and gives it name and ticket alone."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.awx.data import SURVEYS
from tests.eda.controller import controller
from tests.eda.rulebook import EXTENSION, Rulebook, as_json, environment, sent, signed, until

TOKEN = "controllerToken3Fz8Lq1"
SECRET = "0f5d3c6e9b8a47120f5d3c6e9b8a4712"
ASKING = "requestToken8Kd2mPq7Zt4Wn9X"
WORKFLOWS = {"offboard": "Rocket.Chat - Offboard with approval", "recover": "Rocket.Chat - Recover with approval"}


def leaving(username: Any, ticket: str, ago: float = 0) -> tuple[bytes, dict[str, str]]:
    """A message of the personnel department, as many seconds old."""
    body = as_json({"event": "offboard", "username": username, "ticket": ticket, "sent": sent(ago)})
    return body, signed(body, SECRET)


def asking(username: Any, ticket: str) -> tuple[bytes, dict[str, str]]:
    """A message in the helpdesk's channel."""
    text = f"recover {username} {ticket}"
    return as_json({"token": ASKING, "bot": False, "user_id": "helperIdG7h2Kq9sZ", "text": text}), {}


def rules(rulebook: str) -> list[dict[str, Any]]:
    """The rules of a rulebook."""
    content = yaml.safe_load((EXTENSION / "rulebooks" / f"{rulebook}.yml").read_text(encoding="utf-8"))
    return list(content[0]["rules"])


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_same_messages_are_taken_with_and_without(name: str) -> None:
    with_it, without = rules(f"{name}_in_awx")[0], rules(name)[0]
    # Without, the playbook looks at the time; a workflow does not.
    more = " and event.sent_just_now == true" if name == "offboard" else ""
    assert with_it["condition"] == without["condition"] + more
    assert with_it["throttle"] == without["throttle"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_ticket_is_what_the_survey_takes(name: str) -> None:
    """A workflow that refuses what the rulebook took would be missed by nobody but the log."""
    (question,) = [one for one in SURVEYS[name]["spec"] if one["variable"] == "user_access_ticket"]
    condition = rules(f"{name}_in_awx")[0]["condition"]
    ((first, most),) = re.findall(r"\[0-9A-Za-z\]\[0-9A-Za-z._-\]\{(\d+),(\d+)\}", condition)
    assert 1 + int(first) == question["min"]
    assert 1 + int(most) <= question["max"]


@pytest.mark.parametrize(
    ("sent_at", "expected"),
    [
        (sent(), True),
        (sent(540), True),
        (sent(-540), True),
        (sent(660), False),
        (sent(-660), False),
        (sent(86400), False),
        ("yesterday", False),
        ("2026-02-31T00:00:00Z", False),
        (None, False),
        (["x"], False),
    ],
)
def test_which_messages_were_sent_just_now(sent_at: Any, expected: bool) -> None:
    event = {"payload": {"sent": sent_at}}
    main = runpy.run_path(str(EXTENSION / "plugins" / "event_filter" / "sent_just_now.py"))["main"]
    assert main(event) == {**event, "sent_just_now": expected}
    assert main({"payload": [sent()]})["sent_just_now"] is False


@pytest.mark.parametrize(
    ("name", "secrets", "make"),
    [("offboard", {"OFFBOARD_SECRET": SECRET}, leaving), ("recover", {"RECOVER_REQUEST_TOKEN": ASKING}, asking)],
)
def test_a_message_starts_the_workflow(
    name: str,
    secrets: dict[str, str],
    make: Callable[[Any, str], tuple[bytes, dict[str, str]]],
    needs_java: None,
    tmp_path: Path,
    collections: Path,
) -> None:
    expected = 3 if name == "offboard" else 2
    with controller(*WORKFLOWS.values()) as awx:
        given = environment(tmp_path, collections, EDA_CONTROLLER_URL=awx.url, EDA_CONTROLLER_TOKEN=TOKEN)
        with Rulebook(f"{name}_in_awx", given, secrets) as rulebook:
            # Numbers stay texts. The second of each is a duplicate, and no workflow holds up another.
            for message in (
                make("{{ 6 * 7 }}", "T-1"),
                make("alice", "T-1"),
                make("alice", "T-1"),
                # A ticket that the survey of the workflow does not take.
                make("alice", "T1"),
                *([leaving("alice", "T-2", 86400)] if name == "offboard" else []),
                make("4711", "0815"),
            ):
                assert rulebook.post(*message) == 200
            until(lambda: len(awx.launched) >= 2, "the workflows", rulebook.log)
            until(lambda: rulebook.refused >= expected, "the refusals", rulebook.log)
            assert rulebook.refused == expected
            assert [TOKEN in text for text in (rulebook.log(), " ".join(rulebook.command))] == [False, False]
            assert [secret for secret in secrets.values() if secret in rulebook.log()] == []
    assert [workflow for workflow, _body in awx.launched] == [WORKFLOWS[name]] * 2
    # They are launched side by side.
    launched = sorted(
        (body["extra_vars"] for _workflow, body in awx.launched), key=lambda given: given["user_access_ticket"]
    )
    assert launched == [
        {"user_access_usernames": "4711", "user_access_ticket": "0815"},
        {"user_access_usernames": "alice", "user_access_ticket": "T-1"},
    ]
    assert awx.tokens == {f"Bearer {TOKEN}"}
