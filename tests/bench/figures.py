# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured, and what follows from it."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from tests.bench.contenders import Sample

MODULE, BARE, URI, LOOP, REMEMBERED = "module", "script", "uri", "loop", "remembered"
# Whole playbooks for one person.
OFFBOARD, HOMEMADE, OFFBOARD_LEDGER = "offboard", "homemade", "offboard, ledger"
OFFBOARD_ADDRESS = "offboard by address, ledger"
RECOVER, RECOVER_LEDGER = "recover", "recover, ledger"


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


@dataclass(frozen=True)
class Play:
    """A whole playbook for one person: medians of its runs, and the requests of one of them by endpoint."""

    cell: Cell
    requests: Counter[str]


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
    remembered: dict[str, Cell] = field(default_factory=dict)
    """What is measured of a reset with the ledger beside its cells: single beside script, slow, task."""
    plays: dict[str, Play] = field(default_factory=dict)
    offboards: dict[int, Cell] = field(default_factory=dict)
    """The module that offboards, by the number of people."""
    offboard_requests: dict[int, Counter[str]] = field(default_factory=dict)
    plan: dict[str, Cell] = field(default_factory=dict)
    """The module that plans for a list of everybody but a few, and the bare requests for the pages."""

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


class Targets:
    """The promises, held against what was measured; those of sizes that were not measured are left out."""

    def __init__(self) -> None:
        self.found: list[Target] = []

    def at_most(self, name: str, make: Callable[[], float], bound: float, unit: str = "") -> None:
        """Add a promise that something is not more."""
        self._add(name, make, bound, at_most=True, unit=unit)

    def at_least(self, name: str, make: Callable[[], float], bound: float, unit: str = "") -> None:
        """Add a promise that something is not less."""
        self._add(name, make, bound, at_most=False, unit=unit)

    def _add(self, name: str, make: Callable[[], float], bound: float, *, at_most: bool, unit: str) -> None:
        try:
            self.found.append(Target(name, make(), bound, at_most, unit))
        except KeyError:
            return


def targets(results: Results, slow: int, many: int) -> list[Target]:
    """Hold the results against the promises.

    :arg slow: the latency at which concurrency is judged
    :arg many: how many users were reset there
    """
    found = Targets()
    _resets(found, results, slow, many)
    _remembered(found, results, slow, many)
    _workflows(found, results)
    return found.found


def _resets(found: Targets, results: Results, slow: int, many: int) -> None:
    cells = results.cells
    found.at_most(
        "(a) one user, one task against two uri tasks, both less an empty playbook",
        lambda: results.task[1].whole / cells[URI, 0, 1].whole,
        1.0,
        " x",
    )
    if results.single is not None:
        single = results.single
        found.at_most(
            "(b) 1,000 users, no latency, concurrency 1: time within the module against that within the script",
            lambda: single.best / cells[BARE, 0, 1000].best,
            1.25,
            " x",
        )
    for concurrency, cell in results.by_concurrency.items():
        found.at_least(
            f"(c) {many:,} users at {slow} ms, concurrency {concurrency}: times as fast as the script,"
            " for each request in flight",
            partial(_speed, cells, (BARE, slow, many), cell, concurrency),
            0.8,
        )
    found.at_least(
        "(d) 1,000 users, one task against the uri loop, both less an empty playbook: times as fast",
        lambda: cells[URI, 0, 1000].whole / results.task[1000].whole,
        200,
    )
    straight = "(e) straight line: time for each further user, 1,000 to 10,000 against 100 to 1,000"
    found.at_most(straight, lambda: slope(by_count(cells, MODULE), 100, 1000, 10_000), 15, " % steeper")
    memory = "(f) memory of the module for 10,000 users"
    found.at_most(memory, lambda: float(cells[MODULE, 0, 10_000].peak or 0), 150, " MB")


def _remembered(found: Targets, results: Results, slow: int, many: int) -> None:
    """The same of a reset that keeps a ledger; of (c) the most requests in flight, where the ledger weighs most."""
    cells, of = results.cells, results.remembered
    found.at_most("(b) with the ledger", lambda: of["single"].best / of["script"].best, 1.25, " x")
    if results.by_concurrency:
        most = max(results.by_concurrency)
        found.at_least(
            f"(c) with the ledger, concurrency {most}",
            lambda: _speed(cells, (BARE, slow, many), of["slow"], most),
            0.8,
        )
    found.at_least("(d) with the ledger", lambda: cells[URI, 0, 1000].whole / of["task"].whole, 200)
    line = by_count(cells, REMEMBERED)
    found.at_most("(e) with the ledger", lambda: slope(line, 100, 1000, 10_000), 15, " % steeper")
    found.at_most("(f) with the ledger", lambda: float(line[10_000].peak or 0), 150, " MB")


def _workflows(found: Targets, results: Results) -> None:
    plays, offboards = results.plays, results.offboards
    for name, title, most in (
        (OFFBOARD, "(g) offboard one as who `setup` makes, read back", 13),
        (OFFBOARD_LEDGER, "(g) the same with the ledger", 13),
        (OFFBOARD_ADDRESS, "(g) the same by e-mail address with the ledger", 13),
        (RECOVER, "(h) recover one, read back", 7),
        (RECOVER_LEDGER, "(h) recover one with the ledger, read back", 8),
    ):
        found.at_most(title, partial(_sent, plays, name), most, " requests")
    for name, title in (
        (OFFBOARD, "(i) offboard one"),
        (OFFBOARD_ADDRESS, "(i) the same by e-mail address with the ledger"),
    ):
        found.at_most(
            f"{title}: time of the whole playbook against the homemade one",
            partial(_against_homemade, plays, name),
            0.8,
            " x",
        )
    each = "(j) offboard 100, read back: for each person"
    found.at_most(each, lambda: results.offboard_requests[100].total() / 100, 4.5, " requests")
    straight = "(k) offboard, straight line: time for each further person, 500 to 1,000 against 100 to 500"
    found.at_most(straight, lambda: slope(offboards, 100, 500, 1000), 15, " % steeper")
    plan = "(m) a plan for 10,000 accounts by as long a list: time within the module against that of the pages alone"
    found.at_most(plan, lambda: results.plan[MODULE].best / results.plan[BARE].best, 1.5, " x")
    memory = "(l) memory of the module that offboards, 1,000 people"
    found.at_most(memory, lambda: float(offboards[1000].peak or 0), 150, " MB")


def _sent(plays: Mapping[str, Play], name: str) -> int:
    return plays[name].requests.total()


def _against_homemade(plays: Mapping[str, Play], name: str) -> float:
    return plays[name].cell.whole / plays[HOMEMADE].cell.whole


def _speed(cells: dict[tuple[str, int, int], Cell], other: tuple[str, int, int], ours: Cell, workers: int) -> float:
    return cells[other].best / ours.best / workers


def by_count(cells: Mapping[tuple[str, int, int], Cell], contender: str) -> dict[int, Cell]:
    """The cells of one contender without latency, by the number of users."""
    return {count: cell for (name, latency, count), cell in cells.items() if (name, latency) == (contender, 0)}


def slope(line: Mapping[int, Cell], small: int, middle: int, large: int) -> float:
    """By how many percent the second part of the line is steeper than the first; below zero it is flatter."""
    first = (line[middle].best - line[small].best) / (middle - small)
    second = (line[large].best - line[middle].best) / (large - middle)
    return (second / first - 1) * 100
