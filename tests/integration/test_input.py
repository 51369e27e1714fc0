# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that cannot be right fail before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.emulator.testing import Emulator
from tests.integration.runner import CORE, MODULE, NULL, Ansible, Run, Task, bypassing, missing

SEED = "MFWGSY3FFVZWKZLEFVTG64RNMFWGSY3F"
JOBS = {job: f"chatops.rocketchat.rocketchat_user_{job}" for job in ("offboard", "recover")}
NO_TOKEN = {"api_user_id": None, "api_token": None}


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a task, and what its error has to name."""

    options: dict[str, Any]
    advice: list[str]
    secrets: list[str] = field(default_factory=list)
    module: str = MODULE


MISTAKES = {
    "no-url": Mistake({"api_url": None}, ["api_url", "ROCKETCHAT_URL"]),
    "no-scheme": Mistake({"api_url": "chat.example.com"}, ["api_url", "https://"]),
    "other-scheme": Mistake({"api_url": "ftp://chat.example.com"}, ["api_url", "https://"]),
    "no-host": Mistake({"api_url": "https://"}, ["api_url"]),
    "url-with-query": Mistake({"api_url": "https://chat.example.com/?x=1"}, ["api_url"]),
    "url-with-api": Mistake({"api_url": "https://chat.example.com/api/v1"}, ["api_url", "/api"]),
    "url-with-password": Mistake(
        {"api_url": "https://joe:url-s3cret@chat.example.com"}, ["api_url", "password"], ["url-s3cret"]
    ),
    "url-with-bad-port": Mistake({"api_url": "https://chat.example.com:http"}, ["api_url"]),
    "both": Mistake(
        {"api_username": "joe", "api_password": "pw-s3cret"}, ["token", "password", "not both"], ["pw-s3cret"]
    ),
    "token-alone": Mistake({"api_user_id": None}, ["api_token", "api_user_id"]),
    "id-alone": Mistake({"api_token": None}, ["api_token", "api_user_id"]),
    "name-alone": Mistake({**NO_TOKEN, "api_username": "joe"}, ["api_username", "api_password"]),
    "password-alone": Mistake(
        {**NO_TOKEN, "api_password": "pw-s3cret"}, ["api_username", "api_password"], ["pw-s3cret"]
    ),
    "no-credentials": Mistake(NO_TOKEN, ["ROCKETCHAT_TOKEN", "api_password"]),
    "token-with-line-break": Mistake({"api_token": "token-s3cret\n"}, ["api_token"], ["token-s3cret"]),
    "seed-not-base32": Mistake({"two_factor_secret": "not-base32-189"}, ["two_factor_secret", "base32"], ["189"]),
    # Rocket.Chat has but one kind of TOTP.
    "uri-sha256": Mistake(
        {"two_factor_secret": f"otpauth://totp/x?secret={SEED}&algorithm=SHA256"},
        ["two_factor_secret", "algorithm 'SHA256'", "SHA1 alone"],
        [SEED],
    ),
    "uri-eight-digits": Mistake(
        {"two_factor_secret": f"otpauth://totp/x?secret={SEED}&digits=8"}, ["digits '8'", "6 alone"], [SEED]
    ),
    "uri-of-a-minute": Mistake(
        {"two_factor_secret": f"otpauth://totp/x?period=60&secret={SEED}"}, ["period '60'", "30 alone"], [SEED]
    ),
    "uri-that-counts": Mistake(
        {"two_factor_secret": f"otpauth://hotp/x?secret={SEED}&counter=1"}, ["otpauth", "TOTP"], [SEED]
    ),
    "uri-without-seed": Mistake({"two_factor_secret": "otpauth://totp/x?issuer=Chat"}, ["otpauth", "without a seed"]),
    # What YAML makes of 012345 without quotes, and a survey of 0815.
    "code-octal": Mistake({"two_factor_code": 0o12345, "two_factor_method": "totp"}, ["4 digits", "quotes"], ["5349"]),
    "code-number": Mistake({"two_factor_code": 12345, "two_factor_method": "email"}, ["5 digits", "quotes"], ["12345"]),
    "code-without-method": Mistake({"two_factor_code": "987654"}, ["two_factor_code", "two_factor_method"], ["987654"]),
    "code-and-seed": Mistake(
        {"two_factor_code": "987654", "two_factor_method": "totp", "two_factor_secret": SEED},
        ["two_factor_code", "two_factor_secret"],
        [SEED, "987654"],
    ),
    "seed-for-mail": Mistake({"two_factor_secret": SEED, "two_factor_method": "email"}, ["two_factor_secret"], [SEED]),
    "totp-without-anything": Mistake({"two_factor_method": "totp"}, ["two_factor_secret", "two_factor_code"]),
    "password-without-one": Mistake({"two_factor_method": "password"}, ["two_factor_password"]),
    "no-timeout": Mistake({"timeout": 0}, ["timeout"]),
    "endless": Mistake({"timeout": "inf"}, ["timeout"]),
    "not-a-number": Mistake({"timeout": "nan"}, ["timeout"]),
    "negative-retries": Mistake({"retries": -1}, ["retries"]),
    "negative-wait": Mistake({"rate_limit_wait": -1}, ["rate_limit_wait"]),
    "no-concurrency": Mistake({"concurrency": 0}, ["concurrency"]),
    "own-header": Mistake(
        {"http_headers": {"X-Gate": "h3ader-a", "x-auth-token": "h3ader-b"}},
        ["x-auth-token", "of this collection's own"],
        ["h3ader-a", "h3ader-b"],
    ),
    "number-in-a-header": Mistake({"http_headers": {"X-Gate": 4711}}, ["the value of X-Gate", "in quotes"], ["4711"]),
    "header-in-two-lines": Mistake({"http_headers": {"X-Gate": "h3ader\nb"}}, ["the value of X-Gate"], ["h3ader"]),
    "headers-that-are-none": Mistake({"http_headers": "X-Gate=h3ader"}, ["http_headers", "JSON object"], ["h3ader"]),
    "header-without-name": Mistake({"http_headers": '{"X Gate": "h3ader"}'}, ["http_headers", "'X Gate'"], ["h3ader"]),
    "most-below-nobody": Mistake({"max_accounts": -1}, ["max_accounts is -1"]),
    "client-cert-absent": Mistake({"client_cert": "/nowhere/cert.pem"}, ["client_cert", "/nowhere/cert.pem"]),
    "receipt-field": Mistake(
        {"receipt_field": "totpReset"}, ["receipt_field is gone", "whoever holds an account can write"]
    ),
    "ledger-with-blank": Mistake({"ledger": "access ledger"}, ["ledger", "'access ledger'"]),
    "no-days": Mistake({"ledger": "access-ledger", "ledger_days": 0}, ["ledger_days"]),
    "required-without-ledger": Mistake({"ledger_required": True}, ["ledger_required", "need ledger"]),
    "journal-directory": Mistake({"journal": "/"}, ["journal: /", "directory"]),
    "journal-device": Mistake({"journal": "/dev/null"}, ["journal: /dev/null", "no file"]),
    "journal-below-a-file": Mistake({"journal": "/dev/null/journal.jsonl"}, ["journal", "not a directory"]),
}
for job, module in JOBS.items():
    MISTAKES |= {
        # What YAML makes of 0123 without quotes, and of nothing at all.
        f"number-{job}": Mistake({"username": 83}, ["username: 83", "quotes"], module=module),
        f"yes-{job}": Mistake({"usernames": ["bob", True]}, ["usernames: True", "quotes"], module=module),
        f"id-{job}": Mistake({"username": None, "user_id": 12.5}, ["user_id: 12.5", "quotes"], module=module),
        f"null-{job}": Mistake({"username": NULL}, ["username is null"], module=module),
        # What is nearly JSON names nobody, least of all with its brackets.
        f"half-a-list-{job}": Mistake(
            {"username": None, "usernames": '["alice", "bob"'}, ["usernames begins like JSON"], module=module
        ),
        f"object-{job}": Mistake({"username": '{"alice": 1}'}, ["username begins like JSON"], module=module),
        f"number-in-text-{job}": Mistake({"username": '["alice", 83]'}, ["username: 83", "quotes"], module=module),
        f"no-address-{job}": Mistake(
            {"username": None, "emails": ["alice"]}, ["'alice'", "no e-mail address", "usernames"], module=module
        ),
        f"blank-address-{job}": Mistake({"username": None, "emails": [" "]}, ["emails: entry 1"], module=module),
        # Up to 2.18 a template makes text of it.
        f"null-from-template-{job}": Mistake(
            {"username": "{{ none }}"},
            ["username is null" if CORE >= (2, 19) else "usernames: entry 1 is empty"],
            module=module,
        ),
        f"omitted-{job}": Mistake({"username": "{{ nobody | default(omit) }}"}, ["Nobody is named"], module=module),
    }


@pytest.fixture(scope="class")
def run(modern: Emulator, ansible: Ansible) -> Run:
    """Every mistake in a task that is fine otherwise."""
    return ansible(
        {
            name: Task(bypassing(modern, **{"username": "alice", **mistake.options}), module=mistake.module)
            for name, mistake in MISTAKES.items()
        }
    )


class TestMistakes:
    """One for each."""

    @pytest.mark.parametrize("name", MISTAKES)
    def test_says_what_is_wrong(self, run: Run, name: str) -> None:
        """The option is named."""
        result = run.results[name]
        assert (result["failed"], result["changed"], result["users"]) == (True, False, [])
        assert result["error"]["code"] == "invalid-input"
        assert missing(result["msg"], MISTAKES[name].advice) == []

    @pytest.mark.parametrize("name", [name for name, mistake in MISTAKES.items() if mistake.secrets])
    def test_does_not_repeat_a_secret(self, run: Run, name: str) -> None:
        """What was given in the wrong place may be a secret all the same."""
        result = run.results[name]
        said = result["msg"] + str(result["error"])
        assert [secret for secret in MISTAKES[name].secrets if secret in said] == []

    def test_nothing_was_sent(self, modern: Emulator, run: Run) -> None:
        """The server saw none of them."""
        assert modern.requests() == []

    def test_no_traceback(self, run: Run) -> None:
        """None of the failures is an exception of Python."""
        assert "Traceback" not in run.everything
