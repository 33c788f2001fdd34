"""Generated scans of letters with exact truth, for tests, benchmark and demonstration.

What is printed is known to the letter, so what is read can be measured. Looks imitate what comes out of a
mail room's scanner: skew, grain, fax, stamps, faded ribbon, pages put in upside down.
"""

import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from channels.post.wording import Letter, letter

FONTS = {
    "serif": ("LiberationSerif-Regular.ttf", "DejaVuSerif.ttf", "NimbusRoman-Regular.otf"),
    "sans": ("LiberationSans-Regular.ttf", "DejaVuSans.ttf", "NimbusSans-Regular.otf"),
    "book": ("P052-Roman.otf", "DejaVuSerif.ttf", "LiberationSerif-Regular.ttf"),
    "typewriter": ("LiberationMono-Regular.ttf", "DejaVuSansMono.ttf", "NimbusMonoPS-Regular.otf"),
    "hand": ("Z003-MediumItalic.otf", "DejaVuSerif-Italic.ttf", "LiberationSerif-Italic.ttf"),
}
"""Family -> files of Debian's font packages, the first that is there is used."""
FOLDERS = ("/usr/share/fonts/truetype", "/usr/share/fonts/opentype", "/usr/share/fonts")
PAGE_MM = (210, 297)


@dataclass(frozen=True, slots=True)
class Look:
    """How a page came out of the scanner. Angles in degrees anticlockwise, `size` in points."""

    font: str = "serif"
    size: float = 11.5
    dpi: int = 300
    skew: float = 0.0
    turn: int = 0
    grain: float = 6.0
    """Standard deviation of the noise, in grey levels of 255."""
    blur: float = 0.4
    ink: int = 20
    paper: int = 250
    stamp: bool = False
    table: bool = False
    bitonal: bool = False
    """Black and white only, as fax and G4."""
    colour: bool = False


LOOKS: dict[str, Look] = {
    "clean": Look(),
    "sans": Look(font="sans", size=11),
    "skewed": Look(skew=2.2, grain=8),
    "dpi200": Look(dpi=200, font="book"),
    "fax": Look(dpi=200, bitonal=True, grain=28, blur=0.7),
    "g4table": Look(bitonal=True, table=True, font="sans"),
    "typewriter": Look(font="typewriter", size=11, ink=60, blur=0.7),
    "stamped": Look(stamp=True, colour=True),
    "faded": Look(ink=150, paper=235, grain=9),
    "small": Look(size=8.5, font="sans"),
    "turned90": Look(turn=90),
    "turned180": Look(turn=180, font="sans"),
    "hand": Look(font="hand", size=14, skew=0.8),
}


@dataclass(frozen=True, slots=True)
class Page:
    """A scanned page and what stands on it, one printed line to a line."""

    image: Image.Image
    text: str


def scanned(source: Letter, look: Look, seed: int = 0) -> list[Page]:
    """`source` printed and scanned as `look` says. The same arguments give the same pages."""
    return [
        Page(_worn(sheet, look, seed + number), text) for number, (sheet, text) in enumerate(_printed(source, look))
    ]


def sample(seed: int, look: str = "clean", kind: str = "", case_number: str = "") -> tuple[Letter, list[Page]]:
    """A letter by an invented person and its pages; `look` is a key of `LOOKS`."""
    made = made_letter(seed, kind, case_number)
    return made, scanned(made, LOOKS[look], seed)


def made_letter(seed: int, kind: str = "", case_number: str = "") -> Letter:
    """A letter by an invented person."""
    return letter(random.Random(seed), kind, case_number)  # noqa: S311 - made-up letters, no secret


def with_look(look: str, dpi: int) -> Look:
    """The look of that name at another resolution."""
    return replace(LOOKS[look], dpi=dpi)


def as_pdf(images: Sequence[Image.Image], dpi: int = 300) -> bytes:
    """A PDF as a scanner writes it: one picture to a page."""
    out = io.BytesIO()
    first, *others = (image.copy() for image in images)  # Pillow leaves its settings on what it has saved
    first.save(out, "PDF", save_all=True, append_images=others, resolution=dpi)
    return out.getvalue()


def as_tiff(images: Sequence[Image.Image], dpi: int = 300) -> bytes:
    """A TIFF with a picture to a page; G4 when black and white."""
    out = io.BytesIO()
    compression = "group4" if images[0].mode == "1" else "tiff_lzw"
    first, *others = (image.copy() for image in images)
    first.save(out, "TIFF", save_all=True, append_images=others, compression=compression, dpi=(dpi, dpi))
    return out.getvalue()


def as_image(image: Image.Image, kind: str, dpi: int = 300) -> bytes:
    """`image` as `JPEG` or `PNG`."""
    out = io.BytesIO()
    image.save(out, kind, dpi=(dpi, dpi))
    return out.getvalue()


@cache
def _font(family: str, pixels: int, bold: bool = False) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in FONTS[family]:
        wanted = name.replace("-Regular", "-Bold") if bold else name
        for folder in FOLDERS:
            for path in sorted(Path(folder).rglob(wanted)):
                return ImageFont.truetype(str(path), pixels)
    return ImageFont.load_default(pixels)


@dataclass(slots=True)
class _Sheet:
    """A page being printed: a pen that goes down and asks for a new page when it is full."""

    look: Look
    image: Image.Image
    y: int
    lines: list[str]

    @classmethod
    def blank(cls, look: Look) -> "_Sheet":
        width, height = (round(side / 25.4 * look.dpi) for side in PAGE_MM)
        return cls(look, Image.new("L", (width, height), look.paper), _px(look, 20), [])

    @property
    def full(self) -> bool:
        return self.y > self.image.height - _px(self.look, 28)


def _px(look: Look, mm: float) -> int:
    return round(mm / 25.4 * look.dpi)


def _printed(source: Letter, look: Look) -> Iterator[tuple[Image.Image, str]]:
    sheet = _Sheet.blank(look)
    for style, text in _blocks(source):
        if style == "row" and look.table:
            _row(sheet, text)
            continue
        for line in _wrapped(text, style, sheet):
            if sheet.full:
                yield sheet.image, "\n".join(sheet.lines)
                sheet = _Sheet.blank(look)
            _line(sheet, line, style)
        sheet.y += _px(look, 0 if style in ("line", "row") else 4)
    yield sheet.image, "\n".join(sheet.lines)


def _blocks(source: Letter) -> Iterator[tuple[str, str]]:
    who = source.person
    yield from (("line", who.name), ("line", who.street), ("para", f"{who.postcode} {who.place}"))
    yield from (("line", "Solviks kommun"), ("line", "Kontaktcenter"), ("para", "123 80 SOLVIK"))
    yield "right", f"{who.place.title()} {source.written.isoformat()}"
    yield "bold", source.subject
    for paragraph in source.paragraphs:
        yield "para", paragraph
    yield "para", "Med vänlig hälsning"
    yield "para", who.name
    number = who.personal_number
    yield "row", f"Personnummer: {number[:8]}-{number[8:]}"
    yield "row", f"Telefon: {who.phone}"
    yield "row", f"E-post: {who.email}"
    if source.organisation:
        yield "row", source.organisation


def _wrapped(text: str, style: str, sheet: _Sheet) -> Iterator[str]:
    font = _style_font(style, sheet.look)
    room = sheet.image.width - 2 * _px(sheet.look, 25)
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and font.getlength(longer) > room:
            yield line
            longer = word
        line = longer
    yield line


def _style_font(style: str, look: Look) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    pixels = round(look.size * look.dpi / 72 * (1.15 if style == "bold" else 1))
    return _font(look.font, pixels, style == "bold")


def _line(sheet: _Sheet, line: str, style: str) -> None:
    font = _style_font(style, sheet.look)
    x = _px(sheet.look, 25)
    if style == "right":
        x = sheet.image.width - x - round(font.getlength(line))
    ImageDraw.Draw(sheet.image).text((x, sheet.y), line, font=font, fill=sheet.look.ink)
    sheet.y += round(sheet.look.size * sheet.look.dpi / 72 * 1.35)
    sheet.lines.append(line)


def _row(sheet: _Sheet, text: str) -> None:
    """A ruled row with the label to the left and the value to the right, as on a form."""
    look, draw = sheet.look, ImageDraw.Draw(sheet.image)
    left, middle, right, height = _px(look, 25), _px(look, 70), _px(look, 160), _px(look, 9)
    label, _, value = text.partition(":")
    for x, words in ((left, label), (middle, value.strip())):
        draw.text((x + _px(look, 2), sheet.y + _px(look, 2)), words, font=_style_font("row", look), fill=look.ink)
    for box in ((left, sheet.y, middle, sheet.y + height), (middle, sheet.y, right, sheet.y + height)):
        draw.rectangle(box, outline=look.ink, width=max(1, _px(look, 0.3)))
    sheet.y += height
    sheet.lines.append(f"{label} {value.strip()}".strip())


def _worn(sheet: Image.Image, look: Look, seed: int) -> Image.Image:
    """The printed sheet after post and scanner."""
    image = sheet.filter(ImageFilter.GaussianBlur(look.blur * look.dpi / 300))
    if look.skew:
        image = image.rotate(look.skew, Image.Resampling.BICUBIC, fillcolor=look.paper)
    image = _grained(image, look, seed)
    if look.bitonal:
        image = image.point(lambda level: 255 if level > 140 else 0).convert("1", dither=Image.Dither.NONE)
    if look.stamp or look.colour:
        image = _stamped(image.convert("RGB"), look, seed) if look.stamp else image.convert("RGB")
    return image.rotate(look.turn, expand=True) if look.turn else image


def _grained(image: Image.Image, look: Look, seed: int) -> Image.Image:
    noise = np.random.default_rng(seed).normal(0, look.grain, (image.height, image.width)).astype(np.float32)
    return Image.fromarray(np.clip(np.asarray(image, dtype=np.float32) + noise, 0, 255).astype(np.uint8))


def _stamped(image: Image.Image, look: Look, seed: int) -> Image.Image:
    """A red date stamp, a little askew, over the head of the page."""
    mark = Image.new("RGB", (_px(look, 62), _px(look, 24)), "white")
    draw = ImageDraw.Draw(mark)
    draw.rectangle((4, 4, mark.width - 5, mark.height - 5), outline=(190, 40, 50), width=_px(look, 0.8))
    for y, words in ((4, "SOLVIKS KOMMUN"), (13, "INKOM 2026 -11- 20")):
        draw.text((_px(look, 5), _px(look, y)), words, font=_font("sans", _px(look, 5), True), fill=(190, 40, 50))
    tilt = random.Random(seed).uniform(-9, 9)  # noqa: S311 - the slant of a stamp, no secret
    mark = mark.rotate(tilt, expand=True, fillcolor="white")
    place = Image.new("RGB", image.size, "white")
    place.paste(mark, (image.width - mark.width - _px(look, 22), _px(look, 14)))
    return ImageChops.multiply(image, place)
