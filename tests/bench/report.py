# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table for people, and what machine it comes from."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from tests.bench.figures import (
    BARE,
    HOMEMADE,
    LOOP,
    MODULE,
    OFFBOARD,
    OFFBOARD_ADDRESS,
    OFFBOARD_LEDGER,
    RECOVER,
    RECOVER_LEDGER,
    REMEMBERED,
    URI,
    Cell,
    Play,
    Results,
    Target,
    by_count,
)

NAMES = {
    MODULE: "this module, concurrency 4",
    REMEMBERED: "the same with a ledger",
    BARE: "script with requests",
    URI: "two uri tasks in a loop",
    LOOP: "this module, once for each user",
}
PLAYS = {
    OFFBOARD: "`chatops.rocketchat.offboard`",
    HOMEMADE: "homemade: four `uri` tasks",
    OFFBOARD_LEDGER: "`chatops.rocketchat.offboard` with the ledger",
    OFFBOARD_ADDRESS: "the same by e-mail address",
    RECOVER: "`chatops.rocketchat.recover`",
    RECOVER_LEDGER: "`chatops.rocketchat.recover` with the ledger",
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
        "# How long it takes",
        "",
        "Made by `make bench`. All of it was measured in one run on one machine against the emulator. Figures of time",
        "are worth little beyond the machine; their ratios are.",
        "",
        machine(),
        "",
        "| target | measured | wanted | |",
        "| --- | ---: | ---: | --- |",
        *(f"| {one.name} | {one.measured:.3g}{one.unit} | {one.wanted} | {one.verdict} |" for one in verdicts),
        "",
    ]
    if results.plays:
        lines += _one_person(results.plays)
    if results.offboards:
        lines += _many_people(results)
    if results.cells:
        lines += _resets(results)
    return "\n".join(lines)


def summary(results: Results, slow: int) -> str:
    """Return what the README shows of it.

    :arg slow: the latency that its picture is about
    """
    plays, many = results.plays, max(results.offboards)
    requests = results.offboard_requests[many].total() / many
    cells = results.cells
    ends = [
        f"{name} {duration(cells[key, slow, 1].whole)} to {duration(cells[key, slow, 10_000].whole)}"
        for key, name in ((MODULE, "this module"), (BARE, "a bare script"), (URI, "two uri tasks in a loop"))
    ]
    lines = [
        "| | time | requests |",
        "| --- | ---: | ---: |",
        *(
            f"| {title} | {duration(plays[name].cell.whole)} | {plays[name].requests.total()} |"
            for name, title in (
                (OFFBOARD_LEDGER, "one person offboarded, with the ledger, whole `ansible-playbook`"),
                (HOMEMADE, "the same homemade: four `uri` tasks that check nothing and read nothing back"),
                (RECOVER_LEDGER, "one person recovered, with the ledger"),
            )
        ),
        f"| {many:,} people offboarded, within the module | {duration(results.offboards[many].best)}"
        f" | {requests:.2f} each |",
        f"| TOTP of 10,000 people reset | {duration(cells[MODULE, 0, 10_000].whole)} | |",
        f"| the same with two `uri` tasks in a loop, extrapolated | {duration(cells[URI, 0, 10_000].whole)} | |",
        "",
        f"![Time to reset 1 to 10,000 users with {slow} ms of latency: {', '.join(ends)}]"
        f"(docs/benchmark/time-{slow}ms.svg)",
    ]
    return "\n".join(lines)


def _one_person(plays: Mapping[str, Play]) -> list[str]:
    homemade = plays[HOMEMADE].cell.whole
    lines = [
        "## A whole job for one person",
        "",
        "Whole runs of `ansible-playbook`, the median where several took turns, each for somebody to whom nothing was",
        "done before, in a workspace small enough to be one answer to the homemade playbook",
        "([homemade.yml](../../tests/bench/homemade.yml)), which checks nothing and reads nothing back. The ledger was",
        "there already. Requests are all that the server saw, those of reading back and of the ledger included; people",
        "own no rooms, each of which would be asked after.",
        "",
        "| playbook | time | against homemade | requests | which |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for name, title in PLAYS.items():
        cell, requests = plays[name].cell, plays[name].requests
        ratio = f"{cell.whole / homemade:.2f}" if name in (OFFBOARD, OFFBOARD_LEDGER, OFFBOARD_ADDRESS) else ""
        lines.append(f"| {title} | {duration(cell.whole)} | {ratio} | {requests.total()} | {_which(requests)} |")
    return [*lines, ""]


def _many_people(results: Results) -> list[str]:
    lines = [
        "## Offboarding many",
        "",
        "The module in a process of its own, without a ledger, in a workspace of 10,000 users which nobody has left",
        "yet. People are looked up one by one, since lists do not show their rooms, and read back by the page, among",
        "those who are inactive: where there are many of them already, it is one more request for each person.",
        "",
        "| people | time within the module | memory | requests a person | which |",
        "| ---: | ---: | ---: | ---: | --- |",
    ]
    for count, cell in results.offboards.items():
        requests = results.offboard_requests[count]
        lines.append(
            f"| {count:,} | {duration(cell.best)} | {cell.peak or 0:.0f} MB | {requests.total() / count:.2f} |"
            f" {_which(requests)} |"
        )
    return [*lines, ""]


def _which(requests: Mapping[str, int]) -> str:
    return ", ".join(name if number == 1 else f"{number:,} {name}" for name, number in sorted(requests.items()))


def _resets(results: Results) -> list[str]:
    lines = [
        "## Resetting TOTP for many",
        "",
        "In a workspace of 10,000 users. Each run with a ledger made a new one.",
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
    lines += [
        "",
        "How many times as long as this module:",
        "",
        f"| latency | | {' | '.join(f'{count:,}' for count in shown)} |",
        f"| ---: | --- |{' ---: |' * len(shown)}",
    ]
    for latency in latencies:
        for name in (REMEMBERED, BARE, URI, LOOP):
            pairs = [
                (results.cells.get((name, latency, count)), results.cells.get((MODULE, latency, count)))
                for count in shown
            ]
            if any(one and ours for one, ours in pairs):
                ratios = [f"{one.whole / ours.whole:.1f}" if one and ours else "" for one, ours in pairs]
                lines.append(f"| {latency} ms | {NAMES[name]} | {' | '.join(ratios)} |")
    lines.append("")
    if results.by_concurrency:
        lines += [
            f"More requests in flight, at {max(latencies)} ms: "
            + ", ".join(f"{number}: {duration(cell.best)}" for number, cell in results.by_concurrency.items())
            + ".",
            "",
        ]
    for name, what in ((MODULE, "the module"), (REMEMBERED, "the module with a ledger")):
        peaks = [
            f"{count:,} users: {cell.peak:.0f} MB" for count, cell in by_count(results.cells, name).items() if cell.peak
        ]
        if peaks:
            lines += [f"Memory of {what} at most: {', '.join(peaks)}.", ""]
    if results.nothing:
        lines += [
            f"A playbook that does nothing takes {duration(results.nothing)} here. Not run: uri and the module in a"
            " loop at 5 ms, which is lost in what they take for each user.",
            "",
        ]
    return lines


def _shown(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return duration(cell.whole) + (f" * ({cell.base:,})" if cell.base else "")
