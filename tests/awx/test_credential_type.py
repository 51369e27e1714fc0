# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the credential type asks for, and what a job gets of it."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any

import pytest

from tests.awx.data import CREDENTIAL_TYPE
from tests.awx.injection import inject, type_problems
from tests.emulator.testing import REPO_ROOT

FIELDS = {field["id"]: field for field in CREDENTIAL_TYPE["inputs"]["fields"]}
ENVIRONMENT = CREDENTIAL_TYPE["injectors"]["env"]
ARGUMENTS = REPO_ROOT / "plugins" / "module_utils" / "_run" / "argspec.py"
WORDS_FOR_SECRETS = ("token", "password", "seed", "secret", "key", "headers")

FULL: dict[str, Any] = {
    "url": "https://chat.example.com",
    "user_id": "aBcD",
    "token": "a-token",
    "username": "svc",
    "password": "a password with {{ braces }}",
    "totp_seed": "NBSWY3DPEB3W64TMMQQGC3TEEBZWKY3S",
    "second_factor_password": "another password",
    "http_headers": '{"CF-Access-Client-Id": "an-id", "CF-Access-Client-Secret": "{{ of the gateway }}"}',
    "ca_certificate": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    "skip_certificate_check": True,
}


def read_by_the_modules() -> set[str]:
    """The environment names in the argument specification."""
    tree = ast.parse(ARGUMENTS.read_text(encoding="utf-8"))
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("ROCKETCHAT_")
    }


def test_a_controller_takes_it() -> None:
    assert type_problems(CREDENTIAL_TYPE["inputs"], CREDENTIAL_TYPE["injectors"]) == []


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_the_modules_read_what_is_set(name: str) -> None:
    assert name in read_by_the_modules()


def test_every_field_is_used() -> None:
    assert set(FULL) == set(FIELDS)
    templates = "\n".join([*ENVIRONMENT.values(), *CREDENTIAL_TYPE["injectors"]["file"].values()])
    assert [name for name in FIELDS if name not in templates] == []


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_secrets_are_secret_and_nothing_else_is(name: str) -> None:
    assert FIELDS[name].get("secret", False) is any(word in name for word in WORDS_FOR_SECRETS)


def test_full(tmp_path: Path) -> None:
    environment = inject(CREDENTIAL_TYPE, FULL, tmp_path)
    path = environment.pop("ROCKETCHAT_CA_PATH")
    assert environment == {
        "ROCKETCHAT_URL": "https://chat.example.com",
        "ROCKETCHAT_USER_ID": "aBcD",
        "ROCKETCHAT_TOKEN": "a-token",
        "ROCKETCHAT_USERNAME": "svc",
        "ROCKETCHAT_PASSWORD": "a password with {{ braces }}",
        "ROCKETCHAT_2FA_SECRET": "NBSWY3DPEB3W64TMMQQGC3TEEBZWKY3S",
        "ROCKETCHAT_2FA_PASSWORD": "another password",
        "ROCKETCHAT_HTTP_HEADERS": FULL["http_headers"],
        "ROCKETCHAT_VALIDATE_CERTS": "false",
    }
    assert Path(path).parent == tmp_path / "env"
    assert Path(path).read_text(encoding="utf-8").split() == FULL["ca_certificate"].split()


@pytest.mark.parametrize(
    "rest",
    [{}, {**{name: "" for name in FIELDS if name != "url"}, "skip_certificate_check": False}],
    ids=["never given", "left empty"],
)
def test_only_the_address(tmp_path: Path, rest: dict[str, Any]) -> None:
    """What is not given is empty, and certificates are checked unless somebody said not to."""
    environment = inject(CREDENTIAL_TYPE, {**rest, "url": "https://chat.example.com"}, tmp_path)
    given = {name: value for name, value in environment.items() if value}
    assert given == {"ROCKETCHAT_URL": "https://chat.example.com", "ROCKETCHAT_VALIDATE_CERTS": "true"}


@pytest.mark.parametrize("name", sorted(ENVIRONMENT))
def test_the_modules_take_empty_for_unset(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

    from ansible_collections.chatops.rocketchat.plugins.module_utils._run.argspec import (
        connection_options,
        two_factor_options,
    )

    for variable in [variable for variable in os.environ if variable.startswith("ROCKETCHAT_")]:
        monkeypatch.delenv(variable)
    validator = ArgumentSpecValidator({**connection_options(), **two_factor_options()})
    unset = validator.validate({})
    monkeypatch.setenv(name, "")
    empty = validator.validate({})
    assert empty.error_messages == []
    assert empty.validated_parameters == unset.validated_parameters
