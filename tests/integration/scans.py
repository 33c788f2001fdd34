"""Scans that several tests use. Made once; small."""

import io
import random
from functools import cache

import pikepdf
from PIL import Image, ImageDraw

from channels.post import generate
from channels.post.sheets import SheetEntry, drawn_sheet

DPI = 200


@cache
def letter_image(seed: int, kind: str = "homecare") -> Image.Image:
    """A one-page letter."""
    return generate.sample(seed, "dpi200", kind)[1][0].image


@cache
def sheet_image(unit: str, topic: str = "", pages: int = 0) -> Image.Image:
    """A separator sheet as it comes back from the scanner."""
    return drawn_sheet(SheetEntry(unit, "Bygg och miljö", topic, "Bygglov", pages), DPI)


def spoiled_sheet() -> Image.Image:
    """A separator sheet on which every code has been scribbled over; its words can still be read."""
    sheet = sheet_image("solvik.bygg").copy()
    draw = ImageDraw.Draw(sheet)
    width, height = sheet.size
    draw.rectangle((0, 0, width, height * 0.14), fill=255)
    draw.rectangle((0, height * 0.86, width, height), fill=255)
    rng = random.Random(1)
    for _ in range(4000):
        x, y = rng.randrange(width), rng.randrange(int(height * 0.35), int(height * 0.7))
        draw.rectangle((x, y, x + 14, y + 14), fill=rng.choice((0, 255)))
    return sheet


def pdf(*pages: Image.Image) -> bytes:
    return generate.as_pdf(pages, DPI)


def encrypted_pdf() -> bytes:
    """A PDF that nobody opens without its password."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(letter_image(1)))) as document:
        document.save(out, encryption=pikepdf.Encryption(user="hemligt", owner="hemligare"))
    return out.getvalue()


@cache
def huge_tiff() -> bytes:
    """50,000 x 5,000 pixels in black and white: a file of some hundred bytes, a picture of 250 million pixels."""
    out = io.BytesIO()
    Image.new("1", (50_000, 5_000), 1).save(out, "TIFF", compression="group4")
    return out.getvalue()
