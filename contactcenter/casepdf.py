"""A case as a PDF for people: in Swedish, on A4, with its font embedded, the whole timeline and a list of the files.

It is what a mailed hand-off carries and what an export contains. Everything in it comes from the payload, so a PDF can
be made anew of any delivery. Text written by others is always text here, never markup.
"""

import functools
import html
import io
import re
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import reportlab
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Paragraph, Spacer, Table, TableStyle

from contactcenter.handoff_payload import CasePayload, ContactPart, FilePart
from contactcenter.states import Channel, Direction, EventKind

TEXT_LIMIT = 50_000
"""Characters of one contact that are printed; what is cut off is said, and stands in the files."""
SHORT = 400
"""Characters of a field in a table: a cell cannot be split over pages."""
MARGIN = 20 * mm
_FAMILIES = (
    ("truetype/dejavu/DejaVuSans.ttf", "truetype/dejavu/DejaVuSans-Bold.ttf"),
    ("truetype/liberation/LiberationSans-Regular.ttf", "truetype/liberation/LiberationSans-Bold.ttf"),
    ("truetype/liberation2/LiberationSans-Regular.ttf", "truetype/liberation2/LiberationSans-Bold.ttf"),
)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

CHANNELS = {
    Channel.PHONE: "Samtal",
    Channel.CALLBACK: "Återuppringning",
    Channel.EMAIL: "E-post",
    Channel.POST: "Brev",
    Channel.WEB: "Webbformulär",
    Channel.NOTE: "Anteckning",
}
DIRECTIONS = {Direction.IN: "inkommande", Direction.OUT: "utgående", Direction.INTERNAL: "intern"}
STORY = {
    EventKind.CASE_OPENED: "Ärendet öppnades",
    EventKind.CASE_ACCEPTED: "Togs om hand",
    EventKind.CASE_TRANSFERRED: "Flyttades",
    EventKind.CASE_MERGED: "Slogs ihop med ett annat ärende",
    EventKind.CASE_RETURNED: "Kom tillbaka",
    EventKind.CASE_REOPENED: "Öppnades igen",
    EventKind.CASE_HANDED_OFF: "Lämnades över",
    EventKind.CASE_CLOSED: "Avslutades",
}
PRIORITIES = {-1: "låg", 0: "normal", 1: "hög", 2: "brådskande"}
MARKS = {"phone": "Telefon", "email": "E-post", "personal_number": "Personnummer"}


def build(payload: CasePayload, time_zone: str, attached: Collection[int] = (), receipt_url: str = "") -> bytes:
    """The PDF. `attached`: ids of the files that go with it; `receipt_url`: where the receiver answers."""
    page = _Page(payload, ZoneInfo(time_zone), frozenset(attached), receipt_url)
    out = io.BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=f"Ärende {payload.case.number}",
        author=payload.case.municipality.name,
        lang="sv-SE",
        invariant=1,
    )
    frame = Frame(MARGIN, MARGIN, A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN, id="page")
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=page.footer))
    document.build(page.story())
    return out.getvalue()


@functools.cache
def fonts() -> tuple[str, str]:
    """Names of the regular and the bold font, registered: the system's, else the narrower ones of reportlab."""
    bundled = Path(reportlab.__file__).parent / "fonts"
    pairs = [(Path("/usr/share/fonts") / one, Path("/usr/share/fonts") / two) for one, two in _FAMILIES]
    regular, bold = next(
        ((one, two) for one, two in pairs if one.exists() and two.exists()),
        (bundled / "Vera.ttf", bundled / "VeraBd.ttf"),
    )
    pdfmetrics.registerFont(TTFont("Case", str(regular)))
    pdfmetrics.registerFont(TTFont("Case-Bold", str(bold)))
    return "Case", "Case-Bold"


class _Page:
    """Builds the flowables of one case."""

    def __init__(self, payload: CasePayload, zone: ZoneInfo, attached: frozenset[int], receipt_url: str) -> None:
        self._payload, self._zone, self._attached, self._receipt_url = payload, zone, attached, receipt_url
        regular, bold = fonts()
        dark = HexColor("#1b1f24")
        self._body = ParagraphStyle("body", fontName=regular, fontSize=9.5, leading=13, textColor=dark)
        self._small = ParagraphStyle("small", parent=self._body, fontSize=8.5, leading=11.5)
        self._title = ParagraphStyle(
            "title", parent=self._body, fontName=bold, fontSize=16, leading=20, spaceAfter=2 * mm
        )
        self._head = ParagraphStyle("head", parent=self._title, fontSize=11, leading=14, spaceBefore=5 * mm)
        self._warning = ParagraphStyle(
            "warning", parent=self._body, fontName=bold, borderColor=HexColor("#a11"), borderWidth=1, borderPadding=6,
            spaceBefore=4 * mm, spaceAfter=5 * mm,
        )  # fmt: skip
        self._bold = bold

    def story(self) -> list[Flowable]:
        case = self._payload.case
        flow: list[Flowable] = [self._text(f"Ärende {case.number}", self._title)]
        if case.secrecy:
            flow.append(self._text(f"{case.secrecy.note} ({case.secrecy.basis})", self._warning))
        flow += [self._facts(self._about_case()), *self._handoff(), *self._citizen(), *self._story()]
        flow.append(self._text("Kontakter", self._head))
        for contact in self._payload.contacts:
            flow += self._contact(contact)
        return [*flow, *self._answer()]

    def footer(self, canvas: Canvas, document: BaseDocTemplate) -> None:
        canvas.setFont(self._body.fontName, 8)
        canvas.drawString(MARGIN, 10 * mm, f"{self._payload.case.municipality.name} · {self._payload.case.number}")
        canvas.drawRightString(A4[0] - MARGIN, 10 * mm, f"Sida {document.page}")

    def _about_case(self) -> list[tuple[str, str]]:
        case = self._payload.case
        return [
            ("Rubrik", case.subject),
            ("Ärendetyp", case.topic.name if case.topic else "–"),
            ("Enhet", f"{case.organisation.name}, {case.municipality.name}"),
            ("Inkom", self._when(case.arrived_at)),
            ("Prioritet", PRIORITIES.get(case.priority, str(case.priority))),
        ]

    def _handoff(self) -> list[Flowable]:
        handoff = self._payload.handoff
        if not handoff.by:
            return []
        flow: list[Flowable] = [self._text("Överlämning", self._head)]
        flow.append(self._facts([("Av", handoff.by), ("När", self._when(handoff.at)), ("Nyckel", self._payload.key)]))
        return [*flow, *self._paragraphs(handoff.note)]

    def _citizen(self) -> list[Flowable]:
        citizen = self._payload.citizen
        rows = [("Namn", "Okänd eller anonym")]
        if citizen:
            rows = [("Namn", citizen.name), ("Adress", citizen.address)]
            rows += [(MARKS.get(mark.kind, mark.kind), mark.value) for mark in citizen.marks]
        return [self._text("Medborgare", self._head), self._facts(rows)]

    def _story(self) -> list[Flowable]:
        rows = [(self._when(line.at), " – ".join(filter(None, (STORY.get(line.kind, line.kind.value), line.by))))
                for line in self._payload.story]  # fmt: skip
        return [self._text("Händelser", self._head), self._facts(rows)] if rows else []

    def _contact(self, contact: ContactPart) -> list[Flowable]:
        heading = f"{CHANNELS[contact.channel]}, {DIRECTIONS[contact.direction]} · {self._when(contact.arrived_at)}"
        sender = " ".join(filter(None, (contact.sender_name, f"<{contact.sender}>" if contact.sender else "")))
        rows = [
            ("Från", sender),
            ("Till", ", ".join(contact.recipients)),
            ("Handläggare", contact.by),
            ("Rubrik", contact.subject),
            ("Avslutades", self._when(contact.ended_at) if contact.ended_at else ""),
            ("Kunde inte läsas", contact.problem),
        ]
        style = ParagraphStyle("contact", parent=self._body, fontName=self._bold, spaceBefore=4 * mm, keepWithNext=1)
        flow: list[Flowable] = [self._text(heading, style), self._facts([row for row in rows if row[1]])]
        flow += self._paragraphs(contact.text)
        return [*flow, *(self._file(file) for file in contact.files)]

    def _file(self, file: FilePart) -> Paragraph:
        there = "bifogad" if file.id in self._attached else "inte bifogad"
        return self._text(f"Fil: {file.name} ({file.media_type}, {_size(file.size)}, {there})", self._small)

    def _answer(self) -> list[Flowable]:
        if not self._receipt_url:
            return []
        address = html.escape(self._receipt_url)
        link = f'<link href="{address}" color="#0b57d0">{address}</link>'
        words = "Tala om vad som händer med ärendet (mottaget, påbörjat, besvarat eller fel mottagare): "
        return [self._text("Återkoppling", self._head), Paragraph(words + link, self._body)]

    def _facts(self, rows: list[tuple[str, str]]) -> Flowable:
        cells = [[self._text(_cut(name), self._small), self._text(_cut(value), self._small)] for name, value in rows]
        if not cells:
            return Spacer(1, 1 * mm)
        table = Table(cells, colWidths=[32 * mm, None], hAlign="LEFT", spaceAfter=1.5 * mm)
        table.setStyle(
            TableStyle(
                [
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("TOPPADDING", (0, 0), (-1, -1), 1),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
                    ("LEFTPADDING", (0, 0), (0, -1), 0),
                ]
            )
        )
        return table

    def _paragraphs(self, text: str) -> list[Flowable]:
        """One paragraph a line, as the lines may be the sender's own layout; empty ones become space."""
        cut = text[:TEXT_LIMIT]
        flow: list[Flowable] = [
            self._text(line, self._body) if line.strip() else Spacer(1, 2 * mm) for line in cut.splitlines()
        ]
        if len(text) > TEXT_LIMIT:
            flow.append(self._text(f"[Här har {len(text) - TEXT_LIMIT} tecken utelämnats.]", self._small))
        return flow

    def _text(self, text: str, style: ParagraphStyle) -> Paragraph:
        return Paragraph(html.escape(_UNPRINTABLE.sub("", text), quote=False), style)

    def _when(self, at: datetime) -> str:
        return at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")


def _cut(text: str) -> str:
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def _size(size: int) -> str:
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1_000_000:.1f} MB".replace(".", ",")
