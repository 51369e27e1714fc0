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
    fails, so that no value ends up under the wrong name. So does a table that is not UTF-8.
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

import csv
import io
import re
from collections.abc import Callable, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

_SEPARATORS = ";\t,"
_SAID = re.compile(r"\s*sep=([;\t,])\s*", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
# What Ansible makes of bytes that are not UTF-8.
_UNDECODED = re.compile("[\udc80-\udcff\0]")


def csv_rows(text: Any, required: Sequence[str] = (), optional: Sequence[str] = ()) -> list[dict[str, str]]:
    """Read a table; every row fits the header, or this fails."""
    if not isinstance(text, str):
        raise AnsibleFilterError("csv_rows takes the text of a CSV file. Read it with lookup('ansible.builtin.file').")
    lines = str(text).lstrip("\ufeff")
    odd = next((number for number, line in enumerate(lines.splitlines(), 1) if _UNDECODED.search(line)), 0)
    if odd:
        raise AnsibleFilterError(f"Line {odd} of the table is not UTF-8. Save the table as UTF-8 (Excel: CSV UTF-8).")
    first = next((line for line in lines.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=_QUOTED.sub("", first).count)
    # What Excel writes for itself: not the header, but the sign that stands between the columns.
    said = _SAID.fullmatch(first)
    if said:
        separator, lines = said.group(1), lines.replace(first, "", 1)
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=separator, strict=True)
    header: list[str] = []
    rows: list[dict[str, str]] = []
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
                rows.append(dict(zip(header, cells)))
    except csv.Error as error:
        raise AnsibleFilterError(f"Line {reader.line_num} of the table cannot be read: {error}.") from error
    _header(header, required, optional)
    result: list[dict[str, str]] = wrap_var(rows)
    return result


def _header(names: list[str], required: Sequence[str], optional: Sequence[str]) -> list[str]:
    known = {name.casefold(): name for name in (*optional, *required)}
    cells = [known.get(name.casefold(), name) for name in names]
    lacking = [name for name in required if name not in cells]
    if lacking:
        raise AnsibleFilterError(
            f"The table lacks the column {', '.join(lacking)}. Its first line names: {', '.join(cells) or 'nothing'}."
        )
    twice = sorted({name for name in cells if cells.count(name) > 1})
    if twice:
        raise AnsibleFilterError(f"The first line of the table names a column twice: {', '.join(map(repr, twice))}.")
    return cells


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return it by name."""
        return {"csv_rows": csv_rows}
