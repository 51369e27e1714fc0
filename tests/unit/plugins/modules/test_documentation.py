# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules document is what they take: options, defaults, aliases, choices, environment variables, secrets."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils import basic

from ansible_collections.chatops.rocketchat.plugins import module_utils

COLLECTION = "chatops.rocketchat"
PLUGINS = Path(next(iter(module_utils.__path__))).parent
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py") if path.stem != "__init__")
# What an option holds that must never be shown; "token" alone also names what is public.
SECRET = re.compile(r"password$|token$|secret$|code$|seed$|(^|_)key$")
# Files, switches and choices whose names look like secrets.
NO_SECRET = {"client_key", "reset_password", "token"}


class Captured(Exception):
    """Ends a module at the moment it hands over its argument spec."""

    def __init__(self, spec: dict[str, Any], checks: bool) -> None:
        super().__init__()
        self.spec = spec
        self.checks = checks


def load(name: str) -> Any:
    """Return a module of the collection."""
    return importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{name}")


def argument_spec(name: str) -> Captured:
    """Return what a module gives to AnsibleModule."""

    def capture(_self: Any, argument_spec: dict[str, Any], **more: Any) -> None:
        raise Captured(argument_spec, bool(more.get("supports_check_mode")))

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Captured) as caught:
        patch.setattr(basic.AnsibleModule, "__init__", capture)
        load(name).main()
    return caught.value


def documentation(name: str) -> dict[str, Any]:
    """Return a module's documentation with its fragments merged in."""
    documented: dict[str, Any] = yaml.safe_load(load(name).DOCUMENTATION)
    options: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    requirements: list[str] = []
    for wanted in documented.get("extends_documentation_fragment", []):
        namespace, collection, fragment, *part = wanted.split(".")
        assert f"{namespace}.{collection}" == COLLECTION
        holder = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.doc_fragments.{fragment}")
        text = getattr(holder.ModuleDocFragment, part[0].upper() if part else "DOCUMENTATION")
        merged = yaml.safe_load(text)
        options.update(merged.get("options", {}))
        requirements += merged.get("requirements", [])
        for attribute, content in merged.get("attributes", {}).items():
            attributes[attribute] = {**attributes.get(attribute, {}), **content}
    documented["options"] = {**options, **documented.get("options", {})}
    for attribute, content in documented.get("attributes", {}).items():
        attributes[attribute] = {**attributes.get(attribute, {}), **content}
    documented["attributes"] = attributes
    documented["requirements"] = requirements + documented.get("requirements", [])
    return documented


def words(option: dict[str, Any]) -> str:
    """Return an option's description as one text."""
    description = option["description"]
    return description if isinstance(description, str) else " ".join(description)


@pytest.fixture(params=MODULES)
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of each module in turn."""
    module: str = request.param
    return module


def test_the_collection_has_its_main_module() -> None:
    assert "rocketchat_user_totp_reset" in MODULES


def test_a_module_documents_exactly_the_options_it_takes(name: str) -> None:
    assert set(argument_spec(name).spec) == set(documentation(name)["options"])


@pytest.mark.parametrize("key", ["type", "default", "choices", "elements", "required", "aliases"])
def test_options_are_what_their_documentation_says(name: str, key: str) -> None:
    unset: dict[str, Any] = {"type": "str", "required": False, "aliases": []}
    taken = {option: spec.get(key, unset.get(key)) for option, spec in argument_spec(name).spec.items()}
    documented = {option: doc.get(key, unset.get(key)) for option, doc in documentation(name)["options"].items()}
    assert taken == documented


def test_every_environment_variable_is_mentioned_where_it_counts_and_nowhere_else(name: str) -> None:
    documented = documentation(name)["options"]
    for option, spec in argument_spec(name).spec.items():
        variables = set(spec["fallback"][1]) if "fallback" in spec else set()
        mentioned = {found for found in re.findall(r"E\((\w+)\)", words(documented[option])) if "ROCKETCHAT_" in found}
        assert mentioned == variables, option


def test_no_environment_variable_starts_with_what_awx_reserves(name: str) -> None:
    for option, spec in argument_spec(name).spec.items():
        for variable in spec.get("fallback", (None, []))[1]:
            assert re.fullmatch(r"ROCKETCHAT_[A-Z0-9_]+", variable), option


def test_every_secret_option_is_hidden_from_logs_and_results(name: str) -> None:
    spec = argument_spec(name).spec
    # A word out of a list and the name of a file are no secrets.
    named = {option for option in spec if "choices" not in spec[option] and spec[option].get("type") != "path"}
    secrets = {option for option in named if SECRET.search(option)} - NO_SECRET
    assert secrets >= {"api_token", "api_password"}
    assert {option for option in secrets if spec[option].get("no_log") is not True} == set()


def test_options_of_options_are_documented_as_well(name: str) -> None:
    documented = documentation(name)["options"]
    for option, spec in argument_spec(name).spec.items():
        assert set(spec.get("options", {})) == set(documented[option].get("suboptions", {})), option


def test_check_mode_is_supported_as_documented(name: str) -> None:
    assert argument_spec(name).checks
    assert documentation(name)["attributes"]["check_mode"]["support"] == "full"


def test_the_libraries_a_module_needs_are_documented(name: str) -> None:
    text = " ".join(documentation(name)["requirements"])
    assert "requests" in text
    assert ("pyotp" in text) is ("two_factor_secret" in argument_spec(name).spec)


def test_examples_use_options_that_exist(name: str) -> None:
    spec = argument_spec(name).spec
    known = set(spec) | {alias for option in spec.values() for alias in option.get("aliases", [])}
    used = 0
    for task in yaml.safe_load(load(name).EXAMPLES):
        for key, arguments in task.items():
            if key == f"{COLLECTION}.{name}":
                used += 1
                assert set(arguments) <= known
    assert used
