# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module of this collection promises in the same way."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the attributes."""

    DOCUMENTATION = r"""
options: {}
attributes:
  async:
    description: Supports being used with the C(async) keyword.
    support: full
    details:
      - In the background no progress is shown. With ansible-core 2.16 a task cannot have both C(async) and check mode.
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
  diff_mode:
    description:
      - Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no
        change.
      - This assumes that the system controlled or queried by the module has not changed in a relevant way.
"""

    ACTIONGROUP_ROCKETCHAT = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/chatops.rocketchat.rocketchat) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - chatops.rocketchat.rocketchat
"""

    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module does not change anything. It sends GET requests only, apart from signing in and out where
        O(api_password) is used.
  diff_mode:
    support: N/A
    details:
      - This module does not change anything.
  idempotent:
    support: full
    details:
      - This module does not change anything.
"""
