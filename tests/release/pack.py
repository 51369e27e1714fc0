# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same sources, the same bytes: whoever builds a release anew can compare it with the download."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

# ansible-galaxy writes the time of the build into each entry, and lists the files as the file system happens to.
LONG_AGO = 315_532_800
"""1 January 1980, in seconds since the epoch."""


def _json(content: object) -> bytes:
    return json.dumps(content, indent=True).encode()


def _contents(tarball: Path) -> dict[str, tuple[tarfile.TarInfo, bytes]]:
    found = {}
    with tarfile.open(tarball) as archive:
        for member in archive.getmembers():
            stream = archive.extractfile(member) if member.isfile() else None
            found[member.name] = (member, stream.read() if stream else b"")
    return found


def settle(tarball: Path) -> None:
    """Write a collection's tarball anew, sorted by name and without times, with manifests that say the same."""
    contents = _contents(tarball)
    files = json.loads(contents["FILES.json"][1])
    files["files"].sort(key=lambda entry: entry["name"])
    listed = _json(files)
    manifest = json.loads(contents["MANIFEST.json"][1])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(listed).hexdigest()
    contents["FILES.json"] = (contents["FILES.json"][0], listed)
    contents["MANIFEST.json"] = (contents["MANIFEST.json"][0], _json(manifest))
    with (
        tarball.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        tarfile.open(mode="w", fileobj=packed, format=tarfile.PAX_FORMAT) as archive,
    ):
        # The manifests come first, as ansible-galaxy has them: a reader need not go through the rest for them.
        for name in ["MANIFEST.json", "FILES.json", *sorted(contents.keys() - {"MANIFEST.json", "FILES.json"})]:
            member, content = contents[name]
            member.mtime = LONG_AGO
            member.size = len(content)
            member.pax_headers = {}
            archive.addfile(member, io.BytesIO(content))


def checksum(tarball: Path) -> str:
    """Return the line that ``sha256sum --check`` reads."""
    return f"{hashlib.sha256(tarball.read_bytes()).hexdigest()}  {tarball.name}\n"
