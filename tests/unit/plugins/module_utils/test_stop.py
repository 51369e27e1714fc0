# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is asked to end (SIGTERM) reports what it has done, instead of dying with it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils import _session, _stop, _totp_reset

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take SIGTERM for a request to end, and forget it after the test."""
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(_stop, "_asked", threading.Event())
    _stop.listen()
    yield
    signal.signal(signal.SIGTERM, before)


def terminate(_seen: Any) -> dict[str, Any]:
    """Ask this process to end while it waits for an answer, which comes all the same."""
    os.kill(os.getpid(), signal.SIGTERM)
    return {"success": True}


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("concurrency", [1, 4])
def test_what_is_under_way_is_finished_and_the_rest_is_reported_as_not_attempted(
    workspace: Workspace, params: Callable[..., dict[str, Any]], concurrency: int
) -> None:
    names = ["alice", "bob", "carol", "dave"]
    for name in names:
        workspace.add(name)
    workspace.refuse("aliceId", terminate)
    given = params(workspace.server.url, usernames=names, concurrency=concurrency)
    task = _totp_reset.task(given, check_mode=False)
    result = _totp_reset.run(task, _session.access(given), lambda _words: None).as_dict()
    assert [user["changed"] for user in result["users"]] == [True, False, False, False]
    assert [user["error"]["code"] for user in result["users"][1:]] == ["not-attempted"] * 3
    assert result["changed"] is True
    assert result["error"]["code"] == "stopped"
    assert workspace.resets == [{"userId": "aliceId"}]


@pytest.mark.usefixtures("listening")
def test_a_run_that_is_asked_to_end_while_looking_up_resets_nobody(
    workspace: Workspace, params: Callable[..., dict[str, Any]]
) -> None:
    record = workspace.add("alice")
    workspace.server.route("/api/v1/users.info", lambda seen: {**terminate(seen), "user": record})
    given = params(workspace.server.url, usernames=["alice"])
    task = _totp_reset.task(given, check_mode=False)
    result = _totp_reset.run(task, _session.access(given), lambda _words: None).as_dict()
    assert result["error"]["code"] == "stopped"
    assert [user["error"]["code"] for user in result["users"]] == ["not-attempted"]
    assert workspace.resets == []


@pytest.mark.usefixtures("listening")
def test_a_pause_ends_when_the_run_is_asked_to_end() -> None:
    threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGTERM)).start()
    with pytest.raises(_stop.Stopped):
        _stop.pause(30)


@pytest.mark.usefixtures("listening")
def test_of_many_who_are_looked_up_nobody_is_reset_and_everybody_is_accounted_for(
    workspace: Workspace, params: Callable[..., dict[str, Any]]
) -> None:
    record = workspace.add("alice")
    workspace.server.route("/api/v1/users.info", lambda seen: {**terminate(seen), "user": record})
    given = params(workspace.server.url, usernames=["alice", "bob", "carol"])
    task = _totp_reset.task(given, check_mode=False)
    result = _totp_reset.run(task, _session.access(given), lambda _words: None).as_dict()
    assert [(user["username"], user["error"]["code"]) for user in result["users"]] == [
        ("alice", "not-attempted"),
        ("bob", "not-attempted"),
        ("carol", "not-attempted"),
    ]
    assert len(workspace.server.sent("GET", "/api/v1/users.info")) == 1
    assert workspace.resets == []
