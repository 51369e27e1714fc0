# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a controller takes as a credential type, and how it turns a credential into a job's environment."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

_NAME = re.compile(r"[a-zA-Z_]+[a-zA-Z0-9_]*")
_FILE = re.compile(r"template(\.[a-zA-Z_]+[a-zA-Z0-9_]*)?")
_FIELD_KEYS = {
    "type": str,
    "format": str,
    "choices": list,
    "id": str,
    "label": str,
    "help_text": str,
    "multiline": bool,
    "secret": bool,
    "ask_at_runtime": bool,
    "default": object,
}
# A controller takes more names for dangerous; these begin none of ours.
_FORBIDDEN = ("ANSIBLE_", "AWX_", "TOWER_", "PATH", "HOME", "PYTHON", "LD_", "VIRTUAL_ENV")


def type_problems(inputs: Mapping[str, Any], injectors: Mapping[str, Any]) -> list[str]:
    """Why a controller would refuse this credential type."""
    return [*_input_problems(inputs), *_injector_problems(inputs, injectors)]


def _input_problems(inputs: Mapping[str, Any]) -> list[str]:
    problems = [f"inputs may not have {key}" for key in set(inputs) - {"fields", "required"}]
    ids = [field.get("id", "") for field in inputs["fields"]]
    problems += [f"{name} is there twice" for name in set(ids) if ids.count(name) > 1]
    problems += [f"{name} is required, and no field" for name in inputs.get("required", []) if name not in ids]
    for field in inputs["fields"]:
        name = field.get("id", "?")
        problems += [f"{name}: {key} is missing" for key in ("id", "label") if key not in field]
        problems += [
            f"{name}: {key} is not as it should be"
            for key, value in field.items()
            if key not in _FIELD_KEYS or not isinstance(value, _FIELD_KEYS[key])
        ]
        if not _NAME.fullmatch(name) or name == "tower":
            problems.append(f"{name} is no name for a field")
        # A controller adds the type where there is none, and the field would differ from ours for ever.
        if field.get("type") not in ("string", "boolean"):
            problems.append(f"{name} has no type")
        if field.get("type") == "boolean":
            problems += [
                f"{name}: no {key} here" for key in ("choices", "multiline", "format", "secret") if key in field
            ]
    return problems


def _injector_problems(inputs: Mapping[str, Any], injectors: Mapping[str, Any]) -> list[str]:
    problems = [f"injectors may not have {key}" for key in set(injectors) - {"file", "env", "extra_vars"}]
    files = injectors.get("file", {})
    problems += [f"{label} is no label of a file" for label in files if not _FILE.fullmatch(label)]
    if "template" in files and len(files) > 1:
        problems.append("several files need names")
    for name, template in injectors.get("env", {}).items():
        if not _NAME.fullmatch(name) or name.startswith(_FORBIDDEN):
            problems.append(f"{name} is not allowed")
        if not template.isascii():
            problems.append(f"{name} is not ASCII")
    example: dict[str, Any] = {field["id"]: "EXAMPLE" for field in inputs["fields"]}
    names = {label.partition(".")[2]: "EXAMPLE_FILENAME" for label in files}
    example["tower"] = SimpleNamespace(filename=names.get("") or SimpleNamespace(**names))
    strict = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    for kind, entries in injectors.items():
        for name, template in entries.items():
            try:
                strict.from_string(template).render(**example)
            except TemplateError as error:
                problems.append(f"{kind} {name}: {error}")
    return problems


def inject(credential_type: Mapping[str, Any], values: Mapping[str, Any], directory: Path) -> dict[str, str]:
    """Return the environment of a job with a credential that has these values; files are written to ``env/``.

    As a controller does it: fields that are empty or were never given are not there for the templates, a truth value
    that was never given is false, and what is not there renders as nothing.
    """
    namespace: dict[str, Any] = {
        name: value for name, value in values.items() if isinstance(value, bool) or len(value) > 0
    }
    for field in credential_type["inputs"]["fields"]:
        if field["type"] == "boolean":
            namespace.setdefault(field["id"], False)
    jinja = ImmutableSandboxedEnvironment()
    paths: dict[str, str] = {}
    (directory / "env").mkdir(parents=True, exist_ok=True)
    for label, template in credential_type["injectors"].get("file", {}).items():
        with tempfile.NamedTemporaryFile(
            "w", dir=directory / "env", prefix="tmp", delete=False, encoding="utf-8"
        ) as file:
            file.write(jinja.from_string(template).render(**namespace))
        paths[label.partition(".")[2]] = file.name
    namespace["tower"] = SimpleNamespace(filename=paths.get("") or SimpleNamespace(**paths))
    return {
        name: jinja.from_string(template).render(**namespace)
        for name, template in credential_type["injectors"]["env"].items()
    }
