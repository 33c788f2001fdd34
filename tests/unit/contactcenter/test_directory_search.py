"""Finding people as one types: by ear, without dots, by what they do, by the end of a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.directory.index import Entry, Index
from contactcenter.directory.words import folded, sounds, words

HERE = frozenset({1})
PEOPLE = [
    Entry(1, "Anna Berg", "Bygglovshandläggare", "Bygg och miljö", ("bygglov", "attefallshus"), ("46101234511",), 1),
    Entry(2, "Björn Åkesson", "Miljöinspektör", "Bygg och miljö", ("avlopp",), ("46101234512", "2012"), 1),
    Entry(3, "Karl Lindqvist", "Rektor", "Ängsskolan", (), ("46701740605",), 1),
    Entry(4, "Åsa Öberg", "Handläggare", "Försörjning", ("ekonomiskt bistånd",), (), 1),
    Entry(5, "Berit Annasdotter", "Handläggare", "Bergslagen", (), (), 1),
    Entry(6, "Anna Granbo", "", "Granby", (), (), 2),
]
INDEX = Index(PEOPLE)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("anna berg", 1), ("berg anna", 1), ("ann ber", 1), ("bygglov", 1), ("BYGGL", 1), ("akesson", 2), ("Åkeson", 2),
        ("bjorn", 2), ("carl lindkvist", 3), ("lindquist", 3), ("aasa oeberg", 4), ("asa", 4), ("oberg", 4),
        ("ekonomiskt bistand", 4), ("0101234511", 1), ("010-123 45 12", 2), ("+46 70 174 06 05", 3), ("4511", 1),
        ("2012", 2), ("rektor ang", 3),
    ],
)  # fmt: skip
def test_the_one_who_is_meant_comes_first(query: str, first: int) -> None:
    assert INDEX.find(query, HERE, 5)[:1] == [first]


@pytest.mark.parametrize("query", ["", " ", "zzz", "anna zzz", "12", "🙂", "anna granbo"])
def test_who_is_not_there_or_of_another_municipality_is_not_found(query: str) -> None:
    assert INDEX.find(query, HERE, 5) == []


def test_a_whole_name_is_better_than_the_beginning_of_a_unit() -> None:
    assert INDEX.find("berg", HERE, 5)[0] == 1
    assert set(INDEX.find("berg", HERE, 5)) == {1, 4, 5} - {4}


@pytest.mark.parametrize(
    ("one", "other"),
    [("carlsson", "karlson"), ("gustavsson", "gustafson"), ("lindqvist", "lindkvist"), ("christer", "krister"),
     ("wallin", "vallin"), ("tomas", "thomas"), ("eriksson", "ericsson"), ("zetterlund", "setterlund"),
     ("dahl", "dal"), ("sofia", "sophia"), ("schmidt", "sjmit")],
)  # fmt: skip
def test_what_sounds_alike_is_alike(one: str, other: str) -> None:
    assert sounds(one) == sounds(other)


@given(st.lists(st.text(max_size=30), max_size=30), st.text(max_size=30))
def test_whoever_is_in_it_is_found_by_each_beginning_of_their_name(names: list[str], more: str) -> None:
    everybody = [*names, more]
    index = Index([Entry(number, name, organisation_id=1) for number, name in enumerate(everybody)])
    for number, name in enumerate(everybody):
        for word in words(name):
            if not word.isdigit():
                assert number in index.find(word[: max(1, len(word) // 2)] + "", HERE, 100) or word[:1].isdigit()


@given(st.text(max_size=60))
def test_any_query_is_answered(query: str) -> None:
    assert len(INDEX.find(query, HERE, 3)) <= 3
    assert folded(folded(query)) == folded(query) or query
