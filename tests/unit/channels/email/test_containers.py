"""winmail.dat and opaque S/MIME: packed here by the specifications, unpacked by the reader."""

import struct

import pytest

from channels.email import cms, message, rtf, tnef
from contactcenter import tokens

HEAD = b"From: eva@citizen.example\r\nSubject: Altan\r\nMIME-Version: 1.0\r\n"


@pytest.fixture(autouse=True)
def _secret() -> None:
    tokens.use_secret(b"s" * 32)


def attribute(level: int, name: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def variable(kind: int, name: int, data: bytes) -> bytes:
    return struct.pack("<HHII", kind, name, 1, len(data)) + padded(data)


def number(name: int, value: int) -> bytes:
    return struct.pack("<HHI", 3, name, value)


def properties(*made: bytes) -> bytes:
    return struct.pack("<I", len(made)) + b"".join(made)


def packed(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x00069007, struct.pack("<II", 1252, 0)) + b"".join(attributes)


def attachment(title: bytes, data: bytes, *more: bytes) -> bytes:
    made = attribute(2, 0x00069002, b"\0" * 14) + attribute(2, 0x00018010, title + b"\0")
    made += attribute(2, 0x0006800F, data) if data else b""
    return made + (attribute(2, 0x00069005, properties(*more)) if more else b"")


LONG = variable(0x1F, 0x3707, "ritning över åsen.pdf\0".encode("utf-16-le"))
NAMED = struct.pack("<HH16sII", 0x1E, 0x8001, b"g" * 16, 1, 6) + "ab\0".encode("utf-16-le") + b"\0\0"
NAMED += struct.pack("<II", 1, 2) + b"x\0\0\0"


def stored(data: bytes) -> bytes:
    """Rich text in the envelope that is not compressed."""
    return struct.pack("<IIII", len(data) + 12, len(data), 0x414C454D, 0) + data


def mail(data: bytes, kind: bytes = b"application/ms-tnef", name: bytes = b"winmail.dat") -> message.Parsed:
    raw = HEAD + b"Content-Type: " + kind + b"; name=" + name + b"\r\nContent-Transfer-Encoding: binary\r\n\r\n" + data
    return message.parse(raw, "eva@citizen.example", [])


def test_files_by_name_and_bytes() -> None:
    parsed = mail(packed(attachment(b"RITNIN~1.PDF", b"%PDF", NAMED, LONG, variable(0x1E, 0x370E,
    b"application/pdf\0")),
                         attachment("bild å.png".encode("cp1252"), b"\x89PNG\r\n\x00\xff")))  # fmt: skip
    assert [(one.name, one.media_type, one.content) for one in parsed.attachments[1:]] == [
        ("ritning över åsen.pdf", "application/pdf", b"%PDF"), ("bild å.png", "application/octet-stream",
        b"\x89PNG\r\n\x00\xff"),
    ]  # fmt: skip
    assert parsed.attachments[0].name == "winmail.dat"


RICH = stored(rb"{\rtf1\ansi\ansicpg1252 Hej p\'e5 dig\par}")
BODIES = [
    attribute(1, 0x0002800C, "Hej på dig\0".encode("cp1252")),
    attribute(1, 0x00069003, properties(variable(0x1F, 0x1000, "Hej på dig\0".encode("utf-16-le")))),
    attribute(1, 0x00069003, properties(number(0x3FDE, 65001), variable(0x102, 0x1013, "<p>Hej på dig</p>".encode()))),
    attribute(1, 0x00069003, properties(variable(0x102, 0x1009, RICH))),
]


@pytest.mark.parametrize("body", BODIES)
def test_the_text_inside_is_shown(body: bytes) -> None:
    assert mail(packed(body)).text == "Hej på dig"


def test_a_message_inside_the_message() -> None:
    inner = packed(attribute(1, 0x00018004, b"Inre\0"), attribute(1, 0x0002800C, b"Hej\0"), attachment(b"a.txt", b"A"))
    content = variable(0x0D, 0x3701, b"i" * 16 + inner)
    found = tnef.read(packed(attachment(b"", b"", number(0x3705, 5), content)))
    assert found is not None
    assert [(one.name, one.content) for one in found.files] == [("Inre.txt", b"Hej"), ("a.txt", b"A")]


@pytest.mark.parametrize("cut", [7, 20, 40, 60, 90])
def test_what_is_cut_off_is_read_as_far_as_it_goes(cut: int) -> None:
    data = packed(attachment(b"a.txt", b"AAAA"), attachment(b"b.txt", b"BBBB"))
    assert tnef.read(data[:cut]) is not None


def test_compressed_rich_text() -> None:
    """The example of MS-OXRTFCP section 3.1.1 by its bytes."""
    data = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert rtf.unpacked(data) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_markup_within_rich_text() -> None:
    made = (
        rb"{\rtf1\ansi\ansicpg1252\fromhtml1 {\fonttbl{\f0 Arial;}}"
        rb"{\*\htmltag64 <p>}\htmlrtf \par \htmlrtf0 Hej \u229? "
        rb"och \'e4{\*\htmltag72 </p>}}"
    )
    assert rtf.read(made) == ("<p>Hej å och ä</p>", "")


def der(tag: int, data: bytes, *, indefinite: bool = False) -> bytes:
    if indefinite:
        return bytes([tag, 0x80]) + data + b"\0\0"
    length = len(data)
    if length < 128:
        return bytes([tag, length]) + data
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size) + data


ENTITY = b'Content-Type: application/pdf; name="a.pdf"\r\n\r\n%PDF' + b"x" * 300
DATA = der(0x06, bytes.fromhex("2a864886f70d010701"))


def signed(*, indefinite: bool) -> bytes:
    pieces = (
        der(0x24, der(0x04, ENTITY[:100]) + der(0x04, ENTITY[100:]), indefinite=True)
        if indefinite
        else der(0x04, ENTITY)
    )
    inner = der(0x30, DATA + der(0xA0, pieces, indefinite=indefinite), indefinite=indefinite)
    body = der(0x30, der(0x02, b"\1") + der(0x31, b"") + inner + der(0x31, b""), indefinite=indefinite)
    return der(0x30, der(0x06, cms.SIGNED) + der(0xA0, body, indefinite=indefinite), indefinite=indefinite)


@pytest.mark.parametrize("indefinite", [False, True])
def test_what_is_signed_is_shown(*, indefinite: bool) -> None:
    data = signed(indefinite=indefinite)
    parsed = mail(data, b"application/pkcs7-mime; smime-type=signed-data", b"smime.p7m")
    assert [(one.name, one.content) for one in parsed.attachments] == [
        ("smime.p7m", data),
        ("a.pdf", ENTITY.partition(b"\r\n\r\n")[2]),
    ]
    assert parsed.notes == ("signed",)


def test_what_is_encrypted_is_said_to_be() -> None:
    data = der(0x30, der(0x06, cms.ENVELOPED) + der(0xA0, der(0x30, b"\2\1\0")))
    assert mail(data, b"application/x-pkcs7-mime", b"smime.p7m").notes == ("encrypted",)
