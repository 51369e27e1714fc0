# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a deactivation would meet the rule of the last administrator.

Next to a single active administrator the server deactivates nobody who has the role, one who is inactive already
included (its own source, 6.13 to 8.6.1).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.directory import users_with_roles
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import Session

_ADMIN = "admin"


class Administrators:
    """Those of the workspace, read once, and only where somebody who leaves is or may be one of them."""

    def __init__(self, session: Session, leaving: Sequence[User]) -> None:
        holders = None
        if any(user.roles is None or _ADMIN in user.roles for user in leaving):
            # A list shows roles also to who does not see those of a single account.
            holders = users_with_roles(session.client, session.version, [_ADMIN])
        self._active = None if holders is None else {user.user_id for user in holders[_ADMIN] if user.active}
        self._all = None if holders is None else {user.user_id for user in holders[_ADMIN]}

    def refused_as_last(self, user: User, gone: Collection[str], perhaps: Collection[str] = ()) -> bool | None:
        """Tell whether the server would refuse to deactivate somebody; ``None`` where that is not known.

        :arg gone: who of the others is inactive by then
        :arg perhaps: of whom that is not known
        """
        if user.roles is not None and _ADMIN not in user.roles:
            return False
        if self._active is None or self._all is None:
            return None
        if user.roles is None and user.user_id not in self._all:
            return False
        left = self._active - set(gone)
        if len(left) <= 1:
            return True
        return False if len(left - set(perhaps)) > 1 else None
