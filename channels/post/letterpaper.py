"""A letter as it is printed: letterhead, address where the envelope's window is, text, and our code on every page.

Measures are millimetres from the upper left corner. The window is that of a Swedish window envelope (C5 or C65 with
the window to the right); other envelopes by setting.
"""

import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageBreak, PageTemplate, Paragraph

from channels.post.sheets import draw_qr
from contactcenter import casepdf
from contactcenter.letters import marks
from contactcenter.letters.outbox import Sheet

WIDTH, HEIGHT = A4
LEFT, RIGHT = 25 * mm, 20 * mm
QR_MM = 22
SWEDEN = ZoneInfo("Europe/Stockholm")
LINE = 5 * mm
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
WORDS = {
    "sv": {
        "date": "Datum", "case": "Ärende", "page": "Sida", "slip": "Svarstalong",
        "slip_how": "Skriv ditt svar här eller på ett eget papper. Skicka med talongen, så hamnar svaret rätt.",
        "to": "Sänds till", "regards": "Med vänlig hälsning",
        "forward": "Förmedling av post till person med skyddade personuppgifter",
        "forward_how": "Bifogat brev ska förmedlas till personen nedan. Avsändaren har ingen uppgift om adressen.",
        "number": "Personnummer", "through": "Genom Skatteverkets förmedling",
    },
    "en": {
        "date": "Date", "case": "Case", "page": "Page", "slip": "Reply slip",
        "slip_how": "Write your answer here or on a paper of your own. Send this slip with it: it leads the way.",
        "to": "Send to", "regards": "Yours sincerely",
        "forward": "Förmedling av post till person med skyddade personuppgifter",
        "forward_how": "Bifogat brev ska förmedlas till personen nedan. Avsändaren har ingen uppgift om adressen.",
        "number": "Personnummer", "through": "Genom Skatteverkets förmedling",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paper:
    """Where things are on the paper, and what is the same for every letter."""

    window_left: float = 112
    window_top: float = 50
    forwarding: tuple[str, ...] = ("Skatteverket", "Förmedlingsuppdrag", "Box 2820", "403 20  GÖTEBORG")
    """The Tax Agency's address for post to people with a protected identity."""
    logos: Path | None = None
    """Folder of the pictures that letterheads name."""
    zone: ZoneInfo = SWEDEN


def build(sheet: Sheet, paper: Paper) -> bytes:
    """The letter as PDF, fonts embedded; the same sheet gives the same bytes."""
    out = io.BytesIO()
    letter = _Letter(sheet, paper)
    document = BaseDocTemplate(
        out, pagesize=A4, title=sheet.subject, author=letter.sender, lang=letter.language, invariant=1
    )
    document.addPageTemplates(letter.templates())
    document.build(letter.story())
    return out.getvalue()


class _Letter:
    def __init__(self, sheet: Sheet, paper: Paper) -> None:
        self._sheet, self._paper = sheet, paper
        self.language = sheet.language if sheet.language in WORDS else "sv"
        self._words = WORDS[self.language]
        self._regular, self._bold = casepdf.fonts()
        self._code = marks.code(sheet.case_number, sheet.contact_id)
        head = sheet.letterhead
        self.sender = str(head.get("municipality", ""))
        self._unit = str(head.get("name", ""))
        self._first = 1 if sheet.forwarded else 0
        """Pages before the letter itself."""

    def templates(self) -> list[PageTemplate]:
        first_top = (self._paper.window_top + 50) * mm
        wide = WIDTH - LEFT - RIGHT
        pages = [
            PageTemplate("first", [_frame(wide, HEIGHT - first_top - 32 * mm)], onPage=self._draw_first),
            PageTemplate("later", [_frame(wide, HEIGHT - 32 * mm - 32 * mm)], onPage=self._draw_later),
            PageTemplate("slip", [_frame(wide, 40 * mm)], onPage=self._draw_slip),
        ]
        if self._first:
            pages.insert(0, PageTemplate("cover", [_frame(wide, 40 * mm)], onPage=self._draw_cover))
        return pages

    def story(self) -> list[Flowable]:
        body = ParagraphStyle("body", fontName=self._regular, fontSize=11, leading=15, spaceAfter=8)
        head = ParagraphStyle("head", parent=body, fontName=self._bold, fontSize=13, leading=17, spaceAfter=10)
        flow: list[Flowable] = []
        if self._first:
            flow += [NextPageTemplate("first"), PageBreak()]
        flow += [NextPageTemplate("later"), Paragraph(html.escape(self._sheet.subject), head)]
        flow += [Paragraph(_lines(part), body) for part in _paragraphs(self._sheet.text)]
        flow += [Paragraph(_lines(f"{self._words['regards']}\n\n{self._signature()}"), body)]
        if self._sheet.slip:
            flow += [NextPageTemplate("slip"), PageBreak(), Paragraph("", body)]
        return flow

    def _signature(self) -> str:
        return "\n".join(dict.fromkeys(one for one in (self._sheet.signed, self._unit, self.sender) if one))

    # ------------------------------------------------------------------ what stands on each page beside the text

    def _draw_cover(self, canvas: Canvas, _: BaseDocTemplate) -> None:
        """Goes in the outer envelope, to the Tax Agency; the letter itself goes in an inner one."""
        self._head(canvas)
        self._window(canvas, self._paper.forwarding)
        top = HEIGHT - (self._paper.window_top + 60) * mm
        self._text(canvas, self._words["forward"], LEFT, top, 13, bold=True)
        self._text(canvas, self._words["forward_how"], LEFT, top - 2 * LINE, 11)
        self._text(canvas, self._sheet.recipient[0], LEFT, top - 4 * LINE, 11, bold=True)
        number = self._sheet.personal_number
        self._text(canvas, f"{self._words['number']} {number[:8]}-{number[8:]}", LEFT, top - 5 * LINE, 11)

    def _draw_first(self, canvas: Canvas, document: BaseDocTemplate) -> None:
        self._head(canvas)
        lines = self._sheet.recipient
        self._window(canvas, (*lines, self._words["through"]) if self._sheet.forwarded else lines)
        top = HEIGHT - self._paper.window_top * mm
        day = self._sheet.date.astimezone(self._paper.zone).date()
        self._text(canvas, f"{self._words['date']}: {day}", LEFT, top, 10)
        self._text(canvas, f"{self._words['case']}: {self._sheet.case_number}", LEFT, top - LINE, 10)
        self._foot(canvas, document)

    def _draw_later(self, canvas: Canvas, document: BaseDocTemplate) -> None:
        self._text(canvas, f"{self.sender} · {self._sheet.case_number}", LEFT, HEIGHT - 20 * mm, 9)
        self._foot(canvas, document)

    def _draw_slip(self, canvas: Canvas, _: BaseDocTemplate) -> None:
        top = HEIGHT - 20 * mm
        self._text(canvas, self._words["slip"], LEFT, top, 16, bold=True)
        self._text(canvas, f"{self._words['case']}: {self._sheet.case_number}", LEFT, top - 2 * LINE, 11)
        self._text(canvas, self._words["slip_how"], LEFT, top - 3.4 * LINE, 9, most=WIDTH - LEFT - RIGHT - 36 * mm)
        draw_qr(canvas, self._code, WIDTH - RIGHT - 34 * mm, top - 30 * mm, 34 * mm)
        address = [str(line) for line in self._address()]
        if address:
            self._text(canvas, self._words["to"], LEFT, top - 5.4 * LINE, 9)
            for place, line in enumerate(address):
                self._text(canvas, line, LEFT, top - (6.5 + place) * LINE, 11)
        canvas.setLineWidth(0.4)
        for place in range(18):
            y = top - (62 + 10.5 * place) * mm
            canvas.line(LEFT, y, WIDTH - RIGHT, y)

    def _head(self, canvas: Canvas) -> None:
        top = HEIGHT - 18 * mm
        logo = self._logo()
        if logo is not None:
            canvas.drawImage(
                str(logo), LEFT, top - 12 * mm, 60 * mm, 18 * mm, preserveAspectRatio=True, anchor="nw", mask="auto"
            )
        else:
            self._text(canvas, self.sender, LEFT, top, 15, bold=True)
        if self._unit != self.sender:
            self._text(canvas, self._unit, LEFT, top - (17 * mm if logo else 6 * mm), 10)

    def _logo(self) -> Path | None:
        """The picture that the letterhead names, from the folder of logos and from nowhere else."""
        name = str(self._sheet.letterhead.get("logo", ""))
        if not name or self._paper.logos is None or Path(name).name != name:
            return None
        path = self._paper.logos / name
        return path if path.is_file() else None

    def _address(self) -> Sequence[object]:
        given = self._sheet.letterhead.get("address", ())
        return given if isinstance(given, list) else ()

    def _window(self, canvas: Canvas, lines: Sequence[str]) -> None:
        for place, line in enumerate(lines):
            y = HEIGHT - self._paper.window_top * mm - place * LINE
            self._text(canvas, line, self._paper.window_left * mm, y, 11)

    def _foot(self, canvas: Canvas, document: BaseDocTemplate) -> None:
        """Our code, and where we are reached."""
        bottom = 12 * mm
        draw_qr(canvas, self._code, WIDTH - RIGHT - QR_MM * mm, bottom - 4 * mm, QR_MM * mm)
        page = document.page - self._first
        self._text(canvas, f"{self._sheet.case_number} · {self._words['page']} {page}", LEFT, bottom, 8)
        head = self._sheet.letterhead
        reach = [*map(str, self._address()), *(str(head[one]) for one in ("phone", "email", "web") if head.get(one))]
        self._text(canvas, " · ".join(reach), LEFT, bottom + LINE, 8, most=WIDTH - LEFT - RIGHT - (QR_MM + 4) * mm)

    def _text(
        self, canvas: Canvas, text: str, x: float, y: float, size: float, *, bold: bool = False, most: float = 0
    ) -> None:
        font = self._bold if bold else self._regular
        room = most or WIDTH - RIGHT - x + 12 * mm
        while size > 6 and canvas.stringWidth(text, font, size) > room:
            size -= 0.5
        canvas.setFont(font, size)
        canvas.drawString(x, y, text)


def _frame(width: float, height: float) -> Frame:
    return Frame(LEFT, 32 * mm, width, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)


def _paragraphs(text: str) -> list[str]:
    return [part for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]


def _lines(text: str) -> str:
    return html.escape(_UNPRINTABLE.sub("", text), quote=False).replace("\n", "<br/>")
