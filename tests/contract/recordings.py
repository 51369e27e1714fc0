# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recordings: where they are, and which of them began on one database."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
VERSIONS = ("6.5", "7.7", "8.6")

_LEFT_OUT = re.compile(r"(?:, | and )?(\w+)(?=, | and | of )")


@cache
def scenarios(version: str) -> list[dict[str, Any]]:
    """The recordings of one version, in order."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((HERE / version).glob("*.json"))]


def number(scenario: str) -> int:
    """The number that a scenario's name begins with."""
    return int(scenario.partition("-")[0])


def left_out(recording: dict[str, Any]) -> frozenset[str]:
    """Keys of answers that the recorder left out, which ``meta`` names in a sentence: "a, b and c of rooms"."""
    sentence = recording.get("meta", {}).get("left_out", "")
    return frozenset(_LEFT_OUT.findall(sentence))
