"""A mail in the forms that signatures are made over (RFC 6376 3.4). Bytes in, bytes out."""

import re

_FIELD = re.compile(rb"([!-9;-~]+)([ \t]*):((?:[^\n]*(?:\n[ \t][^\n]*)*)\n?)")
_GAP = re.compile(rb"[ \t]+")
_ALONE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
MOST_FIELDS = 5_000

Field = tuple[bytes, bytes]
"""A field's name, and its value as it stands, with its folds and last line break."""


def apart(raw: bytes) -> tuple[list[Field], bytes]:
    """Fields in order, and the body. Line breaks become CRLF, as they are on the wire (RFC 6376 5.3)."""
    whole = _ALONE.sub(b"\r\n", raw)
    if whole.startswith(b"\r\n"):
        return [], whole[2:]
    head, _, body = whole.partition(b"\r\n\r\n")
    return fields(head + b"\r\n"), body


def fields(head: bytes) -> list[Field]:
    """The fields of a header; lines that are none are passed over."""
    found: list[Field] = []
    position = 0
    while position < len(head) and len(found) < MOST_FIELDS:
        one = _FIELD.match(head, position)
        if one is None:
            position = head.find(b"\n", position) + 1 or len(head)
            continue
        found.append((one[1] + one[2], one[3]))
        position = one.end()
    return found


def field(name: bytes, value: bytes, *, relaxed: bool) -> bytes:
    """One field with its line break."""
    if not relaxed:
        return name + b":" + value.removesuffix(b"\r\n") + b"\r\n"
    flat = _GAP.sub(b" ", value.replace(b"\r\n", b"")).strip(b" \t")
    return name.strip().lower() + b":" + flat + b"\r\n"


def body(content: bytes, *, relaxed: bool) -> bytes:
    """The body without empty lines at its end."""
    if relaxed:
        content = _GAP.sub(b" ", content).replace(b" \r\n", b"\r\n").removesuffix(b" ")
    end = len(content)
    while content.endswith(b"\r\n", 0, end):
        end -= 2
    if not end:
        return b"" if relaxed else b"\r\n"
    return content[:end] + b"\r\n"
