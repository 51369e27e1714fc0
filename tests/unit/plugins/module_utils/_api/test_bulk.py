# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many items: order kept, one outcome each, and what ends a run."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from ansible_collections.chatops.rocketchat.plugins.module_utils._api.bulk import Outcome, each, in_order, listed, named
from ansible_collections.chatops.rocketchat.plugins.module_utils._api.errors import RocketChatError, TargetError

CONCURRENCY = pytest.mark.parametrize("concurrency", [1, 4])


def worker(**errors: RocketChatError) -> Callable[[str], str]:
    """Return work that fails for the items named."""

    def work(item: str) -> str:
        if item in errors:
            raise errors[item]
        return item.upper()

    return work


ONE = TargetError("user-not-found", "one")
ALL = RocketChatError("not-authenticated", "all")


@CONCURRENCY
def test_every_item_has_its_outcome_in_its_place(concurrency: int) -> None:
    items = [f"item{number}" for number in range(50)]
    outcomes = each(items, worker(), keep_going=False, concurrency=concurrency)
    assert [one.value for one in outcomes] == [item.upper() for item in items]


@CONCURRENCY
def test_keep_going_goes_on_after_what_concerns_one_item(concurrency: int) -> None:
    outcomes = each(list("abcd"), worker(a=ONE, c=ONE), keep_going=True, concurrency=concurrency)
    assert [(one.value, one.error) for one in outcomes] == [(None, ONE), ("B", None), (None, ONE), ("D", None)]


@CONCURRENCY
@pytest.mark.parametrize(("error", "keep_going"), [(ONE, False), (ALL, False), (ALL, True)])
def test_nothing_is_begun_after_an_error_that_ends_the_run(
    concurrency: int, error: RocketChatError, keep_going: bool
) -> None:
    outcomes = each(list("abcdef"), worker(a=error), keep_going=keep_going, concurrency=concurrency)
    assert outcomes[0].error is error
    assert [one == Outcome() for one in outcomes] == [False] + [True] * 5


def test_the_error_of_a_later_item_leaves_the_earlier_ones_done() -> None:
    outcomes = each(list("abcd"), worker(c=ALL), keep_going=True)
    assert [one == Outcome() for one in outcomes] == [False, False, False, True]
    assert [one.value for one in outcomes] == ["A", "B", None, None]


def test_the_first_item_goes_alone_and_the_others_together() -> None:
    first_done = threading.Event()
    together = threading.Barrier(3, timeout=5)

    def work(item: int) -> int:
        if item == 0:
            first_done.set()
            return item
        assert first_done.is_set()
        together.wait()
        return item

    outcomes = each(range(4), work, keep_going=False, concurrency=3)
    assert [one.value for one in outcomes] == [0, 1, 2, 3]


@CONCURRENCY
def test_nothing_to_do_is_no_error(concurrency: int) -> None:
    assert each([], worker(), keep_going=False, concurrency=concurrency) == []


def test_a_defect_of_the_program_is_not_swallowed() -> None:
    def work(_item: str) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        each(list("abcd"), work, keep_going=True, concurrency=2)


def test_few_messages_are_all_told() -> None:
    assert listed([f"m{number}." for number in range(10)]) == " ".join(f"m{number}." for number in range(10))


def test_of_many_messages_the_first_are_told_and_the_rest_counted() -> None:
    text = listed([f"m{number}." for number in range(25)])
    assert "m9." in text
    assert "m10." not in text
    assert "15 more" in text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "u0"),
        (10, "u0, u1, u2, u3, u4, u5, u6, u7, u8, u9"),
        (12, "u0, u1, u2, u3, u4, u5, u6, u7, u8, u9 and 2 more"),
    ],
)
def test_of_many_names_the_first_are_told_and_the_rest_counted(number: int, text: str) -> None:
    assert named([f"u{one}" for one in range(number)]) == text


@pytest.mark.parametrize(("items", "concurrency"), [(5, 1), (2, 4), (3, 4), (5, 32)])
def test_whether_items_are_taken_in_order_is_told_truly(items: int, concurrency: int) -> None:
    """The first one waits for no other; whether the last waits for the one before shows in who is under way at once."""
    under_way: set[int] = set()
    together: list[int] = []
    begun = threading.Barrier(min(concurrency, items - 1)) if not in_order(range(items), concurrency) else None

    def work(item: int) -> None:
        under_way.add(item)
        if begun and 0 < item < begun.parties + 1:
            begun.wait(10)
        together.append(len(under_way))
        under_way.discard(item)

    each(range(items), work, keep_going=False, concurrency=concurrency)
    assert (max(together) == 1) is in_order(range(items), concurrency)
    assert together[0] == 1
