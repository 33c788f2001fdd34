"""One page: codes, way up, straight, recognised. Runs only in a child process.

Tesseract is run once for an ordinary page. Its orientation finder costs a quarter of that, so it is asked only
when the page looks as if it lay on its side or what was read makes no sense.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from channels.post import cleaning, recognition
from channels.post import codes as sheet_codes
from channels.post.recognition import Languages
from channels.post.words import Word, certainty, lines, text_of, to_json

Dark = NDArray[np.bool_]
"""Where there is ink."""
COARSE = tuple(step / 2 for step in range(-14, 15))
WIDE = tuple(float(step) for step in range(8, 26))
FINE = (-0.25, -0.125, 0.125, 0.25)
"""Angles in degrees that are tried for a page's skew; the wide ones for a page that hangs as far as the others go."""
MOST_POINTS = 60_000
LEAST_SKEW, MUCH_SKEW = 0.3, 3.0
"""Degrees; less than the one is left as it is, from the other on the sheet is made larger so that no corner is cut."""
BLANK_INK = 0.0004
"""A page with a smaller share of dark pixels holds nothing."""
SENSELESS = 0.72
"""Mean confidence below which the page may stand on its head."""
TURN_DPI = 150
"""Enough to tell which way is up."""
HOPELESS = 0.55
"""Mean confidence below which a page is tried upside down even when nothing says so."""
HIGH_SATURATION = 60
UNSURE, MUCH_UNSURE = 0.6, 0.05
"""A word below that confidence is unsure; a page with so much of its text in such words is tried otherwise."""
CHANCE = 0.3
"""Confidence of a word that says as much as none: more of such words do not make a reading better."""


@dataclass(frozen=True, slots=True)
class PageRead:
    """What was found on one page. `separator` is set when it is a separator sheet (then nothing else was read)."""

    index: int
    width: int = 0
    """Of the page image, in pixels."""
    height: int = 0
    dpi: int = 0
    """That it was read at."""
    blank: bool = False
    turned: int = 0
    skew: float = 0.0
    confidence: float = 0.0
    words: int = 0
    codes: tuple[str, ...] = ()
    separator: dict[str, Any] | None = None
    image: str = ""
    """File name of the page image in the work folder."""
    problem: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def read_page(
    picture: Image.Image, dpi: int, index: int, folder: Path, languages: Languages, most_dpi: int, page_dpi: int
) -> PageRead:
    """Read one page at no more than `most_dpi`; its image (at no more than `page_dpi`) and words are left in
    `folder` as `page-<index>.jpg` and `.json`."""
    picture, dpi = _handy(picture, dpi, most_dpi)
    codes = tuple(dict.fromkeys(_codes(picture)))
    found = sheet_codes.from_codes(codes)
    if found:
        return PageRead(index, codes=codes, separator=asdict(found))
    upright, turned, skew, words = _recognised(picture, dpi, folder, languages)
    text = text_of(lines(words))
    if sheet_codes.looks_like_sheet(text):
        return PageRead(index, codes=codes, separator=asdict(sheet_codes.Separator(problem="separator_unreadable")))
    blank = not words and _ink(upright) < BLANK_INK
    name = _save(upright, dpi, page_dpi, folder, index)
    scale = page_dpi / dpi if dpi > 1.1 * page_dpi else 1.0
    _words_file(folder, index).write_text(json.dumps({"words": to_json(words), "scale": scale, "dpi": dpi}), "utf-8")
    size = round(upright.width * scale), round(upright.height * scale)
    return PageRead(index, *size, dpi, blank, turned, skew, certainty(words), len(words), codes, None, name)


def _words_file(folder: Path, index: int) -> Path:
    return folder / f"page-{index:05d}.json"


def _handy(picture: Image.Image, dpi: int, most_dpi: int) -> tuple[Image.Image, int]:
    """`picture` in grey or colour, not finer than is of use: finer ones cost time and read no better."""
    picture = _plain(picture)
    if picture.mode == "RGB" and not _is_coloured(picture):
        picture = picture.convert("L")
    if dpi > 1.1 * most_dpi:
        size = (round(picture.width * most_dpi / dpi), round(picture.height * most_dpi / dpi))
        picture, dpi = picture.resize(size, Image.Resampling.BOX), most_dpi
    return picture, dpi


def _plain(picture: Image.Image) -> Image.Image:
    """`picture` as grey (`L`) or colour (`RGB`) on white paper, whatever the file holds."""
    if picture.mode in ("L", "RGB"):
        return picture
    if picture.mode in ("1", "F"):
        return picture.convert("L")
    if picture.mode.startswith("I"):  # 16 bits and more; Pillow would cut off what is brighter than 255
        levels = np.asarray(picture).astype(np.float32)
        return Image.fromarray((levels * (255 / max(1.0, float(levels.max())))).astype(np.uint8))
    if picture.mode not in ("RGBA", "LA", "PA", "P", "La", "RGBa"):
        return picture.convert("RGB")
    seen_through = picture.convert("RGBA")
    flat = Image.new("RGB", picture.size, "white")
    flat.paste(seen_through, mask=seen_through.getchannel("A"))
    return flat


def _is_coloured(picture: Image.Image) -> bool:
    small = np.asarray(picture.reduce(max(1, picture.width // 300))).astype(np.int16)
    return bool(np.mean(small.max(axis=2) - small.min(axis=2) > HIGH_SATURATION) > 0.0005)


def _codes(picture: Image.Image) -> list[str]:
    """Texts of the codes on the page: first on a smaller picture, which is fast; small QR codes on the whole one."""
    grey = picture.convert("L")
    qr, bars = zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128
    for small, formats in ((grey.reduce(2), (qr, bars)), (grey, (qr,))):
        kinds: Any = formats  # more may be passed than its types say
        if found := zxingcpp.read_barcodes(small, formats=kinds):
            return [str(code.text) for code in found]
    return []


def _recognised(
    picture: Image.Image, dpi: int, folder: Path, languages: Languages
) -> tuple[Image.Image, int, float, list[Word]]:
    """The upright picture, how it was turned (degrees clockwise), its skew (degrees) and the words."""
    turned = _turn(picture, dpi, folder) if lies(_dark(picture)) else 0
    upright, skew, words = _straight(_turned(picture, turned), dpi, folder, languages)
    if certainty(words) < SENSELESS and not turned and _ink(picture) > BLANK_INK:
        turned = _turn(picture, dpi, folder) or (180 if certainty(words) < HOPELESS else 0)
        if turned:
            other = _straight(_turned(picture, turned), dpi, folder, languages)
            if certainty(other[2]) > certainty(words):
                upright, skew, words = other
            else:
                turned = 0
    if words:
        words = _cleaned(upright, dpi, folder, languages.first, words)
        grey = cleaning.stretched(cleaning.even(upright.convert("L")))
        words = recognition.second_look(words, grey, folder, languages.second, dpi)
    return upright, turned, skew, words


def _straight(
    picture: Image.Image, dpi: int, folder: Path, languages: Languages
) -> tuple[Image.Image, float, list[Word]]:
    skew = skew_of(_dark(picture))
    if abs(skew) >= LEAST_SKEW:
        fill: Any = 255 if picture.mode == "L" else (255, 255, 255)
        picture = picture.rotate(skew, Image.Resampling.BILINEAR, expand=abs(skew) > MUCH_SKEW, fillcolor=fill)
    else:
        skew = 0.0
    plain = cleaning.stretched(cleaning.even(picture.convert("L")))
    return picture, skew, recognition.read(_file(plain, folder), languages.first, dpi)


def _file(grey: Image.Image, folder: Path) -> Path:
    """In the format that Tesseract opens fastest."""
    path = folder / "page.pgm"
    grey.save(path)
    return path


def _cleaned(picture: Image.Image, dpi: int, folder: Path, language: str, words: list[Word]) -> list[Word]:
    """`words`, or what is read when what disturbs is taken off the page, if that makes more sense."""
    if unsure_share(words) <= MUCH_UNSURE:
        return words
    plain = cleaning.stretched(cleaning.even(picture.convert("L")))
    for other in cleaning.attempts(picture, plain, dpi):
        again = recognition.read(_file(other, folder), language, dpi)
        words = max(words, again, key=sense)
        if unsure_share(words) <= MUCH_UNSURE:
            break
    return words


def unsure_share(words: Sequence[Word]) -> float:
    """How much of the text, 0..1, is in words that are unsure."""
    signs = sum(len(word.text) for word in words)
    return sum(len(word.text) for word in words if word.confidence < UNSURE) / max(1, signs)


def sense(words: Sequence[Word]) -> float:
    """How much of a page was read, and how surely: to compare readings of the same page."""
    return sum(len(word.text) * (word.confidence - CHANCE) for word in words)


def _turn(picture: Image.Image, dpi: int, folder: Path) -> int:
    """Asks Tesseract which way is up, on a picture no finer than is needed for it."""
    path, grey = folder / "turn.pgm", picture.convert("L")
    if dpi > TURN_DPI:
        size = round(grey.width * TURN_DPI / dpi), round(grey.height * TURN_DPI / dpi)
        grey, dpi = grey.resize(size, Image.Resampling.BOX), TURN_DPI
    grey.save(path)
    return recognition.upright_turn(path, dpi)


def _turned(picture: Image.Image, clockwise: int) -> Image.Image:
    way = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}.get(
        clockwise
    )
    return picture.transpose(way) if way is not None else picture


def _dark(picture: Image.Image) -> Dark:
    """Where there is ink, on a picture of at most some 900 pixels' width."""
    grey = picture.convert("L")
    small = np.asarray(grey.reduce(max(1, min(grey.size) // 600)))
    paper, ink = np.percentile(small, 80), float(small.min())
    dark: Dark = small < paper - max(25.0, (paper - ink) * 0.4)
    return dark


def _ink(picture: Image.Image) -> float:
    return float(_dark(picture).mean())


def lies(dark: Dark) -> bool:
    """Whether lines of text seem to run up or down: then ink gathers in columns more than in rows."""
    _, rows = _sharpest(dark)
    _, columns = _sharpest(dark.T)
    return columns > 1.3 * rows


def skew_of(dark: Dark) -> float:
    """Degrees clockwise that the lines hang; turning the picture that far anticlockwise straightens it."""
    angle, sharpness = _sharpest(dark)
    if not angle:
        return 0.0
    return 0.0 if abs(angle) >= WIDE[-1] or sharpness < 1.1 * _sharpness(*_points(dark), 0.0) else angle


def _sharpest(dark: Dark) -> tuple[float, float]:
    """The angle in which ink gathers in the fewest rows, and how much it does (projection profile, Postl 1986)."""
    down, across = _points(dark)
    if down.size < 200:
        return 0.0, 0.0
    angles = {angle: _sharpness(down, across, angle) for angle in COARSE}
    best = max(angles, key=angles.__getitem__)
    if abs(best) >= COARSE[-2]:
        way = 1 if best > 0 else -1
        angles |= {way * angle: _sharpness(down, across, way * angle) for angle in WIDE}
        best = max(angles, key=angles.__getitem__)
        angles |= {best + half: _sharpness(down, across, best + half) for half in (-0.5, 0.5)}
        best = max(angles, key=angles.__getitem__)
    angles |= {best + step: _sharpness(down, across, best + step) for step in FINE}
    best = max(angles, key=angles.__getitem__)
    return float(best), angles[best]


def _points(dark: Dark) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    down, across = np.nonzero(dark)
    step = max(1, down.size // MOST_POINTS)
    return down[::step].astype(np.float32), across[::step].astype(np.float32)


def _sharpness(down: NDArray[np.float32], across: NDArray[np.float32], angle: float) -> float:
    rows = (down - across * np.float32(np.tan(np.radians(angle)))).astype(np.int32)
    counts = np.bincount(rows - rows.min()).astype(np.float64)
    return float(np.square(np.diff(counts)).sum())


def _save(picture: Image.Image, dpi: int, page_dpi: int, folder: Path, index: int) -> str:
    name = f"page-{index:05d}.jpg"
    if dpi > 1.1 * page_dpi:
        size = (round(picture.width * page_dpi / dpi), round(picture.height * page_dpi / dpi))
        picture, dpi = picture.resize(size, Image.Resampling.BILINEAR), page_dpi
    picture.save(folder / name, "JPEG", quality=72, dpi=(dpi, dpi))
    return name
