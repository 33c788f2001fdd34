"""MAPI properties as TNEF carries them (MS-OXTNEF section 2.1.3.4). Never raises; ends where the data is damaged."""

import struct

Value = int | bytes | str

BODY, HTML, RTF, INTERNET_CODEPAGE = 0x1000, 0x1013, 0x1009, 0x3FDE
CONTENT, NAME, LONG_NAME, METHOD, MEDIA_TYPE, CONTENT_ID, DISPLAY = (
    0x3701,
    0x3704,
    0x3707,
    0x3705,
    0x370E,
    0x3712,
    0x3001,
)
EMBEDDED = 5
"""The METHOD of an attached message."""
MOST = 5_000
_MULTIPLE, _STRING8, _UNICODE, _OBJECT, _BINARY, _LONG = 0x1000, 0x1E, 0x1F, 0x0D, 0x102, 0x03
_VARIABLE = (_STRING8, _UNICODE, _OBJECT, _BINARY)
_SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}


class _Cut(Exception):
    """The data ends or is damaged."""


def read(data: bytes) -> dict[int, Value]:
    """Property -> its first value: numbers, bytes, or text where it is Unicode."""
    found: dict[int, Value] = {}
    try:
        count, position = _number(data, 0), 4
        for _ in range(min(count, MOST)):
            kind, name = struct.unpack_from("<HH", data, position)
            position = _past_name(data, position + 4) if name >= 0x8000 else position + 4
            value, position = _value(data, position, kind)
            if value is not None:
                found.setdefault(name, value)
    except (_Cut, struct.error):
        pass
    return found


def _number(data: bytes, position: int) -> int:
    return int(struct.unpack_from("<I", data, position)[0])


def _past_name(data: bytes, position: int) -> int:
    """A named property has a GUID and a number or a name of its own."""
    is_name = _number(data, position + 16)
    if not is_name:
        return position + 24
    return position + 24 + _padded(_number(data, position + 20))


def _padded(length: int) -> int:
    return (length + 3) & ~3


def _value(data: bytes, position: int, kind: int) -> tuple[Value | None, int]:
    several, kind = bool(kind & _MULTIPLE), kind & ~_MULTIPLE
    if kind in _VARIABLE:
        count, position = _number(data, position), position + 4
        return _variable(data, position, kind, count)
    if kind not in _SIZES:
        raise _Cut
    count = 1
    if several:
        count, position = _number(data, position), position + 4
    value = _number(data, position) if kind == _LONG and count else None
    return value, position + _SIZES[kind] * min(count, len(data))


def _variable(data: bytes, position: int, kind: int, count: int) -> tuple[Value | None, int]:
    first: Value | None = None
    for index in range(min(count, MOST)):
        length = _number(data, position)
        position += 4
        if position + length > len(data):
            length = max(0, len(data) - position)
        raw = data[position : position + length]
        position += _padded(length)
        if index == 0:
            first = raw.decode("utf-16-le", "replace") if kind == _UNICODE else raw[16:] if kind == _OBJECT else raw
    return first, position
