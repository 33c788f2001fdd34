"""Separator sheets: what is printed is what is read, and nothing else is taken for one."""

import io

import pikepdf
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from channels.post import codes, sheets
from channels.post.codes import Separator
from channels.post.sheets import SheetEntry

KEYS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


@given(KEYS, KEYS, st.integers(0, 9999))
def test_what_a_sheet_says_is_what_is_read(unit: str, topic: str, pages: int) -> None:
    assert codes.parse(codes.payload(unit, topic, pages)) == Separator(unit, topic, pages)


@given(st.text())
def test_other_codes_are_no_sheets(text: str) -> None:
    found = codes.parse(text)
    assert found is None or text.startswith(codes.MARK) or text.strip().upper() == codes.PATCH_T


@given(st.integers(4, 40), st.characters(exclude_categories=["Cs"]))
def test_a_damaged_code_is_not_believed(place: int, sign: str) -> None:
    good = codes.payload("solvik.bygg", "bygg.bygglov", 3)
    wrong = good[:place] + sign + good[place + 1 :]
    assert wrong == good or codes.parse(wrong) == Separator(problem="separator_damaged")


def test_codes_of_one_page_that_disagree_are_for_a_human() -> None:
    one, other = codes.payload("solvik"), codes.payload("granby")
    assert codes.from_codes([one, one, "http://example.com"]) == Separator("solvik")
    assert codes.from_codes([one, other]) == Separator(problem="separator_ambiguous")
    assert codes.from_codes(["http://example.com"]) is None
    assert codes.from_codes([one[:-1] + "X", one]) == Separator("solvik")
    assert codes.from_codes(["PATCHT"]) == Separator()


def test_a_sheet_carries_five_codes_and_its_words() -> None:
    entry = SheetEntry("solvik.bygg", "Bygg- och miljöförvaltningen", "bygg.bygglov", "Bygglov", 3)
    with pikepdf.open(io.BytesIO(sheets.separator_sheets([entry, entry]))) as document:
        assert len(document.pages) == 2
    picture = sheets.drawn_sheet(entry, 150)
    found = zxingcpp.read_barcodes(picture)
    assert [code.text for code in found] == [codes.payload("solvik.bygg", "bygg.bygglov", 3)] * 5


@pytest.mark.parametrize("covered", [(0.0, 0.8), (0.2, 1.0)])
def test_one_whole_code_is_enough(covered: tuple[float, float]) -> None:
    picture = sheets.drawn_sheet(SheetEntry("solvik", "Solvik"), 100)
    top, bottom = (round(picture.height * share) for share in covered)
    picture.paste(255, (0, top, picture.width, bottom))
    assert {code.text for code in zxingcpp.read_barcodes(picture)} == {codes.payload("solvik")}
