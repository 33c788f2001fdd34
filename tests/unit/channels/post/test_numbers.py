"""Checksums, against numbers that the authorities publish, and as laws."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.post import numbers, wording

TODAY = date(2026, 11, 23)
NINE = st.text("0123456789", min_size=9, max_size=9)


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("640823-3234", "196408233234"),  # example of Skatteverket's SKV 704
        ("19640823-3234", "196408233234"),
        ("196408233234", "196408233234"),
        ("640883-3231", "196408833231"),  # SKV 707: co-ordination number, day + 60
        ("900118+9811", "189001189811"),  # a plus sign: a hundred years or older
        ("640823-3235", ""),
        ("640832-3234", ""),
        ("19641323-3234", ""),
        ("12345", ""),
        ("", ""),
    ],
)
def test_personal_numbers(written: str, digits: str) -> None:
    assert numbers.personal_number(written, TODAY) == digits


def test_a_co_ordination_number_is_told_apart() -> None:
    assert numbers.is_coordination("196408833231")
    assert not numbers.is_coordination("196408233234")


@pytest.mark.parametrize(
    ("written", "digits"),
    [("202100-5489", "2021005489"), ("16202100-5489", "2021005489"), ("202100-5488", ""), ("640823-3234", "")],
)
def test_organisation_numbers(written: str, digits: str) -> None:
    assert numbers.organisation_number(written) == digits


@given(NINE)
def test_the_digit_made_is_the_digit_accepted(nine: str) -> None:
    assert numbers.has_luhn(nine + numbers.luhn_digit(nine))


@given(NINE, st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(nine: str, place: int, more: int) -> None:
    wrong = nine[:place] + str((int(nine[place]) + more) % 10) + nine[place + 1 :]
    assert not numbers.has_luhn(wrong + numbers.luhn_digit(nine))


@given(st.integers(0, 2**32))
def test_invented_people_have_valid_numbers(seed: int) -> None:
    digits = wording.personal_number(random.Random(seed))
    assert numbers.personal_number(digits, TODAY) == digits
    assert digits[8:11] in ("238", "239")
    assert numbers.organisation_number(wording.organisation_number(random.Random(seed)))


@given(st.text(max_size=40))
def test_any_text_gives_twelve_digits_or_nothing(text: str) -> None:
    assert len(numbers.personal_number(text, TODAY)) in (0, 12)
    assert len(numbers.organisation_number(text)) in (0, 10)
