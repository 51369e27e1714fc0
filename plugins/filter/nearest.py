# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The name that was meant."""

from __future__ import annotations

DOCUMENTATION = r"""
name: nearest
short_description: Find the name that a misspelt one is most like
version_added: 2.0.0
author:
  - The chatops.rocketchat authors (@chatops-collections)
description:
  - Returns that of several names which is most like a given one, to ask whether it was meant.
positional: _input, known
options:
  _input:
    description: A name that is not among them.
    type: str
    required: true
  known:
    description: The names that there are.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Ask what was meant
  ansible.builtin.debug:
    msg: "Did you mean {{ 'colour' | chatops.rocketchat.nearest(['color', 'shape']) }}?"
"""

RETURN = r"""
_value:
  description: The name, or an empty text where none is like it.
  type: str
"""

from collections.abc import Callable, Sequence
from difflib import get_close_matches


def nearest(name: str, known: Sequence[str]) -> str:
    """Compare without what all names begin with, which would make them all alike."""
    shared = next(
        (at for at, letters in enumerate(zip(name, *known)) if len(set(letters)) > 1), min(map(len, [name, *known]))
    )
    found = get_close_matches(name[shared:], {one[shared:]: one for one in sorted(known)}, n=1)
    return name[:shared] + found[0] if found else ""


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return it by name."""
        return {"nearest": nearest}
