"""Transfer encodings (RFC 2045 section 6) as they occur: what is damaged is read as far as it goes. Never raises."""

import binascii
import re

from channels.email import uuencoded

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_FOREIGN = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2}[ \t]*")
_TRAILING = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n)")
_SOFT = re.compile(rb"=[ \t]*\Z")


def decoded(data: bytes, label: str, *, is_text: bool) -> bytes:
    """The content of a body. A label that cannot be right is not followed."""
    name = re.sub(r"\(.*?\)", "", label).strip(" \t\r\n;,.\"'").lower().replace(" ", "-").replace("_", "-")
    if name in ("base64", "base-64", "b", "x-base64", "b64", "based64"):
        return _base64(data, is_text=is_text)
    if name in ("quoted-printable", "quotedprintable", "qp", "q", "quoted-print", "quoted"):
        return quoted_printable(data)
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        found = uuencoded.first(data)
        return data if found is None else found
    return data


def quoted_printable(data: bytes) -> bytes:
    """White space at line ends was added on the way; an equals sign that means nothing stays."""
    if b"=" not in data:
        return _TRAILING.sub(b"", data)
    if b"==" in data:
        data = data.replace(b"==", b"=3D=")
    return binascii.a2b_qp(_SOFT.sub(b"", _TRAILING.sub(b"", data)))


def _base64(data: bytes, *, is_text: bool) -> bytes:
    if not is_text or not _NOT_BASE64.search(data):
        return _groups(data)
    lines = data.splitlines(keepends=True)
    good = 0
    while good < len(lines) and (not lines[good].strip() or _BASE64_LINE.fullmatch(lines[good].strip())):
        good += 1
    kept = b"".join(lines[:good])
    rest = b"".join(lines[good:])
    if len(kept.split()) == 0 or (b" " in lines[0].strip() and not good):
        return data if _is_prose(data) else _groups(data)
    return _groups(kept) + (b"\n" + rest if _is_prose(rest) else _groups(rest))


def _is_prose(data: bytes) -> bool:
    """Words with spaces and stops; noise on the line is not."""
    looked = data[:4000].strip()
    foreign = len(_NOT_BASE64.findall(looked))
    return foreign * 12 > len(looked) or (b" " in looked and len(looked.split()) * 12 > len(looked))


def _groups(data: bytes) -> bytes:
    """Base64 with what is foreign left out, padded or not, also several pieces in a row."""
    try:
        if data.rstrip().find(b"=", 0, -2) < 0:
            return binascii.a2b_base64(data)
    except binascii.Error:
        pass
    bare = data.translate(None, delete=_FOREIGN)
    return b"".join(_group(piece) for piece in re.findall(rb"[^=]+", bare))


def _group(piece: bytes) -> bytes:
    whole = piece[: len(piece) - 1] if len(piece) % 4 == 1 else piece
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
