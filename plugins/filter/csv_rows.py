# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows of a table as another department sends it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: csv_rows
short_description: Read a CSV table with a header
version_added: 1.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Turns the text of a CSV file into a list of dictionaries, one for each row, by the names in the first line.
  - Finds out by itself whether commas, semicolons or tabs separate the columns, and takes files from spreadsheet
    programs with a byte order mark and Windows line ends.
  - Takes the line V(sep=;) that Excel writes ahead of the header for what it is.
  - Drops blanks around names and values, and rows without any value. A row with more or fewer columns than the header
    fails, so that no value ends up under the wrong name. So does a table in another encoding than O(encoding).
positional: _input
options:
  _input:
    description: The text of the file.
    type: str
    required: true
  required:
    description: Columns that the header must have, in capital letters or small ones.
    type: list
    elements: str
    default: []
  optional:
    description: Columns that may have capital letters or small ones as well. Every other name is taken as it is.
    type: list
    elements: str
    default: []
    version_added: 2.0.0
  encoding:
    description:
      - How the file is written, such as V(utf-8), V(cp1252) for what Excel calls C(CSV), or V(utf-16). For anything but
        UTF-8, have the lookup leave the end of the file as it is (C(rstrip=false)).
    type: str
    default: utf-8
    version_added: 2.0.0
  line:
    description:
      - Name under which each row gets the number of its line in the file, for messages. Not given unless it is named.
    type: str
    default: ''
    version_added: 2.0.0
"""

EXAMPLES = r"""
- name: Take the user names out of a table
  ansible.builtin.set_fact:
    leavers: "{{ rows | map(attribute='username') | list }}"
  vars:
    rows: "{{ lookup('ansible.builtin.file', 'leavers.csv') | chatops.rocketchat.csv_rows(required=['username']) }}"
"""

RETURN = r"""
_value:
  description: The rows, in the order of the file.
  type: list
  elements: dict
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

_SEPARATORS = ";\t,"
_SAID = re.compile(r"\s*sep=([;\t,])\s*", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_PLAIN = ("utf-8", "utf-8-sig")
# What Ansible makes of bytes that are not UTF-8.
_UNDECODED = re.compile("[\udc80-\udcff\0]")


def csv_rows(
    text: Any, required: Sequence[str] = (), optional: Sequence[str] = (), encoding: str = "utf-8", line: str = ""
) -> list[dict[str, Any]]:
    """Read a table; every row fits the header, or this fails."""
    if not isinstance(text, str):
        raise AnsibleFilterError("csv_rows takes the text of a CSV file. Read it with lookup('ansible.builtin.file').")
    lines = _decoded(str(text), encoding).lstrip("\ufeff")
    first = next((row for row in lines.splitlines() if row.strip()), "")
    separator = max(_SEPARATORS, key=_QUOTED.sub("", first).count)
    # What Excel writes for itself: not the header, but the sign that stands between the columns.
    said = _SAID.fullmatch(first)
    if said:
        separator, lines = said.group(1), lines.replace(first, "", 1)
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=separator, strict=True)
    header: list[str] = []
    rows: list[dict[str, Any]] = []
    try:
        for values in reader:
            cells = [value.strip() for value in values]
            if not any(cells):
                continue
            if not header:
                header = _header(cells, required, optional)
            elif len(cells) != len(header):
                raise AnsibleFilterError(
                    f"The table has {len(header)} columns, but line {reader.line_num} has {len(cells)}. Correct it."
                )
            else:
                rows.append({**dict(zip(header, cells)), **({line: reader.line_num} if line else {})})
    except csv.Error as error:
        raise AnsibleFilterError(f"Line {reader.line_num} of the table cannot be read: {error}.") from error
    _header(header, required, optional)
    result: list[dict[str, Any]] = wrap_var(rows)
    return result


def _decoded(text: str, encoding: str) -> str:
    """Return the text in the encoding that the file has. Ansible read it as UTF-8, and kept what is none."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise AnsibleFilterError(
            f"There is no encoding {encoding!r}. Name one such as utf-8, cp1252 or utf-16."
        ) from None
    if name in _PLAIN:
        odd = next((number for number, row in enumerate(text.splitlines(), 1) if _UNDECODED.search(row)), 0)
        if odd:
            raise AnsibleFilterError(
                f"Line {odd} of the table is not UTF-8. Save the table as UTF-8 (Excel: CSV UTF-8), or say how it is"
                " encoded."
            )
        return text
    data = text.encode("utf-8", "surrogateescape")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        odd = data[: error.start].count(b"\n") + 1
        raise AnsibleFilterError(f"Line {odd} of the table is not {encoding}. Say how it is encoded.") from None


def _header(names: list[str], required: Sequence[str], optional: Sequence[str]) -> list[str]:
    known = {_folded(name): name for name in (*optional, *required)}
    cells = [known.get(_folded(name), name) for name in names]
    lacking = [name for name in required if name not in cells]
    if lacking:
        raise AnsibleFilterError(
            f"The table lacks the column {', '.join(lacking)}. Its first line names: {', '.join(cells) or 'nothing'}."
        )
    twice = sorted({name for name in cells if cells.count(name) > 1})
    if twice:
        raise AnsibleFilterError(f"The first line of the table names a column twice: {', '.join(map(repr, twice))}.")
    return cells


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return it by name."""
        return {"csv_rows": csv_rows}
