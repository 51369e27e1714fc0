# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that describe what is put on a controller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.emulator.testing import REPO_ROOT

DIRECTORY = REPO_ROOT / "extensions" / "awx"


def read(path: Path) -> dict[str, Any]:
    """One file."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def things(kind: str) -> dict[str, dict[str, Any]]:
    """All files of one kind, by name."""
    return {path.stem: read(path) for path in sorted((DIRECTORY / kind).glob("*.yml"))}


CREDENTIAL_TYPE = things("credential_types")["rocketchat"]
CREDENTIALS = things("credentials")
PROJECT = things("projects")["rocketchat"]
INVENTORY = things("inventories")["rocketchat"]
EXECUTION_ENVIRONMENT = things("execution_environments")["rocketchat"]
JOB_TEMPLATES = things("job_templates")
WORKFLOWS = things("workflow_templates")
NODES = [node for thing in WORKFLOWS.values() for node in thing["nodes"]]
SCHEDULES = things("schedules")

SURVEYS = {name: thing["survey_spec"] for name, thing in JOB_TEMPLATES.items() if "survey_spec" in thing}
# What the job template of the set-up gives its playbook: nobody can answer a prompt.
SETUP_VARIABLES = {
    **dict.fromkeys(
        ("setup_url", "setup_admin_username", "setup_admin_password", "setup_admin_code", "setup_email"), ""
    ),
    "setup_awx_credential": "Rocket.Chat - service account",
    "setup_awx_credential_type": "Rocket.Chat",
    "setup_awx_organization": "Default",
}

VERSION_1: dict[str, list[dict[str, Any]]] = read(Path(__file__).with_name("version_1.yml"))
