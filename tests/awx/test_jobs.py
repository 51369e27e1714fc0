# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job templates, launched as a controller launches them, against a workspace."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import trustme

from tests.awx.data import JOB_TEMPLATES
from tests.awx.launch import Job, Launcher
from tests.emulator.testing import Emulator
from tests.integration.role.play import HELPDESK, PERMISSIONS, SEED, TOKEN, person, rename, workspace

StartLauncher = Callable[..., Launcher]

SUMMARY = "Sum up"
FAILURE = "Fail where not everything was done"
ASKED: dict[str, dict[str, Any]] = {
    "reset_totp": {"usernames": "alice, Bob@example.test", "ticket": "INC-1"},
    "recover": {"usernames": "alice, bob", "ticket": "INC-1"},
    "offboard": {"usernames": "alice\nbob@example.test", "ticket": "INC-1"},
}
SENT = {
    "reset_totp": ["users.resetTOTP"],
    "recover": ["users.resetTOTP", "users.logout"],
    "offboard": ["users.setActiveStatus", "users.resetTOTP"],
}


def no_secret_in(job: Job) -> bool:
    """Whether neither the token nor the seed is in anything that is kept, however it is escaped."""
    return not any(secret in job.everything for secret in (TOKEN, SEED, SEED.lower()))


class TestHelpdesk:
    """Two people, each job in a workspace of its own."""

    @pytest.fixture(scope="class", params=sorted(ASKED))
    @classmethod
    def template(cls, request: pytest.FixtureRequest) -> str:
        """Each job template that has a survey."""
        return str(request.param)

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, template: str) -> Iterator[Emulator]:
        """A workspace that no other job template has touched."""
        with Emulator("8.6", world=workspace(person("alice"), person("bob"), person("carol"))) as emulator:
            yield emulator

    def test_a_rehearsal_writes_nothing(self, launch: Launcher, template: str) -> None:
        job = launch(template, check=True, verbosity=3, **ASKED[template])
        assert job.rc == 0, job.stdout
        assert job.verbs == {"GET"}
        assert "alice" in "\n".join(job.message(SUMMARY))
        assert "INC-1" in job.everything
        assert no_secret_in(job)

    def test_somebody_unknown_stops_it_before_the_first_change(self, launch: Launcher, template: str) -> None:
        job = launch(template, verbosity=3, usernames="alice, nobody.at.all", ticket="INC-1")
        assert job.rc != 0
        assert job.verbs == {"GET"}
        assert "nobody.at.all" in job.message(FAILURE)
        assert "Traceback" not in job.stdout
        assert no_secret_in(job)

    def test_it_does_its_work(self, launch: Launcher, server: Emulator, template: str) -> None:
        job = launch(template, verbosity=3, **ASKED[template])
        assert job.rc == 0, job.stdout
        for endpoint in SENT[template]:
            assert job.done.count(endpoint) == 2, job.done
        assert set(job.done) == set(SENT[template])
        assert server.user("alice")["totp"] is None
        assert server.user("carol")["totp"] is not None
        assert no_secret_in(job)


class TestOnce:
    """The same ticket again is done once: each job begins in a container that knows nothing of the one before."""

    world: ClassVar = workspace(person("alice"))

    def test_the_same_ticket_does_nothing_twice(self, launch: Launcher) -> None:
        assert not any(template["use_fact_cache"] for template in JOB_TEMPLATES.values())
        first = launch("recover", usernames="alice", ticket="INC-1")
        assert first.done == SENT["recover"]
        second = launch("recover", usernames="alice", ticket="INC-1", reset_password="no")
        assert second.rc == 0, second.stdout
        assert second.verbs == {"GET"}
        assert any(line.startswith("alice (") and "nothing to do (done on " in line for line in second.message(SUMMARY))
        again = launch("recover", usernames="alice", ticket="INC-1", force="yes")
        assert again.done == SENT["recover"]


class TestAnswers:
    """What else the surveys ask for arrives."""

    world: ClassVar = workspace(
        person("alice"),
        person("bob"),
        person("owner"),
        person("dan"),
    )

    def test_end_sessions(self, launch: Launcher, server: Emulator) -> None:
        job = launch("reset_totp", usernames="alice", ticket="INC-1", end_sessions="yes")
        assert job.rc == 0, job.stdout
        assert job.done == ["users.resetTOTP", "users.logout"]
        assert server.tokens("alice") == []

    def test_what_keeps_somebody_out_is_told_without_a_ticket(self, launch: Launcher) -> None:
        job = launch("diagnose", usernames="owner")
        assert job.rc == 0, job.stdout
        assert job.verbs == {"GET"}
        assert "owner" in job.stdout

    def test_what_becomes_of_rooms_webhooks_and_roles(self, launch: Launcher) -> None:
        answers = {"successor": "owner", "memberships": "remove", "integrations": "report", "roles": "remove"}
        job = launch("offboard", check=True, usernames="bob", ticket="INC-1", **answers)
        assert job.rc == 0, job.stdout
        assert job.verbs == {"GET"}

    @pytest.mark.parametrize(("template", "name"), [("recover", "bob"), ("offboard", "dan")])
    def test_reset_password(self, launch: Launcher, template: str, name: str) -> None:
        job = launch(template, usernames=name, ticket="INC-1", reset_password="yes")
        assert job.rc == 0, job.stdout
        assert "users.update" in job.done

    def test_an_address_in_place_of_a_name(self, launch: Launcher) -> None:
        job = launch("recover", check=True, usernames="Owner@example.test", ticket="INC-1")
        assert job.rc == 0, job.stdout
        assert any(line.startswith("owner (") for line in job.message(SUMMARY))

    def test_nobody_is_named(self, launch: Launcher) -> None:
        """What was typed names nobody."""
        job = launch("offboard", usernames=" ,\n", ticket="INC-1")
        assert job.rc != 0
        assert job.requests == []
        assert "Nobody is named" in job.message("Fail where not everything was done")

    @pytest.mark.parametrize("ticket", ["4711", "2026-03-15"])
    def test_a_ticket_that_looks_like_something_else(self, launch: Launcher, ticket: str) -> None:
        """Some versions of Ansible take an answer of digits for a number, and one like a day for a date."""
        job = launch("recover", check=True, usernames="owner", ticket=ticket)
        assert job.rc == 0, job.stdout
        assert ticket in "\n".join(job.message(SUMMARY)), job.message(SUMMARY)

    def test_a_name_that_looks_like_something_else(self, launch: Launcher) -> None:
        """The same with a name: nobody else is hit, and it says what to do."""
        job = launch("reset_totp", check=True, usernames="4711", ticket="INC-1")
        assert job.rc != 0
        assert job.verbs <= {"GET"}
        assert "4711" in job.stdout

    @pytest.mark.parametrize("answer", ["{{ lookup('ansible.builtin.env', 'ROCKETCHAT_TOKEN') }}"])
    def test_an_answer_is_no_template(self, launch: Launcher, answer: str) -> None:
        """Whoever may launch a job may not read the token with it."""
        job = launch("reset_totp", check=True, usernames="owner", ticket=answer)
        assert TOKEN not in job.everything
        assert job.rc == 0, job.stdout
        assert "ROCKETCHAT_TOKEN" in job.everything


class TestPermissions:
    """What the guide says the service account needs, and no more."""

    world: ClassVar = workspace(person("alice"), person("bob"), person("carol"), person("dan"), person("erin"))
    READS: ClassVar = ["edit-other-user-totp", "view-full-other-user-info"]

    @pytest.mark.parametrize(
        ("template", "more", "answers"),
        [
            ("reset_totp", [], {"usernames": "alice"}),
            ("recover", ["logout-other-user"], {"usernames": "bob"}),
            (
                "recover",
                ["logout-other-user", "edit-other-user-info", "edit-other-user-password"],
                {"usernames": "carol", "reset_password": "yes"},
            ),
            ("offboard", ["logout-other-user", "edit-other-user-active-status"], {"usernames": "dan"}),
        ],
        ids=["reset", "recover", "recover with password", "offboard"],
    )
    def test_enough(
        self, launch: Launcher, server: Emulator, template: str, more: list[str], answers: dict[str, Any]
    ) -> None:
        held = {*self.READS, *more}
        server.permissions({name: ["admin", *(["helpdesk"] if name in held else [])] for name in PERMISSIONS})
        job = launch(template, ticket="INC-1", **answers)
        assert job.rc == 0, job.stdout
        # One less is told before anything is done; of a job of one step the server says it best.
        server.permissions({(more or self.READS)[0]: ["admin"]})
        job = launch(template, ticket="INC-2", **{**answers, "usernames": "erin"})
        assert job.rc != 0
        assert (more or self.READS)[0] in job.message(FAILURE)
        assert job.done == []


class TestDoctor:
    """The first job that a new administrator launches."""

    world: ClassVar = workspace(person("alice"))

    def test_ready(self, launch: Launcher) -> None:
        job = launch("doctor", verbosity=3)
        assert job.rc == 0, job.stdout
        assert job.verbs == {"GET"}
        assert f"ok       {HELPDESK} may reset TOTP." in job.message("Tell what was found")
        assert no_secret_in(job)

    def test_a_credential_with_the_address_alone(self, launcher: StartLauncher) -> None:
        """So is the credential before anybody has typed the secrets."""
        job = launcher(user_id=None, token=None, totp_seed=None)("doctor")
        assert job.rc != 0
        assert job.requests == []
        assert "No credentials are given." in job.stdout
        # As the form has it.
        assert 'api_token is \\"Personal access token\\"' in job.stdout

    def test_a_credential_with_a_wrong_token(self, launcher: StartLauncher) -> None:
        job = launcher(token="a-token-that-was-revoked-Xy")("doctor", verbosity=3)
        assert job.rc != 0
        assert "a-token-that-was-revoked-Xy" not in job.everything
        assert "Traceback" not in job.stdout
        assert "api_token" in job.stdout

    def test_something_is_missing(self, launch: Launcher, server: Emulator) -> None:
        server.permissions({"edit-other-user-totp": ["admin"]})
        job = launch("doctor")
        server.permissions({"edit-other-user-totp": ["admin", "helpdesk"]})
        assert job.rc != 0
        assert "edit-other-user-totp" in job.message("Fail where something will not work")


class TestCredentials:
    """The other ways to fill the credential in."""

    world: ClassVar = workspace(person("alice"), person("bob"), person("carol"))

    def test_user_name_and_password(self, launcher: StartLauncher, server: Emulator) -> None:
        """The password answers the second factor of an account without TOTP."""
        server.change_user(HELPDESK, totp=None, password="the-Pa55word-of-svc")
        launch = launcher(user_id="", token="", totp_seed="", username=HELPDESK, password="the-Pa55word-of-svc")
        job = launch("reset_totp", verbosity=3, usernames="alice", ticket="INC-1")
        assert job.rc == 0, job.stdout
        assert "users.resetTOTP" in job.done
        assert "the-Pa55word-of-svc" not in job.everything

    def test_token_and_password(self, launcher: StartLauncher, server: Emulator) -> None:
        server.change_user(HELPDESK, totp=None, password="the-Pa55word-of-svc")
        launch = launcher(totp_seed="", second_factor_password="the-Pa55word-of-svc")
        job = launch("reset_totp", verbosity=3, usernames="bob", ticket="INC-1")
        assert job.rc == 0, job.stdout
        assert "the-Pa55word-of-svc" not in job.everything

    def test_a_token_that_bypasses(self, launcher: StartLauncher, server: Emulator) -> None:
        given = server.token(HELPDESK, kind="pat", name="awx", bypassTwoFactor=True)
        job = launcher(totp_seed=None, token=given["token"])("reset_totp", usernames="carol", ticket="INC-1")
        assert job.rc == 0, job.stdout
        assert job.done == ["users.resetTOTP"]


class TestCertificate:
    """A private authority, given as text."""

    @pytest.fixture(scope="class")
    @classmethod
    def authority(cls) -> trustme.CA:
        """It."""
        return trustme.CA()

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
        """A server whose certificate is of this authority."""
        root = tmp_path_factory.mktemp("tls")
        issued = authority.issue_cert("localhost", "127.0.0.1")
        issued.private_key_pem.write_to_path(root / "key.pem")
        issued.cert_chain_pems[0].write_to_path(root / "cert.pem")
        options = ("--tls-cert", str(root / "cert.pem"), "--tls-key", str(root / "key.pem"))
        with Emulator("8.6", *options, world=workspace(person("alice"))) as emulator:
            yield emulator

    def test_it_is_trusted(self, launcher: StartLauncher, authority: trustme.CA) -> None:
        job = launcher(ca_certificate=authority.cert_pem.bytes().decode())("doctor")
        assert job.rc == 0, job.stdout

    def test_without_it_nothing_is_sent(self, launcher: StartLauncher) -> None:
        job = launcher(ca_certificate="")("doctor")
        assert job.rc != 0
        assert job.requests == []
        assert "certificate" in job.stdout

    def test_unless_somebody_wants_it_so(self, launcher: StartLauncher) -> None:
        job = launcher(ca_certificate="", skip_certificate_check=True)("doctor")
        assert job.rc == 0, job.stdout


class TestNight:
    """The list of the personnel department."""

    world: ClassVar = workspace(person("harry"), person("erin"), person("carol"))
    LIST = "username;leaves_on\nharry;2026-02-28\nerin;2026-03-15\ncarol;2026-06-30\n"

    @pytest.fixture
    def leavers(self, tmp_path: Path) -> Path:
        """A list in order."""
        file = tmp_path / "leavers.csv"
        file.write_text(self.LIST, encoding="utf-8")
        return file

    def start(self, launch: Launcher, file: Path | str, **more: Any) -> Job:
        """Launch it on the day after Erin's last."""
        check = more.pop("check", False)
        variables = {"leavers_file": str(file), "leavers_today": "2026-03-16", **more}
        return launch("nightly_offboard", check=check, verbosity=3, extra_vars=variables)

    def test_a_rehearsal(self, launch: Launcher, leavers: Path) -> None:
        job = self.start(launch, leavers, check=True)
        assert job.rc == 0, job.stdout
        assert job.verbs == {"GET"}

    def test_too_many(self, launch: Launcher, leavers: Path) -> None:
        job = self.start(launch, leavers, leavers_at_most=1)
        assert job.rc != 0
        assert job.verbs == {"GET"}
        message = job.message("Refuse to offboard more people at once than a list in order would name")
        assert message.startswith("2 people with a working account are due, and one run may offboard 1.")

    def test_those_whose_last_day_is_over_and_the_next_night_nobody(
        self, launch: Launcher, server: Emulator, leavers: Path
    ) -> None:
        job = self.start(launch, leavers, leavers_at_most=2)
        assert job.rc == 0, job.stdout
        assert {name for name in ("harry", "erin", "carol") if not server.user(name)["active"]} == {"harry", "erin"}
        assert no_secret_in(job)
        # Who is on the list for ever does not count for ever.
        again = self.start(launch, leavers, leavers_at_most=0)
        assert again.rc == 0, again.stdout
        assert again.verbs == {"GET"}

    @pytest.mark.parametrize("path", ["", "leavers.csv", "/nowhere/leavers.csv"])
    def test_there_is_no_list(self, launch: Launcher, path: str) -> None:
        job = self.start(launch, path)
        assert job.rc != 0
        assert job.requests == []
        assert job.message("Refuse to run without a list").startswith("There is no list of leavers")

    @pytest.mark.parametrize("table", ["username,leaves_on\ncarol,30.06.2026\n", "username,leaves_on\n,2026-01-01\n"])
    def test_a_list_with_mistakes(self, launch: Launcher, tmp_path: Path, table: str) -> None:
        file = tmp_path / "leavers.csv"
        file.write_text(table, encoding="utf-8")
        job = self.start(launch, file)
        assert job.rc != 0
        assert job.requests == []

    def test_nobody_is_due(self, launch: Launcher, leavers: Path) -> None:
        job = self.start(launch, leavers, leavers_today="2026-01-01")
        assert job.rc == 0, job.stdout
        assert job.requests == []


class TestWorkflow:
    """Rehearsal and real run with one set of answers, as the workflow starts them; whatever happens in between."""

    ANSWERS: ClassVar[dict[str, Any]] = {"usernames": "dora", "ticket": "INC-1"}

    @pytest.fixture(params=["reset_totp", "recover", "offboard"])
    def template(self, request: pytest.FixtureRequest) -> str:
        """Each job template that has a survey; a workflow of one's own may have a reset in it."""
        return str(request.param)

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls) -> Iterator[Emulator]:
        """A workspace that is put in order before each rehearsal."""
        with Emulator("8.6") as emulator:
            yield emulator

    @pytest.fixture
    def rehearsal(self, launch: Launcher, server: Emulator, template: str) -> Job:
        """The first node."""
        people = [person(name, _id=f"id-of-{name}") for name in ("dora", "erin")]
        server.control("world", workspace(*people, person("boss", roles=["admin"])))
        job = launch(template, check=True, workflow=True, **self.ANSWERS)
        assert job.rc == 0, job.stdout
        return job

    def test_who_was_shown_is_handed_on(self, rehearsal: Job, server: Emulator) -> None:
        assert set(rehearsal.handed_on) == {"user_access_approved_ids", "user_access_result"}
        (shown,) = rehearsal.handed_on["user_access_approved_ids"].values()
        assert (shown["id"], shown["state"]) == ("id-of-dora", "active")
        assert rehearsal.handed_on["user_access_result"]["summary"] == {"would_be_done": 1}
        assert "dora@" not in json.dumps(rehearsal.handed_on)
        # The last line of the job's output before it ends, so that who approves reads it.
        assert rehearsal.message(SUMMARY)[-1] == "TO BE APPROVED: dora (id-of-dora), d***@example.test, active"
        assert any(line.startswith("dora (id-of-dora): to do: ") for line in rehearsal.message(SUMMARY))
        assert server.user("dora")["totp"] is not None

    def test_who_was_shown_is_done(self, launch: Launcher, server: Emulator, template: str, rehearsal: Job) -> None:
        real = launch(template, after=rehearsal, **self.ANSWERS)
        assert real.rc == 0, real.stdout
        assert real.done == SENT[template]
        # That of this job, and not that of the rehearsal, which was an extra variable of it.
        assert set(real.handed_on) == {"user_access_result"}
        assert real.handed_on["user_access_result"]["summary"] == {"done": 1}
        assert any(line.startswith("dora (id-of-dora): ") for line in real.message(SUMMARY))
        assert server.user("dora")["totp"] is None

    def test_whoever_took_the_name_meanwhile_is_left_alone(
        self, launch: Launcher, server: Emulator, template: str, rehearsal: Job
    ) -> None:
        rename(server, "dora", "dora.old")
        rename(server, "erin", "dora")
        real = launch(template, after=rehearsal, **self.ANSWERS)
        assert real.rc != 0
        assert real.verbs == {"GET"}
        told = "dora was shown as the account id-of-dora, but that one is called dora.old now."
        assert told in real.message(FAILURE)
        # Whoever is told of the failure gets to know of whom.
        assert real.handed_on["user_access_result"]["users"][0]["outcome"] == "failed"
        for name in ("dora", "dora.old"):
            user = server.user(name)
            assert (user["active"], user["tokens"]["total"], bool(user["totp"])) == (True, 2, True)

    @pytest.mark.parametrize("template", ["offboard"], indirect=True)
    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"username": "dora.old"}, "that one is called dora.old now"),
            ({"active": False}, "was shown as active and is inactive now"),
            ({"emails": [{"address": "x@example.test"}]}, "has another e-mail address than when it was shown"),
        ],
    )
    def test_whoever_changed_meanwhile_is_left_alone(
        self, launch: Launcher, server: Emulator, rehearsal: Job, changes: dict[str, Any], told: str
    ) -> None:
        if "username" in changes:
            rename(server, "dora", changes["username"])
        else:
            server.change_user("dora", **changes)
        real = launch("offboard", after=rehearsal, **self.ANSWERS)
        assert real.rc != 0
        assert real.verbs == {"GET"}
        assert told in real.message(FAILURE)
