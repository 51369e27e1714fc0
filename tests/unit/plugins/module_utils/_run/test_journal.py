# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: whole lines on the disk before anything else is done, or nothing is done."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.journal import Journal


def lines(path: Path) -> list[Any]:
    """Return what a journal holds."""
    text = path.read_text(encoding="utf-8")
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the journal is to be."""
    return tmp_path / "journal.jsonl"


def test_only_its_owner_may_read_it_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Journal(str(tmp_path / "deep" / "er" / "journal.jsonl")).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "deep" / "er" / "journal.jsonl").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "deep" / "er").stat().st_mode) & 0o077 == 0


def test_a_name_without_a_directory_is_one_where_the_module_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Journal("journal.jsonl").close()
    assert (tmp_path / "journal.jsonl").is_file()


def test_each_record_is_one_line_and_what_was_there_stays(path: Path) -> None:
    for number in range(2):
        journal = Journal(str(path))
        journal.write({"run": number, "said": "zwei\nZeilen, ü"})
        journal.close()
    assert lines(path) == [{"run": number, "said": "zwei\nZeilen, ü"} for number in range(2)]
    assert "ü" in path.read_text(encoding="utf-8")


def test_a_line_is_on_the_disk_before_anything_else_is_done(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (synced.append(len(lines(path))), real(file)))
    journal = Journal(str(path))
    for number in (1, 2):
        journal.write({"n": number})
        assert synced == list(range(1, number + 1))
    journal.close()


def test_a_disk_that_does_not_keep_it_ends_the_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(_file: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(RocketChatError) as caught:
        Journal(str(path)).write({"n": 1})
    assert (caught.value.code, caught.value.ends_run) == ("journal-failed", True)
    assert "input/output error" in caught.value.message


def test_lines_of_several_people_at_a_time_are_whole(path: Path) -> None:
    journal = Journal(str(path))

    def write(number: int) -> None:
        for turn in range(20):
            journal.write({"who": number, "turn": turn, "said": "x" * 5000})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.close()
    found = lines(path)
    assert len(found) == 80
    for number in range(4):
        assert [line["turn"] for line in found if line["who"] == number] == list(range(20))


def test_a_link_is_not_written_through(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine", encoding="utf-8")
    path.symlink_to(other)
    with pytest.raises(InputError, match="is a link"):
        Journal(str(path))
    assert other.read_text(encoding="utf-8") == "mine"


def test_a_link_that_comes_between_is_not_either(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.symlink_to(tmp_path / "other")
    monkeypatch.setattr(os.path, "islink", lambda _path: False)
    with pytest.raises(InputError, match="cannot be written"):
        Journal(str(path))
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("what", ["directory", "below a file", "device", "no right"])
def test_what_cannot_be_written_is_refused_before_anything_is_done(path: Path, tmp_path: Path, what: str) -> None:
    if what == "directory":
        path.mkdir()
    elif what == "below a file":
        path.write_text("", encoding="utf-8")
        path = path / "journal.jsonl"
    elif what == "device":
        path = Path("/dev/full")
    else:
        path = Path("/proc/self/journal.jsonl")
    with pytest.raises(InputError) as caught:
        Journal(str(path))
    assert str(path) in caught.value.message
    assert caught.value.message.startswith("journal: ")


@pytest.mark.parametrize("what", ["file gone", "directory gone", "another file"])
def test_a_file_that_nobody_would_find_takes_no_lines(path: Path, what: str) -> None:
    path = path.parent / "sub" / "journal.jsonl"
    journal = Journal(str(path))
    journal.write({"n": 1})
    path.unlink()
    if what == "directory gone":
        path.parent.rmdir()
    elif what == "another file":
        path.write_text("", encoding="utf-8")
    with pytest.raises(RocketChatError) as caught:
        journal.write({"n": 2})
    assert caught.value.code == "journal-failed"
    assert "nothing further is begun" in caught.value.message
    assert what != "another file" or path.read_text(encoding="utf-8") == ""


@pytest.mark.parametrize("written", [0, 5])
def test_a_disk_that_takes_half_a_line_is_full(path: Path, monkeypatch: pytest.MonkeyPatch, written: int) -> None:
    journal = Journal(str(path))
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data[:written]))
    with pytest.raises(RocketChatError, match="the disk is full"):
        journal.write({"n": 1})


def test_a_full_disk_ends_the_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(_file: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    journal = Journal(str(path))
    monkeypatch.setattr(os, "write", write)
    with pytest.raises(RocketChatError) as caught:
        journal.write({"n": 1})
    assert (caught.value.code, caught.value.ends_run) == ("journal-failed", True)
    assert "no space left on device" in caught.value.message
