"""Addresses in the window, and the code that leads a scanned letter home. Pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.errors import Refused
from contactcenter.letters import address, marks
from contactcenter.letters.marks import LetterMark

NUMBERS = st.builds("KC-{:04d}-{:06d}".format, st.integers(2020, 2099), st.integers(0, 999_999))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Eva Berg\nStorgatan 5\n12345 Solvik", ["Eva Berg", "Storgatan 5", "123 45  SOLVIK"]),
        ("Eva Berg, Storgatan 5, 123 45 Solvik", ["Eva Berg", "Storgatan 5", "123 45  SOLVIK"]),
        ("  Eva  Berg \r\n\r\nc/o Ek\nBox 12\nSE-123 45  Solvik\n", ["Eva Berg", "c/o Ek", "Box 12", "123 45  SOLVIK"]),
        ("Solviks kommun\n123 80 Solvik", ["Solviks kommun", "123 80  SOLVIK"]),
        ("Kari Nordmann\nGata 1\n0150 Oslo\nNorge", ["Kari Nordmann", "Gata 1", "0150 Oslo", "NORGE"]),
    ],
)
def test_addresses_that_letters_arrive_at(text: str, lines: list[str]) -> None:
    assert address.parse(text) == lines


@pytest.mark.parametrize(
    "text",
    [
        "", "Eva Berg", "Eva Berg\nStorgatan 5\nSolvik", "Eva Berg\nStorgatan\nNågonstans\nNorge",
        "Eva Berg\nStorgatan 5\n1234 Solvik", "Eva Berg\nStorgatan 5\n12345", "x" * 46 + "\nStorgatan 5\n12345 Solvik",
        "\n".join(["rad"] * 8) + "\n12345 Solvik",
    ],
)  # fmt: skip
def test_addresses_that_no_letter_arrives_at(text: str) -> None:
    with pytest.raises(Refused, match=r"address|line"):
        address.parse(text)


@given(st.text(max_size=300))
def test_whatever_is_written_fits_the_window_or_is_refused(text: str) -> None:
    try:
        lines = address.parse(text)
    except Refused:
        return
    assert 2 <= len(lines) <= address.LINES
    assert all(line.isprintable() and line == line.strip() for line in lines)
    assert address.parse("\n".join(lines)) == lines


@given(NUMBERS, st.integers(0, 10**12))
def test_our_code_leads_home(number: str, contact_id: int) -> None:
    assert marks.parse(marks.code(number, contact_id)) == LetterMark(number, contact_id)


@given(NUMBERS, st.integers(0, 10**6), st.data())
def test_no_other_code_does(number: str, contact_id: int, data: st.DataObject) -> None:
    code = marks.code(number, contact_id)
    place = data.draw(st.integers(0, len(code) - 1))
    sign = data.draw(st.characters(codec="utf-8").filter(lambda one: one != code[place]))
    assert marks.parse(code[:place] + sign + code[place + 1 :]) in (None, LetterMark(number, contact_id))
    assert marks.parse(code[: -1 - place % 16]) is None
    foreign = marks.code("KC-2020-000001", contact_id).rpartition(":")[2]
    assert number == "KC-2020-000001" or marks.parse(f"KC2:{number}:{contact_id}:{foreign}") is None
