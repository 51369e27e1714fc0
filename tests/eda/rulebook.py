# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-rulebook as an administrator does, and posts to it as strangers do."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.emulator.testing import REPO_ROOT, Emulator
from tests.integration.role.play import HELPDESK_ID, SEED, TOKEN

EXTENSION = REPO_ROOT / "extensions" / "eda"
BIN = Path(sys.executable).parent
INVENTORY = ("--inventory", "inventory.yml")
# Long enough for a start of the Java machine on a busy host.
PATIENCE = 90.0


def java() -> str | None:
    """The directory of a Java that ansible-rulebook can use."""
    home = os.environ.get("JAVA_HOME")
    found = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if not found or not Path(found).exists():
        return None
    told = subprocess.run([found, "-XshowSettings:properties", "-version"], capture_output=True, text=True, check=False)
    versions = [line.split("=")[1].strip() for line in told.stderr.splitlines() if "java.specification.version" in line]
    return str(Path(found).parent) if versions and float(versions[0]) >= 17 else None


def until(condition: Callable[[], Any], what: str, log: Callable[[], str]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"Waited in vain for {what}.\n{log()}"
        time.sleep(0.05)


def environment(home: Path, collections: Path, **more: str) -> dict[str, str]:
    """An environment made from scratch."""
    (home / "ansible.cfg").touch()
    found = java()
    return {
        "PATH": ":".join([str(BIN), *([found] if found else []), "/usr/bin", "/bin"]),
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "ANSIBLE_CONFIG": str(home / "ansible.cfg"),
        "ANSIBLE_HOME": str(home / ".ansible"),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PIPELINING": "1",
        **more,
    }


def credentials(server: Emulator) -> dict[str, str]:
    """What the helpdesk's account needs."""
    return {
        "ROCKETCHAT_URL": server.url,
        "ROCKETCHAT_USER_ID": HELPDESK_ID,
        "ROCKETCHAT_TOKEN": TOKEN,
        "ROCKETCHAT_2FA_SECRET": SEED,
        "ROCKETCHAT_RETRIES": "0",
    }


class Rulebook:
    """A running rulebook that is gone with the ``with`` block, and so is whatever it started."""

    def __init__(
        self,
        name: str,
        environment: Mapping[str, str],
        secrets: Mapping[str, str],
        *options: str,
    ) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self.home = Path(environment["HOME"])
        self._log = self.home / "rulebook.log"
        port = f"{name.partition('_')[0].upper()}_PORT"
        given = {**secrets, port: str(self._port)}
        self._environment = {**environment, **given}
        self._command = [
            str(BIN / "ansible-rulebook"),
            *("--rulebook", f"rulebooks/{name}.yml"),
            *("--env-vars", ",".join(given)),
            *options,
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Rulebook:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=EXTENSION,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            until(lambda: not self.alive or self._listens(), "the webhook", self.log)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        assert self._process is not None
        for sign in (signal.SIGTERM, signal.SIGKILL):
            # The group is the rulebook's own, with the playbooks that it runs.
            try:
                os.killpg(self._process.pid, sign)
            except ProcessLookupError:
                break
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                continue
        self._process.wait(10)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def command(self) -> list[str]:
        """What any user of the machine can read in the list of processes."""
        return list(self._command)

    def log(self) -> str:
        """Everything that it has written."""
        return self._log.read_text(encoding="utf-8")

    @property
    def busy(self) -> bool:
        """Whether a playbook runs: each has a directory while it does."""
        return any(self.home.glob("eda*"))

    @property
    def refused(self) -> int:
        """How many messages the last rule refused."""
        return self.log().count("\nRefused a message ")

    def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> int:
        """Send something, and return the status of the answer."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            connection.request("POST", "/", body, {"Content-Type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()


def signed(body: bytes, secret: str) -> dict[str, str]:
    """The header of a signature."""
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def sent(ago: float = 0.0) -> str:
    """A time as the personnel department's system writes it."""
    return (datetime.now(UTC) - timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_json(value: Any) -> bytes:
    """The body of a request."""
    return json.dumps(value).encode()
