# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role is told: a misspelt variable is refused, and what a variable says is taken once, at the start."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.emulator.testing import REPO_ROOT, Emulator
from tests.integration.role.play import (
    DOCTOR,
    OFFBOARD,
    RECOVER,
    RESET,
    SEED,
    TOKEN,
    Play,
    Player,
    person,
    workspace,
)

REFUSAL = "Refuse variables that this role does not have"
SECRET = "a-secret-under-a-wrong-name-Vm4"


def _inventory(directory: Path, variables: str) -> str:
    """A localhost with these variables, as group_vars give them."""
    (directory / "group_vars").mkdir()
    (directory / "group_vars" / "all.yml").write_text(variables, encoding="utf-8")
    (directory / "hosts").write_text("localhost\n", encoding="utf-8")
    return str(directory / "hosts")


class TestMisspelt:
    """A variable that the role does not have is a mistake, and told before anything is sent."""

    world: ClassVar = workspace(person("alice"))

    @pytest.mark.parametrize(
        ("playbook", "wrong", "right"),
        [
            (RECOVER, "reset_e2e_key", "reset_e2ekey"),
            (OFFBOARD, "confirm_relinqish", "confirm_relinquish"),
            (DOCTOR, "tickets", "ticket"),
        ],
    )
    def test_the_nearest_is_named(self, play: Player, playbook: str, wrong: str, right: str) -> None:
        run = play(playbook, usernames="alice", **{wrong: "INC-1"})
        assert run.rc != 0
        assert run.requests == []
        assert run.message(REFUSAL) == (
            f"There is no variable user_access_{wrong}. Did you mean user_access_{right}? Nothing was done."
        )

    def test_one_that_is_like_none(self, play: Player) -> None:
        run = play(OFFBOARD, usernames="alice", colour="blue", flavour="mint")
        assert run.requests == []
        rest = "ansible-doc -t role chatops.rocketchat.user_access lists them all."
        assert run.message(REFUSAL) == (
            f"There is no variable user_access_colour; {rest} There is no variable user_access_flavour; {rest}"
            " Nothing was done."
        )

    def test_one_that_is_gone_says_why(self, play: Player) -> None:
        run = play(RECOVER, usernames="alice", receipt_field="")
        assert run.rc != 0
        assert run.requests == []
        told = run.message(REFUSAL)
        assert told.startswith("The variable user_access_receipt_field is gone. Whoever holds an account could write")
        assert "erased parts of the profile" in told
        assert "user_access_ledger" in told

    def test_one_for_another_job_is_no_mistake(self, play: Player, tmp_path: Path) -> None:
        """It may be set for all of them, in group_vars; and internal names are the role's own business."""
        given = "user_access_reset_e2ekey: true\nuser_access_last_reset: 2026-01-01T00:00:00Z\nuser_access__odd: 1\n"
        run = play(OFFBOARD, "--check", "-i", _inventory(tmp_path, given), usernames="alice")
        assert run.rc == 0, run.output

    def test_no_value_is_looked_at_or_told(self, play: Player, tmp_path: Path) -> None:
        """Neither of a template, which might fail or do something, nor of a vaulted variable."""
        vaulted = VaultLib([("default", VaultSecret(b"nobody-has-this"))]).encrypt(SECRET).decode()
        lines = [
            "user_access_api_tokn: !vault |",
            *(f"  {line}" for line in vaulted.splitlines()),
            f"user_access_api_paswort: \"{{{{ lookup('ansible.builtin.pipe', 'touch {tmp_path / 'looked'}') }}}}\"",
        ]
        run = play(OFFBOARD, "-vvv", "-i", _inventory(tmp_path, "\n".join(lines)), usernames="alice")
        assert run.requests == []
        assert run.message(REFUSAL) == (
            "There is no variable user_access_api_paswort. Did you mean user_access_api_password?"
            " There is no variable user_access_api_tokn. Did you mean user_access_api_token? Nothing was done."
        )
        assert not (tmp_path / "looked").exists()
        assert SECRET not in run.output


class TestVaulted:
    """Each variable may be vaulted inline, on each supported core."""

    world: ClassVar = workspace(person("alice"), person("bob"))
    PASSWORD: ClassVar = "of-the-vault"
    VALUES: ClassVar = {
        "api_token": TOKEN,
        "two_factor_secret": SEED,
        "usernames": "alice",
        "emails": "bob@example.test",
        "ticket": "INC-1",
        "on_error": "continue",
        "unknown": "fail",
        "max_accounts": "2",
        "force": "false",
        "reset_password": "true",
        "ledger_days": "7",
    }

    def test_each_means_what_it_says(self, play: Player, server: Emulator, tmp_path: Path) -> None:
        vault = VaultLib([("default", VaultSecret(self.PASSWORD.encode()))])

        def vaulted(text: str) -> str:
            return f"!vault |\n{textwrap.indent(vault.encrypt(text).decode(), '    ')}"

        lines = [f"user_access_{name}: {vaulted(value)}" for name, value in self.VALUES.items()]
        # In a list and in a mapping too.
        lines += ["user_access_user_ids:", f"- {vaulted(server.user('alice')['_id'])}"]
        lines += ["user_access_http_headers:", f"  X-Gate: {vaulted('g4te-s3cret')}"]
        password = tmp_path / "password"
        password.write_text(self.PASSWORD, encoding="utf-8")
        run = play(
            OFFBOARD,
            *("-vvv", "-i", _inventory(tmp_path, "\n".join(lines)), "--vault-password-file", str(password)),
            environment={"ROCKETCHAT_TOKEN": "", "ROCKETCHAT_2FA_SECRET": ""},
        )
        assert run.rc == 0, run.output
        assert {who: record["outcome"] for who, record in run.people.items()} == {"alice": "done", "bob": "done"}
        assert run.results("alice")["password"] == "done"
        assert {entry["headers"].get("x-gate") for entry in run.requests} == {"g4te-s3cret"}
        assert not [secret for secret in (TOKEN, SEED, "g4te-s3cret") if secret in run.output]


class TestBlank:
    """A controller hands a question that was left blank on as null or as an empty text: it stands for the default."""

    world: ClassVar = workspace(person("alice"))

    @pytest.mark.parametrize("blank", [None, ""], ids=["null", "empty"])
    @pytest.mark.parametrize(("playbook", "entry"), [(OFFBOARD, "offboard"), (RECOVER, "recover"), (RESET, "main")])
    def test_every_variable_that_has_one(self, play: Player, playbook: str, entry: str, blank: str | None) -> None:
        specs = yaml.safe_load((REPO_ROOT / "roles/user_access/meta/argument_specs.yml").read_text(encoding="utf-8"))
        names = [name.removeprefix("user_access_") for name in specs["argument_specs"][entry]["options"]]
        assert {"on_error", "timeout", "http_headers", "max_accounts", "report_dir"} <= set(names)
        run = play(playbook, "--check", report=False, **{**dict.fromkeys(names, blank), "usernames": "alice"})
        assert run.rc == 0, run.output
        assert run.line("alice").startswith("alice (")
        assert {entry["method"] for entry in run.requests} == {"GET"}


def _shown(guide: str, words: str) -> str:
    """The playbook of a guide that has these words in it."""
    text = (REPO_ROOT / "docs" / "docsite" / "rst" / f"{guide}.rst").read_text(encoding="utf-8")
    _before, *blocks = text.split(".. code-block:: yaml\n\n")
    (block,) = [block for block in blocks if words in block.split("\n\n")[0]]
    lines = block.splitlines()
    end = next((number for number, line in enumerate(lines) if line and not line.startswith("    ")), len(lines))
    return textwrap.dedent("\n".join(lines[:end]))


class TestTags:
    """The playbooks of the guides with a tag on the job, as pipelines of many systems have one."""

    world: ClassVar = workspace(person("alice"), person("bob"), person("harry"))

    @pytest.mark.parametrize(
        ("guide", "words", "gone"),
        [("guide_offboard", "csv_rows", {"harry"}), ("guide_recover", "Recover both", set())],
    )
    def test_the_job_is_done(
        self, play: Player, server: Emulator, tmp_path: Path, guide: str, words: str, gone: set[str]
    ) -> None:
        plays = yaml.safe_load(_shown(guide, words))
        (task,) = plays[0]["tasks"]
        task["tags"] = ["leavers"]
        other = {"name": "Something else", "ansible.builtin.fail": {"msg": "This has another tag."}, "tags": ["other"]}
        plays[0]["tasks"].append(other)
        (tmp_path / "guide.yml").write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
        (tmp_path / "leavers.csv").write_text("username\nharry\n", encoding="utf-8")
        run = play(str(tmp_path / "guide.yml"), "--tags", "leavers", report=False)
        assert run.rc == 0, run.output
        assert run.done
        assert {name for name in ("alice", "bob", "harry") if not server.user(name)["active"]} >= gone
        assert len(list((tmp_path / "reports").glob("*.jsonl"))) == 1


CALLERS_ITEM = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.include_role:
        name: chatops.rocketchat.user_access
        tasks_from: offboard
      vars:
        user_access_usernames: "{{ item.name }}"
        user_access_ticket: "{{ item.ticket }}"
        user_access_report_dir: "{{ playbook_dir }}/evidence/{{ item.ticket }}"
      loop:
        - {name: alice, ticket: INC-1}
        - {name: harry, ticket: INC-2}
"""


class TestCallersItem:
    """Who includes the role in a loop may use ``item`` in its variables."""

    world: ClassVar = workspace(person("alice"), person("harry"))

    def test_both_are_done_with_a_report_each(self, play: Player, server: Emulator, tmp_path: Path) -> None:
        playbook = tmp_path / "loop.yml"
        playbook.write_text(CALLERS_ITEM, encoding="utf-8")
        run = play(str(playbook), report=False)
        assert run.rc == 0, run.output
        for name, ticket in (("alice", "INC-1"), ("harry", "INC-2")):
            assert server.user(name)["active"] is False
            (records,) = (tmp_path / "evidence" / ticket).glob("*.jsonl")
            lines = [json.loads(line) for line in records.read_text(encoding="utf-8").splitlines()]
            assert {line["ticket"] for line in lines} == {ticket}
            assert {line["username"] for line in lines if "username" in line} == {name}
            assert len(list((tmp_path / "evidence" / ticket).iterdir())) == 2


class TestReportDir:
    """The directory is meant as a shell means it."""

    world: ClassVar = workspace(person("alice"))

    def test_a_tilde_and_blanks(self, play: Player, tmp_path: Path) -> None:
        """Also of somebody whom the host's list of users does not know."""
        home = {"HOME": str(tmp_path)}
        run = play(OFFBOARD, report=False, usernames="alice", report_dir=" ~/our reports ", environment=home)
        assert run.rc == 0, run.output
        page, records = sorted((tmp_path / "our reports").iterdir())
        assert (page.suffix, records.suffix) == (".html", ".jsonl")
        assert run.summary[-1] == f"Report: {page.with_suffix('')}.html and .jsonl"


@pytest.fixture(scope="class")
def restless(play: Player, tmp_path_factory: pytest.TempPathFactory) -> tuple[Play, Path]:
    """A run of which each variable says something else whenever it is read."""
    root = tmp_path_factory.mktemp("restless")

    def counted(name: str) -> str:
        """A template that gives 1, 2, 3, … from one reading to the next."""
        return f"{{{{ lookup('ansible.builtin.pipe', 'echo >>{root / name}; wc -l <{root / name}') }}}}"

    variables: dict[str, Any] = {
        "usernames": f"user{counted('usernames')}",
        "ticket": f"INC-{counted('ticket')}",
        "report_dir": f"{root}/evidence-{counted('report_dir')}",
        "reset_password": counted("reset_password").replace(" }}", " | int is even }}"),
    }
    return play(OFFBOARD, report=False, **variables), root


class TestReadOnce:
    """A variable that is a template with a lookup means the same from the start of a run to its end."""

    world: ClassVar = workspace(*(person(f"user{number}") for number in range(1, 10)))

    def test_one_person_is_checked_and_that_one_is_done(self, restless: tuple[Play, Path], server: Emulator) -> None:
        run, _root = restless
        assert run.rc == 0, run.output
        out = [name for name, user in server.state()["users"].items() if not user["active"]]
        assert len(out) == 1
        asked = [name for entry in run.requests for name in parse_qs(entry["query"]).get("username", [])]
        assert set(asked) == set(out)

    def test_one_ticket_in_one_directory(self, restless: tuple[Play, Path]) -> None:
        run, root = restless
        (directory,) = root.glob("evidence-*")
        (records,) = directory.glob("*.jsonl")
        tickets = {json.loads(line)["ticket"] for line in records.read_text(encoding="utf-8").splitlines()}
        assert len(tickets) == 1
        assert f"ticket {tickets.pop()}" in run.summary[0]
        assert len(list(directory.iterdir())) == 2


class TestProtected:
    """A helpdesk's job takes no administrator's second factor, unless that is allowed by a variable of its own."""

    world: ClassVar = workspace(person("boss", roles=["admin"]), person("chief", roles=["admin"]))

    @pytest.mark.parametrize("playbook", [RECOVER, OFFBOARD, RESET])
    @pytest.mark.parametrize("roles", [{}, {"protected_roles": None}], ids=["default", "blank"])
    def test_refused(self, play: Player, playbook: str, roles: dict[str, Any]) -> None:
        run = play(playbook, usernames="boss", **roles)
        assert (run.rc, run.writes) == (2, [])
        assert "boss has a role that this job keeps its hands off: admin (user_access_protected_roles)" in run.failure

    @pytest.mark.parametrize("given", [{"allow_protected": True}, {"protected_roles": []}], ids=["allowed", "nobody"])
    def test_allowed(self, play: Player, given: dict[str, Any]) -> None:
        run = play(RECOVER, "--check", usernames="boss", **given)
        assert run.rc == 0, run.output
