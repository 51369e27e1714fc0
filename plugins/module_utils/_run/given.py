# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a role that was there before was given, remembered where nobody can forge it: in the account's own ledger.

Out of the box a role may hold some of the permissions that jobs take, and no server tells who gave which.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.ledger import Ledger
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.own_role import Role

_JOB = "setup"
# An account is ended long after it was made; the ledger itself bounds how much is read.
_DAYS = 3650


def remember(ledger: Ledger, role: Role, permissions: Sequence[str]) -> None:
    """Write down what a role is about to be given.

    :raises RocketChatError: where that cannot be written
    """
    sentence = f"The role {role.name} is given {', '.join(permissions)} for the service account."
    ledger.end({"run": uuid.uuid4().hex, "job": _JOB, "ticket": None}, sentence, {role.role_id: permissions})


def remembered(ledger: Ledger, role: Role) -> frozenset[str]:
    """Return what a role was given by all that is written down.

    :raises RocketChatError: where that cannot be read, or belongs to somebody else
    """
    runs = [entry for entry in ledger.read(_DAYS).runs if entry.job == _JOB]
    return frozenset(permission for entry in runs for permission in entry.done.get(role.role_id, ()))
