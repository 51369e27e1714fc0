# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A list of people from anywhere, reduced to what their accounts are found by."""

from __future__ import annotations

DOCUMENTATION = r"""
name: people
short_description: Take out of a list of people what their accounts are found by
version_added: 2.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Takes rows as P(chatops.rocketchat.csv_rows#filter), a lookup or a module returns them, and returns one entry for
    each person with the keys that the module M(chatops.rocketchat.rocketchat_people_plan) compares. All else that the
    rows hold stays behind.
  - Fails for a row without the column, and for a value that cannot be a key, naming row and column. A row with an empty
    value stays, with no key.
positional: _input
options:
  _input:
    description:
      - A list of mappings, or a list of the keys themselves. A value may be a list, for a person with several.
    type: list
    elements: raw
    required: true
  match:
    description: What is compared, namely V(email), V(username), or the name of a custom field.
    type: str
    default: email
  column:
    description: Name of the column that holds it, in capital letters or small ones. Without it, what O(match) says.
    type: str
    default: ''
  line:
    description: Name of an entry of each row that holds its number. Without it, they are counted from 1.
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: See who would be compared
  ansible.builtin.debug:
    msg: "{{ [{'E-Mail': 'alice@example.com', 'Room': 12}] | chatops.rocketchat.people(column='e-mail') }}"
"""

RETURN = r"""
_value:
  description: One entry for each person, with C(row) and C(keys).
  type: list
  elements: dict
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

_ADDRESS = re.compile(r"[^@\s,;]+@[^@\s,;]+")


def people(value: Any, match: str = "email", column: str = "", line: str = "") -> list[dict[str, Any]]:
    """Reduce rows to keys; every value could be one, or this fails."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
        raise AnsibleFilterError(
            "The list of people must be a list of mappings or of texts. A CSV file is read with the filter csv_rows."
        )
    wanted = column or match
    found = []
    for position, row in enumerate(value, 1):
        number = int(row[line]) if line and isinstance(row, Mapping) and line in row else position
        place = f"Row {number} of the list of people"
        keys = _keys(_cell(row, wanted, place), f"{place}, column {wanted!r}")
        odd = next((key for key in keys if match == "email" and not _ADDRESS.fullmatch(key)), None)
        if odd is not None:
            raise AnsibleFilterError(
                f"{place}, column {wanted!r}: {odd!r} is no e-mail address. Correct it, or leave it empty."
            )
        found.append({"row": number, "keys": keys})
    result: list[dict[str, Any]] = wrap_var(found)
    return result


def _folded(name: Any) -> str:
    return unicodedata.normalize("NFC", str(name)).casefold().strip()


def _cell(row: Any, wanted: str, place: str) -> Any:
    """Return what a row has in a column; a row that is no mapping is the value itself."""
    if not isinstance(row, Mapping):
        return row
    columns = [name for name in row if _folded(name) == _folded(wanted)]
    if len(columns) != 1:
        raise AnsibleFilterError(
            f"{place} has {'several columns' if columns else 'no column'} {wanted!r}. It has:"
            f" {', '.join(map(str, row)) or 'none'}."
        )
    return row[columns[0]]


def _keys(cell: Any, place: str) -> list[str]:
    """Return the keys in a cell, nothing for an empty one."""
    values = cell if isinstance(cell, (list, tuple)) else [cell]
    keys = []
    for value in values:
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise AnsibleFilterError(f"{place} holds neither a text nor a whole number. Correct it.")
        key = str(value).strip()
        if not key.isprintable():
            raise AnsibleFilterError(f"{place}: {key!r} has a character that cannot be seen. Type it anew.")
        keys += [key] if key else []
    return keys


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return it by name."""
        return {"people": people}
