# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the collection's playbooks as an administrator does, and reads what they leave."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from tests.emulator.testing import Emulator
from tests.module_cache.sharing import shared_modules

OFFBOARD = "chatops.rocketchat.offboard"
RECOVER = "chatops.rocketchat.recover"
DOCTOR = "chatops.rocketchat.doctor"

HELPDESK = "svc-helpdesk"
HELPDESK_ID = "svcHelpdesk"
TOKEN = "token-of-the-service-account-Wq7Lk2"
SEED = "NBSWY3DPEB3W64TMMQQGC3TEEBZWKY3S"
PERMISSIONS = (
    "api-bypass-rate-limit",
    "edit-other-user-active-status",
    "edit-other-user-e2ee",
    "edit-other-user-info",
    "edit-other-user-password",
    "edit-other-user-totp",
    "logout-other-user",
    "view-d-room",
    "view-full-other-user-info",
)


def person(username: str, **more: Any) -> dict[str, Any]:
    """Somebody with TOTP and a session, and no e-mail codes."""
    return {
        "username": username,
        "name": username.title(),
        "email2fa": False,
        "totp": {"enabled": True},
        "tokens": [{"kind": "session"}, {"kind": "pat", "name": "script"}],
        **more,
    }


def workspace(*people: dict[str, Any], without: str | None = None, **settings: Any) -> dict[str, Any]:
    """A workspace with these people, and a service account whose second factor is answered from a seed."""
    service = {
        "username": HELPDESK,
        "_id": HELPDESK_ID,
        "roles": ["helpdesk"],
        "email2fa": False,
        "totp": {"enabled": True, "secret": SEED},
        "tokens": [{"kind": "pat", "name": "ansible", "token": TOKEN}],
    }
    return {
        "roles": ["helpdesk"],
        "permissions": {name: ["admin", *(["helpdesk"] if name != without else [])] for name in PERMISSIONS},
        "settings": settings,
        "users": [service, *people],
    }


@dataclass(frozen=True)
class Play:
    """What one run left: its output, and what the server saw of it."""

    rc: int
    stdout: str
    stderr: str
    requests: list[dict[str, Any]]
    mails: list[dict[str, Any]]
    reports: list[Path] = field(default_factory=list)

    @property
    def output(self) -> str:
        """Everything that a log collector gets."""
        return self.stdout + self.stderr

    @property
    def changed(self) -> int:
        """The number of changed tasks in the recap."""
        found = re.search(r"changed=(\d+)", self.stdout)
        assert found, self.output
        return int(found.group(1))

    @property
    def writes(self) -> list[str]:
        """What was sent but for reading, by endpoint."""
        return [entry["path"].rsplit("/", 1)[-1] for entry in self.requests if entry["method"] != "GET"]

    @property
    def done(self) -> list[str]:
        """What was sent but for reading, and was not answered with a challenge for the second factor."""
        return [
            entry["path"].rsplit("/", 1)[-1]
            for entry in self.requests
            if entry["method"] != "GET" and entry["status"] == 200
        ]

    def message(self, task: str) -> Any:
        """The ``msg`` of a task in the output."""
        _head, _found, rest = self.stdout.partition(f": {task}] ")
        assert rest, f"There was no task {task!r}.\n{self.output}"
        return json.JSONDecoder().raw_decode(rest[rest.index("=> {") + 3 :])[0]["msg"]

    @property
    def summary(self) -> list[str]:
        """The lines at the end."""
        return list(self.message("Sum up"))

    @property
    def failure(self) -> str:
        """What the run failed with."""
        return str(self.message("Fail where not everything was done"))

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records of the run's report."""
        (file,) = [file for file in self.reports if file.suffix == ".jsonl"]
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]

    @property
    def steps(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The records of the steps by person and step, of which there must be one each."""
        steps = [record for record in self.records if record["type"] == "step"]
        found = {(record["username"] or record["user_id"], record["step"]): record for record in steps}
        assert len(found) == len(steps)
        return found

    def results(self, who: str) -> dict[str, str]:
        """What became of each step of one person."""
        return {step: record["result"] for (name, step), record in self.steps.items() if name == who}

    @property
    def page(self) -> str:
        """The page of the run's report."""
        (file,) = [file for file in self.reports if file.suffix == ".html"]
        return file.read_text(encoding="utf-8")


class Player:
    """Runs ansible-playbook in an environment made from scratch."""

    def __init__(self, server: Emulator, root: Path, collections: Path) -> None:
        self._server = server
        self._root = root
        self._collections = collections
        self._runs = 0
        self.reports = root / "reports"
        self.cache = root / "facts"

    def __call__(
        self,
        playbook: str,
        *arguments: str,
        report: bool = True,
        cache: bool = False,
        environment: Mapping[str, str] | None = None,
        **variables: Any,
    ) -> Play:
        """Run a playbook with ``user_access_*`` variables; the report goes to a directory of its own."""
        self._runs += 1
        home = self._root / f"run{self._runs}"
        home.mkdir()
        (home / "ansible.cfg").touch()
        given = {f"user_access_{name}": value for name, value in variables.items()}
        reports = home / "evidence"
        if report:
            given["user_access_report_dir"] = str(reports)
        mails = len(self._server.mails())
        requests = len(self._server.requests())
        done = subprocess.run(
            [
                str(Path(sys.executable).parent / "ansible-playbook"),
                playbook,
                *arguments,
                *(["-e", json.dumps(given)] if given else []),
            ],
            cwd=home,
            env={**self._environment(home, cache), **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        alive = self._server.running
        return Play(
            done.returncode,
            done.stdout,
            done.stderr,
            self._server.requests()[requests:] if alive else [],
            self._server.mails()[mails:] if alive else [],
            sorted(reports.iterdir()) if reports.exists() else [],
        )

    def _environment(self, home: Path, cache: bool) -> dict[str, str]:
        more = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.cache)} if cache else {}
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "USER": "nightshift",
            "LOGNAME": "nightshift",
            "ANSIBLE_CONFIG": str(home / "ansible.cfg"),
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_COLLECTIONS_PATH": str(self._collections),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PIPELINING": "1",
            # No shell knows the home of this user.
            "ANSIBLE_REMOTE_TMP": str(home / "tmp"),
            **shared_modules(),
            "ROCKETCHAT_URL": self._server.url,
            "ROCKETCHAT_USER_ID": HELPDESK_ID,
            "ROCKETCHAT_TOKEN": TOKEN,
            "ROCKETCHAT_2FA_SECRET": SEED,
            # Nothing here gets better by trying again.
            "ROCKETCHAT_RETRIES": "0",
            **more,
        }


class Reader(HTMLParser):
    """Reads a page as a browser does: elements, and the text that a person sees."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Elements must close in the order in which they were opened."""
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note what is seen."""
        if "style" not in self.open:
            self.text += data
