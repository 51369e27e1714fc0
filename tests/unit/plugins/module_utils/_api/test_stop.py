# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is asked to end (SIGTERM) hears of it, also while it waits."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.stop import Stopped, pause, stopping


@pytest.mark.usefixtures("listening")
def test_a_pause_ends_when_the_run_is_asked_to_end() -> None:
    assert not stopping()
    threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGTERM)).start()
    with pytest.raises(Stopped) as caught:
        pause(30)
    assert (caught.value.code, caught.value.ends_run) == ("stopped", True)
    assert stopping()


@pytest.mark.usefixtures("listening")
def test_a_pause_that_nobody_interrupts_lasts_as_long_as_it_should() -> None:
    begun = time.monotonic()
    pause(0.05)
    assert time.monotonic() - begun >= 0.05
