# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the calling account answers when the server asks for its second factor."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.emulator.cast import SVC_HELPDESK_TOKEN, id_of, password_of, seed_of
from tests.emulator.testing import Emulator
from tests.integration.runner import (
    HELPDESK,
    RESET,
    Ansible,
    Run,
    Task,
    bypassing,
    changed,
    codes,
    missing,
    requests_of,
    resets,
    warnings_of,
    with_token,
    writes,
)

StartEmulator = Callable[..., Emulator]

CALLER = "user00001"
SEED = seed_of(CALLER)


def helpdesk(server: Emulator, **options: Any) -> dict[str, Any]:
    """An account without TOTP and e-mail codes: asked for its password."""
    return {"api_url": server.url, "api_user_id": id_of(HELPDESK), "api_token": SVC_HELPDESK_TOKEN, **options}


def by_app(server: Emulator, **options: Any) -> dict[str, Any]:
    """An account with TOTP."""
    server.change_user(CALLER, roles=["admin"])
    return with_token(server, CALLER, **options)


def by_mail(server: Emulator, **options: Any) -> dict[str, Any]:
    """An account that is asked for mailed codes."""
    server.change_user("carol", roles=["admin"])
    return with_token(server, "carol", **options)


@pytest.fixture(scope="class")
def run(server: Emulator, ansible: Ansible) -> Run:
    """Callers of each kind, with answers that fit and that do not."""
    app = by_app(server)
    code = server.totp_code(CALLER)
    return ansible(
        {
            # The first, while its code is fresh.
            "static": Task(
                {
                    **app,
                    "username": "user00011",
                    "two_factor_method": "totp",
                    "two_factor_code": code,
                }
            ),
            # As authenticators show it.
            "spaced-code": Task(
                {
                    **app,
                    "username": "user00023",
                    "two_factor_method": "totp",
                    "two_factor_code": f" {code[:3]} {code[3:]}",
                }
            ),
            # As password managers hand it out.
            "seed-in-uri": Task(
                {
                    **app,
                    "username": "user00024",
                    "two_factor_secret": f"otpauth://totp/Chat:svc?secret={SEED}&issuer=Chat&algorithm=sha1&digits=6",
                }
            ),
            "seed": Task({**app, "usernames": ["user00012", "user00013"], "two_factor_secret": SEED}),
            "spaced-seed": Task(
                {**app, "username": "user00014", "two_factor_secret": f"{SEED[:4].lower()} {SEED[4:].lower()}"}
            ),
            "password": Task(
                helpdesk(
                    server,
                    usernames=["user00015", "user00016"],
                    two_factor_method="password",
                    two_factor_password=password_of(HELPDESK),
                )
            ),
            "password-unnamed": Task(helpdesk(server, username="user00017", two_factor_password=password_of(HELPDESK))),
            "own-password": Task(
                {
                    "api_url": server.url,
                    "api_username": HELPDESK,
                    "api_password": password_of(HELPDESK),
                    "username": "user00018",
                }
            ),
            "nothing": Task({**app, "username": "user00021"}),
            "nothing-password": Task(helpdesk(server, username="user00021")),
            "wrong-method": Task(
                {**app, "username": "user00021", "two_factor_method": "password", "two_factor_password": "x"}
            ),
            "wrong-code": Task(
                {
                    **app,
                    "usernames": ["user00021", "user00022"],
                    "two_factor_method": "totp",
                    "two_factor_code": "wrong1",
                }
            ),
            "wrong-seed": Task({**app, "username": "user00021", "two_factor_secret": seed_of("user00030")}),
            "wrong-password": Task(helpdesk(server, username="user00021", two_factor_password="not it")),
            "bypass": Task(bypassing(server, username="user00019")),
        }
    )


class TestAnswers:
    """Against both dialects."""

    @pytest.mark.parametrize(
        "task",
        [
            *("static", "spaced-code", "seed", "spaced-seed", "seed-in-uri"),
            *("password", "password-unnamed", "own-password", "bypass"),
        ],
    )
    def test_right_answer_resets(self, run: Run, task: str) -> None:
        """An answer that fits gets the work done."""
        assert set(changed(run.results[task])) == {True}, run.results[task]["msg"]
        assert "error" not in run.results[task]

    @pytest.mark.parametrize(
        ("task", "method"),
        [
            ("static", "totp"),
            ("seed", "totp"),
            ("password", "password"),
            ("password-unnamed", "password"),
            ("own-password", "password"),
        ],
    )
    def test_method_is_the_one_asked_for(self, server: Emulator, run: Run, task: str, method: str) -> None:
        """The first request waits for the challenge; whatever follows answers with the method it named."""
        methods = [entry["two_factor_method"] for entry in resets(server, task)]
        assert methods[0] is None
        assert set(methods[1:]) == {method}

    def test_blanks_are_not_sent(self, server: Emulator, run: Run) -> None:
        """The code goes as the server computes it."""
        sent = {entry["two_factor_code"] for entry in resets(server, "spaced-code")} - {None}
        assert [(len(code), code.isdigit()) for code in sent] == [(6, True)]

    @pytest.mark.parametrize("task", ["seed", "password"])
    def test_challenged_once_a_run(self, server: Emulator, run: Run, task: str) -> None:
        """Once the method is known, the code goes with each request at once."""
        assert [entry["status"] for entry in resets(server, task)] == [400, 200, 200]
        assert [entry["attempts"] for entry in run.results[task]["users"]] == [2, 1]

    def test_password_is_sent_as_its_digest(self, server: Emulator, run: Run) -> None:
        """The server wants the lower-case hexadecimal SHA-256."""
        digest = hashlib.sha256(password_of(HELPDESK).encode()).hexdigest()
        assert [entry["two_factor_code"] for entry in resets(server, "password")] == [None, digest, digest]

    def test_bypassing_token_sends_no_code(self, server: Emulator, run: Run) -> None:
        """A token that skips the second factor is not challenged, and nothing is volunteered."""
        (sent,) = resets(server, "bypass")
        assert (sent["two_factor_code"], sent["two_factor_method"]) == (None, None)

    @pytest.mark.parametrize(
        ("task", "advice"),
        [
            ("nothing", ["method totp", "two_factor_secret", "two_factor_code with two_factor_method=totp"]),
            ("nothing-password", ["method password", "two_factor_password"]),
            ("wrong-method", ["method totp", "the task answers password", "two_factor_secret"]),
        ],
    )
    def test_unanswered_challenge_says_what_to_give(self, run: Run, task: str, advice: list[str]) -> None:
        """A challenge that the task cannot answer names the method and the option for it."""
        result = run.results[task]
        assert codes(result) == ["totp-required"]
        assert missing(result["msg"], [*advice, "TOTP Required"]) == []

    def test_method_that_is_not_asked_for_is_not_tried(self, server: Emulator, run: Run) -> None:
        """A password is never sent in place of a TOTP code."""
        assert [entry["two_factor_code"] for entry in resets(server, "wrong-method")] == [None]

    @pytest.mark.parametrize(
        ("task", "advice"),
        [
            ("wrong-code", ["two_factor_code was refused", "two_factor_secret"]),
            ("wrong-seed", ["two_factor_secret was refused", "clocks"]),
            ("wrong-password", ["two_factor_password"]),
        ],
    )
    def test_refused_answer_says_so(self, run: Run, task: str, advice: list[str]) -> None:
        """A code that the server calls invalid is told apart from one that is missing."""
        result = run.results[task]
        assert result["error"]["code"] == "totp-invalid"
        assert missing(result["msg"], [*advice, "TOTP Invalid"]) == []

    def test_refused_answer_ends_the_run(self, server: Emulator, run: Run) -> None:
        """A wrong code is not tried on the next account."""
        assert codes(run.results["wrong-code"]) == ["totp-invalid", "not-attempted"]
        assert [entry["status"] for entry in resets(server, "wrong-code")] == [400, 400]

    def test_seed_tries_the_next_step_once(self, server: Emulator, run: Run) -> None:
        """A wrong seed is tried twice and no more."""
        sent = [entry["two_factor_code"] for entry in resets(server, "wrong-seed")]
        assert len(sent) == 3
        assert len(set(sent)) == 3

    def test_failures_reset_nobody(self, server: Emulator, run: Run) -> None:
        """The targets of failed runs keep their TOTP."""
        assert [server.user(name)["totp"]["enabled"] for name in ("user00021", "user00022")] == [True, True]


@pytest.fixture(scope="class")
def mailed(server: Emulator, ansible: Ansible) -> dict[str, Any]:
    """Without a code, then with the one that came by mail; before that, where it would be wasted."""
    options = by_mail(server)
    without = ansible({"without": Task({**options, "username": "user00011"})})
    code = server.email_code("carol")
    signing_in = {
        "api_url": server.url,
        "api_username": "carol",
        "api_password": password_of("carol"),
        "username": "user00011",
    }
    given = {"two_factor_method": "email", "two_factor_code": code}
    run = ansible(
        {
            "twice": Task({**options, **given, "usernames": ["user00011", "user00012"]}),
            "login": Task({**signing_in, **given}),
            "wrong": Task({**options, **given, "two_factor_code": "wrong1", "username": "user00011"}),
            # As the mail has it.
            "right": Task({**options, **given, "two_factor_code": f"{code[:3]}-{code[3:]}", "username": "user00011"}),
        }
    )
    return {**without.results, **run.results, "code": code}


class TestEmail:
    """Codes that come by mail and work once, against both dialects."""

    def test_without_code_says_whereto(self, mailed: dict[str, Any]) -> None:
        """The server has mailed a code: the error says so, to whom, and how to pass it."""
        result = mailed["without"]
        assert codes(result) == ["totp-required"]
        wanted = ["A code was mailed to carol@example.test", "two_factor_code", "two_factor_method=email"]
        assert missing(result["msg"], wanted) == []

    def test_without_code_one_is_mailed(self, server: Emulator, mailed: dict[str, Any]) -> None:
        """One mail, to the caller."""
        sent = [mail["to"] for mail in server.mails() if "code" in mail]
        assert sent == ["carol@example.test"]

    def test_two_targets_are_refused(self, server: Emulator, mailed: dict[str, Any]) -> None:
        """A code that works once is refused for two accounts before anything is written."""
        assert mailed["twice"]["error"]["code"] == "invalid-input"
        assert "works only once" in mailed["twice"]["msg"]
        assert writes(server, "twice") == []

    def test_two_targets_are_accounted_for(self, mailed: dict[str, Any]) -> None:
        """Both are in the result, as not attempted."""
        assert codes(mailed["twice"]) == ["not-attempted", "not-attempted"]
        assert changed(mailed["twice"]) == [False, False]

    def test_code_is_not_spent_on_signing_in(self, server: Emulator, mailed: dict[str, Any]) -> None:
        """A login that asks for the code fails instead of using it up."""
        assert mailed["login"]["error"]["code"] == "single-use-code"
        assert missing(mailed["login"]["msg"], ["api_token", "two_factor_secret"]) == []
        assert [entry["path"] for entry in writes(server, "login")] == ["/api/v1/login"]
        assert mailed["code"] not in "".join(entry["body"] for entry in requests_of(server, "login"))

    def test_wrong_code(self, mailed: dict[str, Any]) -> None:
        """A wrong code says which mail to look for."""
        assert mailed["wrong"]["error"]["code"] == "totp-invalid"
        assert "e-mail code in two_factor_code was refused" in mailed["wrong"]["msg"]

    def test_right_code_resets(self, server: Emulator, mailed: dict[str, Any]) -> None:
        """With the code from the mail the work is done."""
        assert changed(mailed["right"]) == [True]
        assert server.user("user00011")["totp"] is None
        last = resets(server, "right")[-1]
        assert (last["two_factor_method"], last["two_factor_code"]) == ("email", mailed["code"])


class TestBackupCode:
    """A backup code works once too."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, modern: Emulator, ansible: Ansible) -> Run:
        """One for two accounts, one for signing in, one for one account."""
        modern.change_user(CALLER, totp={"enabled": True, "secret": SEED, "backupCodes": ["abcdEFG2"]})
        given = {"two_factor_method": "totp", "two_factor_code": "abcdEFG2"}
        login = {"api_url": modern.url, "api_username": CALLER, "api_password": password_of(CALLER)}
        return ansible(
            {
                "twice": Task({**by_app(modern), **given, "usernames": ["user00011", "user00012"]}),
                "login": Task({**login, **given, "username": "user00011"}),
                "once": Task({**by_app(modern), **given, "username": "user00011"}),
            }
        )

    def test_two_targets_are_refused(self, modern: Emulator, run: Run) -> None:
        """Before anything is written."""
        assert run.results["twice"]["error"]["code"] == "invalid-input"
        assert writes(modern, "twice") == []

    def test_is_not_spent_on_signing_in(self, modern: Emulator, run: Run) -> None:
        """The login is not given the code."""
        assert run.results["login"]["error"]["code"] == "single-use-code"
        assert "abcdEFG2" not in "".join(entry["body"] for entry in requests_of(modern, "login"))

    def test_serves_one_account(self, modern: Emulator, run: Run) -> None:
        """After the refusals the code is still good."""
        assert changed(run.results["once"]) == [True]


class TestClock:
    """Codes from a seed depend on two clocks."""

    @pytest.mark.parametrize(("offset", "told"), [(600, "ahead of"), (-90, "behind")])
    def test_clocks_that_differ(self, emulators: StartEmulator, ansible: Ansible, offset: int, told: str) -> None:
        """Codes are for the server's clock, which every answer tells; the first one fits."""
        server = emulators("8.6")
        server.control("clock", {"offset_seconds": offset})
        run = ansible({"differ": Task(by_app(server, username="user00011", two_factor_secret=SEED))})
        assert changed(run.results["differ"]) == [True]
        assert [entry["status"] for entry in resets(server, "differ")] == [400, 200]
        # The header has whole seconds.
        (warning,) = [text for text in warnings_of(run.results["differ"]).splitlines() if "clock is" in text]
        (seconds,) = map(int, re.findall(r"clock is (\d+) seconds", warning))
        assert abs(offset) - 5 <= seconds <= abs(offset) + 5
        assert f"seconds {told} that of the host" in warning

    def test_a_clock_that_is_nearly_right(self, modern: Emulator, ansible: Ansible) -> None:
        """Within a step nothing is corrected, and nothing said."""
        modern.control("clock", {"offset_seconds": 15})
        run = ansible({"near": Task(by_app(modern, username="user00011", two_factor_secret=SEED))})
        assert changed(run.results["near"]) == [True]
        assert "clock" not in warnings_of(run.results["near"])

    def test_roll_over_between_targets(self, emulators: StartEmulator, ansible: Ansible) -> None:
        """Each request gets the code of its own moment: here a server without a window is slow to answer."""
        server = emulators("6.5")
        server.settings({"Accounts_TwoFactorAuthentication_MaxDelta": 0})
        server.fault("delay-until-next-totp-step", {"path": "users.resetTOTP", "nth": 2})
        options = by_app(server, usernames=["user00011", "user00012"], two_factor_secret=SEED, timeout=60)
        run = ansible({"roll": Task(options)})
        assert changed(run.results["roll"]) == [True, True]
        _challenged, first, second = resets(server, "roll")
        assert first["two_factor_code"] != second["two_factor_code"]


class TestSpecialVersions:
    """What only some servers do."""

    def test_broken_bypass(self, emulators: StartEmulator, ansible: Ansible) -> None:
        """8.5 asks although the token was made to bypass: the error names the option, and with it the reset works."""
        server = emulators("8.5")
        options = bypassing(server, username="user00011")
        answer = {"two_factor_password": password_of(HELPDESK)}
        results = ansible({"asked": Task(options), "answered": Task({**options, **answer})}).results
        assert codes(results["asked"]) == ["totp-required"]
        assert missing(results["asked"]["msg"], ["method password", "two_factor_password"]) == []
        assert changed(results["answered"]) == [True]

    def test_too_many_wrong_codes(self, emulators: StartEmulator, ansible: Ansible) -> None:
        """After five wrong e-mail codes the server takes no more; the error says how long to wait."""
        server = emulators("8.6")
        options = by_mail(server)
        body = json.dumps({"userId": id_of("user00011")}).encode()
        headers = {
            "X-User-Id": options["api_user_id"],
            "X-Auth-Token": options["api_token"],
            "Content-Type": "application/json",
            "x-2fa-method": "email",
            "x-2fa-code": "wrong1",
        }
        for _nth in range(4):
            with pytest.raises(HTTPError):
                urlopen(Request(server.url + RESET, data=body, headers=headers))
        given = {"two_factor_method": "email", "two_factor_code": "wrong1", "username": "user00011"}
        run = ansible({"worn-out": Task({**options, **given})})
        result = run.results["worn-out"]
        assert codes(result) == ["totp-max-attempts"]
        assert missing(result["msg"], ["one hour", "two_factor_secret", "Maximun Failed Attempts"]) == []
