# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's tarball, and the collection installed from it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.emulator.testing import REPO_ROOT

TREE = Path("ansible_collections/chatops/rocketchat")


class Machine:
    """A machine that has nothing but Ansible: an empty home, no configuration, and one path for collections."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.collections = root / "collections"
        self.home.mkdir()
        (root / "ansible.cfg").touch()
        self._root = root

    @property
    def installed(self) -> Path:
        """Where the collection is, or will be."""
        return self.collections / TREE

    def run(
        self, program: str, *arguments: str | Path, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of Python's environment and wait for it."""
        scripts = Path(sys.executable).parent
        return subprocess.run(
            [str(scripts / program), *map(str, arguments)],
            cwd=self._root,
            env={
                "PATH": f"{scripts}:/usr/bin:/bin",
                "HOME": str(self.home),
                "LANG": "C.UTF-8",
                "ANSIBLE_CONFIG": str(self._root / "ansible.cfg"),
                "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
                "ANSIBLE_NOCOLOR": "1",
                **(environment or {}),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def install(self, tarball: Path) -> None:
        """Install the collection as a user does."""
        done = self.run(
            "ansible-galaxy", "collection", "install", "--offline", "--collections-path", self.collections, tarball
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the tarball from what git sees of this checkout."""
    root = tmp_path_factory.mktemp("build")
    subprocess.run([REPO_ROOT / ".ci" / "tree", root], check=True, stdin=subprocess.DEVNULL)
    command = [Path(sys.executable).with_name("ansible-galaxy"), "collection", "build", "--output-path", root]
    subprocess.run(command, cwd=root / TREE, check=True, stdin=subprocess.DEVNULL)
    (built,) = root.glob("*.tar.gz")
    return built


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory, tarball: Path) -> Machine:
    """A machine with the collection installed from the tarball."""
    machine = Machine(tmp_path_factory.mktemp("machine"))
    machine.install(tarball)
    return machine
