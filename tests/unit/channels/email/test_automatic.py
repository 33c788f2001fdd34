"""Machines are recognised, and people never taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import automatic
from channels.email.automatic import Kind
from tests.unit.channels.email import machine_corpus, people_corpus
from tests.unit.channels.email.machine_corpus import EVA, mail


@pytest.mark.parametrize(("kind", "fields", "body"), [*machine_corpus.REPLIES, *machine_corpus.OTHERS])
def test_a_machine_is_known_by_its_kind_and_never_answered(kind: str, fields: dict[str, str], body: str) -> None:
    made = mail(fields, body)
    found = automatic.kind_of(made, EVA)
    assert found.value == kind
    assert not automatic.may_be_answered(made, EVA, found)


@pytest.mark.parametrize("subject", people_corpus.SUBJECTS)
def test_a_matter_in_the_subject_makes_no_machine(subject: str) -> None:
    assert automatic.kind_of(mail({"Subject": subject}, "Hej, hur gör jag?"), EVA) is Kind.PERSON


@pytest.mark.parametrize("subject", people_corpus.SUBJECTS)
def test_nor_does_it_in_an_answer(subject: str) -> None:
    assert automatic.kind_of(mail({"Subject": subject} | people_corpus.ANSWER, "Hur gör jag?"), EVA) is Kind.PERSON


@pytest.mark.parametrize("body", people_corpus.BODIES)
def test_what_people_write_makes_no_machine(body: str) -> None:
    assert automatic.kind_of(mail({}, body), EVA) is Kind.PERSON
    assert automatic.kind_of(mail({"Subject": "Sv: Altan"} | people_corpus.ANSWER, body), EVA) is Kind.PERSON


@pytest.mark.parametrize("fields", people_corpus.FIELDS)
def test_odd_headers_make_no_machine(fields: dict[str, str]) -> None:
    assert automatic.kind_of(mail(fields, "Hej, hur gör jag?"), EVA) is Kind.PERSON


def test_a_person_may_ask_for_silence() -> None:
    for fields in ({"X_Auto_Response_Suppress": "OOF"}, {"List_Unsubscribe": "<mailto:x@forwarding.example>"}):
        assert not automatic.may_be_answered(mail(fields), EVA, Kind.PERSON)
    assert automatic.may_be_answered(mail({"X_Auto_Response_Suppress": "DR"}), EVA, Kind.PERSON)
    assert not automatic.may_be_answered(mail({}), "", Kind.PERSON)


NAMES = ["Auto-Submitted", "Precedence", "From", "Subject", "X-Auto-Response-Suppress", "Return-Path", "Content-Type"]


@given(
    st.dictionaries(st.sampled_from(NAMES), st.text(max_size=60).map(lambda text: " ".join(text.split()))),
    st.text(max_size=300),
)
def test_nothing_that_is_read_raises(fields: dict[str, str], body: str) -> None:
    made = mail({name: value.encode("ascii", "ignore").decode() for name, value in fields.items()}, "x")
    made.set_payload(body.encode("utf-8", "replace").decode("ascii", "surrogateescape"))
    assert automatic.kind_of(made) in Kind
    automatic.bounce(made)
