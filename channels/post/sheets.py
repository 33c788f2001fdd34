"""Separator sheets as they are printed.

A sheet is laid before a letter in the scanner's stack. Its scope is exactly the pages up to the next sheet.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass

import pypdfium2
import segno
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from channels.post.codes import WORD, payload

BIG_QR_MM = 95
SMALL_QR_MM = 24


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """One sheet to print: keys for the code, names for the people in the mail room."""

    unit: str
    unit_name: str
    topic: str = ""
    topic_name: str = ""
    pages: int = 0


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
    draw_qr(canvas, code, (width - BIG_QR_MM * mm) / 2, 92 * mm, BIG_QR_MM * mm)
    edge, small = 14 * mm, SMALL_QR_MM * mm
    for x in (edge, width - edge - small):
        for y in (edge, height - edge - small):
            draw_qr(canvas, code, x, y, small)
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


def draw_qr(canvas: Canvas, text: str, x: float, y: float, size: float) -> None:
    """`text` as a QR code (ISO/IEC 18004) drawn with rectangles, error correction Q, its quiet zone within `size`."""
    matrix = segno.make(text, error="q", micro=False).matrix
    step = size / (len(matrix) + 8)
    for row, modules in enumerate(matrix):
        for column, dark in enumerate(modules):
            if dark:
                canvas.rect(x + (column + 4) * step, y + size - (row + 5) * step, step, step, stroke=0, fill=1)
