# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rocketchat_user_info finds out about users."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.cast import id_of
from tests.emulator.testing import Emulator
from tests.integration.conftest import DIALECTS
from tests.integration.runner import Ansible, Run, bypassing, missing, names, requests_of, verbs, with_token
from tests.integration.test_neighbours_common import caller, user_info

StartEmulator = Callable[..., Emulator]

OWN = "user00001"
# Several pages: a server gives out 100 at a time, however many are asked for.
CROWD = 520
FLOOR_ID = "679398c4f7ca7be1b5fcf5b7"
SEEN_BY_FEW = ("roles", "emails", "last_login", "never_logged_in", "created_at", "require_password_change")


@pytest.fixture(scope="class", params=DIALECTS)
def server(request: pytest.FixtureRequest, emulators: StartEmulator) -> Emulator:
    """A server of each dialect, with many users."""
    return emulators(request.param, "--users", str(CROWD))


@pytest.fixture(scope="class")
def run(server: Emulator, ansible: Ansible) -> Run:
    """By name, by id, all, and by callers who see little."""
    # Fields that are not defined are shown to nobody.
    server.settings({"Accounts_CustomFields": '{"team": {"type": "text"}}'})
    server.change_user("alice", customFields={"team": "blue"}, requirePasswordChange=True)
    own = caller(server, OWN, "view-full-other-user-info", bypass=False)
    blind = with_token(server, "harry")
    server.change_user("user00002", roles=["nobody-special"])
    server.roles({FLOOR_ID: "floor-walkers"})
    server.change_user("user00003", roles=["user", FLOOR_ID])
    narrow = with_token(server, "user00002")
    given = bypassing(server)
    return ansible(
        {
            "named": user_info(
                {**given, "usernames": ["bob", "nobody", "alice"], "user_ids": [id_of("ned"), "noSuchId", id_of("bob")]}
            ),
            "name-as-id": user_info({**given, "user_id": "alice"}),
            "filtered": user_info(
                {**given, "usernames": ["ina", "alice", "rcadmin"], "active": True, "roles": ["user"]}
            ),
            "own": user_info({**own, "usernames": [OWN, "alice"]}),
            "own-without": user_info({**blind, "username": "harry"}),
            "blind": user_info({**blind, "username": "alice"}),
            "all": user_info({**own, "all": True}),
            "inactive": user_info({**given, "all": True, "active": False}),
            "admins": user_info(
                {**given, "all": True, "roles": ["admin", "bot"], "type": "user", "active": True}, check=True
            ),
            "bots": user_info({**given, "all": True, "type": "bot"}),
            "blind-all": user_info({**blind, "all": True}),
            "may-not-list": user_info({**narrow, "all": True}),
            "own-role": user_info({**given, "all": True, "roles": ["floor-walkers"]}),
            "own-role-by-id": user_info({**given, "all": True, "roles": [FLOOR_ID, "bot"]}),
            "own-role-named": user_info({**given, "username": "user00003"}),
            "no-such-role": user_info({**given, "all": True, "roles": ["admin", "flor-walkers"]}),
        },
    )


class TestUserInfo:
    """Against both dialects; first users that are named."""

    def test_in_the_order_given(self, run: Run) -> None:
        """Names first, then ids; who is named twice is there once."""
        assert names(run.results["named"]) == ["bob", "alice", "ned"]

    def test_entry(self, run: Run) -> None:
        """All that a caller who may see it gets to see."""
        entry = run.results["named"]["users"][1]
        assert entry == {
            "username": "alice",
            "user_id": id_of("alice"),
            "name": "Alice",
            "active": True,
            "type": "user",
            "federated": False,
            "roles": ["user"],
            "emails": [{"address": "alice@example.test", "verified": True}],
            "last_login": "2025-06-02T07:30:00.000Z",
            "never_logged_in": False,
            "created_at": "2024-01-15T09:00:00.000Z",
            "require_password_change": True,
            "custom_fields": {"team": "blue"},
            "totp_enabled": None,
        }

    def test_never_logged_in(self, run: Run) -> None:
        """Known of those whom the caller sees in full."""
        entry = run.results["named"]["users"][2]
        assert (entry["username"], entry["last_login"], entry["never_logged_in"]) == ("ned", None, True)

    def test_missing(self, run: Run) -> None:
        """Who does not exist is listed apart, as named, and fails nothing."""
        result = run.results["named"]
        told = [{key: value for key, value in entry.items() if key != "message"} for entry in result["missing"]]
        assert (result["failed"], told) == (False, [{"username": "nobody"}, {"user_id": "noSuchId"}])

    def test_missing_says_why(self, run: Run) -> None:
        """Each with a sentence."""
        sentences = "\n".join(entry["message"] for entry in run.results["named"]["missing"])
        assert missing(sentences, ["no account with the username 'nobody'", "no account with the user_id"]) == []

    def test_name_given_as_id(self, run: Run) -> None:
        """The server finds either by either; the answer is not taken for what was asked."""
        result = run.results["name-as-id"]
        assert (result["users"], [entry["user_id"] for entry in result["missing"]]) == ([], ["alice"])

    def test_filters_apply(self, run: Run) -> None:
        """An inactive user and one in another role are left out."""
        result = run.results["filtered"]
        assert (names(result), result["missing"]) == (["alice"], [])

    # Of itself the server tells an account everything, secrets included.

    def test_totp_of_the_caller(self, run: Run) -> None:
        """Known of the calling account alone, though alice has TOTP as well."""
        assert [entry["totp_enabled"] for entry in run.results["own"]["users"]] == [True, None]

    def test_caller_without_totp(self, run: Run) -> None:
        """False is known too."""
        assert [entry["totp_enabled"] for entry in run.results["own-without"]["users"]] == [False]

    def test_totp_in_the_list(self, run: Run) -> None:
        """The same holds when all users are listed."""
        known = {entry["username"]: entry["totp_enabled"] for entry in run.results["all"]["users"]}
        assert {name: totp for name, totp in known.items() if totp is not None} == {OWN: True}

    @pytest.mark.parametrize("word", ["services", "secret", "hashedToken", "hashedBackup", "email2fa", "bcrypt"])
    def test_no_secret(self, server: Emulator, run: Run, word: str) -> None:
        """Nothing of that object is in the result or the log."""
        results = [{**result, "invocation": None} for result in run.results.values()]
        assert word not in str(results)

    def test_seed(self, server: Emulator, run: Run) -> None:
        """Least of all the seed."""
        assert server.control(f"users/{OWN}/totp")["secret"] not in run.everything

    # Roles that the workspace made for itself have ids which are no names.

    @pytest.mark.parametrize(
        ("task", "who"), [("own-role", ["user00003"]), ("own-role-by-id", ["rocket.cat", "user00003"])]
    )
    def test_role_by_name_or_id(self, run: Run, task: str, who: list[str]) -> None:
        """Whoever asks for a role means the one that the administration shows; an id is fine too."""
        assert names(run.results[task]) == who

    @pytest.mark.parametrize("task", ["own-role", "own-role-named"])
    def test_roles_are_shown_by_name(self, run: Run, task: str) -> None:
        """The id tells nobody anything."""
        assert run.results[task]["users"][0]["roles"] == ["user", "floor-walkers"]

    def test_no_such_role(self, run: Run) -> None:
        """A typing error must not pass for nobody."""
        result = run.results["no-such-role"]
        assert (result["failed"], result["error"]["code"]) == (True, "invalid-input")
        assert (
            missing(result["msg"], ["roles: this workspace has no role 'flor-walkers'. It has", "floor-walkers"]) == []
        )

    @pytest.mark.parametrize(("task", "asked"), [("named", 0), ("own-role-named", 1), ("admins", 0)])
    def test_names_of_roles_are_asked_for_where_it_takes_that(
        self, server: Emulator, run: Run, task: str, asked: int
    ) -> None:
        """Not where all roles are built in."""
        paths = [sent["path"] for sent in requests_of(server, task)]
        assert paths.count("/api/v1/roles.list") == asked

    # A caller without view-full-other-user-info.

    @pytest.mark.parametrize("fact", [*SEEN_BY_FEW, "custom_fields"])
    def test_unknown_is_null(self, run: Run, fact: str) -> None:
        """What is not seen is not known, rather than empty or false."""
        (entry,) = run.results["blind"]["users"]
        assert entry[fact] is None

    @pytest.mark.parametrize(("fact", "value"), [("active", True), ("type", "user"), ("name", "Alice")])
    def test_what_everybody_sees(self, run: Run, fact: str, value: Any) -> None:
        """The rest is there."""
        (entry,) = run.results["blind"]["users"]
        assert entry[fact] == value

    def test_list_shows_no_more(self, run: Run) -> None:
        """Nor does the list show more."""
        seen = {fact for entry in run.results["blind-all"]["users"] for fact in SEEN_BY_FEW if entry[fact] is not None}
        assert seen == set()

    # All users of the workspace.

    @pytest.mark.parametrize("task", ["all", "blind-all"])
    def test_list_is_complete(self, server: Emulator, run: Run, task: str) -> None:
        """Each user once, in the server's order, over more than one page."""
        assert names(run.results[task]) == sorted(server.state()["users"])
        assert len(names(run.results[task])) > CROWD

    def test_list_comes_by_the_page(self, server: Emulator, run: Run) -> None:
        """Not one by one."""
        paths = [sent["path"] for sent in requests_of(server, "all")]
        assert (paths.count("/api/v1/users.list"), paths.count("/api/v1/users.info")) == (6, 0)

    def test_listed_entry(self, run: Run) -> None:
        """What the list shows, and null for what it leaves out."""
        (entry,) = [entry for entry in run.results["all"]["users"] if entry["username"] == "alice"]
        assert (entry["roles"], entry["last_login"]) == (["user"], "2025-06-02T07:30:00.000Z")
        assert entry["emails"] == [{"address": "alice@example.test", "verified": True}]
        assert (entry["created_at"], entry["custom_fields"]) == (None, None)

    @pytest.mark.parametrize(
        ("task", "who"),
        [("inactive", ["ina"]), ("admins", ["dave", "gina", "rcadmin"]), ("bots", ["rocket.cat"])],
    )
    def test_list_is_filtered(self, run: Run, task: str, who: list[str]) -> None:
        """Each filter narrows, and they add up."""
        assert names(run.results[task]) == who

    @pytest.mark.parametrize("task", ["all", "named"])
    def test_nothing_changes(self, run: Run, task: str) -> None:
        """To look is no change."""
        assert (run.results[task]["failed"], run.results[task]["changed"]) == (False, False)

    def test_only_reads(self, server: Emulator, run: Run) -> None:
        """GET is all that is sent."""
        assert {method for task in run.results for method in verbs(server, task)} == {"GET"}

    def test_may_not_list(self, run: Run) -> None:
        """The permission that the list takes is named."""
        result = run.results["may-not-list"]
        assert (result["failed"], result["error"]["code"]) == (True, "unauthorized")
        assert "view-d-room" in result["msg"]

    def test_no_traceback(self, run: Run) -> None:
        """The failure is not an exception of Python."""
        assert "Traceback" not in run.everything
