# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks of people who leave are closed, and roles taken away, judged by what the server has and does afterwards."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.emulator.cast import id_of
from tests.emulator.testing import Emulator
from tests.integration.conftest import WITH_7_7, StartEmulator
from tests.integration.runner import Ansible, Run, changed, codes, requests_of, verbs, writes
from tests.integration.test_neighbours_common import (
    TO_CLOSE_WEBHOOKS,
    TO_OFFBOARD,
    caller,
    mails_to,
    offboard,
)

LENA, MAX, NORA, OTTO, PIA, BEN = (f"user0000{number}" for number in range(1, 7))
# What no output may hold.
SECRETS = ("hook-token-Kq7Zt4", "outgoing-word-Lw3", "console.log('scr1pt')", "https://hook.example.test/s3cret")
ALL_OFF = {"sessions": "done", "integrations": "done", "status": "done", "totp": "done"}


def hook(server: Emulator, name: str, owner: str, **more: Any) -> None:
    """Put an incoming webhook of somebody into the workspace, with all that an update could lose."""
    token, _word, script, _url = SECRETS
    more = {"alias": "Builder", "emoji": ":robot:", "script": script, "scriptEnabled": True, "token": token, **more}
    server.control("integrations", {"name": name, "username": owner, "channel": "#work", **more})


def outgoing(server: Emulator, name: str, owner: str, **more: Any) -> None:
    """Put an outgoing one there."""
    _token, word, script, url = SECRETS
    kept = {"urls": [url], "triggerWords": ["alarm"], "retryFailedCalls": True, "retryCount": 4, "script": script}
    body = {"type": "webhook-outgoing", "name": name, "username": owner, "channel": "#work", "token": word}
    server.control("integrations", {**body, **kept, **more})


def prepare(server: Emulator) -> None:
    """A channel, and people with webhooks in it."""
    server.control("rooms", {"name": "work", "owners": ["bob"], "members": [LENA, MAX, NORA, OTTO, PIA]})
    for name in (LENA, MAX, NORA, OTTO, PIA):
        server.change_user(name, roles=["user", "bot"])
    hook(server, "lena in", LENA)
    outgoing(server, "lena out", LENA)
    hook(server, "by lena", "bob", by=LENA)
    hook(server, "bobs", "bob")
    server.change_user("bob", roles=["user", "bot"])
    hook(server, "max in", MAX)
    outgoing(server, "nora out", NORA)
    hook(server, "otto in", OTTO, channel="#room-that-is-gone")
    outgoing(server, "otto out", OTTO)
    hook(server, "pia in", PIA)


def alive(server: Emulator, name: str) -> bool:
    """Whether the server takes a message from an incoming webhook."""
    found = server.integrations().get(name)
    if found is None:
        return False
    answer = requests.post(f"{server.url}/hooks/{found['_id']}/{found['token']}", json={"text": "hello"}, timeout=30)
    return answer.status_code == 200


@pytest.fixture(scope="class", params=WITH_7_7)
def server(request: pytest.FixtureRequest, emulators: StartEmulator) -> Emulator:
    """A server of each version."""
    return emulators(request.param)


@pytest.fixture(scope="class")
def before(server: Emulator) -> dict[str, dict[str, Any]]:
    """The webhooks before anybody left."""
    prepare(server)
    return server.integrations()


@pytest.fixture(scope="class")
def run(server: Emulator, before: dict[str, Any], ansible: Ansible) -> Run:
    """Somebody with three webhooks, rehearsed, done and done again; and what else may become of them."""
    desk = caller(server, "user00040", *TO_OFFBOARD, *TO_CLOSE_WEBHOOKS, concurrency=1)
    assert alive(server, "lena in")
    two = {**desk, "username": LENA}
    kept = tuple(permission for permission in TO_CLOSE_WEBHOOKS if permission != "manage-own-outgoing-integrations")
    weak = caller(server, "user00039", *TO_OFFBOARD, *kept)
    roles = caller(
        server, "user00038", *TO_OFFBOARD, *TO_CLOSE_WEBHOOKS, "edit-other-user-info", "assign-roles", roles="remove"
    )
    return ansible(
        {
            "check": offboard(two, check=True, diff=True),
            "run": offboard(two, diff=True),
            "again": offboard(two, diff=True),
            "remove": offboard({**desk, "username": MAX, "integrations": "remove"}),
            "weak": offboard({**weak, "username": NORA}),
            "report": offboard({**desk, "username": NORA, "integrations": "report"}),
            "broken": offboard({**desk, "username": OTTO}),
            "mended": offboard({**desk, "username": OTTO, "integrations": "remove"}),
            "roles": offboard({**roles, "username": PIA}),
            "roles again": offboard({**roles, "username": PIA}),
            "plain": offboard({**desk, "username": BEN}),
        },
        "-vvv",
    )


def steps(run: Run, task: str) -> dict[str, str]:
    """What became of each step of the one person of a task."""
    (entry,) = run.results[task]["users"]
    return {step["step"]: step["result"] for step in entry["steps"]}


def left(run: Run, task: str, kind: str = "webhook") -> list[str]:
    """The names of what a task left behind of a kind, without what follows in brackets."""
    (entry,) = run.results[task]["users"]
    return [thing["name"].split(" (")[0] for thing in entry["left_behind"] if thing["kind"] == kind]


class TestWebhooks:
    """Against all three versions."""

    def test_those_that_somebody_made_or_that_post_as_somebody_are_off(self, server: Emulator, run: Run) -> None:
        assert steps(run, "run") == ALL_OFF
        assert [alive(server, name) for name in ("lena in", "by lena", "bobs")] == [False, False, True]
        assert [name for name, one in server.integrations().items() if one["enabled"] and "lena" in name] == []
        assert left(run, "run") == []
        assert "webhooks" in run.results["run"]["users"][0]["looked_at"]

    def test_all_else_of_them_is_as_it_was(self, before: dict[str, Any], server: Emulator, run: Run) -> None:
        now = server.integrations()
        for name in ("lena in", "lena out", "by lena"):
            lost = {
                key
                for key, value in before[name].items()
                if value not in (None, "", []) and now[name].get(key) != value and not key.startswith("_updated")
            }
            assert lost == {"enabled"}, name

    def test_they_are_closed_before_the_account_is(self, server: Emulator, run: Run) -> None:
        paths = [entry["path"].rpartition("/")[2] for entry in writes(server, "run")]
        assert paths == ["users.logout", *["integrations.update"] * 3, "users.setActiveStatus", "users.resetTOTP"]

    def test_each_takes_two_requests(self, server: Emulator, run: Run) -> None:
        assert len(requests_of(server, "plain")) <= 13
        # Where there is something to close the sessions end before, and not with the deactivation: one more.
        assert len(requests_of(server, "run")) <= len(requests_of(server, "plain")) + 2 * 3 + 1

    def test_check_mode_foresees_it_by_reading_alone(self, server: Emulator, run: Run) -> None:
        assert verbs(server, "check") == {"GET"}
        assert steps(run, "check") == dict.fromkeys(ALL_OFF, "would_be_done")
        assert run.results["check"]["diff"] == run.results["run"]["diff"]
        assert left(run, "check") == []

    def test_once_more_changes_nothing_of_them_and_mails_nobody(self, server: Emulator, run: Run) -> None:
        assert [entry["path"].rpartition("/")[2] for entry in writes(server, "again")] == ["users.logout"]
        assert "integrations" not in steps(run, "again")
        assert mails_to(server, LENA, "deactivated") == 1

    def test_one_is_removed_where_the_task_says_so(self, server: Emulator, run: Run) -> None:
        assert steps(run, "remove") == ALL_OFF
        assert "max in" not in server.integrations()

    def test_one_that_the_caller_may_not_change_is_left_behind_and_nothing_fails(
        self, server: Emulator, run: Run
    ) -> None:
        (entry,) = run.results["weak"]["users"]
        assert (entry["outcome"], left(run, "weak")) == ("done", ["nora out"])
        assert entry["left_behind"][0]["permission"] == "manage-own-outgoing-integrations"
        assert server.user(NORA)["active"] is False
        assert server.integrations()["nora out"]["enabled"] is True

    def test_a_report_leaves_them(self, run: Run) -> None:
        assert left(run, "report") == ["nora out"]
        assert steps(run, "report")["integrations"] == "nothing_to_do"

    def test_one_whose_room_is_gone_fails_and_all_else_is_done(self, server: Emulator, run: Run) -> None:
        result = run.results["broken"]
        assert codes(result) == ["integration-not-closed"]
        assert steps(run, "broken") == {**ALL_OFF, "integrations": "failed"}
        assert "Invalid room" in result["msg"]
        assert (left(run, "broken"), changed(result)) == (["otto in"], [True])
        assert server.user(OTTO)["active"] is False

    def test_what_is_left_then_is_removed_by_another_run(self, server: Emulator, run: Run) -> None:
        assert run.results["mended"]["failed"] is False
        assert left(run, "mended") == []
        assert "otto in" not in server.integrations()

    def test_roles_go_after_webhooks_and_stand_in_the_result(self, server: Emulator, run: Run) -> None:
        assert steps(run, "roles") == {**ALL_OFF, "roles": "done"}
        assert (alive(server, "pia in"), server.user(PIA)["roles"]) == (False, ["user"])
        (step,) = [one for one in run.results["roles"]["users"][0]["steps"] if one["step"] == "roles"]
        assert step["reason"] == "taken away: bot"
        assert "roles" not in steps(run, "roles again")
        assert [thing["name"] for thing in run.results["run"]["users"][0]["kept"] if thing["kind"] == "role"] == ["bot"]

    def test_nothing_of_them_that_is_secret_is_shown(self, run: Run) -> None:
        assert [secret for secret in SECRETS if secret in run.everything] == []


def test_the_last_administrator_keeps_the_role(modern: Emulator, ansible: Ansible) -> None:
    """Also one who cannot sign in, where the server itself would take it."""
    for name in ("dave", "gina"):
        modern.change_user(name, roles=["user"])
    # The workspace's own account is the last one that is active.
    permissions = ("edit-other-user-info", "assign-roles", *TO_OFFBOARD)
    desk = caller(modern, "user00040", *permissions, protected_roles=[], roles="remove")
    modern.change_user("rcadmin", active=False)
    run = ansible({"last": offboard({**desk, "username": "rcadmin"})})
    assert codes(run.results["last"]) == ["last-admin"]
    assert writes(modern, "last") == []
    assert "admin" in modern.user("rcadmin")["roles"]
    assert id_of("rcadmin") in run.results["last"]["users"][0]["user_id"]
