"""One letter put together: text, fields, searchable PDF, its share of the original. Runs in a child process."""

import io
import json
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image, ImageSequence
from reportlab import rl_config
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from channels.post import fields
from channels.post.words import Line, Word, certainty, from_json, lines, text_of, to_row

rl_config.useA85 = 0  # pictures go into the PDF as they are; the other way takes longer than reading the page
FONT = "Helvetica"
POINTS = 72
SUBJECT_LENGTH = 120
LABELS = frozenset({"ang", "ang.", "angående", "ärende", "rubrik", "gäller", "ämne"})
GREETING = re.compile(r"^(hej|hejsan|god dag|bästa|till)\b.{0,30}$", re.IGNORECASE)
RUNNING = 7
"""A line of so many words is running text."""


def bind(folder: Path, pages: Sequence[int], page_dpi: int, today: date) -> dict[str, Any]:
    """Read what `reading.read_page` left in `folder` for these pages; write `letter-<first>.pdf`.

    Returns `{text, subject, fields, confidence, unsure, searchable, pages: [{index, words}]}`, boxes in pixels of
    the page images.
    """
    found, facts = [], []
    for number, index in enumerate(pages, 1):
        words = _words(folder, index)
        found += lines(words, number)
        facts.append({"index": index, "words": [to_row(word) for word in words]})
    name = f"letter-{pages[0]:05d}.pdf"
    subject = subject_of(found)
    (folder / name).write_bytes(searchable(folder, pages, page_dpi, subject))
    every = [word for line in found for word in line.words]
    return {
        "text": text_of(found),
        "subject": subject,
        "fields": [field.as_fact() for field in fields.find(found, today)],
        "confidence": round(certainty(every), 3),
        "unsure": sum(word.confidence < 0.5 for word in every),
        "searchable": name,
        "pages": facts,
    }


def subject_of(found: Sequence[Line]) -> str:
    """What the letter says it is about: a line `Ang: …` or `Ärende: …`, else the heading over the first running text;
    "" when there is none."""
    for line in found:
        head, _, rest = line.text.partition(":")
        if head.strip().lower() in LABELS and rest.strip():
            return rest.strip()[:SUBJECT_LENGTH]
    first = next((place for place, line in enumerate(found) if len(line.words) >= RUNNING), 0)
    above = [line for line in found[max(0, first - 2) : first] if not GREETING.match(line.text)]
    return above[-1].text[:SUBJECT_LENGTH] if above and _may_be_heading(above[-1]) else ""


def _may_be_heading(line: Line) -> bool:
    text = line.text
    letters = sum(sign.isalpha() for sign in text)
    other = (fields.OURS, fields.POSTCODE, fields.STREET, fields.NAME, fields.ISO, fields.LONG, fields.FAREWELL)
    wordy = len(text) >= 5 and letters > 0.7 * len(text.replace(" ", "")) and certainty(line.words) > 0.5
    return wordy and not any(pattern.search(text) for pattern in other)


def searchable(folder: Path, pages: Sequence[int], page_dpi: int, title: str) -> bytes:
    """A PDF of the upright page images with their words, invisible, where they stand."""
    out = io.BytesIO()
    canvas = Canvas(out, pageCompression=1)
    canvas.setTitle(title)
    for index in pages:
        picture = folder / f"page-{index:05d}.jpg"
        if picture.exists():
            _draw(canvas, picture, _words(folder, index), page_dpi)
    canvas.save()
    return out.getvalue()


def extract(original: Path, kind: str, pages: Sequence[int], target: Path) -> None:
    """Write only these pages of the original, unchanged in content, to `target`."""
    if kind == "pdf":
        with pikepdf.open(original) as whole, pikepdf.new() as part:
            part.pages.extend(whole.pages[index] for index in pages)
            part.save(target)
        return
    with Image.open(original) as whole:
        frames = [frame.copy() for index, frame in enumerate(ImageSequence.Iterator(whole)) if index in set(pages)]
        dpi = whole.info.get("dpi", (300, 300))
    compression = "group4" if all(frame.mode == "1" for frame in frames) else "tiff_adobe_deflate"
    frames[0].save(target, "TIFF", save_all=True, append_images=frames[1:], compression=compression, dpi=dpi)


def _draw(canvas: Canvas, picture: Path, words: Sequence[Word], dpi: int) -> None:
    with Image.open(picture) as image:
        dpi = round(float(image.info.get("dpi", (dpi, dpi))[0])) or dpi
        width, height = image.width * POINTS / dpi, image.height * POINTS / dpi
    canvas.setPageSize((width, height))
    canvas.drawImage(ImageReader(str(picture)), 0, 0, width, height)
    text = canvas.beginText()
    text.setTextRenderMode(3)
    for word in words:
        _write(text, word, POINTS / dpi, height)
    canvas.drawText(text)
    canvas.showPage()


def _write(text: Any, word: Word, scale: float, height: float) -> None:
    left, top, wide, high = (side * scale for side in word.box)
    size = max(1.0, high)
    natural = stringWidth(word.text, FONT, size) or 1.0
    text.setFont(FONT, size)
    text.setHorizScale(100 * wide / natural)
    text.setTextOrigin(left, height - top - 0.8 * high)
    text.textOut(word.text + " ")


def _words(folder: Path, index: int) -> list[Word]:
    """The words of a page in pixels of its page image; none when it could not be read."""
    path = folder / f"page-{index:05d}.json"
    if not path.exists():
        return []
    kept = json.loads(path.read_text("utf-8"))
    scale = kept["scale"]
    return [
        Word(word.text, word.confidence, tuple(round(side * scale) for side in word.box), word.key)
        for word in from_json(kept["words"])
    ]
