# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure this module beside the ways that people would go without it: ``python -m tests.bench``.

All in one run, since only ratios mean anything: for the same reason those that are compared take turns. Ends with 1
when a target is missed.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count as numbers

from tests.bench.contenders import Bench, bench, in_turn
from tests.bench.figures import BARE, LOOP, MODULE, REMEMBERED, URI, Results, Target, median, targets
from tests.bench.plot import svg
from tests.bench.report import duration, markdown, summary
from tests.bench.workflows import measure_many, measure_one
from tests.emulator.testing import REPO_ROOT

RESULTS = REPO_ROOT / "docs" / "benchmark"
README = REPO_ROOT / "README.md"
_SHOWN = re.compile(r"(?<=<!-- made by make bench -->\n).+?(?=\n<!-- until here -->)", re.DOTALL)


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    repeats: int
    counts: dict[int, list[int]]
    """Sizes for module and script, by latency."""
    script_up_to: dict[int, int]
    """The largest size that the script is waited for; beyond, it is extrapolated from it."""
    loop: int
    """The size from which the two loops of tasks are extrapolated."""
    slow: int
    many: int
    """Latency and size at which concurrency is judged."""
    concurrencies: tuple[int, ...]
    turns: int
    """How often each playbook for one person is run, and how often each size of an offboarding."""
    offboards: list[int]


WHOLE = Plan(
    repeats=3,
    counts={0: [1, 10, 100, 1000, 10_000], 5: [1, 10, 100, 1000, 10_000], 50: [1, 10, 100, 1000, 10_000]},
    # 10,000 take it 2 minutes at 5 ms, and 17 at 50 ms.
    script_up_to={0: 10_000, 5: 1000, 50: 1000},
    loop=50,
    slow=50,
    many=1000,
    concurrencies=(4, 8, 16, 32),
    turns=5,
    offboards=[100, 500, 1000],
)
QUICK = Plan(
    repeats=1,
    counts={0: [1, 10, 100, 1000], 50: [1, 10, 100]},
    script_up_to={0: 1000, 50: 100},
    loop=10,
    slow=50,
    many=100,
    concurrencies=(4,),
    turns=1,
    offboards=[100],
)


# So many of the accounts are not on the list of people.
_LEAVERS = 10


def say(text: str) -> None:
    """Tell how far it is."""
    print(f"[{time.monotonic() - _START:5.0f} s] {text}", file=sys.stderr, flush=True)


def measure_resets(plan: Plan, results: Results) -> None:
    """Measure the module that everything grew from, beside all others."""
    for latency, counts in plan.counts.items():
        with bench(latency) as on:
            # Whoever comes first compiles, and fills the caches.
            on.module(1)
            on.task(1)
            _programs(plan, on, latency, counts, results)
            if latency in (0, plan.slow):
                _playbooks(plan, on, latency, counts, results)
            if latency == 0 and 1000 in counts:
                say("1,000 users, one request at a time")
                singles, scripts = in_turn(plan.repeats, lambda: on.module(1000, concurrency=1), lambda: on.bare(1000))
                results.single = median(singles)
                results.cells[BARE, 0, 1000] = median(scripts)
            if latency == plan.slow:
                for concurrency in plan.concurrencies:
                    say(f"{plan.many:,} users, {concurrency} requests in flight")
                    results.by_concurrency[concurrency] = median([on.module(plan.many, concurrency=concurrency)])


def measure_remembered(plan: Plan, results: Results) -> None:
    """Measure the same module with a ledger; each run makes one of its own, so that none reads what others wrote."""
    fresh = (f"ledger-{number}" for number in numbers())
    counts = [count for count in plan.counts[0] if count >= 100]
    with bench() as on:
        on.module(1, ledger=next(fresh))
        for count in counts:
            say(f"{count:,} users with the ledger: module")
            repeats = min(plan.repeats, 2) if count == 10_000 else plan.repeats + 2
            [samples] = in_turn(repeats, lambda count=count: on.module(count, ledger=next(fresh)))
            results.cells[REMEMBERED, 0, count] = median(samples)
        if 1000 in counts:
            say("1,000 users with the ledger, one request at a time")
            singles, scripts = in_turn(
                plan.repeats, lambda: on.module(1000, concurrency=1, ledger=next(fresh)), lambda: on.bare(1000)
            )
            results.remembered |= {"single": median(singles), "script": median(scripts)}
        if results.task:
            say("1,000 users with the ledger: one task")
            [many] = in_turn(plan.repeats, lambda: on.task(1000, ledger=next(fresh)))
            results.remembered["task"] = median(many, less=results.nothing)
    if results.by_concurrency:
        most = max(results.by_concurrency)
        say(f"{plan.many:,} users with the ledger, {most} requests in flight")
        with bench(plan.slow) as on:
            on.module(1, ledger=next(fresh))
            sample = on.module(plan.many, concurrency=most, ledger=next(fresh))
            results.remembered["slow"] = median([sample])


def measure_workflows(plan: Plan, results: Results) -> None:
    """Measure whole jobs."""
    say("1 person: offboard and recover, and the homemade playbook")
    measure_one(plan.turns, results)
    say(f"{', '.join(f'{count:,}' for count in plan.offboards)} people: offboard")
    measure_many(plan.turns, plan.offboards, results)


def measure_plan(plan: Plan, results: Results) -> None:
    """Measure the plan for a list of people, beside the requests that it cannot do without."""
    say("10,000 accounts by a list of as many: plan, bare pages")
    with bench() as on:
        on.plan(_LEAVERS)
        plans, pages = in_turn(plan.repeats, lambda: on.plan(_LEAVERS), on.pages)
        results.plan = {MODULE: median(plans), BARE: median(pages)}


PARTS: dict[str, Callable[[Plan, Results], None]] = {
    "resets": measure_resets,
    "ledger": measure_remembered,
    "workflows": measure_workflows,
    "plan": measure_plan,
}


def _programs(plan: Plan, on: Bench, latency: int, counts: list[int], results: Results) -> None:
    """Module and script, each in a process of its own."""
    largest = plan.script_up_to[latency]
    for count in counts:
        say(f"{latency} ms, {count:,} users: module" + (", script" if count <= largest else ""))
        # What takes longer is less at the mercy of chance, and of the reader's patience more.
        repeats = plan.repeats if count * (latency + 1) <= 1000 else 1
        if latency == 0 and count in (100, 1000):
            # The line is judged by these two, and they are short.
            repeats += 2
        if latency == 0 and count == 10_000:
            repeats = min(plan.repeats, 2)
        if count > largest:
            results.cells[MODULE, latency, count] = median([on.module(count)])
            continue
        ours, scripts = in_turn(repeats, partial(on.module, count), partial(on.bare, count))
        results.cells[MODULE, latency, count] = median(ours)
        results.cells[BARE, latency, count] = median(scripts)
    results.extrapolate(BARE, latency, largest, [count for count in counts if count > largest])


def _playbooks(plan: Plan, on: Bench, latency: int, counts: list[int], results: Results) -> None:
    """What needs Ansible around it, less what a playbook takes that does nothing."""
    say(f"{latency} ms, 1 user: playbooks")
    repeats = plan.repeats + 2
    empty, ours, uris = in_turn(repeats, on.nothing, lambda: on.task(1), lambda: on.uri_loop(1))
    less = results.nothing = median(empty).whole
    results.task[1] = median(ours, less=less) if latency == 0 else results.task[1]
    results.cells[URI, latency, 1] = median(uris, less=less)
    results.cells[LOOP, latency, 1] = median(ours, less=less)
    if latency == 0 and 1000 in counts:
        say("0 ms, 1,000 users: one task")
        [many] = in_turn(plan.repeats, lambda: on.task(1000))
        results.task[1000] = median(many, less=less)
    for name, run in ((URI, on.uri_loop), (LOOP, on.task_loop)):
        for count in sorted({10, plan.loop}):
            say(f"{latency} ms, {count} users: {name}")
            results.cells[name, latency, count] = median([run(count)], less=less)
        results.extrapolate(name, latency, plan.loop, [count for count in counts if count > plan.loop])


def _print(verdicts: list[Target]) -> None:
    for one in verdicts:
        print(f"{one.verdict:>15}  {one.name}: {one.measured:.3g}{one.unit}, wanted {one.wanted}")


def main() -> int:
    """Measure, write the results, say what was met."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--quick", action="store_true", help="a few minutes; not everything, and nothing is written")
    parser.add_argument("--only", choices=PARTS, action="append", help="one part of it; nothing is written")
    options = parser.parse_args()
    # It would make each start of Python slower.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    plan = QUICK if options.quick else WHOLE
    results = Results()
    for name, measure in PARTS.items():
        if name in (options.only or PARTS):
            measure(plan, results)
    verdicts = targets(results, plan.slow, plan.many)
    page = markdown(results, verdicts)
    if options.quick or options.only:
        print(page)
    else:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "README.md").write_text(page, encoding="utf-8")
        for latency in (0, plan.slow):
            (RESULTS / f"time-{latency}ms.svg").write_text(svg(results, latency), encoding="utf-8")
        readme = README.read_text(encoding="utf-8")
        README.write_text(_SHOWN.sub(lambda _found: summary(results, plan.slow), readme), encoding="utf-8")
    _print(verdicts)
    say(f"done in {duration(time.monotonic() - _START)}")
    return 0 if all(one.met for one in verdicts) else 1


_START = time.monotonic()
if __name__ == "__main__":
    sys.exit(main())
