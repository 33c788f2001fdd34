"""uuencoded files, alone or in the middle of a text. Never raises."""

import binascii
import re

_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,200})\r?\n", re.MULTILINE)
_END = re.compile(rb"^end[ \t]*\r?$", re.MULTILINE)
_LINE = re.compile(rb"[\x20-\x60]{1,90}")
MOST = 100


def first(data: bytes) -> bytes | None:
    """The content of the first file in `data`; what has no frame is taken for lines alone."""
    files = split(data)[1]
    if files:
        return files[0][1]
    lines = data.splitlines()
    return _decoded(lines) if lines and all(_plausible(line) for line in lines[:20] if line.strip()) else None


def split(data: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The text without its files, and the files as (name, content)."""
    if b"begin" not in data:
        return data, []
    kept: list[bytes] = []
    files: list[tuple[bytes, bytes]] = []
    position = 0
    for begin in _BEGIN.finditer(data):
        if len(files) >= MOST:
            break
        in_base64 = begin[0].startswith(b"begin-base64")
        if begin.start() < position or not (in_base64 or _starts(data, begin.end())):
            continue
        end = _END.search(data, begin.end())
        stop = end.start() if end else len(data)
        lines = data[begin.end() : stop].splitlines()
        if not in_base64 and (not lines or not all(_plausible(line) for line in lines[:3] if line.strip())):
            continue
        content = _base64(data[begin.end() : stop]) if in_base64 else _decoded(lines)
        files.append((begin[1].strip(), content))
        kept.append(data[position : begin.start()])
        position = end.end() if end else stop
    return b"".join(kept) + data[position:], files


def _starts(data: bytes, position: int) -> bool:
    line = data[position : position + 100].split(b"\n", 1)[0]
    return line.rstrip() == b"end" or _plausible(line)


def _plausible(line: bytes) -> bool:
    """The first sign says how many bytes the line has, and the line is about as long."""
    line = line.rstrip(b"\r\n")
    count = (line[0] - 32) & 63 if line else 0
    needed = (count + 2) // 3 * 4 + 1
    return bool(_LINE.fullmatch(line)) and needed - 5 <= len(line) <= needed + 2


def _decoded(lines: list[bytes]) -> bytes:
    made: list[bytes] = []
    for line in lines:
        if not line.strip(b"\r\n"):
            continue
        try:
            made.append(binascii.a2b_uu(line))
        except binascii.Error:
            count = ((line[0] - 32) & 63) * 4 // 3 + 2  # signs after the end of the line, as some wrote
            try:
                made.append(binascii.a2b_uu(line[: count + 1]))
            except binascii.Error:
                continue
    return b"".join(made)


def _base64(data: bytes) -> bytes:
    bare = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    bare = bare[: len(bare) - 1] if len(bare) % 4 == 1 else bare
    return binascii.a2b_base64(bare + b"=" * (-len(bare) % 4))
