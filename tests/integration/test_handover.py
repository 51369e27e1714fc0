# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the rooms of people who leave: handed over, left to the server, or kept; foretold and done."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.cast import crowd, default_world, id_of
from tests.emulator.testing import Emulator
from tests.integration.conftest import WITH_7_7, StartEmulator
from tests.integration.runner import Ansible, Run, changed, codes, missing, requests_of, verbs, warnings_of, writes
from tests.integration.test_neighbours_common import TO_OFFBOARD, caller, give_sessions, offboard, results_of

TO_HAND_OVER = ("set-owner", "add-user-to-any-c-room", "add-user-to-any-p-room")
TO_REMOVE = (
    "remove-user",
    "kick-user-from-any-c-room",
    "kick-user-from-any-p-room",
    "view-all-teams",
    "edit-team-member",
)
TO_SEE = (
    "manage-incoming-integrations",
    "manage-outgoing-integrations",
    "manage-own-incoming-integrations",
    "manage-own-outgoing-integrations",
    "manage-oauth-apps",
)
ALL = (*TO_OFFBOARD, *TO_HAND_OVER, *TO_REMOVE, *TO_SEE)
# What these tests are about.
KINDS = ("room", "ownership", "membership")
REFUSED = {"success": False, "error": "Not today [error-not-today]", "errorType": "error-not-today"}
PEOPLE = ("hedy", "olga", "otto", "rita", "mona", "milo", "fay", "kit", "ada", "lone", "alec")
# Who cannot take over, and a word of why.
UNFIT = {
    "nobody-here": "no account",
    "ina": "inactive",
    "ada": "list of those who leave",
    "user00001": "calling account",
    "gerd": "guest",
    "robot": "bot",
    "appy": "bot",
}
# Kinds of rooms of which the leaver is the only owner who can use them, and those that another one owns.
VACANT = (
    "channel", "group", "diary", "alone", "ghost", "tomb", "archived", "closed", "squad", "crew", "talk", "visited",
    "shared", "heir", "joined",
)  # fmt: skip
HIDDEN = ("group", "tomb", "closed", "crew", "heir", "joined", "kept-closed")


def rooms_of(owner: str, partner: str) -> list[dict[str, Any]]:
    """A room of every kind; the partner leaves as well, bob stays, ina is inactive."""

    def room(kind: str, name: str, **more: Any) -> dict[str, Any]:
        return {"name": f"{name}-{owner}", "type": kind, "owners": [owner], **more}

    return [
        room("c", "channel", members=["bob"]),
        room("p", "group", members=["bob"]),
        room("p", "diary"),
        room("c", "alone"),
        room("c", "ghost", owners=[owner, "ina"], members=["bob"]),
        room("p", "tomb", owners=[owner, "ina"]),
        room("c", "archived", archived=True, members=["bob"]),
        room("p", "closed", archived=True, members=["bob"]),
        room("c", "squad", teamMain=True, members=["bob"]),
        room("p", "crew", teamMain=True, members=["bob"]),
        # People know a discussion by its title.
        {**room("p", "talk", parent=f"channel-{owner}"), "name": f"Kq3bX9sLw2mTz{owner}", "fname": f"talk-{owner}"},
        {"name": f"visited-{owner}", "type": "p", "members": [owner]},
        room("c", "shared", owners=[owner, partner], members=["bob"]),
        room("p", "heir", members=[partner]),
        room("p", "joined", members=["hedy", "bob"]),
        # Others own these.
        room("c", "kept", owners=[owner, "bob"]),
        room("p", "kept-closed", owners=[owner, "bob"]),
        room("p", "hers", owners=[owner, "hedy"]),
        {"name": f"guest-in-{owner}", "type": "p", "owners": ["bob"], "members": [owner]},
    ]


def world() -> dict[str, Any]:
    """The usual cast, and leavers with rooms."""
    cast = default_world()
    people = [{"username": name} for name in PEOPLE]
    people += [
        {"username": "gerd", "roles": ["guest"]},
        {"username": "robot", "roles": ["bot"]},
        {"username": "appy", "type": "bot"},
        {"username": "ines", "active": False},
    ]
    rooms = rooms_of("olga", "otto")
    rooms += [
        # The server's own rule.
        {"name": "rita-open", "owners": ["rita"], "members": ["bob"]},
        {"name": "rita-diary", "type": "p", "owners": ["rita"]},
        {"name": "rita-alone", "owners": ["rita"]},
        {"name": "rita-ghost", "owners": ["rita", "ina"], "members": ["bob"]},
        {"name": "rita-archived", "archived": True, "owners": ["rita"], "members": ["bob"]},
        {"name": "rita-visited", "type": "p", "members": ["rita"]},
        {"name": "rita-kept", "owners": ["rita", "bob"]},
        # Memberships.
        {"name": "mona-open", "owners": ["bob"], "members": ["mona"]},
        {"name": "mona-closed", "type": "p", "owners": ["bob"], "members": ["mona"]},
        {"name": "mona-old", "archived": True, "owners": ["bob"], "members": ["mona"]},
        {"name": "mona-team", "teamMain": True, "owners": ["bob"], "members": ["mona"]},
        {"name": "mona-crew", "type": "p", "teamMain": True, "owners": ["bob"], "members": ["mona"]},
        {"name": "mona-project", "team": "mona-team", "owners": ["bob"], "members": ["mona"]},
        {"name": "mona-own", "owners": ["mona"], "members": ["bob"]},
        {"type": "d", "members": ["mona", "bob"]},
        {"name": "milo-open", "owners": ["milo"], "members": ["bob"]},
        {"name": "milo-diary", "type": "p", "owners": ["milo"]},
        {"name": "milo-in", "owners": ["bob"], "members": ["milo"]},
        # A hand-over that fails, one that broke off, one that may not be.
        *({"name": f"{name}-{room}", "owners": [name], "members": ["bob"]} for name in ("fay", "kit") for room in "ab"),
        {"name": "ada-closed", "type": "p", "owners": ["ada"], "members": ["bob"]},
        {"name": "ines-old", "owners": ["ines"], "members": ["bob"]},
    ]
    return {**cast, "users": [*cast["users"], *crowd(4), *people], "rooms": [*cast["rooms"], *rooms]}


def rooms_by_name(server: Emulator) -> dict[str, dict[str, Any]]:
    """Rooms by the name that people know."""
    return {room["fname"]: room for room in server.state()["rooms"] if room["type"] != "d"}


def handed(result: dict[str, Any], position: int = 0) -> dict[str, tuple[str, bool]]:
    """What a result says of rooms handed over: to whom, and whether the other owners are known."""
    return {room["name"]: (room["to"], room["other_owners_known"]) for room in step(result, "handover", position)[
        "rooms_handed_over"
    ]}  # fmt: skip


def step(result: dict[str, Any], name: str, position: int = 0) -> dict[str, Any]:
    """One step of one person."""
    (found,) = [entry for entry in result["users"][position]["steps"] if entry["step"] == name]
    return dict(found)


def things(result: dict[str, Any], where: str, position: int = 0) -> set[tuple[str, str]]:
    """Kind and name of what a result lists of rooms."""
    found = result["users"][position][where]
    return {(thing["kind"], thing["name"]) for thing in found if thing["kind"] in KINDS}


@pytest.fixture(scope="class", params=WITH_7_7)
def server(request: pytest.FixtureRequest, emulators: StartEmulator) -> Emulator:
    """A server of each dialect, with rooms."""
    return emulators(request.param, world=world())


@pytest.fixture(scope="class")
def run(server: Emulator, ansible: Ansible) -> Run:
    """First what is refused, then rehearsals and the real thing, each once more."""
    desk = caller(server, "user00001", *ALL, concurrency=1)
    strangers = caller(server, "user00002", *(p for p in ALL if p != "add-user-to-any-p-room"), concurrency=1)
    blind = caller(server, "user00003", *(p for p in ALL if p != "view-other-user-channels"), concurrency=1)
    no_kicks = caller(server, "user00004", *TO_OFFBOARD, concurrency=1)
    give_sessions(server, "fay", "olga")
    server.fault("status", {"path": "channels.addOwner", "nth": 2}, status=400, body=REFUSED)
    server.fault("close-before", {"path": "channels.removeOwner", "nth": 3})
    kit = {**desk, "username": "kit", "successor": "hedy", "ledger": "access-ledger", "retries": 0}
    both = {**desk, "usernames": ["olga", "otto"], "successor": "hedy"}
    rita = {**desk, "username": "rita", "confirm_relinquish": True}
    mona = {**desk, "username": "mona", "successor": "hedy", "memberships": "remove"}
    milo = {**desk, "username": "milo", "confirm_relinquish": True, "memberships": "remove"}
    fay = {**desk, "username": "fay", "successor": "hedy"}
    tasks = {
        **{f"unfit-{name}": offboard({**desk, "username": "ada", "successor": name}) for name in UNFIT},
        "none": offboard({**desk, "username": "ada"}),
        "strangers": offboard({**strangers, "username": "ada", "successor": "hedy"}, check=True),
        "strangers-run": offboard({**strangers, "username": "ada", "successor": "hedy"}),
        "blind": offboard({**blind, "username": "ada", "successor": "hedy"}),
        # The second channel of two is refused, once.
        "half": offboard(fay),
        "mended": offboard(fay),
        # It breaks off when the successor is an owner, and the leaver still is.
        "broken": offboard(kit),
        "finished": offboard(kit),
        "check": offboard(both, check=True, diff=True),
        "run": offboard(both, diff=True),
        "again": offboard(both),
        "rule-check": offboard(rita, check=True),
        "rule": offboard(rita),
        "out-check": offboard(mona, check=True),
        "out": offboard(mona),
        "out-again": offboard(mona),
        "judged-check": offboard(milo, check=True),
        "judged": offboard(milo),
        "judged-again": offboard(milo),
        "no-kicks": offboard({**no_kicks, "username": "lone", "memberships": "remove"}),
        "plain": offboard({**desk, "username": "alec", "successor": "hedy", "memberships": "remove"}),
        "inactive": offboard({**desk, "username": "ines", "successor": "hedy"}),
        "inactive-again": offboard({**desk, "username": "ines", "successor": "hedy"}),
    }
    server.control("rooms", {"name": "lone-in", "type": "p", "owners": ["bob"], "members": ["lone"]})
    return ansible(tasks)


class TestHandOver:
    """Against every dialect."""

    # Two leavers with a room of every kind.

    def test_every_room_that_nobody_else_could_use_is_handed_over(self, server: Emulator, run: Run) -> None:
        """The successor owns them, and of teams the team; nothing is gone, nobody inactive or leaving owns any."""
        rooms = rooms_by_name(server)
        for kind in VACANT:
            assert "hedy" in rooms[f"{kind}-olga"]["owners"], kind
            assert {"olga", "otto"} & set(rooms[f"{kind}-olga"]["owners"]) == set(), kind
        teams = {team["name"]: team["members"] for team in server.state()["teams"]}
        assert [teams[name]["hedy"] for name in ("squad-olga", "crew-olga")] == [["owner"]] * 2
        assert "owner" not in teams["squad-olga"]["olga"]
        assert [server.user(name)["active"] for name in ("olga", "otto", "hedy")] == [False, False, True]

    @pytest.mark.parametrize("kind", ["diary", "visited", "tomb"])
    def test_where_the_leaver_is_the_last_in_a_private_room_nothing_is_deleted(
        self, server: Emulator, run: Run, kind: str
    ) -> None:
        """The server would delete it, owned or only visited: the successor owns it, and no other one of that name."""
        (room,) = [room for room in server.state()["rooms"] if room["fname"] == f"{kind}-olga"]
        assert ("hedy" in room["owners"], "olga" in room["owners"], "olga" in room["members"]) == (True, False, True)
        assert handed(run.results["run"])[f"{kind}-olga"][0] == "hedy"
        assert [step(run.results[task], "status")["rooms_deleted"] for task in ("check", "run")] == [[], []]

    def test_rooms_of_others_are_left_alone(self, server: Emulator, run: Run) -> None:
        """Who owns them is as it was; where that is hidden there is one owner more."""
        rooms = rooms_by_name(server)
        assert set(rooms["kept-olga"]["owners"]) == {"olga", "bob"}
        # A run that broke off may have made it so, and no ledger tells.
        assert rooms["hers-olga"]["owners"] == ["hedy"]
        assert rooms["guest-in-olga"]["owners"] == ["bob"]
        assert set(rooms["kept-closed-olga"]["owners"]) == {"bob", "hedy"}

    def test_what_is_foretold_is_what_happens(self, run: Run) -> None:
        """The same rooms of both, the same steps, the same diff."""
        foretold, done = run.results["check"], run.results["run"]
        assert [handed(foretold, number) for number in (0, 1)] == [handed(done, number) for number in (0, 1)]
        expected = {f"{kind}-olga" for kind in (*VACANT, "kept-closed", "hers")}
        assert set(handed(done)) == expected
        assert set(handed(done, 1)) == {"shared-olga"}
        assert foretold["diff"] == done["diff"]
        assert results_of(done)[0] == {"sessions": "done", "handover": "done", "status": "done", "totp": "done"}
        assert results_of(foretold)[0] == dict.fromkeys(results_of(done)[0], "would_be_done")
        assert warnings_of(foretold) == ""

    def test_hidden_owners_are_told(self, run: Run) -> None:
        """Of which rooms it is not known whether somebody else owned them."""
        unknown = {name for name, (_to, known) in handed(run.results["run"]).items() if not known}
        assert unknown - {"archived-olga"} == {f"{kind}-olga" for kind in (*HIDDEN, "hers")}
        assert "does not see whether" in step(run.results["run"], "handover")["reason"]

    def test_check_mode_only_reads(self, server: Emulator, run: Run) -> None:
        """GET is all that is sent."""
        assert all(verbs(server, task) == {"GET"} for task in ("check", "rule-check", "out-check", "judged-check"))

    def test_sessions_end_first(self, server: Emulator, run: Run) -> None:
        """Then the rooms, then the account, then its second factor."""
        paths = [entry["path"].removeprefix("/api/v1/") for entry in writes(server, "run")]
        last = len(paths) - 1 - paths[::-1].index("users.setActiveStatus")
        assert (paths[0], paths[last + 1]) == ("users.logout", "users.resetTOTP")
        assert paths.index("channels.addOwner") < paths.index("users.setActiveStatus")

    def test_requests(self, server: Emulator, run: Run) -> None:
        """At most thirteen for one person without rooms, and six more for each room."""
        assert len(requests_of(server, "plain")) <= 13
        rooms = sum(len(handed(run.results["run"], number)) for number in (0, 1))
        # Two people, and the one private room of others that is looked into.
        assert len(requests_of(server, "run")) <= 2 * 13 + 6 * rooms + 1

    def test_again_changes_nothing(self, server: Emulator, run: Run) -> None:
        """The rooms have an owner by now."""
        (one, two) = results_of(run.results["again"])
        assert (one["status"], "handover" in one, "handover" in two) == ("nothing_to_do", False, False)
        assert {entry["path"].rpartition("/")[2] for entry in writes(server, "again")} <= {"users.logout"}

    def test_kinds_that_were_looked_at(self, run: Run) -> None:
        """With what is kept."""
        result = run.results["run"]
        assert {"rooms", "teams", "memberships"} <= set(result["users"][0]["looked_at"])
        assert ("membership", "kept-olga") in things(result, "kept")
        # A discussion by its title.
        assert ("membership", "talk-olga") in things(result, "kept")
        assert things(result, "left_behind") == set()

    def test_of_the_inactive_too(self, server: Emulator, run: Run) -> None:
        """Who left long ago owns nothing alone either; once is enough."""
        assert handed(run.results["inactive"])["ines-old"] == ("hedy", True)
        assert "hedy" in rooms_by_name(server)["ines-old"]["owners"]
        assert "handover" not in results_of(run.results["inactive-again"])[0]

    # Refusals.

    @pytest.mark.parametrize(("name", "why"), UNFIT.items())
    def test_a_successor_who_cannot_take_over(self, server: Emulator, run: Run, name: str, why: str) -> None:
        """Refused before anything is written."""
        result = run.results[f"unfit-{name}"]
        assert result["error"]["code"] == ("no-successor" if name == "nobody-here" else "unfit-successor")
        assert why in result["msg"]
        assert writes(server, f"unfit-{name}") == []

    def test_without_a_successor_it_is_refused(self, server: Emulator, run: Run) -> None:
        """Of a room that is hidden the server alone knows, and says so: the sessions are over, and no more."""
        result = run.results["none"]
        assert result["failed"]
        assert "ada-closed" in warnings_of(result)
        assert server.user("ada")["active"]

    @pytest.mark.parametrize("task", ["strangers", "strangers-run"])
    def test_a_missing_permission_is_named_with_the_rooms(self, server: Emulator, run: Run, task: str) -> None:
        """Before anything is written."""
        result = run.results[task]
        assert codes(result) == ["error-not-allowed"]
        assert missing(result["msg"], ["add-user-to-any-p-room", "ada-closed"]) == []
        assert writes(server, task) == []

    def test_who_does_not_see_rooms_hands_none_over(self, server: Emulator, run: Run) -> None:
        """The permission is named."""
        result = run.results["blind"]
        assert result["error"]["code"] == "rooms-not-visible"
        assert "view-other-user-channels" in result["msg"]
        assert writes(server, "blind") == []

    def test_half_way(self, server: Emulator, run: Run) -> None:
        """Told room by room; the sessions are over, the account and its second factor stay."""
        result = run.results["half"]
        assert results_of(result) == [
            {"sessions": "done", "handover": "failed", "status": "not_attempted", "totp": "not_attempted"}
        ]
        error = result["users"][0]["error"]
        assert error["code"] == "rooms-not-handed-over"
        assert {room["name"]: room["result"] for room in error["details"]["rooms"]} == {
            "fay-a": "done",
            "fay-b": "failed",
        }
        assert "fay-b: " in error["message"]
        assert "Not today" in error["message"]
        assert things(result, "left_behind") == {("room", "fay-b")}
        assert results_of(run.results["mended"])[0]["handover"] == "done"
        assert set(handed(run.results["mended"])) == {"fay-b"}
        assert (server.user("fay")["active"], server.user("fay")["tokens"]["total"]) == (False, 0)

    def test_a_run_that_broke_off_is_finished(self, server: Emulator, run: Run) -> None:
        """The ledger tells that it began; the leaver owns none of the rooms in the end."""
        broken, finished = run.results["broken"], run.results["finished"]
        assert results_of(broken)[0]["status"] == "not_attempted"
        assert set(handed(finished)) == {"kit-a", "kit-b"}
        rooms = rooms_by_name(server)
        assert [rooms[name]["owners"] for name in ("kit-a", "kit-b")] == [["hedy"]] * 2
        assert not server.user("kit")["active"]

    # The server's own rule.

    def test_the_rule_is_foretold(self, server: Emulator, run: Run) -> None:
        """Which rooms are deleted, which change hands, and which nobody active owns then."""
        foretold, done = run.results["rule-check"], run.results["rule"]
        told = step(done, "status")
        assert set(told["rooms_deleted"]) == {"rita-diary", "rita-visited"}
        old = server.state()["version"].startswith("6.")
        # The owners of archived rooms are told to nobody before 7.3.
        known = {"rita-open"} if old else {"rita-open", "rita-archived"}
        assert set(step(foretold, "status")["rooms_with_new_owner"]) == known
        assert set(told["rooms_with_new_owner"]) == {"rita-open", "rita-archived"}
        assert set(step(foretold, "status")["rooms_deleted"]) == set(told["rooms_deleted"])
        assert ("rita-archived" in warnings_of(foretold)) is old
        ownerless = {
            name
            for name, room in rooms_by_name(server).items()
            if name.startswith("rita-") and not [who for who in room["owners"] if server.user(who)["active"]]
        }
        assert ownerless == {"rita-alone", "rita-ghost"}
        # What is not known may be.
        perhaps = {"rita-archived"} if old else set()
        for result in (foretold, done):
            assert things(result, "left_behind") == {("room", name) for name in ownerless | perhaps}
        assert "rita-diary" not in rooms_by_name(server)

    # Memberships.

    def test_out_of_every_room(self, server: Emulator, run: Run) -> None:
        """Archived ones and teams too; direct messages stay."""
        state = server.state()
        inside = {room["fname"] or "direct" for room in state["rooms"] if "mona" in room["members"]}
        assert len(inside) == 1
        assert not any("mona" in team["members"] for team in state["teams"])
        assert rooms_by_name(server)["mona-own"]["owners"] == ["hedy"]
        foretold, done = run.results["out-check"], run.results["out"]
        names = {f"mona-{room}" for room in ("open", "closed", "old", "team", "crew", "project", "own")}
        assert set(step(done, "memberships")["memberships_ended"]) == names
        assert step(foretold, "memberships")["memberships_ended"] == step(done, "memberships")["memberships_ended"]
        assert things(done, "kept") == things(done, "left_behind") == set()

    def test_out_only_once(self, server: Emulator, run: Run) -> None:
        """Nothing is said in any room a second time."""
        assert "memberships" not in results_of(run.results["out-again"])[0]
        assert {entry["path"].rpartition("/")[2] for entry in writes(server, "out-again")} <= {"users.logout"}
        for name in ("mona-open", "mona-closed"):
            said = [row for row in server.messages(name) if row.get("t") == "ru"]
            assert len(said) == 1, name

    def test_what_the_server_judges_is_left_until_then(self, server: Emulator, run: Run) -> None:
        """A room that changes hands keeps the leaver until the next run; one that is deleted is no concern."""
        foretold, done = run.results["judged-check"], run.results["judged"]
        for result in (foretold, done):
            assert step(result, "memberships")["memberships_ended"] == ["milo-in"]
            assert things(result, "left_behind") == {("membership", "milo-open")}
        assert step(run.results["judged-again"], "memberships")["memberships_ended"] == ["milo-open"]
        assert rooms_by_name(server)["milo-open"]["owners"] == ["bob"]
        assert "milo-diary" not in rooms_by_name(server)

    def test_a_missing_permission_is_no_failure(self, run: Run) -> None:
        """What stays is told with it."""
        result = run.results["no-kicks"]
        assert (result["failed"], changed(result)) == (False, [True])
        (thing,) = [one for one in result["users"][0]["left_behind"] if one["kind"] in KINDS]
        assert (thing["kind"], thing["name"], thing["permission"]) == (
            "membership", "lone-in", "kick-user-from-any-p-room",
        )  # fmt: skip

    def test_ids_go_with_names(self, run: Run) -> None:
        """A room can be found by what is told of it."""
        rooms = step(run.results["run"], "handover")["rooms_handed_over"]
        assert all(room["room_id"] and room["to"] == "hedy" for room in rooms)
        assert run.results["run"]["users"][0]["user_id"] == id_of("olga")
