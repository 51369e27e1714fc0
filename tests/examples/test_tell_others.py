# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example that tells others: what it would mail and post is held by stand-ins for another collection's modules."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.emulator.testing import REPO_ROOT
from tests.examples.conftest import MoveIn
from tests.examples.world import ENVIRONMENT, Workspace

EXAMPLE = REPO_ROOT / "examples" / "tell-others" / "offboard_and_tell.yml"
WEBHOOK_TOKEN = "token-of-the-incoming-webhook-Tq5"


def _play(leavers: str, home: Path, workspace: Workspace, moved_in: MoveIn) -> tuple[int, str, dict[str, Any]]:
    """Run it; what became of it, what it said, and what each stand-in was given."""
    workspace.prepare()
    home.mkdir()
    environment = {
        **moved_in(home),
        **ENVIRONMENT,
        "TOLD": str(home),
        "CHAT_WEBHOOK_TOKEN": WEBHOOK_TOKEN,
    }
    done = subprocess.run(
        ["ansible-playbook", str(EXAMPLE), "-e", json.dumps({"leavers": leavers, "ticket": "HR-2026-017"})],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    return done.returncode, done.stdout, {file.stem: json.loads(file.read_text()) for file in home.glob("*.json")}


class TestTelling:
    """A run that went through, and one that was refused."""

    def test_what_was_done_is_told(self, workspace: Workspace, moved_in: MoveIn, tmp_path: Path) -> None:
        rc, output, told = _play("harry, erin", tmp_path / "home", workspace, moved_in)
        assert rc == 0, output
        mail, post = told["mail"], told["rocketchat"]
        assert mail["to"] == ["hr@example.com"]
        assert mail["subject"] == post["msg"] == "Offboarding HR-2026-017: done 2"
        done, notes = mail["body"].splitlines()[:2], mail["body"].splitlines()[2:]
        assert done == [
            f"{name} (id-of-{name}): signed out everywhere, deactivated, TOTP reset" for name in ("harry", "erin")
        ]
        # What was left behind, once: the helpdesk's account may not see everything.
        assert len(set(notes)) == len(notes)
        assert {"manage-incoming-integrations", "manage-oauth-apps"} <= set(" ".join(notes).split())
        assert (post["color"], post["token"]) == ("good", WEBHOOK_TOKEN)
        assert WEBHOOK_TOKEN not in output

    def test_what_was_not_done_is_told_as_well(self, workspace: Workspace, moved_in: MoveIn, tmp_path: Path) -> None:
        rc, output, told = _play("harry, nobody", tmp_path / "home", workspace, moved_in)
        assert rc != 0, output
        assert told["mail"]["subject"] == "Offboarding HR-2026-017: failed 1, not attempted 1"
        assert "There is no account with the username 'nobody'" in told["mail"]["body"]
        assert told["rocketchat"]["color"] == "danger"
