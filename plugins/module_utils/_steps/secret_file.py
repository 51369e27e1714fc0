# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A password that nobody chose, and the one file in which it is shown."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, RocketChatError

# Without signs that look alike, since it is read to people.
_SMALL, _LARGE, _DIGITS = "abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
_GROUPS, _SIGNS = 4, 4


def new_password() -> str:
    """Return a random password, in groups that can be read to somebody, which every usual policy takes."""
    alphabet = _SMALL + _LARGE + _DIGITS
    while True:
        groups = ["".join(secrets.choice(alphabet) for _sign in range(_SIGNS)) for _group in range(_GROUPS)]
        password = "-".join(groups)
        kinds = all(set(kind) & set(password) for kind in (_SMALL, _LARGE, _DIGITS))
        # Policies refuse a sign that stands there four times in a row.
        if kinds and all(len(set(group)) > 1 for group in groups):
            return password


class SecretFile:
    """A file of mode 0600 that must not be there before, so that no secret of another run is lost."""

    def __init__(self, path: str) -> None:
        """Look whether it could be written.

        :raises InputError: naming what stands in the way
        """
        self._path = path
        directory = os.path.dirname(os.path.abspath(path))
        if os.path.lexists(path):
            raise InputError(f"password_file: {path} is there already. Name a file that is not, or remove that one.")
        if not (os.path.isdir(directory) and os.access(directory, os.W_OK | os.X_OK)):
            raise InputError(f"password_file: {directory} is no directory that can be written to.")

    def write(self, secret: str) -> None:
        """Write it, down to the disk: before the server has the password, so that it is never lost.

        :raises RocketChatError: where that fails; nothing was sent then
        """
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(f"{secret}\n")
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            if not isinstance(error, FileExistsError):
                self.remove()
            raise RocketChatError(
                "file-not-written",
                f"password_file: {self._path} cannot be written ({error.strerror}), so the password was left as it is.",
            ) from None

    def remove(self) -> None:
        """Take it away again: the password in it is nobody's."""
        with suppress(OSError):
            os.remove(self._path)
