"""Signed S/MIME messages that hide their content in the signature (RFC 8551): the content taken out.

Only the outer shell of the Cryptographic Message Syntax (RFC 5652) is read, in BER with indefinite lengths, too.
Whether the signature is right is another question, and not asked here. Never raises.
"""

import base64
import binascii
from collections.abc import Iterator

SIGNED = bytes.fromhex("2a864886f70d010702")
ENVELOPED = bytes.fromhex("2a864886f70d010703")
AUTHENTICATED = bytes.fromhex("2a864886f70d0109100117")
COMPRESSED = bytes.fromhex("2a864886f70d0109100109")
MOST_ELEMENTS = 100_000
DEEPEST = 12


class Odd(Exception):
    """Not what the syntax allows."""


def signed_content(data: bytes) -> bytes | None:
    """The MIME entity inside; None when the data is something else or damaged."""
    try:
        data = binary(data)
        kind, inner = _content_info(data)
        if kind != SIGNED:
            return None
        body = _first(data, *inner, 0x30)
        encapsulated = [one for one in _elements(data, *body) if one[0] == 0x30][0]  # noqa: RUF015 (IndexError is caught)
        explicit = [one for one in _elements(data, *encapsulated[1:]) if one[0] == 0xA0][0]  # noqa: RUF015
        return b"".join(_octets(data, *explicit[1:], 0))
    except (Odd, IndexError, RecursionError):
        return None


def is_enveloped(data: bytes) -> bool:
    """Whether it is encrypted for somebody."""
    try:
        return _content_info(binary(data))[0] in (ENVELOPED, AUTHENTICATED)
    except (Odd, IndexError):
        return False


def binary(data: bytes) -> bytes:
    """Some send it with base64 twice, or as PEM."""
    if data[:1] == b"\x30":
        return data
    bare = b"".join(line for line in data.split() if not line.startswith(b"-----"))
    try:
        return base64.b64decode(bare, validate=True)
    except binascii.Error:
        return data


def _content_info(data: bytes) -> tuple[bytes, tuple[int, int]]:
    outer = _first(data, 0, len(data), 0x30)
    elements = list(_elements(data, *outer))
    if elements[0][0] != 0x06:
        raise Odd
    return data[elements[0][1] : elements[0][2]], elements[1][1:]


def _first(data: bytes, start: int, end: int, tag: int) -> tuple[int, int]:
    found = next(_elements(data, start, end), None)
    if found is None or found[0] != tag:
        raise Odd
    return found[1:]


def _elements(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(tag, start of content, end of content) one after the other."""
    count = 0
    while start < end and data[start : start + 2] != b"\x00\x00":
        count += 1
        if count > MOST_ELEMENTS:
            raise Odd
        tag, content, stop, start = element(data, start, end, 0)
        yield tag, content, stop


def element(data: bytes, start: int, end: int, depth: int) -> tuple[int, int, int, int]:
    """(tag, start of content, end of content, where the next one begins)."""
    if depth > DEEPEST or start + 2 > end:
        raise Odd
    tag, length = data[start], data[start + 1]
    start += 2
    if tag & 0x1F == 0x1F:
        raise Odd
    if length == 0x80:
        position, count = start, 0
        while data[position : position + 2] != b"\x00\x00":
            count += 1
            if count > MOST_ELEMENTS:
                raise Odd
            position = element(data, position, end, depth + 1)[3]
        return tag, start, position, position + 2
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(data[start : start + size])
        start += size
    if start + length > end:
        length = end - start  # cut off: what there is
    return tag, start, start + length, start + length


def _octets(data: bytes, start: int, end: int, depth: int) -> Iterator[bytes]:
    """An octet string, whole or in pieces."""
    if depth > DEEPEST:
        raise Odd
    for tag, content, stop in _elements(data, start, end):
        if tag == 0x04:
            yield data[content:stop]
        elif tag == 0x24:
            yield from _octets(data, content, stop, depth + 1)
