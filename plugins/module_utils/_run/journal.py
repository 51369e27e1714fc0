# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evidence that is written ahead, as JSON Lines: wherever a run is killed, it names whoever may have been changed."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Mapping
from typing import Any

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, RocketChatError

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
# A pipe that nobody reads would be waited for without end.
_FLAGS |= getattr(os, "O_NONBLOCK", 0)


class Journal:
    """Appends whole lines to a file that only its owner may read, each on the disk before anything else is done."""

    def __init__(self, path: str) -> None:
        """Open the file, or make it, and the directory it is in.

        :raises InputError: where it cannot be used, before anything is sent
        """
        self._path = path
        self._lock = threading.Lock()
        try:
            if os.path.islink(path):
                raise InputError(f"journal: {path} is a link. Name the file itself, or one that is not there yet.")
            directory = os.path.dirname(path) or "."
            # Where a file lies in its place, opening says so in better words.
            if not os.path.exists(directory):
                os.makedirs(directory, mode=0o700, exist_ok=True)
            self._file = os.open(path, _FLAGS, 0o600)
        except OSError as error:
            raise InputError(f"journal: {path} cannot be written ({_reason(error)}). Nothing was done.") from None
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            os.close(self._file)
            raise InputError(f"journal: {path} is no file. Name a file, or one that is not there yet.")

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def write(self, record: Mapping[str, Any]) -> None:
        """Write one line, and return when it is on the disk.

        :raises RocketChatError: ``journal-failed``, which ends the run
        """
        data = (json.dumps(record, ensure_ascii=False) + "\n").encode()
        with self._lock:
            try:
                # A file whose name is gone takes lines that nobody will ever find.
                here, there = os.fstat(self._file), os.stat(self._path)
                if (here.st_dev, here.st_ino) != (there.st_dev, there.st_ino):
                    raise FileNotFoundError(2, "another file lies there now")
                if os.write(self._file, data) != len(data):
                    raise OSError(28, "the disk is full")
                os.fsync(self._file)
            except OSError as error:
                raise RocketChatError(
                    "journal-failed",
                    f"The journal {self._path} cannot be written any more ({_reason(error)}), so nothing further is"
                    " begun. Make room or put the directory back, and run again.",
                ) from None


def _reason(error: OSError) -> str:
    return (error.strerror or "no reason is known").lower()
