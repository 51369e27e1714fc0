# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recoveries, each with what the person can do afterwards."""

from __future__ import annotations

from pathlib import Path

from tests.live.service import Service
from tests.live.workspace import Workspace


def test_phone(workspace: Workspace, service: Service) -> None:
    """Recovery, lost phone: in with the password, out everywhere else."""
    person = workspace.person("phone", totp=True)
    service.play("recover", person)
    assert person.refused() == ""
    assert not person.signed_in()


def test_everything(workspace: Workspace, service: Service, tmp_path: Path) -> None:
    """Recovery, everything lost: active, new address, printed password works."""
    # Without an authenticator app: for one their address is written, and some servers allow that once a minute.
    person, file = workspace.person("everything"), tmp_path / "password"
    workspace.admin.post("users.setActiveStatus", userId=person.user_id, activeStatus=False)
    address = workspace.address("everything-new")
    service.play(
        "recover",
        person,
        activate=True,
        new_email=address,
        password="print_once",
        password_file=str(file),
        ticket="INC-1",
    )
    user = workspace.user(person.username)
    assert user["active"] is True
    assert [mail["address"] for mail in user["emails"]] == [address]
    assert user["requirePasswordChange"] is True
    assert person.refused(file.read_text(encoding="utf-8").strip()) in ("", "totp-required")


def test_mailbox(workspace: Workspace, service: Service) -> None:
    """Recovery, lost mailbox: no code is mailed."""
    person = workspace.person("mailbox", verified=True)
    assert person.refused() == "totp-required"
    service.play("recover", person, email_factor="switch_off")
    assert [mail["verified"] for mail in workspace.user(person.username)["emails"]] == [False]
    assert person.refused() == ""


def test_unverified(workspace: Workspace, service: Service) -> None:
    """Recovery, unverified address: it is verified."""
    person = workspace.person("unverified")
    service.play("recover", person, verify_email=True, reset_totp=False)
    assert [mail["verified"] for mail in workspace.user(person.username)["emails"]] == [True]
