# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``make release-check`` refuses, and that the same sources give the same tarball."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from tests.release import pack, state

ENTRY = {"1.0.0": "The first one.", "2.0.0": "The second one."}
SUMMARY = {"2.0.0.yml": {"release_summary"}}
NEWS = {"news.yml": {"bugfixes"}}


@pytest.mark.parametrize(
    ("version", "told", "fragments", "tag"),
    [
        pytest.param("2.0.0", ENTRY, {}, "v2.0.0", id="tagged"),
        pytest.param("2.0.0", ENTRY, {}, "", id="generated, not yet tagged"),
        pytest.param("2.0.1", ENTRY, SUMMARY | NEWS, "", id="still in pieces"),
    ],
)
def test_nothing_speaks_against(version: str, told: dict[str, str], fragments: dict[str, set[str]], tag: str) -> None:
    assert state.objections(state.State(version, told, fragments), tag) == []


@pytest.mark.parametrize(
    ("version", "told", "fragments", "tag", "words"),
    [
        pytest.param("2.0", ENTRY, SUMMARY, "", "2.0 is no version", id="no version"),
        pytest.param("2.0.0", ENTRY, {}, "v2.0.1", "v2.0.1 is not v2.0.0", id="another tag"),
        pytest.param("2.0.0", ENTRY, {}, "2.0.0", "2.0.0 is not v2.0.0", id="a tag without its letter"),
        pytest.param("2.0.0", ENTRY, NEWS, "v2.0.0", "has 2.0.0 already, but", id="news after the release"),
        pytest.param("2.0.0", ENTRY, NEWS, "", "news.yml", id="news after the release, no tag"),
        pytest.param("2.0.0", ENTRY | {"2.0.0": ""}, {}, "", "no release_summary", id="no summary in the entry"),
        pytest.param("3.0.0", ENTRY, SUMMARY, "v3.0.0", "does not have 3.0.0", id="tagged too early"),
        pytest.param("3.0.0", ENTRY, {}, "", "tell of 3.0.0", id="nothing is told"),
        pytest.param("3.0.0", ENTRY, NEWS, "", "changelogs/fragments/3.0.0.yml", id="no summary in the pieces"),
    ],
)
def test_what_speaks_against(
    version: str, told: dict[str, str], fragments: dict[str, set[str]], tag: str, words: str
) -> None:
    (sentence,) = state.objections(state.State(version, told, fragments), tag)
    assert words in sentence


def test_state_is_what_the_files_say(tmp_path: Path) -> None:
    (tmp_path / "changelogs" / "fragments").mkdir(parents=True)
    (tmp_path / "galaxy.yml").write_text("version: 3.0.0\n")
    (tmp_path / "changelogs" / "changelog.yaml").write_text(
        "releases: {1.0.0: {changes: {release_summary: First.}}, 2.0.0: {changes: {bugfixes: [Mended.]}}, 2.0.1: {}}\n"
    )
    (tmp_path / "changelogs" / "fragments" / "news.yml").write_text("bugfixes: [Mended.]\n")
    assert state.read(tmp_path) == state.State("3.0.0", {"1.0.0": "First.", "2.0.0": "", "2.0.1": ""}, NEWS)


def _built(path: Path, files: dict[str, bytes], when: int) -> Path:
    """Write a tarball as ansible-galaxy does: in the order of the file system, with the time of the build."""
    listed = json.dumps({"files": [{"name": name} for name in files], "format": 1}, indent=True).encode()
    manifest = {"file_manifest_file": {"chksum_sha256": hashlib.sha256(listed).hexdigest()}}
    with tarfile.open(path, "w:gz") as archive:
        for name, content in {"MANIFEST.json": json.dumps(manifest).encode(), "FILES.json": listed, **files}.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), when
            archive.addfile(member, io.BytesIO(content))
    return path


def test_same_sources_same_bytes(tmp_path: Path) -> None:
    """Neither when it was built nor how the files lie on the disk is in the tarball; its manifests are still right."""
    files = {"README.md": b"Read me.\n", "plugins/a.py": b"pass\n"}
    one = _built(tmp_path / "one.tar.gz", files, 1_000_000_000)
    other = _built(tmp_path / "other.tar.gz", dict(reversed(files.items())), 1_000_000_007)
    assert one.read_bytes() != other.read_bytes()
    for tarball in (one, other):
        pack.settle(tarball)
    assert one.read_bytes() == other.read_bytes()
    with tarfile.open(one) as archive:
        content = {name: archive.extractfile(name).read() for name in archive.getnames()}
    assert {name: content[name] for name in files} == files
    told = json.loads(content["MANIFEST.json"])["file_manifest_file"]["chksum_sha256"]
    assert told == hashlib.sha256(content["FILES.json"]).hexdigest()


def test_other_sources_other_bytes(tmp_path: Path) -> None:
    one = _built(tmp_path / "one.tar.gz", {"README.md": b"Read me.\n"}, 1)
    other = _built(tmp_path / "other.tar.gz", {"README.md": b"Read on.\n"}, 1)
    for tarball in (one, other):
        pack.settle(tarball)
    assert pack.checksum(one).split()[0] != pack.checksum(other).split()[0]


def test_checksum_is_one_that_sha256sum_reads(tmp_path: Path) -> None:
    tarball = tmp_path / "x.tar.gz"
    tarball.write_bytes(b"x")
    assert pack.checksum(tarball) == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  x.tar.gz\n"
