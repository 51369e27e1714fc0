# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the set-up makes of its variables, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.module_cache.sharing import shared_configuration
from tests.playbook_process import run_playbook

TOP = Path(__file__).resolve().parents[3]
ADMIN = {"setup_url": "https://chat.example.com", "setup_admin_username": "", "setup_admin_code": ""}
NAMED = {"setup_admin_username": "olga"}
IN_AWX = {"setup_awx_credential": "Rocket.Chat", "setup__env_file": "", "setup__vault_file": ""}
NO_TOKEN: dict[str, Any] = {"setup__credentials": {"token": ""}}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "no code": ("setup__method", NAMED),
    "a code": ("setup__method", {**NAMED, "setup_admin_code": "123456"}),
    "another method": ("setup__method", {**NAMED, "setup_admin_code": "123456", "setup_admin_method": "email"}),
    "no code at all": ("setup__method", {**NAMED, "setup_admin_method": "password"}),
    "by the environment": ("setup__method", {"setup_admin_code": "123456"}),
    "unseen": ("setup__next", {**IN_AWX, **NO_TOKEN}),
    "seen": ("setup__next", {**IN_AWX, "setup__credentials": {"token": "t"}}),
}


@pytest.fixture(scope="module")
def values(collections: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what each case comes to; the environment names e-mail as the method of whoever it is about."""
    home = tmp_path_factory.mktemp("variables")
    told = [
        {"name": name, "ansible.builtin.debug": {"msg": f"{{{{ {variable} }}}}"}, "vars": {**ADMIN, **given}}
        for name, (variable, given) in CASES.items()
    ]
    files = [str(TOP / "playbooks" / "vars" / "setup.yml")]
    play = {"hosts": "localhost", "gather_facts": False, "vars_files": files, "tasks": told}
    (home / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    done = run_playbook(
        ["play.yml"],
        home,
        {
            **shared_configuration(),
            "HOME": str(home),
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
            "ROCKETCHAT_2FA_METHOD": "email",
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    decoder = json.JSONDecoder()
    found: dict[str, Any] = {}
    for name in CASES:
        rest = done.stdout.split(f"TASK [{name}]", 1)[1]
        found[name] = decoder.raw_decode(rest[rest.index("=> {") + 3 :])[0]["msg"]
    return found


@pytest.mark.parametrize(
    ("case", "method"),
    [
        ("no code", ""),
        ("a code", "totp"),
        ("another method", "email"),
        ("no code at all", "password"),
        ("by the environment", "email"),
    ],
)
def test_a_code_is_of_the_app_unless_something_else_is_said(values: dict[str, Any], case: str, method: str) -> None:
    assert values[case] == method


def test_a_token_that_only_the_controller_knows_is_not_taken_for_one_that_works(values: dict[str, Any]) -> None:
    assert "setup_token=renew" in values["unseen"][-1]
    assert "setup_token=renew" not in str(values["seen"])
