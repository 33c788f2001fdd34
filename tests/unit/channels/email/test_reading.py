"""The process that reads mails has limits that hold, and the next mail is read."""

import base64
import os

import pytest

from channels.email.reading import Reading, Unreadable

SECRET = b"s" * 32
GOOD = "From: Eva Ek <eva@citizen.example>\r\nSubject: Altan\r\n\r\nBehöver jag bygglov?\r\n".encode()
HEAVY = b"Subject: x\r\nContent-Type: text/html\r\n\r\n" + b"<p>hej <b>du</b></p>\n" * 1_500_000
LARGE = (
    b"Subject: x\r\nContent-Type: application/x; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(os.urandom(1 << 20)) * 60
)


MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
HOSTILE = {
    "20 MB of text": b"Subject: x\r\n\r\n" + b"hej du\r\n" * 2_500_000,
    "20 MB quoted": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=C3=A5" * 3_300_000,
    "20 MB of base64": b"Content-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + b"QUJDREVGRw==" * 1_600_000,
    "noise as base64": b"Content-Transfer-Encoding: base64\r\nContent-Type: a/b\r\n\r\n" + bytes(range(256)) * 80_000,
    "10,000 parts": MIXED + b"--b\r\n\r\nhej\r\n" * 10_000,
    "10,000 fields": b"X-A: b\r\n" * 10_000,
    "a field of 5 MB": b"Subject: " + b"a" * 5_000_000,
    "a folded field": b"Subject: " + b" a\r\n" * 1_250_000,
    "many people": b"To: " + b"Eva <a@b.example>, " * 250_000,
    "quotation marks": b"From: " + b'"' * 400_000,
    "quotation marks and angles": b"From: " + b'"x<a@b> ' * 50_000,
    "brackets": b"From: " + b"(" * 400_000 + b")",
    "colons": b"From: " + b"a:" * 200_000 + b";",
    "commas in a route": b"From: <@" + b"a," * 200_000,
    "words without end": b"From: " + b"=?a?q?" * 60_000,
    "words": b"From: " + b"=?utf-8?q?a?=" * 30_000,
    "semicolons": b"Content-Type: text/plain" + b";" * 100_000,
    "parameters": b"Content-Type: text/plain" + b"; a=b" * 20_000,
    "open quotation": b'Content-Type: text/plain; name="' + b'"a' * 50_000,
    "spaces in a type": b"Content-Type: text/plain; a=" + b" " * 90_000 + b"x",
    "no boundary": MIXED.replace(b"=b", b"=other") + b"--b\n" * 2_000_000,
    "boundaries within a line": MIXED + b"--bx" * 2_000_000,
    "begin and begin": b"\r\n" + b"begin 644 a\r\n" * 100_000,
    "blank lines": b"\r\n" * 2_000_000,
    "white lines": b" \r\n" * 1_000_000,
    "attachments of winmail": b"Content-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22\0\0"
    + b"\2\2\x90\6\0\0\0\0\0\0\0" * 500_000,
    "shells of CMS": b"Content-Type: application/pkcs7-mime\r\n\r\n" + b"\x30\x80" * 500_000,
    "escapes": b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + b"\x1b$B" * 1_000_000,
    "100 deep": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
    for n in range(100)) + b"\r\nHej",
    "100 mails in each other": b"Content-Type: message/rfc822\r\n\r\n" * 100 + b"Subject: x\r\n\r\nHej",
}  # fmt: skip


@pytest.mark.parametrize("shape", HOSTILE)
async def test_hostile_shapes_are_read_within_the_limits(shape: str) -> None:
    """Each takes well under two seconds on an idle machine; what grew by the square would take minutes."""
    reading = Reading(SECRET, seconds=20, memory_mb=1024)
    try:
        parsed = await reading.read(HOSTILE[shape], "eva@citizen.example", [])
        if shape == "100 deep":
            assert parsed.text == "Hej"
        assert (await reading.read(GOOD, "", [])).subject == "Altan"
    finally:
        await reading.close()


async def read_after(reading: Reading) -> None:
    try:
        assert (await reading.read(GOOD, "", [])).subject == "Altan"
    finally:
        await reading.close()


async def test_what_takes_too_long_is_given_up_and_the_next_is_read() -> None:
    reading = Reading(SECRET, seconds=0.05, memory_mb=2048)
    with pytest.raises(Unreadable) as refused:
        await reading.read(HEAVY, "eva@citizen.example", [])
    assert refused.value.code == "took_too_long"
    reading._seconds = 30
    await read_after(reading)


async def test_what_eats_memory_is_given_up_and_the_next_is_read() -> None:
    reading = Reading(SECRET, seconds=30, memory_mb=256)
    with pytest.raises(Unreadable) as refused:
        await reading.read(LARGE, "eva@citizen.example", [])
    assert refused.value.code in ("too_much_memory", "reader_died")
    await read_after(reading)


async def test_more_parts_than_anybody_means_are_said_to_be_so() -> None:
    reading = Reading(SECRET, seconds=30, memory_mb=1024)
    many = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nhej\r\n" * 50_000
    with pytest.raises(Unreadable) as refused:
        await reading.read(many, "", [])
    assert refused.value.code == "too_many_parts"
    await read_after(reading)
