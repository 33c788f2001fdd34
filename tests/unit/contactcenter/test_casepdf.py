"""The case as a PDF: everything is in it, in letters one can read and copy, whatever people write."""

import io
import re
from datetime import UTC, datetime
from typing import Any

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactcenter import casepdf
from contactcenter.handoff_payload import (
    FORMAT,
    PROTECTED_BASIS,
    PROTECTED_NOTE,
    CasePart,
    CasePayload,
    CitizenPart,
    ContactPart,
    FilePart,
    HandoffPart,
    Mark,
    Named,
    Secrecy,
    StoryLine,
)
from contactcenter.states import Channel, ContactState, Direction, EventKind

NOW = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
DRAWING = FilePart(
    id=3, role="attachment", name="ritning.pdf", media_type="application/pdf", size=1_234_567, sha256="0"
)


def contact(**fields: Any) -> ContactPart:
    usual = ContactPart(
        id=1,
        channel=Channel.EMAIL,
        direction=Direction.IN,
        state=ContactState.RECEIVED,
        arrived_at=NOW,
        answered_at=None,
        ended_at=None,
        sender="eva.ek@example.se",
        sender_name="Eva Ek",
        recipients=["bygg@solvik.example"],
        subject="Altan utan bygglov?",
        text="Hej!",
        message_id="",
        problem="",
        fields={},
        by="",
        files=[],
    )
    return usual.model_copy(update=fields)


def payload(*contacts: ContactPart, protected: bool = False, **case: Any) -> CasePayload:
    about = CasePart(
        number="KC-2026-000123",
        subject="Altan utan bygglov?",
        organisation=Named(key="solvik.bygg", name="Bygg och miljö"),
        municipality=Named(key="solvik", name="Solviks kommun"),
        topic=Named(key="bygg.bygglov", name="Bygglov"),
        channel=Channel.EMAIL,
        priority=1,
        arrived_at=NOW,
        opened_at=NOW,
        protected=protected,
        secrecy=Secrecy(basis=PROTECTED_BASIS, note=PROTECTED_NOTE) if protected else None,
    )
    marks = [Mark(kind="phone", value="+46701740605")]
    return CasePayload(
        format=FORMAT,
        key="KC-2026-000123:1",
        case=about.model_copy(update=case),
        citizen=CitizenPart(name="Eva Ek", address="Storgatan 1, Solvik", protected=protected, marks=marks),
        contacts=list(contacts),
        story=[StoryLine(at=NOW, kind=EventKind.CASE_HANDED_OFF, by="Anna Ek")],
        handoff=HandoffPart(by="Anna Ek", at=NOW, note="Gäller altan mot sjön."),
    )


def pdf(case: CasePayload, **more: Any) -> bytes:
    return casepdf.build(case, "Europe/Stockholm", **more)


def text(content: bytes) -> str:
    """All the text of the PDF, with every run of white space as one space."""
    document = pypdfium2.PdfDocument(content)
    pages = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return re.sub(r"\s+", " ", " ".join(pages))


def test_everything_about_the_case_is_in_it() -> None:
    note = contact(channel=Channel.NOTE, direction=Direction.INTERNAL, by="Anna Ek", text="Ringde sökanden.")
    shown = text(pdf(payload(contact(files=[DRAWING]), note), attached=[3], receipt_url="https://kc.example/r/abc"))
    for words in (
        "Ärende KC-2026-000123",
        "Bygglov",
        "Bygg och miljö, Solviks kommun",
        "2026-11-23 10:05",
        "hög",
        "Gäller altan mot sjön.",
        "Storgatan 1, Solvik",
        "+46701740605",
        "Lämnades över – Anna Ek",
        "E-post, inkommande",
        "Eva Ek <eva.ek@example.se>",
        "Anteckning, intern",
        "Ringde sökanden.",
        "ritning.pdf (application/pdf, 1,2 MB, bifogad)",
        "https://kc.example/r/abc",
    ):
        assert words in shown


def test_a_file_that_is_not_attached_is_said_to_be_so() -> None:
    assert "inte bifogad" in text(pdf(payload(contact(files=[DRAWING]))))


def test_a_protected_identity_is_said_first_with_the_statute() -> None:
    shown = text(pdf(payload(contact(), protected=True)))
    assert "Skyddade personuppgifter" in shown[:100]
    assert "OSL 21 kap. 3 §" in shown
    assert "Skyddade" not in text(pdf(payload(contact())))


def test_what_others_write_is_never_markup() -> None:
    hostile = '<b>fet</b> <img src="file:///etc/passwd"/> &amp; <link href="http://x">'
    shown = text(pdf(payload(contact(text=hostile, subject="<para>", sender_name="</font>"), subject="<i>")))
    assert '<b>fet</b> <img src="file:///etc/passwd"/> &amp; <link href="http://x">' in shown
    assert "<para>" in shown


def test_fonts_are_embedded_and_the_language_is_said() -> None:
    document = pikepdf.open(io.BytesIO(pdf(payload(contact(text="åäö ÅÄÖ é Łódź Ωμέγα")))))
    assert str(document.Root.Lang) == "sv-SE"
    used = [font for page in document.pages for font in page.Resources.Font.values() if "/FontDescriptor" in font]
    assert used
    assert all("/FontFile2" in font.FontDescriptor for font in used)


def test_letters_of_europe_can_be_read_and_copied() -> None:
    assert "åäö ÅÄÖ é Łódź Ωμέγα" in text(pdf(payload(contact(text="åäö ÅÄÖ é Łódź Ωμέγα"))))


@pytest.mark.parametrize("body", ["x" * 100_000, "rad\n" * 30_000, "ord " * 25_000], ids=["line", "lines", "words"])
def test_a_very_long_text_is_cut_visibly(body: str) -> None:
    shown = text(pdf(payload(contact(text=body))))
    assert f"[Här har {len(body) - casepdf.TEXT_LIMIT} tecken utelämnats.]" in shown


def test_long_fields_do_not_break_the_page() -> None:
    many = contact(recipients=[f"person{number}@example.se" for number in range(500)], subject="x" * 5000)
    assert "person0@example.se" in text(pdf(payload(many, subject="y" * 5000)))


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=400))
def test_no_text_breaks_it(anything: str) -> None:
    written = contact(
        text=anything, subject=anything, sender_name=anything, files=[DRAWING.model_copy(update={"name": anything})]
    )
    assert pdf(payload(written, subject=anything)).startswith(b"%PDF-")


def test_the_same_case_gives_the_same_file() -> None:
    assert pdf(payload(contact())) == pdf(payload(contact()))
