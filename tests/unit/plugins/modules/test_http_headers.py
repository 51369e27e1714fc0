# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Headers for a gateway, from where they are given to the server, and into no result."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace

Run = Callable[..., dict[str, Any]]
SECRET = "gate-key-4Tz"
VARIABLE = "ROCKETCHAT_HTTP_HEADERS"
HEADERS = {"X-Gate": SECRET}


@pytest.fixture
def ask(workspace: Workspace, run_module: Run) -> Run:
    """Return a function that looks somebody up, and lets no value of a header into the result."""
    workspace.add("alice")

    def run(**arguments: Any) -> dict[str, Any]:
        result = run_module("rocketchat_user_info", username="alice", **arguments)
        assert SECRET not in json.dumps(result)
        return result

    return run


@pytest.mark.parametrize("given", [HEADERS, json.dumps(HEADERS)], ids=["a mapping", "a mapping that became text"])
def test_of_the_task_go_with_each_request(workspace: Workspace, ask: Run, given: Any) -> None:
    result = ask(http_headers=given)
    assert len(result["users"]) == 1
    assert {seen.headers.get("x-gate") for seen in workspace.server.requests} == {SECRET}


def test_of_the_environment_go_with_each_request(
    workspace: Workspace, ask: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, json.dumps(HEADERS))
    assert len(ask()["users"]) == 1
    assert {seen.headers.get("x-gate") for seen in workspace.server.requests} == {SECRET}


def test_of_the_task_go_before_those_of_the_environment(
    workspace: Workspace, ask: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, json.dumps({"X-Other": "other"}))
    ask(http_headers=HEADERS)
    assert {seen.headers.get("x-other") for seen in workspace.server.requests} == {None}


@pytest.mark.parametrize("text", [SECRET, f"X-Gate={SECRET}", f'["{SECRET}"]', f'{{"X-Gate": "{SECRET}"', "5"])
def test_a_variable_that_is_no_json_object_is_refused(
    workspace: Workspace, ask: Run, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv(VARIABLE, text)
    result = ask()
    assert result["error"]["code"] == "invalid-input"
    assert "the text of a JSON object" in result["msg"]
    assert workspace.server.requests == []


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (HEADERS, {"timeout": "x"}),
        (HEADERS, {"concurrency": 99}),
        (HEADERS, {"api_url": ""}),
        (json.dumps(HEADERS), {"concurrency": 99}),
        (json.dumps(HEADERS), {"api_url": ""}),
    ],
)
def test_are_hidden_too_where_something_else_is_wrong(ask: Run, given: Any, wrong: dict[str, Any]) -> None:
    assert ask(http_headers=given, **wrong)["failed"]


@pytest.mark.parametrize("wrong", [{"timeout": "x"}, {"concurrency": 99}, {"api_url": ""}])
def test_of_the_environment_are_hidden_as_well(
    ask: Run, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]
) -> None:
    monkeypatch.setenv(VARIABLE, json.dumps(HEADERS))
    assert ask(**wrong)["failed"]
