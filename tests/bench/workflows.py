# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole jobs: playbooks for one person, beside a homemade one, and the module that offboards for many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

from ansible_collections.chatops.rocketchat.plugins.module_utils._run.needs import permissions_of
from tests.bench.contenders import HERE, USER_ID, Bench, Sample, bench, in_turn
from tests.bench.figures import (
    HOMEMADE,
    OFFBOARD,
    OFFBOARD_ADDRESS,
    OFFBOARD_LEDGER,
    RECOVER,
    RECOVER_LEDGER,
    Play,
    Results,
    median,
)
from tests.emulator.cast import SVC_BYPASS_TOKEN

# What the playbook setup gives an account for both jobs.
_PERMISSIONS = ("api-bypass-rate-limit", *permissions_of(["recover", "offboard"]))
# So few that all of them are one short answer to the homemade playbook, which finds its person among them.
_SMALL = 80
_LEDGER = "access-ledger"


def measure_one(repeats: int, results: Results) -> None:
    """Measure the playbooks for one person, each time somebody whom nothing was done to before."""
    with bench(users=_SMALL) as on:
        _permit(on)
        people = (f"user{number:05d}" for number in range(1, _SMALL + 1))
        requests: dict[str, Counter[str]] = {}
        runs: dict[str, Callable[[], Sample]] = {
            OFFBOARD: lambda: _ours(on, OFFBOARD, next(people)),
            HOMEMADE: lambda: _homemade(on, next(people)),
            OFFBOARD_LEDGER: lambda: _ours(on, OFFBOARD, next(people), _LEDGER),
            OFFBOARD_ADDRESS: lambda: _ours(on, OFFBOARD, next(people), _LEDGER, by_address=True),
            RECOVER: lambda: _ours(on, RECOVER, next(people)),
            RECOVER_LEDGER: lambda: _ours(on, RECOVER, next(people), _LEDGER),
        }

        def counted(name: str) -> Sample:
            sample = runs[name]()
            requests[name] = _endpoints(on)
            return sample

        # Whoever comes first compiles, and makes the ledger.
        for run in runs.values():
            run()
        names = (OFFBOARD, HOMEMADE, OFFBOARD_LEDGER, OFFBOARD_ADDRESS)
        samples = dict(zip(names, in_turn(repeats, *(partial(counted, name) for name in names)), strict=True))
        samples |= {name: [counted(name)] for name in (RECOVER, RECOVER_LEDGER)}
        results.plays = {name: Play(median(samples[name]), requests[name]) for name in runs}


def measure_many(repeats: int, counts: list[int], results: Results) -> None:
    """Measure the module that offboards in a process of its own, each time in a workspace that nobody has left."""

    def offboard(count: int) -> Sample:
        with bench() as on:
            _permit(on)
            sample = on.module(count, name="rocketchat_user_offboard")
            results.offboard_requests[count] = _endpoints(on)
            return sample

    samples = in_turn(repeats, *(partial(offboard, count) for count in counts))
    results.offboards = {count: median(of) for count, of in zip(counts, samples, strict=True)}


def _permit(on: Bench) -> None:
    on.server.permissions({name: ["admin", "helpdesk"] for name in _PERMISSIONS})


def _ours(on: Bench, job: str, person: str, ledger: str = "", *, by_address: bool = False) -> Sample:
    connection = {"api_url": on.server.url, "api_user_id": USER_ID, "api_token": SVC_BYPASS_TOKEN}
    named = {"emails": [f"{person}@example.test"]} if by_address else {"usernames": [person]}
    given = {**connection, **named, "ledger": ledger}
    sample = on.playbook(f"chatops.rocketchat.{job}", **{f"user_access_{name}": value for name, value in given.items()})
    _expect(on, person, active=job == RECOVER)
    last = [entry["path"] for entry in on.server.requests() if "/chat." not in entry["path"]][-1]
    assert last.endswith("/users.info"), f"Nothing was read back: {last} was the last request."
    return sample


def _homemade(on: Bench, person: str) -> Sample:
    access = {"rocketchat_url": on.server.url, "rocketchat_user_id": USER_ID, "rocketchat_token": SVC_BYPASS_TOKEN}
    sample = on.playbook(str(HERE / "homemade.yml"), **access, email=f"{person}@example.test")
    _expect(on, person, active=False)
    return sample


def _expect(on: Bench, person: str, *, active: bool) -> None:
    """Whoever is fast must have done it, too."""
    user = on.server.user(person)
    assert (user["active"], user["totp"], user["tokens"]["total"]) == (active, None, 0), user


def _endpoints(on: Bench) -> Counter[str]:
    return Counter(entry["path"].rsplit("/", 1)[-1] for entry in on.server.requests())
