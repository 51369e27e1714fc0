# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""New passwords: random ones that the server mails, and given ones that nobody gets to see."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.emulator.cast import id_of, seed_of
from tests.emulator.testing import Emulator
from tests.integration.runner import (
    Ansible,
    Run,
    changed,
    codes,
    missing,
    requests_of,
    verbs,
    warnings_of,
    writes,
)
from tests.integration.test_neighbours_common import (
    bodies,
    caller,
    give_sessions,
    mails_to,
    password_reset,
    verify_addresses,
)

CALLER = "user00001"
WITH_SEED = "user00002"
SILENT = "user00003"
BLIND = "user00004"
GIVEN = "F1rst-day-of-b0b!"
KEPT = "An0ther-given-0ne!"
WEAK = "weak-but-unique"
MAY = ("edit-other-user-info", "edit-other-user-password", "view-full-other-user-info")
TARGETS = ("alice", "bob", "carol", "Frank.Case", "harry", "user00005", "user00006", "user00007", "user00008")


def digest(password: str) -> str:
    """How the emulator keeps a password."""
    return hashlib.sha256(password.encode()).hexdigest()


def has_policy(server: Emulator) -> bool:
    """Whether the server checks passwords."""
    return bool(server.state()["settings"]["Accounts_Password_Policy_Enabled"])


@pytest.fixture(scope="class")
def before(server: Emulator) -> dict[str, Any]:
    """All accounts before the run."""
    give_sessions(server, *TARGETS)
    verify_addresses(server, *set(TARGETS) - {"harry"})
    server.change_user("user00005", emails=[])
    return dict(server.state()["users"])


@pytest.fixture(scope="class")
def run(server: Emulator, before: dict[str, Any], ansible: Ansible) -> Run:
    """Random and given passwords, at -vvv."""
    desk = caller(server, CALLER, *MAY)
    seed = caller(server, WITH_SEED, *MAY, bypass=False, two_factor_secret=seed_of(WITH_SEED))
    silent = caller(server, SILENT, "edit-other-user-info", "view-full-other-user-info")
    blind = caller(server, BLIND, "edit-other-user-info", "edit-other-user-password")
    failure = {
        "success": False,
        "error": "Error trying to send email: Connection refused [error-email-send-failed]",
        "errorType": "error-email-send-failed",
        "details": {"function": "RocketChat.saveUser", "message": "Connection refused"},
    }
    server.fault("status", {"path": "users.update", "nth": 1}, status=400, body=failure)
    return ansible(
        {
            # The first, for which the fault is meant.
            "mail-fails": password_reset({**desk, "usernames": ["user00007", "user00008"]}),
            "check": password_reset({**desk, "username": "alice"}, check=True, diff=True),
            "random": password_reset({**desk, "username": "alice"}, diff=True),
            "given": password_reset({**desk, "username": "bob", "password": GIVEN}, diff=True),
            "kept": password_reset({**desk, "user_id": id_of("carol"), "password": KEPT, "require_change": False}),
            "seed": password_reset({**seed, "usernames": ["Frank.Case", "user00006"]}),
            "weak": password_reset({**desk, "usernames": ["harry", "user00009"], "password": WEAK}),
            "no-address": password_reset({**desk, "usernames": ["user00008", "user00005"]}),
            "not-verified": password_reset({**desk, "usernames": ["user00008", "harry"]}),
            "blind": password_reset({**blind, "username": "user00008"}),
            "blind-given": password_reset({**blind, "username": "user00008", "password": GIVEN}),
            "blind-check": password_reset({**blind, "username": "user00008"}, check=True),
            "silent": password_reset({**silent, "username": "user00008", "password": GIVEN}),
            "silent-check": password_reset({**silent, "username": "user00008"}, check=True),
        },
        "-vvv",
    )


class TestPassword:
    """Against both dialects; first a password that the server makes."""

    def test_result(self, run: Run) -> None:
        """The entry says to whom the password was mailed."""
        (entry,) = run.results["random"]["users"]
        assert (entry["changed"], entry["mailed_to"], entry["attempts"]) == (True, "alice@example.test", 1)

    def test_body(self, server: Emulator, run: Run) -> None:
        """The address goes along: without it the server fails after it has changed the password."""
        data = {"setRandomPassword": True, "email": "alice@example.test", "requirePasswordChange": True}
        assert bodies(server, "random") == [("users.update", {"userId": id_of("alice"), "data": data})]

    def test_mail(self, server: Emulator, run: Run) -> None:
        """One mail, to the owner."""
        assert mails_to(server, "alice", "Password Changed") == 1

    def test_password_is_another(self, server: Emulator, before: dict[str, Any], run: Run) -> None:
        """The old password is gone."""
        assert server.user("alice")["password_sha256"] != before["alice"]["password_sha256"]

    def test_change_is_required(self, server: Emulator, run: Run) -> None:
        """The owner has to choose another one."""
        assert server.user("alice")["requirePasswordChange"] is True

    def test_address_is_as_before(self, server: Emulator, before: dict[str, Any], run: Run) -> None:
        """Sending the address along does not change it, verified or not."""
        assert server.user("alice")["emails"] == before["alice"]["emails"]

    @pytest.mark.parametrize("name", ["alice", "bob", "carol"])
    def test_sessions_end(self, server: Emulator, run: Run, name: str) -> None:
        """Sessions and personal access tokens are gone, whichever password was set."""
        assert server.user(name)["tokens"]["total"] == 0

    def test_no_address(self, server: Emulator, run: Run) -> None:
        """Who has no address cannot be mailed: said before anybody gets a password."""
        result = run.results["no-address"]
        assert (codes(result)[1], changed(result)) == ("no-email-address", [False, False])
        assert missing(result["msg"], ["Nobody was given a new password", "user00005", "Add one"]) == []
        assert verbs(server, "no-address") == {"GET"}

    def test_address_that_nobody_verified(self, server: Emulator, run: Run) -> None:
        """A password in clear goes to no mailbox that nobody has vouched for."""
        result = run.results["not-verified"]
        assert (codes(result)[1], changed(result)) == ("address-not-verified", [False, False])
        assert missing(result["msg"], ["harry", "not verified", "give a password"]) == []
        assert verbs(server, "not-verified") == {"GET"}

    @pytest.mark.parametrize("task", ["blind", "blind-given", "blind-check"])
    def test_profile_not_seen(self, server: Emulator, run: Run, task: str) -> None:
        """What is not seen would be erased: the permission is named, and nothing is sent."""
        result = run.results[task]
        assert (result["error"]["code"], codes(result)) == ("profile-not-visible", ["not-attempted"])
        assert "view-full-other-user-info" in result["msg"]
        assert verbs(server, task) == {"GET"}

    # The server changes the password first and fails to mail it afterwards.

    def test_failed_mail_is_an_error_and_a_change(self, run: Run) -> None:
        """The password is another, and nobody knows it: changed, and failed."""
        result = run.results["mail-fails"]
        assert (result["failed"], result["changed"]) == (True, True)
        assert (codes(result), changed(result)) == (["error-email-send-failed", "not-attempted"], [True, False])

    def test_failed_mail_says_what_was_done(self, run: Run) -> None:
        """For programs and for people, with the server's words."""
        result = run.results["mail-fails"]
        assert result["users"][0]["error"]["details"]["done"] == ["password changed"]
        assert missing(result["msg"], ["SMTP", "Connection refused"]) == []

    def test_failed_mail_is_not_claimed(self, run: Run) -> None:
        """Nothing was mailed to anybody."""
        assert [entry["mailed_to"] for entry in run.results["mail-fails"]["users"]] == [None, None]

    def test_failed_mail_spares_the_next(self, server: Emulator, before: dict[str, Any], run: Run) -> None:
        """Whose mail would fail too keeps the password."""
        assert server.user("user00008")["password_sha256"] == before["user00008"]["password_sha256"]

    # A password that the task gives.

    @pytest.mark.parametrize(("task", "name", "password"), [("given", "bob", GIVEN), ("kept", "carol", KEPT)])
    def test_given_is_set(self, server: Emulator, run: Run, task: str, name: str, password: str) -> None:
        """The account has the password, and none is mailed."""
        assert changed(run.results[task]) == [True]
        assert server.user(name)["password_sha256"] == digest(password)
        assert mails_to(server, name, "Password Changed") == 0

    @pytest.mark.parametrize(("name", "required"), [("bob", True), ("carol", False)])
    def test_change_is_required_by_default(self, server: Emulator, run: Run, name: str, required: bool) -> None:
        """require_change says whether the owner has to choose another one."""
        assert bool(server.user(name)["requirePasswordChange"]) is required

    def test_given_is_mailed_to_nobody(self, run: Run) -> None:
        """The entry does not name an address."""
        assert run.results["given"]["users"][0]["mailed_to"] is None

    def test_given_body(self, server: Emulator, run: Run) -> None:
        """The id, the password, and nothing that would change anything else."""
        data = {"password": GIVEN, "requirePasswordChange": True}
        assert bodies(server, "given") == [("users.update", {"userId": id_of("bob"), "data": data})]

    @pytest.mark.parametrize("password", [GIVEN, KEPT, WEAK])
    def test_given_is_shown_nowhere(self, run: Run, password: str) -> None:
        """Neither in the output at -vvv, nor the log, nor a result, diff and failure included."""
        assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in run.stdout
        assert password not in run.everything

    # A weak password: 8.6 refuses it, 6.5 has no policy of its own.

    def test_weak_password(self, server: Emulator, run: Run) -> None:
        """What the server refuses for one account it would refuse for all."""
        refused = ["error-password-policy-not-met", "not-attempted"]
        assert codes(run.results["weak"]) == (refused if has_policy(server) else [None, None])

    def test_weak_password_advice(self, server: Emulator, run: Run) -> None:
        """A refusal says what to do, and keeps the server's words."""
        wanted = ["Give a stronger one", "does not meet the server's password policy"]
        assert missing(run.results["weak"].get("msg", ""), wanted) == ([] if has_policy(server) else wanted)

    def test_weak_password_effect(self, server: Emulator, run: Run) -> None:
        """A password that was refused is not set."""
        assert (server.user("harry")["password_sha256"] == digest(WEAK)) is not has_policy(server)

    # The server ignores a password in silence where the caller may not set it.

    @pytest.mark.parametrize("task", ["silent", "silent-check"])
    def test_silent_refusal_is_found_out_first(self, server: Emulator, run: Run, task: str) -> None:
        """The permission is named, and nothing was sent."""
        result = run.results[task]
        assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, "error-not-allowed")
        assert missing(result["msg"], ["set the password", "edit-other-user-password"]) == []
        assert verbs(server, task) == {"GET"}

    def test_silent_refusal_changes_nothing(self, server: Emulator, before: dict[str, Any], run: Run) -> None:
        """Not even a change of password is demanded."""
        assert server.user("user00008")["requirePasswordChange"] == before["user00008"]["requirePasswordChange"]

    # The caller is asked for its second factor, and answers.

    def test_seed_answers(self, server: Emulator, run: Run) -> None:
        """One challenge for the run, answered with the seed."""
        assert changed(run.results["seed"]) == [True, True]
        assert [sent["two_factor_method"] for sent in writes(server, "seed")] == [None, "totp", "totp"]

    def test_challenge_counts(self, run: Run) -> None:
        """The challenge counts."""
        assert [entry["attempts"] for entry in run.results["seed"]["users"]] == [2, 1]

    def test_names_are_not_confused(self, server: Emulator, run: Run) -> None:
        """The mail goes to the address as the server writes it."""
        assert [entry["mailed_to"] for entry in run.results["seed"]["users"]] == [
            "frank.case@example.test",
            "user00006@example.test",
        ]

    # Prediction.

    def test_check_mode_predicts_by_reading(self, server: Emulator, run: Run) -> None:
        """Who would be mailed is known, and GET is all that is sent."""
        result = run.results["check"]
        assert (changed(result), result["users"][0]["mailed_to"]) == ([True], "alice@example.test")
        assert (verbs(server, "check"), warnings_of(result)) == ({"GET"}, "")

    def test_diff_is_that_of_the_run(self, run: Run) -> None:
        """What is foretold is what is done."""
        assert run.results["check"]["diff"] == run.results["random"]["diff"]

    def test_diff_tells_the_ways_apart(self, run: Run) -> None:
        """Random and mailed, or the one given."""
        ways = [run.results[task]["diff"][0]["after"].splitlines()[0] for task in ("random", "given")]
        assert ways == ["password: random, mailed to its owner", "password: the one given"]

    def test_nobody_is_named_twice(self, server: Emulator, run: Run) -> None:
        """Each account is looked up once."""
        looked = [sent["query"] for sent in requests_of(server, "check") if sent["path"].endswith("users.info")]
        assert looked == ["username=alice"]
