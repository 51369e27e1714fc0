# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook awx_setup.yml, against a controller that remembers what it was asked for."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.awx.controller import ENCRYPTED, PLATFORM, TOKEN, Controller
from tests.awx.data import (
    CREDENTIAL_TYPE,
    CREDENTIALS,
    INVENTORY,
    JOB_TEMPLATES,
    PROJECT,
    SCHEDULES,
    SETUP_VARIABLES,
    SURVEYS,
    VERSION_1,
    WORKFLOWS,
)
from tests.awx.data import NODES as NODES_OF_WORKFLOWS
from tests.awx.kinds import KINDS
from tests.module_cache.sharing import shared_configuration
from tests.playbook_process import run_playbook

PREFIX = "Rocket.Chat - "
URL = "https://chat.example.com"
SECRET = "typed-by-the-administrator-Hq73"
TEAMS = {"helpdesk_team": "Helpdesk", "approvers_team": "Approvers"}
NODES = "workflow_job_template_nodes"

# What somebody may have changed by hand, in the order in which the playbook comes to it, and what puts it back.
CHANGES: list[tuple[str, str, dict[str, Any], str]] = [
    ("credential_types", "Rocket.Chat", {"injectors": {"env": {"ROCKETCHAT_URL": "{{ url }}"}}}, "PATCH"),
    ("projects", f"{PREFIX}playbooks", {"scm_branch": "somebodys-branch"}, "PATCH"),
    ("hosts", "localhost", {"variables": "{}"}, "PATCH"),
    ("job_templates", f"{PREFIX}Reset TOTP", {"survey_spec": SURVEYS["recover"]}, "POST"),
    ("job_templates", f"{PREFIX}Recover account", {"credentials": []}, "POST"),
    (
        "job_templates",
        f"{PREFIX}Offboard",
        {
            "ask_variables_on_launch": True,
            "ask_execution_environment_on_launch": True,
            "ask_scm_branch_on_launch": True,
            "ask_labels_on_launch": True,
            "ask_forks_on_launch": True,
            "ask_job_slice_count_on_launch": True,
            "ask_timeout_on_launch": True,
            "ask_instance_groups_on_launch": True,
            "ask_tags_on_launch": True,
            "ask_skip_tags_on_launch": True,
            "scm_branch": "somebodys",
            "limit": "elsewhere",
            "job_tags": "one",
            "skip_tags": "another",
            "become_enabled": True,
            "webhook_service": "github",
        },
        "PATCH",
    ),
    (
        "workflow_job_templates",
        PREFIX + WORKFLOWS["offboard"]["name"],
        {"extra_vars": '{"user_access_force": true}', "allow_simultaneous": False, "ask_tags_on_launch": True},
        "PATCH",
    ),
    (NODES, "rehearse", {"job_type": "run"}, "PATCH"),
    ("workflow_approval_templates", WORKFLOWS["offboard"]["nodes"][1]["approval"]["name"], {"timeout": 0}, "PATCH"),
    (NODES, "approve", {"success_nodes": []}, "POST"),
    ("schedules", f"{PREFIX}nightly", {"rrule": "DTSTART:20300101T000000Z RRULE:FREQ=DAILY;INTERVAL=2"}, "PATCH"),
]


@dataclass(frozen=True)
class Run:
    """What one run came to."""

    rc: int
    output: str
    writes: list[tuple[str, str]]

    @property
    def changed(self) -> int:
        """The number of changed tasks in the recap."""
        found = re.search(r"changed=(\d+)", self.output)
        assert found, self.output
        return int(found.group(1))

    @property
    def sentence(self) -> str:
        """What it failed with, which must be one sentence."""
        told = re.findall(r'"msg": ("(?:[^"\\]|\\.)*")', self.output)
        sentence = str(json.loads(told[-1]))
        assert sentence.startswith("Nothing was written, because ")
        assert sentence.endswith(".")
        assert "\n" not in sentence
        return sentence


class Setup:
    """Runs the playbook as an administrator does."""

    def __init__(self, controller: Controller, root: Path, collections: Path, awx: Path) -> None:
        self._controller = controller
        self._root = root
        self._collections = collections
        self._awx = awx

    def __call__(
        self,
        *arguments: str,
        environment: Mapping[str, str | None] | None = None,
        awx: bool = True,
        playbook: str = "awx_setup",
        **variables: Any,
    ) -> Run:
        """Run it; an environment variable of None is not set, and without ``awx`` that collection is not installed."""
        since = len(self._controller.requests)
        given: dict[str, str | None] = {
            **shared_configuration(),
            "HOME": str(self._root),
            "ANSIBLE_COLLECTIONS_PATH": f"{self._collections}{f':{self._awx}' if awx else ''}",
            # Nobody speaks TLS, but each request would read the certificates of this machine, for half of the time.
            "SSL_CERT_FILE": os.devnull,
            "CONTROLLER_HOST": self._controller.url,
            "CONTROLLER_OAUTH_TOKEN": TOKEN,
            **(environment or {}),
        }
        named = {f"awx_setup_{key}": value for key, value in {"rocketchat_url": URL, **variables}.items()}
        done = run_playbook(
            [f"chatops.rocketchat.{playbook}", "-e", json.dumps(named), *arguments],
            self._root,
            {key: value for key, value in given.items() if value is not None},
        )
        return Run(done.returncode, done.stdout + done.stderr, self._controller.writes(since))


@pytest.fixture(scope="class")
def setup(
    controller: Controller, collections: Path, awx_collection: Path, tmp_path_factory: pytest.TempPathFactory
) -> Setup:
    """Runs the playbook against the controller."""
    return Setup(controller, tmp_path_factory.mktemp("setup"), collections, awx_collection)


class TestSetup:
    """From a controller that has nothing."""

    @pytest.fixture(scope="class")
    @classmethod
    def first(cls, setup: Setup, controller: Controller) -> Run:
        """The first run, at the highest verbosity that people use."""
        controller.create_team("Helpdesk", "ann")
        controller.create_team("Approvers", "bea")
        return setup("-vvv", **TEAMS)

    def test_it_works(self, first: Run) -> None:
        assert first.rc == 0, first.output
        assert {verb for verb, _path in first.writes} == {"POST"}

    def test_the_token_is_not_told(self, first: Run) -> None:
        assert TOKEN not in first.output

    def test_it_says_what_comes_next(self, first: Run, controller: Controller) -> None:
        assert f'open the credential \\"{PREFIX}service account\\"' in first.output
        assert f'launch \\"{PREFIX}Doctor\\"' in first.output

    def test_nothing_else_is_there(self, first: Run, controller: Controller) -> None:
        """Each object of each kind, by name."""
        expected = {
            "organizations": ["Default"],
            "users": ["ann", "bea"],
            "teams": ["Approvers", "Helpdesk"],
            "credential_types": [CREDENTIAL_TYPE["name"]],
            "credentials": sorted(PREFIX + thing["name"] for thing in CREDENTIALS.values()),
            "projects": [PREFIX + PROJECT["name"]],
            "inventories": [PREFIX + INVENTORY["name"]],
            "hosts": [host["name"] for host in INVENTORY["hosts"]],
            "job_templates": sorted(PREFIX + thing["name"] for thing in JOB_TEMPLATES.values()),
            "workflow_job_templates": sorted(PREFIX + thing["name"] for thing in WORKFLOWS.values()),
            NODES: sorted(node["identifier"] for node in NODES_OF_WORKFLOWS),
            "workflow_approval_templates": sorted(
                node["approval"]["name"] for node in NODES_OF_WORKFLOWS if "approval" in node
            ),
            "schedules": sorted(PREFIX + thing["name"] for thing in SCHEDULES.values()),
            "execution_environments": [],
        }
        assert {kind: controller.names(kind) for kind in KINDS} == expected

    def test_credential_type(self, first: Run, controller: Controller) -> None:
        """As the file says, templates and all."""
        there = controller.get("credential_types", CREDENTIAL_TYPE["name"])
        assert {key: there[key] for key in CREDENTIAL_TYPE} == CREDENTIAL_TYPE

    def test_credential(self, first: Run, controller: Controller) -> None:
        there = controller.get("credentials", f"{PREFIX}service account")
        assert there["inputs"] == {"url": URL}
        assert there["credential_type"] == CREDENTIAL_TYPE["name"]
        assert there["organization"] == "Default"

    def test_credentials_of_the_set_up(self, first: Run, controller: Controller) -> None:
        """Addresses alone, and certificates are checked."""
        administrator, own = (controller.get("credentials", PREFIX + name) for name in ("administrator", "controller"))
        assert (administrator["credential_type"], administrator["inputs"]) == (CREDENTIAL_TYPE["name"], {"url": URL})
        assert own["credential_type"] == PLATFORM["name"]
        assert own["inputs"] == {"host": controller.url, "verify_ssl": True}

    def test_project(self, first: Run, controller: Controller) -> None:
        there = controller.get("projects", PREFIX + PROJECT["name"])
        assert {key: there[key] for key in PROJECT} == {**PROJECT, "name": PREFIX + PROJECT["name"]}
        assert there["scm_url"].startswith("https://")
        assert there["scm_branch"] == "main"

    def test_inventory(self, first: Run, controller: Controller) -> None:
        for host in INVENTORY["hosts"]:
            there = controller.get("hosts", host["name"])
            assert json.loads(there["variables"]) == host["variables"]
            assert there["enabled"] is True

    @pytest.mark.parametrize("name", sorted(JOB_TEMPLATES))
    def test_job_template(self, first: Run, controller: Controller, name: str) -> None:
        thing = JOB_TEMPLATES[name]
        there = controller.get("job_templates", PREFIX + thing["name"])
        assert {key: there[key] for key in thing} == {**thing, "name": PREFIX + thing["name"]}
        whose = ["administrator", "controller"] if name == "setup" else ["service account"]
        assert there["credentials"] == [PREFIX + each for each in whose]
        assert there["project"] == PREFIX + PROJECT["name"]
        assert there["inventory"] == PREFIX + INVENTORY["name"]
        given = {
            "nightly_offboard": {"leavers_file": "/srv/hr/leavers.csv", "leavers_time_zone": "UTC"},
            "reconcile": {"people_file": "/srv/hr/people.csv", "plan_file": "/tmp/reconcile-plan.json"},
            "setup": SETUP_VARIABLES,
        }
        assert json.loads(there["extra_vars"]) == given.get(name, {})

    @pytest.mark.parametrize("name", sorted(WORKFLOWS))
    def test_workflow(self, first: Run, controller: Controller, name: str) -> None:
        workflow = WORKFLOWS[name]
        there = controller.get("workflow_job_templates", PREFIX + workflow["name"])
        plain = {key: value for key, value in workflow.items() if key not in ("name", "nodes", "survey_of")}
        assert {key: there[key] for key in plain} == plain
        assert there["survey_spec"] == SURVEYS[workflow["survey_of"]]

    @pytest.mark.parametrize("node", NODES_OF_WORKFLOWS, ids=lambda node: str(node["identifier"]))
    def test_node(self, first: Run, controller: Controller, node: dict[str, Any]) -> None:
        there = controller.get(NODES, node["identifier"])
        assert there["success_nodes"] == node["success"]
        assert there["failure_nodes"] == there["always_nodes"] == []
        assert there["job_type"] == node.get("job_type")
        if "approval" in node:
            assert there["unified_job_template"] == node["approval"]["name"]
            approval = controller.get("workflow_approval_templates", node["approval"]["name"])
            assert {key: approval[key] for key in node["approval"]} == node["approval"]
        else:
            assert there["unified_job_template"] == PREFIX + JOB_TEMPLATES[node["job_template"]]["name"]

    def test_who_may_do_what(self, first: Run, controller: Controller) -> None:
        workflows = [PREFIX + workflow["name"] for workflow in WORKFLOWS.values()]
        assert controller.granted("Helpdesk") == {
            *(("execute", name) for name in [*workflows, f"{PREFIX}Diagnose"]),
        }
        assert controller.granted("Approvers") == {
            *(("approval", name) for name in workflows),
            *(("read", PREFIX + JOB_TEMPLATES[name]["name"]) for name in ("offboard", "recover")),
        }

    @pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
    def test_schedule(self, first: Run, controller: Controller, schedule: dict[str, Any]) -> None:
        """It is off until somebody has put a list there."""
        there = controller.get("schedules", PREFIX + schedule["name"])
        assert there["rrule"] == schedule["rrule"]
        assert there["enabled"] is False
        assert there["unified_job_template"] == PREFIX + JOB_TEMPLATES[schedule["job_template"]]["name"]

    def test_a_second_run_sends_no_change(self, first: Run, setup: Setup, controller: Controller) -> None:
        """And the secrets that somebody typed meanwhile stay."""
        typed = {"url": "https://other.example.com", "user_id": "aBcD", "token": SECRET}
        controller.change("credentials", f"{PREFIX}service account", inputs=typed)
        second = setup(**TEAMS)
        assert second.rc == 0, second.output
        assert second.writes == []
        assert second.changed == 0
        assert controller.secrets(f"{PREFIX}service account") == typed
        assert controller.get("credentials", f"{PREFIX}service account")["inputs"]["token"] == ENCRYPTED

    def test_what_somebody_changed_is_put_back_and_nothing_else(
        self, first: Run, setup: Setup, controller: Controller
    ) -> None:
        doctor = ("job_templates", f"{PREFIX}Doctor")
        before = {(kind, name): controller.get(kind, name) for kind, name, _changes, _verb in CHANGES}
        for kind, name, changes, _verb in CHANGES:
            controller.change(kind, name, **changes)
            assert controller.get(kind, name) != before[kind, name]
        own = controller.get("job_templates", f"{PREFIX}Offboard")["id"]
        workflow = controller.get("workflow_job_templates", PREFIX + WORKFLOWS["offboard"]["name"])["id"]
        image = controller.create("execution_environments", {"name": "another", "image": "example.com/another"})["id"]
        # Runs at once, without an approval.
        node = {"identifier": "at-once", "workflow_job_template": workflow, "unified_job_template": own}
        extra = controller.create(NODES, node)["id"]
        controller.change("job_templates", f"{PREFIX}Doctor", execution_environment=image)
        controller.grant("Helpdesk", "execute", "job_templates", f"{PREFIX}Offboard")
        controller.grant("Approvers", "execute", "workflow_job_templates", PREFIX + WORKFLOWS["offboard"]["name"])
        granted = {team: controller.granted(team) for team in TEAMS.values()}
        run = setup(**TEAMS)
        assert run.rc == 0, run.output
        more = [("DELETE", NODES, str(extra)), ("PATCH", "job_templates", str(controller.get(*doctor)["id"]))]
        assert controller.get(*doctor)["execution_environment"] is None
        taken = {team: granted[team] - controller.granted(team) for team in granted}
        assert taken == {
            "Helpdesk": {("execute", f"{PREFIX}Offboard")},
            "Approvers": {("execute", PREFIX + WORKFLOWS["offboard"]["name"])},
        }
        assert {key: controller.get(*key) for key in before} == before
        expected = [(verb, kind, str(before[kind, name]["id"])) for kind, name, _changes, verb in CHANGES]
        wrote = [(verb, *path.split("/")[3:5]) for verb, path in run.writes]
        assert [entry for entry in wrote if entry not in more and entry[1] != "roles"] == expected
        assert set(more) < set(wrote)


class TestTwoOrganizations:
    """Two of them on one controller, from a sync that fails to the teardown; the first was set up by 1.0."""

    IMAGE = "registry.example.com/rocketchat-ee:1.0"
    CHOSEN: ClassVar[dict[str, Any]] = {
        "organization": "Org Two",
        "credential_type": "Rocket.Chat 2",
        "project_url": "https://git.example.com/it/rocketchat.git",
        "project_branch": "1.0.0",
        "execution_environment_image": IMAGE,
        "leavers_file": "/runner/project/leavers.csv",
        "leavers_time_zone": "Europe/Berlin",
        "schedule_enabled": True,
        "people_file": "/runner/project/people.csv",
        "reconcile_schedule_enabled": True,
    }
    # What an administrator typed into the credential in the time of 1.0.
    TYPED: ClassVar[dict[str, Any]] = {"url": URL, "user_id": "aBcD", "token": SECRET}

    @pytest.fixture(scope="class")
    @classmethod
    def failed(cls, setup: Setup, controller: Controller) -> Run:
        """The first organization, while the project cannot be synced; until now it was at the tag of 1.0."""
        controller.restore(VERSION_1)
        controller.change("credentials", f"{PREFIX}service account", inputs=cls.TYPED)
        controller.change("projects", PREFIX + PROJECT["name"], scm_branch="1.0.0")
        used = controller.get("credential_types", CREDENTIAL_TYPE["name"])["id"]
        given = {"name": "somebody's", "credential_type": used, "inputs": {"url": URL}}
        controller.create("credentials", {**given, "organization": controller.get("organizations", "Default")["id"]})
        controller.create_organization("Org Two", galaxy=False)
        third = controller.create_organization("Org Three")
        image = {"name": f"{PREFIX}execution environment", "image": "example.com/theirs", "organization": third}
        controller.create("execution_environments", image)
        controller.sync_fails_with = "Failed to download remote objects:\nfatal: repository not found"
        return setup()

    @pytest.fixture(scope="class")
    @classmethod
    def first(cls, failed: Run, setup: Setup, controller: Controller) -> Run:
        """The first organization, once it can."""
        controller.sync_fails_with = ""
        return setup()

    @pytest.fixture(scope="class")
    @classmethod
    def second(cls, first: Run, setup: Setup) -> Run:
        """The second one, by the same names."""
        return setup(**cls.CHOSEN)

    def test_a_sync_that_fails_says_why(self, failed: Run, controller: Controller) -> None:
        assert failed.rc != 0
        assert "no template was made. It says: Failed to download remote objects: fatal: repository not found" in (
            failed.output
        )
        assert not [path for verb, path in failed.writes if "job_templates" in path]

    def test_the_next_run_syncs_it(self, failed: Run, first: Run, controller: Controller) -> None:
        assert first.rc == 0, first.output
        assert [path.split("/")[-2] for _verb, path in first.writes if "/projects/" in path] == ["update"]

    def test_a_type_in_use_stays_and_the_rest_goes_on(self, first: Run, controller: Controller) -> None:
        told = first.output.index("NOT CHANGED: the credential type")
        assert told < first.output.index("TASK [Credential")
        assert "(new: http_headers)" in first.output
        assert """run again with -e '{\\"awx_setup_credential_type\\": \\"Rocket.Chat 2\\"}'""" in first.output
        assert not [path for _verb, path in first.writes if "credential_types" in path]

    def test_a_second_organization_has_its_own(self, second: Run, controller: Controller) -> None:
        assert second.rc == 0, second.output
        doctor = controller.get("job_templates", f"{PREFIX}Doctor", "Org Two")
        # The name is that of another organization's.
        name = f"{PREFIX}execution environment of Org Two"
        assert doctor["execution_environment"] == name
        project = controller.get("projects", PREFIX + PROJECT["name"], "Org Two")
        assert (project["scm_url"], project["scm_branch"]) == (self.CHOSEN["project_url"], "1.0.0")
        image = controller.get("execution_environments", name)
        assert (image["image"], image["organization"]) == (self.IMAGE, "Org Two")
        nightly = controller.get("job_templates", f"{PREFIX}Nightly offboarding", "Org Two")
        assert json.loads(nightly["extra_vars"]) == {
            "leavers_file": "/runner/project/leavers.csv",
            "leavers_time_zone": "Europe/Berlin",
        }
        for thing in SCHEDULES.values():
            assert controller.get("schedules", PREFIX + thing["name"], "Org Two")["enabled"] is True
        reconcile = controller.get("job_templates", f"{PREFIX}Reconcile", "Org Two")
        assert json.loads(reconcile["extra_vars"])["people_file"] == "/runner/project/people.csv"
        credential = controller.get("credentials", f"{PREFIX}service account", "Org Two")
        assert credential["credential_type"] == "Rocket.Chat 2"

    def test_an_upgrade_leaves_what_a_run_from_nothing_does(self, second: Run, controller: Controller) -> None:
        """But for what was chosen for the second organization; the secrets are those of before."""
        upgraded, fresh = (self._there(controller, organization) for organization in ("Default", "Org Two"))
        assert upgraded == fresh
        approvals = controller.listed("workflow_approval_templates", {})["results"]
        described = [node["approval"] for node in NODES_OF_WORKFLOWS if "approval" in node]
        told = ("name", "description", "timeout")
        assert {tuple(each[key] for key in told) for each in approvals} == {
            tuple(each[key] for key in told) for each in described
        }
        assert controller.secrets(f"{PREFIX}service account", "Default") == self.TYPED

    def _there(self, controller: Controller, organization: str) -> dict[tuple[str, str], dict[str, Any]]:
        """What an organization has of its own, without what the two have by choice."""
        chosen = {"id", "organization", "scm_url", "scm_branch", "execution_environment", "enabled", "inputs"}
        chosen |= {"credential_type", "extra_vars"}
        return {
            (kind, name): {
                key: value for key, value in controller.get(kind, name, organization).items() if key not in chosen
            }
            for kind, name, where in controller.everything()
            if where == organization and kind != "execution_environments" and name != "somebody's"
        }

    def test_what_is_missing_for_a_job_is_told(self, first: Run, second: Run) -> None:
        told = 'the organization \\"Org Two\\" has no Galaxy credential'
        assert told in second.output
        assert "Everything is in place" not in second.output
        assert "no Galaxy credential" not in first.output

    def test_the_first_is_as_it_was(self, second: Run, setup: Setup) -> None:
        again = setup()
        assert (again.rc, again.changed, again.writes) == (0, 0, []), again.output

    def test_the_teardown_removes_what_was_made_and_nothing_else(
        self, second: Run, setup: Setup, controller: Controller
    ) -> None:
        # Somebody's own template uses the project.
        project = controller.get("projects", PREFIX + PROJECT["name"], "Org Two")["id"]
        inventory = controller.get("inventories", PREFIX + INVENTORY["name"], "Org Two")["id"]
        own = {"name": "own", "project": project, "inventory": inventory, "playbook": "playbooks/doctor.yml"}
        made = controller.create("job_templates", own)["id"]
        both = {key: self.CHOSEN[key] for key in ("organization", "credential_type")}
        refused = setup(playbook="awx_teardown", **both)
        assert refused.rc != 0
        assert refused.writes == []
        assert 'Nothing was removed, because awx_setup did not make \\"own\\"' in refused.output
        controller.delete("job_templates", made)

        before = controller.everything()
        torn = setup(playbook="awx_teardown", **both)
        assert torn.rc == 0, torn.output
        assert {verb for verb, _path in torn.writes} == {"DELETE"}
        left = controller.everything()
        assert left < before
        assert {name for kind, name, organization in left if organization == "Org Two"} == set()
        gone = {(kind, name) for kind, name, organization in before - left if organization != "Org Two"}
        assert gone == {("credential_types", "Rocket.Chat 2")}

        # The other credential is of the type, so that it stays.
        torn = setup(playbook="awx_teardown")
        assert torn.rc == 0, torn.output
        assert {entry for entry in controller.everything() if entry[0] not in ("organizations",)} == {
            ("credential_types", "Rocket.Chat", None),
            ("credentials", "somebody's", "Default"),
            ("execution_environments", f"{PREFIX}execution environment", "Org Three"),
        }


class TestRefusals:
    """One sentence, and nothing written."""

    @pytest.mark.parametrize(
        ("missing", "words"),
        [
            ({"CONTROLLER_HOST": None}, "the environment variable CONTROLLER_HOST"),
            ({"CONTROLLER_HOST": ""}, "the environment variable CONTROLLER_HOST"),
            ({"CONTROLLER_OAUTH_TOKEN": None}, "the environment variable CONTROLLER_OAUTH_TOKEN"),
        ],
    )
    def test_environment(self, setup: Setup, missing: dict[str, str | None], words: str) -> None:
        run = setup(environment=missing)
        assert run.rc != 0
        assert words in run.sentence
        assert run.writes == []

    def test_address_of_the_workspace(self, setup: Setup) -> None:
        run = setup(rocketchat_url="")
        assert "awx_setup_rocketchat_url" in run.sentence
        assert run.writes == []

    def test_collection(self, setup: Setup) -> None:
        run = setup(awx=False)
        assert run.rc != 0
        assert "the collection awx.awx is missing" in run.sentence

    def test_token(self, setup: Setup) -> None:
        run = setup("-vvv", environment={"CONTROLLER_OAUTH_TOKEN": "a-token-that-was-revoked-Xy"})
        assert run.rc != 0
        assert "does not accept the token in CONTROLLER_OAUTH_TOKEN" in run.sentence
        assert "a-token-that-was-revoked-Xy" not in run.output
        assert run.writes == []

    def test_nobody_answers(self, setup: Setup) -> None:
        run = setup(environment={"CONTROLLER_HOST": "http://127.0.0.1:9"})
        assert "http://127.0.0.1:9 does not answer as a controller does" in run.sentence

    def test_organization(self, setup: Setup) -> None:
        run = setup(organization="Defualt")
        assert 'has no organization "Defualt"' in run.sentence
        assert run.writes == []

    def test_teams(self, setup: Setup, controller: Controller) -> None:
        controller.create_team("Helpdesk", "ann", "bea")
        controller.create_team("Approvers", "bea", "cy")
        run = setup(helpdesk_team="Helpdesk", approvers_team="Aprovers")
        assert 'the organization "Default" has no team "Aprovers"; make it there' in run.sentence
        for other, who in (("Approvers", "bea"), ("Helpdesk", "ann, bea")):
            run = setup(helpdesk_team="Helpdesk", approvers_team=other)
            assert f"because {who} would be in the team that asks and in the team that approves" in run.sentence
        assert run.writes == []
