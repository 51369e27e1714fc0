# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gets the collection awx.awx for the tests: ``python -m tests.awx.fetch_collection [DIR]``.

The Python package ``ansible`` carries it up to version 13. Of its wheel, 55 MB, this one collection is unpacked, 1 MB.
Which index pip asks is up to pip's own configuration.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "build" / "awx" / "collections"
# The last version of the package that Python 3.11 may install. It brings awx.awx 24.6.1.
PACKAGE = "ansible==12.3.0"
VERSION = "24.6.1"
_PREFIX = "ansible_collections/awx/awx/"


def fetch(root: Path = ROOT) -> Path:
    """Return a collections path that holds awx.awx; what was fetched before is used again."""
    home = root / _PREFIX
    if not (home / "MANIFEST.json").is_file() or VERSION not in (home / "MANIFEST.json").read_text(encoding="utf-8"):
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root) as place:
            subprocess.run(
                [
                    *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
                    *("--no-deps", "--only-binary", ":all:", "--dest", place, PACKAGE),
                ],
                check=True,
            )
            (wheel,) = Path(place).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(place, [name for name in archive.namelist() if name.startswith(_PREFIX)])
            shutil.rmtree(home, ignore_errors=True)
            home.parent.mkdir(parents=True, exist_ok=True)
            # In one step: who breaks off leaves no half of it.
            (Path(place) / _PREFIX).rename(home)
    return root


if __name__ == "__main__":
    print(fetch(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
