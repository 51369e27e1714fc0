# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is asked to end (SIGTERM) finishes what is under way and reports, instead of dying with it."""

from __future__ import annotations

import signal
import threading

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError

_asked = threading.Event()


class Stopped(RocketChatError):
    """Somebody asked the module to end."""

    def __init__(self) -> None:
        super().__init__("stopped", "The module was asked to end (SIGTERM). Run it again to finish the rest.")


def listen() -> None:
    """Take SIGTERM for a request to end; call this once, in the main thread."""
    signal.signal(signal.SIGTERM, lambda _signal, _frame: _asked.set())


def stopping() -> bool:
    """Tell whether the run was asked to end."""
    return _asked.is_set()


def pause(seconds: float) -> None:
    """Wait, but not longer than until the run is asked to end.

    :raises Stopped: when it was
    """
    if _asked.wait(seconds):
        raise Stopped
