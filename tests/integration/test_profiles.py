# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to an account, all of its profile stays but for what the job is about."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.emulator.cast import crowd, default_world
from tests.emulator.testing import Emulator
from tests.integration.conftest import WITH_7_7
from tests.integration.runner import Ansible, Run, Task, changed, verbs, warnings_of
from tests.integration.test_neighbours_common import (
    bodies,
    caller,
    e2ekey_reset,
    give_sessions,
    logout,
    password_reset,
    status,
)

StartEmulator = Callable[..., Emulator]

CALLER = "user00001"
GIVEN = "T0wer-Harbour-of-41!"
MAY = (
    "edit-other-user-totp",
    "edit-other-user-e2ee",
    "edit-other-user-active-status",
    "edit-other-user-info",
    "edit-other-user-password",
    "logout-other-user",
    "view-full-other-user-info",
)
# A field that must be filled, and one of which every value counts as wrong but for its options.
FIELDS = {
    "department": {"type": "text", "required": True, "minLength": 2, "maxLength": 40},
    "site": {"type": "select", "required": False, "options": ["Berlin", "Porto"], "defaultValue": "Berlin"},
    "phone": {"type": "text"},
}
TOKENS = {"tokens", "has_token_list"}


@dataclass(frozen=True)
class Job:
    """One thing that can be done, and what it makes another of an account."""

    task: Callable[[dict[str, Any]], Task]
    makes: frozenset[str]
    inactive: bool = False


JOBS: Mapping[str, Job] = {
    "totp": Job(Task, frozenset({"totp", *TOKENS})),
    "totp-and-sessions": Job(lambda given: Task({**given, "end_sessions": True}), frozenset({"totp", *TOKENS})),
    "logout": Job(logout, frozenset(TOKENS)),
    "off": Job(lambda given: status({**given, "state": "inactive"}), frozenset({"active", "inactiveReason", *TOKENS})),
    "on": Job(
        lambda given: status({**given, "state": "active"}),
        frozenset({"active", "inactiveReason", "reason"}),
        inactive=True,
    ),
    "random-password": Job(password_reset, frozenset({"password_sha256", "requirePasswordChange", *TOKENS})),
    "given-password": Job(
        lambda given: password_reset({**given, "password": GIVEN, "require_change": False}),
        frozenset({"password_sha256", "requirePasswordChange", *TOKENS}),
    ),
    "e2e-key": Job(
        lambda given: e2ekey_reset({**given, "confirm_message_loss": True}), frozenset({"e2e_key", *TOKENS})
    ),
}
KINDS = ("full", "bare")


def person(job: str, kind: str) -> dict[str, Any]:
    """Somebody with every field of a profile filled, or with none that need not be."""
    name = f"{job}.{kind}"
    described: dict[str, Any] = {
        "username": name,
        "totp": {"enabled": True},
        "e2e_key": True,
        "requirePasswordChange": True,
        "active": not JOBS[job].inactive,
    }
    if kind == "bare":
        return described
    return {
        **described,
        "name": "Alex Example",
        "bio": "Writes things down.\nAnd finds them again.",
        "nickname": "Al",
        "statusText": "at the desk",
        "emails": [
            {"address": f"{name}@example.test", "verified": True},
            {"address": f"{name}.second@example.test", "verified": False},
        ],
        "roles": ["user", "auditor"],
        "language": "de",
        "settings": {"profile": {}, "preferences": {"language": "de", "emailNotificationMode": "nothing"}},
        # The last one is not defined: it came from a directory, and no look-up shows it.
        "customFields": {"department": "Sales", "site": "Porto", "phone": "+49 30 000", "ldap_dn": "cn=alex"},
    }


def world() -> dict[str, Any]:
    """The usual cast, and for each job somebody of each kind."""
    cast = default_world()
    people = [person(job, kind) for job in JOBS for kind in KINDS]
    settings = {"Accounts_CustomFields": json.dumps(FIELDS)}
    return {**cast, "users": [*cast["users"], *crowd(1), *people], "settings": settings}


@pytest.fixture(scope="class", params=WITH_7_7)
def server(request: pytest.FixtureRequest, emulators: StartEmulator) -> Emulator:
    """A server of each dialect; 7.7 takes a change of some custom fields for one of all."""
    server = emulators(request.param, world=world())
    give_sessions(server, *(f"{job}.{kind}" for job in JOBS for kind in KINDS))
    return server


@pytest.fixture(scope="class")
def before(server: Emulator) -> dict[str, Any]:
    """All accounts before the run."""
    return dict(server.state()["users"])


@pytest.fixture(scope="class")
def run(server: Emulator, before: dict[str, Any], ansible: Ansible) -> Run:
    """Every job, for both kinds at once."""
    desk = caller(server, CALLER, *MAY)
    return ansible(
        {name: job.task({**desk, "usernames": [f"{name}.{kind}" for kind in KINDS]}) for name, job in JOBS.items()}
    )


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Which fields of an account are another."""
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


class TestProfiles:
    """Against every dialect."""

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("name", JOBS)
    def test_all_else_stays(self, server: Emulator, before: dict[str, Any], run: Run, name: str, kind: str) -> None:
        """Nothing of an account is another but what the job is about."""
        person = f"{name}.{kind}"
        lost = differing(before[person], server.user(person)) - JOBS[name].makes
        assert {key: (before[person].get(key), server.user(person).get(key)) for key in lost} == {}

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("name", JOBS)
    def test_something_is_done(self, server: Emulator, before: dict[str, Any], run: Run, name: str, kind: str) -> None:
        """Otherwise nothing could have been lost."""
        assert changed(run.results[name]) == [True, True]
        person = f"{name}.{kind}"
        assert differing(before[person], server.user(person)) & JOBS[name].makes

    def test_the_accounts_have_something_to_lose(self, before: dict[str, Any]) -> None:
        """All that an account can have is filled, but for what the inactive, the federated and agents alone have."""
        empty = {key for key, value in before["totp.full"].items() if value in (None, "", [], {})}
        assert empty <= {"reason", "inactiveReason", "departments", "statusLivechat"}

    def test_nobody_else_is_touched(self, server: Emulator, before: dict[str, Any], run: Run) -> None:
        """Least of all by a request that names the wrong account."""
        after = server.state()["users"]
        people = {f"{job}.{kind}" for job in JOBS for kind in KINDS} | {CALLER}
        assert {name: after[name] for name in after if name not in people} == {
            name: before[name] for name in before if name not in people
        }

    @pytest.mark.parametrize("name", ["random-password", "given-password"])
    def test_what_is_sent_is_what_would_be_erased_and_the_change(self, server: Emulator, run: Run, name: str) -> None:
        """No custom field is ever sent: some servers drop those that are missing, others refuse them as a whole."""
        sent = {body["userId"]: set(body["data"]) for _path, body in bodies(server, name)}
        change = {
            "requirePasswordChange",
            *(["password"] if name == "given-password" else ["setRandomPassword", "email"]),
        }
        ids = [server.user(f"{name}.{kind}")["_id"] for kind in KINDS]
        assert sent == {ids[0]: {"bio", "nickname", *change}, ids[1]: change}

    @pytest.mark.parametrize("name", JOBS)
    def test_no_warning(self, server: Emulator, run: Run, name: str) -> None:
        """Nor any failure."""
        assert (run.results[name]["failed"], warnings_of(run.results[name])) == (False, "")
        assert verbs(server, name) == {"GET", "POST"}


class TestTooLong:
    """A profile that came from an import, and that the server takes back from nobody."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, server: Emulator, before: dict[str, Any], ansible: Ansible) -> Run:
        """A bio of 261 characters, and a nickname of 121."""
        desk = caller(server, CALLER, *MAY)
        server.change_user("random-password.full", bio="b" * 261)
        server.change_user("given-password.full", nickname="n" * 121)
        names = ["random-password.full", "given-password.full", "random-password.bare"]
        given = {**desk, "usernames": names, "password": GIVEN, "on_error": "continue"}
        return ansible({"long": password_reset(given)})

    def test_named_and_left_alone(self, server: Emulator, before: dict[str, Any], run: Run) -> None:
        """Each with a code of its own; the others are done."""
        result = run.results["long"]
        assert changed(result) == [False, False, True]
        assert [entry.get("error", {}).get("code") for entry in result["users"]] == [
            "error-bio-size-exceeded",
            "error-nickname-size-exceeded",
            None,
        ]
        assert "Shorten it" in result["msg"]
        for name, key in (("random-password.full", "bio"), ("given-password.full", "nickname")):
            assert differing(before[name], server.user(name)) == {key}
