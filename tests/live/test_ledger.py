# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the ledger remembers from one run to the next."""

from __future__ import annotations

from tests.live.service import Service
from tests.live.workspace import Workspace


def test_remembered(workspace: Workspace, service: Service) -> None:
    """Ledger: nothing is done twice."""
    person = workspace.person("remembered", totp=True)
    options = {"usernames": [person.username], "ledger": service.ledger, "end_sessions": True}
    first = service.task("rocketchat_user_totp_reset", **options)
    assert first["users"][0]["outcome"] == "done"
    again = service.task("rocketchat_user_totp_reset", **options)
    assert again["users"][0]["outcome"] == "nothing_to_do"
    assert any(person.user_id in message for message in service.said())
