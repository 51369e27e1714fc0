# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rocketchat_info finds out about the server and the account that calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.cast import SVC_BYPASS_TOKEN, SVC_HELPDESK_TOKEN, id_of, password_of, seed_of
from tests.emulator.testing import Emulator
from tests.integration.runner import HELPDESK, Ansible, Run, bypassing, missing, verbs, with_token, writes
from tests.integration.test_neighbours_common import info

StartEmulator = Callable[..., Emulator]

APP = "user00001"
SEED = seed_of(APP)
TOKENS = ("admin", "helpdesk", "helpdesk-answers", "bypass", "app", "app-answers", "mail", "off", "unreadable")
SETTINGS = {
    "Accounts_TwoFactorAuthentication_Enabled": True,
    "Accounts_TwoFactorAuthentication_By_TOTP_Enabled": True,
    "Accounts_TwoFactorAuthentication_By_Email_Enabled": True,
    "Accounts_TwoFactorAuthentication_Enforce_Password_Fallback": True,
}
# What each job of the collection takes, as the modules' documentation has it.
JOBS = {
    "reset_totp": {"edit-other-user-totp"},
    "see_logins": {"view-full-other-user-info"},
    "end_sessions": {"logout-other-user"},
    "change_status": {"edit-other-user-active-status"},
    "reset_password": {"edit-other-user-info", "edit-other-user-password", "view-full-other-user-info"},
    "reset_e2e_key": {"edit-other-user-e2ee"},
    "list_users": {"view-d-room"},
    "foresee_rooms": {"view-other-user-channels", "view-room-administration"},
    "hand_over_rooms": {"set-owner", "add-user-to-any-c-room", "add-user-to-any-p-room", "edit-team-member"},
    "end_memberships": {
        "remove-user",
        "kick-user-from-any-c-room",
        "kick-user-from-any-p-room",
        "view-all-teams",
        "edit-team-member",
    },
    "close_webhooks": {
        "manage-incoming-integrations",
        "manage-outgoing-integrations",
        "manage-own-incoming-integrations",
        "manage-own-outgoing-integrations",
    },
    "see_teams": {"view-all-teams"},
    "leave_omnichannel": {"view-livechat-manager", "view-l-room"},
    "see_oauth_apps": {"manage-oauth-apps"},
    "take_roles": {"edit-other-user-info", "assign-roles", "view-full-other-user-info"},
}
# What nobody holds until somebody gives it.
NOBODYS = {"add-user-to-any-p-room", "kick-user-from-any-p-room"}
HELD = {"edit-other-user-totp", "view-full-other-user-info", "view-d-room"}


def helpdesk(server: Emulator, **options: Any) -> dict[str, Any]:
    """The service account with a token that does not bypass."""
    return {"api_url": server.url, "api_user_id": id_of(HELPDESK), "api_token": SVC_HELPDESK_TOKEN, **options}


def told(result: dict[str, Any], level: str) -> str:
    """The advice of one level, as one text."""
    return "\n".join(entry["message"] for entry in result["advice"] if entry["level"] == level)


@pytest.fixture(scope="class")
def run(server: Emulator, ansible: Ansible) -> Run:
    """Callers of each kind; at the end a workspace without two-factor authentication, and one that hides its rules."""
    app = with_token(server, APP)
    server.permissions({"edit-other-user-totp": ["admin", "helpdesk"]})
    tasks = {
        "admin": info(with_token(server, "gina", bypass=True)),
        "helpdesk": info(helpdesk(server)),
        "helpdesk-answers": info(helpdesk(server, two_factor_password=password_of(HELPDESK))),
        "bypass": info(bypassing(server)),
        "app": info(app),
        "app-answers": info({**app, "two_factor_secret": SEED}, check=True, diff=True),
        "mail": info(with_token(server, "carol")),
        "password": info(
            {"api_url": server.url, "api_username": HELPDESK, "api_password": password_of(HELPDESK)},
        ),
        "off": info(helpdesk(server)),
        "unreadable": info(bypassing(server)),
    }
    order = {task: number for number, task in enumerate(tasks, 1)}
    setting = {"id": "Accounts_TwoFactorAuthentication_Enabled"}
    info_request = {"path": "/api/info", "method": "GET"}
    server.fault("set-setting", {**info_request, "nth": order["off"]}, **setting, value=False)
    server.fault("set-setting", {**info_request, "nth": order["unreadable"]}, **setting, value=True)
    refusal = {"success": False, "error": "unauthorized"}
    for path in ("permissions.listAll", "users.getPersonalAccessTokens"):
        # Those who sign in with a password have no token to look for.
        nth = order["unreadable"] - (1 if "Tokens" in path else 0)
        server.fault("status", {"path": path, "nth": nth}, status=403, body=refusal)
    return ansible(tasks)


class TestInfo:
    """Against both dialects."""

    def test_all_succeed(self, run: Run) -> None:
        """To look is never a failure, nor a change."""
        assert {(result["failed"], result["changed"]) for result in run.results.values()} == {(False, False)}

    def test_server(self, server: Emulator, run: Run) -> None:
        """Its address, and its version as far as a stranger is told."""
        version = ".".join(server.state()["version"].split(".")[:2])
        assert run.results["helpdesk"]["server"] == {"url": server.url, "version": version}

    def test_settings(self, run: Run) -> None:
        """The four settings that matter, on whichever page of the list they are."""
        assert run.results["helpdesk"]["settings"] == SETTINGS

    @pytest.mark.parametrize(
        ("task", "caller"),
        [
            ("admin", {"username": "gina", "roles": ["admin"], "totp_enabled": False}),
            ("helpdesk", {"username": HELPDESK, "roles": ["helpdesk", "user"], "totp_enabled": False}),
            ("app", {"username": APP, "roles": ["user"], "totp_enabled": True}),
        ],
    )
    def test_caller(self, run: Run, task: str, caller: dict[str, Any]) -> None:
        """Who calls, in which roles, with or without TOTP."""
        assert run.results[task]["caller"] == {**caller, "user_id": id_of(caller["username"])}

    @pytest.mark.parametrize(
        ("task", "method", "bypasses", "answerable"),
        [
            ("admin", None, True, True),
            ("helpdesk", "password", False, False),
            ("helpdesk-answers", "password", False, True),
            ("bypass", None, True, True),
            ("app", "totp", False, False),
            ("app-answers", "totp", False, True),
            ("mail", "email", False, False),
            ("password", "password", False, True),
            ("off", None, False, True),
        ],
    )
    def test_second_factor(self, run: Run, task: str, method: str | None, bypasses: bool, answerable: bool) -> None:
        """Which one will be asked for, and whether the task can answer."""
        assert run.results[task]["second_factor"] == {
            "method": method,
            "token_bypasses": bypasses,
            "answerable": answerable,
        }

    def test_jobs_of_an_administrator(self, run: Run) -> None:
        """All of them, but for what concerns private rooms that the account is not in."""
        jobs = run.results["admin"]["jobs"]
        assert {name: (job["possible"], set(job["held"]), set(job["missing"])) for name, job in jobs.items()} == {
            name: (not needed & NOBODYS, needed - NOBODYS, needed & NOBODYS) for name, needed in JOBS.items()
        }

    def test_jobs_of_a_helpdesk(self, run: Run) -> None:
        """What is held and what is missing, by job."""
        jobs = run.results["helpdesk"]["jobs"]
        assert {name: (job["possible"], set(job["held"]), set(job["missing"])) for name, job in jobs.items()} == {
            name: (needed <= HELD, needed & HELD, needed - HELD) for name, needed in JOBS.items()
        }

    @pytest.mark.parametrize(("task", "spared"), [("admin", True), ("helpdesk", False), ("unreadable", None)])
    def test_rate_limit(self, run: Run, task: str, spared: bool | None) -> None:
        """Whether the limit applies; null where nobody tells."""
        assert run.results[task]["rate_limit_bypass"] is spared

    def test_switched_off(self, run: Run) -> None:
        """The workspace's setting is told as it is."""
        assert run.results["off"]["settings"] == {**SETTINGS, "Accounts_TwoFactorAuthentication_Enabled": False}

    def test_unreadable_permissions(self, run: Run) -> None:
        """Where the server does not tell, nothing is claimed either way."""
        jobs = run.results["unreadable"]["jobs"]
        assert jobs == {name: {"possible": None, "held": [], "missing": []} for name in JOBS}

    def test_unreadable_tokens(self, run: Run) -> None:
        """Nor of the token in use."""
        assert run.results["unreadable"]["second_factor"]["token_bypasses"] is None

    @pytest.mark.parametrize("task", TOKENS)
    def test_only_reads(self, server: Emulator, run: Run, task: str) -> None:
        """With a token, GET is all that is sent."""
        assert verbs(server, task) == {"GET"}

    def test_password_signs_in_and_out(self, server: Emulator, run: Run) -> None:
        """With a password, that is all that is sent but for GET."""
        assert [sent["path"] for sent in writes(server, "password")] == ["/api/v1/login", "/api/v1/logout"]

    @pytest.mark.parametrize(
        "secret",
        [
            SVC_BYPASS_TOKEN,
            SVC_HELPDESK_TOKEN,
            SVC_BYPASS_TOKEN[-6:],
            SEED,
            password_of(HELPDESK),
            "loginTokens",
            "hashedToken",
            "services",
            "bcrypt",
        ],
    )
    def test_no_secret(self, run: Run, secret: str) -> None:
        """Neither what was given nor what the server shows of its owner is in the results."""
        results = [{**result, "invocation": None} for result in run.results.values()]
        assert secret not in str(results)

    # The same in sentences.

    @pytest.mark.parametrize(
        ("task", "level", "fragments"),
        [
            ("admin", "ok", ["gina may reset TOTP", "may end sessions", "bypasses", "rate limit does not apply"]),
            ("admin", "hint", ["gina is an administrator"]),
            ("helpdesk", "ok", [f"{HELPDESK} may reset TOTP", "may list all users"]),
            (
                "helpdesk",
                "hint",
                ["its role helpdesk: logout-other-user", "edit-other-user-active-status", "api-bypass-rate-limit"],
            ),
            ("helpdesk", "problem", ["second factor (password)", "two_factor_password"]),
            ("helpdesk-answers", "ok", ["second factor (password)", "can answer"]),
            ("bypass", "ok", ["The token bypasses"]),
            (
                "app",
                "problem",
                [
                    "second factor (totp)",
                    "two_factor_secret",
                    f"{APP} may not reset TOTP",
                    "a role of its own (neither user, which everybody has, nor bot",
                ],
            ),
            ("app-answers", "ok", ["second factor (totp)", "can answer"]),
            ("mail", "problem", ["second factor (email)", "e-mail codes off"]),
            ("off", "problem", ["Accounts_TwoFactorAuthentication_Enabled"]),
            ("unreadable", "hint", ["may reset TOTP could not be found out"]),
        ],
    )
    def test_advice(self, run: Run, task: str, level: str, fragments: list[str]) -> None:
        """What is good, what could be better, and what will fail."""
        assert missing(told(run.results[task], level), fragments) == []

    @pytest.mark.parametrize("task", ["admin", "helpdesk-answers", "bypass", "password"])
    def test_no_false_alarm(self, run: Run, task: str) -> None:
        """Where a reset will work, nothing is a problem."""
        assert told(run.results[task], "problem") == ""

    def test_unreadable_is_not_called_missing(self, run: Run) -> None:
        """What is not known is not said to be forbidden."""
        assert "may not" not in str(run.results["unreadable"]["advice"])

    def test_advice_levels(self, run: Run) -> None:
        """There are no others."""
        levels = {entry["level"] for result in run.results.values() for entry in result["advice"]}
        assert levels == {"ok", "hint", "problem"}


class TestBrokenBypass:
    """8.5 asks for the second factor even where a token was made to bypass it."""

    @pytest.fixture(scope="class")
    @classmethod
    def result(cls, emulators: StartEmulator, ansible: Ansible) -> dict[str, Any]:
        """The account with the token that should bypass."""
        server = emulators("8.5")
        return ansible({"bypass": info(bypassing(server))}).results["bypass"]

    def test_token_does_not_bypass(self, result: dict[str, Any]) -> None:
        """The answer is what the server will do, not what the token promises."""
        assert result["second_factor"] == {"method": "password", "token_bypasses": False, "answerable": False}

    def test_is_said(self, result: dict[str, Any]) -> None:
        """The version is to blame."""
        assert "Rocket.Chat 8.5" in told(result, "hint")
        assert "second factor (password)" in told(result, "problem")


class TestSharing:
    """Others who can do what the service account can, against both dialects."""

    @pytest.fixture(scope="class")
    @classmethod
    def results(cls, server: Emulator, ansible: Ansible) -> dict[str, Any]:
        """The helpdesk's role alone, then with others in it, and a permission with the role that webhooks give."""
        server.roles({"679398c4f7ca7be1b5fcf5b7": "second-desk"})
        tasks = {"alone": info(bypassing(server))}
        before = ansible(tasks).results
        server.change_user("bob", roles=["user", "helpdesk"])
        server.change_user("ina", roles=["user", "helpdesk"])
        server.change_user("carol", roles=["user", "679398c4f7ca7be1b5fcf5b7"])
        holders = ["admin", "helpdesk", "bot", "679398c4f7ca7be1b5fcf5b7"]
        server.permissions({"edit-other-user-totp": holders, "view-full-other-user-info": holders})
        after = ansible({"shared": info(bypassing(server)), "blind": info(with_token(server, "harry"))}).results
        return {**before, **after}

    def test_alone(self, results: dict[str, Any]) -> None:
        """Nobody but administrators has what the service account has."""
        assert results["alone"]["shared_with"] == []
        assert told(results["alone"], "problem") == ""

    def test_others_are_named_by_role(self, results: dict[str, Any]) -> None:
        """Also who is inactive at present, and a bot; administrators are not, who have everything."""
        power = ["edit-other-user-totp"]
        assert sorted(results["shared"]["shared_with"], key=lambda entry: str(entry["role"])) == [
            {"role": "bot", "permissions": power, "usernames": ["rocket.cat"]},
            {"role": "helpdesk", "permissions": power, "usernames": ["bob", "ina"]},
            {"role": "second-desk", "permissions": power, "usernames": ["carol"]},
        ]

    @pytest.mark.parametrize(
        ("level", "fragments"),
        [
            (
                "problem",
                [
                    "The role helpdesk holds edit-other-user-totp, and 2 other accounts have it: bob, ina.",
                    "The role bot, which accounts come to have without anybody choosing them",
                    f"a role that {HELPDESK} alone has",
                ],
            ),
            ("hint", ["The role second-desk holds edit-other-user-totp too, and 1 other account has it: carol."]),
        ],
    )
    def test_advice(self, results: dict[str, Any], level: str, fragments: list[str]) -> None:
        """The own role is to be had alone; another one may be that of another service account."""
        assert missing(told(results["shared"], level), fragments) == []

    def test_who_can_do_nothing_shares_nothing(self, results: dict[str, Any]) -> None:
        """Somebody without power over others has nothing that others could have as well."""
        assert results["blind"]["shared_with"] == []
