"""What kind of file it is and whether its end is there, told in a few reads. Cheap, and safe with hostile files."""

import struct
from pathlib import Path
from typing import BinaryIO

TAIL = 4096
MOST_DIRECTORIES = 20_000
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "tiff": "image/tiff",
    "jpeg": "image/jpeg",
    "png": "image/png",
}
EXTENSIONS = {"pdf": "pdf", "tiff": "tif", "jpeg": "jpg", "png": "png"}
_MAGIC = {
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"II*\x00": "tiff",
    b"MM\x00*": "tiff",
    b"II+\x00": "tiff",
    b"MM\x00+": "tiff",
}


def kind_of(path: Path) -> str:
    """`pdf`, `tiff`, `jpeg`, `png`, or "" for anything else."""
    with path.open("rb") as stream:
        head = stream.read(1024)
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    return "pdf" if b"%PDF-" in head else ""


def looks_whole(path: Path) -> bool:
    """False for an empty file and for a PDF, JPEG, PNG or TIFF that seems cut off; True for anything else.

    Raises FileNotFoundError.
    """
    size = path.stat().st_size
    if size == 0:
        return False
    with path.open("rb") as stream:
        head = stream.read(1024)
        stream.seek(max(0, size - TAIL))
        tail = stream.read(TAIL)
        if head.startswith((b"II*\x00", b"MM\x00*")):
            return _tiff_whole(stream, head[:2], size)
    if b"%PDF-" in head:
        return b"%%EOF" in tail
    if head.startswith(b"\xff\xd8\xff"):
        return b"\xff\xd9" in tail
    if head.startswith(b"\x89PNG"):
        return b"IEND" in tail
    return True


def _tiff_whole(stream: BinaryIO, order: bytes, size: int) -> bool:
    """Whether the chain of directories (TIFF 6.0, section 2) lies within the file."""
    sign = "<" if order == b"II" else ">"
    place, seen = 4, 0
    while seen < MOST_DIRECTORIES:
        stream.seek(place)
        raw = stream.read(4)
        if len(raw) < 4:
            return False
        (directory,) = struct.unpack(sign + "I", raw)
        if directory == 0:
            return seen > 0
        stream.seek(directory)
        count = stream.read(2)
        if directory >= size or len(count) < 2:
            return False
        place = directory + 2 + 12 * struct.unpack(sign + "H", count)[0]
        seen += 1
    return True
