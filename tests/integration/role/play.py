# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the collection's playbooks as an administrator does, and reads what they leave."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import requests

from tests.emulator.testing import Emulator
from tests.module_cache.sharing import shared_configuration
from tests.playbook_process import run_playbook

OFFBOARD = "chatops.rocketchat.offboard"
RECOVER = "chatops.rocketchat.recover"
DOCTOR = "chatops.rocketchat.doctor"
LEFTOVERS = "chatops.rocketchat.leftovers"
RESET = "chatops.rocketchat.reset_totp"
DIAGNOSE = "chatops.rocketchat.diagnose"

# The environment in which a run shows what it hands on.
SHOWN = {"ANSIBLE_SHOW_CUSTOM_STATS": "1"}
LEDGER = "access-ledger"
# What keeping the ledger sends.
REMEMBERING = ("groups.create", "chat.sendMessage")

HELPDESK = "svc-helpdesk"
HELPDESK_ID = "svcHelpdesk"
TOKEN = "token-of-the-service-account-Wq7Lk2"
SEED = "NBSWY3DPEB3W64TMMQQGC3TEEBZWKY3S"
PERMISSIONS = (
    "api-bypass-rate-limit",
    "create-p",
    "edit-other-user-active-status",
    "edit-other-user-e2ee",
    "edit-other-user-info",
    "edit-other-user-password",
    "edit-other-user-totp",
    "logout-other-user",
    "view-d-room",
    "view-full-other-user-info",
    "view-joined-room",
    "view-other-user-channels",
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


def rename(server: Emulator, old: str, new: str) -> None:
    """Give somebody another user name, as an administrator called boss does."""
    boss = server.token("boss", kind="pat", name="rename", bypassTwoFactor=True)
    answer = requests.post(
        f"{server.url}/api/v1/users.update",
        json={"userId": server.user(old)["_id"], "data": {"username": new}},
        headers={"X-User-Id": boss["userId"], "X-Auth-Token": boss["token"]},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text


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
        """What was done to accounts: sent but for reading, and not answered with a challenge for the second factor."""
        sent = [
            entry["path"].rsplit("/", 1)[-1]
            for entry in self.requests
            if entry["method"] != "GET" and entry["status"] == 200
        ]
        return [endpoint for endpoint in sent if endpoint not in REMEMBERING]

    def done_to(self, user_id: str) -> list[str]:
        """What was done to one account, in its order; several people are worked on at a time."""
        about = [entry for entry in self.requests if json.dumps(user_id) in entry["body"]]
        return replace(self, requests=about).done

    def message(self, task: str) -> Any:
        """The ``msg`` of a task in the output."""
        # A task of a role has the role's name before its own.
        _head, *rest = re.split(rf"(?:\[|: ){re.escape(task)}\] ", self.stdout, maxsplit=1)
        assert rest, f"There was no task {task!r}.\n{self.output}"
        return json.JSONDecoder().raw_decode(rest[0][rest[0].index("=> {") + 3 :])[0]["msg"]

    @property
    def summary(self) -> list[str]:
        """The lines at the end."""
        return list(self.message("Sum up"))

    def line(self, who: str) -> str:
        """The line of one person among them."""
        (line,) = [line for line in self.summary if line.split(" ")[0] == who and line.startswith(f"{who} (")]
        return line

    @property
    def failure(self) -> str:
        """What the run failed with."""
        return str(self.message("Fail where not everything was done"))

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records of the run's journal."""
        (file,) = [file for file in self.reports if file.suffix == ".jsonl"]
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]

    def record(self, kind: str) -> dict[str, Any]:
        """The one record of a kind."""
        (record,) = [record for record in self.records if record["type"] == kind]
        return record

    @property
    def people(self) -> dict[str, dict[str, Any]]:
        """The records of what became of each person, of which there must be one each."""
        people = [record for record in self.records if record["type"] == "person"]
        found = {record["username"] or record["user_id"]: record for record in people}
        assert len(found) == len(people)
        return found

    def step(self, who: str, step: str) -> dict[str, Any]:
        """What became of one step of one person."""
        (found,) = [entry for entry in self.people[who]["steps"] if entry["step"] == step]
        return dict(found)

    def results(self, who: str) -> dict[str, str]:
        """What became of each step of one person."""
        return {entry["step"]: entry["result"] for entry in self.people[who]["steps"]}

    @property
    def handed_on(self) -> dict[str, Any]:
        """What goes on to other jobs; the run must have been asked to show it, with ``SHOWN``."""
        _head, found, stats = self.stdout.partition("RUN: ")
        return dict(json.JSONDecoder().raw_decode(stats)[0]) if found else {}

    @property
    def page(self) -> str:
        """The page of the run's report."""
        (file,) = [file for file in self.reports if file.suffix == ".html"]
        return file.read_text(encoding="utf-8")


class Player:
    """Runs ansible-playbook in an environment made from scratch."""

    def __init__(self, server: Emulator, root: Path, collections: Path) -> None:
        self.server = server
        self._root = root
        self._collections = collections
        self._runs = 0

    def __call__(
        self,
        playbook: str,
        *arguments: str,
        report: bool = True,
        environment: Mapping[str, str] | None = None,
        unsafe: Mapping[str, str] | None = None,
        **variables: Any,
    ) -> Play:
        """Run a playbook with ``user_access_*`` variables; the report goes to a directory of its own.

        :arg unsafe: more of them, texts that are no templates, as a controller marks the answers to a survey
        """
        self._runs += 1
        home = self._root / f"run{self._runs}"
        home.mkdir()
        given = {f"user_access_{name}": value for name, value in variables.items()}
        reports = home / "evidence"
        if report:
            given["user_access_report_dir"] = str(reports)
        mails = len(self.server.mails())
        requests = len(self.server.requests())
        done = run_playbook(
            [
                playbook,
                *arguments,
                *(["-e", json.dumps(given)] if given else []),
                *(f"-e={{user_access_{name}: !unsafe {json.dumps(text)}}}" for name, text in (unsafe or {}).items()),
            ],
            home,
            {**self.environment(home), **(environment or {})},
        )
        alive = self.server.running
        return Play(
            done.returncode,
            done.stdout,
            done.stderr,
            self.server.requests()[requests:] if alive else [],
            self.server.mails()[mails:] if alive else [],
            sorted(reports.iterdir()) if reports.exists() else [],
        )

    def environment(self, home: Path) -> dict[str, str]:
        """Nothing of the caller's, and the credentials of the service account."""
        return {
            **shared_configuration(),
            "HOME": str(home),
            "USER": "nightshift",
            "LOGNAME": "nightshift",
            "ANSIBLE_COLLECTIONS_PATH": str(self._collections),
            "ROCKETCHAT_URL": self.server.url,
            "ROCKETCHAT_USER_ID": HELPDESK_ID,
            "ROCKETCHAT_TOKEN": TOKEN,
            "ROCKETCHAT_2FA_SECRET": SEED,
            # Nothing here gets better by trying again.
            "ROCKETCHAT_RETRIES": "0",
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
