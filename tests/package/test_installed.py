# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a user has it: installed from the tarball, on a machine that has nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.emulator.testing import REPO_ROOT
from tests.package.conftest import Machine

NAME = "chatops.rocketchat"


def _named(names: Iterable[str]) -> set[str]:
    return {f"{NAME}.{name}" for name in names}


def _filters() -> Iterable[str]:
    for path in (REPO_ROOT / "plugins" / "filter").glob("*.py"):
        yield from import_module(f"ansible_collections.{NAME}.plugins.filter.{path.stem}").FilterModule().filters()


DOCUMENTED = {
    "module": _named(path.stem for path in (REPO_ROOT / "plugins" / "modules").glob("*.py")),
    "filter": _named(_filters()),
    "role": _named(path.name for path in (REPO_ROOT / "roles").iterdir()),
}
PLAYBOOKS = sorted(path.stem for path in (REPO_ROOT / "playbooks").glob("*.yml"))


def _demo(machine: Machine) -> subprocess.CompletedProcess[str]:
    return machine.run("python", REPO_ROOT / "demo" / "run.py", "--collections", machine.collections)


def test_it_is_the_only_one(machine: Machine) -> None:
    """Ansible finds it where it was installed, and nowhere else."""
    done = machine.run("ansible-galaxy", "collection", "list", "--format", "json", NAME)
    assert done.returncode == 0, done.stderr
    assert list(json.loads(done.stdout)) == [str(machine.collections / "ansible_collections")]


def test_files_are_those_of_the_manifest(machine: Machine) -> None:
    """Each file is what the manifest says."""
    done = machine.run(
        "ansible-galaxy", "collection", "verify", "--offline", "--collections-path", machine.collections, NAME
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Successfully verified that checksums for '{NAME}" in done.stdout


def _warnings(text: str) -> list[str]:
    """What was complained of, less what ansible-core 2.21 says of a collection inside itself."""
    return [line for line in text.splitlines() if "ansible/_protomatter" not in line]


@pytest.mark.parametrize("kind", sorted(DOCUMENTED))
def test_ansible_doc_lists_everything(machine: Machine, kind: str) -> None:
    """Everything has its page, without a warning."""
    done = machine.run("ansible-doc", "--type", kind, "--list", "--json", NAME)
    assert (done.returncode, _warnings(done.stderr)) == (0, [])
    assert set(json.loads(done.stdout)) == DOCUMENTED[kind]


@pytest.mark.parametrize("kind", sorted(DOCUMENTED))
def test_ansible_doc_shows_everything(machine: Machine, kind: str) -> None:
    """Each page can be read, fragments included."""
    done = machine.run("ansible-doc", "--type", kind, *sorted(DOCUMENTED[kind]))
    assert (done.returncode, _warnings(done.stderr)) == (0, [])
    assert [name for name in DOCUMENTED[kind] if name not in done.stdout] == []


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_playbooks_are_known_by_name(machine: Machine, playbook: str) -> None:
    """Each playbook is found by its name, and all that it names is there."""
    done = machine.run("ansible-playbook", "-i", "localhost,", "--syntax-check", f"{NAME}.{playbook}")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def demo(machine: Machine) -> str:
    """What the demo prints."""
    done = _demo(machine)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_demo(demo: str) -> None:
    """The demo does its work with the installed collection."""
    assert "That was all." in demo


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_picture_of_the_demo(demo: str, theme: str) -> None:
    """The README's picture shows what the demo prints today, line by line; 'make picture' draws it anew."""
    drawn: dict[str, str] = {}
    svg = ElementTree.parse(REPO_ROOT / "docs" / "docsite" / "rst" / "images" / f"demo-{theme}.svg")
    for text in svg.iterfind(".//{*}text[@clip-path]"):
        drawn[text.attrib["y"]] = drawn.get(text.attrib["y"], "") + (text.text or "")
    lines = [" ".join(line.split()) for line in drawn.values() if line.strip()]
    begin = demo.index(lines[0])
    shown = [" ".join(line.split()) for line in demo[begin:].splitlines() if line.strip()]
    assert len(lines) > 20
    assert lines == shown[: len(lines)]


def test_demo_uses_the_installed_collection(tmp_path: Path, machine: Machine) -> None:
    """Once the installed module is gone, the demo fails."""
    broken = Machine(tmp_path)
    shutil.copytree(machine.collections, broken.collections)
    (broken.installed / "plugins" / "modules" / "rocketchat_user_totp_reset.py").unlink()
    done = _demo(broken)
    assert done.returncode != 0
    assert "The playbook recover.yml failed" in done.stderr
