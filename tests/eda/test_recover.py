# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A recovery is asked for in a channel and rehearsed, and runs when somebody else approves it in another channel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.eda.rulebook import INVENTORY, Rulebook, as_json, credentials, environment, until
from tests.emulator.testing import Emulator
from tests.integration.role.play import SEED, TOKEN, person, workspace

ASKING = "requestToken8Kd2mPq7Zt4Wn9X"
SAYING = "approvalToken5Hs3vRc6Yb1Lg0J"
SECRETS = {"RECOVER_REQUEST_TOKEN": ASKING, "RECOVER_APPROVAL_TOKEN": SAYING}
HELPER = "helperIdG7h2Kq9sZ"
OTHER_HELPER = "helperIdB5n1Vc6tR"
APPROVER = "approverIdP4m8Wx3"
REHEARSED = "CHECK MODE, nothing was changed. Recovery on"


# Compared with a text, they make the engine complain.
OTHER_TYPES: tuple[Any, ...] = (["text"], [ASKING], {"text": ASKING}, True, 0, 1.5, 10**24, 1e24, [])


def said(token: Any, text: Any, user_id: Any, **more: Any) -> bytes:
    """What an outgoing webhook of Rocket.Chat sends for a message."""
    return as_json(
        {
            "token": token,
            "bot": False,
            "channel_id": "GENERAL",
            "channel_name": "helpdesk",
            "message_id": "m8Xq2Ks7Rt4Wn9Zb1",
            "timestamp": "2026-03-01T09:30:00.000Z",
            "user_id": user_id,
            "user_name": "somebody",
            "text": text,
            "siteUrl": "https://chat.example.test",
            **more,
        }
    )


def no_requests(marker: Path) -> list[bytes]:
    """What asks for nothing."""
    evil = f"{{{{ lookup('ansible.builtin.pipe', 'touch {marker}') }}}}"
    return [
        said("anotherToken2Xk9Qm4Zt7", "recover alice INC-1", HELPER),
        said("", "recover alice INC-1", HELPER),
        said(None, "recover alice INC-1", HELPER),
        *[said(token, "recover alice INC-1", HELPER) for token in OTHER_TYPES],
        said(SAYING, "recover alice INC-1", HELPER),
        said(ASKING, f"recover {evil} INC-1", HELPER),
        said(ASKING, f"recover alice {evil}", HELPER),
        said(ASKING, "recover alice,bob INC-1", HELPER),
        said(ASKING, "recover alice INC-1\n", HELPER),
        said(ASKING, "recover alice", HELPER),
        said(ASKING, ["recover alice INC-1"], HELPER),
        said(ASKING, "recover alice INC-1", evil),
        said(ASKING, "recover alice INC-1", HELPER, isEdited=True),
        said(ASKING, "recover alice INC-1", HELPER, bot=True),
        said(ASKING, "recover alice INC-1", HELPER, bot={"i": "integration"}),
        said(ASKING, "recover alice INC-1", HELPER, alias="Boss"),
        # Before anybody has asked.
        said(SAYING, "approve alice INC-1", APPROVER),
        as_json([]),
        as_json(None),
    ]


def no_approvals() -> list[bytes]:
    """What approves nothing, although Alice's recovery was asked for."""
    return [
        said(SAYING, "approve alice INC-1", HELPER),
        said(ASKING, "approve alice INC-1", APPROVER),
        said("", "approve alice INC-1", APPROVER),
        said(SAYING, "approve alice INC-2", APPROVER),
        said(SAYING, "approve bob INC-1", APPROVER),
        said(SAYING, "approve alice INC-1", None),
        said(SAYING, "approve alice INC-1", APPROVER, isEdited=True),
        said(SAYING, "approve alice INC-1", APPROVER, bot=True),
        said(SAYING, "approve alice INC-1", APPROVER, alias="Boss"),
    ]


@dataclass
class Outcome:
    """What became of it, stage by stage."""

    server: Emulator
    rulebook: Rulebook
    marker: Path
    alice: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)
    log: dict[str, str] = field(default_factory=dict)

    def note(self, stage: str) -> None:
        """Keep how things are."""
        self.alice[stage] = self.server.user("alice")
        self.refused[stage] = self.rulebook.refused
        self.writes[stage] = sum(entry["method"] != "GET" for entry in self.server.requests())
        self.log[stage] = self.rulebook.log()


@pytest.fixture(scope="module")
def outcome(needs_java: None, tmp_path_factory: pytest.TempPathFactory, collections: Path) -> Iterator[Outcome]:
    """One rulebook, from the first bad message to the approval."""
    home = tmp_path_factory.mktemp("recover")
    marker = home / "injected"
    with ExitStack() as stack:
        server = stack.enter_context(Emulator("8.6", world=workspace(person("alice"), person("bob"))))
        given = environment(home, collections, **credentials(server))
        rulebook = stack.enter_context(Rulebook("recover", given, SECRETS, *INVENTORY))
        log = rulebook.log
        outcome = Outcome(server, rulebook, marker)
        expected = 0

        def send(*messages: bytes) -> None:
            for body in messages:
                assert rulebook.post(body) == 200

        send(*no_requests(marker))
        expected += len(no_requests(marker))
        until(lambda: rulebook.refused >= expected, "the refusals", log)
        outcome.note("bad requests")

        # Twice, since people press a key twice.
        send(*[said(ASKING, "recover alice INC-1", HELPER)] * 2)
        until(
            lambda: "CHECK MODE, nothing was changed. Recovery on" in log() and not rulebook.busy, "the rehearsal", log
        )
        outcome.note("request")

        send(*no_approvals())
        expected += len(no_approvals())
        until(lambda: rulebook.refused >= expected, "the refusals", log)
        outcome.note("bad approvals")

        # Two have asked, and one approval is for both.
        send(said(ASKING, "recover alice INC-1", OTHER_HELPER))
        until(lambda: log().count(REHEARSED) == 2 and not rulebook.busy, "the other rehearsal", log)
        send(said(SAYING, "approve alice INC-1", APPROVER))
        until(lambda: server.user("alice")["totp"] is None and not rulebook.busy, "the recovery", log)
        outcome.note("approval")

        # Nothing is left to be approved.
        send(said(SAYING, "approve alice INC-1", APPROVER))
        expected += 1
        until(lambda: rulebook.refused >= expected, "the refusal", log)
        outcome.note("second approval")
        yield outcome


def whole(user: dict[str, Any]) -> bool:
    """Whether an account is as the world made it."""
    return bool(user["active"] and user["totp"] and user["tokens"]["total"] == 2)


def test_bad_messages_are_refused_and_start_nothing(outcome: Outcome) -> None:
    assert outcome.refused["bad requests"] == len(no_requests(outcome.marker))
    assert whole(outcome.alice["bad requests"])
    assert "PLAY [" not in outcome.log["bad requests"]


def test_a_request_is_rehearsed_once_and_changes_nothing(outcome: Outcome) -> None:
    assert outcome.log["request"].count(REHEARSED) == 1
    assert re.search(r"alice \(\w+\): to do: TOTP reset, signed out everywhere", outcome.log["request"])
    assert outcome.writes["request"] == 0
    assert whole(outcome.alice["request"])


def test_nobody_approves_their_own_request_nor_anything_else(outcome: Outcome) -> None:
    assert outcome.refused["bad approvals"] - outcome.refused["request"] == len(no_approvals())
    assert outcome.writes["bad approvals"] == 0
    assert whole(outcome.alice["bad approvals"])


def test_an_approval_by_somebody_else_recovers(outcome: Outcome) -> None:
    alice = outcome.alice["approval"]
    assert (alice["active"], alice["totp"], alice["tokens"]["total"]) == (True, None, 0)
    assert "ticket INC-1" in outcome.log["approval"]
    assert whole(outcome.server.user("bob"))


def test_an_approval_counts_once(outcome: Outcome) -> None:
    # Beside the two rehearsals.
    assert outcome.log["second approval"].count("Recovery on ") == 3
    assert outcome.refused["second approval"] == outcome.refused["approval"] + 1
    assert outcome.writes["second approval"] == outcome.writes["approval"]


def test_no_message_was_taken_for_a_template(outcome: Outcome) -> None:
    assert not outcome.marker.exists()
    assert str(outcome.marker) not in outcome.rulebook.log()


def test_no_secret_is_shown_or_left_behind(outcome: Outcome) -> None:
    left = [file for file in outcome.rulebook.home.rglob("*") if file.is_file()]
    for secret in (ASKING, SAYING, TOKEN, SEED):
        assert secret not in outcome.rulebook.log()
        assert secret not in " ".join(outcome.rulebook.command)
        assert [file for file in left if secret.encode() in file.read_bytes()] == []
