# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seconds against users on logarithmic axes, as an SVG written by hand: no library draws so little in so few lines.

The colours are of middling lightness and the ground is transparent, so that the picture can be read on light and dark
pages whatever the viewer's settings say.
"""

from __future__ import annotations

import math
from itertools import pairwise

from tests.bench.figures import BARE, LOOP, MODULE, URI, Results
from tests.bench.report import NAMES, duration

_COLOURS = {MODULE: "#2da44e", BARE: "#2f81f7", URI: "#db6d28", LOOP: "#a371f7"}
_GREY = "#7d8590"
_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 760, 420, 70, 40, 230, 50
_TICKS = {0.1: "0.1 s", 1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3600: "1 h", 36000: "10 h"}


def svg(results: Results, latency: int) -> str:
    """Return the picture for one latency; what was extrapolated is dashed."""
    cells = {
        key: cell for key, cell in results.cells.items() if key[0] in _COLOURS and key[1] == latency and key[2] != 50
    }
    counts = sorted({count for _name, _latency, count in cells})
    times = [cell.whole for cell in cells.values()]
    low, high = min(times) * 0.7, max(times) * 1.5

    def across(count: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.log(count / counts[0]) / math.log(counts[-1] / counts[0])

    def up(seconds: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * math.log(seconds / low) / math.log(high / low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        f' font-family="system-ui, sans-serif" font-size="13" fill="{_GREY}">',
        f"<title>Seconds to reset users, {latency} ms latency, logarithmic axes</title>",
        _text(_LEFT, 22, f"Time to reset so many users, {latency} ms latency", size=15),
    ]
    for seconds, label in _TICKS.items():
        if low <= seconds <= high:
            y = up(seconds)
            parts.append(_line(_LEFT, y, _WIDTH - _RIGHT, y, _GREY, 'stroke-width="0.5" opacity="0.5"'))
            parts.append(_text(_LEFT - 8, y + 4, label, anchor="end"))
    for count in counts:
        parts.append(_text(across(count), _HEIGHT - _BOTTOM + 20, f"{count:,}", anchor="middle"))
    parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 10, "users", anchor="middle"))
    free = 0.0
    ends = {name: max((c for n, _l, c in cells if n == name), default=0) for name in NAMES}
    for name in sorted(
        (name for name in NAMES if ends[name]), key=lambda name: -cells[name, latency, ends[name]].whole
    ):
        points = [(count, cells[name, latency, count]) for count in counts if (name, latency, count) in cells]
        for (count, cell), (next_count, next_cell) in pairwise(points):
            dash = 'stroke-width="2.5" stroke-dasharray="2 6"' if next_cell.base else 'stroke-width="2.5"'
            ends_at = across(next_count), up(next_cell.whole)
            parts.append(_line(across(count), up(cell.whole), *ends_at, _COLOURS[name], dash))
        for count, cell in points:
            fill = "none" if cell.base else _COLOURS[name]
            where = f'cx="{across(count):.1f}" cy="{up(cell.whole):.1f}"'
            parts.append(f'<circle {where} r="4" fill="{fill}" stroke="{_COLOURS[name]}" stroke-width="2"/>')
        last = points[-1][1]
        free = max(free + 34, up(last.whole))
        parts.append(_text(_WIDTH - _RIGHT + 14, free, NAMES[name], colour=_COLOURS[name]))
        told = duration(last.whole) + (" (extrapolated)" if last.base else "")
        parts.append(_text(_WIDTH - _RIGHT + 14, free + 15, told))
    return "\n".join([*parts, "</svg>", ""])


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, more: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" {more}/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 13, colour: str = _GREY) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{text}</text>'
