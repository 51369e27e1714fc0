# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Omnichannel, OAuth apps and LDAP of people who leave, and an empty list where nothing is left."""

from __future__ import annotations

import pytest

from tests.emulator.testing import Emulator
from tests.integration.runner import Ansible, Run, requests_of, verbs, writes
from tests.integration.test_neighbours_common import TO_OFFBOARD, TO_SEE_ALL, caller, offboard

AGENT, MAKER, PLAIN, BARRED, FROM_DIRECTORY = (f"user0000{number}" for number in range(1, 6))
ALL = [
    "ldap",
    "login_service",
    "memberships",
    "oauth_apps",
    "oauth_tokens",
    "omnichannel",
    "roles",
    "rooms",
    "teams",
    "webhooks",
]
MOST = 13


@pytest.fixture(scope="class")
def run(server: Emulator, ansible: Ansible) -> Run:
    """Each of them leaves, with Omnichannel on; the last one with LDAP on as well."""
    for name in (AGENT, BARRED):
        roles = ["user", "livechat-agent", "livechat-manager"]
        server.change_user(name, roles=roles, departments=["sales"], statusLivechat="available")
    # Whose role was taken away before: the departments stay.
    server.change_user(FROM_DIRECTORY, departments=["support"])
    server.settings({"Livechat_enabled": True})
    desk = caller(server, "user00040", *TO_OFFBOARD, *TO_SEE_ALL)
    barred = caller(server, "user00039", *TO_OFFBOARD, *(p for p in TO_SEE_ALL if p != "view-livechat-manager"))
    first = ansible(
        {
            "plain": offboard({**desk, "username": PLAIN}),
            "check": offboard({**desk, "username": AGENT}, check=True),
            "agent": offboard({**desk, "username": AGENT}),
            "again": offboard({**desk, "username": AGENT}),
            "barred": offboard({**barred, "username": BARRED}),
            "ledger": offboard({**desk, "username": MAKER, "ledger": "access-ledger"}),
        }
    )
    server.settings({"LDAP_Enable": True, "Accounts_OAuth_Google": True, "CAS_enabled": True})
    server.control("oauth-apps", {"name": "tickets", "by": FROM_DIRECTORY})
    last = ansible({"directory": offboard({**desk, "username": FROM_DIRECTORY})})
    return Run(last.rc, first.stdout, first.stderr, first.log, {**first.results, **last.results}, last.result_text)


def left(run: Run, task: str) -> list[tuple[str, str]]:
    """What a task left behind: kinds and names."""
    (entry,) = run.results[task]["users"]
    return [(thing["kind"], thing["name"]) for thing in entry["left_behind"]]


class TestRest:
    """Against both dialects."""

    def test_an_empty_list_means_that_everything_was_looked_at(self, run: Run) -> None:
        (entry,) = run.results["plain"]["users"]
        assert (entry["left_behind"], entry["kept"], entry["looked_at"]) == ([], [], ALL)

    def test_it_takes_few_requests(self, server: Emulator, run: Run) -> None:
        assert len(requests_of(server, "plain")) <= MOST
        assert len(requests_of(server, "ledger")) <= MOST + 4

    def test_an_agent_leaves_departments_too(self, server: Emulator, run: Run) -> None:
        (entry,) = run.results["agent"]["users"]
        steps = {step["step"]: step["result"] for step in entry["steps"]}
        assert (steps["omnichannel"], entry["left_behind"], entry["kept"]) == ("done", [], [])
        user = server.user(AGENT)
        assert (user["roles"], user["departments"], user["active"]) == (["user"], [], False)
        paths = [sent["path"].split("/api/v1/")[1].rsplit("/", 1)[0] for sent in writes(server, "agent")][1:3]
        assert paths == ["livechat/users/agent", "livechat/users/manager"]

    def test_departments_of_who_is_no_agent_any_more_go_as_well(self, server: Emulator, run: Run) -> None:
        steps = {step["step"]: step["result"] for step in run.results["directory"]["users"][0]["steps"]}
        assert (steps["omnichannel"], server.user(FROM_DIRECTORY)["departments"]) == ("done", [])

    def test_check_mode_foresees_it(self, server: Emulator, run: Run) -> None:
        assert verbs(server, "check") == {"GET"}
        assert run.results["check"]["users"][0]["steps"][1]["result"] == "would_be_done"

    def test_once_more_there_is_nothing_to_remove(self, server: Emulator, run: Run) -> None:
        assert [sent["path"].rpartition("/")[2] for sent in writes(server, "again")] == ["users.logout"]

    def test_what_the_caller_may_not_remove_is_left_behind(self, server: Emulator, run: Run) -> None:
        (entry,) = run.results["barred"]["users"]
        assert entry["outcome"] == "done"
        assert left(run, "barred") == [("omnichannel", "livechat-agent"), ("omnichannel", "livechat-manager")]
        assert {thing["permission"] for thing in entry["left_behind"]} == {"view-livechat-manager"}
        assert server.user(BARRED)["departments"] == ["sales"]

    def test_apps_and_the_directory_are_told(self, server: Emulator, run: Run) -> None:
        found = left(run, "directory")
        assert ("oauth_app", "tickets") in found
        assert ("ldap", "sync with the directory") in found
        assert ("login_service", "Google, CAS") in found
        # Where tokens that were given to apps outlive it.
        assert ("oauth_tokens" in dict(found)) == (run.results["directory"]["run"]["server_version"] == "6.5")
