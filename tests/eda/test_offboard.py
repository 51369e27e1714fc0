# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The personnel department's message starts the offboarding, and no other message starts anything."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.eda.rulebook import (
    BIN,
    EXTENSION,
    INVENTORY,
    Rulebook,
    as_json,
    credentials,
    environment,
    sent,
    signed,
    until,
)
from tests.emulator.testing import Emulator
from tests.integration.role.play import SEED, TOKEN, person, workspace

SECRET = "0f5d3c6e9b8a47120f5d3c6e9b8a4712"
TOO_OLD = "The message was not sent within the last ten minutes"
# Each leaves a file behind if anything ever takes it for a template.
INJECTED = "{{ lookup('ansible.builtin.pipe', 'touch %s') }}"


def message(username: Any, ticket: Any = "HR-1", **more: Any) -> dict[str, Any]:
    """What the personnel department sends, or what somebody makes of it."""
    return {"event": "offboard", "username": username, "ticket": ticket, "sent": sent(), **more}


def without(key: str) -> dict[str, Any]:
    """A message that lacks something."""
    return {name: value for name, value in message("alice").items() if name != key}


def hostile(marker: Path) -> dict[str, Any]:
    """What the conditions of the rulebook refuse."""
    evil = INJECTED % marker
    return {
        "a template as name": message(evil),
        "a template as ticket": message("alice", evil),
        "a template as time": message("alice", sent=evil),
        "a template in a name": message("alice" + evil),
        "a statement as name": message("{% for x in [] %}{% endfor %}alice"),
        "a list": message(["alice"]),
        "ten thousand names": message([f"user{number:05d}" for number in range(10000)]),
        "names in one string": message("alice,bob"),
        "names on two lines": message("alice\nbob"),
        "a line break at the end": message("alice\n"),
        "a mapping": message({"name": "alice"}),
        "nothing": message(None),
        "an empty name": message(""),
        "a blank": message(" "),
        "a long name": message("a" * 65),
        "an option": message("alice", "-e@/etc/passwd"),
        "another event": message("alice", event="onboard"),
        "no event": without("event"),
        "no name": without("username"),
        "no ticket": without("ticket"),
        "no time": without("sent"),
        "another time": message("alice", sent="yesterday"),
        "a list of messages": [message("alice")],
        "text": "offboard alice",
        "a figure": 42,
        "null": None,
        "an empty object": {},
        "a path of keys": {"payload.username": "alice", "payload": message("alice")},
    }


@dataclass(frozen=True)
class Outcome:
    """What became of all that was sent."""

    server: Emulator
    rulebook: Rulebook
    statuses: dict[str, int]
    refused: int
    marker: Path
    log: str


@pytest.fixture(scope="module")
def outcome(needs_java: None, tmp_path_factory: pytest.TempPathFactory, collections: Path) -> Iterator[Outcome]:
    """One rulebook that gets everything that is bad, and one good message three times."""
    home = tmp_path_factory.mktemp("offboard")
    marker = home / "injected"
    people = [person(name) for name in ("alice", "harry", "4711")]
    with ExitStack() as stack:
        server = stack.enter_context(Emulator("8.6", world=workspace(*people)))
        given = environment(home, collections, **credentials(server))
        rulebook = stack.enter_context(Rulebook("offboard", given, {"OFFBOARD_SECRET": SECRET}, *INVENTORY))
        good = as_json(message("alice"))
        statuses = {
            "no signature": rulebook.post(good),
            "another secret": rulebook.post(good, signed(good, "another secret")),
            "no secret": rulebook.post(good, signed(good, "")),
            "another body": rulebook.post(as_json(message("alice", "HR-2")), signed(good, SECRET)),
            "no JSON": rulebook.post(b"{", signed(b"{", SECRET)),
        }
        # The last two get past the conditions, and are refused by the playbook.
        sending = [
            *hostile(marker).values(),
            *[message("harry", "HR-7")] * 3,
            message(4711),
            message("alice", sent=sent(ago=3600)),
        ]
        for value in sending:
            body = as_json(value)
            assert rulebook.post(body, signed(body, SECRET)) == 200
        # One after the other: when the last is refused, those before it are done.
        until(lambda: TOO_OLD in rulebook.log() and not rulebook.busy, "the last message", rulebook.log)
        yield Outcome(server, rulebook, statuses, rulebook.refused, marker, rulebook.log())


def test_who_left_is_out(outcome: Outcome) -> None:
    user = outcome.server.user("harry")
    assert (user["active"], user["totp"], user["tokens"]["total"]) == (False, None, 0)


def test_nobody_else_was_touched(outcome: Outcome) -> None:
    for name in ("alice", "4711"):
        user = outcome.server.user(name)
        assert (user["active"], bool(user["totp"]), user["tokens"]["total"]) == (True, True, 2)


def test_duplicates_are_ignored(outcome: Outcome) -> None:
    assert outcome.log.count("Offboarding on ") == 1
    deactivations = [entry for entry in outcome.server.requests() if entry["path"].endswith("users.setActiveStatus")]
    assert len(deactivations) == 1


def test_only_signed_messages_are_taken(outcome: Outcome) -> None:
    assert outcome.statuses == {
        "no signature": 400,
        "another secret": 401,
        "no secret": 401,
        "another body": 401,
        "no JSON": 400,
    }


def test_everything_that_is_no_offboarding_is_refused_and_logged(outcome: Outcome) -> None:
    assert outcome.refused == len(hostile(outcome.marker))
    for sentence in ("names no person or no ticket", TOO_OLD):
        assert sentence in outcome.log


def test_no_message_was_taken_for_a_template(outcome: Outcome) -> None:
    assert not outcome.marker.exists()
    assert str(outcome.marker) not in outcome.log


def test_no_secret_is_shown_or_left_behind(outcome: Outcome) -> None:
    left = [file for file in outcome.rulebook.home.rglob("*") if file.is_file()]
    for secret in (SECRET, TOKEN, SEED):
        assert secret not in outcome.log
        assert secret not in " ".join(outcome.rulebook.command)
        assert [file for file in left if secret.encode() in file.read_bytes()] == []


def test_a_weak_secret_stops_the_rulebook(needs_java: None, tmp_path: Path, collections: Path) -> None:
    given = environment(tmp_path, collections)
    with Rulebook("offboard", given, {"OFFBOARD_SECRET": "short"}, *INVENTORY) as rulebook:
        until(lambda: not rulebook.alive, "the end", rulebook.log)
        assert "OFFBOARD_SECRET_needs_32_characters" in rulebook.log()


def test_the_playbook_refuses_what_the_rulebook_should_have_refused(tmp_path: Path, collections: Path) -> None:
    """The second layer alone, with the extra variables that the rulebook's action would make of such a message."""
    from ansible_rulebook.util import substitute_variables

    rules = yaml.safe_load((EXTENSION / "rulebooks" / "offboard.yml").read_text(encoding="utf-8"))[0]["rules"]
    action = rules[0]["action"]["run_playbook"]
    marker = tmp_path / "injected"
    payload = message(INJECTED % marker)
    variables = substitute_variables(action["extra_vars"], {"event": {"payload": payload}})
    file = tmp_path / "extravars.yml"
    file.write_text(yaml.safe_dump(variables), encoding="utf-8")
    with Emulator("8.6", world=workspace(person("alice"))) as server:
        done = subprocess.run(
            [str(BIN / "ansible-playbook"), "-i", "inventory.yml", action["name"], "-e", f"@{file}"],
            cwd=EXTENSION,
            env=environment(tmp_path, collections, **credentials(server)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert server.requests() == []
    assert done.returncode == 2, done.stdout + done.stderr
    assert "names no person or no ticket" in done.stdout
    assert not marker.exists(), json.dumps(variables)
