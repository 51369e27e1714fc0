# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan on the disk: for one user alone, whole, and not another one when it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import InputError, RocketChatError
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.plan_file import (
    check_place,
    read_plan,
    sealed,
    write_plan,
)

HARRY = {
    "username": "harry",
    "user_id": "harryId",
    "name": "Harry",
    "emails": [],
    "active": True,
    "reason": "he left",
}
PLAN: dict[str, Any] = {
    "workspace": "https://chat.example.com",
    "made": "2026-03-02T10:00:00Z",
    "people": 3,
    "active": 4,
    "accounts": [{**HARRY, "name": "H\u00fcber"}],
    "left_alone": [],
    "missing": [],
    "deactivated": [],
    "told": [],
}


def test_it_is_read_as_it_was_written_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    plan = sealed(PLAN)
    check_place(str(file))
    write_plan(str(file), plan)
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_plan(str(file)) == plan
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.json"]


def test_an_earlier_plan_is_replaced_and_a_link_is_not_followed(tmp_path: Path) -> None:
    file, other = tmp_path / "plan.json", tmp_path / "other.json"
    write_plan(str(other), sealed(PLAN))
    file.symlink_to(other)
    check_place(str(file))
    write_plan(str(file), sealed({**PLAN, "people": 9}))
    assert read_plan(str(other))["people"] == 3
    assert read_plan(str(file))["people"] == 9


@pytest.mark.parametrize("content", ["name;mail\n", "[]", '{"kind": "else"}', ""])
def test_another_file_is_not_lost(tmp_path: Path, content: str) -> None:
    file = tmp_path / "people.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="is there already, and no plan"):
        check_place(str(file))


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no directory that can be written to"):
        check_place(str(tmp_path / "none" / "plan.json"))
    with pytest.raises(RocketChatError, match="cannot be written") as caught:
        write_plan(str(tmp_path / "none" / "plan.json"), sealed(PLAN))
    assert caught.value.code == "file-not-written"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"people": 4}, "is not as it was written"),
        ({"accounts": []}, "is not as it was written"),
        ({"digest": "0" * 64}, "is not as it was written"),
        ({"digest": None}, "is not as it was written"),
        ({"kind": "else"}, "is no plan of this version"),
        ({"v": 2}, "is no plan of this version"),
    ],
)
def test_a_plan_that_was_changed(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    file = tmp_path / "plan.json"
    write_plan(str(file), {**sealed(PLAN), **change})
    with pytest.raises(InputError, match=words):
        read_plan(str(file))


@pytest.mark.parametrize(
    "change",
    [{"active": "4"}, {"accounts": [HARRY["username"]]}, {"accounts": [{**HARRY, "active": None}]}, {"told": None}],
)
def test_a_seal_alone_makes_no_plan(tmp_path: Path, change: dict[str, Any]) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(sealed({**PLAN, **change})), encoding="utf-8")
    file.chmod(0o600)
    with pytest.raises(InputError, match="is no plan of this version"):
        read_plan(str(file))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622])
def test_a_file_that_is_open_to_others(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "plan.json"
    write_plan(str(file), sealed(PLAN))
    file.chmod(mode)
    with pytest.raises(InputError, match="could have been written or replaced by others"):
        read_plan(str(file))


def test_a_file_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "plan.json"
    write_plan(str(file), sealed(PLAN))
    monkeypatch.setattr("os.geteuid", lambda: file.stat().st_uid + 1)
    with pytest.raises(InputError, match="could have been written or replaced by others"):
        read_plan(str(file))


@pytest.mark.parametrize("content", [b"\xff\xfe", b"{", b"[" * 100_000, b"[]"])
def test_what_is_no_plan(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(InputError, match="is no plan of this version"):
        read_plan(str(file))


def test_a_link_and_no_file(tmp_path: Path) -> None:
    write_plan(str(tmp_path / "real.json"), sealed(PLAN))
    (tmp_path / "plan.json").symlink_to(tmp_path / "real.json")
    for name in ("plan.json", "none.json"):
        with pytest.raises(InputError, match="cannot be read"):
            read_plan(str(tmp_path / name))
