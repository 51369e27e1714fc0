# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An execution environment gets what the modules need, and nothing of what the tests need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.eda.rulebook import BIN
from tests.emulator.testing import REPO_ROOT

EXAMPLE = REPO_ROOT / "examples" / "execution-environment" / "execution-environment.yml"


# Without it the name depends on which container engine is found.
NAMED = ("--output-filename", "Containerfile")


def requirements(file: Path) -> list[str]:
    """The lines of a file of requirements that name something."""
    lines = [line.split("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()]
    return sorted(line for line in lines if line)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ansible-builder makes of the example, short of the image."""
    context = tmp_path_factory.mktemp("context")
    subprocess.run(
        [str(BIN / "ansible-builder"), "create", "--file", str(EXAMPLE), "--context", str(context), *NAMED],
        check=True,
        timeout=60,
        capture_output=True,
    )
    return context


def test_the_libraries_are_those_of_the_modules() -> None:
    assert requirements(REPO_ROOT / "meta" / "ee-requirements.txt") == requirements(
        REPO_ROOT / "tests" / "requirements" / "runtime.txt"
    )


def test_introspection_finds_them_and_nothing_else(collections: Path) -> None:
    told = subprocess.run(
        [str(BIN / "ansible-builder"), "introspect", str(collections)],
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    found = yaml.safe_load(told.stdout)
    assert all(entry.endswith("# from collection chatops.rocketchat") for entry in found["python"])
    listed = sorted(entry.split("#")[0].strip() for entry in found["python"])
    assert listed == requirements(REPO_ROOT / "meta" / "ee-requirements.txt")
    assert found["system"] == []


def test_the_example_becomes_a_context_with_the_collection(context: Path) -> None:
    listed = yaml.safe_load((context / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in listed["collections"]] == ["chatops.rocketchat"]
    base = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["images"]["base_image"]["name"]
    assert f'ARG EE_BASE_IMAGE="{base}"' in (context / "Containerfile").read_text(encoding="utf-8")


def test_the_build_would_install_them(context: Path, collections: Path, tmp_path: Path) -> None:
    """The script of the context that runs in the build, over the collection as the build would have it."""
    script = context / "_build" / "scripts" / "introspect.py"
    written = tmp_path / "requirements.txt"
    subprocess.run(
        [sys.executable, str(script), "introspect", f"--write-pip={written}", str(collections)],
        check=True,
        timeout=60,
        capture_output=True,
    )
    assert requirements(written) == requirements(REPO_ROOT / "meta" / "ee-requirements.txt")
