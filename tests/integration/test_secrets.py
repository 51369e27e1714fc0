# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever happens, and at -vvv: no secret in the output, the log, or the result."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator

import pytest

from tests.emulator.cast import id_of
from tests.emulator.testing import Emulator
from tests.integration.runner import Ansible, Run, Task, changed, requests_of
from tests.integration.servers import recording_proxy
from tests.integration.test_neighbours_common import offboard, recover

TOKEN = "T0ken-of-the-app-account-ABCDEFGHIJKLMNOPQ"
MAIL_TOKEN = "T0ken-of-the-mail-account-ABCDEFGHIJKLMNOP"
PASSWORD = "Pa55word-of-user00002"
OTHER_PASSWORD = "Pa55word-that-is-wrong"
SEED = "ONSWG4TFOQWXGZLFMQWW6ZRNOVZWK4RQGAYDAMI="
STATIC = "5tat1c"
PROXY_PASSWORD = "Pa55word-of-the-proxy"
BAD_SEED = "not-a-seed-0189"
BAD_TOKEN = "T0ken-that-was-revoked"
LEAK = "bcrypt"
GATE = "S3cret-of-the-gateway"
GATE_TEXT = "S3cret-of-the-gateway-as-text"
GATE_ENVIRONMENT = "S3cret-of-the-gateway-in-the-environment"


def gate(secret: str) -> dict[str, str]:
    """The headers that a gateway wants."""
    return {"CF-Access-Client-Id": "gate.1d", "CF-Access-Client-Secret": secret}


def digest(text: str) -> str:
    """The SHA-256 that stands in for a password."""
    return hashlib.sha256(text.encode()).hexdigest()


def stored(token: str) -> str:
    """How a server keeps a token, and 6.5 shows it to its owner."""
    return base64.b64encode(hashlib.sha256(token.encode()).digest()).decode()


@pytest.fixture(scope="class")
def run(server: Emulator, ansible: Ansible) -> Iterator[Run]:
    """Success, failure, check mode with diff, and bad input, all through a proxy with a password."""
    server.change_user("user00001", roles=["admin"], totp={"enabled": True, "secret": SEED.rstrip("=")})
    server.token("user00001", kind="pat", token=TOKEN, name="ansible")
    server.change_user("user00002", roles=["admin"], totp=None, password=PASSWORD)
    server.change_user("carol", roles=["admin"])
    server.token("carol", kind="pat", token=MAIL_TOKEN, name="ansible")
    # A password is mailed to a verified address alone.
    server.change_user("user00015", emails=[{"address": "user00015@example.test", "verified": True}])
    app = {"api_url": server.url, "api_user_id": id_of("user00001"), "api_token": TOKEN}
    mail = {"api_url": server.url, "api_user_id": id_of("carol"), "api_token": MAIL_TOKEN}
    password = {"api_url": server.url, "api_username": "user00002", "api_password": PASSWORD}
    tasks = {
        "success": Task({**app, "username": "user00011", "two_factor_secret": SEED, "http_headers": gate(GATE)}),
        "success-password": Task({**password, "username": "user00012"}),
        "check": Task({**app, "username": "alice", "two_factor_secret": SEED}, check=True, diff=True),
        "diff": Task({**password, "username": "user00013", "http_headers": json.dumps(gate(GATE_TEXT))}, diff=True),
        "offboard": offboard({**app, "username": "user00014", "two_factor_secret": SEED, "ledger": "access-ledger"}),
        "recover": recover({**password, "username": "user00015", "reset_password": True}, diff=True),
        "wrong-code": Task({**app, "username": "alice", "two_factor_method": "totp", "two_factor_code": STATIC}),
        "wrong-mail-code": Task({**mail, "username": "alice", "two_factor_method": "email", "two_factor_code": STATIC}),
        "no-mail-code": Task({**mail, "username": "alice"}),
        "wrong-password": Task({**password, "username": "alice", "two_factor_password": OTHER_PASSWORD}),
        "login-refused": Task({**password, "username": "alice", "api_password": OTHER_PASSWORD}),
        "revoked": Task({**app, "username": "alice", "api_token": BAD_TOKEN}),
        # The server answers this look-up with the caller's own secrets.
        "caller": Task({**app, "usernames": ["user00001", "nobody"], "two_factor_secret": SEED}),
        "bad-seed": Task({**app, "username": "alice", "two_factor_secret": BAD_SEED}),
        "code-alone": Task({**app, "username": "alice", "two_factor_code": STATIC}),
        "both": Task({**app, **password, "username": "alice", "two_factor_password": OTHER_PASSWORD}),
        "offboard-code": offboard({**app, "username": "alice", "two_factor_method": "totp", "two_factor_code": STATIC}),
        "recover-revoked": recover({**app, "username": "alice", "api_token": BAD_TOKEN}),
        # Ansible refuses these before the module can hide anything.
        "choice": Task({**app, "username": "alice", "on_error": "x", "http_headers": gate(GATE)}),
        "choice-text": Task({**app, "username": "alice", "on_error": "x", "http_headers": json.dumps(gate(GATE_TEXT))}),
        "choice-environment": Task({**app, "username": "alice", "on_error": "x"}),
        "line-break": Task({**app, "username": "alice", "api_token": f"{TOKEN}\n"}),
    }
    with recording_proxy() as proxy:
        environment = {
            "HTTP_PROXY": f"http://joe:{PROXY_PASSWORD}@{proxy.address}",
            "ROCKETCHAT_HTTP_HEADERS": json.dumps(gate(GATE_ENVIRONMENT)),
        }
        yield ansible(tasks, "-vvv", environment=environment)
        assert proxy.seen, "The proxy was not used, so its password was never in danger."


class TestSecrets:
    """Against both dialects."""

    def test_story(self, run: Run) -> None:
        """The runs did what they are meant to show."""
        failing = [name for name, result in run.results.items() if result["failed"]]
        assert failing == list(run.results)[6:]
        assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in run.stdout
        assert changed(run.results["success"]) == changed(run.results["check"]) == [True]

    def test_pipe(self, run: Run) -> None:
        """The module and its arguments are never in a file, not even for a moment."""
        assert "<localhost> EXEC " in run.stdout
        assert "AnsiballZ_rocketchat_user_" not in run.stdout

    @pytest.mark.parametrize(
        "secret",
        [
            TOKEN,
            MAIL_TOKEN,
            BAD_TOKEN,
            stored(TOKEN),
            PASSWORD,
            OTHER_PASSWORD,
            PROXY_PASSWORD,
            digest(PASSWORD),
            digest(OTHER_PASSWORD),
            SEED,
            SEED.rstrip("="),
            STATIC,
            BAD_SEED,
            GATE,
            GATE_TEXT,
            GATE_ENVIRONMENT,
        ],
    )
    def test_nowhere(self, run: Run, secret: str) -> None:
        """What was given, and what is made of it, appears nowhere."""
        assert secret not in run.everything

    def test_codes_that_were_sent(self, server: Emulator, run: Run) -> None:
        """Nor does any code that went to the server."""
        sent = {entry["two_factor_code"] for entry in server.requests() if entry["two_factor_code"]}
        assert len(sent) >= 4
        assert [code for code in sent if re.search(rf"(?<![\d.-]){re.escape(code)}(?!\d)", run.everything)] == []

    def test_proxy_password_in_base64(self, run: Run) -> None:
        """Nor the header for the proxy."""
        assert base64.b64encode(f"joe:{PROXY_PASSWORD}".encode()).decode() not in run.everything

    def test_mailed_code(self, server: Emulator, run: Run) -> None:
        """Nor a code that was mailed."""
        mailed = [mail["code"] for mail in server.mails() if "code" in mail]
        assert mailed
        assert [code for code in mailed if re.search(rf"(?<![\d.-]){code}(?!\d)", run.everything)] == []

    @pytest.mark.parametrize("word", ["hashedToken", "loginTokens", "hashedBackup", "email2fa", LEAK, "services"])
    def test_services(self, server: Emulator, run: Run, word: str) -> None:
        """Nor anything of the services object, which the server shows of the caller."""
        assert next(entry["status"] for entry in requests_of(server, "caller") if "users.info" in entry["path"]) == 200
        assert word not in run.everything

    def test_no_traceback(self, run: Run) -> None:
        """None of the failures is an exception of Python, whose frames could hold secrets."""
        assert "Traceback" not in run.everything
