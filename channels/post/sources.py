"""Opening a scanned file within limits, and its pages as pictures.

Runs only in a child process: what a hostile file does to the decoder, it does there. The kind is told by the
file's first bytes, never by its name.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pypdfium2
from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from channels.post.kinds import kind_of
from contactcenter.errors import Refused

_PILLOW = {"tiff": ("TIFF",), "jpeg": ("JPEG", "MPO"), "png": ("PNG",)}
A4_INCHES = 8.27
POINTS = 72
DAMAGED = (
    OSError,
    UnidentifiedImageError,
    SyntaxError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    EOFError,
    OverflowError,
    pikepdf.PdfError,
)
"""What the decoders raise for damaged files, by experience."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost. Pixels and side are per page image."""

    bytes: int
    pages: int
    pixels: int
    side: int
    dpi: int = 300


@dataclass(frozen=True, slots=True)
class Source:
    """An opened file: its kind, how many pages, and `page(index)` -> (picture, dots per inch)."""

    kind: str
    count: int
    page: Callable[[int], tuple[Image.Image, int]]
    close: Callable[[], None]


def open_source(path: Path, limits: Limits) -> Source:
    """Open the file at `path`.

    Raises Refused: `empty_file`, `unknown_type`, `file_too_large`, `encrypted`, `broken_file`, `too_many_pages`,
    `image_too_large`.
    """
    size = path.stat().st_size
    if size == 0:
        raise Refused("empty_file", "the file is empty (0 bytes)")
    if size > limits.bytes:
        raise Refused("file_too_large", f"the file is larger than {limits.bytes >> 20} MiB")
    kind = kind_of(path)
    if not kind:
        raise Refused("unknown_type", "the file is no PDF, TIFF, JPEG or PNG")
    source = _open_pdf(path, limits) if kind == "pdf" else _open_image(path, kind, limits)
    if not 0 < source.count <= limits.pages:
        source.close()
        raise Refused("too_many_pages" if source.count else "broken_file", f"the file has {source.count} pages")
    return source


def _open_pdf(path: Path, limits: Limits) -> Source:
    try:
        document = pypdfium2.PdfDocument(path)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise Refused("encrypted", "the PDF is protected by a password") from error
        raise Refused("broken_file", "the PDF is damaged") from error

    def page(index: int) -> tuple[Image.Image, int]:
        try:
            sheet = document[index]
            width, height = sheet.get_size()
            dpi = _fitting_dpi(width, height, limits)
            picture = sheet.render(scale=dpi / POINTS).to_pil()
        except pypdfium2.PdfiumError as error:
            raise Refused("broken_page", "the page is damaged") from error
        sheet.close()
        return picture, dpi

    return Source("pdf", count, page, document.close)


def _fitting_dpi(width: float, height: float, limits: Limits) -> int:
    """The wished resolution, or as much of it as keeps a page of `width` x `height` points within the limits."""
    inches = max(width, 1) / POINTS, max(height, 1) / POINTS
    most = min((limits.pixels / 2 / (inches[0] * inches[1])) ** 0.5, limits.side / max(inches))
    if most < 1:
        raise Refused("image_too_large", "the page is larger than can be read")
    return max(1, min(limits.dpi, int(most)))


def _open_image(path: Path, kind: str, limits: Limits) -> Source:
    Image.MAX_IMAGE_PIXELS = limits.pixels
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", category=UserWarning)
        try:
            image = Image.open(path, formats=_PILLOW[kind])
            _check_size(image, limits)
            count = image.n_frames if isinstance(image, TiffImagePlugin.TiffImageFile) else 1
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Refused("image_too_large", f"the picture has more than {limits.pixels} pixels") from error
        except DAMAGED as error:
            raise Refused("broken_file", "the picture is damaged") from error

    def page(index: int) -> tuple[Image.Image, int]:
        try:
            if count > 1:
                image.seek(index)
            _check_size(image, limits)
            picture = ImageOps.exif_transpose(image) if kind == "jpeg" else image.copy()
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Refused("image_too_large", f"the picture has more than {limits.pixels} pixels") from error
        except DAMAGED as error:
            raise Refused("broken_page", "the picture is damaged") from error
        return picture, _image_dpi(image)

    return Source(kind, count, page, image.close)


def _check_size(image: Image.Image, limits: Limits) -> None:
    if max(image.size) > limits.side:
        raise Refused("image_too_large", f"the picture is {image.width} x {image.height} pixels")
    if image.width * image.height > limits.pixels:
        raise Refused("image_too_large", f"the picture has more than {limits.pixels} pixels")


def _image_dpi(image: Image.Image) -> int:
    """What the file says; where that is missing or senseless, as if the picture were as wide as A4."""
    said = image.info.get("dpi", (0, 0))
    try:
        dpi = round(float(said[0]))
    except (TypeError, ValueError, IndexError, OverflowError, ZeroDivisionError):
        dpi = 0
    return dpi if 100 <= dpi <= 1200 else max(70, min(600, round(min(image.size) / A4_INCHES)))
