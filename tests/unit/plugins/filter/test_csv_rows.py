# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables as another department sends them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.chatops.rocketchat.plugins.filter.csv_rows import FilterModule, csv_rows


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_forms(separator: str, line_end: str, mark: str) -> None:
    lines = [["username", " day "], ["alice", " 2026-03-01"], ["", ""], [f'"b{separator}b"', "x"]]
    text = mark + line_end.join(separator.join(line) for line in lines)
    assert FilterModule().filters()["csv_rows"](text) == [
        {"username": "alice", "day": "2026-03-01"},
        {"username": f"b{separator}b", "day": "x"},
    ]


def test_commas_in_values_do_not_mislead() -> None:
    assert csv_rows("name;day\nO'Neil, Erin;1") == [{"name": "O'Neil, Erin", "day": "1"}]


@pytest.mark.parametrize("header", ['"name, first, or both";day', 'day;"name, first, or both"'])
def test_commas_in_names_in_quotes_do_not_mislead(header: str) -> None:
    assert list(csv_rows(f"{header}\n1;2")[0]) == [name.strip('"') for name in header.split(";")]


def test_known_columns_have_any_case() -> None:
    rows = csv_rows("Username;LEAVES_ON;Room\nalice;1;2", required=["leaves_on"], optional=["username", "email"])
    assert rows == [{"username": "alice", "leaves_on": "1", "Room": "2"}]


def test_a_header_alone() -> None:
    assert csv_rows("username,day\n", required=["day"]) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "takes the text of a CSV file"),
        ("a,b\n1\n", "The table has 2 columns, but line 2 has 1."),
        ("a,b\n1,2,3\n", "The table has 2 columns, but line 2 has 3."),
        ("b,c\n1,2\n", "The table lacks the column a. Its first line names: b, c."),
        ("", "The table lacks the column a. Its first line names: nothing."),
        ("a,b,a\n", "names a column twice: 'a'."),
        ("A,b,a\n", "names a column twice: 'a'."),
        ('a,b\n"x,y\n', "cannot be read"),
        # Latin-1, and UTF-16 with its mark, as Ansible reads them.
        ("a,b\n\nm\udcfcller,2\n", "Line 3 of the table is not UTF-8. Save the table as UTF-8"),
        ("\udcff\udcfea\0,\0b\0\n", "Line 1 of the table is not UTF-8"),
    ],
)
def test_mistakes(text: Any, words: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        csv_rows(text, required=["a"])
    assert words in str(caught.value)


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", "sep=;  ", "\n\nsep=;"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_line_that_excel_writes_for_itself_is_no_header(first: str, mark: str, line_end: str) -> None:
    text = mark + line_end.join([first, "name;day", "O'Neil, Erin, Ph.D.;1"])
    assert csv_rows(text, required=["name"]) == [{"name": "O'Neil, Erin, Ph.D.", "day": "1"}]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_it_says_is_believed(separator: str) -> None:
    # Counting would find another one.
    other = "," if separator != "," else ";"
    text = f"sep={separator}\na{other}b{other}c{separator}d\n1{separator}2\n"
    assert csv_rows(text) == [{f"a{other}b{other}c": "1", "d": "2"}]


def test_a_column_of_that_name_is_a_column() -> None:
    assert csv_rows("sep=x;day\n1;2") == [{"sep=x": "1", "day": "2"}]
    assert csv_rows("sep=;day\n1;2") == [{"sep=": "1", "day": "2"}]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-8", "UTF-8-sig"])
def test_other_encodings_are_read_where_they_are_named(encoding: str) -> None:
    # As Ansible reads a file: as UTF-8, and what is none is kept.
    text = "Name;Straße\r\nMüller;1\r\n".encode(encoding).decode("utf-8", "surrogateescape")
    assert csv_rows(text, encoding=encoding) == [{"Name": "Müller", "Straße": "1"}]


@pytest.mark.parametrize(
    ("text", "encoding", "words"),
    [("a\nM\udcfcller\n", "utf-32", "is not utf-32"), ("a\n1\n", "klingon", "There is no encoding 'klingon'.")],
)
def test_an_encoding_that_it_is_not(text: str, encoding: str, words: str) -> None:
    with pytest.raises(AnsibleFilterError, match=words):
        csv_rows(text, encoding=encoding)


def test_accents_of_a_known_column_may_be_composed_or_not() -> None:
    assert csv_rows("Schlu\u0308ssel\n1\n", required=["schl\u00fcssel"]) == [{"schl\u00fcssel": "1"}]


def test_lines_are_counted_as_in_the_file_where_that_is_asked_for() -> None:
    assert csv_rows('a\n\n"x\ny"\nz\n', line="no") == [{"a": "x\ny", "no": 4}, {"a": "z", "no": 5}]
