"""Separator sheets: what their codes say, how they are printed, how they are recognised.

A sheet is laid before a letter in the scanner's stack. Its scope is exactly the pages up to the next sheet.
The code reads `KC1:unit=<organisation key>;topic=<topic key>;pages=<count>;sum=<checksum>`; the checksum tells a
damaged or foreign code from ours. It is no proof of origin: a sheet only sorts, it gives no rights.
"""

import io
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

import pypdfium2
import segno
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

MARK = "KC1:"
PATCH_T = "PATCHT"
"""A plain separator of the trade, as a bar code: divides, says nothing more."""
WORD = "SKILJEBLAD"
_WORD = re.compile(r"SKIL[JI]EBLAD", re.IGNORECASE)
BIG_QR_MM = 95
SMALL_QR_MM = 24


@dataclass(frozen=True, slots=True)
class Separator:
    """What a sheet says of the letter after it. `problem` is a code when it cannot be relied upon."""

    unit: str = ""
    topic: str = ""
    pages: int = 0
    """How many sheets of paper sides should follow; 0: not said."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """One sheet to print: keys for the code, names for the people in the mail room."""

    unit: str
    unit_name: str
    topic: str = ""
    topic_name: str = ""
    pages: int = 0


def payload(unit: str = "", topic: str = "", pages: int = 0) -> str:
    """The text in the code."""
    parts = {"unit": unit, "topic": topic, "pages": str(pages) if pages else ""}
    body = MARK + ";".join(f"{key}={quote(value, safe='.')}" for key, value in parts.items() if value)
    return f"{body};sum={checksum(body)}"


def checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08X}"


def parse(text: str) -> Separator | None:
    """The separator that a code's `text` is; None for a code that is none of ours."""
    if text.strip().upper() == PATCH_T:
        return Separator()
    if not text.startswith(MARK):
        return None
    body, _, said = text.rpartition(";sum=")
    if said != checksum(body):
        return Separator(problem="separator_damaged")
    parts = dict(part.partition("=")[::2] for part in body[len(MARK) :].split(";") if part)
    pages = parts.get("pages", "")
    return Separator(
        unit=unquote(parts.get("unit", "")),
        topic=unquote(parts.get("topic", "")),
        pages=int(pages) if pages.isascii() and pages.isdigit() and len(pages) < 6 else 0,
    )


def from_codes(codes: Sequence[str]) -> Separator | None:
    """The separator that a page's codes make it; codes that disagree make it one that a human must look at."""
    found = {found for code in codes if (found := parse(code))}
    good = {separator for separator in found if not separator.problem}
    if len(good) == 1:
        return good.pop()
    if good:
        return Separator(problem="separator_ambiguous")
    return found.pop() if found else None


def looks_like_sheet(text: str) -> bool:
    """Whether recognised `text` is that of a sheet whose codes could not be read."""
    return len(text) < 1500 and len(_WORD.findall(text)) >= 2


def separator_sheets(entries: Iterable[SheetEntry]) -> bytes:
    """A PDF with a sheet for each entry: one big and four small codes, so that a hole or a fold leaves one whole."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setTitle("Skiljeblad")
    for entry in entries:
        _draw(canvas, entry)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def drawn_sheet(entry: SheetEntry, dpi: int) -> Image.Image:
    """The sheet as a grey picture, as a scanner gives it back."""
    document = pypdfium2.PdfDocument(separator_sheets([entry]))
    picture: Image.Image = document[0].render(scale=dpi / 72, grayscale=True).to_pil()
    document.close()
    return picture


def _draw(canvas: Canvas, entry: SheetEntry) -> None:
    width, height = A4
    code = payload(entry.unit, entry.topic, entry.pages)
    _qr(canvas, code, (width - BIG_QR_MM * mm) / 2, 92 * mm, BIG_QR_MM * mm)
    edge, small = 14 * mm, SMALL_QR_MM * mm
    for x in (edge, width - edge - small):
        for y in (edge, height - edge - small):
            _qr(canvas, code, x, y, small)
    canvas.setFont("Helvetica-Bold", 34)
    canvas.drawCentredString(width / 2, height - 58 * mm, WORD)
    _fitted(canvas, entry.unit_name, height - 78 * mm, 26)
    _fitted(canvas, entry.topic_name, height - 92 * mm, 20)
    canvas.setFont("Helvetica", 12)
    lines = [f"Antal sidor: {entry.pages}"] if entry.pages else []
    lines += [
        f"{WORD} – läggs före varje brev, med texten åt samma håll som brevet.",
        "Gäller alla sidor fram till nästa skiljeblad. Bladet följer inte med ärendet och kan användas igen.",
        code,
    ]
    for place, line in enumerate(lines):
        canvas.drawCentredString(width / 2, (78 - 7 * place) * mm, line)


def _fitted(canvas: Canvas, text: str, y: float, size: float) -> None:
    room = A4[0] - 30 * mm
    while size > 8 and canvas.stringWidth(text, "Helvetica-Bold", size) > room:
        size -= 1
    canvas.setFont("Helvetica-Bold", size)
    canvas.drawCentredString(A4[0] / 2, y, text)


def _qr(canvas: Canvas, text: str, x: float, y: float, size: float) -> None:
    """`text` as a QR code (ISO/IEC 18004) drawn with rectangles, error correction Q, its quiet zone within `size`."""
    matrix = segno.make(text, error="q", micro=False).matrix
    step = size / (len(matrix) + 8)
    for row, modules in enumerate(matrix):
        for column, dark in enumerate(modules):
            if dark:
                canvas.rect(x + (column + 4) * step, y + size - (row + 5) * step, step, step, stroke=0, fill=1)
