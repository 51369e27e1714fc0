# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single steps: second factor, sessions, status, password, end-to-end key."""

from __future__ import annotations

import secrets

from tests.live.service import Service
from tests.live.workspace import Workspace


def test_totp(workspace: Workspace, service: Service) -> None:
    """TOTP reset: the password alone lets in, old sessions are over."""
    person = workspace.person("lost-phone", totp=True)
    assert person.refused() == "totp-required"
    service.play("reset_totp", person)
    assert person.refused() == ""
    assert not person.signed_in()


def test_totp_in_check_mode(workspace: Workspace, service: Service) -> None:
    """TOTP reset, check mode: nothing changes."""
    person = workspace.person("kept-phone", totp=True)
    result = service.task("rocketchat_user_totp_reset", usernames=[person.username], check=True)
    assert result["users"][0]["outcome"] == "would_be_done"
    assert person.refused() == "totp-required"
    assert person.signed_in()


def test_sessions(workspace: Workspace, service: Service) -> None:
    """End of sessions: the old token is dead, the password works."""
    person = workspace.person("signed-in")
    assert person.signed_in()
    service.task("rocketchat_user_logout", usernames=[person.username])
    assert not person.signed_in()
    assert person.refused() == ""


def test_status(workspace: Workspace, service: Service) -> None:
    """Status: deactivated, nobody gets in; activated, they do."""
    person = workspace.person("switched")
    service.task("rocketchat_user_status", usernames=[person.username], state="inactive")
    assert workspace.user(person.username)["active"] is False
    assert person.refused() == "error-user-is-not-activated"
    service.task("rocketchat_user_status", usernames=[person.username], state="active")
    assert workspace.user(person.username)["active"] is True
    assert person.refused() == ""


def test_password(workspace: Workspace, service: Service) -> None:
    """Password: the new one works, the old does not."""
    person, password = workspace.person("new-password"), f"Pw-{secrets.token_urlsafe(16)}-9z"
    options = {"password": password, "require_change": False}
    service.task("rocketchat_user_password_reset", usernames=[person.username], **options)
    assert person.refused(password) == ""
    assert person.refused() != ""


def test_e2e_key(workspace: Workspace, service: Service) -> None:
    """End-to-end key: reset, sessions over."""
    person = workspace.person("lost-key")
    service.task("rocketchat_user_e2ekey_reset", usernames=[person.username], confirm_message_loss=True)
    assert not person.signed_in()
    assert person.refused() == ""
