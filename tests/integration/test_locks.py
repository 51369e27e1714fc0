# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everybody who is locked out gets in again, whatever the lock: each is shut out first, and signs in at the end."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.cast import crowd, default_world
from tests.emulator.testing import Emulator
from tests.integration.conftest import WITH_7_7
from tests.integration.locked_out import HELPLESS, IN, STRICT, USUAL, Case, Holder, options, own, people
from tests.integration.runner import Ansible, Run, codes, missing, requests_of, verbs, warnings_of
from tests.integration.test_neighbours_common import TO_RECOVER, bodies, caller, recover, results_of

StartEmulator = Callable[..., Emulator]

CALLER = "user00001"
MAY = (
    *TO_RECOVER,
    "edit-other-user-info",
    "edit-other-user-password",
    "edit-other-user-active-status",
    "edit-other-user-e2ee",
)
CURED = [name for name, case in {**USUAL, **STRICT}.items() if case.cure is not None]
REHEARSED = ["everything", "no.mailbox", "idle"]
ALL = [*USUAL, *STRICT, *HELPLESS]
BLOCKING = {"Block_Multiple_Failed_Logins_Enabled": True, "API_Enable_Rate_Limiter": False}


@dataclass(frozen=True)
class Desk:
    """What came of everybody: attempts before and after the run, the accounts before it, and the run itself."""

    cases: Mapping[str, Case]
    server: Emulator
    run: Run
    before: Mapping[str, str]
    after: Mapping[str, str]
    accounts: Mapping[str, Any]
    directory: Path


def world(cases: Mapping[str, Case], **settings: Any) -> dict[str, Any]:
    """The usual cast, and everybody who is locked out."""
    cast = default_world()
    return {**cast, "users": [*cast["users"], *crowd(1), *people(cases)], "settings": {**BLOCKING, **settings}}


def helped(server: Emulator, cases: Mapping[str, Case], ansible: Ansible, directory: Path) -> Desk:
    """Let everybody try, ask what keeps them out, do what helps, and let them try again."""
    holders = {name: Holder(server, name, case, directory) for name, case in cases.items()}
    before = {name: holder.sign_in() for name, holder in holders.items()}
    accounts = dict(server.state()["users"])
    desk = caller(server, CALLER, *MAY, bypass=True)
    tasks = {"diagnosis": recover({**desk, "usernames": list(cases), "activate": True}, check=True)}
    for name, case in cases.items():
        if name in REHEARSED:
            tasks[f"check-{name}"] = recover({**desk, **options(name, case, directory)}, check=True)
        if case.cure is not None:
            tasks[name] = recover({**desk, **options(name, case, directory)}, diff=True)
    run = ansible(tasks, "-vvv")
    after = {name: holder.sign_in(cases[name].by) for name, holder in holders.items()}
    return Desk(cases, server, run, before, after, accounts, directory)


@pytest.fixture(scope="class", params=WITH_7_7)
def desks(
    request: pytest.FixtureRequest, emulators: StartEmulator, ansible: Ansible, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Desk]:
    """Everybody by name, with the workspace they belong to."""
    found: dict[str, Desk] = {}
    for cases, settings in (
        (USUAL, {}),
        (STRICT, {"Accounts_EmailVerification": True}),
        (HELPLESS, {"LDAP_Enable": True}),
    ):
        server = emulators(request.param, world=world(cases, **settings))
        server.control("roles/auditor/mandatory2fa", {})
        desk = helped(server, cases, ansible, tmp_path_factory.mktemp("passwords"))
        found.update(dict.fromkeys(cases, desk))
    return found


def findings(result: Mapping[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """What was found of one person, by lock, in its order."""
    (person,) = [person for person in result["users"] if person["username"] == name]
    return {found["lock"]: found for found in person["diagnosis"]}


class TestLocks:
    """Against every dialect."""

    @pytest.mark.parametrize("name", ALL)
    def test_shut_out(self, desks: dict[str, Desk], name: str) -> None:
        """Without that the test of the cure would prove nothing."""
        desk = desks[name]
        assert desk.before[name] == desk.cases[name].refused

    @pytest.mark.parametrize("name", ALL)
    def test_diagnosis(self, desks: dict[str, Desk], name: str) -> None:
        """What keeps them out is found by reading alone, also of who cannot be helped here."""
        desk, case = desks[name], desks[name].cases[name]
        found = findings(desk.run.results["diagnosis"], name)
        assert found[case.lock]["certainty"] == case.certainty
        assert found[case.lock]["cure"] in found[case.lock]["said"]
        certain = [lock for lock, one in found.items() if one["certainty"] == "certain"]
        assert certain == list(found)[: len(certain)]
        assert verbs(desk.server, "diagnosis") == {"GET"}

    @pytest.mark.parametrize("name", CURED)
    def test_in_again(self, desks: dict[str, Desk], name: str) -> None:
        """The whole point."""
        desk = desks[name]
        result = desk.run.results[name]
        assert (result["failed"], set(results_of(result)[0].values()) - {"done", "nothing_to_do"}) == (False, set())
        assert desk.after[name] == IN

    @pytest.mark.parametrize("name", ["blocked", "change.demanded", "role.demands"])
    def test_what_people_do_themselves(self, desks: dict[str, Desk], name: str) -> None:
        """By address nobody is blocked; and what the browser demands the API does not."""
        assert desks[name].after[name] == IN

    @pytest.mark.parametrize("name", CURED)
    def test_profile_stays(self, desks: dict[str, Desk], name: str) -> None:
        """One request for all of it, and nothing lost."""
        desk = desks[name]
        now, was = desk.server.user(name), desk.accounts[name]
        assert {key: now[key] for key in ("bio", "nickname", "roles", "name")} == {
            key: was[key] for key in ("bio", "nickname", "roles", "name")
        }
        assert [path for path, _body in bodies(desk.server, name)].count("users.update") <= 1

    @pytest.mark.parametrize("name", CURED)
    def test_told_on_the_phone(self, desks: dict[str, Desk], name: str) -> None:
        """What was done and what to do now, without anybody's address."""
        desk = desks[name]
        (person,) = desk.run.results[name]["users"]
        told = person["to_tell"]
        assert missing(told, ["been ", "then sign in"]) == []
        assert own(name) not in told

    @pytest.mark.parametrize("name", REHEARSED)
    def test_told_beforehand(self, desks: dict[str, Desk], name: str) -> None:
        """The same, but for the tense, and reading is all that was sent."""
        desk = desks[name]
        (person,) = desk.run.results[f"check-{name}"]["users"]
        done = desk.run.results[name]["users"][0]["to_tell"]
        said = person["to_tell"].replace("is to be", "has been").replace("are to be", "have been")
        assert said == done
        assert verbs(desk.server, f"check-{name}") == {"GET"}

    @pytest.mark.parametrize("name", [name for name in CURED if "password" in (({**USUAL, **STRICT})[name].cure or {})])
    def test_printed_once(self, desks: dict[str, Desk], name: str) -> None:
        """In the file, for its owner alone, and nowhere else at all."""
        desk = desks[name]
        file = desk.directory / name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        password = file.read_text(encoding="utf-8").strip()
        assert len(password) >= 16
        assert password not in desk.run.everything
        assert warnings_of(desk.run.results[name]) == ""

    def test_order(self, desks: dict[str, Desk]) -> None:
        """Codes by e-mail go after TOTP, and who is deactivated is let in when all else is done."""
        paths = [path for path, _body in bodies(desks["mailbox"].server, "mailbox")]
        assert paths == ["users.resetTOTP", "users.update", "users.logout"]
        paths = [path for path, _body in bodies(desks["idle"].server, "idle")]
        assert paths == ["users.update", "users.resetTOTP", "users.setActiveStatus", "users.logout"]

    def test_few_requests(self, desks: dict[str, Desk]) -> None:
        """With TOTP alone no more than before there were other locks."""
        assert len(requests_of(desks["phone"].server, "phone")) <= 7


REFUSED = {
    "no-activate": ("off", {}, "inactive", ["activate: true"]),
    "not-verified": ("loose", {"reset_password": True}, "address-not-verified", ["verify_email", "print_once"]),
    "several": ("several", {"email_factor": "switch_off"}, "email-factor-stays", ["new_email"]),
    "taken": ("plain", {"new_email": "Loose@example.test"}, "address-taken", ["another address"]),
    "other-letters": ("plain", {"new_email": "PLAIN@example.test"}, "address-taken", ["another address"]),
    "own-second": ("several", {"new_email": "second.of@example.test"}, "address-taken", ["another address"]),
    "seats": ("off", {"activate": True}, "error-license-user-limit-reached", ["no seat left"]),
    "demanded": ("plain", {"email_factor": "switch_off"}, "email-factor-needed", ["new_email"]),
}


@pytest.fixture(scope="class", params=["7.7", "8.6"])
def refusals(request: pytest.FixtureRequest, emulators: StartEmulator, ansible: Ansible) -> tuple[Emulator, Run]:
    """What would not help, or harm."""
    cast = {
        "plain": Case({}, "", "", ""),
        "off": Case({"active": False}, "", "", ""),
        "loose": Case({"verified": False}, "", "", ""),
        "several": Case(
            {"emails": [{"address": f"{which}.of@example.test", "verified": True} for which in ("first", "second")]},
            "", "", "",
        ),
    }  # fmt: skip
    server = emulators(request.param, world=world(cast, Accounts_EmailVerification=True))
    server.control("licence", {"seats": 1}, "PATCH")
    desk = caller(server, CALLER, *MAY)
    return server, ansible(
        {name: recover({**desk, "username": who, **given}) for name, (who, given, _code, _words) in REFUSED.items()}
    )


class TestRefusals:
    """Before the first write, with the way that works."""

    @pytest.mark.parametrize("name", REFUSED)
    def test_refused(self, refusals: tuple[Emulator, Run], name: str) -> None:
        server, run = refusals
        _who, _given, code, words = REFUSED[name]
        result = run.results[name]
        assert codes(result) == [code]
        assert missing(result["msg"], words) == []
        sent = [path for path, _body in bodies(server, name)]
        # Whether there is a seat the server tells nobody beforehand.
        assert sent == (["users.resetTOTP", "users.setActiveStatus", "users.logout"] if name == "seats" else [])


class TestTwoFactorOff:
    """Where nobody is asked for a code, the reset is refused by the server, and the rest goes without."""

    def test_without_the_reset(self, emulators: StartEmulator, ansible: Ansible, tmp_path: Path) -> None:
        cases = {"password": USUAL["password"]}
        server = emulators("8.6", world=world(cases, Accounts_TwoFactorAuthentication_Enabled=False))
        desk = caller(server, CALLER, *MAY)
        run = ansible(
            {
                "with": recover({**desk, "username": "password"}, check=True),
                "late": recover({**desk, "username": "password", "reset_password": True}),
                "without": recover({**desk, **options("password", cases["password"], tmp_path)}),
            }
        )
        found = findings(run.results["with"], "password")
        assert (found["two_factor_off"]["certainty"], found["totp"]["certainty"]) == ("certain", "excluded")
        assert missing(found["two_factor_off"]["cure"], ["reset_totp: false"]) == []
        assert run.results["with"]["error"]["code"] == "error-two-factor-not-enabled"
        # A run that writes knows it before the password is another.
        assert run.results["late"]["error"]["code"] == "error-two-factor-not-enabled"
        assert verbs(server, "late") == {"GET"}
        assert Holder(server, "password", cases["password"], tmp_path).sign_in() == IN


class TestSameTicket:
    """What was done for a ticket is done, and yet nobody stays signed in beside a new mailbox."""

    def test_who_signed_in_meanwhile_is_signed_out(self, modern: Emulator, ansible: Ansible) -> None:
        """It may be whoever reads the old one."""
        case = {**caller(modern, CALLER, *MAY), "username": "alice", "ticket": "INC-1", "ledger": "access-ledger"}
        first = ansible({"first": recover(case)})
        modern.control("clock", {"offset_seconds": 60})
        modern.token("alice", login=True)
        modern.change_user("alice", lastLogin=modern.state()["clock"])
        again = ansible({"again": recover({**case, "new_email": "alice.new@example.test"})})
        assert results_of(first.results["first"])[0]["sessions"] == "done"
        assert results_of(again.results["again"])[0] == {"totp": "nothing_to_do", "email": "done", "sessions": "done"}
        assert modern.user("alice")["tokens"]["total"] == 0
