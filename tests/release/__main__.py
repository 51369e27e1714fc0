# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make everything of a release but its publication: ``python -m tests.release DIR``.

In DIR are the tarball, its checksum and the notes afterwards. Without ``--tag`` a changelog that is still in pieces
is put together in a copy. Ends with 1 and a sentence for each thing that speaks against the release.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.emulator.testing import REPO_ROOT
from tests.release import pack, state

COPY = Path("ansible_collections/chatops/rocketchat")


def run(program: str, *arguments: str | Path, cwd: Path) -> None:
    """Run a program of this environment.

    :raises SystemExit: with what it printed, where it fails
    """
    beside = Path(sys.executable).parent
    done = subprocess.run(
        [beside / program, *arguments],
        cwd=cwd,
        env={**os.environ, "PATH": f"{beside}:{os.environ['PATH']}", "ANSIBLE_HOME": str(cwd / ".ansible")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{program} failed:\n{done.stdout}")


def build(work: Path, name: str, *, generate: bool) -> Path:
    """Build what git sees of this checkout, below ``work/name``, and return the tarball.

    :arg generate: whether the changelog's pieces are made into an entry first
    """
    subprocess.run([REPO_ROOT / ".ci" / "tree", work / name], check=True, stdin=subprocess.DEVNULL)
    tree = work / name / COPY
    if generate:
        run("antsibull-changelog", "release", cwd=tree)
    run("ansible-galaxy", "collection", "build", "--output-path", work / name, cwd=tree)
    (tarball,) = (work / name).glob("*.tar.gz")
    pack.settle(tarball)
    return tarball


def main() -> None:
    """Check, build twice, and write the notes."""
    parser = argparse.ArgumentParser(prog="python -m tests.release", description=__doc__)
    parser.add_argument("directory", type=Path, metavar="DIR", help="made anew")
    parser.add_argument("--tag", default="", help="the tag that asks for the release, such as v2.0.0")
    options = parser.parse_args()
    found = state.read(REPO_ROOT)
    against = state.objections(found, options.tag)
    if against:
        raise SystemExit("\n".join(against))

    target: Path = options.directory.resolve()
    work = target.with_name(f"{target.name}-work")
    for folder in (target, work):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    generate = found.version not in found.told
    first, second = (build(work, name, generate=generate) for name in ("first", "second"))
    if pack.checksum(first) != pack.checksum(second):
        raise SystemExit(f"Built twice, {first} and {second} differ.")

    changelog = ("generate", "--only-latest", found.version)
    tree = work / "first" / COPY
    run("antsibull-changelog", *changelog, "--output", target / "notes.md", "--output-format", "md", cwd=tree)
    run("antsibull-changelog", "generate", "--output", work / "CHANGELOG.md", "--output-format", "md", cwd=tree)
    if (tree / "CHANGELOG.md").read_bytes() != (work / "CHANGELOG.md").read_bytes():
        raise SystemExit("CHANGELOG.md is not what changelogs/changelog.yaml says. Run antsibull-changelog generate.")
    shutil.copy(first, target)
    (target / f"{first.name}.sha256").write_text(pack.checksum(first), encoding="utf-8")
    print(f"Nothing was published. The release would be {first.name} with SHA-256 {pack.checksum(first).split()[0]}.")


if __name__ == "__main__":
    main()
