"""Only what we signed proves a case."""

from hypothesis import given
from hypothesis import strategies as st

from contactcenter import tokens

NUMBERS = st.builds("KC-{}-{:06d}".format, st.integers(2020, 2099), st.integers(1, 999_999))


@given(NUMBERS, st.text(max_size=30), st.text(max_size=30))
def test_our_token_is_found_in_any_subject(number: str, before: str, after: str) -> None:
    assert number in tokens.verified(f"{before} {tokens.subject_token(number)} {after}")


@given(NUMBERS)
def test_a_plus_address_proves_its_case_in_any_case(number: str) -> None:
    address = tokens.plus_address("bygg@solvik.example", number)
    assert tokens.verified(address) == tokens.verified(address.upper()) == [number]


@given(NUMBERS, NUMBERS)
def test_a_token_proves_no_other_case(mine: str, other: str) -> None:
    forged = f"[{other}-{tokens.sign(mine)}]"
    assert tokens.verified(forged) == ([other] if mine == other else [])


@given(NUMBERS)
def test_a_bare_number_is_mentioned_and_proves_nothing(number: str) -> None:
    assert tokens.verified(f"Angående {number}") == []
    assert tokens.mentioned(f"angående {number.lower().replace('-', ' ')}") == [number]


@given(st.text())
def test_any_text_is_harmless(text: str) -> None:
    assert tokens.verified(text) == []
