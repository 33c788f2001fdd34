"""One page: codes, way up, straight, recognised. Runs only in a child process.

Tesseract is run once for an ordinary page. Its orientation finder costs a quarter of that, so it is asked only
when the page looks as if it lay on its side or what was read makes no sense.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from channels.post import codes as sheet_codes
from channels.post import recognition
from channels.post.recognition import Languages
from channels.post.words import Word, certainty, lines, text_of, to_json

ANGLES = np.arange(-7.0, 7.01, 0.25)
LEAST_SKEW = 0.3
"""Degrees; less is left as it is."""
BLANK_INK = 0.0004
"""A page with a smaller share of dark pixels holds nothing."""
SENSELESS = 0.72
"""Mean confidence below which the page may stand on its head."""
TOP_DPI = 400
"""Finer pictures are made coarser: it costs time and reads no better."""
ENOUGH_DPI = 280
"""From here on half of it is enough to tell which way is up."""
HOPELESS = 0.55
"""Mean confidence below which a page is tried upside down even when nothing says so."""
HIGH_SATURATION = 60


@dataclass(frozen=True, slots=True)
class PageRead:
    """What was found on one page. `separator` is set when it is a separator sheet (then nothing else was read)."""

    index: int
    width: int = 0
    height: int = 0
    dpi: int = 0
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
    picture: Image.Image, dpi: int, index: int, folder: Path, languages: Languages, page_dpi: int
) -> PageRead:
    """Read one page; its image and words are left in `folder` as `page-<index>.jpg` and `.json`."""
    picture, dpi = _handy(picture, dpi)
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
    scale = min(1.0, page_dpi / dpi)
    _words_file(folder, index).write_text(json.dumps({"words": to_json(words), "scale": scale, "dpi": dpi}), "utf-8")
    return PageRead(
        index, upright.width, upright.height, dpi, blank, turned, skew, certainty(words), len(words), codes, None, name
    )


def _words_file(folder: Path, index: int) -> Path:
    return folder / f"page-{index:05d}.json"


def _handy(picture: Image.Image, dpi: int) -> tuple[Image.Image, int]:
    """`picture` in grey or colour, not finer than is of use."""
    if picture.mode == "1" or picture.mode.startswith("I"):
        picture = picture.convert("L")
    elif picture.mode not in ("L", "RGB"):
        flat = Image.new("RGB", picture.size, "white")
        coloured = picture.convert("RGBA")
        flat.paste(coloured, mask=coloured.getchannel("A"))
        picture = flat
    if dpi > TOP_DPI:
        size = (round(picture.width * 300 / dpi), round(picture.height * 300 / dpi))
        picture, dpi = picture.resize(size, Image.Resampling.BOX), 300
    if picture.mode == "RGB" and not _is_coloured(picture):
        picture = picture.convert("L")
    return picture, dpi


def _is_coloured(picture: Image.Image) -> bool:
    small = np.asarray(picture.reduce(max(1, picture.width // 300))).astype(np.int16)
    return bool(np.mean(small.max(axis=2) - small.min(axis=2) > HIGH_SATURATION) > 0.0005)


def _codes(picture: Image.Image) -> list[str]:
    """Texts of the QR and Code 128 codes on the page, largest sizes first tried."""
    formats: Any = (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128)  # more than its types say
    grey = picture.convert("L")
    for factor in (2, 1) if max(picture.size) < 1500 else (2,):
        small = grey.reduce(factor)
        if found := zxingcpp.read_barcodes(small, formats=formats):
            return [str(code.text) for code in found]
    return []


def _recognised(
    picture: Image.Image, dpi: int, folder: Path, languages: Languages
) -> tuple[Image.Image, int, float, list[Word]]:
    """The upright picture, how it was turned (degrees clockwise), its skew (degrees) and the words."""
    turned = _turn(picture, dpi, folder) if _lies(picture) else 0
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
        words = recognition.second_look(words, upright.convert("L"), folder, languages.second, dpi)
    return upright, turned, skew, words


def _straight(
    picture: Image.Image, dpi: int, folder: Path, languages: Languages
) -> tuple[Image.Image, float, list[Word]]:
    skew = skew_of(picture)
    if abs(skew) >= LEAST_SKEW:
        fill: Any = 255 if picture.mode == "L" else (255, 255, 255)
        picture = picture.rotate(skew, Image.Resampling.BILINEAR, fillcolor=fill)
    else:
        skew = 0.0
    path = _grey_file(picture, folder)
    return picture, skew, recognition.read(path, languages.first, dpi)


def _grey_file(picture: Image.Image, folder: Path) -> Path:
    """`picture` in the format that Tesseract opens fastest."""
    path = folder / "page.pgm"
    picture.convert("L").save(path)
    return path


def _turn(picture: Image.Image, dpi: int, folder: Path) -> int:
    """Asks Tesseract which way is up, on a smaller picture where that is enough."""
    path, factor = folder / "turn.pgm", 2 if dpi >= ENOUGH_DPI else 1
    picture.convert("L").reduce(factor).save(path)
    return recognition.upright_turn(path, dpi // factor)


def _turned(picture: Image.Image, clockwise: int) -> Image.Image:
    way = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}.get(
        clockwise
    )
    return picture.transpose(way) if way is not None else picture


def _dark(picture: Image.Image) -> NDArray[np.bool_]:
    """Where there is ink, on a picture of at most some 900 pixels' width."""
    grey = picture.convert("L")
    small = np.asarray(grey.reduce(max(1, min(grey.size) // 600)))
    paper, ink = np.percentile(small, 80), float(small.min())
    dark: NDArray[np.bool_] = small < paper - max(25.0, (paper - ink) * 0.4)
    return dark


def _ink(picture: Image.Image) -> float:
    return float(_dark(picture).mean())


def _lies(picture: Image.Image) -> bool:
    """Whether lines of text seem to run up or down: then columns of pixels vary more than rows do."""
    dark = _dark(picture)
    rows, columns = dark.sum(axis=1).astype(float), dark.sum(axis=0).astype(float)
    return bool(np.var(np.diff(columns)) * rows.mean() > 1.3 * np.var(np.diff(rows)) * columns.mean())


def skew_of(picture: Image.Image) -> float:
    """Degrees clockwise that the lines hang; turning the picture that far anticlockwise straightens it.

    Projection profile (Postl 1986): in the right direction ink gathers in the fewest rows.
    """
    dark = _dark(picture)
    down, across = np.nonzero(dark)
    if down.size < 200:
        return 0.0
    step = max(1, down.size // 200_000)
    down, across = down[::step].astype(np.float32), across[::step].astype(np.float32)

    def sharpness(angle: float) -> float:
        rows = (down - across * np.tan(np.radians(angle))).astype(np.int32)
        counts = np.bincount(rows - rows.min()).astype(np.float64)
        return float(np.square(np.diff(counts)).sum())

    best = max(ANGLES, key=sharpness)
    return 0.0 if abs(best) > 6.9 or sharpness(best) < 1.1 * sharpness(0.0) else float(best)


def _save(picture: Image.Image, dpi: int, page_dpi: int, folder: Path, index: int) -> str:
    name = f"page-{index:05d}.jpg"
    if dpi > page_dpi:
        size = (round(picture.width * page_dpi / dpi), round(picture.height * page_dpi / dpi))
        picture = picture.resize(size, Image.Resampling.BILINEAR)
    picture.save(folder / name, "JPEG", quality=72, dpi=(min(dpi, page_dpi),) * 2)
    return name
