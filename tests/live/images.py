# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which official images to test: the newest patch of a release line, with the MongoDB that its notes name.

Reads the server's releases, as GitHub lists them, from standard input, one JSON object a line with ``tag_name`` and
``body``: ``python -m tests.live.images 8 1`` writes the newest patch of the second newest 8.x.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable

_FINISHED = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_MONGO = re.compile(r"MongoDB:[\s`*]*([\d., ]+)")


def choose(releases: Iterable[dict[str, str]], major: int, back: int) -> tuple[str, str]:
    """The tags of server and MongoDB; ``back`` counts the minor versions from the newest. Raises `LookupError`."""
    found: dict[int, tuple[int, str, str]] = {}
    for release in releases:
        version = _FINISHED.fullmatch(release["tag_name"])
        mongo = _MONGO.search(release["body"] or "")
        if version is None or mongo is None or int(version[1]) != major:
            continue
        minor, patch = int(version[2]), int(version[3])
        newest = mongo[1].strip(" ,.").split(",")[-1].strip()
        if patch >= found.get(minor, (-1, "", ""))[0]:
            found[minor] = (patch, release["tag_name"], newest)
    if len(found) <= back:
        raise LookupError(f"There are {len(found)} minor versions of {major}.x whose notes name a MongoDB.")
    _patch, server, database = found[sorted(found)[-1 - back]]
    return server, database


def main(arguments: list[str]) -> None:
    """Write both tags as lines of NAME=VALUE."""
    releases = [json.loads(line) for line in sys.stdin if line.strip()]
    server, database = choose(releases, int(arguments[0]), int(arguments[1]))
    print(f"image={server}\nmongo={database}")


if __name__ == "__main__":
    main(sys.argv[1:])
