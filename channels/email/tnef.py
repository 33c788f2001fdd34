"""winmail.dat: what Outlook packs into the Transport Neutral Encapsulation Format (MS-OXTNEF), taken out.

A decoder of our own, since the libraries there are have had no releases for years. What comes out is no larger than
what goes in, but for compressed rich text, which `rtf` limits. Never raises; what is damaged is read as far as it
goes.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.email import charsets, mapi, rtf

SIGNATURE = b"\x78\x9f\x3e\x22"
MOST_ATTRIBUTES = 20_000
MOST_FILES = 500
DEEPEST = 5
_BODY, _MAPI, _CODEPAGE, _NEW, _TITLE, _DATA, _ATTACHMENT = 0x800C, 0x9003, 0x9007, 0x9002, 0x8010, 0x800F, 0x9005
_SUBJECT = 0x8004


@dataclass(frozen=True, slots=True)
class Packed:
    """A file inside."""

    name: str
    media_type: str
    content: bytes
    content_id: str = ""


@dataclass(slots=True)
class Winmail:
    """What was packed: the message's texts and its files."""

    subject: str = ""
    text: str = ""
    html: str = ""
    files: list[Packed] = field(default_factory=list)
    codepage: str = "cp1252"


@dataclass(slots=True)
class _Open:
    """The attachment that is being read."""

    title: str = ""
    data: bytes = b""
    properties: dict[int, mapi.Value] = field(default_factory=dict)


def read(data: bytes, depth: int = 0) -> Winmail | None:
    """Unpack; None when it is no such stream."""
    if data[:4] != SIGNATURE:
        return None
    found = Winmail()
    opened: _Open | None = None
    for name, value in _attributes(data):
        if name == _NEW:
            _close(opened, found, depth)
            opened = _Open()
        elif name == _CODEPAGE and len(value) >= 4:
            found.codepage = f"cp{struct.unpack_from('<I', value)[0]}"
        elif opened is None:
            _of_message(name, value, found)
        elif name == _TITLE:
            opened.title = _text(value, found)
        elif name == _DATA:
            opened.data = value
        elif name == _ATTACHMENT:
            opened.properties = mapi.read(value)
    _close(opened, found, depth)
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 6
    for _ in range(MOST_ATTRIBUTES):
        if position + 9 > len(data) or data[position] not in (1, 2):
            return
        name, length = struct.unpack_from("<H2xI", data, position + 1)
        position += 9
        yield name, data[position : position + length]
        position += length + 2  # the checksum


def _text(value: bytes, found: Winmail) -> str:
    return charsets.decoded(value.split(b"\x00", 1)[0], found.codepage)


def _of_message(name: int, value: bytes, found: Winmail) -> None:
    if name == _SUBJECT:
        found.subject = _text(value, found)
    elif name == _BODY:
        found.text = found.text or charsets.decoded(value.rstrip(b"\x00"), found.codepage)
    elif name == _MAPI:
        _properties(mapi.read(value), found)


def _properties(properties: dict[int, mapi.Value], found: Winmail) -> None:
    codepage = properties.get(mapi.INTERNET_CODEPAGE)
    html_page = f"cp{codepage}" if isinstance(codepage, int) and codepage != 65001 else "utf-8"
    found.text = _said(properties, mapi.BODY, found.codepage) or found.text
    found.html = _said(properties, mapi.HTML, html_page)
    packed = properties.get(mapi.RTF)
    if not found.html and isinstance(packed, bytes):
        html, text = rtf.read(rtf.unpacked(packed))
        found.html, found.text = html, found.text or text


def _said(properties: dict[int, mapi.Value], name: int, codepage: str) -> str:
    value = properties.get(name)
    if isinstance(value, bytes):
        return charsets.decoded(value.rstrip(b"\x00"), codepage)
    return value.rstrip("\x00") if isinstance(value, str) else ""


def _close(opened: _Open | None, found: Winmail, depth: int) -> None:
    """File the attachment that was open."""
    if opened is None or len(found.files) >= MOST_FILES:
        return
    properties = opened.properties
    named = (_said(properties, one, found.codepage) for one in (mapi.LONG_NAME, mapi.NAME))
    name = next((one for one in named if one), "") or opened.title or _said(properties, mapi.DISPLAY, found.codepage)
    value = properties.get(mapi.CONTENT)
    content = opened.data or (value if isinstance(value, bytes) else b"")
    if properties.get(mapi.METHOD) == mapi.EMBEDDED:
        _embedded(name, content, found, depth)
        return
    kind = _said(properties, mapi.MEDIA_TYPE, found.codepage).lower() or "application/octet-stream"
    content_id = _said(properties, mapi.CONTENT_ID, found.codepage).strip("<> ")
    found.files.append(Packed(name, kind if "/" in kind else "application/octet-stream", content, content_id))


def _embedded(name: str, content: bytes, found: Winmail, depth: int) -> None:
    """A message attached to the message: its text as a file, and its files."""
    at = content.find(SIGNATURE, 0, 64)
    inner = read(content[at:], depth + 1) if at >= 0 and depth < DEEPEST else None
    if inner is None:
        found.files.append(Packed(name, "application/octet-stream", content))
        return
    name = name or inner.subject or "meddelande"
    if inner.html:
        found.files.append(Packed(f"{name}.html", "text/html", inner.html.encode()))
    elif inner.text:
        found.files.append(Packed(f"{name}.txt", "text/plain", inner.text.encode()))
    found.files += inner.files[: MOST_FILES - len(found.files)]
