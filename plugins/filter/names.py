# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names as a survey, an extra variable or a list gives them."""

from __future__ import annotations

DOCUMENTATION = r"""
name: names
short_description: Split names as a survey gives them
version_added: 1.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Turns one string with names, as a survey or an extra variable gives it, into a list. Commas, semicolons, blanks and
    line breaks separate names.
  - In text of several lines, a line that begins with C(#) is a comment. A C(#) anywhere else fails.
  - A list that became text on its way, such as V(["alice", "bob"]), is a list again.
  - Takes a list as well. Each entry is one name, so a separator in an entry is an error and makes no two names of it.
  - Blanks around names, empty names and duplicates are dropped. Anything else fails.
positional: _input
options:
  _input:
    description: A string, a list of strings, or V(null) for nobody.
    type: raw
    required: true
  option:
    description: What error messages call the input.
    type: str
    default: names
"""

EXAMPLES = r"""
- name: Reset those whom the survey names
  chatops.rocketchat.rocketchat_user_totp_reset:
    usernames: "{{ survey_usernames | chatops.rocketchat.names }}"
  vars:
    survey_usernames: |
      alice, bob
      harry
"""

RETURN = r"""
_value:
  description: The names, each once, in the order given.
  type: list
  elements: str
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

_SEPARATORS = re.compile(r"[,;\s]+")


def names(value: Any, option: str = "names") -> list[str]:
    """Split, strip, drop what is empty or there twice, and refuse anything that is not names."""
    if value is None:
        return []
    value = _plain(value)
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        value = _list_in(value, option)
    if isinstance(value, str):
        found = _SEPARATORS.split(_without_comments(value, option))
    elif isinstance(value, (list, tuple)):
        found = [_one(entry, position, option) for position, entry in enumerate(value, 1)]
    else:
        raise AnsibleFilterError(
            f"{option} must be a list of names, or one string with commas, semicolons, blanks or new lines between"
            f" them, but it is {_kind(value)}. Put a comma behind a single name that looks like something else."
        )
    for name in found:
        if not name.isprintable():
            raise AnsibleFilterError(f"{option} has a character in {name!r} that cannot be seen. Type the name anew.")
    result: list[str] = wrap_var(list(dict.fromkeys(name for name in found if name)))
    return result


def _plain(value: Any) -> Any:
    """Return the text of a vaulted variable: before ansible-core 2.19 it is an object that is only like one."""
    like_text = isinstance(value, Sequence) and not isinstance(value, (str, bytes, list, tuple))
    return str(value) if like_text else value


def _list_in(text: str, option: str) -> list[Any]:
    """Return a list that key=value or a survey made text of."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise AnsibleFilterError(
            f"{option} begins like JSON and is no list of names. Give a list, or names with commas between them."
        )
    return found


def _without_comments(text: str, option: str) -> str:
    """Return text of several lines without those that begin with a #; anywhere else one is refused."""
    lines = str(text).splitlines()
    kept = [line for line in lines if len(lines) == 1 or not line.lstrip().startswith("#")]
    if any("#" in line for line in kept):
        raise AnsibleFilterError(
            f"{option} has a # that does not begin a line of its own, so it is not clear who is meant. Put the comment"
            " on its own line."
        )
    return "\n".join(kept)


def _one(entry: Any, position: int, option: str) -> str:
    entry = _plain(entry)
    if not isinstance(entry, str):
        raise AnsibleFilterError(
            f"{option}: entry {position} must be a name, but it is {_kind(entry)}. Put it in quotes."
        )
    name = entry.strip()
    if _SEPARATORS.search(name):
        raise AnsibleFilterError(
            f"{option}: entry {position} ({name!r}) has a blank, comma or semicolon in it. Give one name an entry."
        )
    return name


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    return {dict: "a mapping", list: "a list", tuple: "a list", type(None): "empty"}.get(type(value), "something else")


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return it by name."""
        return {"names": names}
