# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tarball holds, and what must never get into it."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
import yaml

from tests.emulator import cast
from tests.emulator.testing import REPO_ROOT

# A new entry is a decision: either it belongs to users and stands here, or galaxy.yml's build_ignore names it.
TOP = {
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "COPYING",
    "FILES.json",
    "LICENSES",
    "MANIFEST.json",
    "README.md",
    "REUSE.toml",
    "SECURITY.md",
    "changelogs",
    "docs",
    "examples",
    "extensions",
    "meta",
    "playbooks",
    "plugins",
    "roles",
}
MEGABYTE = 1_000_000
KEY = re.compile(rb"-----BEGIN [A-Z ]*(PRIVATE KEY|CERTIFICATE)-----")
SECRETS = (cast.ALICE_SEED, cast.DAVE_SEED, cast.SVC_HELPDESK_TOKEN, cast.SVC_BYPASS_TOKEN)
SUFFIXES = {".css", ".csv", ".html", ".j2", ".json", ".license", ".md", ".py", ".rst", ".svg", ".toml", ".txt", ".yml"}
SUFFIXES |= {".yaml", ".png"}


@pytest.fixture(scope="module")
def archive(tarball: Path) -> Iterator[tarfile.TarFile]:
    """The opened tarball."""
    with tarfile.open(tarball) as opened:
        yield opened


@pytest.fixture(scope="module")
def files(archive: tarfile.TarFile) -> dict[PurePosixPath, bytes]:
    """The content of all files."""
    found = {}
    for member in archive.getmembers():
        if member.isfile():
            stream = archive.extractfile(member)
            assert stream is not None
            found[PurePosixPath(member.name)] = stream.read()
    return found


def test_top_level(files: dict[PurePosixPath, bytes]) -> None:
    """Nothing comes along unnoticed, nothing is left behind."""
    assert {path.parts[0] for path in files} == TOP


def test_no_leftovers(files: dict[PurePosixPath, bytes]) -> None:
    """Neither hidden files nor caches, nor what an editor or a run leaves; every kind of file is a known one."""
    assert [str(path) for path in files if any(part.startswith((".", "__")) for part in path.parts)] == []
    assert [str(path) for path in files if path.suffix not in SUFFIXES and path.name != "COPYING"] == []


def test_plain_files(archive: tarfile.TarFile) -> None:
    """No links, no devices, nothing that only its owner can read and nothing that others can write."""
    odd = [member.name for member in archive.getmembers() if not (member.isfile() or member.isdir())]
    wrong = [
        f"{member.name} {member.mode:o}"
        for member in archive.getmembers()
        if member.mode & 0o7022 or not member.mode & 0o044
    ]
    assert (odd, wrong) == ([], [])


def test_no_secrets(files: dict[PurePosixPath, bytes]) -> None:
    """No key, and none of the emulator's credentials."""
    found = [str(path) for path, content in files.items() if KEY.search(content)]
    found += [str(path) for path, content in files.items() if any(secret.encode() in content for secret in SECRETS)]
    assert found == []


def test_size(tarball: Path, files: dict[PurePosixPath, bytes]) -> None:
    """Small: an execution environment carries it."""
    assert tarball.stat().st_size < MEGABYTE
    assert {str(path): len(content) for path, content in files.items() if len(content) > MEGABYTE / 5} == {}


def test_plugins_are_complete(files: dict[PurePosixPath, bytes]) -> None:
    """All of the checkout's plugins, roles and playbooks are in it, byte for byte."""
    for folder in ("plugins", "roles", "playbooks", "meta"):
        here = {
            path.relative_to(REPO_ROOT): path.read_bytes()
            for path in (REPO_ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert here, folder
        assert {Path(path): content for path, content in files.items() if path.parts[0] == folder} == here


def test_action_group(files: dict[PurePosixPath, bytes]) -> None:
    """A group for module_defaults that knows every module, and no other."""
    groups = yaml.safe_load(files[PurePosixPath("meta/runtime.yml")])["action_groups"]
    modules = sorted(path.stem for path in files if path.parts[:2] == ("plugins", "modules"))
    assert groups == {"rocketchat": modules}
