"""CSV for spreadsheets: harmless, and read back as it was."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.sheet import cell, csv_text


def read(text: str) -> list[list[str]]:
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=";"))


def test_numbers_dates_and_nothing() -> None:
    row = [1, -2, 0.5, 1 / 3, 2.0, True, None, date(2026, 11, 23), datetime(2026, 11, 23, 8, 30, tzinfo=UTC), "åäö"]
    assert read(csv_text(["a"], [row]))[1] == [
        "1", "-2", "0,5", "0,3333", "2", "1", "", "2026-11-23", "2026-11-23 09:30:00", "åäö",
    ]  # fmt: skip
    assert cell(0.5, ",") == "0.5"


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+46701740601", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "＝1", "\ufeff=cmd|' /C'!A0"],
)
def test_text_that_looks_like_a_formula_is_made_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@given(st.lists(st.lists(st.text(), min_size=2, max_size=4), max_size=5))
def test_no_cell_begins_as_a_formula_and_nothing_else_is_changed(rows: list[list[str]]) -> None:
    found = read(csv_text(["rubrik"], rows))[1:]
    for line, row in zip(found, rows, strict=True):
        for written, given_text in zip(line, row, strict=True):
            assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
            assert written.removeprefix("'") == given_text.replace("\x00", "").removeprefix("'")
