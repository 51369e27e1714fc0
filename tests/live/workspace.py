# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes what the scenarios need in a workspace, and removes it again."""

from __future__ import annotations

import re
import secrets
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp

from tests.emulator.testing import REPO_ROOT
from tests.live.client import Account, Caller, Refused, sign_in, version_of
from tests.live.shared_role import SharedRole
from tests.live.sweep import FULL_NAME, sweep
from tests.live.target import Target, UsageError

MOST_PEOPLE = 50
NOTES = REPO_ROOT / "build" / "live"


@dataclass(frozen=True)
class Person:
    """Somebody whom the suite made, with a session from before whatever happens to them."""

    user_id: str
    email: str
    caller: Caller

    @property
    def username(self) -> str:
        """The user name."""
        return self.caller.account.username

    def signed_in(self) -> bool:
        """Whether the session of before still works."""
        try:
            return bool(self.caller.get("me").get("_id") == self.user_id)
        except Refused as refusal:
            if refusal.status != 401:
                raise
            return False

    def refused(self, password: str = "") -> str:
        """What the server says to an attempt to sign in without a code; empty where it lets the person in."""
        try:
            sign_in(self.caller.url, Account(self.username, password or self.caller.account.password))
        except Refused as refusal:
            if refusal.status != 401:
                raise
            return str(refusal.body.get("error"))
        return ""


class Workspace:
    """A workspace while it is being tested. Everything that is made in it has a name that begins with ``prefix``."""

    def __init__(self, target: Target, url: str) -> None:
        self.url = url
        self.prefix = f"rclive-{secrets.token_hex(4)}-"
        self.version = version_of(url)
        self.admin = Caller(url, target.admin) if target.admin.token else sign_in(url, target.admin)
        self._given = target.admin
        self.shared_role = SharedRole(self.admin, NOTES / f"{re.sub('[^A-Za-z0-9]+', '-', url)}.json")

    def open(self, *, any_size: bool, mail_domain: str) -> None:
        """Refuse a workspace that people live in, and remove what killed runs left; raises `UsageError`."""
        self._mail_domain = mail_domain
        people = int(self.admin.get("users.list", count=1)["total"])
        if people > MOST_PEOPLE and not any_size:
            raise UsageError(
                f"Nothing was done: {self.url} has {people} accounts, and a test belongs into a workspace of its own;"
                f" LIVE_ANY_SIZE=1 allows it where there are more than {MOST_PEOPLE}."
            )
        self.shared_role.restore()
        sweep(self.admin)
        self.shared_role.remember()

    def close(self) -> None:
        """Remove everything; no interruption stops that half way. Raises `Refused` where something stays."""
        kept = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            sweep(self.admin, re.compile(re.escape(self.prefix)))
            self.shared_role.restore()
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    @property
    def admin_environment(self) -> dict[str, str]:
        """The variables by which the collection signs in as the administrator."""
        account = self._given
        return {
            "ROCKETCHAT_URL": self.url,
            "ROCKETCHAT_USER_ID": account.user_id,
            "ROCKETCHAT_TOKEN": account.token,
            "ROCKETCHAT_USERNAME": "" if account.token else account.username,
            "ROCKETCHAT_PASSWORD": "" if account.token else account.password,
            "ROCKETCHAT_2FA_SECRET": account.secret,
            "ROCKETCHAT_2FA_PASSWORD": account.password if account.token and not account.secret else "",
        }

    def name(self, name: str) -> str:
        """The name that something has in this run."""
        return self.prefix + name

    def why_no_roles(self) -> str:
        """Why this workspace makes no roles, in the server's words; empty where it does."""
        try:
            role = self.admin.post("roles.create", name=self.name("probe"))["role"]
        except Refused as refusal:
            return refusal.code
        self.admin.post("roles.delete", roleId=role["_id"])
        return ""

    def person(self, name: str, *, roles: Sequence[str] = (), verified: bool = False, totp: bool = False) -> Person:
        """Make somebody who is signed in; with ``totp`` they have an authenticator app. No code is mailed to them
        unless ``verified`` says that their address is theirs.
        """
        username, password = self.name(name), f"Pw-{secrets.token_urlsafe(16)}-9z"
        email = self.address(name)
        made = self.admin.post(
            "users.create",
            username=username,
            name=FULL_NAME,
            email=email,
            password=password,
            roles=["user", *roles],
            verified=False,
            joinDefaultChannels=False,
            requirePasswordChange=False,
        )
        person = Person(str(made["user"]["_id"]), email, sign_in(self.url, Account(username, password)))
        if totp:
            self._enrol(person)
        if verified:
            self.admin.post("users.update", userId=person.user_id, data={"email": email, "verified": True})
        return person

    def address(self, name: str) -> str:
        """An address of somebody of this run."""
        return f"{self.prefix}{name}@{self._mail_domain}"

    def _enrol(self, person: Person) -> None:
        # Before 7.13 only a verified address may enrol. Codes would be mailed to it, were they not declined before.
        person.caller.post("users.2fa.disableEmail")
        self.admin.post("users.update", userId=person.user_id, data={"email": person.email, "verified": True})
        secret = person.caller.method("2fa:enable")["secret"]
        person.caller.method("2fa:validateTempToken", pyotp.TOTP(secret).now())

    def user(self, username: str) -> dict[str, Any]:
        """An account as the administrator sees it."""
        return dict(self.admin.get("users.info", username=username)["user"])

    def channel(self, name: str, owner: Person, *members: Person) -> str:
        """Make a channel; returns its id."""
        return str(owner.caller.post("channels.create", **self._room(name, members))["channel"]["_id"])

    def group(self, name: str, owner: Person, *members: Person) -> str:
        """Make a private group; returns its id."""
        return str(owner.caller.post("groups.create", **self._room(name, members))["group"]["_id"])

    def team(self, name: str, owner: Person, *members: Person) -> str:
        """Make a private team; returns its id."""
        people = [member.user_id for member in members]
        made = owner.caller.post("teams.create", name=self.name(name), type=1, members=people)
        return str(made["team"]["_id"])

    def discussion(self, name: str, parent: str, owner: Person, *members: Person) -> str:
        """Make a discussion within a room; returns its id."""
        people = [member.username for member in members]
        made = owner.caller.post("rooms.createDiscussion", prid=parent, t_name=self.name(name), users=people)
        return str(made["discussion"]["_id"])

    def webhook(self, name: str, person: Person, channel: str) -> str:
        """Make an incoming webhook that posts as somebody; returns its id."""
        made = self.admin.post(
            "integrations.create",
            type="webhook-incoming",
            name=self.name(name),
            username=person.username,
            channel=f"#{self.name(channel)}",
            enabled=True,
            scriptEnabled=False,
        )
        return str(made["integration"]["_id"])

    def _room(self, name: str, members: Sequence[Person]) -> dict[str, Any]:
        return {"name": self.name(name), "members": [member.username for member in members]}


def note_directory() -> Path:
    """Where reports go."""
    NOTES.mkdir(parents=True, exist_ok=True)
    return NOTES
