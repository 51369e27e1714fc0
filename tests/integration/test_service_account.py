# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account that does the jobs: made, left alone, renewed, refused, finished after a kill, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.emulator.testing import Emulator
from tests.integration.conftest import WITH_7_7
from tests.integration.runner import missing
from tests.integration.service_accounts import (
    ADDRESS,
    LEDGER,
    NAME,
    RECOVER,
    ROLE,
    SHARED,
    Module,
    held,
    role_of,
    roles,
    workspace,
    written,
)

# More writes than this no run sends, signing in and out counted.
MOST_WRITES = 14


def serves(server: Emulator, credentials: dict[str, str]) -> bool:
    """Whether a token lets its account in."""
    headers = {"X-User-Id": credentials["user_id"], "X-Auth-Token": credentials["token"]}
    return requests.get(f"{server.url}/api/v1/me", headers=headers, timeout=30).status_code == 200


def words(result: dict[str, Any]) -> str:
    """The warnings of a result as one text."""
    return " ".join(str(warning) for warning in result.get("warnings", []))


@pytest.mark.parametrize("enterprise", [True, False], ids=["enterprise", "community"])
@pytest.mark.parametrize("speak", WITH_7_7)
class TestFromNothing:
    """Each version, with and without roles of one's own."""

    @pytest.fixture
    def server(self, speak: str, enterprise: bool) -> Iterator[Emulator]:
        """A workspace where nothing is set up."""
        with workspace(speak, enterprise=enterprise) as server:
            yield server

    @pytest.fixture
    def module(self, server: Emulator, enterprise: bool, tmp_path: Path) -> Module:
        """The module, with the role that there can be."""
        shared = None if enterprise else SHARED
        return Module(server, tmp_path, ledger=LEDGER, auditors=["ann"], shared_role=shared)

    def test_made_kept_and_taken_back(self, server: Emulator, module: Module, enterprise: bool) -> None:
        """The whole life of one account."""
        before = server.control("permissions")
        foreseen = module(check=True)
        assert written(server) == []
        assert NAME not in server.state()["users"]
        assert "credentials" not in foreseen

        made = module()
        assert not made.get("failed"), made.get("msg")
        assert (foreseen["changed"], foreseen["token"], made["token"]) == (True, "made", "made")
        account = server.user(NAME)
        assert account["emails"] == [{"address": ADDRESS, "verified": False}]
        assert (account["type"], account["email2fa"], account["active"]) == ("user", False, True)
        assert account["tokens"] == {"total": 1, "personalAccessTokens": 1}
        role = roles(server)[role_of(enterprise=enterprise)]
        assert account["roles"] == ["user", role]
        assert held(server, role) >= RECOVER
        after = server.control("permissions")
        assert {
            name: [held for held in after[name] if held != role or held in before[name]] for name in after
        } == before
        assert set(server.room(LEDGER)["members"]) == {NAME, "ann"}
        assert serves(server, made["credentials"])
        assert made["credentials"]["token"] not in str({**made, "credentials": ""})

        written(server)
        known = {"account_token": made["credentials"]["token"], "account_password": made["credentials"]["password"]}
        for options, token in ((known, "kept"), ({}, "not_looked_at"), ({**known, "check": True}, "kept")):
            again = module(**options)
            assert (again["changed"], again["changes"], again["token"]) == (False, [], token)
            assert "credentials" not in again
            assert written(server) == []

        renewed = module(token="renew")
        assert not serves(server, made["credentials"])
        assert serves(server, renewed["credentials"])
        written(server)
        replaced = module(**known)
        assert replaced["token"] == "made"
        assert serves(server, replaced["credentials"])

        token = replaced["credentials"]["token"]
        ended = module(state="absent", confirm_relinquish=True, account_token=token)
        assert not ended.get("failed"), ended.get("msg")
        assert server.control("permissions") == before
        assert (server.user(NAME)["active"], server.user(NAME)["roles"]) == (False, ["user"])
        assert server.user(NAME)["tokens"]["total"] == 0
        assert (ROLE in roles(server)) is False
        written(server)
        assert module(state="absent", confirm_relinquish=True)["changed"] is False
        assert written(server) == []

        back = module()
        assert serves(server, back["credentials"])

    def test_killed_after_each_write_and_run_again(self, server: Emulator, module: Module) -> None:
        """Whatever was done by then, the next run finishes: one account, one role, one ledger, one token that works."""
        for write in range(1, MOST_WRITES):
            if not module.kill_in(write):
                break
        else:
            pytest.fail("No run came to its end.")
        again = module()
        assert not again.get("failed"), again.get("msg")
        if again["token"] == "not_looked_at":
            # Killed with the token in its hand: what it was, nobody knows.
            again = module(token="renew")
        assert serves(server, again["credentials"])
        assert len(server.user(NAME)["roles"]) == 2
        assert held(server, server.user(NAME)["roles"][1]) >= RECOVER
        assert server.user(NAME)["tokens"]["personalAccessTokens"] == 1
        assert set(server.room(LEDGER)["members"]) == {NAME, "ann"}
        written(server)
        kept = module(account_token=again["credentials"]["token"])
        assert (kept["changed"], kept["token"]) == (False, "kept")
        assert written(server) == []


@pytest.mark.parametrize("write", range(1, MOST_WRITES))
def test_killed_once_and_run_again(tmp_path: Path, write: int) -> None:
    """The same with a single break, at each write of a run from nothing."""
    with workspace("8.6") as server:
        module = Module(server, tmp_path, ledger=LEDGER)
        module.kill_in(write)
        account = server.state()["users"].get(NAME, {"roles": []})
        finished = len(account["roles"]) > 1
        again = module()
        assert not again.get("failed"), again.get("msg")
        # Only who got the role may have a token at work somewhere.
        assert (again["token"] == "not_looked_at") is finished
        again = module(token="renew") if finished else again
        assert serves(server, again["credentials"])
        assert held(server, roles(server)[ROLE]) == RECOVER


@pytest.mark.parametrize("enterprise", [True, False], ids=["enterprise", "community"])
def test_killed_after_each_write_of_the_end_and_run_again(tmp_path: Path, enterprise: bool) -> None:
    """Each run does one thing more and is killed; in the end nothing is left of what was given."""
    with workspace("8.6", enterprise=enterprise) as server:
        before = server.control("permissions")
        module = Module(server, tmp_path, ledger=LEDGER, shared_role=None if enterprise else SHARED)
        made = module()
        end = {"state": "absent", "confirm_relinquish": True, "account_token": made["credentials"]["token"]}
        written(server)
        # Whether rooms depend on it is asked first, and refused: a run that is killed there has to ask again.
        asked, role = ["users.setActiveStatus"], "roles.removeUserFromRole"
        steps = [["permissions.update"], asked, [*asked, *asked], [role], *([["roles.delete"]] if enterprise else [])]
        for step in steps:
            # The sign-in of the administrator is a write as well.
            assert module.kill_in(len(step) + 1, **end)
            assert written(server) == step
        again = module(**end)
        assert (again.get("failed", False), again["changed"], written(server)) == (False, False, [])
        assert server.control("permissions") == before
        assert (server.user(NAME)["active"], server.user(NAME)["roles"]) == (False, ["user"])
        assert ROLE not in roles(server)


class TestRoles:
    """Who else could do what the account can."""

    @pytest.mark.parametrize("speak", WITH_7_7)
    def test_no_role_can_be_made(self, tmp_path: Path, speak: str) -> None:
        """The choices are named, with everybody who has them, and nothing is written."""
        clerk = {"username": "clerk", "roles": ["user", SHARED]}
        with workspace(speak, clerk, enterprise=False) as server:
            result = Module(server, tmp_path)()
            assert result["error"]["code"] == "no-own-role"
            assert result["error"]["details"]["choices"] == {"admin": ["boss"], "livechat-agent": [], SHARED: ["clerk"]}
            assert missing(result["msg"], ["livechat-agent (held by nobody)", f"{SHARED} (held by clerk)"]) == []
            assert set(written(server)) <= {"roles.create"}
            assert NAME not in server.state()["users"]

    @pytest.mark.parametrize("enterprise", [True, False])
    def test_others_have_it(self, tmp_path: Path, enterprise: bool) -> None:
        """Refused with their names, until that is accepted."""
        clerk = {"username": "clerk", "roles": ["user", SHARED]}
        with workspace("8.6", clerk, enterprise=enterprise) as server:
            module = Module(server, tmp_path, shared_role=SHARED)
            result = module()
            assert result["error"]["code"] == "role-shared"
            assert "clerk" in result["msg"]
            assert written(server) == []
            assert module(shared_role_accepted=True)["changed"] is True
            # What others have is not taken from them without a word.
            kept = module(state="absent")
            assert "clerk" in words(kept)
            assert held(server, SHARED) >= RECOVER

    @pytest.mark.parametrize("role", ["user", "bot", "app", "guest", "owner"])
    @pytest.mark.parametrize("option", ["role", "shared_role"])
    def test_never(self, modern: Emulator, tmp_path: Path, option: str, role: str) -> None:
        """Whatever is accepted."""
        result = Module(modern, tmp_path)(**{option: role}, shared_role_accepted=True)
        assert (result["error"]["code"], written(modern)) == ("invalid-input", [])

    def test_a_role_made_before_is_used(self, tmp_path: Path) -> None:
        """Also where none can be made any more."""
        with workspace("8.6", enterprise=False) as server:
            server.roles({"5f2b": ROLE})
            assert Module(server, tmp_path)()["changed"] is True
            assert server.user(NAME)["roles"] == ["user", "5f2b"]


class TestPermissions:
    """Added, and never more than that."""

    @pytest.mark.parametrize(
        "permission", ["access-permissions", "assign-admin-role", "create-user", "edit-privileged-setting"]
    )
    def test_never(self, modern: Emulator, tmp_path: Path, permission: str) -> None:
        """Whoever holds one of these can have them all."""
        result = Module(modern, tmp_path)(permissions=[permission])
        assert (result["error"]["code"], written(modern)) == ("invalid-input", [])

    def test_by_job_and_by_name(self, tmp_path: Path) -> None:
        """More jobs, more permissions; what was given before stays."""
        with workspace("8.6") as server:
            module = Module(server, tmp_path)
            module()
            module(jobs=["offboard"], permissions=["api-bypass-rate-limit"])
            role = roles(server)[ROLE]
            offboard = {"edit-other-user-active-status", "view-other-user-channels"}
            offboard |= {"view-room-administration", "view-all-teams"}
            offboard |= {f"manage{own}-{way}-integrations" for own in ("", "-own") for way in ("incoming", "outgoing")}
            assert held(server, role) == RECOVER | offboard | {"api-bypass-rate-limit"}
            assert server.control("permissions")["api-bypass-rate-limit"] == ["admin", "bot", "app", role]

    def test_unknown(self, tmp_path: Path) -> None:
        """A misspelt one is told before anything is written."""
        with workspace("8.6") as server:
            result = Module(server, tmp_path)(permissions=["edit-other-user-topt"])
            assert "edit-other-user-topt" in result["msg"]
            assert written(server) == []

    def test_another_writer(self, tmp_path: Path) -> None:
        """Who loses against somebody who writes at the same moment says so, and hands out no token."""
        with workspace("8.6") as server:
            server.fault("status", {"path": "permissions.update"}, status=200, body={"success": True}, apply=False)
            result = Module(server, tmp_path)()
            assert result["error"]["code"] == "permissions-lost"
            assert set(result["error"]["details"]["wanted"]) == RECOVER
            assert NAME not in server.state()["users"]


class TestAccounts:
    """Nobody's account is taken."""

    @pytest.mark.parametrize(
        "account",
        [
            {"email": "somebody@example.test"},
            {"emails": [{"address": ADDRESS, "verified": True}, {"address": "own@example.test", "verified": True}]},
            {"email": ADDRESS, "roles": ["user", "admin"]},
        ],
        ids=["address", "two addresses", "administrator"],
    )
    def test_somebody_elses(self, tmp_path: Path, account: dict[str, Any]) -> None:
        """One of that name without the role gets no new password, unless it is ours by all signs."""
        with workspace("8.6", {"username": NAME, **account}) as server:
            before = server.user(NAME)
            result = Module(server, tmp_path)()
            assert result["error"]["code"] == "account-not-ours"
            assert written(server) == []
            assert server.user(NAME) == before

    def test_somebody_elses_with_the_role(self, tmp_path: Path) -> None:
        """Nor does one that has a shared role."""
        clerk = {"username": "clerk", "roles": ["user", SHARED]}
        with workspace("8.6", clerk, enterprise=False) as server:
            result = Module(server, tmp_path, username="clerk", shared_role=SHARED)(token="renew")
            assert result["error"]["code"] == "account-not-ours"
            assert "users.update" not in written(server)

    def test_an_address_in_use(self, tmp_path: Path) -> None:
        """The server's refusal, and no half account."""
        with workspace("8.6", {"username": "carl", "email": ADDRESS}) as server:
            result = Module(server, tmp_path)()
            assert result["failed"]
            assert NAME not in server.state()["users"]

    def test_deactivated_on_purpose(self, tmp_path: Path) -> None:
        """Nothing brings it back by the way."""
        with workspace("8.6") as server:
            module = Module(server, tmp_path)
            module()
            server.change_user(NAME, active=False)
            written(server)
            result = module(token="renew")
            assert (result["error"]["code"], written(server)) == ("inactive", [])

    def test_the_caller(self, tmp_path: Path) -> None:
        """An administrator cannot make their own account one of these."""
        with workspace("8.6") as server:
            assert Module(server, tmp_path, username="boss")()["error"]["code"] == "own-account"

    def test_no_administrator(self, tmp_path: Path) -> None:
        """Who may not do this is told so before anything is written."""
        with workspace("8.6") as server:
            result = Module(server, tmp_path, api_username="ann", api_password="ann-pw-1")()
            assert result["failed"]
            assert written(server) == []


class TestSignIn:
    """What could keep the new account from doing its own part."""

    def test_verified_addresses_only(self, tmp_path: Path) -> None:
        """It would be asked for a code by e-mail at once."""
        with workspace("8.6", Accounts_EmailVerification=True) as server:
            result = Module(server, tmp_path)()
            assert result["error"]["code"] == "cannot-sign-in"
            assert written(server) == []

    def test_no_tokens_for_everybody(self, tmp_path: Path) -> None:
        """Nobody can make a token for somebody else."""
        with workspace("8.6") as server:
            server.permissions({"create-personal-access-tokens": ["admin"]})
            result = Module(server, tmp_path)()
            assert result["error"]["code"] == "cannot-sign-in"
            assert written(server) == []

    @pytest.mark.parametrize("speak", WITH_7_7)
    def test_an_administrator_with_totp(self, tmp_path: Path, speak: str) -> None:
        """The seed answers, for a new password as well."""
        with workspace(speak) as server:
            secret = server.change_user("boss", totp={"enabled": True}) and server.control("users/boss/totp")["secret"]
            module = Module(server, tmp_path, two_factor_secret=secret)
            module()
            assert serves(server, module(token="renew")["credentials"])


class TestTheEnd:
    """What stands in the way of a deactivation is the ledger, and that is kept."""

    def test_the_ledger_stays(self, tmp_path: Path) -> None:
        """The account stays active, without anything that works."""
        with workspace("8.6") as server:
            module = Module(server, tmp_path, ledger=LEDGER)
            made = module()
            ended = module(state="absent")
            assert "stays active" in words(ended)
            assert not serves(server, made["credentials"])
            assert (server.user(NAME)["active"], server.user(NAME)["roles"]) == (True, ["user"])
            assert server.room(LEDGER)
            assert ROLE not in roles(server)
            written(server)
            assert (module(state="absent")["changed"], written(server)) == (False, [])

    def test_of_nothing(self, tmp_path: Path) -> None:
        """There is nothing to take back."""
        with workspace("8.6") as server:
            ended = Module(server, tmp_path)(state="absent", email=None)
            assert (ended["changed"], written(server)) == (False, [])

    def test_check_mode(self, tmp_path: Path) -> None:
        """Said, and not done."""
        with workspace("8.6") as server:
            module = Module(server, tmp_path)
            made = module()
            written(server)
            ended = module(state="absent", check=True)
            assert (len(ended["changes"]), written(server)) == (4, [])
            assert serves(server, made["credentials"])
