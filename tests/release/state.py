# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a checkout says of its release: the version, what the changelog tells of it, and what speaks against it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
GENERATE = "antsibull-changelog release"


@dataclass(frozen=True)
class State:
    """What the files say."""

    version: str
    """The ``version`` of galaxy.yml."""
    told: dict[str, str]
    """The release summary of each version in changelogs/changelog.yaml, empty where there is none."""
    fragments: dict[str, set[str]]
    """The sections of each fragment that is in no release."""


def read(tree: Path) -> State:
    """Read the state of a checkout.

    :raises OSError: where galaxy.yml or the changelog is missing
    """
    galaxy = yaml.safe_load((tree / "galaxy.yml").read_text(encoding="utf-8"))
    changelog = yaml.safe_load((tree / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))
    return State(
        version=str(galaxy["version"]),
        told={
            version: str(release.get("changes", {}).get("release_summary", ""))
            for version, release in changelog["releases"].items()
        },
        fragments={
            path.name: set(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
            for path in sorted((tree / "changelogs" / "fragments").glob("*.yml"))
        },
    )


def objections(state: State, tag: str = "") -> list[str]:
    """Say what speaks against releasing this.

    :arg tag: the tag that asks for the release; without one this is a rehearsal, and the changelog may be in pieces
    """
    version = state.version
    found = []
    if not VERSION.fullmatch(version):
        found.append(f"galaxy.yml: {version} is no version such as 2.0.0.")
    if tag and tag != f"v{version}":
        found.append(f"The tag {tag} is not v{version}, the version of galaxy.yml. Set one of them right.")
    pieces = ", ".join(state.fragments)
    if version in state.told:
        if pieces:
            found.append(
                f"The changelog has {version} already, but changelogs/fragments has news: {pieces}. Raise the"
                " version in galaxy.yml."
            )
        elif not state.told[version]:
            found.append(f"The changelog says of {version} no release_summary. Add it to changelogs/changelog.yaml.")
    elif tag:
        found.append(f"The changelog does not have {version}. Run {GENERATE}, commit, and tag that commit.")
    elif not pieces:
        found.append(f"Neither changelog nor fragments tell of {version}. Add a fragment to changelogs/fragments.")
    elif not any("release_summary" in sections for sections in state.fragments.values()):
        found.append(f"No fragment has a release_summary. Add changelogs/fragments/{version}.yml with one.")
    return found
