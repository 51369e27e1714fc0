# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that name the accounts to act on."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the target options."""

    DOCUMENTATION = r"""
options:
  usernames:
    description:
      - User names of the accounts, exactly as the server writes them.
    type: list
    elements: str
    aliases:
      - username
  user_ids:
    description:
      - Ids of the accounts. An account that is named here and in O(usernames) counts once.
    type: list
    elements: str
    aliases:
      - user_id
  on_error:
    description:
      - V(stop) touches nobody when one of the targets cannot be used, and stops at the first request that fails.
      - V(continue) does what can be done and fails at the end. What every other target would meet as well, such as a
        revoked token, always stops the run.
    type: str
    choices:
      - stop
      - continue
    default: stop
  concurrency:
    description:
      - How many requests are in flight at a time, from 1 to 32. The result is in the order given all the same.
      - The first account goes alone, so that what would fail for everybody fails once.
      - If not set, the environment variable E(ROCKETCHAT_CONCURRENCY) is used.
    type: int
    default: 4
"""
