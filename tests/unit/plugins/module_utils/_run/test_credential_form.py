# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages name the fields of the form as well, where somebody filled in a form."""

from __future__ import annotations

import re

import pytest
import yaml

from ansible_collections.chatops.rocketchat.plugins.module_utils._run.argspec import (
    connection_options,
    two_factor_options,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._run.credential_form import FIELDS, with_fields
from tests.emulator.testing import REPO_ROOT

TOLD = "Check that api_user_id and api_token belong together, and api_user_id is no name."


def test_the_names_are_those_of_the_form() -> None:
    file = REPO_ROOT / "extensions" / "awx" / "credential_types" / "rocketchat.yml"
    kind = yaml.safe_load(file.read_text(encoding="utf-8"))
    labels = {field["id"]: field["label"] for field in kind["inputs"]["fields"]}
    options = {
        spec["fallback"][1][0]: name
        for name, spec in {**connection_options(), **two_factor_options()}.items()
        if "fallback" in spec
    }
    injected = {
        options[variable]: re.findall("|".join(labels), template)[-1]
        for variable, template in kind["injectors"]["env"].items()
    }
    assert {option: labels[field] for option, field in injected.items()} == FIELDS


def test_in_a_job_both_names_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWX_PRIVATE_DATA_DIR", "/runner")
    fields = 'In the credential of AWX api_user_id is "User ID", api_token is "Personal access token".'
    assert with_fields(TOLD) == f"{TOLD} {fields}"
    assert with_fields("Nobody is named.") == "Nobody is named."
    assert with_fields("my_api_url_x") == "my_api_url_x"


def test_elsewhere_nothing_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWX_PRIVATE_DATA_DIR", raising=False)
    assert with_fields(TOLD) == TOLD
