"""What stands in the way of reading, taken off a page: uneven light, stamps over the text, specks.

None of this is done to every page. A page is read as it is; where much of it is unsure, what its own ink gives reason
for is tried, and the reading that makes the most sense is taken (`reading.py`).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

LEAST_CONTRAST = 20
"""Grey levels between ink and paper below which nothing is stretched: it would only make noise loud."""
INK, PAPER = 0.1, 0.18
"""How far from ink and from paper, as shares of what is between them, all is black and all is white."""
DARKEST = 0.7
"""The same from paper, when only the darkest ink is to stay: what a grey stamp leaves of the text under it."""
COLOURLESS = 0.5
TILES = 8
UNEVEN = 30
"""Grey levels that the paper's tone differs over a page whose light is evened out."""
SPECK, AROUND, SPECK_DPI = 9, 7, 220
"""At that fineness, ink of at most so many dots within a square of such a side is a speck: no letter, no full stop."""
SPECKLED = 0.01
"""Share of the ink in specks from which on it is worth trying without them."""
SATURATED = 60
STAMP = 0.5
"""Share of coloured dots in a word's ink from which on it is no print."""


def even(grey: Image.Image) -> Image.Image:
    """`grey` with its paper of one tone; as it is when it is of one tone already."""
    small = grey.reduce(max(1, min(grey.size) // 200))
    paper = small.filter(ImageFilter.MaxFilter(9)).filter(ImageFilter.BoxBlur(8))
    tones = np.asarray(paper.resize((TILES, TILES), Image.Resampling.BOX))[1:-1, 1:-1]
    if int(tones.max()) - int(tones.min()) < UNEVEN:
        return grey
    light = np.asarray(paper.resize(grey.size, Image.Resampling.BILINEAR)).astype(np.float32)
    levels = np.asarray(grey).astype(np.float32) * (250 / np.maximum(light, 40))
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def stretched(grey: Image.Image, paper_share: float = PAPER) -> Image.Image:
    """`grey` with its ink made dark and its paper white."""
    small = np.asarray(grey.reduce(2))
    paper, ink = float(np.percentile(small, 70)), float(np.percentile(small, 0.5))
    low, high = ink + INK * (paper - ink), paper - paper_share * (paper - ink)
    if high - low <= LEAST_CONTRAST:
        return grey
    return grey.point([max(0, min(255, round(255 * (level - low) / (high - low)))) for level in range(256)])


def attempts(picture: Image.Image, plain: Image.Image, dpi: int) -> Iterator[Image.Image]:
    """Other pictures of the same page that may read better than `plain`, which is `picture` made ready to read."""
    if picture.mode == "RGB":
        yield stretched(even(colourless(picture)), COLOURLESS)
    if (clean := despeckled(plain, dpi)) is not None:
        yield clean
    if has_greys(plain):
        yield stretched(even(picture.convert("L")), DARKEST)


def colourless(picture: Image.Image) -> Image.Image:
    """Grey as the brightest of the three colours: print stays dark, a red or blue stamp becomes pale."""
    red, green, blue = picture.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def despeckled(grey: Image.Image, dpi: int = SPECK_DPI) -> Image.Image | None:
    """`grey` without specks; None when there are few."""
    levels = np.asarray(grey)
    dark = levels < 128
    specks = dark & (_near(dark) <= SPECK * (dpi / SPECK_DPI) ** 2)
    if specks.sum() < SPECKLED * max(1, dark.sum()):
        return None
    return Image.fromarray(np.where(specks, np.uint8(255), levels))


def _near(dark: NDArray[np.bool_]) -> NDArray[np.int32]:
    """How many dark dots are in the square round each dot."""
    half = AROUND // 2
    sums = np.pad(dark.astype(np.int32), ((half + 1, half), (half + 1, half))).cumsum(0).cumsum(1)
    near: NDArray[np.int32] = (
        sums[AROUND:, AROUND:] - sums[:-AROUND, AROUND:] - sums[AROUND:, :-AROUND] + sums[:-AROUND, :-AROUND]
    )
    return near


def has_greys(grey: Image.Image) -> bool:
    """Whether there is anything between black and white: a fax has nothing to be made darker."""
    counts = grey.histogram()
    return sum(counts[40:216]) > 0.002 * sum(counts)


def coloured_share(picture: Image.Image, box: tuple[int, int, int, int]) -> float:
    """How much of the ink in `box` (left, top, width, height) has a colour; 0..1."""
    left, top, width, height = box
    cut = np.asarray(picture.crop((left, top, left + width, top + height))).astype(np.int16)
    ink = cut.min(axis=2) < 160
    colour = cut.max(axis=2) - cut.min(axis=2) > SATURATED
    return float((ink & colour).sum() / max(1, ink.sum()))
