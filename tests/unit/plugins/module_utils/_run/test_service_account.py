# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service account on a server that remembers: what is made in which order, refused, kept, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.session import access
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.blueprint import options, read_blueprint
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.deeds import Outcome
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.set_up import set_up

if TYPE_CHECKING:
    from ansible_collections.chatops.rocketchat.tests.unit.conftest import Workspace
    from ansible_collections.chatops.rocketchat.tests.unit.plugins.module_utils.conftest import Channel

NAME, ADDRESS, ROLE, TOKEN = "svc-desk", "svc-desk@example.com", "user-access", "told-once"
CALLERS_TOKEN = "caller-token-Xq7Zt4"
OURS = {"roles": ["user"], "emails": [{"address": ADDRESS, "verified": False}], "type": "user"}
PERMISSIONS = ("edit-other-user-totp", "view-full-other-user-info", "logout-other-user")
OF_ADMINS = (
    *PERMISSIONS,
    "access-permissions",
    "create-user",
    "edit-other-user-info",
    "edit-other-user-password",
    "edit-other-user-active-status",
)
NOT_FOUND = (404, "404 Not Found")
Run = Callable[..., Outcome]


class Town:
    """A workspace whose roles, permissions and accounts become what they are made."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.roles: list[dict[str, Any]] = [
            {"_id": name, "name": name, "scope": scope, "protected": True}
            for name, scope in (("admin", "Users"), ("user", "Users"), ("owner", "Subscriptions"), ("agent", "Users"))
        ]
        self.permissions = {name: ["admin"] for name in OF_ADMINS}
        self.permissions |= {name: ["admin", "user"] for name in ("create-personal-access-tokens", "create-p")}
        self.licence: Any = {"license": {"activeModules": ["custom-roles"]}, "success": True}
        self.bypasses = True
        self.dead = False
        self.rooms: list[dict[str, Any]] = []
        workspace.version = "8.6"
        workspace.show_lists()
        route = workspace.server.route
        route("/api/v1/me", self._me)
        route("/api/v1/roles.list", lambda _seen: {"roles": self.roles, "success": True})
        route("/api/v1/permissions.listAll", lambda _seen: self._listed())
        route("/api/v1/licenses.info", lambda _seen: self.licence)
        route(
            "/api/v1/settings/Accounts_TwoFactorAuthentication_By_Email_Auto_Opt_In", {"value": True, "success": True}
        )
        route("/api/v1/login", {"data": {"userId": f"{NAME}Id", "authToken": "session"}}, method="POST")
        route("/api/v1/users.getPersonalAccessTokens", lambda _seen: self._tokens())
        for path, answer in (
            ("roles.create", self._make_role),
            ("roles.delete", self._delete_role),
            ("roles.addUserToRole", self._give_role),
            ("roles.removeUserFromRole", self._take_role),
            ("permissions.update", self._grant),
            ("users.create", self._make_account),
            ("users.update", self._update),
            ("users.setActiveStatus", self._activate),
            ("users.generatePersonalAccessToken", {"token": TOKEN, "success": True}),
            ("users.2fa.disableEmail", {"success": True}),
            ("logout", {"success": True}),
        ):
            route(f"/api/v1/{path}", answer, method="POST")

    @property
    def account(self) -> dict[str, Any]:
        """Return the account."""
        return next(one for one in self.workspace.accounts if one["username"] == NAME)

    @property
    def written(self) -> list[str]:
        """Return what was sent but for reading and signing in."""
        paths = [seen.path.rsplit("/", 1)[-1] for seen in self.workspace.server.sent("POST")]
        return [path for path in paths if path not in ("login", "logout")]

    def held(self) -> list[str]:
        """Return the permissions of the account's own role."""
        return [name for name, roles in self.permissions.items() if "ownId" in roles]

    def _me(self, seen: Any) -> Any:
        if seen.headers["x-user-id"] == "callerId":
            return self.workspace.me
        if self.dead:
            return 401, {"status": "error", "message": "You must be logged in to do this."}
        return {**self.account, "services": {"password": {"exists": True}}, "success": True}

    def _listed(self) -> Any:
        return {"update": [{"_id": name, "roles": list(roles)} for name, roles in self.permissions.items()]}

    def _tokens(self) -> Any:
        callers = {"lastTokenPart": CALLERS_TOKEN[-6:], "bypassTwoFactor": True}
        return {"tokens": [callers, {"lastTokenPart": TOKEN[-6:], "bypassTwoFactor": self.bypasses}], "success": True}

    def _make_role(self, seen: Any) -> Any:
        self.roles.append({"_id": "ownId", **seen.json, "protected": False})
        return {"role": self.roles[-1], "success": True}

    def _delete_role(self, seen: Any) -> Any:
        self.roles = [role for role in self.roles if role["_id"] != seen.json["roleId"]]
        return {"success": True}

    def _give_role(self, seen: Any) -> Any:
        self.account["roles"] = [*self.account["roles"], seen.json["roleId"]]
        return {"success": True}

    def _take_role(self, seen: Any) -> Any:
        self.account["roles"] = [role for role in self.account["roles"] if role != seen.json["roleId"]]
        return {"success": True}

    def _grant(self, seen: Any) -> Any:
        self.permissions.update({entry["_id"]: entry["roles"] for entry in seen.json["permissions"]})
        return self._listed()

    def _make_account(self, seen: Any) -> Any:
        sent = seen.json
        emails = [{"address": sent["email"], "verified": sent["verified"]}]
        self.workspace.add(sent["username"], roles=sent["roles"], emails=emails, type="user", lastLogin=None)
        return {"user": self.account, "success": True}

    def _update(self, seen: Any) -> Any:
        assert seen.json["userId"] == f"{NAME}Id"
        self.dead = False
        return {"user": self.account, "success": True}

    def _activate(self, seen: Any) -> Any:
        self.account["active"] = seen.json["activeStatus"]
        return {"user": {"_id": seen.json["userId"], "active": seen.json["activeStatus"]}, "success": True}


@pytest.fixture
def town(workspace: Workspace) -> Town:
    """Return a workspace where nothing is set up."""
    return Town(workspace)


@pytest.fixture
def warnings() -> list[str]:
    """Return what the runs warned of."""
    return []


@pytest.fixture
def run(town: Town, params: Callable[..., dict[str, Any]], warnings: list[str]) -> Run:
    """Return a function that runs the set-up once."""

    def once(*, check_mode: bool = False, state: str = "present", **given: Any) -> Outcome:
        defaults = {name: option.get("default") for name, option in options().items()}
        blueprint = read_blueprint({**defaults, "state": state, "username": NAME, "email": ADDRESS, **given})
        shared = access(params(town.workspace.server.url))
        return set_up(shared, blueprint, warnings.append, present=state == "present", check_mode=check_mode)

    return once


def code(outcome: Outcome) -> str:
    """Return what a run failed with."""
    return outcome.failure.code if outcome.failure else ""


def test_from_nothing_and_again(town: Town, run: Run) -> None:
    foreseen = run(check_mode=True)
    assert (town.written, len(foreseen.changes), foreseen.credentials) == ([], 6, None)
    made = run()
    assert (code(made), made.changes) == ("", foreseen.changes)
    assert town.written == [
        "roles.create",
        "permissions.update",
        "users.create",
        "users.2fa.disableEmail",
        "users.generatePersonalAccessToken",
        "roles.addUserToRole",
    ]
    assert (town.held(), town.account["roles"]) == (list(PERMISSIONS), ["user", "ownId"])
    assert made.credentials is not None
    assert (made.credentials["user_id"], made.credentials["token"]) == (f"{NAME}Id", TOKEN)
    assert made.as_dict()["token"] == "made"
    assert "role user-access: made\n" in made.diff()[0]["after"]
    town.account["lastLogin"] = "2026-03-01T12:00:00.000Z"
    sent = list(town.written)
    for given, token in (({}, "not_looked_at"), ({"account_token": TOKEN}, "kept")):
        again = run(**given)
        assert (again.as_dict()["changed"], again.facts["token"], again.diff()) == (False, token, [])
    assert town.written == sent


def test_a_ledger_and_who_reads_it(town: Town, run: Run, channel: Channel, workspace: Workspace) -> None:
    workspace.add("ann", roles=["user"])
    channel.there = False
    channel.group["u"] = {"_id": f"{NAME}Id", "username": NAME}
    members: list[Any] = []
    workspace.server.route("/api/v1/groups.members", lambda _seen: {"members": members, "success": True})
    made = run(ledger="access-ledger", auditors=["ann"])
    assert (code(made), "ledger access-ledger: read by ann" in made.changes) == ("", True)
    town.account["lastLogin"] = "2026-03-01T12:00:00.000Z"
    again = run(ledger="access-ledger", auditors=["ann"], account_token=TOKEN)
    assert (code(again), again.changes) == ("", ["ledger access-ledger: read by ann"])
    members.append({"_id": "annId"})
    assert run(ledger="access-ledger", auditors=["ann"], account_token=TOKEN).changes == []


@pytest.mark.parametrize("active", [False, None])
def test_an_auditor_who_cannot_read(run: Run, workspace: Workspace, active: bool | None) -> None:
    if active is False:
        workspace.add("ann", active=False)
    assert code(run(ledger="access-ledger", auditors=["ann"])) in ("invalid-input", "user-not-found")


def test_a_dead_token_is_replaced(town: Town, run: Run) -> None:
    run()
    town.account["lastLogin"] = "2026-03-01T12:00:00.000Z"
    town.dead = True
    again = run(account_token=TOKEN)
    assert (code(again), again.facts["token"], "users.update" in town.written) == ("", "made", True)
    assert "roles.addUserToRole" not in town.written[6:]


def test_a_token_that_is_challenged_is_told(town: Town, run: Run, warnings: list[str]) -> None:
    run()
    town.account["lastLogin"] = "2026-03-01T12:00:00.000Z"
    town.bypasses = False
    assert run(account_token=TOKEN).facts["token"] == "kept"
    assert "does not bypass" in warnings[-1]


def test_one_that_broke_off_is_finished(town: Town, run: Run, workspace: Workspace) -> None:
    workspace.add(NAME, **{**OURS, "active": False, "roles": []})
    made = run()
    assert code(made) == ""
    assert town.account["active"] is True
    assert set(town.account["roles"]) == {"user", "ownId"}
    assert town.written.count("users.update") == 1


@pytest.mark.parametrize(
    "other", [{"emails": []}, {"emails": [{"address": "a@example.com"}]}, {"roles": ["user", "agent"]}]
)
def test_nobody_elses_account(town: Town, run: Run, workspace: Workspace, other: dict[str, Any]) -> None:
    workspace.add(NAME, **{**OURS, **other})
    assert (code(run()), town.written) == ("account-not-ours", [])


def test_one_that_somebody_deactivated(town: Town, run: Run) -> None:
    run()
    town.account["active"] = False
    assert code(run()) == "inactive"


@pytest.mark.parametrize(
    ("licence", "answer", "expected"),
    [
        ({"license": {"activeModules": []}, "success": True}, None, "no-own-role"),
        (NOT_FOUND, "This is an enterprise feature [error-action-not-allowed]", "no-own-role"),
        (NOT_FOUND, "Accessing permissions is not allowed [error-action-not-allowed]", "error-action-not-allowed"),
    ],
)
def test_no_role_can_be_made(
    town: Town, run: Run, licence: Any, answer: str | None, expected: str, warnings: list[str]
) -> None:
    town.licence = licence
    if answer:
        refusal = (400, {"success": False, "error": answer, "errorType": "error-action-not-allowed"})
        town.workspace.server.route("/api/v1/roles.create", refusal, method="POST")
        assert code(run(check_mode=True)) == ""
        assert "shows only when it is tried" in warnings[-1]
    made = run()
    assert (code(made), "users.create" in town.written) == (expected, False)
    if expected == "no-own-role":
        assert made.failure is not None
        assert made.failure.details["choices"] == {"admin": [], "agent": []}


@pytest.mark.parametrize(("given", "expected"), [({}, "role-shared"), ({"shared_role_accepted": True}, "")])
def test_a_role_that_others_have(town: Town, run: Run, given: dict[str, Any], expected: str) -> None:
    town.workspace.add("clerk", roles=["user", "agent"])
    assert code(run(shared_role="agent", **given)) == expected


@pytest.mark.parametrize(
    "given",
    [{"role": "agent"}, {"shared_role": "nobody"}, {"permissions": ["edit-other-user-topt"]}, {"role": "ownerlike"}],
)
def test_what_the_workspace_does_not_have(town: Town, run: Run, given: dict[str, Any]) -> None:
    town.roles.append({"_id": "roomId", "name": "ownerlike", "scope": "Subscriptions", "protected": False})
    assert (code(run(**given)), town.written) == ("invalid-input", [])


def test_a_job_that_this_version_does_not_know(town: Town, run: Run, warnings: list[str]) -> None:
    assert code(run(jobs=["recover", "reset_e2e_key"])) == ""
    assert "edit-other-user-e2ee" in warnings[0]


@pytest.mark.parametrize("opted_in", [True, False])
def test_verified_addresses_only(town: Town, run: Run, opted_in: bool) -> None:
    town.workspace.settings["Accounts_EmailVerification"] = True
    path = "/api/v1/settings/Accounts_TwoFactorAuthentication_By_Email_Auto_Opt_In"
    town.workspace.server.route(path, {"value": opted_in, "success": True} if not opted_in else NOT_FOUND)
    assert code(run()) == ("cannot-sign-in" if opted_in else "")
    if not opted_in:
        assert town.account["emails"] == [{"address": ADDRESS, "verified": True}]


def test_no_tokens_for_everybody(town: Town, run: Run) -> None:
    town.permissions["create-personal-access-tokens"] = ["admin"]
    assert (code(run()), town.written) == ("cannot-sign-in", [])


def test_what_broke_off_says_how_far_it_came(town: Town, run: Run) -> None:
    town.workspace.server.route("/api/v1/users.create", (500, {"success": False, "error": "no"}), method="POST")
    broken = run()
    assert "Before that: role user-access: made" in broken.message
    assert broken.as_dict()["changed"] is True


def test_an_answer_that_describes_another_account(town: Town, run: Run) -> None:
    answer = {"user": {"_id": "otherId", "username": "other"}, "success": True}
    town.workspace.server.route("/api/v1/users.create", answer, method="POST")
    assert (code(run()), "roles.addUserToRole" in town.written) == ("not-rocketchat", False)


def test_taken_back(town: Town, run: Run) -> None:
    before = {name: list(roles) for name, roles in town.permissions.items()}
    run()
    town.account["rooms"] = []
    ended = run(state="absent")
    assert (code(ended), len(ended.changes)) == ("", 4)
    assert (town.permissions, town.account["active"], town.account["roles"]) == (before, False, ["user"])
    assert "ownId" not in [role["_id"] for role in town.roles]
    assert run(state="absent").changes == []


@pytest.mark.parametrize(
    ("roles", "email", "refused"),
    [
        # Whose name was given by mistake.
        (["user"], "alice@example.com", ""),
        (["user", "admin"], "alice@example.com", ""),
        # Who has the address, or the role, and more besides.
        (["user", "admin"], f"{NAME}@example.com", "account-not-ours"),
        (["user", "made-by-hand"], "alice@example.com", "account-not-ours"),
    ],
)
def test_nobody_else_is_deactivated(town: Town, run: Run, roles: list[str], email: str, refused: str) -> None:
    town.roles.append({"_id": "made-by-hand", "name": "user-access", "scope": "Users", "protected": False})
    town.permissions["edit-other-user-totp"] = ["admin", "made-by-hand"]
    town.workspace.add("alice", roles=roles, emails=[{"address": email, "verified": True}], rooms=[])
    before = {name: list(roles) for name, roles in town.permissions.items()}
    ended = run(state="absent", username="alice", email=f"{NAME}@example.com", permissions=[], jobs=[])
    assert (code(ended), town.written) == (refused, [])
    assert town.permissions == before
    assert "made-by-hand" in [role["_id"] for role in town.roles]


@pytest.mark.parametrize("accepted", [False, True])
def test_a_role_that_can_give_itself_everything(town: Town, run: Run, accepted: bool) -> None:
    town.permissions["access-permissions"] = ["admin", "agent"]
    refused = run(shared_role="agent", shared_role_accepted=accepted)
    assert (code(refused), town.written == []) == (("", False) if accepted else ("role-too-mighty", True))


def test_a_place_with_the_token_of_another_account_is_not_used(town: Town, run: Run) -> None:
    assert (code(run(account_user_id="anothersId")), town.written) == ("account-not-ours", [])
    run()
    sent = list(town.written)
    assert (code(run(account_user_id="anothersId", token="renew")), town.written) == ("account-not-ours", sent)


def test_a_token_of_another_account_is_not_tried(town: Town, run: Run) -> None:
    run()
    town.account["lastLogin"] = "2026-03-01T12:00:00.000Z"
    sent = list(town.written)
    tried = run(account_token="t" * 43, account_user_id="anothersId")
    assert (code(tried), town.written) == ("account-not-ours", sent)


@pytest.mark.parametrize("again", [{}, {"token": "renew"}])
def test_an_address_is_needed_where_the_account_is_not_known_otherwise(
    town: Town, run: Run, again: dict[str, Any]
) -> None:
    assert (code(run(email=None)), town.written) == ("invalid-input", [])
    run()
    town.account["lastLogin"] = "2026-03-01T12:00:00.000Z"
    sent = list(town.written)
    assert (code(run(email=None, **again)), town.written) == ("invalid-input" if again else "", sent)


def test_nothing_to_take_back(town: Town, run: Run) -> None:
    assert (run(state="absent").changes, town.written) == ([], [])


def test_of_a_shared_role_only_what_was_given(town: Town, run: Run, channel: Channel, warnings: list[str]) -> None:
    # One that a job takes, and one that none does.
    town.permissions["logout-other-user"] = ["admin", "agent"]
    town.permissions["view-livechat-manager"] = ["admin", "agent"]
    channel.there = False
    channel.group["u"] = {"_id": f"{NAME}Id", "username": NAME}
    given: dict[str, Any] = {"shared_role": "agent", "ledger": "access-ledger"}
    made = run(**given)
    assert (code(made), made.changes[-2].startswith("role agent: given")) == ("", True)
    channel.messages[-1]["u"] = {"_id": f"{NAME}Id", "username": NAME}
    # What somebody else says there counts for nothing.
    channel.put(channel.messages[-1]["msg"].replace("edit-other-user-totp", "logout-other-user"))
    town.account["rooms"] = []
    clerk = town.workspace.add("clerk", roles=["user", "agent"])
    run(state="absent", account_token=TOKEN, **given)
    assert "clerk" in warnings[-1]
    assert "agent" in town.permissions["edit-other-user-totp"]
    town.workspace.accounts.remove(clerk)
    town.account.update(active=True, roles=["user", "agent"])
    ended = run(state="absent", account_token=TOKEN, **given)
    assert (code(ended), ended.changes[0].startswith("role agent: ")) == ("", True)
    assert [name for name, roles in town.permissions.items() if "agent" in roles] == [
        "logout-other-user",
        "view-livechat-manager",
    ]
    assert "logout-other-user: no ledger" in warnings[-1]
    assert "agent" in [role["_id"] for role in town.roles]


@pytest.mark.parametrize("given", [{}, {"ledger": "access-ledger"}, {"account_token": TOKEN}])
def test_of_a_shared_role_nothing_is_taken_that_nobody_remembers(
    town: Town, run: Run, warnings: list[str], given: dict[str, Any]
) -> None:
    run(shared_role="agent")
    assert "Nothing remembers" in warnings[-1]
    town.account["rooms"] = []
    ended = run(state="absent", shared_role="agent", **given)
    assert code(ended) == ""
    assert "agent" in town.permissions["edit-other-user-totp"]
    assert "edit-other-user-totp" in warnings[-1]


def test_nothing_is_taken_from_administrators(town: Town, run: Run, warnings: list[str]) -> None:
    run(shared_role="admin", shared_role_accepted=True)
    before = {name: list(roles) for name, roles in town.permissions.items()}
    town.account["rooms"] = []
    run(state="absent", shared_role="admin", shared_role_accepted=True)
    assert town.permissions == before
    assert "keeps what it was given" in warnings[-1]


@pytest.mark.parametrize("foreseen", [True, False])
def test_where_rooms_stand_in_the_way(town: Town, run: Run, warnings: list[str], foreseen: bool) -> None:
    run()
    route = town.workspace.server.route
    town.account["rooms"] = [{"rid": "r", "name": "ledger", "t": "p", "roles": ["owner"]}]
    route("/api/v1/groups.members", {"members": [], "total": 1, "success": True} if foreseen else NOT_FOUND)
    route("/api/v1/groups.roles", {"roles": [{"u": {"_id": f"{NAME}Id"}, "roles": ["owner"]}], "success": True})
    route("/api/v1/rooms.adminRooms.getRoom", NOT_FOUND)
    route("/api/v1/groups.counters", NOT_FOUND)
    words = {"success": False, "error": "[user-last-owner]", "errorType": "user-last-owner"}
    refusal = (400, {**words, "details": {"shouldBeRemoved": ["ledger"], "shouldChangeOwner": []}})
    route("/api/v1/users.setActiveStatus", refusal, method="POST")
    ended = run(state="absent")
    assert (code(ended), town.account["active"], town.account["roles"]) == ("", True, ["user"])
    assert "stays active" in " ".join(warnings)
    assert ("users.setActiveStatus" in town.written) is not foreseen
    assert town.written.count("users.logout") == 1
    sent = list(town.written)
    assert (run(state="absent").changes, town.written) == ([], sent)


def test_another_refusal_of_the_deactivation_is_told(town: Town, run: Run) -> None:
    run()
    town.account["rooms"] = []
    refusal = (400, {"success": False, "error": "no [error-user-is-federated]", "errorType": "error-user-is-federated"})
    town.workspace.server.route("/api/v1/users.setActiveStatus", refusal, method="POST")
    assert code(run(state="absent")) == "error-user-is-federated"
    assert "roles.removeUserFromRole" not in town.written
