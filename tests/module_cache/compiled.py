# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds compiled code to a module's archive, for the Python that runs this: standard input to standard output.

From an archive a module would be compiled anew at every run, which is half of what it takes to import it.
"""

from __future__ import annotations

import importlib._bootstrap_external as external
import importlib.util
import io
import sys
import zipfile


def compiled(archive: bytes) -> bytes:
    """Return the archive with the code of each of its files beside it. Another Python passes over it."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as given, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as made:
        there = set(given.namelist())
        for entry in given.infolist():
            source = given.read(entry)
            made.writestr(entry, source)
            if entry.filename.endswith(".py") and entry.filename + "c" not in there:
                code = compile(source, entry.filename, "exec", dont_inherit=True)
                code_file = external._code_to_hash_pyc(code, importlib.util.source_hash(source), checked=False)
                made.writestr(entry.filename + "c", bytes(code_file))
    return result.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(compiled(sys.stdin.buffer.read()))
