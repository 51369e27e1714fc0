# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Targets that cannot be used: all of them told at once, and nothing written."""

from __future__ import annotations

import json

import pytest

from tests.emulator.cast import id_of
from tests.emulator.testing import Emulator
from tests.integration.runner import (
    HELPDESK,
    Ansible,
    Run,
    Task,
    bypassing,
    changed,
    codes,
    missing,
    names,
    requests_of,
    resets,
    verbs,
    with_token,
    writes,
)

BAD_NAMES = {
    "nobody": ("user-not-found", "spelling"),
    id_of("alice"): ("user-mismatch", "user_ids"),
    "Alice": ("user-not-found", "case"),
    HELPDESK: ("own-account", "own_account"),
    "fred": ("federated-user", "federated"),
    "rocket.cat": ("app-user", "apps"),
    "poll.app": ("app-user", "would stop working"),
    "alice@example.test": ("user-not-found", "e-mail"),
    "@alice": ("user-not-found", "@"),
}
BAD_IDS = {
    "NoSuchIdEver12345": ("user-not-found", "usernames"),
    "bob": ("user-mismatch", "usernames"),
    id_of(HELPDESK): ("own-account", "own_account"),
    id_of("fred"): ("federated-user", "federated"),
}
ALL_CODES = [code for code, _hint in (*BAD_NAMES.values(), *BAD_IDS.values())]


@pytest.fixture(scope="class")
def run(server: Emulator, ansible: Ansible) -> Run:
    """Every kind of target that cannot be used, among good ones."""
    server.control("users", {"username": "poll.app", "type": "app"})
    bad = {"usernames": ["carol", *BAD_NAMES], "user_ids": [*BAD_IDS, id_of("bob")]}
    return ansible(
        {
            "stop": Task(bypassing(server, **bad)),
            "check": Task(bypassing(server, **bad), check=True),
            "one": Task(bypassing(server, usernames=["carol", "nobody"])),
            "continue": Task(bypassing(server, **bad, on_error="continue")),
            "continue-check": Task(
                bypassing(server, usernames=["user00001", "nobody"], on_error="continue"), check=True
            ),
            "all-bad": Task(bypassing(server, usernames=["nobody", "noone"], on_error="continue")),
        }
    )


class TestBadTargets:
    """Against both dialects."""

    @pytest.mark.parametrize("task", ["stop", "check", "one", "all-bad", "continue-check"])
    def test_nothing_is_written(self, server: Emulator, run: Run, task: str) -> None:
        """Only reading requests leave, although some of the targets are good."""
        assert verbs(server, task) == {"GET"}

    @pytest.mark.parametrize("task", ["stop", "check"])
    def test_every_problem_is_reported(self, run: Run, task: str) -> None:
        """All problems come in one run, each in its entry; the good ones were not attempted."""
        result = run.results[task]
        assert result["failed"] is True
        assert codes(result) == [
            "not-attempted",
            *(code for code, _hint in BAD_NAMES.values()),
            *(code for code, _hint in BAD_IDS.values()),
            "not-attempted",
        ]

    @pytest.mark.parametrize("wanted", [*BAD_NAMES, *BAD_IDS])
    def test_each_says_what_to_do(self, run: Run, wanted: str) -> None:
        """A target that cannot be used is named, with a hint."""
        position = [*BAD_NAMES, *BAD_IDS].index(wanted) + 1
        entry = run.results["stop"]["users"][position]
        _code, hint = {**BAD_NAMES, **BAD_IDS}[wanted]
        assert missing(entry["error"]["message"], [wanted, hint]) == []

    def test_message_says_that_nobody_was_hit(self, run: Run) -> None:
        """Whoever is called at night reads first that nothing was done."""
        assert run.results["stop"]["msg"].startswith("Nobody was reset.")

    def test_one_problem_is_the_code_of_the_run(self, run: Run) -> None:
        """A single bad target gives the run its code."""
        assert run.results["one"]["error"]["code"] == "user-not-found"

    def test_entries_as_given(self, run: Run) -> None:
        """Each target stands there as it was written, in order, whatever the server knows of it."""
        assert [entry["asked"] for entry in run.results["stop"]["users"][1:-1]] == [
            *({"username": name} for name in BAD_NAMES),
            *({"user_id": user_id} for user_id in BAD_IDS),
        ]

    def test_continue_does_the_good_ones(self, server: Emulator, run: Run) -> None:
        """With on_error=continue the good ones are reset, once each."""
        sent = [json.loads(entry["body"])["userId"] for entry in resets(server, "continue")]
        assert sent == [id_of("carol"), id_of("bob")]

    def test_continue_fails_at_the_end(self, run: Run) -> None:
        """The task fails all the same, with everybody accounted for."""
        result = run.results["continue"]
        assert (result["failed"], result["changed"]) == (True, True)
        assert codes(result) == [None, *ALL_CODES, None]
        assert changed(result) == [True, *[False] * len(ALL_CODES), True]

    def test_continue_counts(self, run: Run) -> None:
        """The message says how many were done and how many failed."""
        assert "2 of 15 accounts" in run.results["continue"]["msg"]
        assert "13 failed" in run.results["continue"]["msg"]

    def test_continue_check_predicts(self, run: Run) -> None:
        """In check mode the same targets fail, and the good ones would change."""
        result = run.results["continue-check"]
        assert codes(result) == [None, "user-not-found"]
        assert changed(result) == [True, False]

    def test_caller_is_untouched(self, server: Emulator, run: Run) -> None:
        """Named among the targets, the calling account is not touched."""
        assert server.user(HELPDESK)["tokens"]["personalAccessTokens"] == 2

    def test_federated_user_gets_no_mail(self, server: Emulator, run: Run) -> None:
        """The server mails federated users before it refuses; so it is not asked."""
        assert [mail["to"] for mail in server.mails()] == ["carol@example.test"]


EMPTY = {
    "empty-list": {"usernames": []},
    "empty-ids": {"user_ids": []},
    "empty-list-with-ids": {"usernames": [], "user_ids": [id_of("alice")]},
    "empty-name": {"usernames": ["alice", ""]},
    "empty-text": {"username": ""},
    "blank-name": {"usernames": ["   "]},
    "blank-id": {"user_ids": ["\t"]},
    "blanks-around": {"usernames": [" alice"]},
    "line-break": {"usernames": ["alice\n"]},
    "nobody-named": {},
    "own-and-other": {"own_account": True, "usernames": ["alice"]},
    "own-and-id": {"own_account": True, "user_ids": [id_of("alice")]},
}


class TestEmptyTargets:
    """Names that are none never leave the controller."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, modern: Emulator, ansible: Ansible) -> Run:
        """Each in a task of its own."""
        tasks = {name: Task(bypassing(modern, **options)) for name, options in EMPTY.items()}
        return ansible({**tasks, "null": Task(bypassing(modern, usernames=[None]))})

    @pytest.mark.parametrize("task", EMPTY)
    def test_refused(self, run: Run, task: str) -> None:
        """The task fails as one that cannot be right."""
        result = run.results[task]
        assert (result["failed"], result["changed"]) == (True, False)
        assert result["error"]["code"] == "invalid-input"

    def test_null(self, run: Run) -> None:
        """Some versions of Ansible refuse it before the module can."""
        result = run.results["null"]
        assert (result["failed"], result["changed"]) == (True, False)
        assert "usernames" in result["msg"]
        assert result.get("error", {"code": "invalid-input"})["code"] == "invalid-input"

    @pytest.mark.parametrize("task", [*EMPTY, "null"])
    def test_nothing_is_sent(self, modern: Emulator, run: Run, task: str) -> None:
        """Not even a reading request."""
        assert requests_of(modern, task) == []


# More than are looked up one by one.
MANY = [f"user{number:05d}" for number in range(11, 36)]


class TestOtherWays:
    """Addresses, a list that became text, who may be missing, and how many there may be; against both dialects."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, server: Emulator, ansible: Ansible) -> Run:
        """Each in a task of its own."""
        server.control("users", {"username": "news.bot", "type": "bot", "totp": {"enabled": True}})
        server.control("users", {"username": "twin1", "email": "twins@example.test"})
        server.control("users", {"username": "twin2", "email": "Twins@example.test"})
        three = ["user00007", "user00008", "user00009"]
        return ansible(
            {
                # What key=value and the text field of a survey make of a list.
                "text": Task(bypassing(server, usernames='["user00001", "user00002"]')),
                "address": Task(bypassing(server, emails=["USER00003@example.test"])),
                "both": Task(bypassing(server, usernames=["user00004"], email="user00004@example.test")),
                "addresses": Task(bypassing(server, emails=[f"{name}@example.test" for name in MANY])),
                "no-address": Task(bypassing(server, emails=["user0000@example.test", "user00005@example.test"])),
                "twins": Task(bypassing(server, emails=["twins@example.test"])),
                "bot": Task(bypassing(server, username="news.bot")),
                "skip": Task(bypassing(server, usernames=["nobody", "user00006"], unknown="skip")),
                "skip-fred": Task(bypassing(server, usernames=["nobody", "fred"], unknown="skip")),
                "skip-all": Task(bypassing(server, usernames=["nobody"], unknown="skip")),
                "too-many": Task(bypassing(server, usernames=three, max_accounts=2, on_error="continue")),
                "enough": Task(bypassing(server, usernames=three[:2], max_accounts=2)),
            }
        )

    @pytest.mark.parametrize(
        ("task", "reset"),
        [
            ("text", ["user00001", "user00002"]),
            ("address", ["user00003"]),
            ("both", ["user00004"]),
            ("addresses", MANY),
            ("bot", ["news.bot"]),
            ("skip", ["user00006"]),
            ("enough", ["user00007", "user00008"]),
        ],
    )
    def test_reset_once_each(self, server: Emulator, run: Run, task: str, reset: list[str]) -> None:
        """Those who are meant, each once."""
        assert run.results[task]["failed"] is False
        sent = sorted(json.loads(entry["body"])["userId"] for entry in resets(server, task))
        assert sent == sorted(id_of(name) for name in reset)

    @pytest.mark.parametrize("task", ["no-address", "twins", "skip-fred", "skip-all", "too-many"])
    def test_nothing_is_written(self, server: Emulator, run: Run, task: str) -> None:
        """Where somebody cannot be used, or nobody is left."""
        assert verbs(server, task) == {"GET"}

    def test_part_of_an_address_is_nobodys(self, run: Run) -> None:
        """Servers find parts of addresses too."""
        assert codes(run.results["no-address"]) == ["user-not-found", "not-attempted"]
        assert missing(run.results["no-address"]["msg"], ["user0000@example.test", "view-full-other-user-info"]) == []

    def test_an_address_of_two(self, run: Run) -> None:
        """Both are named, and neither is touched."""
        assert codes(run.results["twins"]) == ["ambiguous-address"]
        assert missing(run.results["twins"]["msg"], ["twin1", "twin2", "user name"]) == []

    def test_who_is_unknown_is_told(self, run: Run) -> None:
        """Skipping is no failure, and is not silent."""
        result = run.results["skip"]
        assert [entry["outcome"] for entry in result["users"]] == ["skipped", "done"]
        assert result["summary"] == {"done": 1, "skipped": 1}
        assert result["users"][0]["said"].startswith("nobody: skipped: There is no account with the username 'nobody'")
        assert (run.results["skip-all"]["failed"], run.results["skip-all"]["changed"]) == (False, False)

    def test_only_who_is_unknown_is_skipped(self, run: Run) -> None:
        """A federated user is a mistake all the same."""
        assert run.results["skip-fred"]["error"]["code"] == "federated-user"

    def test_too_many(self, run: Run) -> None:
        """Neither some of them nor all."""
        result = run.results["too-many"]
        assert result["error"]["code"] == "too-many-accounts"
        assert missing(result["msg"], ["3 accounts", "may change 2", "max_accounts"]) == []


class TestDuplicates:
    """One account named in several ways is one target."""

    def test_reset_once(self, modern: Emulator, ansible: Ansible) -> None:
        """Twice by name and once by id: one entry, one request, one mail."""
        options = bypassing(modern, usernames=["alice", "alice"], user_ids=[id_of("alice"), id_of("alice")])
        run = ansible({"twice": Task(options)})
        assert names(run.results["twice"]) == ["alice"]
        assert len(writes(modern, "twice")) == 1
        assert len(modern.mails()) == 1


class TestProtected:
    """Who has a role that is protected is told, and nobody is touched; also where accounts do not show their roles."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, server: Emulator, ansible: Ansible) -> Run:
        """By a built-in role, by one of the workspace's own, by one that is none, and by none at all."""
        server.roles({"r4nd0m": "works-council"})
        server.change_user("user00002", roles=["user", "r4nd0m"])
        server.permissions({"edit-other-user-totp": ["admin", "helpdesk", "guest"], "view-d-room": ["admin", "guest"]})
        server.change_user("user00030", roles=["guest"])
        blind = with_token(server, "user00030", bypass=True)
        two = {"usernames": ["user00001", "dave"]}
        return ansible(
            {
                "nobody": Task(bypassing(server, **two), check=True),
                "admins": Task(bypassing(server, **two, protected_roles=["admin"])),
                "own": Task(bypassing(server, usernames=["user00002"], protected_roles="admin, works-council")),
                "none": Task(bypassing(server, **two, protected_roles=["admins"])),
                "blind": Task({**blind, **two, "protected_roles": ["admin"]}),
            }
        )

    @pytest.mark.parametrize(
        ("task", "words"),
        [
            ("admins", ["dave has a role", "hands off: admin", "protected_roles"]),
            ("own", ["user00002", "hands off: works-council"]),
            ("none", ["protected_roles: this workspace has no role 'admins'", "works-council"]),
            # Up to 6.12 no list shows who has a role either.
            ("blind", ["dave has a role", "protected_roles"]),
        ],
    )
    def test_refused(self, server: Emulator, run: Run, task: str, words: list[str]) -> None:
        """Whoever else is named."""
        result = run.results[task]
        assert (result["failed"], missing(result["msg"], words)) == (True, [])
        assert verbs(server, task) == {"GET"}

    def test_nobody_is_protected_unless_asked_for(self, run: Run) -> None:
        """The module for one reset keeps doing what it is told."""
        assert changed(run.results["nobody"]) == [True, True]
