# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service account of a run, made by the collection's own set-up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.live.client import Account, Caller
from tests.live.jobs import Jobs, Outcome
from tests.live.shared_role import ROLE
from tests.live.sweep import FULL_NAME
from tests.live.workspace import Person, Workspace

ALL_JOBS = (
    "recover",
    "offboard",
    "change_status",
    "reset_password",
    "reset_e2e_key",
    "list_users",
    "foresee_rooms",
    "hand_over_rooms",
    "end_memberships",
    "close_webhooks",
    "see_oauth_apps",
    "leave_omnichannel",
    "take_roles",
)


@dataclass
class Service:
    """The account, and how jobs are run as it."""

    workspace: Workspace
    jobs: Jobs
    auditor: Person
    env_file: Path
    why_shared: str

    @property
    def username(self) -> str:
        """Its user name."""
        return self.workspace.name("service")

    @property
    def ledger(self) -> str:
        """The name of its ledger."""
        return self.workspace.name("ledger")

    @property
    def environment(self) -> dict[str, str]:
        """Its credentials, as the set-up wrote them."""
        lines = self.env_file.read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    @property
    def caller(self) -> Caller:
        """Its own view of the workspace."""
        given = self.environment
        return Caller(self.workspace.url, Account(user_id=given["ROCKETCHAT_USER_ID"], token=given["ROCKETCHAT_TOKEN"]))

    def set_up(self, **more: Any) -> Outcome:
        """Run the set-up as the administrator."""
        role = {"setup_shared_role": ROLE, "setup_shared_role_accepted": True}
        return self.jobs.playbook(
            "setup",
            self.workspace.admin_environment,
            setup_url=self.workspace.url,
            setup_admin_username="",
            setup_admin_password="",
            setup_admin_code="",
            setup_email=self.workspace.address("service"),
            setup_username=self.username,
            setup_name=FULL_NAME,
            setup_jobs=list(ALL_JOBS),
            setup_permissions=["api-bypass-rate-limit"],
            setup_ledger=self.ledger,
            setup_auditors=[self.auditor.username],
            setup_env_file=str(self.env_file),
            **(role if self.why_shared else {"setup_role": self.workspace.name("role")}),
            **more,
        )

    def play(self, name: str, *people: Person, **variables: Any) -> Outcome:
        """Run a playbook for people; variables without their ``user_access_``."""
        given = {"ledger": self.ledger, "usernames": [person.username for person in people], **variables}
        return self.jobs.playbook(name, self.environment, **{f"user_access_{key}": given[key] for key in given})

    def task(self, name: str, **options: Any) -> dict[str, Any]:
        """Run a task with a module."""
        return self.jobs.module(name, self.environment, **options)

    def said(self) -> list[str]:
        """What stands in the ledger, newest first, as the auditor reads it."""
        messages = self.auditor.caller.get("groups.history", roomName=self.ledger, count=100)["messages"]
        return [str(message["msg"]) for message in messages]
