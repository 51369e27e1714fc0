# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A password that nobody chose, and the file in which it is shown once."""

from __future__ import annotations

import errno
import re
import stat
from pathlib import Path

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._steps.secret_file import SecretFile, new_password


def test_a_password_can_be_read_to_somebody_and_passes_every_usual_policy() -> None:
    made = {new_password() for _number in range(200)}
    assert len(made) == 200
    for password in made:
        assert re.fullmatch(r"(?:[a-zA-Z2-9]{4}-){3}[a-zA-Z2-9]{4}", password)
        assert all(re.search(kind, password) for kind in ("[a-z]", "[A-Z]", "[2-9]"))
        assert not re.search(r"[lIOo01]|(.)\1{3}", password.replace("o", "x"))


def test_it_is_written_for_its_owner_alone_and_goes_again(tmp_path: Path) -> None:
    path = tmp_path / "password"
    file = SecretFile(str(path))
    assert not path.exists()
    file.write("secret")
    assert (path.read_text(encoding="utf-8"), stat.S_IMODE(path.stat().st_mode)) == ("secret\n", 0o600)
    file.remove()
    file.remove()
    assert not path.exists()


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "password"
    file = SecretFile(str(path))
    path.write_text("of another run", encoding="utf-8")
    with pytest.raises(InputError, match="is there already"):
        SecretFile(str(path))
    with pytest.raises(RocketChatError) as caught:
        file.write("secret")
    assert caught.value.code == "file-not-written"
    assert path.read_text(encoding="utf-8") == "of another run"


def test_what_could_not_be_written_whole_does_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run would be refused for it."""
    path = tmp_path / "password"

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RocketChatError) as caught:
        SecretFile(str(path)).write("secret")
    assert caught.value.code == "file-not-written"
    assert not path.exists()


def test_a_link_to_nowhere_is_there_as_well(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="is there already"):
        SecretFile(str(path))


def test_without_its_directory_nothing_begins(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no directory"):
        SecretFile(str(tmp_path / "missing" / "password"))
