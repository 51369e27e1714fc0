# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that come from outside: each is understood, or refused with a sentence."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.find import wanted_targets
from ansible_collections.chatops.rocketchat.plugins.module_utils._accounts.user import User, user_from
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import (
    InputError,
    RocketChatError,
    TwoFactorChallenge,
    UnexpectedAnswer,
    refusal,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.options import (
    SecondFactor,
    connection,
    second_factor,
)
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.rate_limit import RateLimit, wait_seconds
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.times import iso, parse_http_date, parse_time
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.two_factor import TwoFactor

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=10), inner, max_size=3)),
    max_leaves=8,
)
digits = st.text("0123456789", min_size=1, max_size=4)
almost_times = st.one_of(
    st.text(max_size=40),
    st.from_regex(r"\A\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([.,]\d{1,9})?\s?(Z|z|[+-]\d\d:?\d\d)\Z"),
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
)


@given(text=almost_times)
@example(text="0001-01-01T00:00:00+23:59")
@example(text="9999-12-31T23:59:59-23:59")
def test_a_time_is_aware_or_none(text: str) -> None:
    moment = parse_time(text)
    assert moment is None or moment.utcoffset() == timedelta(0)
    if moment is not None:
        again = parse_time(iso(moment))
        assert again is not None
        assert abs(again - moment) < timedelta(milliseconds=1)


@given(
    text=st.one_of(
        st.text(max_size=40),
        st.lists(
            st.sampled_from(["Mon,", "02", "99", "Mar", "2026", "9" * 11, "10:00:00", "-0000", "+99999", "GMT"])
        ).map(" ".join),
    )
)
@example(text="Mon, 99 Mar 99999999999 10:00:00 GMT")
def test_a_date_header_is_aware_or_none(text: str) -> None:
    moment = parse_http_date(text)
    assert moment is None or moment.utcoffset() is not None


@given(
    moment=st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1)),
    offset=st.integers(-14 * 60, 14 * 60),
)
def test_a_time_is_the_moment_that_was_written(moment: datetime, offset: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
    assert parse_time(aware.isoformat()) == aware


@given(
    words=st.one_of(
        st.text(max_size=60),
        st.integers(0, 10**400).map(lambda number: f"You must wait {number} seconds before trying again."),
        st.text(max_size=5).map(lambda number: f"You must wait {number} seconds"),
    ),
    reset=st.one_of(st.none(), st.text(max_size=20), st.integers().map(str), st.integers(0, 10**400).map(str)),
    now=st.floats(0, 1e11),
)
@example(words="You must wait " + "9" * 400 + " seconds", reset=None, now=0.0)
@example(words="You must wait ٣ seconds", reset=None, now=0.0)
@example(words="", reset="9" * 400, now=0.0)
def test_a_wait_is_a_number_of_seconds(words: str, reset: str | None, now: float) -> None:
    headers = {} if reset is None else {"x-ratelimit-reset": reset}
    seconds = wait_seconds(words, headers, now)
    assert seconds >= 0
    assert not math.isnan(seconds)
    try:
        RateLimit(300.0, clock=lambda: now).hold(seconds, words)
    except RocketChatError as error:
        assert error.code == "error-too-many-requests"
        # What a run reports has to be JSON, which knows no infinity.
        json.dumps(error.as_dict(), allow_nan=False)


_USER_KEYS = [
    "_id",
    "username",
    "active",
    "federated",
    "canViewAllInfo",
    "lastLogin",
    "createdAt",
    "name",
    "type",
    "roles",
    "emails",
    "requirePasswordChange",
    "customFields",
    "services",
]
records = st.one_of(
    anything,
    st.dictionaries(
        st.sampled_from(_USER_KEYS),
        st.one_of(
            anything,
            almost_times,
            st.lists(st.one_of(anything, st.fixed_dictionaries({"address": anything, "verified": anything}))),
        ),
    ),
    st.fixed_dictionaries(
        {"_id": st.text(min_size=1, max_size=5)}, optional={key: anything for key in _USER_KEYS if key != "_id"}
    ),
)


@given(record=records)
def test_a_user_has_an_id_and_types_that_hold(record: Any) -> None:
    try:
        user = user_from(record)
    except UnexpectedAnswer as error:
        assert error.code == "not-rocketchat"
        return
    assert isinstance(user, User)
    assert user.user_id.strip()
    assert isinstance(user.username, str)
    assert user.active in (True, False, None)
    for moment in (user.last_login, user.created_at):
        assert moment is None or moment.tzinfo is not None
    assert user.roles is None or all(isinstance(role, str) for role in user.roles)
    assert user.emails is None or all(isinstance(address, str) for address, _verified in user.emails)


details = st.one_of(
    st.dictionaries(
        st.sampled_from(["method", "codeGenerated", "availableMethods", "emailOrUsername", "codeExpires", "function"]),
        st.one_of(anything, st.sampled_from(["totp", "email", "password"])),
    ),
    st.dictionaries(st.text(max_size=10), anything, max_size=3),
)
factors = st.sampled_from(
    [
        SecondFactor(),
        SecondFactor(seed=SEED),
        SecondFactor(password="pw"),
        SecondFactor(method="email", code="123456"),
        SecondFactor(method="totp", code="12345678"),
        SecondFactor(method="password", password="pw"),
    ]
)


@given(code=st.sampled_from(["totp-required", "totp-invalid", "totp-max-attempts"]), details=details, given_=factors)
def test_a_challenge_is_answered_or_explained(code: str, details: dict[str, Any], given_: SecondFactor) -> None:
    challenge = refusal(code, "words of the server", details)
    assert isinstance(challenge, TwoFactorChallenge)
    two_factor = TwoFactor(given_, clock=lambda: 1_000_000.0)
    try:
        answered = two_factor.answer(challenge)
    except TwoFactorChallenge as error:
        assert error.message
        return
    assert two_factor.can_answer(answered.method)
    assert set(answered.headers()) == {"x-2fa-method", "x-2fa-code"}
    assert answered.value.isascii()
    two_factor.renewed(answered)
    two_factor.second_try(answered, challenge)
    assert two_factor.rejected(answered, challenge).message


urls = st.one_of(
    st.text(max_size=40),
    st.text(max_size=20).map(lambda rest: f"https://{rest}"),
    st.text(":/[]@?#%0123456789.abcx-", max_size=25).map(lambda rest: f"http://{rest}"),
    st.tuples(st.sampled_from(["http", "https", "ftp", "HTTP"]), st.text(max_size=15), st.integers(-1, 99999)).map(
        lambda parts: f"{parts[0]}://{parts[1]}:{parts[2]}/"
    ),
)
_CONNECTION: dict[str, Any] = {
    "timeout": 5.0,
    "retries": 0,
    "rate_limit_wait": 0.0,
    "http_agent": "fuzz",
    "validate_certs": True,
    "use_proxy": False,
}


@given(url=urls)
@example(url="http://[::1")
@example(url="http://a:b")
@example(url="http://\u2100.example")
@example(url="https://xn--\ud800")
def test_an_address_is_taken_or_refused_with_a_sentence(url: str) -> None:
    try:
        taken = connection({**_CONNECTION, "api_url": url})
    except InputError as error:
        assert error.message.startswith("api_url")
        return
    assert taken.url.startswith(("http://", "https://"))
    assert not taken.url.endswith("/")


@given(
    timeout=st.floats(),
    retries=st.integers(),
    rate_limit_wait=st.floats(),
    agent=st.text(max_size=20),
)
def test_numbers_and_agents_are_taken_or_refused(
    timeout: float, retries: int, rate_limit_wait: float, agent: str
) -> None:
    options = {**_CONNECTION, "timeout": timeout, "retries": retries, "rate_limit_wait": rate_limit_wait}
    try:
        taken = connection({**options, "api_url": "http://127.0.0.1", "http_agent": agent})
    except InputError:
        return
    assert 0 < taken.timeout <= 86400
    assert 0 <= taken.rate_limit_wait <= 86400
    assert taken.http_agent.isprintable()


def _refused(seed: str) -> str:
    with pytest.raises(InputError) as caught:
        second_factor({"two_factor_secret": seed})
    return re.sub(r"\d+ bits", "N bits", caught.value.message)


_BAD_SEEDS = {_refused("123456"), _refused("AAAA")}


@given(seed=st.one_of(st.text(max_size=60), st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567= -", max_size=60)))
@example(seed="ſ" * 32)
def test_a_seed_gives_codes_or_is_refused(seed: str) -> None:
    try:
        factor = second_factor({"two_factor_secret": seed})
    except InputError as error:
        assert error.message.startswith("two_factor_secret")
        # One sentence whatever was given, but for how long it is: so nothing of it can be in there.
        assert re.sub(r"\d+ bits", "N bits", error.message) in _BAD_SEEDS
        return
    if factor.seed is not None:
        code = TwoFactor(factor, clock=lambda: 1_000_000.0).code("totp").value
        assert len(code) == 6
        assert code.isdigit()


@given(
    method=st.sampled_from([None, "totp", "email", "password"]),
    code=st.none() | st.text(max_size=12),
    secret=st.none() | st.just(SEED),
    password=st.none() | st.text(max_size=8),
)
def test_what_is_given_for_the_second_factor_is_whole_or_refused(
    method: str | None, code: str | None, secret: str | None, password: str | None
) -> None:
    given_options = {
        "two_factor_method": method,
        "two_factor_code": code,
        "two_factor_secret": secret,
        "two_factor_password": password,
    }
    try:
        factor = second_factor(given_options)
    except InputError:
        return
    two_factor = TwoFactor(factor, clock=lambda: 1_000_000.0)
    for name in ("totp", "email", "password"):
        if two_factor.can_answer(name):
            assert all(value.isascii() and value.isprintable() for value in two_factor.code(name).headers().values())
    # Without a code, the method email asks for one to be mailed.
    if method is not None and not (method == "email" and not code):
        assert two_factor.can_answer(method)


@given(
    usernames=st.none() | st.lists(st.one_of(st.text(max_size=8), anything), max_size=4),
    user_ids=st.none() | st.lists(st.text(max_size=8), max_size=4),
)
def test_targets_are_whole_names_or_refused(usernames: list[Any] | None, user_ids: list[str] | None) -> None:
    try:
        targets = wanted_targets(usernames, user_ids)
    except InputError:
        return
    assert len(set(targets)) == len(targets)
    for target in targets:
        assert target.value
        assert target.value == target.value.strip()
        assert target.value.isprintable()
