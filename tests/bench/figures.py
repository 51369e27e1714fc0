# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured, and what follows from it."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.bench.contenders import Sample

MODULE, BARE, URI, LOOP = "module", "script", "uri", "loop"


@dataclass(frozen=True)
class Cell:
    """Medians of some runs; ``base`` is the size from which a cell was extrapolated that nobody waited for."""

    whole: float
    inside: float | None = None
    peak: float | None = None
    runs: int = 1
    base: int | None = None

    @property
    def best(self) -> float:
        """Seconds of the work itself: without the start of Python or Ansible, where that is known."""
        return self.whole if self.inside is None else self.inside


def median(samples: list[Sample], *, less: float = 0.0) -> Cell:
    """Medians of runs, less what a playbook takes that does nothing."""

    def of(values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return statistics.median(known) if known else None

    return Cell(
        statistics.median(sample.whole for sample in samples) - less,
        of([sample.inside for sample in samples]),
        of([sample.peak for sample in samples]),
        len(samples),
    )


@dataclass
class Results:
    """Cells by contender, latency in milliseconds and number of users; and what does not fit into that."""

    cells: dict[tuple[str, int, int], Cell] = field(default_factory=dict)
    by_concurrency: dict[int, Cell] = field(default_factory=dict)
    """The module at the greatest latency."""
    single: Cell | None = None
    """The module with one request at a time, for 1,000 users without latency."""
    task: dict[int, Cell] = field(default_factory=dict)
    """One task of a playbook, less what a playbook takes that does nothing."""
    nothing: float = 0.0

    def extrapolate(self, contender: str, latency: int, base: int, counts: list[int]) -> None:
        """Fill in larger sizes in proportion, which flatters nobody: all of these take their time for each user."""
        cell = self.cells[contender, latency, base]
        for count in counts:
            factor = count / base
            inside = None if cell.inside is None else cell.inside * factor
            self.cells[contender, latency, count] = Cell(cell.whole * factor, inside, None, cell.runs, base)


@dataclass(frozen=True)
class Target:
    """One promise: what was measured, and the bound that it must keep."""

    name: str
    measured: float
    bound: float
    at_most: bool
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the promise is kept."""
        return self.measured <= self.bound if self.at_most else self.measured >= self.bound

    @property
    def verdict(self) -> str:
        """Met, or missed and by how much."""
        return "met" if self.met else f"missed by {abs(self.measured / self.bound - 1):.0%}"

    @property
    def wanted(self) -> str:
        """The bound in words."""
        return f"at {'most' if self.at_most else 'least'} {self.bound:g}{self.unit}"


def targets(results: Results, slow: int, many: int) -> list[Target]:
    """Hold the results against the promises; those of sizes that were not measured are left out.

    :arg slow: the latency at which concurrency is judged
    :arg many: how many users were reset there
    """
    cells = results.cells
    found: list[Target] = []

    def add(name: str, make: Callable[[], float], bound: float, *, at_most: bool, unit: str = "") -> None:
        try:
            found.append(Target(name, make(), bound, at_most, unit))
        except KeyError:
            return

    add(
        "(a) one user, one task against two uri tasks, both less an empty playbook",
        lambda: results.task[1].whole / cells[URI, 0, 1].whole,
        1.0,
        at_most=True,
        unit=" x",
    )
    if results.single is not None:
        single = results.single
        add(
            "(b) 1,000 users, no latency, concurrency 1: time within the module against that within the script",
            lambda: single.best / cells[BARE, 0, 1000].best,
            1.25,
            at_most=True,
            unit=" x",
        )
    for concurrency, cell in results.by_concurrency.items():
        add(
            f"(c) {many:,} users at {slow} ms, concurrency {concurrency}: times as fast as the script,"
            " for each request in flight",
            partial(_speed, cells, (BARE, slow, many), cell, concurrency),
            0.8,
            at_most=False,
        )
    add(
        "(d) 1,000 users, one task against the uri loop, both less an empty playbook: times as fast",
        lambda: cells[URI, 0, 1000].whole / results.task[1000].whole,
        200,
        at_most=False,
    )
    straight = "(e) straight line: time for each further user, 1,000 to 10,000 against 100 to 1,000"
    add(straight, lambda: slope(cells), 15, at_most=True, unit=" % off")
    memory = "(f) memory of the module for 10,000 users"
    add(memory, lambda: float(cells[MODULE, 0, 10_000].peak or 0), 150, at_most=True, unit=" MB")
    return found


def _speed(cells: dict[tuple[str, int, int], Cell], other: tuple[str, int, int], ours: Cell, workers: int) -> float:
    return cells[other].best / ours.best / workers


def slope(cells: dict[tuple[str, int, int], Cell]) -> float:
    """By how many percent the second part of the line is steeper or flatter than the first."""
    small, middle, large = (cells[MODULE, 0, count].best for count in (100, 1000, 10_000))
    return abs((large - middle) / 9000 / ((middle - small) / 900) - 1) * 100
