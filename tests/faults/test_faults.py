# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong at a random place in a run of 300: the report is right, and a second run finishes the rest.

The seed stands in the name of each test; ``FAULTS_SEED=<seed>`` repeats it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.cast import SVC_BYPASS_TOKEN, SVC_HELPDESK_TOKEN
from tests.emulator.settings import RATE_LIMIT_CALLS, RATE_LIMIT_TIME, RATE_LIMITER, TWO_FACTOR
from tests.faults.harness import HELPDESK, NAMES, USERS, Case, position, rounds, seeds

# Seconds; what a slow server meets. Elsewhere a busy machine must not look like one.
_SHORT = 1.0
_RESET = {"method": "POST", "path": "users.resetTOTP"}
_LOOK_UP = {"method": "GET", "path": "users.info"}


@dataclass(frozen=True)
class Fault:
    """One way to break an answer, and which codes a run may report for it."""

    name: str
    kind: str
    codes: frozenset[str]
    arguments: dict[str, Any] = field(default_factory=dict)
    timeout: float = 10.0
    retried: bool = True
    """Whether it is worth another try, so that a single strike is not noticed."""


FAULTS = [
    Fault("dropped-before", "close-before", frozenset({"connection-lost"})),
    Fault("dropped-after", "close-after", frozenset({"connection-lost"})),
    Fault("silent-before", "hang", frozenset({"timeout"}), timeout=_SHORT),
    Fault("silent-after", "hang-after", frozenset({"timeout"}), timeout=_SHORT),
    Fault("slow-headers", "slow-headers", frozenset({"timeout"}), {"interval_ms": 50}, timeout=_SHORT),
    Fault("slow-body", "slow-body", frozenset({"timeout"}), {"interval_ms": 200}, timeout=_SHORT),
    Fault("cut-body", "cut-body", frozenset({"connection-lost"})),
    Fault("invalid-json", "invalid-json", frozenset({"not-json"}), retried=False),
    Fault("invalid-json-after", "invalid-json", frozenset({"not-json"}), {"apply": True}, retried=False),
    *(
        Fault(
            f"html-{status}{'-after' if apply else ''}",
            "html",
            frozenset({"bad-gateway"}),
            {"status": status, "apply": apply},
        )
        for status, apply in ((502, False), (503, False), (504, True))
    ),
]
SEEDS = seeds()
ROUNDS = rounds(SEEDS)
by_round = pytest.mark.parametrize(
    ("concurrency", "seed"), ROUNDS, ids=[f"c{concurrency}-seed{seed}" for concurrency, seed in ROUNDS]
)
with_new_seed = pytest.mark.parametrize("seed", SEEDS[-1:], ids=lambda seed: f"seed{seed}")
by_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    """A server with 300 users."""
    with Case(tmp_path) as case:
        yield case


@by_round
@by_fault
def test_an_answer_that_stays_broken_ends_the_run(case: Case, fault: Fault, concurrency: int, seed: int) -> None:
    """From one reset on, no answer is whole: the run ends at once, whatever on_error says."""
    nth = position(seed, fault.name, concurrency)
    case.server.fault(fault.kind, {**_RESET, "nth": nth, "count": 0}, **fault.arguments)
    on_error = "continue" if seed % 2 else "stop"
    result = case.run(concurrency=concurrency, timeout=fault.timeout, on_error=on_error)
    case.check(result)
    assert result.code in fault.codes
    # Those before it were answered; those in flight with it are its fellows, and nobody comes after them.
    assert nth - 1 <= case.resets_seen <= nth - 1 + concurrency
    assert 1 <= len(result.broken) <= concurrency
    assert len(result.not_attempted) == USERS - case.resets_seen
    assert result.broken == result.unknown
    case.server.control("faults", method="DELETE")
    case.finish_the_rest(result, concurrency=4)


@with_new_seed
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.retried], ids=lambda fault: fault.name)
def test_an_answer_that_breaks_once_is_not_noticed(case: Case, fault: Fault, seed: int) -> None:
    """The effect repeats harmlessly, so another try is made, and everybody is done."""
    nth = position(seed, fault.name, "once")
    case.server.fault(fault.kind, {**_RESET, "nth": nth}, **fault.arguments)
    result = case.run(concurrency=4, timeout=max(fault.timeout, 2.0), retries=3)
    case.check(result)
    assert not result.failed
    assert sum(entry["attempts"] for entry in result.users) == case.resets_seen == USERS + 1


@with_new_seed
@pytest.mark.parametrize("fault", [FAULTS[1], FAULTS[6], FAULTS[7], FAULTS[9]], ids=lambda fault: fault.name)
def test_a_fault_while_everybody_is_looked_up_changes_nothing(case: Case, fault: Fault, seed: int) -> None:
    """Nothing was sent that changes anything: no account is reported as tried."""
    case.server.permissions({"view-d-room": ["admin"]})
    nth = position(seed, fault.name, "look-up")
    case.server.fault(fault.kind, {**_LOOK_UP, "nth": nth, "count": 0}, **fault.arguments)
    result = case.run(concurrency=4, timeout=fault.timeout, on_error="continue")
    case.check(result)
    assert case.resets_seen == 0
    assert len(result.not_attempted) == USERS
    assert sum(entry["path"].endswith("users.info") for entry in case.server.requests()) <= nth - 1 + 4
    case.server.control("faults", method="DELETE")
    case.finish_the_rest(result, concurrency=4)


@by_round
def test_a_server_that_goes_down_refuses_connections(case: Case, concurrency: int, seed: int) -> None:
    """The server is gone from one reset on, and stays so."""
    nth = position(seed, "down", concurrency)
    # From here on requests arrive and nothing happens, so that the last state is known.
    case.server.fault("hang", {**_RESET, "nth": nth, "count": 0})
    process = case.start(concurrency=concurrency, retries=1, on_error="continue")
    case.until_struck(process)
    case.take_down()
    result = case.finish(process)
    case.check(result)
    assert result.code == "unreachable"
    assert len(result.done) == nth - 1
    assert 1 <= len(result.broken) <= concurrency
    assert all(entry["attempts"] <= 2 for entry in result.users)
    case.bring_up()
    case.finish_the_rest(result, concurrency=4)


@by_round
@pytest.mark.parametrize("kind", ["hang", "hang-after"])
def test_a_server_that_is_restarted_is_not_noticed(case: Case, kind: str, concurrency: int, seed: int) -> None:
    """A fresh process on the same port goes on where the last one ended."""
    nth = position(seed, "restart", kind, concurrency)
    case.server.fault(kind, {**_RESET, "nth": nth, "count": 0})
    process = case.start(concurrency=concurrency, retries=5)
    case.until_struck(process)
    case.take_down()
    case.bring_up()
    result = case.finish(process)
    case.check(result)
    assert not result.failed, result.data["msg"]
    assert 1 <= sum(entry["attempts"] > 1 for entry in result.users) <= concurrency


@by_round
@pytest.mark.parametrize("on_error", ["stop", "continue"])
def test_an_error_of_one_account_is_its_own(case: Case, on_error: str, concurrency: int, seed: int) -> None:
    """500 with JSON: the server failed over this account, and may or may not have done it."""
    nth = position(seed, "500", on_error, concurrency)
    apply = bool(seed % 2)
    body = {"success": False, "error": "Internal server error"}
    case.server.fault("status", {**_RESET, "nth": nth}, status=500, body=body, apply=apply)
    result = case.run(concurrency=concurrency, on_error=on_error, retries=0)
    case.check(result)
    assert result.failed
    assert len(result.broken) == len(result.unknown) == 1
    if on_error == "continue":
        assert not result.not_attempted
        assert case.resets_seen == USERS
    else:
        # The others go on until the answer has come.
        assert case.resets_seen <= nth - 1 + 3 * concurrency
        assert result.not_attempted
    case.finish_the_rest(result, concurrency=4)


@by_round
def test_a_burst_of_429_is_waited_for(case: Case, concurrency: int, seed: int) -> None:
    """Everybody waits as long as the server says, and nobody is lost."""
    nth = position(seed, "burst", concurrency)
    case.server.fault("rate-limit", {**_RESET, "nth": nth, "count": concurrency}, seconds=1, old=bool(seed % 2))
    result = case.run(concurrency=concurrency, rate_limit_wait=30)
    case.check(result)
    assert not result.failed, result.data["msg"]
    assert case.resets_seen == USERS + concurrency


@by_round
def test_a_short_window_of_the_limiter_is_kept_to(case: Case, concurrency: int, seed: int) -> None:
    """The emulator's own limiter: so many calls in a window, then 429 until it is over."""
    calls = 100 + seed % 50
    case.server.settings({RATE_LIMITER: True, RATE_LIMIT_CALLS: calls, RATE_LIMIT_TIME: 1000})
    result = case.run(concurrency=concurrency, rate_limit_wait=60)
    case.check(result)
    assert not result.failed, result.data["msg"]
    # Whoever is in flight when a window closes is told so; then all wait.
    assert case.resets_seen <= USERS + concurrency * (USERS // calls + 2)


@by_round
@pytest.mark.parametrize("on_error", ["stop", "continue"])
def test_a_rate_limit_beyond_the_budget_ends_the_run(case: Case, on_error: str, concurrency: int, seed: int) -> None:
    nth = position(seed, "budget", on_error, concurrency)
    case.server.fault("rate-limit", {**_RESET, "nth": nth, "count": 0}, seconds=50)
    result = case.run(concurrency=concurrency, rate_limit_wait=5, on_error=on_error)
    case.check(result)
    assert result.code == "error-too-many-requests"
    assert not result.unknown
    assert case.resets_seen <= nth - 1 + concurrency
    case.server.control("faults", method="DELETE")
    case.finish_the_rest(result, concurrency=4)


@by_round
def test_a_revoked_token_ends_the_run(case: Case, concurrency: int, seed: int) -> None:
    nth = position(seed, "revoked", concurrency)
    case.server.fault("revoke-token", {**_RESET, "nth": nth})
    result = _ended_for_everybody(case, nth, concurrency)
    assert result.code == "not-authenticated"
    case.server.token(HELPDESK, kind="pat", name="again", bypassTwoFactor=True, token=SVC_BYPASS_TOKEN)
    case.finish_the_rest(result, concurrency=4)


@by_round
def test_a_permission_that_is_taken_away_ends_the_run(case: Case, concurrency: int, seed: int) -> None:
    nth = position(seed, "permission", concurrency)
    case.server.fault("drop-permission", {**_RESET, "nth": nth}, permission="edit-other-user-totp")
    result = _ended_for_everybody(case, nth, concurrency)
    assert result.code == "error-not-allowed"
    case.server.permissions({"edit-other-user-totp": ["admin", "helpdesk"]})
    case.finish_the_rest(result, concurrency=4)


@by_round
def test_two_factor_authentication_that_is_switched_off_ends_the_run(case: Case, concurrency: int, seed: int) -> None:
    nth = position(seed, "setting", concurrency)
    case.server.fault("set-setting", {**_RESET, "nth": nth}, id=TWO_FACTOR, value=False)
    result = _ended_for_everybody(case, nth, concurrency)
    assert result.code == "error-two-factor-not-enabled"
    case.server.settings({TWO_FACTOR: True})
    case.finish_the_rest(result, concurrency=4)


@by_round
def test_a_second_factor_that_fits_no_more_ends_the_run(case: Case, concurrency: int, seed: int) -> None:
    """Somebody changes the caller's password, which was its second factor, half way."""
    nth = position(seed, "factor", concurrency)
    case.server.fault("hang", {**_RESET, "nth": nth})
    answers = {"api_token": SVC_HELPDESK_TOKEN, "two_factor_method": "password"}
    process = case.start(
        concurrency=concurrency,
        on_error="continue",
        timeout=_SHORT,
        retries=1,
        two_factor_password=f"{HELPDESK}-pw-1",
        **answers,
    )
    # The one that hangs is sent again after a second, and by then nothing fits any more.
    case.until_struck(process)
    case.server.change_user(HELPDESK, password="another-pw-2")
    sent = case.resets_seen
    result = case.finish(process)
    case.check(result)
    assert result.code == "totp-invalid"
    assert case.resets_seen <= sent + 2 * concurrency
    case.finish_the_rest(result, concurrency=4, two_factor_password="another-pw-2", **answers)


def _ended_for_everybody(case: Case, nth: int, concurrency: int) -> Any:
    """Run on in spite of errors: what everybody would meet ends the run all the same, and at once."""
    result = case.run(concurrency=concurrency, on_error="continue", retries=2)
    case.check(result)
    assert len(result.done) == nth - 1
    assert 1 <= len(result.broken) <= concurrency
    assert not result.unknown
    assert case.resets_seen <= nth - 1 + concurrency
    return result


@by_round
def test_a_run_that_is_asked_to_end_finishes_what_is_under_way(case: Case, concurrency: int, seed: int) -> None:
    """SIGTERM while a reset is being answered."""
    nth = position(seed, "term", concurrency)
    case.server.fault("latency", {**_RESET, "nth": nth, "count": concurrency}, ms=500)
    process = case.start(concurrency=concurrency, on_error="continue")
    case.until_struck(process)
    case.ask_to_end(process)
    result = case.finish(process)
    case.check(result)
    assert result.code == "stopped"
    assert not result.broken
    assert nth <= len(result.done) == case.resets_seen < USERS
    case.server.control("faults", method="DELETE")
    case.finish_the_rest(result, concurrency=4)


@by_round
@pytest.mark.parametrize("waiting", ["rate-limit", "retry"])
def test_a_run_that_waits_ends_when_it_is_asked_to(case: Case, waiting: str, concurrency: int, seed: int) -> None:
    """SIGTERM while the module waits for the rate limit, or before another try."""
    nth = position(seed, "wait", waiting, concurrency)
    match = {**_RESET, "nth": nth, "count": 0}
    if waiting == "retry":
        case.server.fault("html", match, status=503)
    else:
        case.server.fault("rate-limit", match, seconds=120)
    process = case.start(concurrency=concurrency, on_error="continue", rate_limit_wait=600, retries=20)
    case.until_struck(process)
    case.ask_to_end(process)
    result = case.finish(process)
    case.check(result)
    assert result.code == "stopped"
    assert len(result.done) == nth - 1
    # A 503 may come from a proxy that passed the request on; a 429 says that nothing was done.
    assert (result.broken if waiting == "retry" else set()) == result.unknown
    assert case.resets_seen <= nth - 1 + 2 * concurrency
    case.server.control("faults", method="DELETE")
    case.finish_the_rest(result, concurrency=4)


def test_a_fault_is_reported_alike_through_a_playbook(case: Case, tmp_path: Path) -> None:
    """The whole way: ansible-playbook, the action plugin, the module, and back."""
    from tests.emulator.testing import REPO_ROOT
    from tests.faults.harness import Result
    from tests.integration.runner import Ansible, Task, bypassing

    seed = SEEDS[-1]
    nth = position(seed, "playbook")
    home = tmp_path / "collections" / "ansible_collections" / "chatops"
    home.mkdir(parents=True)
    (home / "rocketchat").symlink_to(REPO_ROOT)
    case.server.fault("drop-permission", {**_RESET, "nth": nth}, permission="edit-other-user-totp")
    (tmp_path / "play").mkdir()
    run = Ansible(tmp_path / "play", tmp_path / "collections")(
        {"broken": Task(bypassing(case.server, usernames=NAMES, concurrency=4, on_error="continue"))}
    )
    assert "Traceback" not in run.everything
    result = Result(1, run.results["broken"])
    case.check(result)
    assert result.code == "error-not-allowed"
    assert len(result.done) == nth - 1, f"seed {seed}"
    case.server.permissions({"edit-other-user-totp": ["admin", "helpdesk"]})
    case.finish_the_rest(result, concurrency=4)
