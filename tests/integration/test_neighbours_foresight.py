# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What check mode of a deactivation foresees, and what the same task does afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.cast import crowd, default_world
from tests.emulator.testing import Emulator
from tests.integration.conftest import WITH_7_7
from tests.integration.runner import Ansible, Run, changed, codes, missing, verbs, warnings_of
from tests.integration.test_neighbours_common import bodies, caller, status

StartEmulator = Callable[..., Emulator]

MAY = "edit-other-user-active-status"
SEES = ("view-full-other-user-info", "view-other-user-channels", "view-room-administration")
# Each task of these is a rehearsal and, under the same name with a suffix, the real thing.
PAIRS = ("owner", "consent", "nobody", "heir-first", "heir-last")
REHEARSALS = (*PAIRS, "hidden", "dead", "uncounted", "unseen")


def world() -> dict[str, Any]:
    """The usual cast, and people who share rooms in every way that matters."""
    cast = default_world()
    names = ("olga", "otto", "nina", "pete", "sven", "xaver", "yara", "xenia", "yoko")
    rooms = [
        *(
            room
            for name in ("olga", "otto")
            for room in (
                {"name": f"diary-of-{name}", "type": "p", "owners": [name]},
                {"name": f"team-of-{name}", "owners": [name], "members": ["bob"]},
                {"name": f"shared-by-{name}", "owners": [name, "carol"]},
            )
        ),
        {"name": "alone-in-it", "type": "p", "members": ["otto"]},
        {"name": "pair-of-pete", "type": "p", "owners": ["pete"], "members": ["bob"]},
        {"name": "tomb-of-sven", "type": "p", "owners": ["sven"], "members": ["ina"]},
        # As recorded: the heir leaves too.
        *(
            room
            for owner, heir in (("xaver", "yara"), ("xenia", "yoko"))
            for room in (
                {"name": f"{owner}-two", "type": "p", "owners": [owner], "members": [heir]},
                {"name": f"{owner}-open", "owners": [owner], "members": [heir]},
            )
        ),
    ]
    people = [{"username": name} for name in names]
    return {**cast, "users": [*cast["users"], *crowd(3), *people], "rooms": [*cast["rooms"], *rooms]}


@pytest.fixture(scope="class", params=WITH_7_7)
def server(request: pytest.FixtureRequest, emulators: StartEmulator) -> Emulator:
    """A server of each dialect, with rooms."""
    return emulators(request.param, world=world())


@pytest.fixture(scope="class")
def run(server: Emulator, ansible: Ansible) -> Run:
    """First every rehearsal, then what can be done for real."""
    off = {"state": "inactive", "on_error": "continue", "concurrency": 1}
    desk = {**caller(server, "user00001", MAY, *SEES), **off}
    uncounted = {**caller(server, "user00002", MAY, *SEES[:2]), **off}
    unseen = {**caller(server, "user00003", MAY), **off}
    given = {
        "owner": {**desk, "username": "olga"},
        "consent": {**desk, "username": "otto", "confirm_relinquish": True},
        "nobody": {**desk, "usernames": ["nina", "nobody"]},
        # Two who leave together share rooms: whether the second inherits them depends on who goes first.
        "heir-first": {**desk, "usernames": ["yara", "xaver"], "confirm_relinquish": True},
        "heir-last": {**desk, "usernames": ["xenia", "yoko"], "confirm_relinquish": True},
        "hidden": {**desk, "username": "pete"},
        "dead": {**desk, "username": "sven"},
        "uncounted": {**uncounted, "username": "olga", "confirm_relinquish": True},
        "unseen": {**unseen, "username": "olga"},
    }
    rehearsals = {name: status(given[name], check=True) for name in REHEARSALS}
    return ansible({**rehearsals, **{f"{name}-done": status(given[name]) for name in PAIRS}})


def rooms(result: dict[str, Any]) -> list[tuple[Any, Any]]:
    """What an entry each says of rooms; their order is the server's."""
    found = [(entry["rooms_deleted"], entry["rooms_with_new_owner"]) for entry in result["users"]]
    return [tuple(names and sorted(names) for names in pair) for pair in found]  # type: ignore[misc]


class TestForesight:
    """Against every dialect."""

    @pytest.mark.parametrize("task", PAIRS)
    def test_what_is_foretold_is_what_happens(self, run: Run, task: str) -> None:
        """Who is changed, what fails, and which rooms go."""
        foretold, done = run.results[task], run.results[f"{task}-done"]
        assert changed(foretold) == changed(done)
        assert codes(foretold) == codes(done)
        assert rooms(foretold) == rooms(done)
        assert (foretold["failed"], foretold["changed"]) == (done["failed"], done["changed"])

    @pytest.mark.parametrize("task", PAIRS)
    def test_what_is_known_needs_no_warning(self, run: Run, task: str) -> None:
        """Nothing is said to be unknown."""
        assert warnings_of(run.results[task]) == ""

    def test_something_happened(self, run: Run) -> None:
        """Otherwise the comparison would show nothing."""
        assert rooms(run.results["consent-done"]) == [(["alone-in-it", "diary-of-otto"], ["team-of-otto"])]
        assert rooms(run.results["heir-first-done"]) == [([], []), (["xaver-two"], [])]
        assert rooms(run.results["heir-last-done"]) == [([], ["xenia-open", "xenia-two"]), ([], [])]

    @pytest.mark.parametrize("task", ["owner", "owner-done"])
    def test_a_refusal_names_the_rooms(self, run: Run, task: str) -> None:
        """The same before as afterwards, for people and for programs."""
        result = run.results[task]
        assert codes(result) == ["user-last-owner"]
        details = result["error"]["details"]
        assert (details["rooms_deleted"], details["rooms_with_new_owner"]) == (["diary-of-olga"], ["team-of-olga"])
        assert missing(result["msg"], ["deleted with all their messages: diary-of-olga", "team-of-olga"]) == []
        assert "shared-by-olga" not in result["msg"]

    @pytest.mark.parametrize("task", REHEARSALS)
    def test_nothing_but_get_is_sent(self, server: Emulator, run: Run, task: str) -> None:
        """Nobody is written to."""
        assert verbs(server, task) == {"GET"}

    def test_nobody_was_changed_by_a_rehearsal(self, server: Emulator, run: Run) -> None:
        """Those who were only rehearsed are active, and own what they owned."""
        assert all(server.user(name)["active"] for name in ("olga", "pete", "sven"))
        owners = {room["name"]: room["owners"] for room in server.state()["rooms"]}
        assert owners["diary-of-olga"] == owners["team-of-olga"] == ["olga"]
        assert (owners["pair-of-pete"], owners["tomb-of-sven"]) == (["pete"], ["sven"])

    # What the calling account does not see.

    @pytest.mark.parametrize(("task", "room"), [("hidden", "pair-of-pete"), ("dead", "tomb-of-sven")])
    def test_a_room_that_is_hidden_is_named(self, run: Run, task: str, room: str) -> None:
        """How many are in it is shown, who owns it is not: nothing is claimed."""
        result = run.results[task]
        assert (changed(result), rooms(result)) == ([True], [(None, None)])
        assert room in warnings_of(result)

    def test_a_reason_is_told(self, server: Emulator, run: Run) -> None:
        """From 7.8 on the server tells how many of them are active."""
        new = server.state()["version"].startswith("8.")
        reasons = ("it gets another owner, unless", "it is deleted, unless") if new else ("who of them is active",) * 2
        for task, reason in zip(("hidden", "dead"), reasons, strict=True):
            assert reason in warnings_of(run.results[task])

    def test_without_the_permission_to_count(self, run: Run) -> None:
        """What is shown of public rooms is known all the same."""
        result = run.results["uncounted"]
        assert (changed(result), rooms(result)) == ([True], [(None, ["team-of-olga"])])
        wanted = ["diary-of-olga", "view-room-administration"]
        assert missing(warnings_of(result), wanted) == []

    def test_without_the_permission_to_see_rooms(self, run: Run) -> None:
        """Null stands for what is not known, and the permission is named."""
        result = run.results["unseen"]
        assert (result["failed"], changed(result), rooms(result)) == (False, [True], [(None, None)])
        assert missing(warnings_of(result), ["which rooms of olga", "view-other-user-channels"]) == []


class TestLastAdministrator:
    """Next to a single active administrator the server deactivates nobody who has the role."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, server: Emulator, ansible: Ansible) -> Run:
        """All three administrators at once; then the one that is left, and a former one."""
        off = {"state": "inactive", "on_error": "continue", "concurrency": 1}
        desk = {**caller(server, "user00001", MAY, *SEES), **off}
        blind = {**caller(server, "user00002", MAY, "view-other-user-channels"), **off}
        everybody = {**desk, "usernames": ["gina", "bob", "dave", "rcadmin"]}
        last = {**desk, "username": "rcadmin"}
        return ansible(
            {
                "all-check": status(everybody, check=True),
                "blind-check": status({**blind, "username": "gina"}, check=True),
                "all": status(everybody),
                "last-check": status(last, check=True),
                "blind-last-check": status({**blind, "username": "rcadmin"}, check=True),
                "last": status(last),
            }
        )

    @pytest.mark.parametrize("task", ["all-check", "all"])
    def test_of_all_the_last_one_is_refused(self, run: Run, task: str) -> None:
        """Those before go, and so does somebody who is none."""
        result = run.results[task]
        assert codes(result) == [None, None, None, "last-admin"]
        assert changed(result) == [True, True, True, False]

    @pytest.mark.parametrize("task", ["last-check", "last"])
    def test_a_sentence_of_its_own(self, run: Run, task: str) -> None:
        """It is no missing permission, although the server's code says so."""
        result = run.results[task]
        assert (codes(result), changed(result)) == (["last-admin"], [False])
        wanted = ["only one active administrator", "Make somebody else an administrator first"]
        assert missing(result["msg"], wanted) == []
        assert "edit-other-user-active-status" not in result["msg"]

    def test_the_servers_words_are_kept(self, run: Run) -> None:
        """Where it was asked."""
        assert "Leaving the app without an active admin" in run.results["last"]["msg"]

    def test_who_does_not_see_roles(self, server: Emulator, run: Run) -> None:
        """Before 6.8 only whole profiles show them; from then on a list does, to everybody."""
        old = server.state()["version"].startswith("6.5")
        assert ("view-full-other-user-info" in warnings_of(run.results["blind-check"])) is old
        assert codes(run.results["blind-last-check"]) == ([None] if old else ["last-admin"])

    @pytest.mark.parametrize("task", ["all-check", "blind-check", "last-check", "blind-last-check"])
    def test_nothing_but_get_is_sent(self, server: Emulator, run: Run, task: str) -> None:
        """Nobody is written to."""
        assert verbs(server, task) == {"GET"}

    def test_somebody_is_left(self, server: Emulator, run: Run) -> None:
        """One administrator is active, the others are not."""
        active = {name: server.user(name)["active"] for name in ("gina", "dave", "bob", "rcadmin")}
        assert active == {"gina": False, "dave": False, "bob": False, "rcadmin": True}
        assert [path for path, _body in bodies(server, "last")] == ["users.setActiveStatus"]
