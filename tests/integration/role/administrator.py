# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the set-up as an administrator does, and other playbooks as the account that it made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.integration.role.play import Play, Player

SETUP = "chatops.rocketchat.setup"
NAME = "svc-user-access"
ADDRESS = "svc-user-access@example.test"


class Administrator(Player):
    """Runs playbooks with an administrator's credentials in the environment, unless told otherwise."""

    def environment(self, home: Path) -> dict[str, str]:
        """The same, but for who calls."""
        given = super().environment(home)
        for name in ("ROCKETCHAT_USER_ID", "ROCKETCHAT_TOKEN", "ROCKETCHAT_2FA_SECRET"):
            del given[name]
        return {**given, "ROCKETCHAT_USERNAME": "boss", "ROCKETCHAT_PASSWORD": "boss-pw-1"}

    def setup(self, *arguments: str, environment: Mapping[str, str] | None = None, **variables: Any) -> Play:
        """Run the set-up with ``setup_*`` variables."""
        given = {f"setup_{name}": value for name, value in {"email": ADDRESS, **variables}.items()}
        return self(SETUP, "-e", json.dumps(given), *arguments, report=False, environment=environment)

    def as_service(self, playbook: str, environment: dict[str, str], *arguments: str, **variables: Any) -> Play:
        """Run a playbook as the account that was made."""
        nobody = {"ROCKETCHAT_USERNAME": "", "ROCKETCHAT_PASSWORD": ""}
        return self(playbook, *arguments, environment={**nobody, **environment}, report=False, **variables)


def kept(file: Path) -> dict[str, str]:
    """The variables of an env file."""
    return dict(line.split("=", 1) for line in file.read_text(encoding="utf-8").splitlines() if "=" in line)
