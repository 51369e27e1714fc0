# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a controller, as far as the tests' controller knows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Thing = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of object: its fields with their defaults, which of them refer to what, and its lists."""

    type: str
    fields: Thing
    required: tuple[str, ...] = ("name",)
    refers: dict[str, str] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    read_only: tuple[str, ...] = ()
    unique: tuple[str, ...] = ("name", "organization")
    choices: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    roles: tuple[str, ...] = ()


_LAUNCH = dict.fromkeys(
    (
        *("ask_diff_mode_on_launch", "ask_variables_on_launch", "ask_limit_on_launch", "ask_tags_on_launch"),
        *("ask_skip_tags_on_launch", "ask_job_type_on_launch", "ask_verbosity_on_launch", "ask_inventory_on_launch"),
        *("ask_credential_on_launch", "ask_execution_environment_on_launch", "ask_forks_on_launch"),
        *("ask_instance_groups_on_launch", "ask_job_slice_count_on_launch", "ask_labels_on_launch"),
        *("ask_timeout_on_launch", "ask_scm_branch_on_launch"),
    ),
    False,
)
_NAMED = {"name": "", "description": ""}
_JOB_TYPES = ("run", "check")
_NODES = dict.fromkeys(("success_nodes", "failure_nodes", "always_nodes"), "workflow_job_template_nodes")

KINDS = {
    "organizations": Kind(
        "organization",
        {**_NAMED, "max_hosts": 0, "default_environment": None},
        lists={"galaxy_credentials": "credentials"},
        unique=("name",),
    ),
    "credential_types": Kind(
        "credential_type",
        {**_NAMED, "kind": "cloud", "inputs": {}, "injectors": {}},
        read_only=("managed", "namespace"),
        unique=("name", "kind"),
        choices={"kind": ("net", "cloud")},
    ),
    "users": Kind("user", {"username": ""}, required=("username",), unique=("username",)),
    "teams": Kind(
        "team",
        {**_NAMED, "organization": None},
        required=("name", "organization"),
        refers={"organization": "organizations"},
        lists={"users": "users"},
    ),
    "credentials": Kind(
        "credential",
        {**_NAMED, "organization": None, "credential_type": None, "inputs": {}},
        required=("name", "credential_type"),
        refers={"organization": "organizations", "credential_type": "credential_types"},
        unique=("name", "organization", "credential_type"),
    ),
    "execution_environments": Kind(
        "execution_environment",
        {**_NAMED, "organization": None, "image": "", "credential": None, "pull": ""},
        required=("name", "image"),
        refers={"organization": "organizations", "credential": "credentials"},
        unique=("name",),
        choices={"pull": ("", "always", "missing", "never")},
    ),
    "projects": Kind(
        "project",
        {
            **_NAMED,
            "organization": None,
            "scm_type": "",
            "scm_url": "",
            "scm_branch": "",
            "scm_refspec": "",
            "scm_clean": False,
            "scm_delete_on_update": False,
            "scm_track_submodules": False,
            "credential": None,
            "scm_update_on_launch": False,
            "scm_update_cache_timeout": 0,
            "allow_override": False,
            "timeout": 0,
            "default_environment": None,
        },
        refers={"organization": "organizations", "default_environment": "execution_environments"},
        read_only=("scm_revision", "status"),
        choices={"scm_type": ("", "git", "svn", "insights", "archive")},
    ),
    "inventories": Kind(
        "inventory",
        {**_NAMED, "organization": None, "kind": "", "host_filter": None, "variables": ""},
        required=("name", "organization"),
        refers={"organization": "organizations"},
    ),
    "hosts": Kind(
        "host",
        {**_NAMED, "inventory": None, "enabled": True, "variables": ""},
        required=("name", "inventory"),
        refers={"inventory": "inventories"},
        unique=("name", "inventory"),
    ),
    "job_templates": Kind(
        "job_template",
        {
            **_NAMED,
            **_LAUNCH,
            "job_type": "run",
            "inventory": None,
            "project": None,
            "playbook": "",
            "scm_branch": "",
            "forks": 0,
            "limit": "",
            "verbosity": 0,
            "extra_vars": "",
            "job_tags": "",
            "skip_tags": "",
            "timeout": 0,
            "use_fact_cache": False,
            "execution_environment": None,
            "survey_enabled": False,
            "diff_mode": False,
            "become_enabled": False,
            "allow_simultaneous": False,
            "job_slice_count": 1,
            "force_handlers": False,
            "webhook_service": "",
        },
        required=("name", "project", "playbook", "inventory"),
        refers={
            "inventory": "inventories",
            "project": "projects",
            "execution_environment": "execution_environments",
        },
        lists={"credentials": "credentials"},
        # A job template belongs to the organization of its project.
        read_only=("organization",),
        choices={
            "job_type": _JOB_TYPES,
            "verbosity": (0, 1, 2, 3, 4, 5),
            "webhook_service": ("", "github", "gitlab", "bitbucket_dc"),
        },
        roles=("admin_role", "execute_role", "read_role"),
    ),
    "workflow_job_templates": Kind(
        "workflow_job_template",
        {
            **_NAMED,
            **{key: value for key, value in _LAUNCH.items() if "tags" in key or "labels" in key},
            "organization": None,
            "extra_vars": "",
            "survey_enabled": False,
            "allow_simultaneous": False,
            "inventory": None,
            "limit": None,
            "scm_branch": None,
            "job_tags": None,
            "skip_tags": None,
            "ask_variables_on_launch": False,
            "ask_inventory_on_launch": False,
            "ask_limit_on_launch": False,
            "ask_scm_branch_on_launch": False,
        },
        refers={"organization": "organizations", "inventory": "inventories"},
        roles=("admin_role", "execute_role", "read_role", "approval_role"),
    ),
    "workflow_job_template_nodes": Kind(
        "workflow_job_template_node",
        {
            "identifier": "",
            "workflow_job_template": None,
            "unified_job_template": None,
            "extra_data": {},
            "job_type": None,
            "limit": None,
            "verbosity": None,
            "diff_mode": None,
            "inventory": None,
            "all_parents_must_converge": False,
            "forks": None,
            "timeout": None,
            "job_slice_count": None,
        },
        required=("workflow_job_template",),
        refers={"workflow_job_template": "workflow_job_templates", "unified_job_template": "unified_job_templates"},
        lists=_NODES,
        choices={"job_type": (None, *_JOB_TYPES)},
        unique=("identifier", "workflow_job_template"),
    ),
    "workflow_approval_templates": Kind("workflow_approval_template", {**_NAMED, "timeout": 0}, unique=()),
    "schedules": Kind(
        "schedule",
        {**_NAMED, "rrule": "", "enabled": True, "unified_job_template": None, "extra_data": {}, "inventory": None},
        required=("name", "rrule", "unified_job_template"),
        refers={"unified_job_template": "unified_job_templates"},
        unique=("name", "unified_job_template"),
    ),
}
