# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options from the environment, as a controller injects them, and from module_defaults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.cast import SVC_BYPASS_TOKEN, SVC_HELPDESK_TOKEN, id_of, password_of, seed_of
from tests.emulator.testing import Emulator
from tests.integration.runner import (
    HELPDESK,
    Ansible,
    Run,
    Task,
    bypassing,
    changed,
    codes,
    requests_of,
    resets,
    writes,
)
from tests.integration.servers import closed_port

ALL = (
    "URL",
    "USER_ID",
    "TOKEN",
    "USERNAME",
    "PASSWORD",
    "VALIDATE_CERTS",
    "CA_PATH",
    "CLIENT_CERT",
    "CLIENT_KEY",
    "TIMEOUT",
    "USE_PROXY",
    "HTTP_AGENT",
    "HTTP_HEADERS",
    "RETRIES",
    "RATE_LIMIT_WAIT",
    "CONCURRENCY",
    "2FA_METHOD",
    "2FA_CODE",
    "2FA_SECRET",
    "2FA_PASSWORD",
)


@pytest.fixture(scope="class")
def run(modern: Emulator, ansible: Ansible) -> Iterator[Run]:
    """Each variable where its effect shows; nothing else names the server or the caller."""
    modern.change_user("user00001", roles=["admin"])
    app = modern.token("user00001", kind="pat")
    modern.fault("hang", {"path": "users.resetTOTP", "nth": 3})
    modern.fault("rate-limit", {"path": "users.resetTOTP", "nth": 4}, seconds=5)
    url = {"ROCKETCHAT_URL": modern.url}
    token = {**url, "ROCKETCHAT_USER_ID": id_of(HELPDESK), "ROCKETCHAT_TOKEN": SVC_BYPASS_TOKEN}
    asked = {**token, "ROCKETCHAT_TOKEN": SVC_HELPDESK_TOKEN}
    by_app = {**url, "ROCKETCHAT_USER_ID": app["userId"], "ROCKETCHAT_TOKEN": app["token"]}
    code = {"ROCKETCHAT_2FA_METHOD": "totp", "ROCKETCHAT_2FA_CODE": modern.totp_code("user00001")}
    login = {**url, "ROCKETCHAT_USERNAME": HELPDESK, "ROCKETCHAT_PASSWORD": password_of(HELPDESK)}
    patience = {"ROCKETCHAT_TIMEOUT": "0.5", "ROCKETCHAT_RETRIES": "0"}

    def task(number: int, environment: dict[str, str], **options: object) -> Task:
        return Task({"username": f"user{number:05d}", **options}, environment=environment)

    with closed_port() as port:
        down = {"HTTP_PROXY": f"http://127.0.0.1:{port}", "ROCKETCHAT_USE_PROXY": "false"}
        yield ansible(
            {
                # The order matters: two resets, then the faults.
                "code": task(11, {**by_app, **code}),
                "patience": task(12, {**token, **patience}),
                "limit": task(13, {**token, "ROCKETCHAT_RATE_LIMIT_WAIT": "1"}),
                "token": task(14, token),
                "login": task(15, login),
                "seed": task(16, {**by_app, "ROCKETCHAT_2FA_SECRET": seed_of("user00001")}),
                "password": task(17, {**asked, "ROCKETCHAT_2FA_PASSWORD": password_of(HELPDESK)}),
                "proxy": task(18, {**token, **down}),
                "agent": task(19, {**token, "ROCKETCHAT_HTTP_AGENT": "the-agent"}, http_agent=None),
                "default-agent": task(20, token, http_agent=None),
                "concurrency": task(21, {**token, "ROCKETCHAT_CONCURRENCY": "0"}),
                "empty": Task(
                    bypassing(modern, username="user00022"), environment={f"ROCKETCHAT_{name}": "" for name in ALL}
                ),
                "option-wins": Task(
                    bypassing(modern, username="user00023", timeout=30),
                    environment={
                        "ROCKETCHAT_URL": "https://chat.example.com",
                        "ROCKETCHAT_USER_ID": "somebody",
                        "ROCKETCHAT_TOKEN": "something",
                        "ROCKETCHAT_TIMEOUT": "0",
                    },
                ),
                "bad-number": task(24, {**token, "ROCKETCHAT_TIMEOUT": "soon"}),
                "bad-headers": task(25, {**token, "ROCKETCHAT_HTTP_HEADERS": '{"X-Gate": "g4te-s3cret'}),
            }
        )


class TestVariables:
    """Those for TLS are tested with the certificates."""

    @pytest.mark.parametrize(
        "task",
        ["code", "token", "login", "seed", "password", "proxy", "agent", "default-agent", "empty", "option-wins"],
    )
    def test_works(self, run: Run, task: str) -> None:
        """What the environment gives is enough."""
        assert changed(run.results[task]) == [True]

    def test_login(self, modern: Emulator, run: Run) -> None:
        """With name and password from the environment the module signs in and out."""
        paths = [entry["path"] for entry in writes(modern, "login")]
        assert (paths[0], paths[-1]) == ("/api/v1/login", "/api/v1/logout")

    @pytest.mark.parametrize(("task", "method"), [("code", "totp"), ("seed", "totp"), ("password", "password")])
    def test_second_factor(self, modern: Emulator, run: Run, task: str, method: str) -> None:
        """The answers come from the environment too."""
        assert [entry["two_factor_method"] for entry in resets(modern, task)] == [None, method]

    def test_timeout_and_retries(self, modern: Emulator, run: Run) -> None:
        """One try, of half a second."""
        result = run.results["patience"]
        assert codes(result) == ["timeout"]
        assert "0.5 seconds" in result["msg"]
        assert len(resets(modern, "patience")) == 1

    def test_rate_limit_wait(self, run: Run) -> None:
        """A budget of one second does not cover a wait of five."""
        assert codes(run.results["limit"]) == ["error-too-many-requests"]

    def test_agent(self, modern: Emulator, run: Run) -> None:
        """The User-Agent is the one of the environment."""
        assert len(resets(modern, "the-agent")) == 1

    def test_default_agent(self, modern: Emulator, run: Run) -> None:
        """Without any it is the collection's name, and constant: old servers remember by it."""
        assert len(resets(modern, "chatops.rocketchat")) == 1

    def test_concurrency(self, run: Run) -> None:
        """A number that cannot be right is refused wherever it comes from."""
        assert "concurrency" in run.results["concurrency"]["msg"]

    def test_bad_number(self, run: Run) -> None:
        """So is what is no number."""
        result = run.results["bad-number"]
        assert result["failed"] is True
        assert "timeout" in result["msg"]

    def test_bad_headers(self, modern: Emulator, run: Run) -> None:
        """What should be JSON and is none is not sent as something else, nor shown."""
        result = run.results["bad-headers"]
        assert result["error"]["code"] == "invalid-input"
        assert "JSON object" in result["msg"]
        assert "g4te-s3cret" not in run.everything
        assert requests_of(modern, "bad-headers") == []

    def test_nothing_went_elsewhere(self, modern: Emulator, run: Run) -> None:
        """Options of the task win over the environment: the requests came here."""
        assert {entry["as"] for entry in requests_of(modern, "option-wins")} == {None, HELPDESK}


class TestInjected:
    """The environment of the whole run, as AWX sets it."""

    def test_process_environment(self, modern: Emulator, ansible: Ansible) -> None:
        """A playbook without a word about the connection works, empty fields of the credential included."""
        given = {"URL": modern.url, "USER_ID": id_of(HELPDESK), "TOKEN": SVC_BYPASS_TOKEN}
        environment = {f"ROCKETCHAT_{name}": given.get(name, "") for name in ALL}
        run = ansible({"job": Task({"username": "alice", "http_agent": None})}, environment=environment)
        assert changed(run.results["job"]) == [True]
        assert modern.user("alice")["totp"] is None


class TestModuleDefaults:
    """The action group."""

    def test_group(self, modern: Emulator, ansible: Ansible) -> None:
        """module_defaults for group/chatops.rocketchat.rocketchat reach the module."""
        defaults = {"group/chatops.rocketchat.rocketchat": bypassing(modern)}
        run = ansible({"default": Task({"username": "alice"})}, module_defaults=defaults)
        assert changed(run.results["default"]) == [True]
