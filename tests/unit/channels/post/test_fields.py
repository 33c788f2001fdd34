"""Fields of letters: from texts, without any picture."""

import random
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.post import fields, wording
from channels.post.words import Line, Word

TODAY = date(2026, 11, 23)


def page(*texts: str, confidence: float = 0.9) -> list[Line]:
    """Lines under each other, as recognised."""
    return [
        Line(
            tuple(
                Word(text, confidence, (100 + 60 * place, 40 * number, 50, 30), (1, 1, number))
                for place, text in enumerate(line.split())
            ),
            page=1,
        )
        for number, line in enumerate(texts, 1)
        if line.split()
    ]


def values(lines: Sequence[Line], kind: str) -> list[str]:
    return [found.value for found in fields.find(lines, TODAY) if found.kind == kind]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Ert ärende KC-2026-000123 gäller", "case_number", "KC-2026-000123"),
        ("Ärende kc 2026-000123.", "case_number", "KC-2026-000123"),
        ("Personnummer: 19640823-3234", "personal_number", "196408233234"),
        ("pnr 640823-3234", "personal_number", "196408233234"),
        ("Org.nr 202100-5489", "organisation_number", "2021005489"),
        ("E-post: Asa.Oberg@Example.com.", "email", "asa.oberg@example.com"),
        ("Telefon: 070-174 06 05", "phone", "+46701740605"),
        ("Tel +46 (0)8 465 004 00", "phone", "+46846500400"),
        ("ring 08-465 004 00", "phone", "+46846500400"),
        ("Solvik 2026-11-20", "date", "2026-11-20"),
        ("Solvik den 3 september 2026", "date", "2026-09-03"),
        ("INKOM 2026 -11- 20", "received", "2026-11-20"),
        ("Dnr: BYGG 2026-417", "reference", "BYGG 2026-417"),
        ("Bankgiro 991-2346", "giro", "991-2346"),
        ("fastigheten Åkerby Östra 2:14 vill", "property", "Åkerby Östra 2:14"),
    ],
)
def test_a_field_in_a_line(text: str, kind: str, value: str) -> None:
    assert values(page(text), kind) == [value]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Personnummer: 19640823-3235", "personal_number"),
        ("den 2026-13-45", "date"),
        ("priset är 123 456 789 012 kronor", "phone"),
        ("ärende KC-2026-12", "case_number"),
        ("asa(at)example.com", "email"),
    ],
)
def test_what_is_not_a_field(text: str, kind: str) -> None:
    assert values(page(text), kind) == []


def test_the_sender_is_who_signed_and_not_we() -> None:
    lines = page(
        "Åsa Öberg", "Ängsgatan 12 B", "123 45 SOLVIK", "Solviks kommun", "Kontaktcenter", "123 80 SOLVIK",
        "Jag undrar när ni plogar.", "Med vänlig hälsning", "Åsa Öberg",
    )  # fmt: skip
    found = fields.find(lines, TODAY)
    assert fields.first(found, "name") == "Åsa Öberg"
    assert fields.first(found, "street") == "Ängsgatan 12 B"
    assert fields.first(found, "postcode") == "12345"
    assert fields.first(found, "place") == "SOLVIK"


def test_a_checksum_raises_the_confidence_and_a_doubtful_word_lowers_it() -> None:
    (number,) = [f for f in fields.find(page("19640823-3234", confidence=0.6), TODAY) if f.kind == "personal_number"]
    (mail,) = [f for f in fields.find(page("asa@example.com", confidence=0.6), TODAY) if f.kind == "email"]
    assert number.confidence == pytest.approx(0.8)
    assert mail.confidence == pytest.approx(0.6)


def test_marks_leave_out_what_is_ours_and_what_is_unsure() -> None:
    lines = page("asa@example.com", "post@solvik.example") + page("070-174 06 05", confidence=0.3)
    marks = fields.marks(fields.find(lines, TODAY), 0.6, frozenset({"post@solvik.example"}))
    assert marks == (("email", "asa@example.com"),)


def test_a_field_has_its_place_on_the_page() -> None:
    (found,) = fields.find(page("Tel 070-174 06 05 dagtid"), TODAY)
    assert found.box == (160, 40, 170, 30)


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.sampled_from(sorted(wording.KINDS)))
def test_everything_in_a_generated_letter_is_found(seed: int, kind: str) -> None:
    made = wording.letter(random.Random(seed), kind, "KC-2026-004711")
    who = made.person
    number = f"{who.personal_number[:8]}-{who.personal_number[8:]}"
    lines = page(
        who.name, who.street, f"{who.postcode} {who.place}", "", f"{who.place.title()} {made.written.isoformat()}",
        *made.paragraphs, "Med vänlig hälsning", who.name, number, who.phone, who.email, made.organisation,
    )  # fmt: skip
    found = fields.find(lines, TODAY)
    assert {kind: fields.first(found, kind) for kind in made.fields if kind != "date"} == {
        kind: value for kind, value in made.fields.items() if kind != "date"
    }
    assert made.fields["date"] in values(lines, "date")


@settings(max_examples=150)
@given(st.lists(st.text(max_size=80), max_size=12))
def test_any_text_is_read_without_an_error_and_with_sane_confidences(texts: list[str]) -> None:
    for found in fields.find(page(*texts), TODAY):
        assert 0 <= found.confidence <= 1
        assert found.value
