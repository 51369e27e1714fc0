# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of people from anywhere, and what stands in them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.chatops.rocketchat.plugins.filter.csv_rows import csv_rows
from ansible_collections.chatops.rocketchat.plugins.filter.people import FilterModule, people


def test_only_what_is_compared_is_kept() -> None:
    rows = [{"Name": "Alice", "E-Mail": " alice@example.com ", "Salary": 1}, {"E-Mail": None}, {"E-Mail": ""}]
    assert FilterModule().filters()["people"](rows, column="e-mail") == [
        {"row": 1, "keys": ["alice@example.com"]},
        {"row": 2, "keys": []},
        {"row": 3, "keys": []},
    ]


def test_rows_of_a_table_are_counted_as_in_the_file() -> None:
    rows = csv_rows("Mail\n\nalice@example.com\n", line="(line)")
    assert people(rows, column="mail", line="(line)") == [{"row": 3, "keys": ["alice@example.com"]}]


def test_keys_alone_and_people_with_several() -> None:
    found = people(["a@example.com", ["b@example.com", "c@example.com"]])
    assert [entry["keys"] for entry in found] == [["a@example.com"], ["b@example.com", "c@example.com"]]


def test_numbers_of_a_database() -> None:
    assert people([{"number": 4711}], match="number") == [{"row": 1, "keys": ["4711"]}]


def test_accents_in_the_name_of_a_column_may_be_composed_or_not() -> None:
    assert people([{"Schlu\u0308ssel": "x"}], match="key", column="SCHL\u00dcSSEL")[0]["keys"] == ["x"]


@pytest.mark.parametrize(
    ("value", "given", "words"),
    [
        ("alice@example.com", {}, "must be a list of mappings or of texts"),
        ({"email": "a@example.com"}, {}, "must be a list of mappings or of texts"),
        ([{"email": "n/a"}], {}, "Row 1 of the list of people, column 'email': 'n/a' is no e-mail address."),
        ([{"email": "a@x.org, b@x.org"}], {}, "'a@x.org, b@x.org' is no e-mail address"),
        ([{"email": "a@x.org"}, {"mail": "b@x.org"}], {}, "Row 2 of the list of people has no column 'email'."),
        ([{"email": "a@x.org", "E-MAIL": "", "Email": ""}], {}, "has several columns 'email'"),
        ([{"email": True}], {}, "column 'email' holds neither a text nor a whole number"),
        ([{"id": "a\u200bb"}], {"match": "id"}, "has a character that cannot be seen"),
    ],
)
def test_what_cannot_be_a_key_is_refused_by_row_and_column(value: Any, given: dict[str, str], words: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        people(value, **given)
    assert words in str(caught.value)
