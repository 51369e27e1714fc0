# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Methods called over REST have limits of their own, which no recording shows."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.contract.api import Api
from tests.emulator.testing import Emulator


@pytest.fixture(params=["6.5", "8.6"])
def server(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with Emulator(request.param, "--rate-limit") as emulator:
        yield emulator


def add_owner(api: Api) -> tuple[int, str]:
    """Status and code of a method that fails, for there is no such room."""
    message = json.dumps({"msg": "method", "id": "1", "method": "addRoomOwner", "params": ["nowhere", "nobody"]})
    status, body = api("POST", "method.call/addRoomOwner", message=message)
    return status, json.loads(body["message"])["error"]["error"]


def test_a_token_has_ten_calls_of_a_method(server: Emulator) -> None:
    """An administrator is not spared, and the refusal looks like any failed method."""
    status = 400 if server.state()["version"].startswith("8") else 200
    api = Api(server, "rcadmin")
    answers = [add_owner(api) for _call in range(11)]
    assert answers == [*[(status, "error-invalid-room")] * 10, (status, "too-many-requests")]
    assert add_owner(Api(server, "rcadmin"))[1] == "error-invalid-room"


def test_an_account_has_twenty_over_all_its_tokens(server: Emulator) -> None:
    answers = [add_owner(Api(server, "rcadmin"))[1] for _call in range(21)]
    assert answers == [*["error-invalid-room"] * 20, "too-many-requests"]


def test_the_window_passes(server: Emulator) -> None:
    api = Api(server, "rcadmin")
    assert [add_owner(api)[1] for _call in range(11)][-1] == "too-many-requests"
    server.control("clock", {"offset_seconds": 11})
    assert add_owner(api)[1] == "error-invalid-room"
