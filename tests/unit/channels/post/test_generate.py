"""The generator: the same seed makes the same scan, and nothing in it could be a real person's."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from channels.post import generate, wording


def test_the_same_seed_makes_the_same_page() -> None:
    look = generate.with_look("fax", 100)
    made = generate.made_letter(7)
    first, second = (generate.scanned(made, look, 7)[0] for _ in range(2))
    assert first.image.tobytes() == second.image.tobytes()
    assert first.text == second.text
    assert made.person.name in first.text


@settings(max_examples=50)
@given(st.integers(0, 2**32))
def test_invented_people_only(seed: int) -> None:
    who = wording.person(random.Random(seed))
    assert who.email.rpartition("@")[2] in ("example.com", "example.org")
    assert who.email.isascii()
    assert who.phone.startswith("070-174 06")
    assert who.personal_number[8:11] in ("238", "239")
    assert wording.organisation_number(random.Random(seed)).startswith("999")
