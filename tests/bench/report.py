# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table for people, and what machine it comes from."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

from tests.bench.figures import BARE, LOOP, MODULE, URI, Cell, Results, Target

NAMES = {
    MODULE: "this module, concurrency 4",
    BARE: "script with requests",
    URI: "two uri tasks in a loop",
    LOOP: "this module, once for each user",
}


def duration(seconds: float) -> str:
    """Seconds as a person reads them."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def machine() -> str:
    """What the figures come from."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return (
        f"{os.cpu_count()} cores, {model}, {platform.system()} {platform.release()};"
        f" Python {platform.python_version()}, ansible-core {version('ansible-core')}, requests {version('requests')};"
        f" load {os.getloadavg()[0]:.1f} when it ended."
    )


def markdown(results: Results, verdicts: list[Target]) -> str:
    """Return the whole page."""
    lines = [
        "# How long it takes to reset many users",
        "",
        "Made by `make bench`. All of it was measured in one run on one machine against the emulator, in a workspace",
        "of 10,000 users. Figures of time are worth little beyond the machine; their ratios are.",
        "",
        machine(),
        "",
        "| target | measured | wanted | |",
        "| --- | ---: | ---: | --- |",
        *(f"| {one.name} | {one.measured:.3g}{one.unit} | {one.wanted} | {one.verdict} |" for one in verdicts),
        "",
        "Times as seen from outside, with the start of Python; of the loops, less what a playbook takes that does",
        "nothing. What is marked * was not waited for, but extrapolated in proportion from the size in brackets.",
        "",
    ]
    latencies = sorted({latency for _name, latency, _count in results.cells})
    counts = sorted({count for _name, _latency, count in results.cells})
    shown = [count for count in counts if count != 50]
    lines += [
        f"| latency | | {' | '.join(f'{count:,}' for count in shown)} |",
        f"| ---: | --- |{' ---: |' * len(shown)}",
    ]
    for latency in latencies:
        for name, title in NAMES.items():
            cells = [results.cells.get((name, latency, count)) for count in shown]
            if any(cells):
                lines.append(f"| {latency} ms | {title} | {' | '.join(_shown(cell) for cell in cells)} |")
    lines += ["", "How many times as long as this module:", ""]
    lines += [
        f"| latency | | {' | '.join(f'{count:,}' for count in shown)} |",
        f"| ---: | --- |{' ---: |' * len(shown)}",
    ]
    for latency in latencies:
        for name in (BARE, URI, LOOP):
            pairs = [
                (results.cells.get((name, latency, count)), results.cells.get((MODULE, latency, count)))
                for count in shown
            ]
            if any(one and ours for one, ours in pairs):
                ratios = [f"{one.whole / ours.whole:.1f}" if one and ours else "" for one, ours in pairs]
                lines.append(f"| {latency} ms | {NAMES[name]} | {' | '.join(ratios)} |")
    slowest = max(latencies)
    peak = [results.cells[MODULE, 0, count].peak for count in shown if (MODULE, 0, count) in results.cells]
    lines += [
        "",
        f"More requests in flight, at {slowest} ms: "
        + ", ".join(f"{number}: {duration(cell.best)}" for number, cell in results.by_concurrency.items())
        + ".",
        "",
        "Memory of the module at most: "
        + ", ".join(f"{count:,} users: {mb:.0f} MB" for count, mb in zip(shown, peak, strict=False) if mb)
        + ".",
        "",
        f"A playbook that does nothing takes {duration(results.nothing)} here. Not run: uri and the module in a loop at"
        " 5 ms, which is lost in what they take for each user.",
        "",
    ]
    return "\n".join(lines)


def _shown(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return duration(cell.whole) + (f" * ({cell.base:,})" if cell.base else "")
