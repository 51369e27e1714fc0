# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files in extensions/awx: what the modules that apply them take, and what the playbooks take of them."""

from __future__ import annotations

import ast
import itertools
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from dateutil.rrule import rrulestr

from ansible_collections.chatops.rocketchat.plugins.modules import rocketchat_service_account
from tests.awx.data import DIRECTORY, INVENTORY, JOB_TEMPLATES, NODES, SCHEDULES, SURVEYS, WORKFLOWS, read, things
from tests.awx.surveys import answer_problems, defaults, survey_problems
from tests.emulator.testing import REPO_ROOT

# Which module applies a kind, and which keys of the files are not options of the module but are made into some.
APPLIED = {
    "credential_types": ("credential_type", set()),
    "credentials": ("credential", set()),
    "projects": ("project", set()),
    "inventories": ("inventory", {"hosts"}),
    "execution_environments": ("execution_environment", set()),
    "job_templates": ("job_template", set()),
    "workflow_templates": ("workflow_job_template", {"nodes", "survey_of"}),
    "schedules": ("schedule", {"job_template"}),
}
# What the playbook adds, where a module demands it.
ADDED = {"credential": {"credential_type": "Rocket.Chat"}, "inventory": {"organization": "Default"}}
# What launching people may change. Everything else is fixed, above all variables and the credential.
ASKED = {"ask_job_type_on_launch", "ask_diff_mode_on_launch", "ask_verbosity_on_launch"}

ROLE = yaml.safe_load((REPO_ROOT / "roles/user_access/meta/argument_specs.yml").read_text(encoding="utf-8"))


FILES = [path for path in sorted(DIRECTORY.rglob("*.yml")) if path.parent.name != "tasks"]


def answered(name: str) -> dict[str, Any]:
    """What the playbook of a job template may be told, by the names of its variables."""
    if name == "setup":
        options = yaml.safe_load(rocketchat_service_account.DOCUMENTATION)["options"]
        return {"setup_admin_code": {}, **{f"setup_{option}": described for option, described in options.items()}}
    return dict(ROLE["argument_specs"]["main" if name == "reset_totp" else name]["options"])


def options_of(awx_collection: Path, module: str) -> dict[str, Any]:
    """The documented options of a module of awx.awx as an argument specification."""
    source = (awx_collection / "ansible_collections/awx/awx/plugins/modules" / f"{module}.py").read_text("utf-8")
    (text,) = [
        node.value.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "DOCUMENTATION"
        and isinstance(node.value, ast.Constant)
    ]
    return {name: _option(option) for name, option in yaml.safe_load(text)["options"].items()}


def _option(option: dict[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {key: option[key] for key in ("type", "choices", "elements", "required") if key in option}
    if "suboptions" in option:
        known["options"] = {name: _option(inner) for name, inner in option["suboptions"].items()}
    return known


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_module_takes_it(awx_collection: Path, path: Path) -> None:
    module, own = APPLIED[path.parent.name]
    thing = {key: value for key, value in read(path).items() if key not in own}
    validator = ArgumentSpecValidator(options_of(awx_collection, module))
    result = validator.validate({**ADDED.get(module, {}), **thing})
    assert result.error_messages == []
    # Not only can it be made into what the module wants: it is that.
    assert {key: result.validated_parameters[key] for key in thing} == thing


@pytest.mark.parametrize("node", NODES, ids=lambda node: str(node["identifier"]))
def test_the_module_takes_the_node(awx_collection: Path, node: dict[str, Any]) -> None:
    approval = {"approval_node": node["approval"]} if "approval" in node else {}
    job = {"unified_job_template": node["job_template"], "job_type": node["job_type"]} if not approval else {}
    validator = ArgumentSpecValidator(options_of(awx_collection, "workflow_job_template_node"))
    given = {"workflow_job_template": "x", "identifier": node["identifier"], "success_nodes": node["success"]}
    assert validator.validate({**given, **job, **approval}).error_messages == []
    assert set(node) - {"identifier", "success", "approval", "job_template", "job_type"} == set()


def test_the_module_takes_the_hosts(awx_collection: Path) -> None:
    validator = ArgumentSpecValidator(options_of(awx_collection, "host"))
    for host in INVENTORY["hosts"]:
        assert validator.validate({"inventory": "x", **host}).error_messages == []


def test_the_directories() -> None:
    """Every file is of a kind that is applied."""
    assert {path.name for path in DIRECTORY.iterdir()} == {*APPLIED, "tasks"}


@pytest.mark.parametrize("name", sorted(JOB_TEMPLATES))
class TestJobTemplates:
    """What holds for each."""

    def test_the_playbook_is_there(self, name: str) -> None:
        """And is one that a controller finds: it looks for a line with hosts."""
        text = (REPO_ROOT / JOB_TEMPLATES[name]["playbook"]).read_text(encoding="utf-8")
        assert re.search(r"^\s*-?\s*hosts:", text, re.MULTILINE)

    def test_nobody_who_launches_it_can_send_the_token_elsewhere(self, name: str) -> None:
        thing = JOB_TEMPLATES[name]
        asked = {key for key, value in thing.items() if key.startswith("ask_") and value}
        assert asked <= ASKED
        for key in ("ask_variables_on_launch", "ask_credential_on_launch", "ask_inventory_on_launch"):
            assert thing[key] is False
        variables = {question["variable"] for question in thing.get("survey_spec", {}).get("spec", [])}
        connection = re.compile("api|cert|ca_path|proxy|two_factor|hosts|report_dir")
        assert [variable for variable in variables if connection.search(variable)] == []

    def test_it_is_quiet_and_bounded(self, name: str) -> None:
        thing = JOB_TEMPLATES[name]
        assert thing["verbosity"] == 0
        assert thing["job_slice_count"] == 1
        assert 0 < thing["timeout"] <= 14400
        assert 0 < thing["forks"] <= 5

    def test_what_writes_runs_alone_and_can_be_rehearsed(self, name: str) -> None:
        thing = JOB_TEMPLATES[name]
        reads = name in ("doctor", "diagnose", "leftovers")
        assert thing["allow_simultaneous"] is reads
        assert thing["ask_job_type_on_launch"] is not reads
        assert thing["job_type"] == "run"


@pytest.mark.parametrize("name", sorted(SURVEYS))
class TestSurveys:
    """What is asked."""

    def test_a_controller_takes_it(self, name: str) -> None:
        assert survey_problems(SURVEYS[name]) == []

    def test_the_playbook_knows_the_variables(self, name: str) -> None:
        known = answered(name)
        for question in SURVEYS[name]["spec"]:
            option = known[question["variable"]]
            if "choices" not in question:
                continue
            if isinstance(option.get("default", False), bool):
                assert question["choices"] == ["no", "yes"]
            else:
                # The role takes any value, so that a blank one is none; its documentation names those that count.
                told = " ".join(option["description"])
                assert [choice for choice in question["choices"] if f"V({choice})" not in told] == []

    def test_the_defaults_are_those_of_the_role(self, name: str) -> None:
        """Whoever changes nothing gets what the playbook does by itself."""
        known = answered(name)
        for variable, value in defaults(SURVEYS[name]).items():
            spelled = {"no": False, "yes": True}.get(value, value)
            # What is left blank stands for the default.
            assert known[variable].get("default", False) == spelled or value == ""

    def test_every_question_is_explained(self, name: str) -> None:
        for question in SURVEYS[name]["spec"]:
            assert question["question_description"].endswith(".")

    def test_texts_are_bounded(self, name: str) -> None:
        for question in SURVEYS[name]["spec"]:
            if question["type"].startswith("text"):
                assert question["min"] < question["max"] <= 4000
                assert (question["min"] > 0) is question["required"]

    @pytest.mark.parametrize(
        "answers",
        [
            {"user_access_usernames": 4711},
            {"user_access_usernames": ["alice"]},
            {"user_access_usernames": ""},
            {"user_access_usernames": "a" * 4001},
            {"user_access_api_url": "https://x"},
            {"user_access_password_file": "/tmp/x"},
        ],
    )
    def test_what_a_controller_refuses(self, name: str, answers: dict[str, Any]) -> None:
        asked = {"user_access_usernames": "alice, dora@example.com", "user_access_ticket": "INC-1"}
        given = {variable: answer for variable, answer in asked.items() if variable in str(SURVEYS[name])}
        assert answer_problems(SURVEYS[name], {**defaults(SURVEYS[name]), **given}) == []
        assert answer_problems(SURVEYS[name], {**defaults(SURVEYS[name]), **given, **answers}) != []

    @pytest.mark.parametrize(
        "answers",
        [
            {},
            {"user_access_usernames": "alice"},
            {"user_access_usernames": "alice", "user_access_ticket": "1"},
        ],
    )
    def test_what_writes_wants_a_ticket(self, name: str, answers: dict[str, Any]) -> None:
        if name not in ("diagnose", "setup"):
            assert answer_problems(SURVEYS[name], {**defaults(SURVEYS[name]), **answers}) != []


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
class TestWorkflows:
    """Rehearsal, approval, the real thing."""

    def test_order(self, name: str) -> None:
        nodes = {node["identifier"]: node for node in WORKFLOWS[name]["nodes"]}
        (start,) = set(nodes) - set(itertools.chain.from_iterable(node["success"] for node in nodes.values()))
        chain = [nodes[start]]
        while chain[-1]["success"]:
            (following,) = chain[-1]["success"]
            chain.append(nodes[following])
        assert [node.get("job_type", "approval") for node in chain] == ["check", "approval", "run"]
        assert {node["job_template"] for node in chain if "job_template" in node} == {name}
        assert len(chain) == len(nodes)

    def test_the_approval_ends(self, name: str) -> None:
        (approval,) = [node["approval"] for node in WORKFLOWS[name]["nodes"] if "approval" in node]
        assert 3600 <= approval["timeout"] <= 86400

    def test_the_jobs_may_be_rehearsed_and_get_the_answers(self, name: str) -> None:
        """A controller hands on only what the job template itself asks for."""
        assert JOB_TEMPLATES[name]["ask_job_type_on_launch"] is True
        assert WORKFLOWS[name]["survey_of"] == name
        assert WORKFLOWS[name]["survey_enabled"] is True


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
class TestSchedules:
    """Every night, as a controller reads it."""

    def test_the_rule(self, schedule: dict[str, Any]) -> None:
        rule = schedule["rrule"]
        assert re.fullmatch(r"DTSTART;TZID=[A-Za-z/]+:[0-9]{8}T[0-9]{6} RRULE:[A-Z0-9=;]+", rule)
        assert "INTERVAL=" in rule
        nights = rrulestr(rule.replace(" ", "\n"))
        first = list(itertools.islice(nights.xafter(datetime(2026, 6, 1, tzinfo=nights._dtstart.tzinfo)), 3))
        assert [each.day for each in first] == [1, 2, 3]
        assert {(each.hour, each.minute) for each in first} < {(1, 30), (2, 30)}

    def test_nothing_has_to_be_answered(self, schedule: dict[str, Any]) -> None:
        thing = things("job_templates")[schedule["job_template"]]
        assert thing["survey_enabled"] is False
