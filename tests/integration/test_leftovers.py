# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is still there of people who left, against servers that have some of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.testing import Emulator
from tests.integration.runner import Ansible, Run, requests_of, verbs
from tests.integration.test_neighbours_common import TO_CLOSE_WEBHOOKS, caller, leftovers
from tests.integration.test_offboard_integrations import SECRETS, hook, outgoing

LENA, MAX = "user00001", "user00002"


@pytest.fixture(scope="class")
def run(server: Emulator, ansible: Ansible) -> Run:
    """A look at everybody, at one person, and at one without permission to see much."""
    server.control("rooms", {"name": "work", "owners": ["bob"], "members": [LENA, MAX]})
    hook(server, "lena in", LENA)
    outgoing(server, "lena out", LENA)
    hook(server, "lena off", LENA, enabled=False)
    hook(server, "max in", MAX)
    for name in (LENA, MAX):
        server.change_user(name, active=False, roles=["user", "bot"])
    desk = caller(server, "user00040", "view-full-other-user-info", "view-d-room", *TO_CLOSE_WEBHOOKS)
    weak = caller(server, "user00039", "view-d-room")
    return ansible(
        {
            "all": leftovers(desk),
            "check": leftovers(desk, check=True),
            "one": leftovers({**desk, "usernames": [LENA, "nobody"]}),
            "weak": leftovers({**weak, "username": MAX}),
        },
        "-vvv",
    )


def webhooks(result: dict[str, Any]) -> dict[str, list[str]]:
    """The webhooks of each person in a result, without what follows in brackets."""
    return {
        user["username"]: [thing["name"].split(" (")[0] for thing in user["left_behind"] if thing["kind"] == "webhook"]
        for user in result["users"]
        if any(thing["kind"] == "webhook" for thing in user["left_behind"])
    }


class TestLeftovers:
    """Against both dialects."""

    def test_all_who_are_inactive_are_looked_at(self, run: Run) -> None:
        result = run.results["all"]
        assert webhooks(result) == {LENA: ["lena in", "lena out"], MAX: ["max in"]}
        assert {user["active"] for user in result["users"]} == {False}
        assert result["summary"]["kinds"]["webhook"] == 3
        assert (result["failed"], result["changed"]) == (False, False)

    def test_what_is_kept_is_told_apart(self, run: Run) -> None:
        (lena,) = [user for user in run.results["all"]["users"] if user["username"] == LENA]
        assert [thing["name"] for thing in lena["kept"]] == ["bot"]

    def test_who_is_named_is_looked_at_alone(self, run: Run) -> None:
        assert webhooks(run.results["one"]) == {LENA: ["lena in", "lena out"]}
        assert [entry["username"] for entry in run.results["one"]["missing"]] == ["nobody"]

    def test_it_only_reads_and_everything_once(self, server: Emulator, run: Run) -> None:
        for task in ("all", "check", "one"):
            assert verbs(server, task) == {"GET"}
        paths = [entry["path"] for entry in requests_of(server, "all")]
        assert len(paths) == len(set(paths))
        assert run.results["all"]["users"] == run.results["check"]["users"]

    def test_what_is_not_seen_is_told_with_the_permission(self, run: Run) -> None:
        (user,) = run.results["weak"]["users"]
        assert user["looked_at"] == ["ldap", "login_service"]
        assert {thing["kind"]: thing["permission"] for thing in user["left_behind"]} == {
            "webhooks": "manage-incoming-integrations",
            "omnichannel": "view-full-other-user-info",
            "oauth_apps": "manage-oauth-apps",
            "roles": "view-full-other-user-info",
            "rooms": "view-other-user-channels",
            "teams": "view-other-user-channels",
            "memberships": "view-other-user-channels",
        }

    def test_nothing_that_is_secret_is_shown(self, run: Run) -> None:
        assert [secret for secret in SECRETS if secret in run.everything] == []
