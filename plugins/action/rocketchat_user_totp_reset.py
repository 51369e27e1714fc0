# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of the module of the same name."""

from __future__ import annotations

from ansible_collections.chatops.rocketchat.plugins.plugin_utils._progress import JobAction


class ActionModule(JobAction):
    """Shows how far the module is."""
